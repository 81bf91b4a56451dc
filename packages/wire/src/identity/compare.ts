/*
 * Two states of what claims to be one identity, compared by the hashes of their ops. A home that serves an older chain than
 * one already seen is caught here (`stale-ops`); two chains that differ are evidence that the identity's keys signed two
 * histories (`forked`), for any two honest stations hold prefixes of one chain.
 */
import { equalBytes } from "../bytes/index.ts";
import type { IdentityState } from "./chain.ts";
import type { IdentityCode } from "./codes.ts";

/** How a chain stands to one that is held: `ahead` has more ops, `behind` lacks some, `forked` differs. */
export type ChainRelation = "same" | "ahead" | "behind" | "forked";

/** Whether every op of `shorter` stands, in the same place, in `longer`. */
export function isPrefix(shorter: IdentityState, longer: IdentityState): boolean {
  // Each op names the hash of the one before, so one equal hash makes all earlier ops equal.
  const last = longer.ops[shorter.seq];
  return last !== undefined && equalBytes(last.hash, shorter.headHash);
}

/** How `served` stands to `held`. */
export function compareChains(held: IdentityState, served: IdentityState): ChainRelation {
  if (isPrefix(held, served)) return served.seq === held.seq ? "same" : "ahead";
  return isPrefix(served, held) ? "behind" : "forked";
}

/** I-10: why a served chain may not replace the one that is held; undefined when it may (it is the same or ahead). */
export function replacementFault(held: IdentityState, served: IdentityState): IdentityCode | undefined {
  const relation = compareChains(held, served);
  if (relation === "behind") return "identity/stale-ops";
  return relation === "forked" ? "identity/forked" : undefined;
}
