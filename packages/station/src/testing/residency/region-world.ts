/*
 * Four stations in three regions whose laws dice say, two residents each, every one with a room and an inbox. Stores are watched: a mark
 * that rests where its region's law does not let it rest, or that rests abroad before it rests at home, is noted at once.
 */
import type { SeededRng } from "@chapar/carrier/testing";
import {
  CANNOT,
  type Amounts,
  DATA_CLASSES,
  type DataClass,
  type PolicyMode,
  type RegionPolicy,
} from "@chapar/evidence";
import { grantMessage, mirrorMessage, type LogId } from "@chapar/wire";
import { equalBytes, type Verifier } from "@chapar/wire/bytes";
import { bytesKey } from "../../bytes-key.ts";
import { nodeVerifier } from "../../node/node-crypto.ts";
import { Border, type StationBorder } from "../../residency/border.ts";
import { DEFAULT_RATES, type RateClass } from "../../session/rates.ts";
import type { TestClient } from "../test-client.ts";
import { MemoryStore } from "../memory-store.ts";
import type { TestPerson } from "../test-person.ts";
import { TestRoom } from "../test-room.ts";
import { TestWorld, type TestStation } from "../test-world.ts";
import { type Mark, watchedStore } from "./watched-store.ts";

/** Stations and their regions. */
export const STATIONS = [
  ["tehran", "AA"],
  ["shiraz", "AA"],
  ["berlin", "BB"],
  ["tokyo", "CC"],
] as const;
/** People at each. */
export const RESIDENTS = 2;
/** Signatures that are remembered at once. */
const MOST_KNOWN = 4_096;
/** As many as anybody asks. */
export const PLENTY = { ratePerSecond: 1e9, burst: 1e9 };

/** What a faulty build does at the border: lets everything pass, and writes it down or not. */
export type Fault = "loud" | "silent";

/** A station and what is known of its law. */
export interface Place {
  readonly at: Pick<TestStation, "ref" | "url">;
  readonly region: string;
  readonly law: RegionPolicy;
  /** rooms of elsewhere that it mirrors, by room number */
  readonly mirrored: Set<number>;
}

/** A station in memory, with its books. */
interface Region extends Place {
  readonly at: TestStation;
  readonly border: Border;
}

/** Where a season is played. */
export interface SeasonGround {
  readonly residents: readonly Resident[];
  /** Lets time pass until something has happened. */
  settle<T>(work: Promise<T>): Promise<T>;
  /** Something marked came to somebody in a region. */
  handedOut(mark: Mark, region: string): void;
}

/** Somebody at home at a station, with a room of their own there. */
export interface Resident {
  readonly home: Place;
  readonly client: TestClient;
  readonly person: TestPerson;
  readonly room: TestRoom;
  readonly log: LogId;
  /** the inbox of their device */
  readonly inbox: LogId;
  /** rooms of others that they have opened or are opening, by room number; the code of a refusal */
  readonly joined: Map<number, Promise<string | undefined>>;
}

/** What was found where it must not be. */
export interface Misplacement extends Mark {
  readonly what: "rests abroad" | "rests abroad before it rests at home";
  readonly at: string;
}

/** A law of a region. */
export function testLaw(
  region: string,
  mode: (of: DataClass) => PolicyMode,
  saltedCommitmentsMayLeave = true,
): RegionPolicy {
  const rule = (of: DataClass) => ({ mode: mode(of), keepAtLeastDays: 0, keepAtMostDays: undefined });
  // Every class has its rule.
  const data = Object.fromEntries(DATA_CLASSES.map((of) => [of, rule(of)])) as RegionPolicy["data"];
  return {
    region,
    title: `a law of ${region}`,
    sources: [],
    from: "2026-01-01",
    until: "2036-01-01",
    compliance: undefined,
    data,
    saltedCommitmentsMayLeave,
    removalHours: 24,
    disclosureHours: 24,
    cannot: CANNOT,
  };
}

/**
 * Knows signatures that it was asked about before: four stations and eight clients in one process ask the same question. What it knows it
 * compares whole, so that it answers as the verifier below does.
 */
