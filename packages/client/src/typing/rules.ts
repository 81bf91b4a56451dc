/* Where that somebody is typing is told and shown (C-122). All else of it is brought only once there is such a conversation. */
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { tellingOf } from "../talk/telling.ts";

/** Whether this device tells and shows it now at all: the person lets it, on a line where bytes are cheap. */
export function isTyped(member: Pick<Member, "own" | "isDear">): boolean {
  return tellingOf(member).typing && !member.isDear();
}

/** Whether a conversation is one in which it may be told, and so much stands in it that two may have written. */
export function isOpenTalk({ state, room, kind, stopped, leaving, placed }: ConversationRow): boolean {
  return state === "open" && room !== undefined && kind !== "channel" && !stopped && !leaving && placed > 1;
}
