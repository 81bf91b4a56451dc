/*
 * Own letters of a branch whose epoch was over before the hub had them (J-6): into the outbox again, under the same ids, as the same
 * letters and in their order, before whatever waits there. Lines stay where they are.
 */
import { decodeEntry } from "@chapar/wire";
import { decodeLetter } from "@chapar/wire/content";
import {
  type ConversationRow,
  messageShelf,
  outboxShelf,
  type OutboxRow,
  owedShelf,
  sentShelf,
  whereShelf,
} from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { resentRow } from "../moving/resending.ts";
import { leafShelf, letterKey, letterShelf } from "../repair/kept-rows.ts";
import { concatKey, lastU64 } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { isInBranch } from "./branch-index.ts";

interface Again {
  readonly out: OutboxRow;
  /** in the outbox, or of a line; to be removed */
  readonly remove: (draft: Draft) => void;
}

/**
 * What the room's log has of an epoch was read before the next one began: whatever else was sealed in it has to be sealed anew.
 *
 * @returns whether there was something
 */
export async function resealBranched(member: Member, { id }: ConversationRow): Promise<boolean> {
  const { book, store, groups } = member;
  return book.lane(id).run(async () => {
    const row = book.get(id);
    const epoch = (await groups.load(id))?.epoch ?? 0;
    const lines = row === undefined ? [] : await linesOf(member, row, epoch);
    const waiting = await outboxShelf.range(store, { prefix: id });
    const isBranched = ({ receipted, sealed }: OutboxRow): boolean =>
      receipted && sealed !== undefined && sealed.epoch < epoch;
    if (row === undefined || (lines.length === 0 && !waiting.some(({ value }) => isBranched(value)))) return false;
    const rows = waiting.flatMap(({ key, value }): Again[] => {
      if (value.sealed !== undefined && value.sealed.epoch >= epoch) return [];
      return [{ out: value, remove: (draft) => outboxShelf.remove(draft, concatKey(id, lastU64(key))) }];
    });
    const draft = new Draft();
    let next = row.outNext;
    for (const { out, remove } of [...lines, ...rows].toSorted((a, b) => sequenceOf(a.out) - sequenceOf(b.out))) {
      remove(draft);
      if (out.sealed !== undefined) sentShelf.remove(draft, member.hasher.leaf(out.sealed.entry));
      outboxShelf.put(draft, concatKey(id, next), { ...out, receipted: false, sealed: undefined });
      if (out.visible) whereShelf.put(draft, out.id, { conversation: id, placed: false, at: next });
      next += 1;
    }
    book.put(draft, { ...row, outNext: next });
    await draft.commit(store);
    return true;
  });
}

/** Of the sender's letters; what was never sealed comes last. */
function sequenceOf({ letter }: OutboxRow): number {
  const decoded = letter && decodeLetter(letter);
  return decoded?.ok === true ? decoded.value.seq : Number.MAX_SAFE_INTEGER;
}

/** Letters that have their lines, and stand in a branch of an earlier epoch alone. */
async function linesOf(member: Member, row: ConversationRow, epoch: number): Promise<readonly Again[]> {
  const { store, hasher, device } = member;
  const found: Again[] = [];
  for (const { key, value } of await owedShelf.range(store, { prefix: row.id })) {
    const entry = decodeEntry(value.entry);
    if (!entry.ok || entry.value.kind !== "message" || entry.value.epoch >= epoch) continue;
    const stands = await leafShelf.get(store, hasher.leaf(value.entry));
    if (stands === undefined || !isInBranch(stands.index)) continue;
    const at = concatKey(row.id, lastU64(key));
    const line = await messageShelf.get(store, at);
    const kept =
      line?.letter && (await letterShelf.get(store, letterKey(row.id, device.credential.device, line.letter.sequence)));
    const letter = kept && decodeLetter(kept.letter);
    if (kept === undefined || letter?.ok !== true) continue;
    const out = resentRow(member, row, kept.letter, letter.value.content);
    found.push({ out, remove: (draft) => owedShelf.remove(draft, at) });
  }
  return found;
}
