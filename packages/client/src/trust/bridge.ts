/*
 * What shows that two sizes of a log are not of one tree: the root that its station's newer tree has at the smaller size, and the
 * consistency proof that leads from there (9-rule-r.md §4).
 */
import { earlierRootOf, type TreeHasher, verifyConsistency } from "@chapar/log";
import type { LogId } from "@chapar/wire";
import type { StationLink } from "../link/station-link.ts";
import { ask } from "./asking.ts";

/** A size of a log and the root that was said of it. */
interface Said {
  readonly size: number;
  readonly root: Uint8Array;
}

/** The other root at the smaller size. */
export interface Bridge {
  readonly other: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Asks the station of a log for what shows that the larger tree does not go on from the smaller.
 *
 * @returns undefined when it does, or when the station gives no hashes that show it
 */
export async function askBridge(
  link: StationLink,
  log: LogId,
  [small, large]: readonly [Said, Said],
  hasher: TreeHasher,
): Promise<Bridge | undefined> {
  const sizes = { size1: small.size, size2: large.size };
  if (sizes.size1 === 0 || sizes.size1 >= sizes.size2) return undefined;
  const request = { type: "log.consistency", log, from: small.size, to: large.size } as const;
  const proof = (await ask(link, request, "log.hashes"))?.hashes;
  const leads = (root1: Uint8Array): boolean =>
    proof !== undefined && verifyConsistency({ ...sizes, root1, proof }, large.root, hasher);
  if (proof === undefined || leads(small.root)) return undefined;
  const other = earlierRootOf(sizes, proof, hasher) ?? (await siblingRoot(link, log, sizes, leads));
  return other && { other, proof };
}

/**
 * A proof from a size that is a power of two leaves its root out (RFC 9162 §2.1.4.1), which then is a whole subtree: it stands in
 * the inclusion proof of the entry after it.
 */
async function siblingRoot(
  link: StationLink,
  log: LogId,
  { size1, size2 }: { readonly size1: number; readonly size2: number },
  leads: (root: Uint8Array) => boolean,
): Promise<Uint8Array | undefined> {
  const answer = await ask(link, { type: "log.inclusion", log, index: size1, size: size2 }, "log.hashes");
  return answer?.hashes.find(leads);
}
