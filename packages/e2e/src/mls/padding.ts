/*
 * Sizes of what goes on the wire (protocol/4-groups.md §5): every frame is exactly 512, 2,048, 8,192 or 32,768 bytes;
 * commits, Welcomes and sealed trees that need more are a multiple of 32,768.
 */

const BUCKETS: readonly number[] = [512, 2048, 8192, 32_768];
const LARGEST = 32_768;

/** Largest commit a station takes (wire: entry kind 2). */
export const MAX_COMMIT_BYTES = 524_288;
/** Largest Welcome we make or read: about 380 joiners at once with X-Wing. */
export const MAX_WELCOME_BYTES = 524_288;
/** Largest sealed ratchet tree: 4,096 members with X-Wing in the sparsest case. */
export const MAX_TREE_BYTES = 16_777_216;
/** Largest key package we read; ours are about 2,700 bytes. */
export const MAX_KEY_PACKAGE_BYTES = 8192;
/** Largest frame with a message. */
export const MAX_MESSAGE_BYTES: number = LARGEST;

/** The smallest allowed size that holds `sizeBytes`. */
export function bucketBytes(sizeBytes: number): number {
  return BUCKETS.find((bucket) => bucket >= sizeBytes) ?? Math.ceil(sizeBytes / LARGEST) * LARGEST;
}

/** Whether a frame has one of the allowed sizes. */
export function isBucket(sizeBytes: number): boolean {
  return sizeBytes > 0 && bucketBytes(sizeBytes) === sizeBytes;
}

/** Bytes of the length prefix of RFC 9420 §2.1.2. */
export function lengthPrefixBytes(sizeBytes: number): number {
  return sizeBytes < 64 ? 1 : sizeBytes < 16_384 ? 2 : 4;
}
