/* Beginning a conversation from a personal invite: a row, an opening and the own name in the outbox, in one transaction. */
import type { Invite, InvitedPerson } from "@chapar/e2e";
import { conversationId, ID_SIZE_BYTES } from "@chapar/wire";
import type { Member } from "../core.ts";
import { newOpening } from "./new-opening.ts";
import { Draft } from "../store/shelf.ts";
import { newConversation } from "./book.ts";
import { enqueueName } from "./queue.ts";
import { type ConversationRow, openingShelf } from "./rows.ts";

/** The conversation with a person: the one there is, or a new one. Nothing is sent. */
export async function beginConversation(
  member: Member,
  { home, stationName, routes }: Invite,
  person: InvitedPerson,
): Promise<ConversationRow> {
  const { random, clock, store, book } = member;
  const held = book.withPeer(person.identity);
  if (held !== undefined) return held;
  const draft = new Draft();
  const begun = newConversation(conversationId(random(ID_SIZE_BYTES.conversation)), {
    peer: person.identity,
    peerName: person.name,
    peerHome: { station: home.station, region: home.region, name: stationName, routes },
    state: "opening",
    atMs: clock.nowMs(),
    room: undefined,
    joinedEpoch: 0,
    renew: false,
  });
  const named = enqueueName(member, draft, begun);
  book.put(draft, named);
  openingShelf.put(draft, named.id, newOpening(home.station));
  await draft.commit(store);
  return named;
}
