/*
 * Taking letters into a conversation, whether they were opened from its log or given back by a member, within one transaction.
 * Each follows its sender's chain (F-24): what was skipped gets a line for each letter, and a letter that comes late takes the
 * line that stood for it (R-22).
 */
import { concatBytes, equalBytes, toHex } from "@chapar/wire/bytes";
import type { ToldChain } from "@chapar/wire/content";
import type { Member } from "../core.ts";
import type { ClientCode } from "../errors.ts";
import {
  type AwaitedRow,
  awaitedShelf,
  epochContextShelf,
  holeShelf,
  letterKey,
  letterShelf,
  type LetterSignature,
} from "../repair/kept-rows.ts";
import { isHidden } from "../chats/blocks.ts";
import { placeInTime } from "../due/placing.ts";
import { hearChain } from "../safety/told-chain.ts";
import { concatKey, lastU64, u64Key } from "../store/keys.ts";
import type { Draft } from "../store/shelf.ts";
import { type ChainVerdict, followChain, startChain } from "./chain.ts";
import { Marking } from "../talk/marking.ts";
import { DEVICE_BYTES } from "../talk/mark-rows.ts";
import { mentionsPerson, mentionedAt } from "../talk/mentioned.ts";
import { hearSeen } from "../talk/seen.ts";
import { toldShelf } from "../devices/handing-row.ts";
import { putOwnOps } from "../devices/own-chain.ts";
import { baseOf } from "../moving/continuation.ts";
import { takeOwnLetter } from "../devices/own-letters.ts";
import { type ReadLetter, readLetter, type ToldMessage, type ToldProfile } from "./told.ts";
import type { Placer } from "./placer.ts";
import { chainKey, type ChainRow, chainShelf, chainsOf } from "./chain-rows.ts";
import { messageShelf, type MessageRow, type RoomRow, whereShelf } from "./rows.ts";

/** Lines for letters that were skipped at once; the rest of them share one. */
const LINES = 64;
/** Letters of a device among which one of an entry is looked for. */
const LOOKED_AT = 256;
const NOTHING = new Uint8Array(0);

/** Whose letter it is, and how it came. */
export interface LetterSource {
  readonly sender: Uint8Array;
  readonly device: Uint8Array;
  /** of its entry in the room's log */
  readonly index: number;
  /** a member gave it, not a station */
  readonly isRestored: boolean;
  /** what shows to others who wrote it (N-20); undefined for what a member gave */
  readonly signed?: LetterSignature & { readonly context: Uint8Array };
}

/** What became of a letter. `known`: it was there already. */
export type Taken = { readonly kind: "taken" | "known" } | { readonly kind: "refused"; readonly code: string };

/** Takes letters of one conversation within one transaction. */
export class Intake {
  readonly #member: Member;
  readonly #draft: Draft;
  readonly #placer: Placer;
  readonly #room: RoomRow;
  readonly #asksOut: (identity: Uint8Array) => void;
  /** rows of this transaction; the store does not have them yet. undefined: removed */
  readonly #awaited = new Map<string, AwaitedRow | undefined>();
  readonly #chains = new Map<string, ChainRow>();
  readonly #filled = new Set<number>();
  #awaits = false;
  /** the epoch whose context was kept in this transaction last */
  #epoch: number | undefined;
  /** holes of this transaction, less those whose letters were told of in it */
  holes = 0;

  /** @param asksOut  somebody has left a group and is to be taken out */
  constructor(
    member: Member,
    draft: Draft,
    placer: Placer,
    room: RoomRow,
    asksOut: (identity: Uint8Array) => void = () => undefined,
  ) {
    this.#asksOut = asksOut;
    this.#member = member;
    this.#draft = draft;
    this.#placer = placer;
    this.#room = room;
  }

  /** Whether a letter told of others that are missing. */
  get awaits(): boolean {
    return this.#awaits;
  }

