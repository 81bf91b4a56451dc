/*
 * How long to wait before the n-th new try: doubling from half a second to a minute, each drawn evenly from the upper half
 * of its step, so that a station that comes back is not met by all of its people in one second.
 */

const FIRST_MS = 500;
const LIMIT_MS = 60_000;

/** @param attempt 0 for the first wait @param random four bytes of randomness */
export function backOffMs(attempt: number, random: Uint8Array): number {
  const stepMs = Math.min(LIMIT_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  const view = new DataView(random.buffer, random.byteOffset, 4);
  return Math.round(stepMs / 2 + (stepMs / 2) * (view.getUint32(0) / 2 ** 32));
}
