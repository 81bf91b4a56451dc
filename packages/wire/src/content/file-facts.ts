/*
 * The content extension `chapar.media`: what a message tells of its files for showing them before they are there. A CBOR array with one
 * map for each file; keys are positive integers, and those that are not known are passed over (protocol/5-content.md §9).
 *
 * All of it is a hint from whoever wrote the message: a field outside its bounds is left out, and an extension that is no such
 * array is as if it were not there (C-93). Nothing is decided by it.
 */
import { CborReader } from "./cbor-reader.ts";
import { MAX_FILES } from "./limits.ts";

/** Samples of a recording's loudness. */
export const MAX_WAVE_BYTES = 64;

/** The kinds by their numbers. */
export const KINDS: readonly ["file", "photo", "video", "voice"] = ["file", "photo", "video", "voice"];
/** The keys of a file's map. */
export const KEY = { kind: 1, width: 2, height: 3, durationMs: 4, preview: 5, wave: 6 } as const;
const MAX_SIDE = 32_767;
const MAX_DURATION_MS = 86_400_000;
const PREVIEW_BYTES = [5, 40] as const;
const VALUE_LEVELS = 2;

/** How a file is shown. */
export type FileKind = (typeof KINDS)[number];

/** What is told of one file. */
export interface ShownFacts {
  readonly kind: FileKind;
  /** pixels as it is shown; both or neither */
  readonly width?: number;
  readonly height?: number;
  readonly durationMs?: number;
  /** ThumbHash of the picture or the poster, 5 to 40 bytes */
  readonly preview?: Uint8Array;
  /** loudness, evenly spaced, 0 to 255 */
  readonly wave?: Uint8Array;
}

type Told = { -readonly [Name in keyof ShownFacts]: ShownFacts[Name] };

const isWithin = (value: number, low: number, high: number): boolean => value >= low && value <= high;

/** A number within bounds; undefined for any other item, which is passed over. */
function readNumber(reader: CborReader, low: number, high: number): number | undefined {
  const item = new CborReader(reader.raw(VALUE_LEVELS));
  const value = item.number(Number.MAX_SAFE_INTEGER);
  return item.finish(value).ok && isWithin(value, low, high) ? value : undefined;
}

function readBytes(reader: CborReader, low: number, high: number): Uint8Array | undefined {
  const item = new CborReader(reader.raw(VALUE_LEVELS));
  const value = item.bytes();
  return item.finish(value).ok && isWithin(value.byteLength, low, high) ? value.slice() : undefined;
}

function readField(reader: CborReader, key: number | string, into: Partial<Told>): void {
  if (key === KEY.kind) into.kind = KINDS[readNumber(reader, 0, KINDS.length - 1) ?? 0] ?? "file";
  else if (key === KEY.width) keep(into, "width", readNumber(reader, 1, MAX_SIDE));
  else if (key === KEY.height) keep(into, "height", readNumber(reader, 1, MAX_SIDE));
  else if (key === KEY.durationMs) keep(into, "durationMs", readNumber(reader, 0, MAX_DURATION_MS));
  else if (key === KEY.preview) keep(into, "preview", readBytes(reader, ...PREVIEW_BYTES));
  else if (key === KEY.wave) keep(into, "wave", readBytes(reader, 1, MAX_WAVE_BYTES));
  else reader.raw(VALUE_LEVELS);
}

function keep<Name extends keyof Told>(into: Partial<Told>, name: Name, value: Told[Name] | undefined): void {
  if (value !== undefined) into[name] = value;
}

function readFile(reader: CborReader): ShownFacts {
  const told: Partial<Told> = {};
  const count = reader.map();
  for (let i = 0; i < count && !reader.failed; i++) readField(reader, reader.key(), told);
  const { width, height, ...others } = told;
  const size = width === undefined || height === undefined ? {} : { width, height };
  return { kind: "file", ...others, ...size };
}

/**
 * Reads the extension's value.
 *
 * @param files  how many the message has
 * @returns what is told of each, in the order of the parts; `{kind: "file"}` for all when the value is no such array (C-93)
 */
export function decodeFileFacts(value: Uint8Array | undefined, files: number): readonly ShownFacts[] {
  const nothing = Array.from({ length: files }, (): ShownFacts => ({ kind: "file" }));
  if (value === undefined) return nothing;
  const reader = new CborReader(value);
  if (reader.array() !== files || reader.failed || files > MAX_FILES) return nothing;
  const read: ShownFacts[] = [];
  for (let i = 0; i < files && !reader.failed; i++) read.push(readFile(reader));
  return reader.finish(read).ok ? read : nothing;
}
