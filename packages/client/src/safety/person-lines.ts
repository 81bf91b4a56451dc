/*
 * A contact's chain has grown: it is believed, in one transaction with a line for each change in the conversation of two (or the first
 * group) with them; their other groups get the lines right after it.
 */
import type { ConversationId, IdentityState } from "@chapar/wire";
import { Placer } from "../conversation/placer.ts";
import type { Member } from "../core.ts";
import { Draft } from "../store/shelf.ts";
import type { ChangeRow, PersonRow } from "./person-row.ts";

/** Changes kept of one person. */
const CHANGES_KEPT = 64;
const LINE_ID_BYTES = 32;

/** Believes a checked chain and tells what changed. */
export async function tellChanges(member: Member, state: IdentityState, changes: readonly ChangeRow[]): Promise<void> {
  const { book, contacts, people, store } = member;
  const { identity } = state;
  const believe = (draft: Draft): void => {
    contacts.put(draft, state);
    people.put(draft, identity, keptChanges(people.get(identity), changes));
  };
  const [first, ...others] = book.with(identity);
  if (first === undefined) {
    const draft = new Draft();
    believe(draft);
    return draft.commit(store);
  }
  await tellIn(member, first.id, identity, changes, believe);
  for (const chat of others) await tellIn(member, chat.id, identity, changes, () => undefined);
}

async function tellIn(
  member: Member,
  id: ConversationId,
  identity: Uint8Array,
  changes: readonly ChangeRow[],
  also: (draft: Draft) => void,
): Promise<void> {
  const { book, store, events } = member;
  await book.lane(id).run(async () => {
    const chat = book.get(id);
    if (chat === undefined) return;
    const draft = new Draft();
    also(draft);
    const placer = new Placer(chat, draft, store, events);
    for (const change of changes) placer.person(personLine(member, identity, change));
    book.put(draft, placer.row);
    await draft.commit(store);
  });
}

/** Changes by which somebody reads who did not when the person was compared. */
const NEW_READERS: ReadonlySet<ChangeRow["what"]> = new Set(["device-added", "op-overridden"]);

/** Changes of a person, newest first. Of somebody who was compared a new device stops what is sent to them (N-39). */
export function keptChanges(row: PersonRow, changes: readonly ChangeRow[]): PersonRow {
  const isOther = row.comparedAtMs !== undefined && changes.some(({ what }) => NEW_READERS.has(what));
  const paused = row.paused || isOther;
  return { ...row, paused, changes: [...changes.toReversed(), ...row.changes].slice(0, CHANGES_KEPT) };
}

/** The line that tells of a change. */
export function personLine(member: Member, identity: Uint8Array, change: ChangeRow): Parameters<Placer["person"]>[0] {
  const nowMs = member.clock.nowMs();
  return {
    kind: "person",
    id: member.random(LINE_ID_BYTES),
    mine: false,
    sender: identity.slice(),
    content: new Uint8Array(0),
    writtenAtMs: nowMs,
    arrivedAtMs: nowMs,
    state: "received",
    code: undefined,
    index: 0,
    entries: 1,
    change,
  };
}
