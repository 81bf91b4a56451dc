/* Which suite a group is of (F-110, protocol/4-groups.md §1). */
import type { SuiteName } from "@chapar/e2e";

/** Up to about so many people a group has keys that are post-quantum in every node; above, a commit would not fit an entry. */
const LARGE_FROM = 250;

/** @param others  who is to be in it from the beginning, beside its maker @param isLarge  whether its maker says that it is to have more people */
export function suiteFor(others: number, isLarge: boolean): SuiteName {
  return isLarge || others >= LARGE_FROM ? "x25519" : "x-wing";
}
