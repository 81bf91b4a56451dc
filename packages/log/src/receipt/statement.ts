/*
 * Receipts and signed heads as values: a claim, and its place in a signed batch. The two differ only in the claim; both
 * say what a log's head is, so either may serve wherever a head is wanted (L-22).
 */
import type { AcceptClaim, HeadClaim } from "./claim.ts";

/** Where a claim stands in the batch its station signed. */
export interface BatchPlace {
  /** Ed25519 public key of the station, 32 bytes */
  readonly stationKey: Uint8Array;
  readonly timeMs: number;
  readonly leafIndex: number;
  readonly leafCount: number;
  /** inclusion proof in the batch tree, 32 bytes each */
  readonly path: readonly Uint8Array[];
  /** Ed25519 over the batch body, 64 bytes */
  readonly signature: Uint8Array;
}

/** A station's signed word that an entry rests at an index of a log. */
export interface Receipt extends AcceptClaim {
  readonly batch: BatchPlace;
}

/** A station's signed word on a log's size and root. */
export interface SignedHead extends HeadClaim {
  readonly batch: BatchPlace;
}

/** Either signed object; both name a head of their log. */
export type SignedStatement = Receipt | SignedHead;

declare const verified: unique symbol;

/** A statement whose path and signature have been checked against a station key; only the verifiers make one. */
export type Verified<T extends SignedStatement> = T & { readonly [verified]: true };
