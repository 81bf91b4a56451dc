/* Links of a group, those who came by one, and what this person asked for, as apps see them. */
import { conversationId, idText } from "@chapar/wire";
import { toHex } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { GroupAskView, GroupView } from "../group-api.ts";
import type { GroupState } from "./group-state.ts";
import { askShelf, ownLink, requestShelf } from "./link-rows.ts";
import { linkOf } from "./planning.ts";

/** Links that are open, and requests that wait for this person. */
export async function linkViews(
  member: Member,
  row: ConversationRow,
  state: GroupState | undefined,
): Promise<Pick<GroupView, "links" | "requests">> {
  const links = (state?.links ?? []).map(({ key, by, ...terms }) => ({
    id: toHex(key),
    url: ownLink(member, row.id, key)?.url,
    by: idText(by),
    ...terms,
  }));
  const asked = await requestShelf.range(member.store, { prefix: row.id });
  const requests = asked
    .filter(({ value }) => value.state === "open" && state !== undefined && linkOf(state, value.key)?.approval === true)
    .map(({ value: { identity, name, key, atMs } }) => ({ identity: idText(identity), name, link: toHex(key), atMs }));
  return { links, requests };
}

/** What this person asked for and is not in. */
export async function askViews({ store }: Member): Promise<readonly GroupAskView[]> {
  const rows = await askShelf.range(store, {});
  return rows.map(({ key, value: { title, byName, people, approval, state, atMs } }) => ({
    conversation: idText(conversationId(key.slice())),
    title,
    by: byName,
    people,
    approval,
    state,
    atMs,
  }));
}
