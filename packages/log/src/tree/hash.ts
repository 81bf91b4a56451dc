/*
 * RFC 6962 §2.1 hashing with SHA-256 as a port:
 *
 *   leaf hash   SHA-256(0x00 || data)            the prefixes keep a leaf from passing as a node
 *   node hash   SHA-256(0x01 || left || right)
 *   empty root  SHA-256("")
 *
 * Inputs are put together in one buffer that is used again, so a hash costs one allocation: its result.
 */
import type { Sha256 } from "@chapar/wire/bytes";
import { LogError } from "../errors.ts";

/** Size of every hash, in bytes. */
export const HASH_BYTES = 32;

/**
 * The three hashes of an RFC 6962 tree.
 *
 * Results are 32 bytes, freshly allocated. `node` takes 32-byte hashes only and throws LogError `log/bad-argument`
 * otherwise: callers that hold untrusted proofs check lengths first.
 * @see RFC 6962 §2.1 · L-1
 */
export interface TreeHasher {
  leaf(data: Uint8Array): Uint8Array;
  node(left: Uint8Array, right: Uint8Array): Uint8Array;
  /** Root of the tree without leaves. */
  empty(): Uint8Array;
  /** `node` of the 32 bytes at `leftAt` and the 32 at `rightAt` of one buffer, without views in between. */
  nodeAt(hashes: Uint8Array, leftAt: number, rightAt: number): Uint8Array;
  /** SHA-256 without any prefix, for ids and key hashes. */
  plain(bytes: Uint8Array): Uint8Array;
}

const INITIAL_LEAF_BYTES = 1024;

/**
 * Makes a tree hasher from a SHA-256.
 *
 * @param sha256  must not keep the array it is given: the buffer is used again
 */
export function createTreeHasher(sha256: Sha256): TreeHasher {
  const node = new Uint8Array(1 + 2 * HASH_BYTES);
  node[0] = 0x01;
  let leaf = new Uint8Array(INITIAL_LEAF_BYTES);

  return {
    leaf(data) {
      const sizeBytes = data.byteLength + 1;
      if (leaf.byteLength < sizeBytes) leaf = new Uint8Array(sizeBytes * 2);
      leaf.set(data, 1);
      return sha256(leaf.subarray(0, sizeBytes));
    },
    node(left, right) {
      if (left.byteLength !== HASH_BYTES || right.byteLength !== HASH_BYTES) {
        throw new LogError("log/bad-argument", "a node needs two hashes of 32 bytes");
      }
      node.set(left, 1);
      node.set(right, 1 + HASH_BYTES);
      return sha256(node);
    },
    nodeAt(hashes, leftAt, rightAt) {
      for (let i = 0; i < HASH_BYTES; i++) {
        node[1 + i] = hashes[leftAt + i] ?? 0;
        node[1 + HASH_BYTES + i] = hashes[rightAt + i] ?? 0;
      }
      return sha256(node);
    },
    empty: () => sha256(new Uint8Array(0)),
    plain: (bytes) => sha256(bytes),
  };
}