  /** Takes a letter; after a refusal nothing has changed. */
  async take(plaintext: Uint8Array, from: LetterSource): Promise<Taken> {
    const { store, sha256, clock } = this.#member;
    const { row } = this.#placer;
    const context = { sender: from.sender, conversation: row.id, sha256, nowMs: clock.nowMs() };
    const read = readLetter(plaintext, context);
    if (!read.ok) return { kind: "refused", code: read.code };
    const { id, sequence, previous, hash } = read.value;
    if ((await whereShelf.get(store, id)) !== undefined) return { kind: "known" };
    const known = await this.#chain(from.device);
    const chain = known ?? startChain(from.device);
    // Sealed anew for another epoch or log (J-6, M-9): what has no line of its own is known by its bytes.
    const key = letterKey(row.id, from.device, sequence);
    const before = sequence < chain.nextSequence ? await letterShelf.get(store, key) : undefined;
    if (before !== undefined && equalBytes(before.letter, plaintext)) return { kind: "known" };
    const followed = followChain(chain, read.value);
    if (!followed.ok) return { kind: "refused", code: followed.code };
    // What somebody wrote before this device came into a group is not missing here, and not asked for (F-74).
    const isFirst = row.kind !== "direct" && known === undefined;
    const verdict = isFirst ? { ...followed, skipped: 0 } : followed;
    const isLate = sequence < chain.nextSequence;
    const awaited = isLate ? await this.awaited(from.device, sequence) : undefined;
    if (awaited !== undefined && awaited.hash.byteLength > 0 && !equalBytes(awaited.hash, hash))
      return { kind: "refused", code: "client/broken-chain" };
    const signed = from.signed && (await this.#signature(from.signed));
    const kept = { letter: plaintext, index: from.index, atMs: context.nowMs, signed };
    letterShelf.put(this.#draft, key, kept);
    if (verdict.skipped > 0) await this.#skipped(from, sequence, previous, verdict.skipped);
    this.#follow(chain.device, verdict);
    const line = awaited === undefined ? undefined : await this.#settled(from, sequence, previous, awaited);
    await this.#show(read.value, from, await this.#place(from, sequence, line));
    return { kind: "taken" };
  }

  /** What a signature covers beside its letter is the same for all of an epoch, and is kept once. */
  async #signature({ context, ...signed }: NonNullable<LetterSource["signed"]>): Promise<LetterSignature> {
    const key = concatKey(this.#placer.row.id, signed.epoch);
    if (this.#epoch === signed.epoch || (await epochContextShelf.get(this.#member.store, key)) !== undefined)
      return signed;
    this.#epoch = signed.epoch;
    epochContextShelf.put(this.#draft, key, { context, atMs: this.#member.clock.nowMs() });
    return signed;
  }

  /** A row for each sender: what a letter writes does not grow with a group. */
  #follow(device: Uint8Array, { chain }: Extract<ChainVerdict, { readonly ok: true }>): void {
    const { row } = this.#placer;
    this.#chains.set(toHex(device), chain);
    chainShelf.put(this.#draft, chainKey(row.id, device, this.#member.sha256), chain);
    const isEarlier = row.chains.some((one) => equalBytes(one.device, device));
    if (isEarlier) this.#placer.row = { ...row, chains: row.chains.filter((one) => !equalBytes(one.device, device)) };
  }

  /** Chains of everyone who has written, as they are after the letters taken so far. */
  async chains(): Promise<readonly ChainRow[]> {
    const before = await chainsOf(this.#member.store, this.#placer.row);
    return [...before.filter(({ device }) => !this.#chains.has(toHex(device))), ...this.#chains.values()];
  }

  /** undefined before its first letter is read; a device restored from a backup may know that it has none yet (F-105) */
  async #chain(device: Uint8Array): Promise<ChainRow | undefined> {
    const { row } = this.#placer;
    const { store, sha256 } = this.#member;
    return (
      this.#chains.get(toHex(device)) ??
      row.chains.find((one) => equalBytes(one.device, device)) ??
      (await chainShelf.get(store, chainKey(row.id, device, sha256)))
    );
  }

  /** What is awaited of a device at a sequence. */
  async awaited(device: Uint8Array, sequence: number): Promise<AwaitedRow | undefined> {
    const key = letterKey(this.#placer.row.id, device, sequence);
    const name = toHex(key);
    return this.#awaited.has(name) ? this.#awaited.get(name) : awaitedShelf.get(this.#member.store, key);
  }

  #await(device: Uint8Array, sequence: number, row: AwaitedRow | undefined): void {
    const key = letterKey(this.#placer.row.id, device, sequence);
    this.#awaited.set(toHex(key), row);
    if (row === undefined) awaitedShelf.remove(this.#draft, key);
    else awaitedShelf.put(this.#draft, key, row);
  }

  /** A missing letter came: the one before it is known by its hash from now on. @returns the line that stood for it */
  async #settled(
    { device, index }: LetterSource,
    sequence: number,
    previous: Uint8Array,
    { position }: AwaitedRow,
  ): Promise<number | undefined> {
    this.#await(device, sequence, undefined);
    const before = sequence > 0 ? await this.awaited(device, sequence - 1) : undefined;
    if (before !== undefined) this.#await(device, sequence - 1, { ...before, hash: previous.slice() });
    return position ?? (await this.#hole(index));
  }

  /**
   * What a member gives takes the line that stood for it, or that of a hole that nobody has told of yet. What comes by the log only
   * late, sealed anew after a refusal, has its place there, as on every device, and the line says so.
   */
  async #place(from: LetterSource, sequence: number, line: number | undefined): Promise<number | undefined> {
    if (from.isRestored) return line ?? (await this.#holeAt(from.index));
    if (line !== undefined) this.#stands(line, from, sequence, "client/came-late");
    return undefined;
  }

  /** A line that stood for a missing letter stands for it no more. */
  #stands(position: number, from: LetterSource, sequence: number, code: ClientCode): void {
    this.#placer.restored(position, { ...this.#line(from, sequence, 1), kind: "gap", code });
  }

  /** Whether a member gave the letter of the entry at an index before the entry was read. */
  async isGiven(index: number): Promise<boolean> {
    const { row } = this.#placer;
    for (const { device } of await chainsOf(this.#member.store, row)) {
      const prefix = concatBytes(row.id, device);
      const rows = await letterShelf.range(this.#member.store, { prefix, reverse: true, limit: LOOKED_AT });
      if (rows.some(({ value }) => value.index === index)) return true;
    }
    return false;
  }

  /** The line of the hole at an index; the newest, when a forked log gave the entry another one. */
  async #hole(index: number): Promise<number | undefined> {
    const { log } = this.#room;
    const rows = await holeShelf.range(this.#member.store, { prefix: log, reverse: true, limit: LINES });
    const newest = rows.map(({ key }) => lastU64(key)).find((at) => !this.#filled.has(at));
    return (await this.#holeAt(index)) ?? (newest === undefined ? undefined : this.#holeAt(newest));
  }

  async #holeAt(index: number): Promise<number | undefined> {
    const key = concatKey(this.#room.log, index);
    const hole = this.#filled.has(index) ? undefined : await holeShelf.get(this.#member.store, key);
    if (hole === undefined) return undefined;
    this.#filled.add(index);
    holeShelf.remove(this.#draft, key);
    return hole.position;
  }

  /** Letters of a sender are missing before one: a line for each, unless holes stand for them, and the last's hash is kept. */
  async #skipped(from: LetterSource, sequence: number, previous: Uint8Array, skipped: number): Promise<void> {
    this.#awaits = true;
    const lines = Math.max(0, skipped - (await this.#unexplained(from.device)));
    this.holes -= skipped - lines;
    if (lines > LINES) await this.#placer.gap(this.#line(from, sequence - skipped, lines - LINES));
    const positions: number[] = [];
    for (let left = Math.min(lines, LINES); left > 0; left--) {
      positions.push(this.#placer.hole(this.#line(from, sequence - left, 1)));
    }
    for (let back = 1; back <= Math.min(skipped, LINES); back++) {
      const hash = back === 1 ? previous.slice() : NOTHING;
      this.#await(from.device, sequence - back, { hash, position: positions.at(-back) });
    }
  }

  /** Holes that stand for letters of which nobody has told yet. */
  async #unexplained(device: Uint8Array): Promise<number> {
    const { store } = this.#member;
    const holes = await holeShelf.range(store, { prefix: this.#room.log });
    const told = await awaitedShelf.range(store, { prefix: concatBytes(this.#placer.row.id, device) });
    return this.holes + holes.length - told.filter(({ value }) => value.position === undefined).length;
  }

  #line({ sender, device, index }: LetterSource, sequence: number, entries: number): Omit<MessageRow, "kind"> {
    const { sha256, clock } = this.#member;
    const nowMs = clock.nowMs();
    const code: ClientCode = "client/missing-messages";
    return {
      id: sha256(concatBytes(this.#placer.row.id, device, u64Key(sequence))),
      mine: false,
      sender: sender.slice(),
      content: NOTHING,
      writtenAtMs: nowMs,
      arrivedAtMs: nowMs,
      state: "received",
      code,
      index,
      entries,
    };
  }

  /** @param position  of the line that stood for it; undefined to come after all others */
  async #show(read: ReadLetter, from: LetterSource, position: number | undefined): Promise<void> {
    const { told } = read;
    if (told.kind === "message") return this.#message(read, told, from, position);
    // Among own devices alone; from anybody else it is nothing (D-20).
    if (told.kind === "own") return this.#own(told.bytes, from.sender);
    if (told.kind === "profile") {
      // A name is no line: what it said is old by now.
      if (position === undefined) return this.#profile(told, from.sender);
    } else if (told.kind === "leave") {
      if (this.#placer.row.kind === "group") this.#asksOut(from.sender);
    } else if (told.kind === "seen") await hearSeen(this.#member, this.#draft, this.#placer.row, from, told);
    else await this.#marking.take(told, await this.#markOf(read, from));
    if (position !== undefined) await this.#nothing(position, from, read.sequence);
  }

  /** A letter without a line of its own came back: what stood for it stands for nothing, but for a removal, which stays told. */
  async #nothing(position: number, from: LetterSource, sequence: number): Promise<void> {
    const stood = await messageShelf.get(this.#member.store, concatKey(this.#placer.row.id, position));
    if (stood?.removal !== undefined) return;
    this.#placer.restored(position, { ...this.#line(from, sequence, 0), kind: "gap", code: undefined });
  }

  get #marking(): Marking {
    return new Marking(this.#member, this.#draft, this.#placer.row);
  }

  async #markOf({ id, sequence, frontier, content, writtenAtMs }: ReadLetter, from: LetterSource) {
    const base = await baseOf(this.#member.store, this.#room.log);
    return {
      at: base + Math.min(frontier, from.index),
      device: from.device.slice(0, DEVICE_BYTES),
      seq: sequence,
      id: id.slice(),
      by: from.sender.slice(),
      atMs: writtenAtMs ?? this.#member.clock.nowMs(),
      content,
      index: from.index,
    };
  }

  async #message(
    { id, content, sequence, writtenAtMs }: ReadLetter,
    told: ToldMessage,
    from: LetterSource,
    position: number | undefined,
  ): Promise<void> {
    const arrivedAtMs = this.#member.clock.nowMs();
    const isMine = equalBytes(from.sender, this.#member.device.credential.identity);
    const line: MessageRow = await this.#marking.meet({
      kind: "message",
      id,
      mine: isMine,
      sender: from.sender.slice(),
      content: content.slice(),
      writtenAtMs: writtenAtMs ?? arrivedAtMs,
      arrivedAtMs,
      state: isMine ? "at-station" : "received",
      code: undefined,
      index: from.index,
      entries: 1,
      restored: from.isRestored,
      letter: { device: from.device.slice(), sequence },
    });
    const { row } = this.#placer;
    await placeInTime(this.#member, this.#draft, row, position ?? row.placed, line);
    if (position === undefined && isHidden(this.#member.own, line)) return this.#placer.hidden(line);
    if (told.isMarkdown && mentionsPerson(content, this.#member.device.credential.identity))
      await mentionedAt(this.#member, this.#draft, row, position ?? row.placed);
    if (position === undefined) return this.#placer.received(line);
    // Under whose order it was removed stays told.
    const gone = await messageShelf.get(this.#member.store, concatKey(row.id, position));
    this.#placer.restored(position, { ...line, removal: gone?.removal });
  }

  async #profile({ name, chain, picture }: ToldProfile, sender: Uint8Array): Promise<void> {
    const { contacts, profile } = this.#member;
    if (equalBytes(sender, profile.row.identity)) return this.#ownChain(chain);
    const contact = await contacts.get(sender);
    if (contact === undefined) return;
    const { state } = contact;
    const believed =
      chain === undefined ? state : await hearChain(this.#member, this.#draft, this.#placer, state, chain);
    contacts.put(this.#draft, believed, name);
    if (picture === undefined) return;
    const { takePortrait } = await import("../people/portraits.ts");
    takePortrait(this.#member, this.#draft, sender, picture);
  }

  async #own(bytes: Uint8Array, sender: Uint8Array): Promise<void> {
    const own = this.#member.device.credential.identity;
    const isAmongOwn = equalBytes(sender, own) && equalBytes(this.#placer.row.peer, own);
    if (isAmongOwn) await takeOwnLetter(this.#member, this.#draft, bytes);
  }

  /** Another own device told how the own chain stands. */
  async #ownChain(chain: ToldChain | undefined): Promise<void> {
    if (chain === undefined || chain.ops.length === 0) return;
    if (!(await putOwnOps(this.#member, this.#draft, chain.ops))) return;
    const { id } = this.#placer.row;
    const held = await toldShelf.get(this.#member.store, id);
    const opCount = Math.max(held?.opCount ?? 0, chain.ops.length);
    toldShelf.put(this.#draft, id, { opCount });
  }
}
