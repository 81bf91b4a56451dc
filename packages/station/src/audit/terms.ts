/*
 * What an audit draws (protocol/14-residency.md §5): a nonce that nobody could know before leads to logs of the heads map, and to one entry of
 * each. Both sides work it out alike.
 */
import { concatBytes, utf8, ByteWriter, type Sha256 } from "@chapar/wire/bytes";

/** Bytes of a nonce. */
export const AUDIT_NONCE_BYTES = 32;
/** Most objects of one audit. */
export const AUDIT_MAX_COUNT = 32;
/** Draws for each object that was asked for, when logs are bare. */
const DRAWS_EACH = 4;
const LOG_LABEL = utf8("chapar audit log v1");
const ENTRY_LABEL = utf8("chapar audit entry v1");
const PLACE_BYTES = 6;

/** What an auditor asks. */
export interface AuditQuestion {
  /** 32 bytes that nobody could know before */
  readonly nonce: Uint8Array;
  /** objects, 1 to 32 */
  readonly count: number;
}

/** Most draws of an audit of `count` objects. */
export const maxDraws = (count: number): number => DRAWS_EACH * count;

function drawn(label: Uint8Array, nonce: Uint8Array, draw: number, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(label, nonce, new ByteWriter(4).u32(draw).finish()));
}

/** Where in the heads map a draw looks: 32 bytes (K-40). */
export function drawTarget(nonce: Uint8Array, draw: number, sha256: Sha256): Uint8Array {
  return drawn(LOG_LABEL, nonce, draw, sha256);
}

/** Which entry of a log a draw takes, from 1; undefined for a log with its genesis alone (K-40). */
export function drawIndex(nonce: Uint8Array, draw: number, size: number, sha256: Sha256): number | undefined {
  if (size < 2) return undefined;
  const bytes = drawn(ENTRY_LABEL, nonce, draw, sha256).subarray(0, PLACE_BYTES);
  const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return 1 + (number % (size - 1));
}

const bit = (key: Uint8Array, place: number): number => ((key[place >> 3] ?? 0) >> (7 - (place & 7))) & 1;

/**
 * Whether a target draws a key: they part only where nothing stands on the target's side.
 *
 * @param siblings  of the key's path, from the root down; 32 zeros for an empty one
 */
export function isDrawn(target: Uint8Array, key: Uint8Array, siblings: readonly Uint8Array[]): boolean {
  return siblings.every((hash, depth) => bit(target, depth) === bit(key, depth) || hash.every((byte) => byte === 0));
}

/** The key with one bit turned. */
export function turned(key: Uint8Array, place: number): Uint8Array {
  const other = key.slice();
  other[place >> 3] = (other[place >> 3] ?? 0) ^ (0x80 >> (place & 7));
  return other;
}

/** What a station says of a drawn entry; index 0 of the log is never drawn. */
export type AuditState =
  | { readonly state: "bare" }
  | { readonly state: "here"; readonly path: readonly Uint8Array[]; readonly entry: Uint8Array }
  | { readonly state: "pruned" | "expired"; readonly path: readonly Uint8Array[]; readonly leafHash: Uint8Array }
  | {
      readonly state: "removed";
      readonly path: readonly Uint8Array[];
      readonly leafHash: Uint8Array;
      /** the tombstone's leaf of the station log and its compact proof */
      readonly leaf: Uint8Array;
      readonly proof: Uint8Array;
    }
  | { readonly state: "missing" };

/** One draw of an answer. */
export interface AuditDraw {
  /** the log's key in the heads map */
  readonly key: Uint8Array;
  readonly mapProof: Uint8Array;
  readonly found: AuditState;
}

/** Why an answer is refused, each with its sentence. */
export const AUDIT_FAULTS = {
  "not-an-answer": "this is no answer to an audit, or it is cut off",
  "bad-signature": "the station's signature does not hold: something was changed",
  "other-station": "another station answered",
  "other-nonce": "it answers another question",
  "bad-epoch": "the epoch in it is not one that the station's log has signed",
  "old-epoch": "it speaks of an older epoch than the station had already shown",
  "bad-draw": "what it shows is not what the nonce draws",
  "bad-map-proof": "a proof does not lead to the epoch: it is of another one, or false",
  "bad-entry": "an entry is not the one that the log commits to",
  "bad-tombstone": "a removal has no tombstone in the station's log",
} as const;
/** One of them. */
export type AuditFault = keyof typeof AUDIT_FAULTS;
