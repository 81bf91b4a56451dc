/*
 * One transaction of reading a room: entries that stand in the verified log become lines, ratchet records and counters of
 * one draft (F-7). What stops a room and what only leaves a gap line: protocol/6-flows.md F-20 to F-25.
 */
import { type Incoming, type MlsGroup, type Pending, type Step } from "@chapar/e2e";
import { decodeReceipt } from "@chapar/log";
import { type CommitEntry, decodeEntry, type LogId, type MessageEntry } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { commitEntry } from "../conversation/commit-entry.ts";
import { Intake } from "../conversation/intake.ts";
import { placeOwn } from "../conversation/own-lines.ts";
import { Placer } from "../conversation/placer.ts";
import {
  type ConversationRow,
  isRefused,
  type MessageRow,
  outboxShelf,
  receiptShelf,
  type RoomRow,
  type SentRow,
  sentShelf,
} from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { isLetIn } from "../devices/let-in.ts";
import { isInBranch } from "../island/branch-index.ts";
import { markHanding } from "../devices/handing-row.ts";
import { waitingShelf } from "../devices/joining.ts";
import type { ClientCode } from "../errors.ts";
import { type HoleReason, holeShelf, leafShelf } from "../repair/kept-rows.ts";
import { commitRefusal, namesKeysOf } from "../groups/commit-refusal.ts";
import { awaitsKey, keyIsUsed } from "../groups/awaiting-key.ts";
import { type GroupCommit, GroupStep, ownCommit, type Refused } from "../groups/group-step.ts";
import { ownKeyOf } from "../groups/week-rows.ts";
import { takeContinued } from "../moving/continuation.ts";
import { takeIntroduction } from "../groups/introduced.ts";
import { isIntroduction, openIntroduction } from "../groups/introduction.ts";
import { concatKey } from "../store/keys.ts";
import type { Draft } from "../store/shelf.ts";
import type { LogEntry } from "./check-page.ts";
import { foreignCode, HOLE_CODES } from "./step-codes.ts";
import { gapLine } from "./step-lines.ts";

const NOTHING = new Uint8Array(0);
/** Holes of one room beside which an entry that cannot be opened becomes one more. */
const UNREADABLE = 64;

/** What a step is of. */
export interface StepOf {
  readonly group: MlsGroup;
  readonly room: RoomRow;
  readonly isRestored: boolean;
}

/** Reads entries of one room into one draft. */
export class RoomStep {
  readonly #member: Member;
  readonly #draft: Draft;
  readonly #placer: Placer;
  readonly #intake: Intake;
  readonly #step: GroupStep;
  #isUnreadable = false;
  #revokes = false;
  #hasReturned = false;
  #awaited: LogEntry | undefined;
  readonly #log: LogId;
  readonly #isRestored: boolean;
  #group: MlsGroup;

  /** @param isRestored  whether the entries came from another than the station that owes them */
  constructor(member: Member, draft: Draft, row: ConversationRow, of: StepOf) {
    this.#member = member;
    this.#draft = draft;
    this.#group = of.group;
    this.#log = of.room.log;
    this.#isRestored = of.isRestored;
    this.#placer = new Placer(row, draft, member.store, member.events);
    this.#step = new GroupStep(member, draft, this.#placer);
    this.#intake = new Intake(member, draft, this.#placer, of.room, (identity) => this.#step.asksOut(identity));
  }

  /** Whether a letter told the hash of one that is missing. */
  get awaits(): boolean {
    return this.#intake.awaits || this.#isUnreadable;
  }

  /** Whether a commit ended the keys by which the room was opened for reading (W-13). */
  get revokes(): boolean {
    return this.#revokes;
  }

  /** Whether the room was led back to the group's epoch (F-72). */
  get hasReturned(): boolean {
    return this.#hasReturned;
  }

