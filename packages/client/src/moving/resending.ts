/*
 * What leaves again when a room goes on in another log (M-9): everything without a receipt, and, when the log before ended unseen, own
 * letters that stood where the mover may not have read. Under the same ids: whoever has them drops them.
 */
import { decodeLetter } from "@chapar/wire/content";
import { concatBytes } from "@chapar/wire/bytes";
import {
  type ConversationRow,
  messageShelf,
  outboxShelf,
  type OutboxRow,
  owedShelf,
  sentShelf,
} from "../conversation/rows.ts";
import { contentId } from "../conversation/letter.ts";
import type { Member } from "../core.ts";
import { type LetterRow, letterShelf } from "../repair/kept-rows.ts";
import { concatKey, lastU64, u64Key } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { continuedShelf } from "./rows.ts";

/** Own letters read at a time, newest first. */
const PAGE = 64;

/** Whether a conversation has gone on in another log and was not looked through since. */
export async function isToResend({ store }: Member, row: ConversationRow): Promise<boolean> {
  return row.room !== undefined && (await continuedShelf.get(store, row.room.log))?.resent === false;
}

/** Puts into the outbox what has to leave again. @returns whether there was something to do */
export async function resend(member: Member, was: ConversationRow): Promise<boolean> {
  const { book, store } = member;
  return book.lane(was.id).run(async () => {
    const row = book.get(was.id);
    const log = row?.room?.log;
    const continued = log && (await continuedShelf.get(store, log));
    if (row === undefined || log === undefined || continued === undefined || continued.resent) return false;
    const draft = new Draft();
    const waiting = await unsealAll(member, draft, row, continued.epoch);
    await settleOwed(member, draft, row);
    let next = row.outNext;
    const letters = continued.rescued ? await lettersFrom(member, row, continued.read) : [];
    for (const { letter } of letters.toReversed()) {
      const decoded = decodeLetter(letter);
      if (!decoded.ok || waiting.has(decoded.value.seq)) continue;
      outboxShelf.put(draft, concatKey(row.id, next), resentRow(member, row, letter, decoded.value.content));
      next += 1;
    }
    continuedShelf.put(draft, log, { ...continued, resent: true });
    book.put(draft, { ...row, outNext: next });
    await draft.commit(store);
    return true;
  });
}

/** An own letter that leaves once more: it has its line already. */
export function resentRow(member: Member, row: ConversationRow, letter: Uint8Array, content: Uint8Array): OutboxRow {
  const id = contentId(content, {
    sender: member.device.credential.identity,
    conversation: row.id,
    sha256: member.sha256,
  });
  const nothing = { visible: false, sealed: undefined, blobs: [], receipted: false, marked: true } as const;
  return { id, content, letter, writtenAtMs: member.clock.nowMs(), ...nothing };
}

/** Whatever was sealed for the log before is sealed anew. @returns sequences of the letters that wait */
async function unsealAll(
  { store, hasher }: Member,
  draft: Draft,
  { id }: ConversationRow,
  epoch: number,
): Promise<ReadonlySet<number>> {
  const waiting = new Set<number>();
  for (const { key, value } of await outboxShelf.range(store, { prefix: id })) {
    const letter = value.letter && decodeLetter(value.letter);
    if (letter?.ok === true) waiting.add(letter.value.seq);
    if (value.sealed === undefined || value.sealed.epoch >= epoch) continue;
    sentShelf.remove(draft, hasher.leaf(value.sealed.entry));
    outboxShelf.put(draft, concatKey(id, lastU64(key)), { ...value, sealed: undefined, receipted: false });
  }
  return waiting;
}

/** Entries that stood in the log before and whose receipts were lost: their station is asked no more. */
async function settleOwed({ store }: Member, draft: Draft, { id }: ConversationRow): Promise<void> {
  for (const { key } of await owedShelf.range(store, { prefix: id })) {
    const at = concatKey(id, lastU64(key));
    const line = await messageShelf.get(store, at);
    owedShelf.remove(draft, at);
    if (line !== undefined) messageShelf.put(draft, at, { ...line, state: "at-station" });
  }
}

/** Own letters that stand at an index of a log or behind it, newest first. */
export async function lettersFrom(
  { store, device }: Member,
  { id }: ConversationRow,
  index: number,
): Promise<readonly LetterRow[]> {
  const prefix = concatBytes(id, device.credential.device);
  const found: LetterRow[] = [];
  for (let to: number | undefined; ;) {
    const page = { prefix, reverse: true, limit: PAGE, ...(to === undefined ? {} : { to: u64Key(to) }) };
    const rows = await letterShelf.range(store, page);
    for (const { value } of rows) {
      if (value.index < index) return found;
      found.push(value);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return found;
    to = lastU64(last.key);
  }
}
