/*
 * Bit arithmetic on sizes and indexes up to 2^53 - 1. JavaScript's own bit operators stop at 32 bits and BigInt costs an
 * allocation an operation, so a number is taken as a high half (21 bits) and a low half (32 bits).
 */

const TWO_32 = 2 ** 32;

/** floor(value / 2^places) */
export function shiftRight(value: number, places: number): number {
  return places < 32 && value < TWO_32 ? value >>> places : Math.floor(value / 2 ** places);
}

/** Bit `place` of the value, counted from the lowest. */
export function bitAt(value: number, place: number): 0 | 1 {
  return shiftRight(value, place) % 2 === 1 ? 1 : 0;
}

/** Number of bits up to the highest one that is set; 0 for 0. */
export function bitLength(value: number): number {
  return value < TWO_32 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / TWO_32));
}

function onesCount32(value: number): number {
  let ones = 0;
  for (let rest = value >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) ones++;
  return ones;
}

/** Number of bits that are set. */
export function onesCount(value: number): number {
  return onesCount32(value % TWO_32) + (value < TWO_32 ? 0 : onesCount32(Math.floor(value / TWO_32)));
}

/** Number of zero bits below the lowest set one. @param value above 0 */
export function trailingZeros(value: number): number {
  const low = value % TWO_32;
  if (low !== 0) return 31 - Math.clz32(low & -low);
  const high = Math.floor(value / TWO_32);
  return 63 - Math.clz32(high & -high);
}

/** Bit length of a XOR b: the height at which the paths of two leaves meet. */
export function forkHeight(a: number, b: number): number {
  const high = Math.floor(a / TWO_32) ^ Math.floor(b / TWO_32);
  return high !== 0 ? 64 - Math.clz32(high) : 32 - Math.clz32((a % TWO_32) ^ (b % TWO_32));
}
