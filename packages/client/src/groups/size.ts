/* What a group's size decides: its suite (F-110, protocol/4-groups.md §1), and how many come in by one commit (F-111). */
import { MAX_COMMIT_BYTES, type SuiteName } from "@chapar/e2e";

/** Up to about so many people a group has keys that are post-quantum in every node; above, a commit would not fit an entry. */
const LARGE_FROM = 250;

/** @param others  who is to be in it from the beginning, beside its maker @param isLarge  whether its maker says that it is to have more people */
export function suiteFor(others: number, isLarge: boolean): SuiteName {
  return isLarge || others >= LARGE_FROM ? "x25519" : "x-wing";
}

/** At most so many bytes of a commit: a key package that it adds, and what its path takes for a leaf of a tree that nobody has warmed. */
const BYTES: Readonly<Record<SuiteName, { readonly added: number; readonly leaf: number }>> = {
  "x-wing": { added: 2800, leaf: 1250 },
  x25519: { added: 1650, leaf: 100 },
};
/** The header, the leaf of the committer, a context and the last person's other devices. */
const REST_BYTES = 100_000;

/** How many key packages are taken for one commit of a group with so many leaves; a person's devices come together, whatever it says. */
export function addedAtOnce(suite: SuiteName, leaves: number): number {
  const { added, leaf } = BYTES[suite];
  return Math.max(1, Math.floor((MAX_COMMIT_BYTES - REST_BYTES - leaves * leaf) / added));
}
