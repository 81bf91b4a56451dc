/*
 * A real station whose ports lie when it is told to: its clock is moved by the driver, its store may answer falsely, what it
 * says on a link may be changed, and it may have a second face.
 */
import { readFileSync } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Link } from "@chapar/carrier";
import { nodeCrypto } from "@chapar/e2e/node";
import type { Ledger, Store } from "@chapar/station";
import { backupStation, type RunningStation, startStation, type StationSurroundings } from "@chapar/station/node";
import { signIdentityWord } from "@chapar/evidence";
import { identityId, idText, ledgerIdentityKey, ledgerIdentityOf, ledgerSalt, logId } from "@chapar/wire";
import { equalBytes, type Signer } from "@chapar/wire/bytes";
import { LabError } from "../errors.ts";
import { seededRandom } from "../memory/seeded-random.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { type Forge, forge, readTrueLog, type TrueLog } from "./false-log.ts";
import { type Falsehood, Falsehoods, tallied } from "./false-store.ts";
import { counted } from "./gate.ts";
import { makeHole, makeLie } from "./lies.ts";
import { type Manner, MODES } from "./modes.ts";
import type { LieOrder, Pulse, StationAddress, StationOrder, Target, Told } from "./orders.ts";
import { type Answer, type Hand, tapped, type Twist } from "./tap.ts";
import { copyFolder, fromLedger, SecondLedger, startTwin } from "./twin.ts";
import { type Impostor, makeImpostor, makeTwist } from "./twists.ts";

const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);

/** A station and the lies it is told to tell. */
export class Knave {
  readonly #order: StationOrder;
  readonly #clock: VirtualClock;
  #station: RunningStation | undefined;
  #ledger: Ledger | undefined;
  #truth: Store | undefined;
  #twin: RunningStation | undefined;
  #second: SecondLedger | undefined;
  #falsehoods = new Falsehoods(new Map());
  #twists: readonly Twist[] = [];
  #answers: readonly Answer[] = [];
  /** whose links are answered from the second log */
  #shownSecond: readonly Uint8Array[] = [];
  #port: number;
  #activity = 0;
  #busy = 0;

  constructor(order: StationOrder) {
    this.#order = order;
    this.#port = order.port;
    this.#clock = new VirtualClock(() => setImmediate(), order.nowMs);
  }

