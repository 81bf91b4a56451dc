/*
 * The chain that each device's messages form inside the ciphertext: a sequence number and the hash of the letter before.
 * The log shows that a station drops and reorders nothing; the chain shows the same of what happened before the log, and
 * of a sender who tells two readers different things (F-24).
 */
import { equalBytes } from "@chapar/wire/bytes";
import { noPreviousLetter } from "@chapar/wire/content";
import type { ClientCode } from "../errors.ts";
import type { ChainRow } from "./chain-rows.ts";

/** Skipped sequences that are remembered for each sender. */
const MISSING_KEPT = 64;
/** More letters than a device will ever write: beyond it, counting on would leave the integers a row can hold. */
const MAX_SEQUENCE = 2 ** 48;

/** What a message says of its place. */
export interface ChainLink {
  readonly sequence: number;
  /** hash of the sender's letter before */
  readonly previous: Uint8Array;
  /** hash of this letter */
  readonly hash: Uint8Array;
}

/** What follows from a message's place; `skipped` messages are missing before it. */
export type ChainVerdict =
  | { readonly ok: true; readonly chain: ChainRow; readonly skipped: number }
  | { readonly ok: false; readonly code: ClientCode };

/** The chain of a device that has sent nothing yet. */
export function startChain(device: Uint8Array): ChainRow {
  return { device: device.slice(), nextSequence: 0, previous: noPreviousLetter(), missing: [] };
}

/** Checks a message against its sender's chain; the chain is not changed. */
export function followChain(chain: ChainRow, link: ChainLink): ChainVerdict {
  const { nextSequence } = chain;
  if (link.sequence > MAX_SEQUENCE) return { ok: false, code: "client/broken-chain" };
  if (link.sequence < nextSequence) {
    // A message that was refused and sent again after later ones: late, not repeated.
    if (!chain.missing.includes(link.sequence)) return { ok: false, code: "client/repeated-sequence" };
    const missing = chain.missing.filter((sequence) => sequence !== link.sequence);
    return { ok: true, chain: { ...chain, missing }, skipped: 0 };
  }
  const skipped = link.sequence - nextSequence;
  if (skipped === 0 && !equalBytes(chain.previous, link.previous)) return { ok: false, code: "client/broken-chain" };
  const from = Math.max(nextSequence, link.sequence - MISSING_KEPT);
  const gone = Array.from({ length: link.sequence - from }, (_, at) => from + at);
  const missing = [...chain.missing, ...gone].slice(-MISSING_KEPT);
  return { ok: true, chain: { ...chain, nextSequence: link.sequence + 1, previous: link.hash, missing }, skipped };
}
