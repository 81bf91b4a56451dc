/* How RFC 6962 §2.1 divides a range of leaves: at the largest power of two smaller than its length. */
import { bitLength } from "../tree/bits.ts";

/** Leaves `start` up to but not including `end`. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/** Where a range of two or more leaves divides. */
export function splitPoint(start: number, end: number): number {
  return start + 2 ** (bitLength(end - start - 1) - 1);
}