  async start(): Promise<StationAddress> {
    const { dataDir, name, region, peers, witnesses } = this.#order;
    const config = { dataDir, name, region, peers, witnesses, port: this.#port };
    this.#station = await startStation(config, this.#around());
    const { url, key, signUpToken } = this.#station;
    this.#port = Number(new URL(url).port);
    return { url, key, token: signUpToken };
  }

  #around(): StationSurroundings {
    return {
      clock: this.#clock,
      store: (own) => {
        this.#truth = own;
        return this.#falsehoods.over(tallied(own, (by) => (this.#busy += by)));
      },
      opened: ({ ledger }) => (this.#ledger = ledger),
      link: (link, accept) => {
        this.#count(link);
        const isHonest = this.#twists.length === 0 && this.#shownSecond.length === 0;
        accept(isHonest ? link : tapped(link, this.#hand));
      },
    };
  }

  #count(link: Link): void {
    counted(link, () => (this.#activity += 1));
  }

  async ops(identity: Uint8Array): Promise<readonly Uint8Array[]> {
    return (await this.#need().account(identityId(identity))) ?? [];
  }

  async leap(toMs: number): Promise<Pulse> {
    await this.#clock.leapTo(toMs);
    return this.pulse();
  }

  async stop(): Promise<void> {
    await this.#twin?.close();
    await this.#second?.stop();
    await this.#station?.close();
    this.#station = this.#twin = this.#second = undefined;
  }

  async move(untilMs: number): Promise<Pulse> {
    await this.#clock.moveTo(untilMs);
    return this.pulse();
  }

  pulse(): Pulse {
    return { activity: this.#activity, busy: this.#busy, nextAtMs: this.#clock.nextAtMs };
  }

  async backUp(to: string): Promise<void> {
    await this.stop();
    await rm(to, { recursive: true, force: true });
    await cp(this.#order.dataDir, to, { recursive: true });
    await this.start();
  }

  async save(to: string): Promise<void> {
    await backupStation(this.#order.dataDir, to);
  }

  async restart(from: string | undefined): Promise<void> {
    await this.stop();
    if (from !== undefined) {
      await rm(this.#order.dataDir, { recursive: true, force: true });
      await cp(from, this.#order.dataDir, { recursive: true });
    }
    await this.start();
  }

  /** A second process over a copy of the folder; questions about the station log are answered from the first one's. */
  async twin(): Promise<string> {
    await this.stop();
    const dataDir = await copyFolder(this.#order);
    const { url } = await this.start();
    const port = await freePort();
    const answer = fromLedger(
      () => this.#ledger,
      (identity) => this.#genesisOf(identity),
    );
    const hand: Hand = { twist: (frame) => [frame], answer };
    this.#twin = await startTwin(
      this.#order,
      { dataDir, url, port },
      {
        clock: this.#clock,
        link: (link, accept) => {
          this.#count(link);
          accept(tapped(link, hand));
        },
      },
    );
    return `http://127.0.0.1:${port}`;
  }

  /** All twists, one after the other; and whose questions are answered from another log. */
  readonly #hand: Hand = {
    twist: (frame, around) =>
      this.#twists.reduce<ReturnType<Twist>>((frames, twist) => frames.flatMap((one) => twist(one, around)), [frame]),
    answer: (request, who) => {
      const isShown = who !== undefined && this.#shownSecond.some((one) => equalBytes(one, who));
      if (isShown) return this.#fromSecond(request, who);
      for (const answer of this.#answers) {
        const said = answer(request, who);
        if (said !== undefined) return said;
      }
      return undefined;
    },
  };

  readonly #fromSecond: Answer = fromLedger(
    () => this.#second?.ledger,
    (identity) => this.#genesisOf(identity),
  );

  async #genesisOf(identity: Uint8Array): Promise<Uint8Array | undefined> {
    const [genesis] = (await this.#truth?.account(identityId(identity))) ?? [];
    return genesis;
  }

  /** Begins to lie; with a restart, so that whatever the station had in memory is false as well. */
  async lie(order: LieOrder): Promise<readonly Told[]> {
    const manner = MODES[order.mode];
    if (manner === "second-log") return await this.#lieInSecondLog(order);
    const told = await this.#prepare(manner, order);
    await this.restart(undefined);
    return told;
  }

  async #prepare(manner: Manner, order: LieOrder): Promise<readonly Told[]> {
    if (manner === "hole") return await this.#lieByHoles(order);
    return manner === "at-rest" ? await this.#lieAtRest(order) : await this.#lieOnLinks(order);
  }

  /** A place has its own numbers, so that it is the same lie when it is replayed alone. */
  #numbers(order: LieOrder, target: Target): () => number {
    return seededRandom(order.seed * 1009 + target.place);
  }

  async #lieAtRest(order: LieOrder): Promise<readonly Told[]> {
    const told: Told[] = [];
    const logs = new Map<string, Falsehood>();
    const tools = await this.#forge();
    for (const target of order.targets) {
      const of = await this.#read(target);
      const random = this.#numbers(order, target);
      const context = { tools, held: target.held, nowMs: this.#clock.nowMs(), random };
      const lie = of && (await makeLie(order.mode, { ...context, of }));
      if (lie === undefined) continue;
      logs.set(idText(logId(target.log)), lie);
      told.push({ place: target.place, how: lie.how });
    }
    this.#falsehoods = new Falsehoods(logs);
    return told;
  }

  async #lieByHoles(order: LieOrder): Promise<readonly Told[]> {
    const told: Told[] = [];
    for (const target of order.targets) {
      const of = await this.#read(target);
      const hole = of && makeHole(order.mode, of, target.held, this.#numbers(order, target));
      if (hole === undefined) continue;
      await this.#truth?.commit([{ kind: "hole", log: logId(target.log), hole }]);
      told.push({ place: target.place, how: `entry ${hole.first} ${hole.status}` });
    }
    return told;
  }

  async #lieOnLinks(order: LieOrder): Promise<readonly Told[]> {
    const told: Told[] = [];
    const twists: Twist[] = [];
    const answers: Answer[] = [];
    const word = await this.#word();
    const impostor = await this.#impostor();
    for (const target of order.targets) {
      const { held, victim, subject, former } = target;
      const of = await this.#read(target);
      const random = this.#numbers(order, target);
      const lie = makeTwist(order.mode, { of, held, victim, subject, former, impostor, random, word });
      if (lie === undefined) continue;
      twists.push(lie.twist);
      if (lie.answer !== undefined) answers.push(lie.answer);
      told.push({ place: target.place, how: lie.how });
    }
    this.#twists = twists;
    this.#answers = answers;
    return told;
  }

  /** Another log goes on from a copy of this one, and is shown to those whom the lie is for. */
  async #lieInSecondLog({ targets }: LieOrder): Promise<readonly Told[]> {
    await this.stop();
    const dataDir = await copyFolder(this.#order);
    this.#shownSecond = targets.map(({ victim }) => victim);
    await this.start();
    const { signer } = await this.#forge();
    const verify = crypto.ed25519.verify.bind(crypto.ed25519);
    const observer = { count: () => undefined, note: () => undefined };
    const ports = { sha256, verify, signer, clock: this.#clock, rng: crypto.random.bind(crypto), observer };
    this.#second = await SecondLedger.start(ports, () => this.#need(), dataDir);
    return targets.map(({ place }) => ({ place, how: "another station log" }));
  }

  #need(): Store {
    if (this.#truth === undefined) throw new LabError("lab/not-ready", "no station to lie");
    return this.#truth;
  }

  async #read({ log }: Target): Promise<TrueLog | undefined> {
    if (this.#station === undefined) throw new LabError("lab/not-ready", "no station to lie");
    return log.byteLength === 0 ? undefined : await readTrueLog(this.#need(), logId(log), this.#station.key);
  }

  async #impostor(): Promise<Impostor> {
    if (this.#station === undefined) throw new LabError("lab/not-ready", "no station to lie");
    return await makeImpostor({ station: this.#station.ref, region: this.#order.region });
  }

  /** The station's word on whatever ops it shows. */
  async #word(): Promise<(ops: readonly Uint8Array[]) => Promise<Uint8Array>> {
    const { signer } = await this.#forge();
    return async (ops) => {
      const identity = ledgerIdentityKey(ledgerSalt(ops[0] ?? new Uint8Array(0), sha256), sha256);
      const fields = { identity, ...ledgerIdentityOf(ops, sha256), timeMs: this.#clock.nowMs() };
      return await signIdentityWord(fields, signer);
    };
  }

  /** A station has its own key; so has whoever runs it. */
  async #forge(): Promise<Forge> {
    const seed = new Uint8Array(readFileSync(join(this.#order.dataDir, "station.key")));
    const publicKey = await crypto.ed25519.publicKey(seed);
    const signer: Signer = { publicKey, sign: (message) => crypto.ed25519.sign(seed, message) };
    return forge(signer, sha256);
  }
}

/** A port that nobody listens at; a second process must know it before it starts, because it calls itself by the first one's URL. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new LabError("lab/not-ready", "no port");
  return address.port;
}
