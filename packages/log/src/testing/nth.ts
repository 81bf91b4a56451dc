/* Indexing that fails the test instead of giving undefined. */

/** The item at an index; throws when there is none. */
export function nth<T>(items: ArrayLike<T>, index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`no item ${index}`);
  return item;
}

/** A copy of bytes with one bit turned. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3] = nth(copy, bit >> 3) ^ (1 << (bit & 7));
  return copy;
}
