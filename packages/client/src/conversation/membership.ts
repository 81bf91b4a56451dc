/*
 * Who may be in a conversation's group: two people. A line is shown as the other person's, so a third member, known to this
 * device or not, could speak in somebody else's name (F-5, F-28).
 */
import type { MlsGroup } from "@chapar/e2e";
import { equalBytes } from "@chapar/wire/bytes";

/** Whether both people are in the group and nobody else is. */
export function isBetween(group: MlsGroup, own: Uint8Array, peer: Uint8Array): boolean {
  const identities = group.members().map(({ credential }) => credential.identity);
  return (
    identities.some((identity) => equalBytes(identity, peer)) &&
    identities.every((identity) => equalBytes(identity, peer) || equalBytes(identity, own))
  );
}
