/*
 * People with engines on stations in memory: one clock that tests move, one network whose links can be cut, and stores
 * that outlive the engines over them.
 */
import * as foldCode from "../src/talk/fold.ts";
import * as linkCode from "../src/link/link-code.ts";
import * as sessionCode from "../src/home-session.ts";
import * as weekPart from "../src/groups/week-part.ts";
import * as weekly from "../src/groups/weekly.ts";
import * as vouching from "../src/profile/vouching.ts";
import * as typing from "../src/typing/typing.ts";
import { SeededRng, type FakeClock } from "@chapar/carrier/testing";
import { inviteLink, type Mls, tsMls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { TEST_TOKEN, TestWorld, type TestStation } from "@chapar/station/testing";
import type { Client, EnginePorts, MessageView, Store } from "../src/index.ts";
import { openEngine } from "../src/index.ts";
import { MemoryMedia, type MemoryMedium, MemoryStore } from "../src/testing/index.ts";

const crypto = nodeCrypto();

/** What a test may put between an engine and its ports. */
export interface Between {
  readonly store?: (store: Store) => Store;
  readonly mls?: (mls: Mls) => Mls;
  readonly line?: Parameters<TestWorld["network"]["carrier"]>[0];
  readonly carriers?: EnginePorts["carriers"];
  readonly clock?: EnginePorts["clock"];
  readonly road?: EnginePorts["road"];
  /** what dials is brought by the first link, as in a browser */
  readonly bringsLinkCode?: boolean;
  readonly isDear?: EnginePorts["isDear"];
}

/** A person: an engine that can be stopped and started over the same data. */
export class Person {
  readonly #world: World;
  readonly medium: MemoryMedium = new Map();
  readonly media = new MemoryMedia();
  readonly failures: unknown[] = [];
  #seed: number;
  client: Client;

  constructor(world: World, client: Client, seed: number) {
    this.#world = world;
    this.client = client;
    this.#seed = seed;
  }

  async start(between: Between = {}): Promise<Client> {
    const { mls, store } = between;
    const inner = new MemoryStore(this.medium);
    const make: EnginePorts["mls"] = (authenticate, _lost, findPsk): Mls => {
      // ts-mls compares lifetimes of key packages with the host's clock, so this one port keeps the host's time.
      const made = tsMls({ crypto, authenticate, findPsk, nowMs: () => Date.now() });
      return mls === undefined ? made : mls(made);
    };
    this.client = await openEngine({
      store: store === undefined ? inner : store(inner),
      clock: between.clock ?? this.#world.clock,
      crypto,
      carriers: between.carriers ?? [this.#world.stations.network.carrier(between.line ?? {})],
      ...(between.road === undefined ? {} : { road: between.road }),
      ...(between.isDear === undefined ? {} : { isDear: between.isDear }),
      rng: new SeededRng(this.#seed++),
      mls: make,
      isOnline: () => true,
      media: async () => this.media,
      failed: (error) => this.failures.push(error),
      // Here already: the world's clock would run on while a file is read.
      sessionCode: async () => sessionCode,
      foldCode,
      ...(between.bringsLinkCode === true ? {} : { linkCode }),
    });
    return this.client;
  }

  /** Ends the engine; the data stays. */
  async stop(): Promise<void> {
    await this.#world.settle(Promise.resolve(this.client[Symbol.asyncDispose]()));
  }

  /** Everything of a conversation, as texts of lines: gaps as `[code]`. */
  async lines(id: string): Promise<string[]> {
    const all: MessageView[] = [];
    for (let before: number | undefined; ;) {
      const page = await this.client.messages(id, before === undefined ? { limit: 50 } : { limit: 50, before });
      if (page.length === 0) break;
      all.unshift(...page);
      before = page[0]?.position;
    }
    return all
      .filter(({ gap }) => gap?.entries !== 0)
      .map((line) => (line.gap === undefined ? line.text : `[${line.gap.code}]`));
  }

  /** For the message of a test that failed. */
  async state(): Promise<string> {
    const codes = [...new Set(this.failures.map((error) => String(error)))].slice(-4);
    const chats = await this.client.conversations();
    const chat = chats.map(({ state, fault, last }) => `${state} ${fault} "${last?.text}" ${last?.state}`);
    return `${this.client.me()?.name} ${this.client.route().state} [${chat.join(",")}] ${codes.join("; ")}`;
  }

  /** The only conversation there is. */
  async only(): Promise<string> {
    const all = await this.client.conversations();
    const [first, ...others] = all;
    if (first === undefined || others.length > 0) throw new Error(`there are ${all.length} conversations`);
    return first.id;
  }
}

/** Loaded when it is needed, and here already: the world's clock would run on while a file is read. */
const HERE: readonly object[] = [vouching, typing, weekly, weekPart];

/** Stations and people. */
export class World {
  readonly stations: TestWorld;
  #people = 0;

  constructor(line: ConstructorParameters<typeof TestWorld>[0] = {}) {
    if (HERE.length === 0) throw new Error("nothing is loaded");
    this.stations = new TestWorld(line);
  }

  get clock(): FakeClock {
    return this.stations.clock;
  }

  /** An invite to a station, as its operator prints it. */
  invite(station: TestStation, region = "IR"): string {
    const home = { station: station.ref, region };
    const invite = { home, stationName: "test", token: TEST_TOKEN, person: undefined, routes: [] };
    return inviteLink(invite, (bytes) => crypto.sha256(bytes));
  }

  /** A person who joined a station and is not connected. */
  async person(name: string, station: TestStation, between: Between = {}, region = "IR"): Promise<Person> {
    const person = new Person(this, undefined as unknown as Client, ++this.#people * 1000);
    await person.start(between);
    await person.client.join(this.invite(station, region), name);
    // Who counts letters, counts those that people write; a test about what devices tell by themselves switches it on.
    await person.client.talk.setTelling({ delivered: false, read: false });
    return person;
  }

  /** A device without an identity. */
  async device(between: Between = {}): Promise<Person> {
    const device = new Person(this, undefined as unknown as Client, ++this.#people * 1000);
    await device.start(between);
    return device;
  }

  /** Lets time pass until something has happened. */
  async settle<T>(work: Promise<T>, limitMs = 600_000): Promise<T> {
    return this.stations.clock.runUntil(work, limitMs);
  }

  /** Lets time pass until everyone has read and sent everything. */
  async quiet(people: readonly Person[], limitMs = 600_000): Promise<void> {
    const signal = new AbortController().signal;
    // Someone who is done first may hear from the others again: once more, until all are done together.
    for (let i = 0; i < 3; i++) {
      if (i > 0) await this.clock.advance(2_000);
      const settled = Promise.all(people.map((person) => person.client.settled({ signal })));
      await this.settle(settled, limitMs).catch(async (error: unknown) => {
        const states = await Promise.all(people.map((person) => person.state()));
        throw new Error(`not quiet: ${states.join(" | ")}`, { cause: error });
      });
    }
  }
}

/** Texts "name 1" to "name count". */
export function texts(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${name} ${at + 1}`);
}
