/*
 * Repair (§7): asking members for what a station withholds, hearing what they say, and answering them. What a member says comes as a
 * knock into the inbox; it is on disk before the inbox's cursor passes it, so nothing of it is lost with a process.
 */
import { idText, type LogId } from "@chapar/wire";
import type { MlsGroup } from "@chapar/e2e";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow, RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { lastU64, u64Key } from "../store/keys.ts";
import { blob, fields, row } from "../store/record.ts";
import { Draft, shelf, type Shelf } from "../store/shelf.ts";
import type { LogShelf } from "../sync/log-shelf.ts";
import type { PageSource } from "../sync/room-pages.ts";
import type { OfferedPage } from "../sync/check-page.ts";
import { Answering, letterParts } from "./answering.ts";
import {
  openRepair,
  type RepairLetIn,
  type RepairLetters,
  type RepairMessage,
  type RepairMoved,
  type RepairPage,
  sealRepair,
  tagOf,
} from "./codec.ts";
import { inboxesOf, leave } from "./inboxes.ts";
import { letterShelf } from "./kept-rows.ts";
import { Restoring } from "./restoring.ts";
import { KEPT_MS } from "./secrets.ts";
import { wantedLetters } from "./wanted.ts";

/** Knocks of members that are read from disk at a time. */
const WAITING = 64;
/** Knocks that may come in one millisecond and keep their order. */
const HEARD_A_MS = 4096;
/** Pages without a head of their size, kept until those that belong to them are there. */
const PARTS_KEPT = 64;
/** Own letters that are given unasked when a log turns out to be forked. */
const GIVEN_UNASKED = 64;

interface HeardRow {
  readonly frame: Uint8Array;
}

/** `repair-in`: by the order in which they were heard; letters of one device are given in parts that follow each other. */
const heardShelf: Shelf<HeardRow> = shelf("repair-in", row<HeardRow>(1, fields<HeardRow>({ frame: blob })));

/** What happens with what members give. */
export interface RepairListener {
  /** offers a page to the room; whether it was used */
  offer(row: ConversationRow, page: OfferedPage, source: PageSource): Promise<boolean>;
  /** a device asks to be taken in */
  asked(row: ConversationRow, message: RepairLetIn): Promise<void>;
  /** somebody tells that their home is another now */
  moved(row: ConversationRow, message: RepairMoved): Promise<void>;
  /** messages came back */
  restored(row: ConversationRow, count: number): Promise<void>;
}

/** Asks members, and answers them. */
export class Repair {
  readonly #member: Member;
  readonly #inbox: LogId;
  readonly #listener: RepairListener;
  readonly #answering: Answering;
  readonly #restoring: Restoring;
  readonly #parts = new Map<string, RepairPage[]>();
  /** place of the newest knock that was heard */
  #heard = 0;
  /** sequences of own letters that were given unasked, by conversation: receipts need not come in the order of letters */
  readonly #given = new Map<string, Set<number>>();

  constructor(member: Member, logs: LogShelf, inbox: LogId, listener: RepairListener) {
    this.#member = member;
    this.#inbox = inbox;
    this.#listener = listener;
    this.#answering = new Answering(member, logs);
    this.#restoring = new Restoring(member);
  }

