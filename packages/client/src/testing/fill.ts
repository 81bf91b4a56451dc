/*
 * A conversation with as many messages as a test or a measurement wants, written as the engine writes them, without sending them.
 * The profile must have no engine open over it meanwhile.
 */
import { conversationId, identityId } from "@chapar/wire";
import { textPart } from "@chapar/wire/content";
import { newConversation } from "../conversation/book.ts";
import { composeContent } from "../conversation/letter.ts";
import { conversationShelf, messageShelf, whereShelf } from "../conversation/rows.ts";
import { concatKey } from "../store/keys.ts";
import type { Store } from "../store/port.ts";
import { Draft } from "../store/shelf.ts";

/** A message to be written. */
export interface FilledMessage {
  readonly text: string;
  readonly atMs: number;
  readonly mine?: boolean;
}

const BATCH = 1000;

/** Eight bytes of a number, repeated to a length: an id that a test can tell. */
function numbered(sizeBytes: number, value: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 4 <= sizeBytes; at += 4) view.setUint32(at, value + at);
  return bytes;
}

/**
 * Writes a conversation with a person of its own.
 *
 * @param number  tells conversations of one profile apart
 * @returns its id as bytes
 */
export async function fillConversation(
  store: Store,
  number: number,
  person: string,
  messages: Iterable<FilledMessage>,
): Promise<Uint8Array> {
  const id = conversationId(numbered(20, 0x7000_0000 + number * 64));
  const peer = identityId(numbered(20, 0x6000_0000 + number * 64));
  const own = new Uint8Array(20);
  let draft = new Draft();
  let [position, lastMs] = [0, 0];
  for (const { text, atMs, mine = false } of messages) {
    const message = numbered(32, 0x1000_0000 + number * 0x40_0000 + position * 8);
    const content = composeContent(textPart(text), {
      random: (sizeBytes) => numbered(sizeBytes, position),
      writtenAtMs: atMs,
    });
    messageShelf.put(draft, concatKey(id, position), {
      kind: "message",
      id: message,
      mine,
      sender: mine ? own : peer,
      content,
      writtenAtMs: atMs,
      arrivedAtMs: atMs,
      state: mine ? "at-station" : "received",
      code: undefined,
      index: position,
      entries: 1,
    });
    whereShelf.put(draft, message, { conversation: id, placed: true, at: position });
    position += 1;
    lastMs = Math.max(lastMs, atMs);
    if (position % BATCH === 0) {
      await draft.commit(store);
      draft = new Draft();
    }
  }
  const row = newConversation(id, {
    peer,
    peerName: person,
    peerHome: undefined,
    state: "closed",
    atMs: lastMs,
    room: undefined,
    joinedEpoch: 0,
    renew: false,
  });
  conversationShelf.put(draft, id, { ...row, placed: position, readTo: position });
  await draft.commit(store);
  return id;
}
