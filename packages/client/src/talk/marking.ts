/*
 * Taking marks within one transaction (C-33 to C-35). A mark whose target is here is judged and joined at once; any other waits
 * under the target's id, and is judged when the target comes: by the log, from a member, or from another device of one's own.
 */
import { idText } from "@chapar/wire";
import { equalBytes, toBase64Url } from "@chapar/wire/bytes";
import { decodeMimi } from "@chapar/wire/content";
import { pollIn } from "@chapar/wire/talk";
import { chainsOf } from "../conversation/chain-rows.ts";
import {
  type ConversationRow,
  type LetterPlace,
  messageShelf,
  type MessageRow,
  outboxShelf,
  whereShelf,
} from "../conversation/rows.ts";
import type { ToldMark } from "../conversation/told.ts";
import type { Member } from "../core.ts";
import { letterKey, letterShelf } from "../repair/kept-rows.ts";
import { concatKey } from "../store/keys.ts";
import type { Draft } from "../store/shelf.ts";
import { isHidden } from "./hidden.ts";
import { KINDS, type MarkKind, markKey } from "./kinds.ts";
import { type MarkEntry, type MarkOrder, markShelf, NO_TALK, PENDING, type TalkRow, talkShelf } from "./mark-rows.ts";
import { type RosterRow, rosterShelf } from "../groups/roster-row.ts";
import { rightsIn } from "./rights.ts";

/** Targets of one conversation that marks wait for (C-35). */
const WAITING = 128;
/** Letters that are pinned in one conversation (C-35). */
const PINS = 100;
const NOTHING = new Uint8Array(0);

/** Kinds whose rows go with a deleted message. */
const GOES_WITH: readonly MarkKind[] = [KINDS.edit, KINDS.reaction, KINDS.pin, KINDS.vote, KINDS.closing];
/** Kinds that only a poll takes, and those that stand in the order of the log itself (C-71). */
const OF_POLLS: readonly MarkKind[] = [KINDS.vote, KINDS.closing];

/** A mark as it was read from a letter, or made here. `body` is what its kind keeps of the content. */
export type Mark = Omit<MarkEntry, "body" | "gone"> & {
  readonly content: Uint8Array;
  /** the entry's place in the log; PENDING while it has none */
  readonly index: number;
};

/** Takes marks of one conversation within one transaction. */
export class Marking {
  readonly #member: Member;
  readonly #draft: Draft;
  readonly #row: ConversationRow;
  #roster: RosterRow | undefined;

  constructor(member: Member, draft: Draft, row: ConversationRow) {
    this.#member = member;
    this.#draft = draft;
    this.#row = row;
  }

