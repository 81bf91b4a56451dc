/* Two regions of two stations each, and people with real engines at them, all on one clock that stands still until it is moved. */
import { SeededRng } from "@chapar/carrier/testing";
import type { Client } from "@chapar/client";
import { openEngine } from "@chapar/client";
import { bringSessionCode, linkCode } from "@chapar/client/node";
import { MemoryMedia, MemoryStore } from "@chapar/client/testing";
import { inviteLink, tsMls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { TEST_TOKEN, type TestStation, TestWorld } from "@chapar/station/testing";
import { Border } from "./border.ts";

const crypto = nodeCrypto();
/** Of the line between any two, one way. */
const LATENCY_MS = 40;
/** A station lets this many sign up at once, from one address. */
const SIGN_UP_MS = 5_000;
/** Longer than any back-off; reached when something is stuck. */
const PATIENCE_MS = 3_600_000;
const PAGE = 500;

const REGIONS = ["DE", "IR"] as const;
/** One of the two sides. */
export type Side = (typeof REGIONS)[number];

/** Somebody. */
export interface Somebody {
  readonly name: string;
  readonly side: Side;
  readonly client: Client;
}

/** Everyone and everything. */
export class Regions {
  readonly #world: TestWorld = new TestWorld({ latencyMs: LATENCY_MS });
  readonly border: Border = new Border(this.#world.network);
  readonly people: Somebody[] = [];
  readonly #stations: { readonly side: Side; readonly station: TestStation }[] = [];

  /** Two stations in each region, in turns. */
  async build(): Promise<void> {
    for (const number of [1, 2]) {
      for (const side of REGIONS) {
        const name = `${side.toLowerCase()}${number}`;
        this.border.place(`wss://${name}.example/v1/link`, side);
        const carrier = this.border.carrier(side);
        this.#stations.push({
          side,
          station: await this.#world.station(name, { region: side, logged: true, carrier }),
        });
      }
    }
  }

  /** One more person, at the next station in turn. */
  async join(seed: number): Promise<Somebody> {
    const at = this.#stations[this.people.length % this.#stations.length];
    if (at === undefined) throw new Error("no station was built");
    const { side, station } = at;
    const name = `Somebody ${this.people.length + 1}`;
    const sessionCode = await bringSessionCode();
    const client = await openEngine({
      store: new MemoryStore(),
      media: async () => new MemoryMedia(),
      clock: this.#world.clock,
      crypto,
      carriers: [this.border.carrier(side)],
      rng: new SeededRng(seed),
      // The library compares lifetimes of key packages with the machine's clock, so this one port keeps the machine's time.
      mls: (authenticate) => tsMls({ crypto, authenticate, nowMs: () => Date.now() }),
      sessionCode: () => Promise.resolve(sessionCode),
      linkCode,
      isOnline: () => true,
    });
    const home = { station: station.ref, region: side };
    const invite = { home, stationName: side, token: TEST_TOKEN, person: undefined, routes: [] };
    await this.settle(
      client.join(
        inviteLink(invite, (bytes) => crypto.sha256(bytes)),
        name,
      ),
    );
    // Counted are letters that people write.
    await client.talk.setTelling({ delivered: false, read: false });
    client.connect();
    await this.#world.clock.advance(SIGN_UP_MS);
    const somebody = { name, side, client };
    this.people.push(somebody);
    return somebody;
  }

  get nowMs(): number {
    return this.#world.clock.nowMs();
  }

  /** Time passes. */
  async pass(ms: number): Promise<void> {
    await this.#world.clock.advance(ms);
  }

  /** Every machine sleeps for so long. */
  sleep(ms: number): void {
    this.#world.clock.jump(ms);
  }

  /** Time passes until something has happened. */
  async settle<T>(work: Promise<T>): Promise<T> {
    return await this.#world.clock.runUntil(work, PATIENCE_MS);
  }

  /** Time passes until everyone has read and sent everything. */
  async quiet(): Promise<void> {
    // Someone who is done first may hear from the others again: once more, until all are done together.
    for (let round = 0; round < 3; round++) {
      const { signal } = new AbortController();
      await this.settle(Promise.all(this.people.map(({ client }) => client.settled({ signal }))));
      await this.pass(1_000);
    }
  }

  async end(): Promise<void> {
    for (const { client } of this.people) await this.settle(Promise.resolve(client[Symbol.asyncDispose]()));
    for (const { station } of this.#stations) await station.stop();
  }
}

/** What somebody has of a chat. */
export interface Held {
  /** that people wrote */
  readonly texts: readonly string[];
  readonly gaps: number;
}

/** Reads all of a chat. */
export async function heldBy(client: Client, chat: string): Promise<Held> {
  const texts: string[] = [];
  let gaps = 0;
  for (let before: number | undefined; ;) {
    const page = await client.messages(chat, before === undefined ? { limit: PAGE } : { limit: PAGE, before });
    if (page.length === 0) return { texts, gaps };
    for (const { gap, group, text } of page) {
      if (gap !== undefined) gaps += 1;
      else if (group === undefined && text !== "") texts.push(text);
    }
    before = page[0]?.position;
  }
}