function rememberingVerifier(below: Verifier): Verifier {
  const known = new Map<
    string,
    { readonly key: Uint8Array; readonly message: Uint8Array; readonly isRight: boolean }
  >();
  return async (publicKey, message, signature) => {
    const name = bytesKey(signature);
    const held = known.get(name);
    if (held !== undefined && equalBytes(held.key, publicKey) && equalBytes(held.message, message)) return held.isRight;
    const isRight = await below(publicKey, message, signature);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(name, { key: publicKey.slice(), message: message.slice(), isRight });
    return isRight;
  };
}

/** A law as dice say. */
export function drawnLaw(region: string, dice: SeededRng): RegionPolicy {
  const modes = ["none", "copy", "first-write", "exclusive"] as const;
  // Commitments mostly leave: where they do not, hardly anything does.
  const mayLeave = dice.between(0, 7) > 0;
  const draw = (of: DataClass): PolicyMode =>
    of === "commitment" ? "none" : (modes[dice.between(0, modes.length - 1)] ?? "none");
  return testLaw(region, draw, mayLeave);
}

/** A border that may have a fault for a while. */
function faultyBorder(kept: StationBorder, fault: () => Fault | undefined): StationBorder {
  return {
    mayLeave: (of, region) => fault() !== undefined || kept.mayLeave(of, region),
    mayAsk: (region, type) => fault() !== undefined || kept.mayAsk(region, type),
    homeFirst: async (region, body) => (fault() === undefined ? await kept.homeFirst(region, body) : undefined),
    link: (peer, nonce, say) => {
      const link = kept.link(peer, nonce, say);
      return {
        allows: (frame) => fault() !== undefined || link.allows(frame),
        left: (frame, sizeBytes) => {
          if (fault() !== "silent" || link.allows(frame)) link.left(frame, sizeBytes);
        },
        came: (frame, sizeBytes) => link.came(frame, sizeBytes),
        hear: (notice) => link.hear(notice),
      };
    },
  };
}

/** The world of one season. */
export class RegionWorld implements SeasonGround {
  readonly world: TestWorld = new TestWorld();
  readonly regions: Region[] = [];
  readonly residents: Resident[] = [];
  readonly misplaced: Misplacement[] = [];
  /** marks seen so far in any store */
  marks = 0;
  /** what all borders do wrong at the moment */
  fault: Fault | undefined;
  readonly #atHome = new Set<number>();
  readonly #verify = rememberingVerifier(nodeVerifier());

  /** Builds it. */
  static async open(dice: SeededRng): Promise<RegionWorld> {
    const made = new RegionWorld();
    const laws = new Map<string, RegionPolicy>();
    for (const [name, region] of STATIONS) {
      const law = laws.get(region) ?? drawnLaw(region, dice);
      laws.set(region, law);
      await made.#addStation(name, region, law);
    }
    for (const home of made.regions) for (let i = 0; i < RESIDENTS; i++) await made.#addResident(home, i);
    return made;
  }

  async #addStation(name: string, region: string, law: RegionPolicy): Promise<void> {
    const store = watchedStore(new MemoryStore(), (mark) => this.#found(mark, region));
    let border: Border | undefined;
    const rates = { link: plenty(), peer: plenty(), perInbox: PLENTY };
    const at = await this.world.station(name, {
      region,
      law,
      store,
      rates: { ...DEFAULT_RATES, ...rates },
      verify: this.#verify,
      border: (kept) => {
        if (!(kept instanceof Border)) throw new Error("another border than the station's own");
        border = kept;
        return faultyBorder(kept, () => this.fault);
      },
    });
    if (border === undefined) throw new Error("a station without a border");
    this.regions.push({ at, region, law, border, mirrored: new Set() });
  }

  async #addResident(home: Region, number: number): Promise<void> {
    const { client, person } = await this.world.resident(home.at, `${home.at.url} ${number}`);
    this.residents.push(await this.settle(moveIn(home, { client, person }, this.residents.length)));
  }

  #found(mark: Mark, region: string): void {
    this.marks++;
    if (region === mark.region) {
      this.#atHome.add(mark.number);
      return;
    }
    const law = this.regions.find((one) => one.region === mark.region)?.law;
    const mode = law?.data[mark.of].mode ?? "none";
    if (mode === "exclusive") this.misplaced.push({ ...mark, what: "rests abroad", at: region });
    else if (mode !== "none" && !this.#atHome.has(mark.number))
      this.misplaced.push({ ...mark, what: "rests abroad before it rests at home", at: region });
  }

  /** Something marked came to somebody in a region. */
  handedOut(mark: Mark, region: string): void {
    const law = this.regions.find((one) => one.region === mark.region)?.law;
    if (region !== mark.region && law?.data[mark.of].mode === "exclusive")
      this.misplaced.push({ ...mark, what: "rests abroad", at: region });
  }

  async settle<T>(work: Promise<T>): Promise<T> {
    return await this.world.settle(work);
  }

  async close(): Promise<void> {
    for (const { at } of this.regions) await at.stop();
  }
}

