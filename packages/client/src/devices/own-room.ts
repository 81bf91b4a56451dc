/*
 * The room of one person's own devices (D-20): a conversation whose only identity is theirs, never shown. What goes through it rests on the
 * same outbox, log and repair as every other letter.
 */
import { conversationId, ID_SIZE_BYTES } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { newConversation } from "../conversation/book.ts";
import { composeOwn } from "../conversation/letter.ts";
import { newOpening } from "../conversation/new-opening.ts";
import { enqueue } from "../conversation/queue.ts";
import { type ConversationRow, openingShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { Draft } from "../store/shelf.ts";
import { encodeOwnLetter, type OwnLetter } from "./own-letters.ts";

/** Whether a conversation is the room of the own devices. */
export function isOwnRoom({ profile }: Pick<Member, "profile">, row: Pick<ConversationRow, "peer">): boolean {
  return equalBytes(row.peer, profile.row.identity);
}

/** The own room, when there is one. */
export function ownRoom(member: Member): ConversationRow | undefined {
  return member.book.withPeer(member.profile.row.identity);
}

/** The own room: the one there is, or a new one that is to be opened. */
export async function beginOwnRoom(member: Member): Promise<ConversationRow> {
  const held = ownRoom(member);
  if (held !== undefined) return held;
  const { random, clock, store, book, profile } = member;
  const draft = new Draft();
  const begun = newConversation(conversationId(random(ID_SIZE_BYTES.conversation)), {
    peer: profile.row.identity,
    peerName: "",
    peerHome: undefined,
    state: "opening",
    atMs: clock.nowMs(),
    room: undefined,
    joinedEpoch: 0,
    renew: false,
  });
  book.put(draft, { ...begun, nameTold: profile.row.nameVersion });
  openingShelf.put(draft, begun.id, newOpening(profile.row.home.station));
  await draft.commit(store);
  return begun;
}

/**
 * Queues a letter to the other own devices.
 *
 * @param fill  what is written in the same transaction, and the letter
 * @returns the own room, or undefined when there is none yet
 */
export async function tellOwn(
  member: Member,
  fill: (draft: Draft) => readonly OwnLetter[],
): Promise<ConversationRow | undefined> {
  const { book, clock, random, store } = member;
  const room = ownRoom(member);
  if (room === undefined) return undefined;
  return book.lane(room.id).run(async () => {
    const draft = new Draft();
    let row = book.get(room.id) ?? room;
    if (row.stopped || row.state === "closed") return undefined;
    for (const letter of fill(draft)) {
      const writtenAtMs = clock.nowMs();
      const content = composeOwn(encodeOwnLetter(letter), random, writtenAtMs);
      row = enqueue(member, draft, row, { content, visible: false, writtenAtMs, blobs: [] }).row;
    }
    book.put(draft, row);
    await draft.commit(store);
    return row;
  });
}
