/* Keys and the arithmetic of ranges over them, shared by all stores. */
import { concatBytes } from "@chapar/wire/bytes";
import type { RangeQuery } from "./port.ts";

const EMPTY = new Uint8Array(0);

/** A safe integer as 8 big-endian bytes: byte order is number order. */
export function u64Key(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** The key of a row that belongs to an id and stands at a number. */
export function concatKey(id: Uint8Array, value: number): Uint8Array<ArrayBuffer> {
  return concatBytes(id, u64Key(value));
}

/** The number in the last 8 bytes of a key. */
export function lastU64(key: Uint8Array): number {
  return Number(new DataView(key.buffer, key.byteOffset + key.byteLength - 8, 8).getBigUint64(0));
}

/** The least byte string above every string with this prefix; undefined when there is none (all bytes are 255). */
function afterPrefix(prefix: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  let end = prefix.byteLength;
  while (end > 0 && prefix[end - 1] === 255) end -= 1;
  if (end === 0) return undefined;
  const out = new Uint8Array(prefix.subarray(0, end));
  out[end - 1] = (out[end - 1] ?? 0) + 1;
  return out;
}

/** Whole keys between which a query's rows lie: [from, to), `to` undefined for no end. */
export function boundsOf(query: RangeQuery): { readonly from: Uint8Array; readonly to: Uint8Array | undefined } {
  const prefix = query.prefix ?? EMPTY;
  return {
    from: query.from === undefined ? prefix : concatBytes(prefix, query.from),
    to: query.to === undefined ? afterPrefix(prefix) : concatBytes(prefix, query.to),
  };
}

/** Byte order: negative, zero or positive. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.byteLength, b.byteLength);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.byteLength - b.byteLength;
}
