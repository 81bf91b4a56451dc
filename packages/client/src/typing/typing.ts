/*
 * That people are typing, over one link (protocol/5-content.md §13): told at the first key and then seldom, shown for seconds, kept
 * nowhere. Whatever a station does with it costs a line that says so for those seconds.
 */
import type { MlsGroup } from "@chapar/e2e";
import { idText } from "@chapar/wire";
import { equalBytes, fromBase64Url, toHex } from "@chapar/wire/bytes";
import type { ClientEvent } from "../api.ts";
import { blockedSince } from "../chats/blocks.ts";
import { type ConversationRow, messageShelf, type RoomRow } from "../conversation/rows.ts";
import { whereOf } from "../conversation/where.ts";
import type { Member } from "../core.ts";
import type { Ephemeral, StationLink } from "../link/station-link.ts";
import { isPaused } from "../safety/forks.ts";
import type { SessionTools } from "../session/part.ts";
import { concatKey } from "../store/keys.ts";
import { isOpenTalk, isTyped } from "./rules.ts";
import { openTyping, sealTyping, typingKey, type TypingPlace } from "./sealing.ts";

/** Told again after this long, while the person goes on. */
const TELL_EVERY_MS = 4_000;
/** Shown for this long after it was told last. */
const SHOW_MS = 6_000;
/** How far a clock may be from this one: what is older is told late. */
const CLOCKS_APART_MS = 120_000;
/** People of the largest group in which it is told. */
const MOST_PEOPLE = 64;
/** As many as are looked at together; a station that sends more is not listened to. */
const MOST_AT_ONCE = 8;
/** Lines at either end of a conversation that are looked at for who has written in it. */
const LINES = 64;

/** What is known of a conversation while the link lives. */
interface Room {
  /** of the epoch that was last needed */
  place: TypingPlace | undefined;
  toldAtMs: number;
  /** both sides have written */
  isAnswered: boolean;
  /** by device, as hex: what it said last, by its own clock */
  readonly heard: Map<string, number>;
  /** by identity: until when it is shown */
  readonly shown: Map<string, { readonly identity: Uint8Array; readonly untilMs: number }>;
}

interface Place extends TypingPlace {
  readonly group: MlsGroup;
}

/** Tells and hears over one link. */
export class Typing {
  readonly #member: Member;
  readonly #access: SessionTools["access"];
  readonly #link: StationLink;
  readonly #life = new AbortController();
  readonly #rooms = new Map<string, Room>();
  readonly #stopEvents: () => void;
  #isTaken = false;
  #busy = 0;

