/*
 * One transaction of reading a room: entries that stand in the verified log become lines, ratchet records and counters of
 * one draft (F-7). What stops a room and what only leaves a gap line: protocol/6-flows.md F-20 to F-25.
 */
import { E2E_CODES, isE2eError, type MlsGroup, type Pending, roomKeys } from "@chapar/e2e";
import { decodeReceipt } from "@chapar/log";
import { type CommitEntry, decodeEntry, type MessageEntry } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { commitEntry } from "../conversation/commit-entry.ts";
import { followChain, startChain } from "../conversation/chain.ts";
import { readLetter } from "../conversation/letter.ts";
import { isBetween } from "../conversation/membership.ts";
import { Placer } from "../conversation/placer.ts";
import {
  type ConversationRow,
  outboxShelf,
  receiptShelf,
  type SentRow,
  sentShelf,
  whereShelf,
} from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { concatKey } from "../store/keys.ts";
import type { Draft } from "../store/shelf.ts";
import type { LogEntry } from "./check-page.ts";

/** Codes that say the device's own state is wrong: nothing may be written over them. */
const OURS: readonly string[] = Object.entries(E2E_CODES).flatMap(([code, { whose }]) =>
  whose === "us" ? [code] : [],
);

const NOBODY = new Uint8Array(20);

/** Reads entries of one room into one draft. */
export class RoomStep {
  readonly #member: Member;
  readonly #draft: Draft;
  readonly #placer: Placer;
  #group: MlsGroup;

  constructor(member: Member, draft: Draft, row: ConversationRow, group: MlsGroup) {
    this.#member = member;
    this.#draft = draft;
    this.#group = group;
    this.#placer = new Placer(row, draft, member.store, member.events);
  }

  /** The conversation as it is after the entries taken so far. */
  get row(): ConversationRow {
    return this.#placer.row;
  }

  /** The group as it is after the entries taken so far. */
  get group(): MlsGroup {
    return this.#group;
  }

  /** Takes the next entry. After a stop (`row.stopped`) it takes none. @throws only failures of this device */
  async take(entry: LogEntry): Promise<void> {
    if (this.row.stopped || this.row.state === "closed") return;
    const decoded = decodeEntry(entry.bytes);
    if (!decoded.ok) return this.#gap(entry, decoded.code);
    if (decoded.value.kind === "genesis" && entry.index === 0) return;
    const sent = await this.#sent(entry);
    if (decoded.value.kind === "message") return this.#message(entry, decoded.value, sent);
    if (decoded.value.kind === "commit") return this.#commit(entry, decoded.value, sent);
    await this.#gap(entry, "client/wrong-order");
  }

  /** What of ours the entry is. Bytes that were sent to another room are not ours here: whoever read them can repeat them. */
  async #sent(entry: LogEntry): Promise<SentRow | undefined> {
    const sent = await sentShelf.get(this.#member.store, entry.leafHash);
    return sent !== undefined && equalBytes(sent.conversation, this.row.id) ? sent : undefined;
  }

