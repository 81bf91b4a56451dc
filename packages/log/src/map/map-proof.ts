/*
 * Proofs about one key of a Merkle map: that it has a value, or that it has none.
 *
 *   u8 kind       0 nothing stands there · 1 the key and its value · 2 another entry stands alone on the key's path
 *   opaque<1024>  value, kinds 1 and 2;  kind 2 before it: the other key, 32
 *   varint        depth, at most 256
 *   bits          ceil(depth / 8) bytes, from the root down, the highest bit first: 1 when the sibling is not empty
 *   32 each       the siblings that are not empty, from the root down
 *
 * A key has one path, and a hash is a leaf or an inner node, never both: under one root no two proofs about one key differ.
 */
import { ByteReader, ByteWriter, equalBytes } from "@chapar/wire/bytes";
import { type Checked, type LogDecoded, refuse, refuseAt } from "../errors.ts";
import { HASH_BYTES } from "../tree/hash.ts";
import {
  EMPTY_NODE,
  keyBit,
  MAP_KEY_BYTES,
  MAP_MAX_DEPTH,
  MAP_MAX_VALUE_BYTES,
  type MapEntry,
  type MapHasher,
} from "./map-hash.ts";

/** Most bytes of an encoded proof. */
export const MAP_PROOF_MAX_BYTES: number =
  1 + MAP_KEY_BYTES + 2 + MAP_MAX_VALUE_BYTES + 2 + MAP_MAX_DEPTH / 8 + MAP_MAX_DEPTH * HASH_BYTES;

/** What stands at the end of a key's path, and the hashes beside the path. */
export interface MapProof {
  /** the key's entry, another that stands alone there, or nothing */
  readonly end: MapEntry | undefined;
  /** from the root down; 32 zeros for an empty one */
  readonly siblings: readonly Uint8Array[];
}

const isEmpty = (hash: Uint8Array): boolean => equalBytes(hash, EMPTY_NODE.hash);

/** Bytes of a proof about `key`. */
export function encodeMapProof(proof: MapProof, key: Uint8Array): Uint8Array<ArrayBuffer> {
  const { end, siblings } = proof;
  const writer = new ByteWriter(1024);
  if (end === undefined) writer.u8(0);
  else if (equalBytes(end.key, key)) writer.u8(1).opaque(end.value);
  else writer.u8(2).bytes(end.key).opaque(end.value);
  const bits = new Uint8Array(Math.ceil(siblings.length / 8));
  for (const [i, hash] of siblings.entries()) {
    if (!isEmpty(hash)) bits[i >> 3] = (bits[i >> 3] ?? 0) | (0x80 >> (i & 7));
  }
  writer.varint(siblings.length).bytes(bits);
  for (const hash of siblings) if (!isEmpty(hash)) writer.bytes(hash);
  return writer.finish();
}

/**
 * Decodes a proof about `key`; nothing is believed until `mapRoot` leads to a root that is.
 *
 * @param bytes  untrusted
 * @returns `log/bad-proof` for what no map of the one form gives; a `wire/` code for other bytes
 * @see S-14
 */
export function decodeMapProof(bytes: Uint8Array, key: Uint8Array): LogDecoded<MapProof> {
  const reader = new ByteReader(bytes);
  const kind = reader.u8();
  if (!reader.failed && kind > 2) reader.fail("wire/range", 0);
  const other = kind === 2 ? reader.bytes(MAP_KEY_BYTES) : key;
  const value = kind === 0 ? undefined : reader.opaque(MAP_MAX_VALUE_BYTES);
  const depthAt = reader.offset;
  const depth = reader.varint();
  if (depth > MAP_MAX_DEPTH) reader.fail("wire/too-long", depthAt);
  const bits = reader.bytes(reader.failed ? 0 : Math.ceil(depth / 8));
  const siblings: Uint8Array[] = [];
  for (let i = 0; i < depth && !reader.failed; i++) {
    siblings.push(((bits[i >> 3] ?? 0) & (0x80 >> (i & 7))) === 0 ? EMPTY_NODE.hash : reader.bytes(HASH_BYTES));
  }
  const done = reader.finish({ end: value === undefined ? undefined : { key: other, value }, siblings });
  if (!done.ok) return done;
  return isOneForm(done.value, key, bits) ? done : refuseAt("log/bad-proof", 0);
}

/** Whether a map could give this: bits and hashes have one spelling, and nothing stands deeper than it must. */
function isOneForm({ end, siblings }: MapProof, key: Uint8Array, bits: Uint8Array): boolean {
  const depth = siblings.length;
  const spare = 8 * bits.byteLength - depth;
  if (((bits.at(-1) ?? 0) & ((1 << spare) - 1)) !== 0) return false;
  for (let i = 0; i < depth; i++) {
    const isNamed = ((bits[i >> 3] ?? 0) & (0x80 >> (i & 7))) !== 0;
    if (isNamed === isEmpty(siblings[i] ?? EMPTY_NODE.hash)) return false;
  }
  const last = siblings.at(-1);
  if (last !== undefined && isEmpty(last)) return false;
  return isOnPath(end, key, depth);
}

/** Whether an entry could stand at this depth of a key's path. */
function isOnPath(end: MapEntry | undefined, key: Uint8Array, depth: number): boolean {
  if (end === undefined) return true;
  for (let i = 0; i < depth; i++) if (keyBit(end.key, i) !== keyBit(key, i)) return false;
  return true;
}

/**
 * The root that a proof about `key` leads to.
 *
 * @returns `log/bad-proof` for another entry that is not on the key's path, or a hash that is not 32 bytes
 * Cost: one hash for each sibling. @see S-14
 */
export function mapRoot(proof: MapProof, key: Uint8Array, hasher: MapHasher): Checked<Uint8Array> {
  const { end, siblings } = proof;
  if (key.byteLength !== MAP_KEY_BYTES || siblings.length > MAP_MAX_DEPTH) return refuse("log/bad-proof");
  if (siblings.some((hash) => hash.byteLength !== HASH_BYTES)) return refuse("log/bad-proof");
  if (!isOnPath(end, key, siblings.length)) return refuse("log/bad-proof");
  let hash = end === undefined ? EMPTY_NODE.hash : hasher.leaf(end);
  for (let depth = siblings.length - 1; depth >= 0; depth--) {
    const sibling = siblings[depth] ?? EMPTY_NODE.hash;
    hash = keyBit(key, depth) === 1 ? hasher.inner(sibling, hash) : hasher.inner(hash, sibling);
  }
  return { ok: true, value: hash };
}

/**
 * What a map with this root has for a key.
 *
 * @returns the value, or undefined when the proof shows that there is none; `log/bad-root` it leads elsewhere · `log/bad-proof`
 * and the codes of `decodeMapProof`
 * @see S-14
 */
export function openMapProof(
  bytes: Uint8Array,
  key: Uint8Array,
  root: Uint8Array,
  hasher: MapHasher,
): LogDecoded<Uint8Array | undefined> {
  const proof = decodeMapProof(bytes, key);
  if (!proof.ok) return proof;
  const led = mapRoot(proof.value, key, hasher);
  if (!led.ok) return refuseAt(led.code, 0);
  if (!equalBytes(led.value, root)) return refuseAt("log/bad-root", 0);
  const { end } = proof.value;
  return { ok: true, value: end !== undefined && equalBytes(end.key, key) ? end.value : undefined };
}