  /** A knock: kept when it is sealed under a secret of ours, with the inbox's cursor. @returns whether it was one */
  hear(draft: Draft, frame: Uint8Array): boolean {
    const tag = tagOf(frame);
    if (tag === undefined || this.#member.secrets.ofTag(tag) === undefined) return false;
    const { clock } = this.#member;
    this.#heard = Math.max(this.#heard + 1, clock.nowMs() * HEARD_A_MS);
    heardShelf.put(draft, u64Key(this.#heard), { frame: frame.slice() });
    return true;
  }

  /** Takes what was heard. */
  async run(link: StationLink): Promise<void> {
    const { store } = this.#member;
    for (;;) {
      const rows = await heardShelf.range(store, { limit: WAITING });
      for (const { key, value } of rows) {
        await this.#take(link, value.frame);
        const draft = new Draft();
        heardShelf.remove(draft, key);
        await draft.commit(store);
      }
      if (rows.length < WAITING) return;
    }
  }

  async #take(link: StationLink, frame: Uint8Array): Promise<void> {
    const { secrets, crypto, book } = this.#member;
    const tag = tagOf(frame);
    const found = tag && secrets.ofTag(tag);
    const message = found && (await openRepair(frame, found.secret, crypto));
    const chat = found && book.get(found.conversation);
    if (found === undefined || message === undefined || chat?.room === undefined) return;
    if (message.kind === "let-in") return this.#listener.asked(chat, message);
    if (message.kind === "moved") return this.#listener.moved(chat, message);
    // Older ones are kept for whoever was away to ask to be let in, and for nothing else.
    if (this.#member.clock.nowMs() - found.atMs > KEPT_MS && !this.#member.secrets.isNewest(found)) return;
    if (message.kind === "request") return this.#answering.answer(link, chat, message, found.secret);
    if (idText(message.log) !== idText(chat.room.log)) return;
    if (message.kind === "page") return this.#page(chat, chat.room, message);
    await this.#letters(link, chat, message, found.secret);
  }

  async #letters(link: StationLink, chat: ConversationRow, letters: RepairLetters, secret: Uint8Array): Promise<void> {
    const { groups, secrets } = this.#member;
    const group = await groups.load(chat.id);
    const isCurrent = group !== undefined && equalBytes(await secrets.of(group), secret);
    const { count, isEarly } = await this.#restoring.letters(chat, letters, isCurrent);
    if (count > 0) await this.#listener.restored(chat, count);
    if (isEarly) await this.ask(link, this.#member.book.get(chat.id) ?? chat, 0, 0);
  }

  async #page(chat: ConversationRow, room: RoomRow, page: RepairPage): Promise<void> {
    await this.#restoring.entries(room, page);
    const name = idText(room.log);
    const parts = [...(this.#parts.get(name) ?? []), page].slice(-PARTS_KEPT);
    this.#parts.set(name, parts);
    // A page that ends before its head is used with the ones after it.
    for (const whole of assembled(parts)) {
      if (await this.#listener.offer(chat, whole, { link: undefined, isRestored: true })) return this.#retire(name);
    }
  }

  #retire(name: string): void {
    this.#parts.delete(name);
  }

  /** Asks every other member for a range of entries, and for letters. @returns how many inboxes took the request */
  async ask(link: StationLink, chat: ConversationRow, from: number, to: number): Promise<number> {
    const { groups, profile } = this.#member;
    const group = await groups.load(chat.id);
    if (group === undefined || chat.room === undefined) return 0;
    const request = {
      kind: "request",
      conversation: chat.id,
      log: chat.room.log,
      from,
      to: Math.max(from, to),
      wants: await wantedLetters(this.#member, chat),
      inbox: this.#inbox,
      home: profile.row.home.station,
    } as const;
    return this.#say(link, chat, group, [request]);
  }

  /**
   * Gives the other members the newest own letters unasked, once each: of a conversation without its log they would not come
   * otherwise.
   */
  async give(link: StationLink, was: ConversationRow): Promise<void> {
    const { book, groups, store, device } = this.#member;
    const chat = book.get(was.id);
    const group = await groups.load(was.id);
    if (chat?.room === undefined || group === undefined) return;
    const name = idText(chat.id);
    const given = this.#given.get(name) ?? new Set<number>();
    this.#given.set(name, given);
    const next = given.size === 0 ? chat.ownSequence : Math.max(...given) + 1;
    const from = Math.max(0, next - GIVEN_UNASKED);
    const own = device.credential.device;
    const held = await letterShelf.range(store, { prefix: concatBytes(chat.id, own), from: u64Key(from) });
    const rows = held.filter(({ key }) => !given.has(lastU64(key)));
    if (rows.length === 0) return;
    const parts = letterParts(
      chat.room.log,
      own,
      rows.map(({ value }) => value),
    );
    if ((await this.#say(link, chat, group, parts)) === 0) return;
    for (const { key } of rows) given.add(lastU64(key));
    for (const sequence of given) if (sequence < from) given.delete(sequence);
  }

  /** @returns how many inboxes took all of it */
  async #say(
    link: StationLink,
    chat: ConversationRow,
    group: MlsGroup,
    parts: readonly RepairMessage[],
  ): Promise<number> {
    const { secrets, crypto } = this.#member;
    const secret = await secrets.of(group);
    let reached = 0;
    for (const inbox of await inboxesOf(this.#member, chat)) {
      let isTaken = true;
      for (const part of parts) {
        isTaken = (await leave(this.#member, link, inbox, await sealRepair(part, secret, crypto))) && isTaken;
      }
      if (isTaken) reached += 1;
    }
    return reached;
  }
}

/** Pages put together that follow each other, shortest first. */
function assembled(parts: readonly RepairPage[]): readonly OfferedPage[] {
  const sorted = [...parts].sort((a, b) => a.first - b.first);
  return sorted.flatMap((start, at) => {
    const whole: OfferedPage[] = [];
    let entries: Uint8Array[] = [];
    for (const next of sorted.slice(at)) {
      if (next.first !== start.first + entries.length) continue;
      entries = [...entries, ...next.entries];
      whole.push({ first: start.first, entries, head: next.head });
    }
    return whole;
  });
}
