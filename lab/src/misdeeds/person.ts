/* A person with the real engine: a profile in a folder, a gate before the network, the driver's clock. */
import { mkdirSync } from "node:fs";
import { webSocketCarrier } from "@chapar/carrier/node";
import { type Client, codeOf, openEngine } from "@chapar/client";
import { bringSessionCode, linkCode, nodeMedia, openSqliteStore } from "@chapar/client/node";
import { tsMls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { ID_SIZE_BYTES, parseIdText } from "@chapar/wire";
import { LabError } from "../errors.ts";
import { seededRandom } from "../memory/seeded-random.ts";
import type { Conductor } from "./conductor.ts";
import { Gate } from "./gate.ts";

const crypto = nodeCrypto();

/** One person on one device. */
export class Person implements AsyncDisposable {
  readonly name: string;
  readonly gate: Gate;
  readonly client: Client;
  readonly #leave: () => void;

  private constructor(name: string, gate: Gate, client: Client, leave: () => void) {
    this.name = name;
    this.gate = gate;
    this.client = client;
    this.#leave = leave;
  }

  /** Opens a profile, joins a station and connects. */
  static async join(
    conductor: Conductor,
    about: {
      readonly name: string;
      readonly folder: string;
      readonly invite: string;
      readonly seed: number;
      readonly failed: (code: string) => void;
    },
  ): Promise<Person> {
    mkdirSync(about.folder, { recursive: true });
    const gate = new Gate();
    const activity = (): number => gate.activity;
    const dialing = (): number => gate.dialing;
    conductor.activities.add(activity);
    conductor.works.add(dialing);
    const sessionCode = await bringSessionCode();
    const client = await openEngine({
      store: openSqliteStore(about.folder),
      clock: conductor.clock,
      crypto,
      carriers: [gate.carrier(webSocketCarrier())],
      rng: { next: seededRandom(about.seed) },
      // The library compares lifetimes of key packages with the machine's clock, so this one port keeps the machine's time.
      mls: (authenticate) => tsMls({ crypto, authenticate, nowMs: () => Date.now() }),
      sessionCode: () => Promise.resolve(sessionCode),
      linkCode,
      media: async () => nodeMedia(about.folder),
      isOnline: () => true,
      failed: (error) => about.failed(codeOf(error) ?? String(error)),
    });
    await client.join(about.invite, about.name);
    client.connect();
    return new Person(about.name, gate, client, () => {
      conductor.activities.delete(activity);
      conductor.works.delete(dialing);
    });
  }

  /** the identity's 20 bytes */
  get identity(): Uint8Array {
    const bytes = parseIdText(this.client.me()?.identity ?? "", ID_SIZE_BYTES.identity);
    if (bytes === undefined) throw new LabError("lab/not-ready", "nobody joined");
    return bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.gate.shut();
    await this.client[Symbol.asyncDispose]();
    this.#leave();
  }
}
