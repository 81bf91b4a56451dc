/*
 * Writing into an array of known size. ByteWriter grows and copies; a station encodes two statements a message, so here
 * the size is computed first and each statement is one allocation.
 */

const TWO_32 = 2 ** 32;

/** Bytes a safe integer takes as an RFC 9000 §16 varint. */
export function varintBytes(value: number): 1 | 2 | 4 | 8 {
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  return value < 0x4000_0000 ? 4 : 8;
}

/** Writes the shortest varint of a safe integer and answers the offset after it. */
export function putVarint(bytes: Uint8Array, start: number, value: number): number {
  const width = varintBytes(value);
  let rest = value;
  for (let at = start + width - 1; at >= start; at--) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  // The two top bits are the width's logarithm: 1, 2, 4, 8 are 0, 1, 2, 3.
  bytes[start] = (bytes[start] ?? 0) | ((31 - Math.clz32(width)) << 6);
  return start + width;
}

/** Writes a u64 from a safe integer and answers the offset after it. */
export function putU64(view: DataView, start: number, value: number): number {
  view.setUint32(start, Math.floor(value / TWO_32));
  view.setUint32(start + 4, value % TWO_32);
  return start + 8;
}

/** Copies bytes and answers the offset after them. */
export function putBytes(bytes: Uint8Array, start: number, value: Uint8Array): number {
  bytes.set(value, start);
  return start + value.byteLength;
}
