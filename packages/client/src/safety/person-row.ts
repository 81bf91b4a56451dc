/* What is kept of a person's keys beside their chain: when they were compared, and what changed. */
import type { PersonChange } from "../api.ts";
import type { SeenOps } from "@chapar/wire";
import { blob, count, type FieldCodec, fields, flag, list, oneOf, optional, row } from "../store/record.ts";
import { shelf, type Shelf } from "../store/shelf.ts";

/** Kinds of changes, in the order of their numbers on disk: append, never reorder. */
const CHANGES = ["device-added", "device-revoked", "home-moved", "keys-rotated", "op-overridden", "left"] as const;

/** One change of a chain. */
export interface ChangeRow {
  readonly what: PersonChange["what"];
  /** when their station's log first had it, as far as it is known */
  readonly sinceMs: number | undefined;
}

/** Layout of a change inside rows. */
export const changeField: FieldCodec<ChangeRow> = fields<ChangeRow>({ what: oneOf(CHANGES), sinceMs: optional(count) });

/** A person whose keys were looked at. */
export interface PersonRow {
  readonly comparedAtMs: number | undefined;
  /** their keys signed two histories, or they have a device that was not there when they were compared: sending waits for the person */
  readonly paused: boolean;
  /** newest first */
  readonly changes: readonly ChangeRow[];
  /** the newest identity word of their station; empty before the first */
  readonly word: Uint8Array;
  /** the newest word whose ops were not believed; empty when there was none */
  readonly doubted: Uint8Array;
  /** how many ops the station's log had when, as it was verified (I-16) */
  readonly seen: readonly SeenOps[];
  /** the commitment that the chain was forked to; empty when it was not */
  readonly fork: Uint8Array;
  /** forks about which the person has decided, and which pause nothing again */
  readonly decided: readonly Uint8Array[];
}

const NOTHING = new Uint8Array(0);

/** A person of whom nothing is kept yet. */
export const NEW_PERSON: PersonRow = {
  comparedAtMs: undefined,
  paused: false,
  changes: [],
  word: NOTHING,
  doubted: NOTHING,
  seen: [],
  fork: NOTHING,
  decided: [],
};

/** As programs before the doubted word wrote it. */
const FIRST = fields<Omit<PersonRow, "doubted">>({
  comparedAtMs: optional(count),
  paused: flag,
  changes: list(changeField),
  word: blob,
  seen: list(fields<SeenOps>({ opCount: count, atMs: count })),
  fork: blob,
  decided: list(blob),
});

const CODEC: FieldCodec<PersonRow> = {
  write: (to, value) => {
    FIRST.write(to, value);
    blob.write(to, value.doubted);
  },
  read: (from) => ({ ...FIRST.read(from), doubted: blob.read(from) }),
};

/** `person`: by identity id. */
export const personShelf: Shelf<PersonRow> = shelf(
  "person",
  row<PersonRow>(2, CODEC, { version: 1, read: (from) => ({ ...FIRST.read(from), doubted: NOTHING }) }),
);
