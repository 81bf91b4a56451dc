/* One room at one hub, a link that has it open, and what a reader of it asks: registering, acknowledging, manifests. */
import {
  createEvidencePorts,
  decodeManifest,
  decodeReaderWord,
  signAck,
  verifyManifest,
  verifyReaderWord,
  type EvidencePorts,
  type Manifest,
  type ReaderWord,
} from "@chapar/evidence";
import { expect } from "vitest";
import { readerMessage, type LogId, type Response } from "@chapar/wire";
import { nodeSha256, nodeVerifier } from "../src/node/node-crypto.ts";
import {
  TestRoom,
  TestWorld,
  type TestClient,
  type TestKey,
  type TestPerson,
  type TestStation,
  type TestStationOptions,
} from "../src/testing/index.ts";

export const ports: EvidencePorts = createEvidencePorts(nodeSha256, nodeVerifier());
export const MINUTE_MS = 60_000;
const LETTERS = { present: ".", pruned: "p", expired: "e", removed: "r" } as const;

/** One room at one hub, and a link that has it open. */
export class ReaderScene {
  readonly world = new TestWorld();
  readonly room = new TestRoom(1);
  hub!: TestStation;
  log!: LogId;
  alice!: TestClient;
  person!: TestPerson;

  static async open(options: TestStationOptions = {}): Promise<ReaderScene> {
    const scene = new ReaderScene();
    scene.hub = await scene.world.station("hub", options);
    const { client, person } = await scene.world.resident(scene.hub, "alice");
    scene.alice = client;
    scene.person = person;
    scene.log = scene.room.idAt(scene.hub.ref.key);
    await client.expect("log.state", { type: "log.create", genesis: scene.room.genesis });
    await client.openRoom(scene.room, scene.log);
    return scene;
  }

  async write(...texts: string[]): Promise<void> {
    for (const text of texts) {
      await this.alice.expect("receipt", { type: "log.append", log: this.log, entry: this.room.message(text) });
    }
  }

  async proof(key: TestKey, from: number, client = this.alice, log = this.log): Promise<Uint8Array> {
    return key.sign(readerMessage(this.hub.ref.key, client.hello?.nonce ?? new Uint8Array(32), log, from));
  }

  async register(key: TestKey, from: number): Promise<Response> {
    const signature = await this.proof(key, from);
    return await this.alice.ask({ type: "log.reader", log: this.log, reader: key.publicKey, from, signature });
  }

  async word(key: TestKey, from: number): Promise<ReaderWord> {
    const answer = await this.register(key, from);
    if (answer.type !== "log.reader") throw new Error(answer.type === "error" ? answer.code : answer.type);
    const word = decodeReaderWord(answer.word);
    if (!word.ok) throw new Error(word.code);
    expect(await verifyReaderWord(word.value, ports)).toBe(true);
    expect([word.value.station, word.value.log, word.value.reader]).toEqual([
      this.hub.ref.key,
      this.log,
      key.publicKey,
    ]);
    return word.value;
  }

  async ack(key: TestKey, upTo: number): Promise<Response> {
    const ack = await signAck({ station: this.hub.ref.key, log: this.log, upTo }, key);
    return await this.alice.ask({ type: "log.ack", log: this.log, ack });
  }

  async manifest(first: number, count: number, reader?: TestKey): Promise<Manifest> {
    const { manifest } = await this.alice.expect("log.manifest", {
      type: "log.manifest",
      log: this.log,
      reader: reader?.publicKey,
      first,
      count,
    });
    const decoded = decodeManifest(manifest);
    if (!decoded.ok) throw new Error(decoded.code);
    expect(await verifyManifest(decoded.value, ports)).toBe(true);
    return decoded.value;
  }

  async statuses(first = 0, count = 256): Promise<string> {
    return (await this.manifest(first, count)).items.map((item) => LETTERS[item.status]).join("");
  }

  /** Lets the slow job have its turn. */
  async tend(): Promise<void> {
    await this.world.clock.advance(MINUTE_MS);
  }

  /** Lets months pass, and comes back. */
  async later(ms: number): Promise<void> {
    this.world.clock.jump(ms);
    await this.tend();
    this.alice = await this.world.client(this.hub);
    await this.alice.openRoom(this.room, this.log);
  }
}

/** The code of a refusal, else the type of the answer. */
export const codeOf = (answer: Response): string => (answer.type === "error" ? answer.code : answer.type);
