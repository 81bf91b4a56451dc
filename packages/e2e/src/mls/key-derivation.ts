/*
 * RFC 9420 §8: ExpandWithLabel and the functions built on it, synchronously over CryptoPort.
 *
 *   KDFLabel = uint16 length ‖ opaque "MLS 1.0 " + label ‖ opaque context
 */
import { ByteWriter, utf8 } from "@chapar/wire/bytes";
import { HASH_SIZE_BYTES } from "../crypto/hkdf.ts";
import type { CryptoPort, HashName } from "../crypto/port.ts";

const EMPTY = new Uint8Array(0);
const LEFT = utf8("left");
const RIGHT = utf8("right");

/** The KDFLabel structure of RFC 9420 §8. */
export function kdfLabel(label: string, context: Uint8Array, sizeBytes: number): Uint8Array {
  return new ByteWriter(64)
    .u16(sizeBytes)
    .opaque(utf8(`MLS 1.0 ${label}`))
    .opaque(context)
    .finish();
}

/** The derivations of the secret tree (RFC 9420 §9). All outputs are one hash long. */
export interface TreeKdf {
  readonly sizeBytes: number;
  /** §9: the secrets of a node's children */
  children(secret: Uint8Array): { readonly left: Uint8Array; readonly right: Uint8Array };
  /** §9.1: the first secret of a leaf's ratchet */
  ratchetRoot(leafSecret: Uint8Array, kind: "handshake" | "application"): Uint8Array;
  /** §9.1: the ratchet secret after `generation` */
  next(secret: Uint8Array, generation: number): Uint8Array;
}

export function treeKdf(crypto: CryptoPort, hash: HashName): TreeKdf {
  const sizeBytes = HASH_SIZE_BYTES[hash];
  const expand = (secret: Uint8Array, label: string, context: Uint8Array): Uint8Array =>
    crypto.hkdfExpand(hash, secret, kdfLabel(label, context, sizeBytes), sizeBytes);
  return {
    sizeBytes,
    children: (secret) => ({ left: expand(secret, "tree", LEFT), right: expand(secret, "tree", RIGHT) }),
    ratchetRoot: (secret, kind) => expand(secret, kind, EMPTY),
    next: (secret, generation) => expand(secret, "secret", new ByteWriter(4).u32(generation).finish()),
  };
}
