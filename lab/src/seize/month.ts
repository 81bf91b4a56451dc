/*
 * A month in the life of a station: people with the real engine join it, write to each other in pairs, send files, take names and look for
 * words, day after day, with nights in between. Everything that they make holds two random words of this run, one in Latin and one in
 * Persian letters, and who talks with whom is written down: that is what nobody may find at the station.
 */
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { nodeCrypto } from "@chapar/e2e/node";
import { encodeEntry, foldChain, inboxGenesis, logIdOf, stationKey } from "@chapar/wire";
import { LabError } from "../errors.ts";
import { seededRandom } from "../memory/seeded-random.ts";
import type { Stage, World } from "../misdeeds/stage.ts";
import type { Person } from "../misdeeds/person.ts";
import type { LineEvent } from "./line.ts";
import { Ties } from "./ties.ts";

/** What to play. */
export interface MonthOrder {
  readonly people: number;
  readonly messages: number;
  readonly days: number;
  readonly seed: number;
  /** how people attend their rooms (protocol/18-unlinkability.md) */
  readonly profile: "usual" | "high-risk";
}

/** Somebody, by everything that names them at a station. */
export interface Named {
  readonly person: string;
  readonly ids: readonly Uint8Array[];
  /** hex of the id of their inbox */
  readonly inbox: string;
}

/** A conversation, by what names it at a station. */
export interface Room {
  readonly log: Uint8Array;
  readonly members: readonly [string, string];
}

/** What the people know after their month, and what a listener at the line has seen. */
export interface Truth {
  /** words of this run; every text, name, file name, file and term holds both */
  readonly words: readonly string[];
  /** things that hold them */
  readonly secrets: number;
  readonly people: readonly Named[];
  readonly rooms: readonly Room[];
  readonly line: readonly LineEvent[];
  /** pairs of an account and a room that were shown on one link that is still open */
  readonly openLinks: number;
}

const DAY_MS = 86_400_000;
/** Of a day, how long people are there. */
const AWAKE_MS = 120_000;
/** Every so manyth message is a file, and after every so manyth somebody looks for a word. */
const FILE_EVERY = 12;
const SEARCH_EVERY = 20;
/** People with whom one talks, at most. */
const FRIENDS = 6;
const WORD_LETTERS = 12;
const LATIN = "bcdfghjklmnpqrstvwxz";
const PERSIAN = "بپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی";

const never = { signal: new AbortController().signal };
const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
const verify = crypto.ed25519.verify.bind(crypto.ed25519);

/** A word that stands nowhere by chance; not of the seed, so that no earlier run has left it in any memory. */
const word = (letters: string): string =>
  Array.from({ length: WORD_LETTERS }, () => letters[randomInt(letters.length)]).join("");

/** One month at one station. */
export class Month {
  readonly #world: World;
  readonly #order: MonthOrder;
  readonly #random: () => number;
  readonly words: readonly [string, string] = [word(LATIN), word(PERSIAN)];
  readonly #line: LineEvent[] = [];
  readonly #ties: Ties;
  #secrets = 0;

  constructor(world: World, order: MonthOrder) {
    this.#world = world;
    this.#order = order;
    this.#random = seededRandom(order.seed);
    this.#ties = new Ties(stationKey(world.liar.key));
  }

