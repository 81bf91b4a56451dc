/*
 * Who may do what with letters that others wrote, and for all. A conversation of two has no moderators, and both may pin; in a group
 * its own state says who leads (protocol/12-groups.md F-62).
 */
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { RosterRow } from "../groups/roster-row.ts";

/** What a member may do in a conversation. */
export interface Rights {
  /** delete what others wrote, for everyone (C-32) */
  readonly moderates: boolean;
  /** pin, take pins away (C-39), and set how long messages stay */
  readonly pins: boolean;
}

const OF_TWO: Rights = { moderates: false, pins: true };

/** The rights of a member. @param roster  of a group, as of where the letter stands that is judged */
export function rightsIn(
  roster: RosterRow | undefined,
  { kind }: Pick<ConversationRow, "kind">,
  identity: Uint8Array,
): Rights {
  if (kind !== "group") return OF_TWO;
  const role = roster?.people.find((one) => equalBytes(one.identity, identity))?.role;
  const leads = role === "owner" || role === "admin";
  return { moderates: leads, pins: leads };
}
