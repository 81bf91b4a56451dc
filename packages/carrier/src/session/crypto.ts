/*
 * What the session layer needs of cryptography, as a port, and the three things it does with it: the hash chain over a
 * stream's segments, and the proofs of both ends at each attach. There is no key exchange and no secret that travels:
 * a session *is* a fresh Ed25519 key of the dialer, and every attach signs a nonce that the other end has just made.
 */
import { concatBytes, utf8, type Sha256, type Signer, type Verifier } from "@chapar/wire/bytes";
import { CHAIN_BYTES, type SegmentKind } from "./frames.ts";

/** Primitives, passed in by the platform. */
export interface SessionCrypto {
  readonly sha256: Sha256;
  readonly verify: Verifier;
  /** A fresh Ed25519 key, for one session. */
  newSigner(): Signer | Promise<Signer>;
  /** Bytes nobody can guess. */
  randomBytes(sizeBytes: number): Uint8Array;
}

const ATTACH_LABEL = utf8("chapar session attach v1\0");
const ATTACHED_LABEL = utf8("chapar session attached v1\0");
const HOLD_LABEL = utf8("chapar session hold v1\0");
const REFUSED_LABEL = utf8("chapar session refused v1\0");

/** The chain of a stream before its first segment. */
export const CHAIN_START: Uint8Array = new Uint8Array(CHAIN_BYTES);

/** The chain after one more segment: the first 16 bytes of `SHA-256(chain, kind, payload)`. */
export function nextChain(sha256: Sha256, chain: Uint8Array, kind: SegmentKind, payload: Uint8Array): Uint8Array {
  return sha256(concatBytes(chain, Uint8Array.of(kind), payload)).slice(0, CHAIN_BYTES);
}

/** What the dialer signs. */
export function attachMessage(sha256: Sha256, challenge: Uint8Array, body: Uint8Array): Uint8Array {
  return concatBytes(ATTACH_LABEL, sha256(challenge), sha256(body));
}

/** What the dialer signs to have a link held for its session (P-140). */
export function holdMessage(sha256: Sha256, challenge: Uint8Array, body: Uint8Array): Uint8Array {
  return concatBytes(HOLD_LABEL, sha256(challenge), sha256(body));
}

/** What the acceptor signs as its answer to an attach. */
export function answerMessage(
  sha256: Sha256,
  kind: "attached" | "refused",
  challenge: Uint8Array,
  attach: Uint8Array,
  body: Uint8Array,
): Uint8Array {
  const label = kind === "attached" ? ATTACHED_LABEL : REFUSED_LABEL;
  return concatBytes(label, sha256(challenge), sha256(attach), sha256(body));
}
