/*
 * Two states of what claims to be one identity, compared by the hashes of their ops. A home that serves an older chain than
 * one already seen is caught here (`stale-ops`); two chains that differ are evidence that the identity's keys signed two
 * histories (`forked`), for any two honest stations hold prefixes of one chain.
 */
import { equalBytes } from "../bytes/index.ts";
import type { IdentityState } from "./state.ts";
import type { IdentityCode } from "./codes.ts";

/**
 * How a chain stands to one that is held: `ahead` has more ops, `behind` lacks some, `forked` differs; where they differ, an override
 * by a higher rank decides (I-15): `overriding` the served one has it, `overridden` the held one has it.
 */
export type ChainRelation = "same" | "ahead" | "behind" | "forked" | "overriding" | "overridden";

/** Whether every op of `shorter` stands, in the same place, in `longer`. */
export function isPrefix(shorter: IdentityState, longer: IdentityState): boolean {
  // Each op names the hash of the one before, so one equal hash makes all earlier ops equal.
  const last = longer.ops[shorter.seq];
  return last !== undefined && equalBytes(last.hash, shorter.headHash);
}

/** The rank that overrides at a place, if an op there does. */
function overridingRank({ ops }: IdentityState, seq: number): number | undefined {
  const op = ops[seq]?.op;
  return op?.body.kind === "override" ? op.rank : undefined;
}

/** I-15: which of two chains that differ from a place on counts: the one that goes on there by an override of a rank above the other's. */
function forkRelation(held: IdentityState, served: IdentityState): ChainRelation {
  const at = held.ops.findIndex(({ hash }, seq) => !equalBytes(hash, served.ops[seq]?.hash ?? hash.subarray(1)));
  const [ours, theirs] = [held.ops[at]?.op.rank, served.ops[at]?.op.rank];
  if (ours === undefined || theirs === undefined) return "forked";
  if (overridingRank(served, at) !== undefined && theirs < ours) return "overriding";
  return overridingRank(held, at) !== undefined && ours < theirs ? "overridden" : "forked";
}

/** How `served` stands to `held`. */
export function compareChains(held: IdentityState, served: IdentityState): ChainRelation {
  if (isPrefix(held, served)) return served.seq === held.seq ? "same" : "ahead";
  return isPrefix(served, held) ? "behind" : forkRelation(held, served);
}

/** I-10: why a served chain may not replace the one that is held; undefined when it may: the same, ahead, or overriding. */
export function replacementFault(held: IdentityState, served: IdentityState): IdentityCode | undefined {
  const relation = compareChains(held, served);
  if (relation === "behind" || relation === "overridden") return "identity/stale-ops";
  return relation === "forked" ? "identity/forked" : undefined;
}
