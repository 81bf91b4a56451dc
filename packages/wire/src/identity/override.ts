/*
 * Overrides: an op by which a higher rank says that ops of lower ranks, from a sequence on, count no more (I-14). The chain
 * stays a list that only grows, so that logs and readers see what was voided; what counts is a path through it:
 *
 *   genesis <- 1 <- 2 <- 3 <- 4          3 and 4 by a thief with rank 1
 *                    \
 *                     5 override, from 3, by rank 0        path of 5: 0 1 2 5
 *
 * Nothing here recurses over the chain: overrides of overrides would otherwise cost a stranger nothing and us everything.
 */
import { equalBytes } from "../bytes/index.ts";
import type { ChainOp, IdentityState, RevokedDevice } from "./state.ts";
import type { Op, OpBody } from "./op.ts";

/** For how long after an op was logged a higher rank may override it (I-16). */
export const OVERRIDE_WINDOW_MS: number = 72 * 3_600_000;

/** An op that overrides. */
export type OverrideOp = Op<Extract<OpBody, { readonly kind: "override" }>>;

/** The ops that count up to a sequence, without the genesis, in order. */
export function effectivePath(ops: readonly ChainOp[], to: number): readonly ChainOp[] {
  const path: ChainOp[] = [];
  for (let at = ops[to]; at !== undefined && at.op.seq > 0;) {
    path.push(at);
    const { body, seq } = at.op;
    at = ops[body.kind === "override" ? body.from - 1 : seq - 1];
  }
  return path.toReversed();
}

/** Devices that only voided ops listed: they are revoked, for no device is listed twice (I-8). */
export function burnt(base: IdentityState, before: readonly ChainOp[], op: OverrideOp): readonly RevokedDevice[] {
  const known = [...base.devices, ...base.revoked];
  const gone: RevokedDevice[] = [];
  for (const { op: earlier } of before) {
    const { body, seq } = earlier;
    if (body.kind !== "device-add" || known.some(({ device }) => equalBytes(device, body.device.device))) continue;
    const { device, inboxReadKey } = body.device;
    gone.push({ device, inboxReadKey, addedSeq: seq, revokedSeq: op.seq });
  }
  return gone;
}

/** Where an override stands in a chain, and what it voids. */
export interface Overriding {
  readonly seq: number;
  readonly from: number;
}

/** Overrides that a chain has after its first `held` ops. */
export function overridesAfter(state: IdentityState, held: number): readonly Overriding[] {
  return state.ops.slice(held).flatMap(({ op }) => {
    return op.body.kind === "override" ? [{ seq: op.seq, from: op.body.from }] : [];
  });
}

/** How many ops a station's witnessed log had at a time. */
export interface SeenOps {
  readonly opCount: number;
  readonly atMs: number;
}

/**
 * Whether an override comes too late (I-16): its first voided op was in the log, by times that the reader verified, more than 72
 * hours before. An op that nobody saw logged can be overridden at any time.
 *
 * @param seen  what was verified of the identity before, in any order; @param nowMs  time of the epoch that first has the override
 */
export function isOverrideLate(override: Overriding, seen: readonly SeenOps[], nowMs: number): boolean {
  return seen.some(({ opCount, atMs }) => opCount > override.from && nowMs - atMs > OVERRIDE_WINDOW_MS);
}