  #secret(what: string): string {
    this.#secrets += 1;
    return `${this.words[0]} ${what} ${this.words[1]}`;
  }

  #pick<T>(list: readonly T[]): T {
    const one = list[Math.floor(this.#random() * list.length)];
    if (one === undefined) throw new LabError("lab/not-ready", "nobody to pick");
    return one;
  }

  async #gather(): Promise<void> {
    const half = Math.max(1, Math.floor(this.#order.people / 2));
    await this.#world.gather(half, Math.max(1, this.#order.people - half));
    for (const person of this.#world.people) {
      person.gate.listener = (direction, sizeBytes) =>
        this.#line.push({ person: person.name, atMs: this.#world.conductor.nowMs, direction, sizeBytes });
      person.gate.begun = (link) => this.#ties.listen(link);
      person.gate.cut();
      await person.client.ways.shield(this.#order.profile === "high-risk");
      await person.client.setName(this.#secret("is my name").slice(0, 60));
    }
  }

  /** Everyone of one side talks with some of the other. */
  #befriend(): void {
    const { writers, readers, talks } = this.#world;
    for (const [at, writer] of writers.entries()) {
      const count = 1 + Math.floor(this.#random() * Math.min(FRIENDS, readers.length));
      const first = Math.floor(this.#random() * readers.length);
      for (let next = 0; next < count; next++) {
        const reader = readers[(first + next) % readers.length];
        if (reader !== undefined)
          talks.push({
            place: at * FRIENDS + next,
            id: "",
            writer,
            reader,
            log: new Uint8Array(0),
            held: 0,
            texts: [],
          });
      }
    }
  }

  async #say(number: number): Promise<void> {
    const { id, writer, reader } = this.#pick(this.#world.talks);
    const { client } = this.#random() < 0.5 ? writer : reader;
    const text = this.#secret(`message ${number}`);
    if (number % FILE_EVERY !== FILE_EVERY - 1) await client.send(id, { text });
    else {
      const bytes = new TextEncoder().encode(this.#secret(`file ${number} `).repeat(100));
      const files = [{ fileName: `${this.#secret("file")}.txt`, mediaType: "text/plain", from: { bytes } }];
      await this.#world.conductor.settle(client.media.send(id, { text, files }, never), this.#world.patienceMs);
    }
    if (number % SEARCH_EVERY === SEARCH_EVERY - 1) {
      this.#secrets += 1;
      await client.search.find({ words: this.words.join(" ") });
    }
  }

  /** Plays it. */
  async play(tell: (line: string) => void): Promise<void> {
    // Under the shield everything takes ticks.
    if (this.#order.profile === "high-risk") this.#world.patienceMs = DAY_MS / 4;
    await this.#gather();
    this.#befriend();
    await this.#world.begin();
    await this.#world.acquaint();
    const { days, messages } = this.#order;
    let said = 0;
    for (let day = 0; day < days; day++) {
      for (const { gate } of this.#world.people) gate.open();
      const until = Math.floor((messages * (day + 1)) / days);
      const pauseMs = AWAKE_MS / Math.max(1, until - said);
      while (said < until) {
        await this.#say(said++);
        await this.#world.conductor.advance(Math.ceil(this.#random() * 2 * pauseMs));
      }
      await this.#world.calm(AWAKE_MS);
      tell(`day ${day + 1} of ${days}: ${said} of ${messages} messages`);
      if (day < days - 1) await this.#world.conductor.leap(DAY_MS);
    }
    // Files in cells take their time.
    if (this.#order.profile === "high-risk") await this.#world.calm(this.#world.patienceMs);
    await this.#world.locate();
  }

  async #named(person: Person): Promise<Named> {
    const ops = await this.#world.stage.liar.tell("ops", { identity: person.identity });
    const chain = await foldChain(ops, { sha256, verify });
    if (!chain.ok) throw new LabError("lab/not-ready", "a person without a chain");
    const station = stationKey(this.#world.liar.key);
    const inboxes = chain.value.devices.map((device) =>
      logIdOf(sha256, station, encodeEntry(inboxGenesis(device, sha256))),
    );
    const ids = [
      person.identity,
      ...chain.value.devices.flatMap(({ device, inboxReadKey }) => [device, inboxReadKey]),
      ...inboxes,
    ];
    const [inbox = new Uint8Array(0)] = inboxes;
    return { person: person.name, ids, inbox: Buffer.from(inbox).toString("hex") };
  }

  /** What is true, to be asked while the station still runs. */
  async truth(): Promise<Truth> {
    const people: Named[] = [];
    for (const person of this.#world.people) people.push(await this.#named(person));
    const rooms = this.#world.talks.map(({ log, writer, reader }): Room => ({
      log,
      members: [writer.name, reader.name],
    }));
    const openLinks = this.#ties.count(rooms.map(({ log }) => log));
    return { words: this.words, secrets: this.#secrets, people, rooms, line: this.#line, openLinks };
  }

  /** The station's folder. */
  get folder(): string {
    return join(this.#world.folder, "liar");
  }
}

/** Plays a month on a stage. */
export async function openMonth(stage: Stage, order: MonthOrder): Promise<{ month: Month; world: World }> {
  const world = await stage.world(order.seed, () => undefined);
  return { month: new Month(world, order), world };
}
