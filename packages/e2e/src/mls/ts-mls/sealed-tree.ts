/*
 * The ratchet tree outside the Welcome (protocol/4-groups.md §4).
 *
 * A Welcome with the tree inside is 1.4 MB at 1,000 members, once per joiner and through HPKE's `info`. So the committer
 * seals the tree once, under a fresh key that stands in a GroupInfo extension: only who can open the Welcome can open the
 * tree, the station that stores it learns nothing but its bucket, and the tree hash in the signed GroupInfo says which
 * tree is the right one.
 *
 *   sealed = AES-256-GCM(key, nonce = 0, aad = "chapar tree" ‖ group id ‖ u64 epoch, plaintext)
 *   plaintext = ratchet_tree of RFC 9420 §12.4.3.3, then zeros up to the bucket
 *
 * The nonce may be constant because a key seals one tree.
 */
import { ByteWriter, concatBytes, utf8 } from "@chapar/wire/bytes";
import type { RatchetTree } from "ts-mls";
import { decodeRatchetTree } from "ts-mls/ratchetTree.js";
import type { CryptoPort } from "../../crypto/port.ts";
import { e2eError } from "../../errors.ts";
import { bucketBytes, isBucket, MAX_TREE_BYTES } from "../padding.ts";
import { decodeWhole } from "./checks.ts";
import { MAX_MEMBERS } from "./environment.ts";
import { nodeBytes } from "./records.ts";

export const TREE_KEY_BYTES = 32;
const NONCE = new Uint8Array(12);
const TAG_BYTES = 16;
const PRESENT = Uint8Array.of(1);
const BLANK = Uint8Array.of(0);

function associatedData(groupId: Uint8Array, epoch: bigint): Uint8Array {
  return new ByteWriter(64).bytes(utf8("chapar tree")).bytes(groupId).u64(epoch).finish();
}

/** RFC 9420 §12.4.3.3, node by node: the library's encoder recurses and overflows on large trees. */
export function encodeTree(tree: RatchetTree): Uint8Array {
  let count = tree.length;
  while (count > 0 && tree[count - 1] === undefined) count--;
  const nodes = tree.slice(0, count).flatMap((node) => (node === undefined ? [BLANK] : [PRESENT, nodeBytes(node)]));
  return new ByteWriter(1024).opaque(concatBytes(...nodes)).finish();
}

export async function sealTree(
  crypto: CryptoPort,
  key: Uint8Array,
  groupId: Uint8Array,
  epoch: bigint,
  tree: RatchetTree,
): Promise<Uint8Array> {
  const encoded = encodeTree(tree);
  const padded = new Uint8Array(bucketBytes(encoded.byteLength + TAG_BYTES) - TAG_BYTES);
  padded.set(encoded);
  return crypto.aeadSeal(key, NONCE, associatedData(groupId, epoch), padded);
}

/** @throws E2eError `e2e/bad-tree` */
export async function openTree(
  crypto: CryptoPort,
  key: Uint8Array,
  groupId: Uint8Array,
  epoch: bigint,
  sealed: Uint8Array,
): Promise<RatchetTree> {
  if (sealed.byteLength > MAX_TREE_BYTES || !isBucket(sealed.byteLength)) throw e2eError("e2e/bad-tree");
  const plaintext = await crypto.aeadOpen(key, NONCE, associatedData(groupId, epoch), sealed);
  if (plaintext === undefined) throw e2eError("e2e/bad-tree");
  return decodeTree(plaintext);
}

/** Reads an encoded tree and the zeros after it. @throws E2eError `e2e/bad-tree` */
export function decodeTree(bytes: Uint8Array): RatchetTree {
  if (bytes.byteLength > MAX_TREE_BYTES) throw e2eError("e2e/bad-tree");
  const { value, sizeBytes } = decodeWhole(decodeRatchetTree, bytes, "e2e/bad-tree");
  if (value.length > 2 * MAX_MEMBERS - 1 || bytes.subarray(sizeBytes).some((byte) => byte !== 0))
    throw e2eError("e2e/bad-tree");
  return value;
}
