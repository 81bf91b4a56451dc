/* Mentions of the own person, counted apart from what is unread (C-37). */
import type { ConversationRow } from "../conversation/rows.ts";
import { mentionedShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { Draft } from "../store/shelf.ts";
import { equalBytes } from "@chapar/wire/bytes";
import { decodeMimi, type NestedPart } from "@chapar/wire/content";
import { readMentions } from "@chapar/wire/talk";

/** Unread mentions of one conversation that are kept. */
const KEPT = 256;

function partMentions(part: NestedPart, person: Uint8Array): boolean {
  if (part.kind === "multi") return part.parts.some((one) => partMentions(one, person));
  const read = readMentions(part, () => undefined);
  return read?.mentions.some(({ identity }) => equalBytes(identity, person)) === true;
}

/** Whether content mentions a person. */
export function mentionsPerson(content: Uint8Array, person: Uint8Array): boolean {
  const decoded = decodeMimi(content);
  return decoded.ok && partMentions(decoded.value.body, person);
}

/** Keeps that the line at a position mentions the own person. */
export async function mentionedAt(
  { store }: Member,
  draft: Draft,
  { id, readTo }: ConversationRow,
  position: number,
): Promise<void> {
  const held = (await mentionedShelf.now(draft, store, id)) ?? [];
  const unread = held.filter((at) => at >= readTo && at !== position);
  mentionedShelf.put(draft, id, [...unread, position].sort((a, b) => a - b).slice(-KEPT));
}