/** Rates that nobody reaches. */
export function plenty(): Record<RateClass, typeof PLENTY> {
  const names = Object.keys(DEFAULT_RATES.link) as RateClass[];
  return Object.fromEntries(names.map((name) => [name, PLENTY])) as Record<RateClass, typeof PLENTY>;
}

/** Somebody who was signed up gets a room and an inbox. @param number  of the room, one for each of a world */
export async function moveIn(
  home: Place,
  { client, person }: Pick<Resident, "client" | "person">,
  number: number,
): Promise<Resident> {
  const room = new TestRoom(number);
  const log = room.idAt(home.at.ref.key);
  await client.expect("log.state", { type: "log.create", genesis: room.genesis });
  await client.expect("log.state", { type: "log.create", genesis: person.inbox() });
  await client.openRoom(room, log);
  const inbox = person.inboxAt(home.at.ref);
  return { home, client, person, room, log, inbox, joined: new Map() };
}

/** A resident opens another's room, once. @returns the code of a refusal, after which it may be tried again */
export async function join(who: Resident, owner: Resident): Promise<string | undefined> {
  const { number } = owner.room;
  const joining = who.joined.get(number) ?? open(who, owner);
  who.joined.set(number, joining);
  const refusal = await joining;
  if (refusal !== undefined) who.joined.delete(number);
  return refusal;
}

/** Asks a resident's home to mirror another's room, and opens it. */
async function open({ client, home }: Resident, owner: Resident): Promise<string | undefined> {
  const { room, log } = owner;
  const hub = owner.home.at.ref;
  const station = home.at.ref.key;
  if (owner.home !== home) {
    const reader = room.readSigner(room.epoch);
    const read = { key: reader.publicKey, signature: await reader.sign(mirrorMessage(station, log)) };
    const state = await client.ask({ type: "room.mirror", log, hub, read });
    if (state.type === "error") return state.code;
    home.mirrored.add(room.number);
  }
  const opened = await client.openRoom(room, log);
  if (opened.type === "error") return opened.code;
  if (owner.home !== home) {
    const signature = await room.writeSigner(room.epoch).sign(grantMessage(station, log, room.epoch));
    const granted = await client.ask({ type: "room.grant", log, write: { epoch: room.epoch, signature } });
    if (granted.type === "error") return granted.code;
  }
  return undefined;
}

/** Sums of what an audit of all books finds. */
export interface Findings {
  /** objects that crossed although a law kept them */
  readonly unlawful: number;
  /** bytes that one side has and the other has not */
  readonly unexplainedBytes: number;
  /** bytes that both sides have */
  readonly matchedBytes: number;
}

/** Compares the books of both sides of every link, and what crossed with the law of where it came from. */
export function auditBooks(regions: readonly Region[]): Findings {
  let unlawful = 0;
  let unexplainedBytes = 0;
  let matchedBytes = 0;
  for (const exporter of regions) {
    for (const { peer, link, tally } of exporter.border.book.links) {
      const importer = regions.find(({ at }) => Buffer.compare(at.ref.key, peer.key) === 0);
      const theirs = importer?.border.book.links.find((line) => Buffer.compare(line.link, link) === 0);
      const sent = tally.amounts().sent;
      const received = theirs?.tally.amounts().received;
      for (const of of Object.keys(sent) as (keyof Amounts)[]) {
        const here = sent[of];
        const there = received?.[of] ?? { objects: 0, bytes: 0 };
        unexplainedBytes += Math.abs(here.bytes - there.bytes);
        matchedBytes += Math.min(here.bytes, there.bytes);
        if (!exporter.border.mayLeave(of, peer.region)) unlawful += Math.max(here.objects, there.objects);
      }
    }
  }
  return { unlawful, unexplainedBytes, matchedBytes };
}
