/*
 * When two things that a station signed cannot both be true (§4), as pure conditions over values that were checked. What is
 * compared by time is compared with whole epochs only (E-2); at equal times nothing follows from the order.
 */
import { type TreeBridge, verifyConsistency, type TreeHasher } from "@chapar/log";
import type { LedgerHead, LedgerIdentity } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { CheckedClaim, FAULTS } from "../types.ts";

type FaultOf<Shape extends keyof typeof FAULTS> = (typeof FAULTS)[Shape][number];

/** A head of a log and the signed time of who says so. */
export interface TimedHead extends LedgerHead {
  readonly timeMs: number;
}

/** What an epoch says of a log against a statement of it. @see E-1, E-2 */
export function logFault(said: TimedHead, claim: CheckedClaim<LedgerHead>): FaultOf<"log"> | undefined {
  const { epoch, value } = claim;
  const size = value?.size ?? 0;
  if (said.size === size) return value !== undefined && !equalBytes(value.root, said.root) ? "other-root" : undefined;
  if (!epoch.isWhole) return undefined;
  if (said.timeMs <= epoch.timeMs) return said.size > size ? "omitted" : undefined;
  return said.size < size ? "rolled-back" : undefined;
}

/** Whether the smaller of two heads has another root than the larger one's tree at that size, which the bridge leads to. */
export function isOtherPrefix(a: LedgerHead, b: LedgerHead, bridge: TreeBridge, hasher: TreeHasher): boolean {
  if (a.size === b.size) return false;
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  const claim = { size1: small.size, size2: large.size, root1: bridge.other, proof: bridge.proof };
  return !equalBytes(bridge.other, small.root) && verifyConsistency(claim, large.root, hasher);
}

/** Whether a claim is of an epoch before that of another: by generation, then by number. */
function isBefore(a: CheckedClaim<LedgerHead>, b: CheckedClaim<LedgerHead>): boolean {
  return a.generation === b.generation ? a.epoch.number < b.epoch.number : a.generation < b.generation;
}

/** Two epochs about one log. Across generations the later one must be whole: a new log takes what there is piece by piece. */
export function headsFault(
  earlier: CheckedClaim<LedgerHead>,
  later: CheckedClaim<LedgerHead>,
): FaultOf<"heads"> | undefined {
  const { value: before } = earlier;
  const { value: after } = later;
  if (before === undefined) return undefined;
  if (before.size === after?.size) return equalBytes(before.root, after.root) ? undefined : "other-root";
  const mayCompare = earlier.generation === later.generation || later.epoch.isWhole;
  if (!isBefore(earlier, later) || !mayCompare) return undefined;
  if (after === undefined) return "lost";
  return after.size < before.size ? "rolled-back" : undefined;
}

/** How many ops an identity has, as somebody says at a time. */
export interface TimedIdentity extends LedgerIdentity {
  readonly timeMs: number;
}

/** Two words about one identity, in either order. @see E-16 */
export function wordsFault(a: TimedIdentity, b: TimedIdentity): FaultOf<"identity"> | undefined {
  if (a.opCount === b.opCount) return equalBytes(a.commitment, b.commitment) ? undefined : "other-commitment";
  const [older, newer] = a.timeMs < b.timeMs ? [a, b] : [b, a];
  return older.timeMs < newer.timeMs && older.opCount > newer.opCount ? "rolled-back" : undefined;
}

/** A word about an identity against an epoch. @see E-16, E-2 */
export function wordFault(said: TimedIdentity, claim: CheckedClaim<LedgerIdentity>): FaultOf<"identity"> | undefined {
  const { epoch, value } = claim;
  if (said.opCount === value?.opCount) {
    return equalBytes(said.commitment, value.commitment) ? undefined : "other-commitment";
  }
  if (!epoch.isWhole) return undefined;
  const count = value?.opCount ?? 0;
  if (said.timeMs <= epoch.timeMs) return said.opCount > count ? "omitted" : undefined;
  return said.opCount < count ? "rolled-back" : undefined;
}

/** An identity-op leaf against an epoch after it in the same log. @see S-16 */
export function foldFault(
  op: { readonly seq: number; readonly commitment: Uint8Array },
  value: LedgerIdentity | undefined,
): FaultOf<"fold"> | undefined {
  if (value === undefined || value.opCount <= op.seq) return "lost";
  const isLast = value.opCount === op.seq + 1;
  return isLast && !equalBytes(value.commitment, op.commitment) ? "other-commitment" : undefined;
}