  async #message(entry: LogEntry, message: MessageEntry, sent: SentRow | undefined): Promise<void> {
    if (sent !== undefined) return this.#own(entry, sent);
    // Entries of before this device was in the room are not for it.
    if (message.epoch < this.row.joinedEpoch) return;
    try {
      const opened = await this.#member.mls.open(this.#group, message.frame);
      this.#advance(opened);
      // A commit dressed as a message: the hub did not count it as one, so other members' rooms would part from ours.
      if (opened.incoming.kind !== "message") return this.#stop("client/wrong-order");
      await this.#content(entry, opened.incoming.content, opened.incoming.sender.credential);
    } catch (error) {
      await this.#gap(entry, foreignCode(error));
    }
  }

  async #content(
    entry: LogEntry,
    plaintext: Uint8Array,
    sender: { readonly identity: Uint8Array; readonly device: Uint8Array },
  ): Promise<void> {
    const { store, sha256, clock } = this.#member;
    const arrivedAtMs = clock.nowMs();
    const context = { sender: sender.identity, conversation: this.row.id, sha256, nowMs: arrivedAtMs };
    const read = readLetter(plaintext, context);
    if (!read.ok) return this.#gap(entry, read.code, sender.identity);
    const { id, content, told } = read.value;
    if ((await whereShelf.get(store, id)) !== undefined) return;
    const chain = this.row.chains.find((one) => equalBytes(one.device, sender.device)) ?? startChain(sender.device);
    const verdict = followChain(chain, read.value);
    if (!verdict.ok) return this.#gap(entry, verdict.code, sender.identity);
    const others = this.row.chains.filter((one) => one !== chain);
    if (verdict.skipped > 0) await this.#gap(entry, "client/missing-messages", sender.identity, verdict.skipped);
    this.#placer.row = { ...this.row, chains: [...others, verdict.chain] };
    if (told.kind === "profile") return this.#named(told.name, sender.identity);
    this.#placer.received({
      kind: "message",
      id,
      mine: false,
      sender: sender.identity.slice(),
      content: content.slice(),
      writtenAtMs: told.writtenAtMs ?? arrivedAtMs,
      arrivedAtMs,
      state: "received",
      code: undefined,
      index: entry.index,
      entries: 1,
    });
  }

  async #named(name: string, sender: Uint8Array): Promise<void> {
    const contact = await this.#member.contacts.get(sender);
    if (contact !== undefined) this.#member.contacts.put(this.#draft, contact.state, name);
  }

  async #own(entry: LogEntry, sent: SentRow): Promise<void> {
    const { store } = this.#member;
    sentShelf.remove(this.#draft, entry.leafHash);
    const out = await outboxShelf.get(store, concatKey(this.row.id, sent.sequence));
    // Sealed twice after an unclear refusal, and both were taken: the first of them stands.
    if (out === undefined) return;
    if (out.receipted && !(await this.#agrees(entry, out.id))) return this.#stop("client/wrong-receipt");
    this.#placer.own(sent.sequence, out, {
      kind: "message",
      id: out.id,
      mine: true,
      sender: this.#member.device.credential.identity,
      content: out.content,
      writtenAtMs: out.writtenAtMs,
      arrivedAtMs: out.writtenAtMs,
      state: out.receipted ? "at-station" : "leaving",
      code: undefined,
      index: entry.index,
      entries: 1,
    });
  }

  /** Whether the hub's receipt names the index where the entry stands. */
  async #agrees(entry: LogEntry, id: Uint8Array): Promise<boolean> {
    const row = await receiptShelf.get(this.#member.store, id);
    const receipt = row === undefined ? undefined : decodeReceipt(row.receipt);
    return receipt === undefined || (receipt.ok && receipt.value.index === entry.index);
  }

  async #commit(entry: LogEntry, commit: CommitEntry, sent: SentRow | undefined): Promise<void> {
    if (sent !== undefined) return this.#merge(entry);
    if (commit.epoch < this.row.joinedEpoch) return;
    if (commit.epoch !== this.#group.epoch) return this.#stop("client/wrong-order");
    const { mls, groups } = this.#member;
    try {
      const pending = await groups.pending(this.row.id);
      if (pending !== undefined) await this.#drop(pending);
      const opened = await mls.open(this.#group, commit.frame);
      this.#advance(opened);
      if (opened.incoming.kind !== "commit") return this.#stop("client/wrong-order");
      if (opened.incoming.left) {
        this.#placer.row = { ...this.row, state: "closed" };
        return;
      }
      if (!isBetween(this.#group, this.#member.device.credential.identity, this.row.peer))
        return this.#stop("client/bad-room");
      await this.#checkKeys(commit);
    } catch (error) {
      this.#stop(foreignCode(error));
    }
  }

  /** Another commit came first: ours is forgotten, and made again from the new epoch if it is still wanted. */
  async #drop(pending: Pending): Promise<void> {
    const { mls, hasher } = this.#member;
    const lost = await commitEntry(this.#member, this.#group.epoch, pending);
    sentShelf.remove(this.#draft, hasher.leaf(lost));
    this.#advance(mls.drop(this.#group, pending));
  }

  /** Our own commit stands in the log: everything before it was of the old epoch and is read. */
  async #merge(entry: LogEntry): Promise<void> {
    const { mls, groups } = this.#member;
    sentShelf.remove(this.#draft, entry.leafHash);
    const pending = await groups.pending(this.row.id);
    // Merged already with its receipt: the first commit of a room (F-4).
    if (pending === undefined) return;
    this.#advance(await mls.merge(this.#group, pending));
    this.#placer.row = { ...this.row, renew: false };
  }

  /** The hub admits writers and readers by the keys the commit names; they must be the ones that members derive. */
  async #checkKeys(commit: CommitEntry): Promise<void> {
    const keys = await roomKeys(this.#member.mls, this.#member.crypto, this.#group);
    const fits =
      equalBytes(keys.write.publicKey, commit.nextWriteKey) && equalBytes(keys.read.publicKey, commit.nextReadKey);
    if (!fits) this.#stop("client/wrong-room-keys");
  }

  #advance(step: { readonly group: MlsGroup; readonly writes: Parameters<Member["groups"]["advance"]>[3] }): void {
    this.#group = step.group;
    this.#member.groups.advance(this.#draft, this.row.id, step.group, step.writes);
  }

  #stop(code: string): void {
    this.#placer.row = { ...this.row, state: "fault", fault: code, stopped: true };
  }

  async #gap(entry: LogEntry, code: string, sender: Uint8Array = NOBODY, entries = 1): Promise<void> {
    const nowMs = this.#member.clock.nowMs();
    await this.#placer.gap({
      id: entry.leafHash,
      mine: false,
      sender: sender.slice(),
      content: new Uint8Array(0),
      writtenAtMs: nowMs,
      arrivedAtMs: nowMs,
      state: "received",
      code,
      index: entry.index,
      entries,
    });
  }
}

/** The code of a refusal that others caused; anything else is thrown again, so that nothing is written over it. */
function foreignCode(error: unknown): string {
  if (isE2eError(error) && !OURS.includes(error.code)) return error.code;
  throw error;
}
