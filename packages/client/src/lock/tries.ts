/*
 * How often a PIN may be tried: each attempt is counted, durably, before it is made, so that ending the program in the middle of one
 * does not take it back. Three are free; then each wrong one doubles the wait, up to an hour.
 */

const FREE_TRIES = 3;
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 3_600_000;

/** Attempts since the last one that opened. */
export interface Tries {
  readonly count: number;
  readonly lastAtMs: number;
}

export const NO_TRIES: Tries = { count: 0, lastAtMs: 0 };

/** How long after the last attempt the next may be made. */
export function waitAfterMs(count: number): number {
  if (count < FREE_TRIES) return 0;
  // Above that many doublings the limit is passed anyway.
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(count - FREE_TRIES, 20));
}

/** How long is still to wait; a clock that was put back makes it no longer than the wait itself. */
export function stillToWaitMs({ count, lastAtMs }: Tries, nowMs: number): number {
  const waitMs = waitAfterMs(count);
  return Math.max(0, Math.min(waitMs, lastAtMs + waitMs - nowMs));
}

/** count(4) ‖ time(8). */
export function encodeTries({ count, lastAtMs }: Tries): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(12);
  const view = new DataView(out.buffer);
  view.setUint32(0, Math.min(count, 0xffffffff));
  view.setBigUint64(4, BigInt(Math.max(0, Math.trunc(lastAtMs))));
  return out;
}

/** Total: bytes that are none of ours count as none. */
export function decodeTries(bytes: Uint8Array | undefined): Tries {
  if (bytes?.byteLength !== 12) return NO_TRIES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 12);
  return { count: view.getUint32(0), lastAtMs: Number(view.getBigUint64(4)) };
}