  /** The commit before which the room stands: its key is not here (F-118), and nothing after it was taken. */
  get awaited(): LogEntry | undefined {
    return this.#awaited;
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
    if (this.row.stopped || this.row.state === "closed" || this.#awaited !== undefined) return;
    if (entry.bytes === undefined) return this.#hole(entry);
    const decoded = decodeEntry(entry.bytes);
    if (!decoded.ok) return this.#gap(entry, decoded.code);
    if (decoded.value.kind === "genesis" && entry.index === 0) return;
    const sent = await this.#sent(entry);
    if (decoded.value.kind === "message") return this.#message(entry, decoded.value, sent);
    if (decoded.value.kind === "commit") return this.#commit(entry, decoded.value, sent);
    await this.#gap(entry, "client/wrong-order");
  }

  /** A body that is missing gets a line in its place, unless it is our own; what a member gives back takes the line's place. */
  async #hole(entry: LogEntry): Promise<void> {
    const sent = await this.#sent(entry);
    if (sent?.what === "message") return this.#own(entry, sent);
    if (sent !== undefined) return this.#merge(entry);
    if (await this.#intake.isGiven(entry.index)) return;
    const { reason, removal } = entry.missing ?? { reason: "withheld", removal: undefined };
    const line = { ...gapLine(this.#member, entry, HOLE_CODES[reason]), removal };
    this.#put(line, entry, reason);
  }

  /** Nothing here opens an entry: members may have its letter. Of too many, as a contact may write them, none is asked for. */
  async #unreadable(entry: LogEntry, code: string): Promise<void> {
    const holes = await holeShelf.range(this.#member.store, { prefix: this.#log, limit: UNREADABLE });
    if (holes.length + this.#intake.holes >= UNREADABLE) return this.#gap(entry, code);
    this.#put(gapLine(this.#member, entry, code), entry, "unreadable");
    this.#isUnreadable = true;
  }

  #put(line: Omit<MessageRow, "kind">, { index, leafHash }: LogEntry, reason: HoleReason): void {
    const position = this.#placer.hole(line);
    const atMs = this.#member.clock.nowMs();
    holeShelf.put(this.#draft, concatKey(this.#log, index), { leafHash, reason, position, atMs });
    this.#intake.holes += 1;
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
    if (this.row.kind === "group") {
      if (message.epoch !== this.#group.epoch && isRefused(this.row)) return;
      if (isIntroduction(message.frame)) return this.#introduction(entry, message);
      // Whoever has left receives nothing more; commits are followed until the wish to be taken out has left.
      if (this.row.leaving) return;
      // A station that lets whoever was taken out write with an old key (W-12) is not followed in it.
      if (message.epoch !== this.#group.epoch)
        return this.row.begun ? this.#gap(entry, "client/wrong-order") : undefined;
    }
    try {
      const opened = await this.#member.mls.open(this.#group, message.frame);
      // A commit dressed as a message: the hub did not count it as one, and neither does anybody (F-70).
      if (opened.incoming.kind !== "message") {
        if (this.row.kind === "direct") this.#stop("client/wrong-order");
        return await this.#gap(entry, "client/wrong-order", opened.incoming.sender.credential.identity);
      }
      await this.#advance(opened);
      await this.#content(entry, opened.incoming);
    } catch (error) {
      if (!this.row.begun) return;
      // Its key went with a letter after it, and it is here all the same: a member gave it.
      if (await this.#intake.isGiven(entry.index)) return;
      await this.#unreadable(entry, foreignCode(error));
    }
  }

  /** People whom the next commit adds: whatever proves itself is believed (F-64). */
  async #introduction(entry: LogEntry, { epoch, frame }: MessageEntry): Promise<void> {
    const people = epoch === this.#group.epoch ? await openIntroduction(this.#member, this.#group, frame) : undefined;
    if (people === undefined) return this.#gap(entry, "client/bad-introduction");
    await takeIntroduction(this.#member, this.#draft, this.#placer, people);
  }

  async #content(entry: LogEntry, opened: Extract<Incoming, { readonly kind: "message" }>): Promise<void> {
    const { content, sender, epoch, signed } = opened;
    const { identity, device } = sender.credential;
    const from = {
      sender: identity,
      device,
      index: entry.index,
      isRestored: this.#isRestored,
      signed: { ...signed, epoch, leaf: sender.leaf },
    };
    const taken = await this.#intake.take(content, from);
    if (taken.kind === "refused") await this.#gap(entry, taken.code, identity);
  }

  async #own(entry: LogEntry, sent: SentRow): Promise<void> {
    const key = concatKey(this.row.id, sent.sequence);
    const waiting = await outboxShelf.get(this.#member.store, key);
    if (isInBranch(entry.index) && waiting?.visible === false)
      return outboxShelf.put(this.#draft, key, { ...waiting, receipted: true });
    sentShelf.remove(this.#draft, entry.leafHash);
    // Sealed twice after an unclear refusal, and both were taken: the first of them stands.
    if (waiting === undefined) return;
    const { index, bytes } = entry;
    const out = bytes ? { ...waiting, sealed: { epoch: this.#group.epoch, entry: bytes } } : waiting;
    if (out.receipted && !(await this.#agrees(entry, out.id))) return this.#stop("client/wrong-receipt");
    const place = { index, state: out.receipted ? "at-station" : "leaving" } as const;
    await placeOwn(this.#member, this.#draft, this.#placer, { sequence: sent.sequence, out }, place);
  }

  /** Whether the hub's receipt names the index where the entry stands. */
  async #agrees(entry: LogEntry, id: Uint8Array): Promise<boolean> {
    const held = await receiptShelf.get(this.#member.store, id);
    const receipt = held && decodeReceipt(held.receipt);
    return receipt === undefined || (receipt.ok && receipt.value.index === entry.index);
  }

  async #commit(entry: LogEntry, commit: CommitEntry, sent: SentRow | undefined): Promise<void> {
    if (sent !== undefined) {
      await this.#merge(entry);
      return this.#revoked(commit);
    }
    if (await this.#beginsOurs(commit)) return this.#stands();
    if (commit.epoch < this.row.joinedEpoch || (await this.#hasEnded(entry, commit))) return;
    if (commit.epoch !== this.#group.epoch) {
      // Of a line whose beginning was refused, or, before the commit that brought us in, of one that is none of ours.
      const isOfAnother = commit.epoch > this.#group.epoch && (isRefused(this.row) || !this.row.begun);
      return isOfAnother ? undefined : this.#stop("client/wrong-order");
    }
    try {
      await this.#open(entry, commit);
    } catch (error) {
      const code = foreignCode(error);
      if (this.row.kind === "direct") return this.#stop(code);
      if (code !== "e2e/unknown-psk") return this.#refuse(entry, commit, code);
      const key = await awaitsKey(this.#member, this.row, entry.leafHash, this.#group);
      if (key.waits) this.#awaited = entry;
      else await this.#refuse(entry, commit, code, key.whose);
    }
  }

  /** A log that continues another begins with the commit that ended that one, which was read there (M-7). */
  async #hasEnded({ index, leafHash }: LogEntry, { epoch }: CommitEntry): Promise<boolean> {
    if (index !== 1 || epoch >= this.#group.epoch) return false;
    return (await leafShelf.get(this.#member.store, leafHash)) !== undefined;
  }

  /** The room goes on in another log, when the commit says so. */
  async #continue(before: MlsGroup): Promise<void> {
    if (this.row.stopped) return;
    const contexts = { conversation: this.row.id, before: before.context, after: this.#group };
    const room = await takeContinued(this.#member, this.#draft, this.#log, contexts);
    if (room === undefined || equalBytes(room.log, this.#log)) return;
    this.#placer.row = { ...this.row, room, mirrored: false };
  }

  /** Whether a commit names the keys of the group's own epoch: the one that began it, or one that leads the room back to it (F-72). */
  async #beginsOurs(commit: CommitEntry): Promise<boolean> {
    if (this.row.kind === "direct" || commit.epoch + 1 !== this.#group.epoch) return false;
    return namesKeysOf(this.#member, commit, this.#group);
  }

  /** The room stands where the group does. */
  #stands(): void {
    if (isRefused(this.row)) this.#hasReturned = true;
    const returns = this.row.returns + (isRefused(this.row) ? 1 : 0);
    this.#placer.row = { ...this.row, begun: true, refused: NOTHING, shutOut: false, returns };
  }

  async #open(entry: LogEntry, commit: CommitEntry): Promise<void> {
    const { mls, groups } = this.#member;
    const opened = await mls.open(this.#group, commit.frame);
    if (opened.incoming.kind !== "commit") return this.#refuse(entry, commit, "client/wrong-order");
    const refusal = await commitRefusal(this.#member, this.row, commit, {
      incoming: opened.incoming,
      before: this.#group,
      after: opened.group,
    });
    if (refusal !== undefined) {
      if (this.row.kind === "direct") return this.#stop(refusal.code);
      return this.#refuse(entry, commit, refusal.code, { by: opened.incoming.sender.credential, why: refusal.why });
    }
    const pending = await groups.pending(this.row.id);
    // Ours lost the race to one that may stand.
    if (pending !== undefined) await this.#drop(pending);
    await this.#go(commit, opened);
  }

  async #go(commit: CommitEntry, opened: Awaited<ReturnType<Member["mls"]["open"]>>): Promise<void> {
    const { incoming } = opened;
    if (incoming.kind !== "commit") return;
    const before = this.#group;
    await this.#advance(opened);
    this.#stands();
    if (incoming.left) {
      this.#step.left(incoming.sender.credential);
      this.#placer.row = { ...this.row, state: "closed" };
      // In its own place, which it did not ask for: it asks to be let in once more.
      const isReplaced = incoming.change.added.some((one) =>
        equalBytes(one.device, this.#member.device.credential.device),
      );
      if (isReplaced) waitingShelf.put(this.#draft, this.row.id, { atMs: 0 });
      return;
    }
    if (this.row.kind === "group")
      await this.#took({
        before,
        after: this.#group,
        by: incoming.sender.credential,
        ...incoming,
        psk: incoming.change.psk,
      });
    // Whoever asked to be let in is in.
    const { members } = incoming.change;
    for (const { credential } of incoming.added)
      if (members.some((one) => equalBytes(one.credential.identity, credential.identity)))
        isLetIn(this.#member, this.#draft, this.row.id, credential);
    this.#revoked(commit);
    await this.#continue(before);
  }

  async #took(commit: GroupCommit): Promise<void> {
    this.#step.take(commit);
    if (commit.psk !== undefined) await keyIsUsed(this.#member, this.#draft, this.row.id, commit.psk);
  }

  /** A commit that does not count (F-70): the group stays as it is, and so does a commit of ours that waits. */
  async #refuse(entry: LogEntry, commit: CommitEntry, code: string, whose?: Refused): Promise<void> {
    if (!this.row.begun) return;
    // Whoever came may have been introduced in an entry that is gone: who is behind by that asks to be let in (F-104).
    if (code === "e2e/bad-credential") waitingShelf.put(this.#draft, this.row.id, { atMs: 0 });
    if (whose === undefined) await this.#gap(entry, code);
    else this.#step.unlawful(whose);
    const fault: ClientCode = "client/unlawful-change";
    const shutOut = this.row.shutOut || commit.revokesReaders;
    this.#placer.row = { ...this.row, state: "fault", fault, refused: entry.leafHash.slice(), shutOut };
    this.#revoked(commit);
  }

  /** The room, and a mirror of it, are opened anew with the keys of this epoch. */
  #revoked({ revokesReaders }: CommitEntry): void {
    if (!revokesReaders) return;
    this.#revokes = true;
    this.#placer.row = { ...this.row, mirrored: false };
  }

  /** Another commit came first: ours is forgotten, and made again from the new epoch if it is still wanted. */
  async #drop(pending: Pending): Promise<void> {
    const { mls, hasher } = this.#member;
    const lost = await commitEntry(this.#member, this.#group, pending);
    sentShelf.remove(this.#draft, hasher.leaf(lost));
    await this.#advance(mls.drop(this.#group, pending));
  }

  /** Our own commit stands in the log: everything before it was of the old epoch and is read. */
  async #merge(entry: LogEntry): Promise<void> {
    const { mls, groups } = this.#member;
    sentShelf.remove(this.#draft, entry.leafHash);
    const pending = await groups.pending(this.row.id);
    // Merged already with its receipt: the first commit of a room (F-4).
    if (pending === undefined) return;
    const before = this.#group;
    await this.#advance(await mls.merge(before, pending));
    this.#stands();
    const by = this.#member.device.credential;
    const psk = await ownKeyOf(this.#member.store, this.row.id, this.#group.epoch);
    if (this.row.kind === "group") await this.#took(ownCommit(before, this.#group, by, psk));
    // A commit without a path renewed nothing (G-1).
    this.#placer.row = { ...this.row, renew: pending.renew, renewLater: this.row.renewLater && pending.renew };
    await markHanding(this.#member, this.#draft, this.row, await this.#intake.chains());
    await this.#continue(before);
  }

  async #advance(step: Pick<Step, "group" | "writes">): Promise<void> {
    const { groups, secrets, clock } = this.#member;
    const hasBegun = step.group.epoch !== this.#group.epoch;
    this.#group = step.group;
    groups.advance(this.#draft, this.row.id, step.group, step.writes);
    if (hasBegun) await secrets.keep(this.#draft, this.row.id, step.group, clock.nowMs());
  }

  #stop(code: string): void {
    this.#placer.row = { ...this.row, state: "fault", fault: code, stopped: true };
  }

  async #gap(entry: LogEntry, code: string, sender?: Uint8Array): Promise<void> {
    await this.#placer.gap(gapLine(this.#member, entry, code, sender));
  }
}
