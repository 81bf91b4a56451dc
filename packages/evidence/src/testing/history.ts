/*
 * Honest histories and every accusation that can be tried with what was signed in one (E-31). A history is a list of steps: entries,
 * epochs whole and not, words, acks, prunes, expiries, removals, time, backups and restorations. Everything that the station
 * signs on the way is kept; `accusations` then tries each shape with every pair of it, with all the proofs that its trees give.
 */
import { consistencyProof, inclusionProof, type MemoryTree, type SignedStatement } from "@chapar/log";
import { nth, testHasher, testSigner } from "@chapar/log/testing";
import { toHex } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import type { Incident, LeafClaim, MapClaim, SignedCheckpoint } from "../types.ts";
import { TestStation } from "./station.ts";

const hasher = testHasher();
const ROOMS = ["hall", "attic"] as const;
const PEOPLE = ["dara", "sara"] as const;
const READERS = [testSigner(20), testSigner(21)] as const;
const DAY_MS = 86_400_000;

const room = fc.constantFrom(...ROOMS);
const reader = fc.constantFrom(...READERS);
const index = fc.nat(7);

/** One thing that happens at a station. */
export const arbitraryStep = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("append"),
      room,
      entries: fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("epoch"), taken: fc.constantFrom(1, 9, 9, 9) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("manifest"), room, reader: fc.option(reader), first: index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("register"), room, reader, from: index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("ack"), room, reader, upTo: index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("prune"), room }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("expire"), room }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove"), room, index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("op"), person: fc.constantFrom(...PEOPLE) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("word"), person: fc.constantFrom(...PEOPLE) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("tick"), ms: fc.constantFrom(0, 1, 1, 1000, 100 * DAY_MS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("backup") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restore") }) },
);

/** A step that was drawn. */
export type Step = typeof arbitraryStep extends fc.Arbitrary<infer One> ? One : never;

/** Everything that a station has signed, and the trees that proofs about it can be made from. */
export interface Said {
  readonly statements: { readonly room: string; readonly statement: SignedStatement }[];
  readonly heads: { readonly room: string; readonly claim: MapClaim }[];
  readonly people: { readonly person: string; readonly claim: MapClaim }[];
  readonly words: { readonly person: string; readonly bytes: Uint8Array }[];
  readonly readerWords: Uint8Array[];
  readonly manifests: Uint8Array[];
  readonly checkpoints: { readonly generation: number; readonly checkpoint: SignedCheckpoint }[];
  readonly leaves: LeafClaim[];
  readonly trees: { readonly room: string; readonly tree: MemoryTree }[];
  readonly ledgers: { readonly generation: number; readonly tree: MemoryTree }[];
  readonly incidents: Incident[];
}

/** Nothing yet. */
export function nothingSaid(): Said {
  return {
    statements: [],
    heads: [],
    people: [],
    words: [],
    readerWords: [],
    manifests: [],
    checkpoints: [],
    leaves: [],
    trees: [],
    ledgers: [],
    incidents: [],
  };
}

/** A station that goes through steps. What it is backed up to and restored from is its own affair. */
export class History {
  station: TestStation;
  readonly said: Said;
  #backup: TestStation;
  #generation = 1;
  #count = 0;

  constructor(said: Said = nothingSaid(), station: TestStation = new TestStation()) {
    this.said = said;
    this.station = station;
    this.#backup = station.copy();
  }

  async #epoch(taken: number): Promise<void> {
    const { station, said } = this;
    await station.epoch(taken);
    const { ledger } = station;
    said.checkpoints.push({ generation: ledger.generation, checkpoint: ledger.checkpoint() });
    for (const name of ROOMS) said.heads.push({ room: name, claim: await station.headClaim(name) });
    for (const person of PEOPLE.filter((one) => station.chain(one).length > 0))
      said.people.push({ person, claim: await station.identityClaim(person) });
    for (let i = 0; i < ledger.size; i++) said.leaves.push(await ledger.leafClaim(i));
  }

  async #restore(): Promise<void> {
    const toMs = this.station.timeMs;
    this.#keepTrees();
    this.station = this.#backup.copy();
    const incident = this.station.restore(toMs, ++this.#generation);
    if (incident.kind === "incident") this.said.incidents.push(incident);
  }

  /** Keeps the trees as they are, for proofs. */
  #keepTrees(): void {
    for (const name of ROOMS) this.said.trees.push({ room: name, tree: this.station.room(name).tree });
    const { generation, tree } = this.station.ledger;
    this.said.ledgers.push({ generation, tree });
  }

  async step(step: Step): Promise<void> {
    const { station, said } = this;
    switch (step.do) {
      case "append": {
        const { receipts, head } = await station.append(
          step.room,
          step.entries.map((one) => `entry ${one}`),
        );
        for (const statement of [...receipts, head]) said.statements.push({ room: step.room, statement });
        return;
      }
      case "epoch":
        return this.#epoch(step.taken);
      case "manifest": {
        const held = station.room(step.room).tree.size;
        const range = { reader: step.reader ?? undefined, first: Math.min(step.first, held) };
        said.manifests.push(await station.manifest(step.room, range));
        return;
      }
      case "register":
        return void said.readerWords.push(await station.register(step.room, step.reader, step.from));
      case "ack":
        return void (await station.ack(step.room, step.reader, step.upTo));
      case "prune":
        return station.prune(step.room);
      case "expire":
        return station.expire(step.room);
      case "remove":
        return void (step.index < station.room(step.room).tree.size && station.remove(step.room, step.index));
      case "op":
        return void station.addOp(step.person, ++this.#count);
      case "word":
        if (station.chain(step.person).length > 0)
          said.words.push({ person: step.person, bytes: await station.identityWord(step.person) });
        return;
      case "tick":
        return station.tick(step.ms);
      case "backup":
        this.#backup = station.copy();
        return;
      case "restore":
        return this.#restore();
      default:
        throw new Error("no such step");
    }
  }

  /** Goes through all steps; ends with a manifest of each room, and an epoch of everything. */
  async run(steps: readonly Step[]): Promise<Said> {
    for (const step of steps) await this.step(step);
    for (const name of ROOMS)
      for (const reader of READERS) this.said.manifests.push(await this.station.manifest(name, { reader }));
    await this.#epoch(9);
    this.#keepTrees();
    return this.said;
  }
}

/** The bridges from a smaller size to a larger that some trees give: consistency proofs with the root they begin at. */
export async function bridges(trees: readonly MemoryTree[], small: number, large: number) {
  const fitting = trees.filter((tree) => tree.size >= large && small > 0 && small < large);
  return Promise.all(
    fitting.map(async (tree) => ({
      other: tree.root(small),
      proof: await consistencyProof(small, large, tree.reader, hasher),
    })),
  );
}

/** The inclusions of whatever stands at an index in trees of at least a size. */
export async function inclusions(trees: readonly MemoryTree[], at: number, size: number) {
  const fitting = trees.filter((tree) => tree.size >= size && at < size);
  return Promise.all(
    fitting.map(async (tree) => ({
      other: await tree.reader(0, at),
      proof: await inclusionProof(at, size, tree.reader, hasher),
    })),
  );
}

/** Trees of a room or a generation, each content once. */
export function distinct(trees: readonly MemoryTree[]): MemoryTree[] {
  return [...new Map(trees.map((tree) => [`${tree.size} ${toHex(tree.root())}`, tree])).values()];
}

/** At most so many of a list, evenly spread: the search is of pairs. */
export function some<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  return Array.from({ length: most }, (_, i) => nth(all, Math.floor((i * all.length) / most)));
}
