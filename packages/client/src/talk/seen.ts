/* What others say that they have and have seen (C-40): it only rises, so letters of it may come in any order. */
import { idText } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { ToldSeen } from "../conversation/told.ts";
import type { Member } from "../core.ts";
import type { Draft } from "../store/shelf.ts";
import { NO_TALK, type SeenRow, talkShelf } from "./mark-rows.ts";

/** People of whom it is kept; in larger groups nobody tells it. */
const PEOPLE = 64;

/** Takes what a member's device told. */
export async function hearSeen(
  { store, events, device }: Member,
  draft: Draft,
  { id }: ConversationRow,
  from: { readonly sender: Uint8Array; readonly index: number },
  told: ToldSeen,
): Promise<void> {
  const talk = (await talkShelf.now(draft, store, id)) ?? NO_TALK;
  const before = talk.seen.find(({ by }) => equalBytes(by, from.sender));
  const read = Math.max(Math.min(told.read, from.index), before?.read ?? 0);
  const delivered = Math.max(Math.min(told.delivered, from.index), read, before?.delivered ?? 0);
  if (before?.read === read && before.delivered === delivered) return;
  // What another device of one's own told need not be told again.
  if (equalBytes(from.sender, device.credential.identity)) {
    const now = {
      ...talk.told,
      delivered: Math.max(talk.told.delivered, delivered),
      read: Math.max(talk.told.read, read),
    };
    return talkShelf.put(draft, id, { ...talk, told: now });
  }
  const others = talk.seen.filter((one) => one !== before);
  const seen: SeenRow[] = [...others, { by: from.sender.slice(), delivered, read }].slice(-PEOPLE);
  talkShelf.put(draft, id, { ...talk, seen });
  draft.after(() => events.emit({ type: "talk", conversation: idText(id) }));
}
