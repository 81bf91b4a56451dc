/* Links of a group and those who came by one, as apps see them. */
import { idText } from "@chapar/wire";
import { toHex } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { GroupView } from "../group-api.ts";
import type { GroupState } from "./group-state.ts";

/** Links that are open, and requests that wait. */
export async function linkViews(
  _member: Member,
  _row: ConversationRow,
  state: GroupState | undefined,
): Promise<Pick<GroupView, "links" | "requests">> {
  const links = (state?.links ?? []).map(({ key, by, ...terms }) => ({
    id: toHex(key),
    url: undefined,
    by: idText(by),
    ...terms,
  }));
  return { links, requests: [] };
}
