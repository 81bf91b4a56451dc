/*
 * Taking the entries of a channel's board in their order, within one transaction: letters of those who may write in the period, and commits of
 * whoever leads the channel. Whatever else stands there changes nothing (H-9).
 */
import { isE2eError } from "@chapar/e2e";
import type { CompactRange } from "@chapar/log";
import {
  followTree,
  openKey,
  openLetter,
  openPeriod,
  openPeriodKey,
  type PeriodBody,
  periodSecrets,
} from "@chapar/e2e/channels";
import { type CommitEntry, decodeEntry, identityId, type MessageEntry } from "@chapar/wire";
import { ByteReader, equalBytes, toHex } from "@chapar/wire/bytes";
import { cleanName, decodeLetter, decodeMimi } from "@chapar/wire/content";
import { Intake } from "../conversation/intake.ts";
import { placeOwn } from "../conversation/own-lines.ts";
import { writtenAt } from "../conversation/letter.ts";
import { Placer } from "../conversation/placer.ts";
import { type ConversationRow, outboxShelf, type RoomRow, sentShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { decodePeople, learnPeople } from "../groups/people-bundle.ts";
import { holeShelf, leafShelf } from "../repair/kept-rows.ts";
import { concatKey } from "../store/keys.ts";
import type { Draft } from "../store/shelf.ts";
import type { LogEntry } from "../sync/check-page.ts";
import { HOLE_CODES } from "../sync/step-codes.ts";
import type { Twice } from "../trust/probe.ts";
import { BoardRoots, type Frontier } from "./board-roots.ts";
import { chainOf, devicesOf, heldKeys, leaderKeys } from "./keys.ts";
import { ledChannel } from "./led.ts";
import { cleanAbout } from "./link-text.ts";
import { type ChannelRow, withoutKeys } from "./rows.ts";

const NOTHING = new Uint8Array(0);
const MAX_GONE = 65_536;

/** A new period as a reader comes to it. */
interface Begun {
  readonly periodKey: Uint8Array;
  readonly keys: readonly Uint8Array[];
  readonly writeSeed: Uint8Array;
}

/** Takes entries of one board. */
export class BoardStep {
  readonly #member: Member;
  readonly #draft: Draft;
  readonly #placer: Placer;
  readonly #intake: Intake;
  readonly #log: RoomRow["log"];
  readonly #roots: BoardRoots;
  channel: ChannelRow;
  /** a commit ended the keys by which stations give the board */
  revokes = false;
  /** entries that stand at two places (W-32) */
  readonly twice: Twice[] = [];
  /** a period has begun */
  hasBegun = false;
  /** when somebody said so who has another board than this one (H-25), by their clock */
  readonly others: (number | undefined)[] = [];

  /** @param of  with the board as it was read until here */
  constructor(
    member: Member,
    draft: Draft,
    row: ConversationRow,
    of: { readonly channel: ChannelRow; readonly room: RoomRow; readonly range: CompactRange },
  ) {
    this.#member = member;
    this.#draft = draft;
    this.channel = of.channel;
    this.#log = of.room.log;
    this.#roots = new BoardRoots(of.range.clone(), of.channel.roots);
    this.#placer = new Placer(row, draft, member.store, member.events);
    this.#intake = new Intake(member, draft, this.#placer, of.room);
  }

  get row(): ConversationRow {
    return this.#placer.row;
  }

  set row(row: ConversationRow) {
    this.#placer.row = row;
  }

  /** Takes the next entry. @throws only failures of this device */
  async take(entry: LogEntry): Promise<void> {
    await this.#read(entry);
    this.#roots.append(entry.leafHash);
    if (this.channel.standing === "in") this.channel = { ...this.channel, roots: this.#roots.bytes };
  }

  /** What somebody says of the board as they have it is held against it as it was shown here. */
  #compare(frontier: Frontier, saidAtMs?: number): void {
    if (this.#roots.isOther(frontier)) this.others.push(saidAtMs);
  }

  async #read(entry: LogEntry): Promise<void> {
    if (this.channel.standing !== "in") return;
    if (entry.bytes === undefined) return this.#hole(entry);
    await this.#places(entry);
    const decoded = decodeEntry(entry.bytes);
    if (!decoded.ok) return this.#gap(entry, decoded.code);
    if (decoded.value.kind === "message") return this.#message(entry, decoded.value);
    if (decoded.value.kind === "commit") await this.#commit(entry, decoded.value);
  }

  /** A body that is missing gets a line in its place, unless it is our own or of before this device came. */
  async #hole(entry: LogEntry): Promise<void> {
    if (!(this.row.begun || this.channel.period === 0) || (await this.#isOwn(entry))) return;
    const { leafHash, index } = entry;
    const { reason, removal } = entry.missing ?? { reason: "withheld", removal: undefined };
    const position = this.#placer.hole({ ...this.#gapLine(entry, HOLE_CODES[reason]), removal });
    const atMs = this.#member.clock.nowMs();
    holeShelf.put(this.#draft, concatKey(this.#log, index), { leafHash, reason, position, atMs });
    this.#intake.holes += 1;
  }

  async #places({ leafHash, index }: LogEntry): Promise<void> {
    const before = await leafShelf.now(this.#draft, this.#member.store, leafHash);
    if (before === undefined) return leafShelf.put(this.#draft, leafHash, { log: this.#log, index });
    if (equalBytes(before.log, this.#log) && before.index !== index)
      this.twice.push({ leafHash, indexes: [before.index, index] });
  }

  async #message(entry: LogEntry, { epoch, frame }: MessageEntry): Promise<void> {
    if (await this.#isOwn(entry)) return;
    const { channel } = this;
    // Of a period before this device came, or of a line that somebody else than the leader began.
    if (epoch !== channel.period) return;
    if (!this.row.begun) this.row = { ...this.row, begun: true };
    const place = { log: this.#log, period: channel.period, headKey: channel.headKey };
    const chainIn = (device: Uint8Array) => channel.chains.find((one) => equalBytes(one.device, device));
    try {
      const opened = await openLetter(this.#member.crypto, place, frame, chainIn);
      const writer = chainIn(opened.device);
      if (writer === undefined) return;
      const letter = decodeLetter(opened.letter);
      const content = letter.ok ? decodeMimi(letter.value.content) : undefined;
      if (letter.ok) this.#compare(letter.value.frontier, content?.ok === true ? writtenAt(content.value) : undefined);
      const chains = channel.chains.map((one) => (one === writer ? { ...one, ...opened.chain } : one));
      this.channel = { ...channel, chains };
      const from = { sender: writer.identity, device: opened.device, index: entry.index, isRestored: false };
      const taken = await this.#intake.take(opened.letter, from);
      if (taken.kind === "refused") await this.#gap(entry, taken.code, writer.identity);
    } catch (error) {
      if (!isE2eError(error)) throw error;
      await this.#gap(entry, error.code);
    }
  }

  /** An own letter leaves the outbox for its place. */
  async #isOwn(entry: LogEntry): Promise<boolean> {
    const { store } = this.#member;
    const sent = await sentShelf.get(store, entry.leafHash);
    if (sent === undefined || !equalBytes(sent.conversation, this.row.id)) return false;
    sentShelf.remove(this.#draft, entry.leafHash);
    const out = await outboxShelf.now(this.#draft, store, concatKey(this.row.id, sent.sequence));
    if (out === undefined) return true;
    const at = { index: entry.index, state: out.receipted ? "at-station" : "leaving" } as const;
    await placeOwn(this.#member, this.#draft, this.#placer, { sequence: sent.sequence, out }, at);
    return true;
  }

  async #commit(entry: LogEntry, commit: CommitEntry): Promise<void> {
    const { channel } = this;
    if (commit.epoch + 1 === channel.period) this.row = { ...this.row, begun: true };
    // Led back (H-12): the period stands that this device is in.
    if (commit.epoch + 1 === channel.period && equalBytes(commit.frame, channel.refused)) {
      this.channel = { ...channel, refused: NOTHING };
      this.row = { ...this.row, fault: undefined };
      return;
    }
    if (commit.epoch !== channel.period || channel.refused.byteLength > 0) return;
    const { contacts, crypto } = this.#member;
    const leads = async (device: Uint8Array): Promise<boolean> => {
      if (!channel.leads) return contacts.isLive({ identity: channel.leader, device });
      const own = await chainOf(this.#member, channel.leader);
      return own?.devices.some((one) => equalBytes(one.device, device)) ?? false;
    };
    let body: PeriodBody;
    try {
      const of = { log: this.#log, ends: commit.epoch, ...commit };
      body = await openPeriod(crypto, channel.commitKey, of, commit.frame, leads);
    } catch (error) {
      if (!isE2eError(error)) throw error;
      // The hub took it unread, and no reader does: the channel stands until its leader leads it back.
      this.channel = { ...channel, refused: entry.leafHash.slice() };
      this.row = { ...this.row, fault: "client/unlawful-change" };
      return this.#gap(entry, "client/unlawful-change");
    }
    this.#compare(body.frontier);
    await this.#begin(commit, body);
  }

  async #begin(commit: CommitEntry, body: PeriodBody): Promise<void> {
    const people = decodePeople(body.people);
    if (people.ok) await learnPeople(this.#member, this.#draft, people.value);
    const begun = await this.#follow(body);
    this.hasBegun = true;
    if (begun === undefined || !(await this.#namesRead(commit, begun.periodKey))) {
      this.channel = withoutKeys(this.channel, "removed");
      this.row = { ...this.row, state: "closed", fault: undefined, mirrored: false };
      return;
    }
    const { period } = body;
    const held = await heldKeys(
      this.#member,
      begun.periodKey,
      body.writers.map((one) => identityId(one)),
    );
    const name = cleanName(body.name) ?? this.channel.name;
    const told = { name, about: cleanAbout(body.about), readers: body.readers };
    const { keys, writeSeed } = begun;
    this.channel = { ...this.channel, ...held, ...told, period, keys, writeSeed, sinceMs: this.#member.clock.nowMs() };
    this.row = { ...this.row, title: name, state: writeSeed.byteLength > 0 ? "open" : "closed" };
    if (!commit.revokesReaders) return;
    // A mirror was given the keys of before, too.
    this.revokes = true;
    this.row = { ...this.row, mirrored: false };
  }

  async #namesRead(commit: CommitEntry, periodKey: Uint8Array): Promise<boolean> {
    const { crypto } = this.#member;
    const key = await crypto.ed25519.publicKey(periodSecrets(crypto, periodKey).readSeed);
    return equalBytes(key, commit.nextReadKey);
  }

  /** Comes to a period's key; undefined: this person is not in it. */
  async #follow({ period, seals, seats, note }: PeriodBody): Promise<Begun | undefined> {
    const { channel } = this;
    const { crypto } = this.#member;
    const led = channel.leads ? ledChannel(this.#member, this.row.id) : undefined;
    if (led !== undefined) {
      const leader = leaderKeys(this.#member, led, channel);
      const gone = await leader.openNote(period, note);
      const leaves = gone === undefined ? [] : readLeaves(gone);
      this.channel = { ...channel, removals: [...channel.removals, ...leaves.map((leaf) => ({ leaf, period }))] };
      return { periodKey: leader.periodKey(period), keys: [], writeSeed: leader.writeSeed(period) };
    }
    if (channel.open)
      return { periodKey: openPeriodKey(crypto, channel.openSeed, period), keys: [], writeSeed: NOTHING };
    const followed = await followTree(crypto, channel, period, seals);
    if (followed === undefined) return undefined;
    const seat = seats.find(({ leaf }) => leaf === channel.leaf);
    const [own] = followed.keys;
    const use = { use: "write", period, node: channel.leaf } as const;
    const opened = seat === undefined || own === undefined ? undefined : await openKey(crypto, own, use, seat.sealed);
    return { ...followed, writeSeed: opened ?? NOTHING };
  }

  async #gap(entry: LogEntry, code: string, sender?: Uint8Array): Promise<void> {
    await this.#placer.gap(this.#gapLine(entry, code, sender));
  }

  #gapLine({ index, leafHash }: LogEntry, code: string, sender?: Uint8Array) {
    const nowMs = this.#member.clock.nowMs();
    const at = { writtenAtMs: nowMs, arrivedAtMs: nowMs, index, entries: 1 };
    const whose = { mine: false, sender: sender?.slice() ?? this.channel.leader.slice(), content: NOTHING };
    return { id: this.#member.sha256(leafHash), ...whose, ...at, state: "received", code } as const;
  }
}

function readLeaves(bytes: Uint8Array): readonly number[] {
  const reader = new ByteReader(bytes);
  const decoded = reader.finish(reader.list(MAX_GONE, (from) => from.varint()));
  return decoded.ok ? decoded.value : [];
}

/** The period of an entry that only a hidden commit can have begun; undefined when there is none. */
export function periodAhead(entries: readonly LogEntry[], { period, refused }: ChannelRow): number | undefined {
  if (refused.byteLength > 0) return undefined;
  let now = period;
  for (const { bytes } of entries) {
    const entry = bytes && decodeEntry(bytes);
    if (entry?.ok !== true || (entry.value.kind !== "message" && entry.value.kind !== "commit")) continue;
    if (entry.value.epoch > now) return entry.value.epoch;
    if (entry.value.kind === "commit" && entry.value.epoch === now) now += 1;
  }
  return undefined;
}

/** Whether the devices that may write are others than those of the period: a new one is then begun. */
export async function areOtherDevices(
  member: Member,
  row: ChannelRow,
  writers: ChannelRow["writers"],
): Promise<boolean> {
  const now = (await devicesOf(member, writers)).map(({ device }) => toHex(device)).toSorted();
  const held = row.chains.map(({ device }) => toHex(device)).toSorted();
  return now.join() !== held.join();
}
