/* A group line as apps see it. */
import { type IdentityId, idText } from "@chapar/wire";
import type { MessageView } from "../api.ts";
import { decodeGroupLine } from "./group-line.ts";

/** What the content of a group line says. @param nameOf  somebody's name, as this device knows it */
export async function groupLineView(
  content: Uint8Array,
  nameOf: (identity: Uint8Array) => Promise<string>,
): Promise<Pick<MessageView, "group">> {
  const line = decodeGroupLine(content);
  if (line === undefined) return {};
  const named = async (identity: IdentityId): Promise<{ readonly identity: string; readonly name: string }> => ({
    identity: idText(identity),
    name: await nameOf(identity),
  });
  return { group: { what: line.what, people: await Promise.all(line.people.map(named)), text: line.text } };
}
