/*
 * What each mode at rest makes of a log. A lie is chosen by the seed among those that the mode allows: with the true heads or
 * with heads signed anew, with the station log told of it or not. Sizes and places stand in `how`, for whoever replays it.
 */
import type { Hole } from "@chapar/station";
import { type FalseLog, type Forge, messagesFrom, rebuild, timeOf, type TrueLog, underTrueHeads } from "./false-log.ts";
import type { Mode } from "./modes.ts";

/** What a lie is made from. */
export interface LieContext {
  readonly tools: Forge;
  readonly of: TrueLog;
  /** entries that the reader held when it was last there */
  readonly held: number;
  readonly nowMs: number;
  readonly random: () => number;
}

/** A lie about one log. */
export interface Lie {
  readonly how: string;
  readonly shown: FalseLog;
  readonly refuses: boolean;
  readonly isLogged: boolean;
}

/** How far back-dated heads go behind the newest that the reader holds. */
const BACK_BY_MS = 60_000;

/** One of several, by the seed. */
export function pick<T>(from: readonly T[], random: () => number): T | undefined {
  return from[Math.floor(random() * from.length)];
}

const flat = (of: TrueLog): Uint8Array[] => [...of.entries];

/** The whole log in one chunk under one head signed now. */
async function anew(context: LieContext, entries: readonly Uint8Array[], how: string): Promise<Lie> {
  const { tools, of, nowMs, random } = context;
  const isLogged = random() < 0.5;
  const shown = await rebuild(tools, of, [entries], () => nowMs);
  return { how: `${how}, signed anew${isLogged ? ", logged" : ""}`, shown, refuses: false, isLogged };
}

function shownUnderTrueHeads(
  { tools, of }: LieContext,
  how: string,
  change: (entries: readonly Uint8Array[], first: number) => readonly Uint8Array[],
): Lie {
  return { how, shown: underTrueHeads(tools, of, change), refuses: false, isLogged: false };
}

function bent(entry: Uint8Array, random: () => number): Uint8Array {
  const out = entry.slice();
  // The last bytes are the sealed frame's: the header stays readable, so that what fails is the content.
  const at = out.byteLength - 1 - Math.floor(random() * Math.min(64, out.byteLength));
  out[at] = (out[at] ?? 0) ^ (1 + Math.floor(random() * 255));
  return out;
}

type MakeLie = (context: LieContext) => Promise<Lie | undefined>;

/** An entry is taken out, whatever followed moves down, and the station signs that it was never there. */
const dropAndRebuild: MakeLie = async (context) => {
  const index = pick(messagesFrom(context.of, 1).slice(0, -1), context.random);
  if (index === undefined) return undefined;
  const entries = context.of.entries.filter((_, i) => i !== index);
  return anew(context, entries, `entry ${index} taken out`);
};

/** The log ends earlier: at a head that it once had, or at one signed now for the smaller size. */
const dropTail: MakeLie = async (context) => {
  const { of, held, random } = context;
  const newer = of.chunks.filter((chunk) => chunk.first >= held);
  const last = pick(newer, random);
  if (last === undefined || last.first === 0) return undefined;
  const size = last.first;
  const isOldHead = random() < 0.5;
  if (!isOldHead) return anew(context, of.entries.slice(0, size), `ends at ${size} of ${of.entries.length}`);
  const { chunks } = underTrueHeads(context.tools, of, (entries) => entries);
  const shown = { record: of.record, chunks: chunks.filter((chunk) => chunk.first < size) };
  return { how: `ends at ${size} of ${of.entries.length}, old head`, shown, refuses: false, isLogged: false };
};

const reorder: MakeLie = async (context) => {
  const pairs = messagesFrom(context.of, 1).filter((index, i, all) => all[i + 1] === index + 1);
  const index = pick(pairs, context.random);
  if (index === undefined) return undefined;
  const entries = flat(context.of);
  const [a, b] = entries.slice(index, index + 2);
  if (a === undefined || b === undefined) return undefined;
  entries.splice(index, 2, b, a);
  return anew(context, entries, `entries ${index} and ${index + 1} swapped`);
};

const alter: MakeLie = async (context) => {
  const { of, held, random } = context;
  const isAnew = random() < 0.5;
  const index = pick(messagesFrom(of, isAnew ? 1 : held), random);
  const entry = index === undefined ? undefined : of.entries[index];
  if (index === undefined || entry === undefined) return undefined;
  const other = bent(entry, random);
  const change = (entries: readonly Uint8Array[], first: number): Uint8Array[] =>
    entries.map((one, i) => (first + i === index ? other : one));
  const how = `entry ${index} altered`;
  return isAnew ? anew(context, change(of.entries, 0), how) : shownUnderTrueHeads(context, how, change);
};

/** An entry that stands in the log stands in it once more, after the newest or in the middle. */
const duplicate: MakeLie = async (context) => {
  const { of, held, random } = context;
  const index = pick(messagesFrom(of, held), random);
  const entry = index === undefined ? undefined : of.entries[index];
  if (index === undefined || entry === undefined) return undefined;
  const at = random() < 0.5 ? of.entries.length : index + 1;
  const entries = flat(of);
  entries.splice(at, 0, entry);
  return anew(context, entries, `entry ${index} again at ${at}`);
};

const refuse: MakeLie = async (context) => {
  const shown = underTrueHeads(context.tools, context.of, (entries) => entries);
  return { how: "entries are not given", shown, refuses: true, isLogged: false };
};

/** Nothing is changed but the time of heads above what the reader holds: they are signed as if earlier than those held. */
const backDate: MakeLie = async (context) => {
  const { tools, of, held } = context;
  const known = of.chunks.findLast((chunk) => chunk.first + chunk.entries.length <= held);
  const knownMs = known && timeOf(of, known.head);
  if (knownMs === undefined) return undefined;
  const { chunks } = underTrueHeads(tools, of, (entries) => entries);
  const later = await rebuild(
    tools,
    of,
    of.chunks.map((chunk) => chunk.entries),
    () => knownMs - BACK_BY_MS,
  );
  const kept = chunks.filter((chunk) => chunk.first + chunk.entries.length <= held);
  const shown = { record: of.record, chunks: [...kept, ...later.chunks.slice(kept.length)] };
  return { how: `heads above ${held} signed ${BACK_BY_MS} ms early`, shown, refuses: false, isLogged: false };
};

/** What is made of a log by each mode at rest. */
const MAKERS: Partial<Readonly<Record<Mode, MakeLie>>> = {
  "drop-and-rebuild": dropAndRebuild,
  "drop-tail": dropTail,
  reorder,
  alter,
  duplicate,
  refuse,
  "back-date": backDate,
};

/** Makes a lie about a log; undefined when the mode finds nothing to lie about there. */
export async function makeLie(mode: Mode, context: LieContext): Promise<Lie | undefined> {
  return await MAKERS[mode]?.(context);
}

/** A message of those the reader has not read that the station says is gone, for a reason that is not so. */
export function makeHole(mode: Mode, of: TrueLog, held: number, random: () => number): Hole | undefined {
  const first = pick(messagesFrom(of, held), random);
  if (first === undefined) return undefined;
  return { first, count: 1, status: mode === "expire-early" ? "expired" : "pruned", tombstone: undefined };
}
