/*
 * What a leader's device does for a channel: lets in who comes by a link, and begins a period when somebody has to go, when who may write has
 * changed, when the channel is called otherwise, and after a week (protocol/20-channels.md §3, §5).
 */
import { type LeaderKeys, MAX_LEAVES, type PeriodBody, periodSecrets, sealKey, sealPeriod } from "@chapar/e2e/channels";
import { type ConversationId, encodeEntry, idText, type IdentityId, isWireError } from "@chapar/wire";
import { ByteWriter, concatBytes } from "@chapar/wire/bytes";
import type { ConversationRow, RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { encodePeople, tellPerson, type ToldPerson } from "../groups/people-bundle.ts";
import { checkReceipt } from "../jobs/check-receipt.ts";
import type { StationLink } from "../link/station-link.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { areOtherDevices } from "./board-step.ts";
import { leaderKeys } from "./keys.ts";
import { ledChannel, type LedChannel, type ReaderEntry } from "./led.ts";
import { openBoard } from "./publishing.ts";
import { type ReaderIndex, readersOf } from "./readers.ts";
import { type ChannelRow, channelShelf } from "./rows.ts";
import { signerHere } from "./signing.ts";

/** A period lasts at most so long while a leader's device is online. */
export const PERIOD_MS: number = 7 * 86_400_000;
const NONCE_BYTES = 12;

/** A channel that this device leads, as it is now. */
export interface Leading {
  readonly row: ConversationRow;
  readonly room: RoomRow;
  readonly channel: ChannelRow;
  readonly led: LedChannel;
  readonly readers: ReaderIndex;
}

/** Everything of a channel that this person leads; undefined of any other. */
export async function leadingOf(member: Member, id: ConversationId): Promise<Leading | undefined> {
  const row = member.book.get(id);
  const channel = await channelShelf.get(member.store, id);
  const led = ledChannel(member, id);
  if (row?.room === undefined || channel?.leads !== true || led === undefined) return undefined;
  const readers = readersOf(member, id);
  readers.follow(channel.removals);
  return { row, room: row.room, channel, led, readers };
}

/** A free leaf for somebody: the same on every device of the leader, so that two that let in one do not need each other. */
export function leafFor(member: Member, leading: Leading, identity: IdentityId): number {
  const hash = member.sha256(concatBytes(leading.row.id, identity));
  let leaf = ((hash[0] ?? 0) * 256 + (hash[1] ?? 0)) % MAX_LEAVES;
  const { readers } = leading;
  while (readers.isTaken(leaf) && readers.present.length < MAX_LEAVES) leaf = (leaf + 1) % MAX_LEAVES;
  return leaf;
}

/** Who may write: the leader, and whom they appointed. */
export function writersOf(member: Member, leading: Leading): readonly IdentityId[] {
  const appointed = leading.readers.marked.filter(({ writes, going }) => writes && !going);
  return [member.profile.row.identity, ...appointed.map(({ identity }) => identity)];
}

/** People as the next period tells them. */
export async function tellWriters(member: Member, writers: readonly IdentityId[]): Promise<Uint8Array> {
  const people: ToldPerson[] = [];
  for (const identity of writers) {
    const told = await tellPerson(member, identity);
    if (told !== undefined) people.push(told);
  }
  return encodePeople(people);
}

/** What asks for a period to begin. */
async function isDue(member: Member, leading: Leading): Promise<boolean> {
  const { channel, led } = leading;
  const writers = writersOf(member, leading);
  const isOtherWriters = writers.length !== channel.writers.length || (await areOtherDevices(member, channel, writers));
  const isOtherwiseCalled = led.name !== channel.name || led.about !== channel.about;
  const isOld = member.clock.nowMs() - channel.sinceMs >= PERIOD_MS;
  return isOtherWriters || isOtherwiseCalled || isOld || goingNow(leading).length > 0;
}

function goingNow(leading: Leading): readonly ReaderEntry[] {
  return leading.readers.marked.filter(({ going }) => going);
}

/** Makes boards, and begins periods. */
export class Leaders {
  readonly #member: Member;
  readonly #tools: SessionTools;
  /** periods that a commit of ours ended, which is not read yet, by channel */
  readonly #ended = new Map<string, number>();

  constructor(member: Member, tools: SessionTools) {
    this.#member = member;
    this.#tools = tools;
  }

  begin(): void {
    this.#ended.clear();
  }

  /** Whether a period of a channel is ending: whoever came now would come to the one after it. */
  isEnding({ row, channel }: Leading): boolean {
    return this.#ended.get(idText(row.id)) === channel.period || channel.refused.byteLength > 0;
  }

  /** Whether nothing asks for a period. */
  async isDone(id: ConversationId): Promise<boolean> {
    const leading = await leadingOf(this.#member, id);
    if (leading === undefined || leading.row.stopped) return true;
    return leading.channel.made && leading.channel.refused.byteLength === 0 && !(await isDue(this.#member, leading));
  }

  /** Makes the board at the hub, once. @throws WireError */
  async make(link: StationLink, { row, channel, led }: Leading): Promise<boolean> {
    if (channel.made) return false;
    await link.ask({ type: "log.create", genesis: led.genesis }, "log.state");
    const { book, store } = this.#member;
    await book.lane(row.id).run(async () => {
      const now = await channelShelf.get(store, row.id);
      if (now === undefined) return;
      const draft = new Draft();
      channelShelf.put(draft, row.id, { ...now, made: true });
      await draft.commit(store);
    });
    return true;
  }

  /** Begins a period when there is reason to. @throws what the hub refused with, and what did not verify */
  async tend(link: StationLink, leading: Leading): Promise<void> {
    if (leading.channel.refused.byteLength > 0) return this.#leadBack(link, leading);
    if (this.isEnding(leading) || !(await isDue(this.#member, leading))) return;
    const { row, room, channel } = leading;
    const entry = await this.#commit(leading);
    try {
      await openBoard(this.#member, this.#tools, link, { room, writeSeed: channel.writeSeed, period: channel.period });
      const { receipt } = await link.ask({ type: "log.append", log: room.log, entry }, "receipt");
      await checkReceipt(this.#member, receipt, { station: room.hub.key, log: room.log, entry });
    } catch (error) {
      // Another device of ours was first, or somebody who may not: the board tells.
      if (!isWireError(error, "station/lost-race") && !isWireError(error, "station/stale-epoch")) throw error;
    }
    this.#ended.set(idText(row.id), channel.period);
  }

  async #commit(leading: Leading): Promise<Uint8Array> {
    const { room, channel, led } = leading;
    const { range } = await this.#tools.logs.load(room.log, room.hub.key);
    return periodEntry(this.#member, leading, {
      ends: channel.period,
      gone: goingNow(leading).map(({ leaf }) => leaf),
      staying: leading.readers.present.filter((reader) => !reader.going),
      leader: leaderKeys(this.#member, led, channel),
      frontier: { size: range.size, root: range.root() },
    });
  }

  /**
   * A commit that is not the leader's has used up the hub's number: by the key of the first period, which the leader alone has, the hub takes the keys
   * of this one once more (F-71). The next period is without whoever did it when they are taken out.
   */
  async #leadBack(link: StationLink, { room, channel, led }: Leading): Promise<void> {
    const { crypto } = this.#member;
    const leader = leaderKeys(this.#member, led, channel);
    const entry = encodeEntry({
      kind: "commit",
      epoch: channel.period - 1,
      nextWriteKey: await crypto.ed25519.publicKey(leader.writeSeed(channel.period)),
      nextReadKey: await crypto.ed25519.publicKey(channel.readSeed),
      revokesReaders: false,
      frame: channel.refused,
    });
    await openBoard(this.#member, this.#tools, link, { room, writeSeed: leader.writeSeed(0), period: 0 });
    const { receipt } = await link.ask({ type: "log.append", log: room.log, entry }, "receipt");
    await checkReceipt(this.#member, receipt, { station: room.hub.key, log: room.log, entry });
  }
}

/** A period that begins. */
export interface Beginning {
  /** the period that ends */
  readonly ends: number;
  /** leaves that go */
  readonly gone: readonly number[];
  readonly staying: readonly ReaderEntry[];
  /** with every leaf that went before */
  readonly leader: LeaderKeys;
  readonly frontier: PeriodBody["frontier"];
}

/** The commit that begins a period (H-4). Cost: O(readers) */
export async function periodEntry(member: Member, leading: Leading, of: Beginning): Promise<Uint8Array> {
  const { crypto, random } = member;
  const { room, channel, led } = leading;
  const { ends, gone, staying, leader, frontier } = of;
  const period = ends + 1;
  const periodKey = leader.periodKey(period);
  const seals = await leader.tree.rekey(period, gone, led.open ? [] : staying.map(({ leaf }) => leaf), periodKey);
  const writers = writersOf(member, leading);
  const isNew = await areOtherDevices(member, channel, writers);
  const writeSeed = leader.writeSeed(period);
  const seats = [];
  for (const { leaf, writes } of staying) {
    if (!writes) continue;
    const use = { use: "write", period, node: leaf } as const;
    const sealed = await sealKey(crypto, leader.tree.key(MAX_LEAVES + leaf, period), use, writeSeed);
    seats.push({ leaf, sealed });
  }
  const note = new ByteWriter().list(gone, (to, leaf) => to.varint(leaf)).finish();
  const named = {
    nextWriteKey: await crypto.ed25519.publicKey(writeSeed),
    nextReadKey: await crypto.ed25519.publicKey(periodSecrets(crypto, periodKey).readSeed),
    revokesReaders: gone.length > 0,
  };
  const body = {
    period,
    name: led.name,
    about: led.about,
    readers: led.open ? 0 : staying.length,
    writers,
    people: isNew ? await tellWriters(member, writers) : encodePeople([]),
    seats,
    seals,
    note: await leader.sealNote(period, note, random(NONCE_BYTES)),
    frontier,
  };
  const { commitKey } = periodSecrets(crypto, leader.periodKey(ends));
  const frame = await sealPeriod(crypto, commitKey, { log: room.log, ends, ...named }, body, signerHere(member));
  return encodeEntry({ kind: "commit", epoch: ends, ...named, frame });
}

/** A reader's entry as somebody comes in. */
export function newReader(
  member: Member,
  leading: Leading,
  who: Pick<ReaderEntry, "identity" | "name" | "station" | "link">,
): ReaderEntry {
  const { period } = leading.channel;
  const leaf = leafFor(member, leading, who.identity);
  const atMs = member.clock.nowMs();
  return { ...who, leaf, since: period, writes: false, going: false, barred: false, atMs };
}
