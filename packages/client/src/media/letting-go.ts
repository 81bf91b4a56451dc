/* Memory of large buffers that are of no use any more. */

/** What may lie around the bytes in their buffer: a size field before a chunk. */
const AROUND_BYTES = 16;

/**
 * Gives the memory of a buffer back at once: a collector looks at it only when some sixty megabytes have gathered. The bytes are gone afterwards;
 * nobody else may hold them. What is a small part of a larger buffer is left alone.
 */
export function letGo(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength - bytes.byteLength > AROUND_BYTES) return;
  buffer.transfer(0);
}
