/*
 * What a station claims in one leaf of a group commit's batch tree (L-20):
 *
 *   accept   0x01 || log id 32 || index u64 || leaf hash 32 || size u64 || root 32      113 bytes
 *            "this entry is the index-th of the log, whose head after this commit is (size, root)"
 *   head     0x02 || log id 32 || size u64 || root 32                                     73 bytes
 *            "the head of this log after this commit is (size, root)"
 *
 * Integers are big-endian. Lengths differ and the first byte says which, so no leaf can be read as another. They are
 * written by hand into a reused buffer: tens of thousands are hashed a second.
 */
import { HASH_BYTES, type TreeHasher } from "../tree/hash.ts";
import { putU64 } from "./put.ts";

/** A log's size and root after a group commit, as its station signs it. */
export interface HeadClaim {
  readonly kind: "head";
  /** 32 bytes */
  readonly logId: Uint8Array;
  readonly size: number;
  /** 32 bytes */
  readonly root: Uint8Array;
}

/** An entry's place in a log, and the log's head after the group commit that took it; `index < size`. */
export interface AcceptClaim {
  readonly kind: "accept";
  /** 32 bytes */
  readonly logId: Uint8Array;
  readonly index: number;
  /** RFC 6962 leaf hash of the entry, 32 bytes */
  readonly leafHash: Uint8Array;
  readonly size: number;
  /** 32 bytes */
  readonly root: Uint8Array;
}

/** One leaf of a batch. */
export type BatchClaim = AcceptClaim | HeadClaim;

/** First byte of a leaf, and low bits of the first byte of an encoded statement. */
export const ClaimKind = { accept: 0x01, head: 0x02 } as const;

const ACCEPT_BYTES = 113;
const HEAD_BYTES = 73;

/** Makes a function that gives the batch leaf hash of a claim; it reuses one buffer. @see L-20 */
export function createClaimHasher(hasher: TreeHasher): (claim: BatchClaim) => Uint8Array {
  const bytes = new Uint8Array(ACCEPT_BYTES);
  const view = new DataView(bytes.buffer);
  const head = bytes.subarray(0, HEAD_BYTES);
  const putHead = (start: number, claim: BatchClaim): void => {
    const at = putU64(view, start, claim.size);
    bytes.set(claim.root, at);
  };
  return (claim) => {
    bytes[0] = ClaimKind[claim.kind];
    bytes.set(claim.logId, 1);
    const at = 1 + HASH_BYTES;
    if (claim.kind === "head") {
      putHead(at, claim);
      return hasher.leaf(head);
    }
    bytes.set(claim.leafHash, putU64(view, at, claim.index));
    putHead(at + 8 + HASH_BYTES, claim);
    return hasher.leaf(bytes);
  };
}