  constructor(member: Member, access: SessionTools["access"], link: StationLink) {
    this.#member = member;
    this.#access = access;
    this.#link = link;
    link.onEphemeral((ephemeral) => this.#hear(ephemeral));
    member.typing.tell = (row) => this.#tell(row);
    this.#stopEvents = member.events.subscribe((event) => this.#noticed(event));
  }

  /** Asks for it, or for no more of it, as the person has it now; a station that does not know it has none to give (W-83). */
  async follow(): Promise<void> {
    const on = isTyped(this.#member);
    if (on === this.#isTaken || this.#link.isEnded) return;
    this.#isTaken = on;
    if (!on) for (const name of this.#rooms.keys()) this.#clear(name);
    await this.#link.ask({ type: "ephemeral.take", on: on ? 1 : 0 }, "done").catch(() => (this.#isTaken = false));
  }

  end(): void {
    this.#life.abort();
    this.#stopEvents();
    for (const name of this.#rooms.keys()) this.#clear(name);
    this.#member.typing.tell = undefined;
  }

  #room(name: string): Room {
    const held = this.#rooms.get(name);
    if (held !== undefined) return held;
    const made: Room = {
      place: undefined,
      toldAtMs: Number.NEGATIVE_INFINITY,
      isAnswered: false,
      heard: new Map(),
      shown: new Map(),
    };
    this.#rooms.set(name, made);
    return made;
  }

  /** Whether it is told and shown in a conversation (C-122). */
  async #isIn(row: ConversationRow, room: Room): Promise<boolean> {
    const { book, own } = this.#member;
    if (!isTyped(this.#member) || !isOpenTalk(row)) return false;
    const others = book.others(row);
    if (others.length >= MOST_PEOPLE || others.some((one) => blockedSince(own, one) !== undefined)) return false;
    room.isAnswered ||= await this.#isAnswered(row);
    return room.isAnswered;
  }

  /** Whether this person has written in it, and of two people the other as well: before, it is one's wish to talk. */
  async #isAnswered({ id, kind }: ConversationRow): Promise<boolean> {
    const { store } = this.#member;
    const [first, last] = await Promise.all(
      [false, true].map((reverse) => messageShelf.range(store, { prefix: id, limit: LINES, reverse })),
    );
    const written = [...(first ?? []), ...(last ?? [])].filter(({ value }) => value.kind === "message");
    return written.some(({ value }) => value.mine) && (kind === "group" || written.some(({ value }) => !value.mine));
  }

  /** Where it is said now; the key is made once an epoch. */
  async #place(row: ConversationRow, log: Uint8Array, room: Room): Promise<Place | undefined> {
    const { book, groups } = this.#member;
    return book.lane(row.id).run(async () => {
      const group = await groups.load(row.id);
      if (group === undefined) return undefined;
      const { epoch } = group;
      if (room.place?.epoch !== epoch || !equalBytes(room.place.log, log))
        room.place = { log, epoch, key: await typingKey(this.#member, group) };
      return { ...room.place, group };
    });
  }

  #tell(row: ConversationRow): void {
    const room = this.#room(idText(row.id));
    const nowMs = this.#member.clock.nowMs();
    if (nowMs - room.toldAtMs < TELL_EVERY_MS || row.room === undefined || !this.#isTaken) return;
    room.toldAtMs = nowMs;
    // What cannot be told now is not told: nobody waits for it.
    this.#say(row, row.room, room, nowMs).catch(() => undefined);
  }

  async #say(row: ConversationRow, inRoom: RoomRow, room: Room, nowMs: number): Promise<void> {
    const member = this.#member;
    if (isPaused(member, row) || !(await this.#isIn(row, room))) return;
    const place = await this.#place(row, inRoom.log, room);
    if (place === undefined) return;
    // Outside of the lane: letters do not wait for it.
    await this.#access.openWrite(this.#link, row, inRoom, place.group);
    const sealed = await sealTyping(member, place, member.device, nowMs);
    if (!this.#life.signal.aborted) this.#link.say({ type: "ephemeral", log: inRoom.log, sealed });
  }

  #hear({ log, sealed }: Ephemeral): void {
    const row = this.#member.book.ofLog(log);
    if (row?.room === undefined || this.#busy >= MOST_AT_ONCE) return;
    this.#busy += 1;
    this.#open(row, row.room, sealed.slice())
      .catch(() => undefined)
      .finally(() => (this.#busy -= 1));
  }

  async #open(row: ConversationRow, { log }: RoomRow, sealed: Uint8Array): Promise<void> {
    const member = this.#member;
    const name = idText(row.id);
    const room = this.#room(name);
    if (!(await this.#isIn(row, room))) return;
    const place = await this.#place(row, log, room);
    const said = place && (await openTyping(member, place, sealed));
    if (said === undefined) return;
    const sender = place?.group.members().find(({ credential }) => equalBytes(credential.device, said.device));
    const identity = sender?.credential.identity;
    if (identity === undefined || equalBytes(identity, member.device.credential.identity)) return;
    const nowMs = member.clock.nowMs();
    const device = toHex(said.device);
    // Late, or again (C-124).
    if (Math.abs(nowMs - said.timeMs) > CLOCKS_APART_MS || said.timeMs <= (room.heard.get(device) ?? 0)) return;
    room.heard.set(device, said.timeMs);
    room.shown.set(idText(identity), { identity: identity.slice(), untilMs: nowMs + SHOW_MS });
    await this.#show(name, room);
    await member.clock.sleep(SHOW_MS, this.#life.signal).catch(() => undefined);
    await this.#expire(name, room);
  }

  async #expire(name: string, room: Room): Promise<void> {
    const nowMs = this.#member.clock.nowMs();
    const over = [...room.shown].filter(([, { untilMs }]) => untilMs <= nowMs);
    for (const [identity] of over) room.shown.delete(identity);
    if (over.length > 0) await this.#show(name, room);
  }

  async #show(name: string, room: Room): Promise<void> {
    const { contacts, book, events } = this.#member;
    const people = await Promise.all(
      [...room.shown.values()].map(async ({ identity }) => {
        const known = (await contacts.get(identity))?.name ?? "";
        return { identity: idText(identity), name: known === "" ? (book.withPeer(identity)?.peerName ?? "") : known };
      }),
    );
    events.emit({ type: "typing", conversation: name, people });
  }

  #clear(name: string): void {
    const room = this.#rooms.get(name);
    if (room === undefined || room.shown.size === 0) return;
    room.shown.clear();
    this.#member.events.emit({ type: "typing", conversation: name, people: [] });
  }

  /** Whoever's letter is there types it no more. */
  #noticed(event: ClientEvent): void {
    if (event.type !== "message" || event.change !== "added") return;
    const room = this.#rooms.get(event.conversation);
    if (room !== undefined && room.shown.size > 0)
      this.#came(event.conversation, room, event.message).catch(() => undefined);
  }

  async #came(name: string, room: Room, message: string): Promise<void> {
    const { store } = this.#member;
    const where = await whereOf(store, fromBase64Url(message));
    const line = where && (await messageShelf.get(store, concatKey(where.conversation, where.at)));
    if (line !== undefined && room.shown.delete(idText(line.sender))) await this.#show(name, room);
  }
}
