/* Whom what a station owes is asked from, one after another, and what is made of what was seen. */
import { challengeHash, createEvidencePorts, verifyBundle } from "@chapar/evidence";
import { TestLedger } from "@chapar/evidence/testing";
import { nodeCrypto } from "@chapar/e2e/node";
import {
  formatVerifierKey,
  inclusionProof,
  makeVerifierKey,
  MemoryTree,
  NoteAlgorithm,
  consistencyProof,
} from "@chapar/log";
import type { Carrier } from "@chapar/carrier";
import { type Frame, idText, ledgerOrigin, type LogId, type Request, type Response, stationKey } from "@chapar/wire";
import { fromBase32, utf8 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import type { AlertView } from "../src/index.ts";
import { type LadderRow, ladderShelf } from "../src/repair/ladder-row.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { DyingStore } from "./kill.ts";
import { Liar, signedHead } from "./liar.ts";
import { firstLog, ofRoom, type Scene, scene } from "./lying-scene.ts";
import { signerOf } from "./scripted-ledger.ts";
import { type Person, World } from "./world.ts";

const crypto = nodeCrypto();
const ports = createEvidencePorts(
  (bytes) => crypto.sha256(bytes),
  (key, bytes, signature) => crypto.ed25519.verify(key, bytes, signature),
);
const { hasher } = ports;

/** A carrier for routes with a word in them. */
function only(carrier: Carrier, word: string, isIt: boolean): Carrier {
  return {
    kind: carrier.kind,
    handles: (route) => route.includes(word) === isIt && carrier.handles(route),
    dial: carrier.dial.bind(carrier),
  };
}

async function until(world: World, done: () => Promise<boolean>, seconds = 300): Promise<void> {
  for (let i = 0; i < seconds && !(await done()); i++) await world.clock.advance(1_000);
}

async function proven(person: Person, alert: AlertView | undefined): Promise<unknown> {
  const proof = await person.client.proof(alert?.id ?? "");
  expect(proof.byteLength).toBeLessThanOrEqual(4096);
  const judged = await verifyBundle(proof, ports);
  return judged.ok ? judged.value : judged.code;
}

/** Heads come, and no entries. */
function withhold(log: LogId) {
  return ofRoom(log, (push) => [{ ...push, entries: [] }]);
}

describe("entries that are owed", () => {
  it("R-4 come from the room's hub, dialed directly, when the home withholds them from its own resident", async () => {
    const world = new World({ latencyMs: 5 });
    const here = await world.stations.station("here");
    const there = await world.stations.station("there");
    const liar = new Liar();
    const net = (): Carrier => world.stations.network.carrier();
    const sara = await world.person("Sara", there);
    const dara = await world.person("Dara", here, {
      carriers: [only(liar.carrier(net()), "here", true), only(net(), "here", false)],
    });
    const id = await sara.client.open(await dara.client.invite());
    await sara.client.send(id, { text: "before" });
    for (const { client } of [sara, dara]) client.connect();
    await world.quiet([sara, dara]);
    const [first] = await sara.client.messages(id, { limit: 1 });
    const receipt = await sara.client.receipt(first!.id, { signal: new AbortController().signal });
    liar.lie = withhold(fromBase32(receipt.log) as LogId);
    // Members cannot help: the inbox at home is where they would answer.
    liar.answer = (request) =>
      request.type === "inbox.append" ? { type: "error", code: "station/rate-limited", detail: 1 } : undefined;
    await sara.client.send(id, { text: "withheld at home" });
    await until(world, async () => (await dara.lines(id)).length === 2);
    expect(await dara.lines(id)).toEqual(["before", "withheld at home"]);
    await until(world, async () => (await dara.client.alerts())[0]?.state === "restored");
    expect(await dara.client.alerts()).toMatchObject([{ code: "withheld", state: "restored", restored: 1 }]);
    for (const person of [sara, dara]) await person.stop();
    for (const station of [here, there]) await station.stop();
  });

  it("R-4 are put as a challenge through a witness at last, and its leaf is the proof", async () => {
    const s = await scene((liar) => (liar.answer = witnessed()));
    const log = await firstLog(s);
    s.liar.lie = withhold(log);
    await s.sara.client.send(s.id, { text: "never given" });
    await s.world.clock.advance(100);
    await s.sara.stop();
    const two = await s.world.stations.station("two");
    await until(s.world, async () => (await s.dara.client.alerts()).some(({ code }) => code === "no-answer"));
    const [alert, ...more] = await s.dara.client.alerts();
    expect(more).toEqual([]);
    expect(alert).toMatchObject({ code: "no-answer", conversation: s.id, missing: 1, restored: 0 });
    expect(await proven(s.dara, alert)).toMatchObject({ shape: "unanswered", fault: "unanswered" });
    await s.nima.client.send(s.other, { text: "the rest goes on" });
    await until(s.world, async () => (await s.dara.lines(s.other)).length === 1);
    await s.dara.client.send(s.id, { text: "and so does sending" });
    await until(s.world, async () => (await s.dara.client.messages(s.id, { limit: 1 }))[0]?.state === "at-station");

    // The ladder is on disk, and goes on after a restart.
    await s.dara.stop();
    await s.dara.start({ carriers: [s.liar.carrier(s.world.stations.network.carrier())] });
    s.dara.client.connect();
    await s.sara.start();
    s.sara.client.connect();
    await until(s.world, async () => (await s.dara.lines(s.id)).includes("never given"), 1_500);
    expect(await s.dara.lines(s.id)).toContain("never given");
    expect((await s.dara.client.alerts())[0]).toMatchObject({ code: "no-answer", restored: 1, state: "restored" });
    await two.stop();
    await s.end();
  });
});

/** The whole ladder up to an unanswered challenge, with a death at one write. @returns whether it was reached */
async function dies(atWrite: number, when: "before" | "after"): Promise<boolean> {
  const s = await scene((liar) => (liar.answer = witnessed()));
  s.liar.lie = withhold(await firstLog(s));
  await s.sara.client.send(s.id, { text: "never given" });
  await s.world.clock.advance(100);
  await s.sara.stop();
  const two = await s.world.stations.station("two");
  await s.dara.stop();
  const carriers = [s.liar.carrier(s.world.stations.network.carrier())];
  let store: DyingStore | undefined;
  await s.dara.start({
    carriers,
    store: (inner) => (store = new DyingStore(inner, atWrite, when, () => s.world.stations.network.cut())),
  });
  s.dara.client.connect();
  const codes = async (): Promise<readonly string[]> =>
    (await s.dara.client.alerts().catch(() => [])).map(({ code }) => code);
  await until(s.world, async () => store?.isDead === true || (await codes()).includes("no-answer"));
  const wasReached = store?.isDead === true;
  await s.dara.stop();
  const rung = async (): Promise<LadderRow | undefined> =>
    (await ladderShelf.range(new MemoryStore(s.dara.medium), {}))[0]?.value;
  const before = await rung();
  await s.dara.start({ carriers });
  s.dara.client.connect();
  const isProved = async (): Promise<boolean> => (await s.dara.client.alerts())[0]?.proof !== undefined;
  await until(s.world, isProved, 1_500);
  const after = await rung();
  if (before !== undefined) expect(after).toMatchObject({ sinceMs: before.sinceMs, to: before.to });
  expect(await codes()).toEqual(["no-answer"]);
  const [alert] = await s.dara.client.alerts();
  expect(await proven(s.dara, alert)).toMatchObject({ shape: "unanswered", fault: "unanswered" });
  await s.sara.start();
  s.sara.client.connect();
  await until(s.world, async () => (await s.dara.lines(s.id)).includes("never given"), 1_500);
  expect(await s.dara.lines(s.id)).toEqual(["before", "never given"]);
  await two.stop();
  await s.end();
  return wasReached;
}

describe.each(["before", "after"] as const)("an engine killed just %s any of its writes on the ladder", (when) => {
  it("R-4 goes on where it was: told once, proved, and nothing is shown twice", async () => {
    let deaths = 0;
    for (let atWrite = 1; atWrite <= 24; atWrite += 1) {
      if (await dies(atWrite, when)) deaths += 1;
    }
    expect(deaths).toBeGreaterThan(15);
  });
});

describe("what was seen, made into a proof", () => {
  it("R-5 a page that does not hash, under a head of another tree: the consistency proof is the bridge", async () => {
    const { s, log, tree } = await grown();
    const other = new MemoryTree(hasher);
    for (let i = 0; i < tree.size + 1; i++) other.append(hasher.leaf(utf8(`other ${i}`)));
    const size = tree.size + 1;
    const head = await signedHead("one", { logId: log, size, root: other.root(), timeMs: s.world.clock.nowMs() });
    s.liar.answer = (request) =>
      request.type === "log.consistency"
        ? consistencyProof(request.from, request.to, other.reader, hasher).then((hashes) => ({
            type: "log.hashes",
            hashes,
          }))
        : undefined;
    s.liar.lie = ofRoom(log, (push) => [{ ...push, first: tree.size, entries: [utf8("other")], head }]);
    await s.sara.client.send(s.id, { text: "under another head" });
    await until(s.world, async () => (await s.dara.client.alerts()).some(({ code }) => code === "forked"));
    const alert = (await s.dara.client.alerts()).find(({ code }) => code === "forked");
    expect(await proven(s.dara, alert)).toMatchObject({ shape: "statements", fault: "prefix" });
    await s.end();
  });

  it("R-5 an entry that stands twice in a log is told as duplicated", async () => {
    const { s, log, tree, entries } = await grown();
    const last = entries.at(-1)!;
    tree.append(hasher.leaf(last));
    const { size } = tree;
    const head = await signedHead("one", { logId: log, size, root: tree.root(), timeMs: s.world.clock.nowMs() });
    s.liar.answer = (request) =>
      request.type === "log.inclusion"
        ? inclusionProof(request.index, request.size, tree.reader, hasher).then((hashes) => ({
            type: "log.hashes",
            hashes,
          }))
        : undefined;
    s.liar.say({ kind: "notice", body: { type: "log.push", log, first: size - 1, entries: [last], head } });
    await until(s.world, async () => (await s.dara.client.alerts()).length > 0);
    const [alert] = await s.dara.client.alerts();
    expect(alert).toMatchObject({ code: "duplicated", conversation: s.id });
    expect(await proven(s.dara, alert)).toMatchObject({ shape: "duplicate", fault: "twice" });
    await s.end();
  });
});

/** A room whose tree the test has as well; not of a power of two entries. */
async function grown(): Promise<{ s: Scene; log: LogId; tree: MemoryTree; entries: readonly Uint8Array[] }> {
  const entries: Uint8Array[] = [];
  let log: LogId | undefined;
  const pushes: Extract<Frame, { kind: "notice" }>["body"][] = [];
  const s = await scene((liar) => {
    liar.lie = (frame) => {
      if (frame.kind === "notice" && frame.body.type === "log.push") pushes.push(frame.body);
      return [frame];
    };
  });
  log = await firstLog(s);
  const seen = (): void => {
    for (const push of pushes) {
      if (push.type !== "log.push" || Buffer.compare(push.log, log) !== 0) continue;
      for (const [at, entry] of push.entries.entries()) entries[push.first + at] = entry;
    }
  };
  for (let i = 0; i < 3; i++) {
    seen();
    if (entries.length > 4 && !Number.isInteger(Math.log2(entries.length))) break;
    await s.sara.client.send(s.id, { text: `more ${i}` });
    await s.world.quiet([s.sara, s.dara]);
  }
  seen();
  const tree = new MemoryTree(hasher);
  for (const entry of entries) tree.append(hasher.leaf(entry));
  return { s, log, tree, entries };
}

/** The home's policy names station two as witness, which finds every challenge unanswered. */
function witnessed(): (request: Request) => Promise<Response> | undefined {
  let ledger: TestLedger | undefined;
  return (request) => {
    if (request.type === "log.manifest") {
      return Promise.resolve({ type: "error", code: "wire/unknown-frame", detail: undefined });
    }
    if (request.type === "ledger.policy") return policy().then((text) => ({ type: "ledger.policy", text }));
    if (request.type === "challenge.put") {
      return signerOf("two").then(async (signer) => {
        ledger ??= new TestLedger(signer);
        const challenge = challengeHash(request.challenge, ports.sha256);
        const index = ledger.record({ kind: "unanswered", station: request.accused.key, challenge, timeMs: 5 });
        await ledger.epoch(new Map(), new Map(), 6, true);
        return { type: "challenge.unanswered", index };
      });
    }
    if (request.type === "ledger.leaf")
      return ledger?.leafClaim(request.index).then((claim) => ({ type: "ledger.leaf", ...claim }));
    return undefined;
  };
}

async function policy(): Promise<Uint8Array> {
  const { publicKey } = await signerOf("two");
  const accused = stationKey((await signerOf("one")).publicKey);
  const logKey = makeVerifierKey(ledgerOrigin(accused), NoteAlgorithm.ed25519, accused, ports.sha256);
  const name = `${idText(publicKey)}/witness`;
  const key = makeVerifierKey(name, NoteAlgorithm.cosignatureEd25519, new Uint8Array(32).fill(8), ports.sha256);
  const witness = `witness w ${formatVerifierKey(key)} wss://two.example/v1/link/witness`;
  return utf8(`log ${formatVerifierKey(logKey)} https://one.example/log\n${witness}\nquorum none\n`);
}

describe("an honest station that was away", () => {
  it("R-4 has its time on a new link before anybody is told that it owes something", async () => {
    const s = await scene();
    const log = await firstLog(s);
    // A head comes before its entries do.
    s.liar.lie = withhold(log);
    await s.sara.client.send(s.id, { text: "on its way" });
    const owed = async (): Promise<number | undefined> =>
      (await ladderShelf.range(new MemoryStore(s.dara.medium), {}))[0]?.value.rung;
    for (let i = 0; i < 120 && (await owed()) !== 1; i++) await s.world.clock.advance(250);
    expect(await owed()).toBe(1);
    expect(await s.dara.client.alerts()).toEqual([]);
    await s.dara.stop();
    await s.world.clock.advance(120_000);
    s.liar.repent();
    await s.dara.start({ carriers: [s.liar.carrier(s.world.stations.network.carrier())] });
    s.dara.client.connect();
    await s.world.quiet([s.dara]);
    expect(await s.dara.lines(s.id)).toEqual(["before", "on its way"]);
    expect(await s.dara.client.alerts()).toEqual([]);
    await s.end();
  });
});