  /** Joins a mark, or keeps it until its target comes. What its writer may not do changes nothing. */
  async take(told: ToldMark, { content, index, ...mark }: Mark): Promise<void> {
    const kind = KINDS[told.kind];
    const at = OF_POLLS.includes(kind) ? index : mark.at;
    const entry: MarkEntry = { ...mark, at, body: told.kind === "edit" ? content.slice() : NOTHING, gone: false };
    await this.#look();
    const { pins } = rightsIn(this.#roster, this.#row, mark.by);
    if (told.kind === "pin" && !pins) return;
    const { store } = this.#member;
    const where = await whereShelf.now(this.#draft, store, told.target);
    if (where === undefined) return this.#wait(kind, told, entry);
    if (!equalBytes(where.conversation, this.#row.id)) return;
    const key = concatKey(this.#row.id, where.at);
    if (!where.placed) return this.#onQueued(kind, told, entry, key);
    const line = await messageShelf.now(this.#draft, store, key);
    if (line?.kind !== "message" || !this.#may(kind, entry, line)) return;
    if (line.marked === "deleted") return kind === KINDS.edit ? this.#dropVersion(entry) : undefined;
    await this.#join(kind, told, entry, true);
    const marked = told.kind === "deletion" ? await this.#erased(line, "deleted") : marking(line);
    messageShelf.put(this.#draft, key, marked);
    this.#tell(told.target, told.kind === "deletion");
  }

  /** A line as it is to be placed: with the marks that waited for it, as far as their writers may. */
  async meet(line: MessageRow): Promise<MessageRow> {
    const { store } = this.#member;
    await this.#look();
    if (isHidden(this.#member, line.id)) {
      await this.#forget(line);
      return this.#erased(line, "hidden");
    }
    let met = line;
    let isAwaited = false;
    let isDeleted = false;
    for (const kind of new Set(Object.values(KINDS))) {
      const key = markKey(line.id, kind);
      const held = await markShelf.now(this.#draft, store, key);
      if (held === undefined) continue;
      isAwaited = true;
      const may = held.filter((entry) => this.#may(kind, entry, line));
      if (may.length === 0) markShelf.remove(this.#draft, key);
      else markShelf.put(this.#draft, key, may);
      if (may.length > 0) met = marking(met);
      isDeleted ||= may.length > 0 && kind === KINDS.deletion;
    }
    if (isAwaited) await this.#forget(line);
    return isDeleted ? this.#erased(met, "deleted") : met;
  }

  /** Who may do what is judged as of here in the log: a commit of the same transaction may have changed it. */
  async #look(): Promise<void> {
    if (this.#row.kind === "group") this.#roster = await rosterShelf.now(this.#draft, this.#member.store, this.#row.id);
  }

  /** Deletes a line's content on this device only. */
  async hide(line: MessageRow, position: number): Promise<void> {
    const key = concatKey(this.#row.id, position);
    messageShelf.put(this.#draft, key, await this.#erased(line, "hidden"));
    this.#tell(line.id, true);
  }

  /** The time of a line is over: nothing stays of it but its place (C-63). */
  async expire(line: MessageRow, position: number): Promise<void> {
    const erased = await this.#erased(line, "hidden");
    const place = { ...erased, kind: "gap", mine: false, code: "client/disappeared", marked: "none" } as const;
    messageShelf.put(this.#draft, concatKey(this.#row.id, position), { ...place, letter: undefined });
    markShelf.remove(this.#draft, markKey(line.id, KINDS.deletion));
    this.#tell(line.id, true);
  }

  /** An own mark that the station will never take is none. */
  async refused(told: ToldMark, id: Uint8Array): Promise<void> {
    const key = markKey(told.target, KINDS[told.kind]);
    const held = await markShelf.now(this.#draft, this.#member.store, key);
    if (held === undefined) return;
    markShelf.put(
      this.#draft,
      key,
      held.filter((entry) => !equalBytes(entry.id, id)),
    );
    this.#tell(told.target, false);
  }

  #may(kind: MarkKind, { by }: MarkEntry, { sender: author, content }: MessageRow): boolean {
    const { may } = kind;
    if (OF_POLLS.includes(kind) ? !isPoll(content) : kind === KINDS.edit && isPoll(content)) return false;
    if (may === "anyone" || equalBytes(by, author)) return true;
    return may === "author-or-moderator" && rightsIn(this.#roster, this.#row, by).moderates;
  }

  async #join(kind: MarkKind, told: ToldMark, entry: MarkEntry, isJudged: boolean): Promise<void> {
    const key = markKey(told.target, kind);
    const held = (await markShelf.now(this.#draft, this.#member.store, key)) ?? [];
    const joined = kind.join(held, told, entry, isJudged);
    markShelf.put(this.#draft, key, joined);
    if (told.kind === "pin") await this.#pinned(told.target, joined[0]?.gone === false);
  }

  /** Of an own letter that is not in the log yet: nobody else has it to mark it. */
  async #onQueued(kind: MarkKind, told: ToldMark, entry: MarkEntry, key: Uint8Array): Promise<void> {
    const out = await outboxShelf.now(this.#draft, this.#member.store, key);
    if (out?.visible !== true || (OF_POLLS.includes(kind) && !isPoll(out.content))) return;
    await this.#join(kind, told, entry, true);
    outboxShelf.put(this.#draft, key, { ...out, marked: true });
    this.#tell(told.target, told.kind === "deletion");
  }

  async #wait(kind: MarkKind, told: ToldMark, entry: MarkEntry): Promise<void> {
    await this.#join(kind, told, entry, false);
    const talk = await this.#talk();
    if (talk.waiting.some((target) => equalBytes(target, told.target))) return;
    const waiting = [...talk.waiting, told.target.slice()];
    const [dropped] = waiting.length > WAITING ? waiting.splice(0, 1) : [];
    if (dropped !== undefined) {
      for (const one of Object.values(KINDS)) markShelf.remove(this.#draft, markKey(dropped, one));
    }
    talkShelf.put(this.#draft, this.#row.id, { ...talk, waiting });
  }

  /** Nothing waits for a line any more. */
  async #forget(line: MessageRow): Promise<void> {
    const talk = await this.#talk();
    const waiting = talk.waiting.filter((target) => !equalBytes(target, line.id));
    if (waiting.length < talk.waiting.length) talkShelf.put(this.#draft, this.#row.id, { ...talk, waiting });
  }

  async #pinned(target: Uint8Array, isPinned: boolean): Promise<void> {
    const talk = await this.#talk();
    const others = talk.pins.filter((one) => !equalBytes(one, target));
    const pins = isPinned ? [...others, target.slice()].slice(-PINS) : others;
    talkShelf.put(this.#draft, this.#row.id, { ...talk, pins });
    this.#draft.after(() => this.#member.events.emit({ type: "talk", conversation: idText(this.#row.id) }));
  }

  async #talk(): Promise<TalkRow> {
    return (await talkShelf.now(this.#draft, this.#member.store, this.#row.id)) ?? NO_TALK;
  }

  /** A line without its content; what else of it is in the store goes too. */
  async #erased(line: MessageRow, marked: "deleted" | "hidden"): Promise<MessageRow> {
    const versions = await markShelf.now(this.#draft, this.#member.store, markKey(line.id, KINDS.edit));
    for (const version of versions ?? []) await this.#dropVersion(version);
    for (const kind of GOES_WITH) markShelf.remove(this.#draft, markKey(line.id, kind));
    if (line.letter !== undefined) this.#dropLetter(line.letter);
    const { pins } = await this.#talk();
    if (pins.some((target) => equalBytes(target, line.id))) await this.#pinned(line.id, false);
    return { ...line, content: NOTHING, marked: line.marked === "hidden" ? "hidden" : marked };
  }

  /** The letter of an edit. */
  async #dropVersion({ at, device, seq }: MarkOrder): Promise<void> {
    // Its letter is made when it leaves, and goes when it is read back.
    if (at === PENDING) return;
    const chains = await chainsOf(this.#member.store, this.#row);
    const devices = [this.#member.device.credential.device, ...chains.map((chain) => chain.device)];
    const whole = devices.find((one) => equalBytes(one.subarray(0, device.byteLength), device));
    if (whole !== undefined) this.#dropLetter({ device: whole, sequence: seq });
  }

  #dropLetter({ device, sequence }: LetterPlace): void {
    letterShelf.remove(this.#draft, letterKey(this.#row.id, device, sequence));
  }

  #tell(target: Uint8Array, isDeleted: boolean): void {
    const { events } = this.#member;
    const told = { conversation: idText(this.#row.id), message: toBase64Url(target) };
    this.#draft.after(() => events.emit({ type: "message", ...told, change: isDeleted ? "deleted" : "changed" }));
  }
}

function isPoll(content: Uint8Array): boolean {
  const decoded = decodeMimi(content);
  return decoded.ok && pollIn(decoded.value) !== undefined;
}

function marking(line: MessageRow): MessageRow {
  return line.marked === undefined || line.marked === "none" ? { ...line, marked: "some" } : line;
}
