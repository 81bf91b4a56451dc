/* Entries and letters of rooms, kept for 30 days for whoever a station withholds them from; and what is missing here. */
import { concatBytes } from "@chapar/wire/bytes";
import { blob, count, fields, oneOf, optional, row } from "../store/record.ts";
import { concatKey } from "../store/keys.ts";
import { shelf, type Shelf } from "../store/shelf.ts";

/** An entry as it stands in a room's log. */
export interface KeptRow {
  readonly entry: Uint8Array;
  /** a head that the log's station signed of exactly the entries up to and with this one; empty when none came */
  readonly head: Uint8Array;
  readonly atMs: number;
}

/** `kept`: by log id and index. */
export const keptShelf: Shelf<KeptRow> = shelf(
  "kept",
  row<KeptRow>(1, fields<KeptRow>({ entry: blob, head: blob, atMs: count })),
);

/** Where an entry stands. */
export interface LeafRow {
  readonly log: Uint8Array;
  readonly index: number;
}

/** `leaf`: by leaf hash. */
export const leafShelf: Shelf<LeafRow> = shelf("leaf", row<LeafRow>(1, fields<LeafRow>({ log: blob, index: count })));

/** The signature in the MLS message of a letter; what else it covers is in `epoch-context`. */
export interface LetterSignature {
  readonly signature: Uint8Array;
  readonly epoch: number;
  /** where the sender sat */
  readonly leaf: number;
}

/** A letter that was opened, or an own one that has its receipt. */
export interface LetterRow {
  readonly letter: Uint8Array;
  /** index of its entry in the room's log */
  readonly index: number;
  readonly atMs: number;
  /** of a letter that was opened from the log */
  readonly signed?: LetterSignature | undefined;
}

const letterFields = fields<Omit<LetterRow, "signed">>({ letter: blob, index: count, atMs: count });
const signedField = optional(fields<LetterSignature>({ signature: blob, epoch: count, leaf: count }));

/** `kept-letter`: by conversation id, device id and sequence (F-24), for logs may give one index twice when they are forked. */
export const letterShelf: Shelf<LetterRow> = shelf(
  "kept-letter",
  row<LetterRow>(
    2,
    {
      write: (to, letter) => {
        letterFields.write(to, letter);
        signedField.write(to, letter.signed);
      },
      read: (from) => ({ ...letterFields.read(from), signed: signedField.read(from) }),
    },
    { version: 1, read: (from) => letterFields.read(from) },
  ),
);

/** The GroupContext of an epoch, which the signatures of its messages cover. */
export interface EpochContextRow {
  readonly context: Uint8Array;
  /** when the first of its letters was read */
  readonly atMs: number;
}

/** `epoch-context`: by conversation id and epoch. */
export const epochContextShelf: Shelf<EpochContextRow> = shelf(
  "epoch-context",
  row<EpochContextRow>(1, fields<EpochContextRow>({ context: blob, atMs: count })),
);

/**
 * Why a body was not there (E-11); `withheld`: the station says that it has it, and does not give it · `unreadable`: it is there, and
 * no key of this device opens it.
 */
export const HOLE_REASONS = ["withheld", "pruned", "expired", "removed", "unreadable"] as const;

/** One of HOLE_REASONS. */
export type HoleReason = (typeof HOLE_REASONS)[number];

/** Why a body is not at the station. */
export type GoneReason = Exclude<HoleReason, "unreadable">;

/** An entry whose body is missing here: its place in the log is known and verified. */
export interface HoleRow {
  readonly leafHash: Uint8Array;
  readonly reason: HoleReason;
  /** of its line in the conversation */
  readonly position: number;
  readonly atMs: number;
}

/** `hole`: by log id and index. */
export const holeShelf: Shelf<HoleRow> = shelf(
  "hole",
  row<HoleRow>(1, fields<HoleRow>({ leafHash: blob, reason: oneOf(HOLE_REASONS), position: count, atMs: count })),
);

/** A letter of a device that is missing: a later one of its sender came. */
export interface AwaitedRow {
  /** of the letter, as the one after it told; empty while that one is missing too */
  readonly hash: Uint8Array;
  /** the line that stands for it (F-24), where it is none of a hole */
  readonly position: number | undefined;
}

/** `awaited-letter`: by conversation id, device id and sequence. */
export const awaitedShelf: Shelf<AwaitedRow> = shelf(
  "awaited-letter",
  row<AwaitedRow>(1, fields<AwaitedRow>({ hash: blob, position: optional(count) })),
);

/** Key of the letters of a device: of `kept-letter` and `awaited-letter`. */
export function letterKey(conversation: Uint8Array, device: Uint8Array, sequence: number): Uint8Array {
  return concatKey(concatBytes(conversation, device), sequence);
}
