/* Putting something into a conversation's outbox: the one way in, for what a person writes and for profile messages. */
import { idText } from "@chapar/wire";
import { toBase64Url } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { ownChain } from "../safety/own-chain.ts";
import { concatKey } from "../store/keys.ts";
import type { Draft } from "../store/shelf.ts";
import { isCrowd } from "./crowd.ts";
import { composeProfile, contentId } from "./letter.ts";
import { type ConversationRow, outboxShelf, type OutboxRow, whereShelf } from "./rows.ts";

/** Key of the own register: the own picture; empty once it was taken away. */
export const OWN_PORTRAIT_KEY = "person/picture";

/** What is to be sent. */
export interface Outgoing {
  readonly content: Uint8Array;
  readonly visible: boolean;
  readonly writtenAtMs: number;
  /** sealed chunks that have to be at the station first */
  readonly blobs: readonly Uint8Array[];
}

/** Appends to the outbox; the caller puts the answered row into the same draft. */
export function enqueue(
  member: Member,
  draft: Draft,
  before: ConversationRow,
  outgoing: Outgoing,
): { readonly row: ConversationRow; readonly out: OutboxRow; readonly sequence: number } {
  // In a crowd the name comes with what its person says (F-112).
  const isUntold = outgoing.visible && isCrowd(member.book, before) && before.nameTold < member.profile.row.nameVersion;
  const row = isUntold ? enqueueChain(member, draft, before) : before;
  const sender = member.device.credential.identity;
  const id = contentId(outgoing.content, { sender, conversation: row.id, sha256: member.sha256 });
  const out: OutboxRow = { id, ...outgoing, letter: undefined, sealed: undefined, receipted: false, marked: false };
  const sequence = row.outNext;
  outboxShelf.put(draft, concatKey(row.id, sequence), out);
  if (!outgoing.visible) return { row: { ...row, outNext: sequence + 1 }, out, sequence };
  whereShelf.put(draft, id, { conversation: row.id, placed: false, at: sequence });
  const told = { conversation: idText(row.id), message: toBase64Url(id), change: "added" } as const;
  draft.after(() => member.events.emit({ type: "message", ...told }));
  const atMs = Math.max(row.atMs, outgoing.writtenAtMs);
  // A joiner of a large group renews its leaf when it first writes (F-67).
  const renew = row.renew || row.renewLater;
  return { row: { ...row, outNext: sequence + 1, tail: row.tail + 1, atMs, renew, renewLater: false }, out, sequence };
}

/** Queues the own name, picture and chain, whatever was told before. */
export function enqueueChain(member: Member, draft: Draft, row: ConversationRow): ConversationRow {
  const { name, nameVersion } = member.profile.row;
  const writtenAtMs = member.clock.nowMs();
  const picture = member.own.get(OWN_PORTRAIT_KEY);
  const told = { name, chain: ownChain(member), ...(picture && { picture }) };
  const content = composeProfile(told, member.random, writtenAtMs);
  const queued = enqueue(member, draft, row, { content, visible: false, writtenAtMs, blobs: [] });
  return { ...queued.row, nameTold: nameVersion };
}

/** Queues the own name, when this conversation has not been told the present one and is no crowd. */
export function enqueueName(member: Member, draft: Draft, row: ConversationRow): ConversationRow {
  const isTold = row.nameTold >= member.profile.row.nameVersion || isCrowd(member.book, row);
  return isTold ? row : enqueueChain(member, draft, row);
}
