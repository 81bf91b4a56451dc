/*
 * Following the boards of channels at the home, as rooms are followed (flow 4): by the read key of the period, from where each is verified. What a
 * station shows that cannot be is kept and told as for any log (F-20, F-21).
 */
import { decodeSignedHead } from "@chapar/log";
import { idText, mirrorMessage, readMessage } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow, RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import type { Gap, Push, StationLink } from "../link/station-link.ts";
import { Manifests } from "../repair/manifests.ts";
import { Readers } from "../repair/readers.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { checkPage, type OfferedPage, type PageFault } from "../sync/check-page.ts";
import { follow } from "../sync/follow.ts";
import { isLogFaultPassing, isUnknownLog, noteFault } from "../sync/room-fault.ts";
import { provenFinding } from "../trust/bundle-finding.ts";
import { knownStation } from "../trust/stations.ts";
import { BoardStep } from "./board-step.ts";
import { type ChannelRow, channelShelf } from "./rows.ts";

/** Tries after which a fault that might pass is shown. */
const FAILURES_BEFORE_FAULT = 3;
/** How long a board that has to be led back is left before it is asked for again. */
const AGAIN_MS = 10_000;

/** How a board stands on the link in use. */
interface Following {
  targetSize: number | undefined;
  size: number;
  failures: number;
  pages: number;
  /** a commit that is not the leader's may have ended the keys by which the board is read: it is asked for until it is led back */
  waits: boolean;
}

const NEW = (): Following => ({ targetSize: undefined, size: 0, failures: 0, pages: 0, waits: false });

/** Told when a board was read further. */
export type BoardMoved = (row: ConversationRow, hasBegun: boolean) => void;

/** Follows every board of this device. */
export class Boards {
  readonly #member: Member;
  readonly #tools: SessionTools;
  readonly #moved: BoardMoved;
  readonly #readers: Readers;
  readonly #manifests: Manifests;
  #following = new Map<string, Following>();
  #link: StationLink | undefined;
  #life = new AbortController();

  constructor(member: Member, tools: SessionTools, moved: BoardMoved) {
    this.#member = member;
    this.#tools = tools;
    this.#moved = moved;
    this.#readers = new Readers(member);
    this.#manifests = new Manifests(member, this.#readers);
  }

  begin(link: StationLink): void {
    this.#link = link;
    this.#life = new AbortController();
    this.#following = new Map();
  }

  end(): void {
    this.#link = undefined;
    this.#life.abort();
    this.#following = new Map();
  }

  /** Opens a board on the link in use, again until it is open. */
  open(row: ConversationRow): void {
    this.#tools.run(`board ${idText(row.id)}`, (link) => this.#open(link, row.id));
  }

  /** Whether everything the home had of a board is read. */
  isCaughtUp(row: ConversationRow): boolean {
    if (row.stopped) return true;
    const state = this.#following.get(idText(row.id));
    return state?.targetSize !== undefined && state.pages === 0 && state.size >= state.targetSize;
  }

  async #now(
    id: ConversationRow["id"],
  ): Promise<{ row: ConversationRow; room: RoomRow; channel: ChannelRow } | undefined> {
    const { book, store } = this.#member;
    const row = book.get(id);
    const channel = await channelShelf.get(store, id);
    const isRead = channel?.standing === "in" && channel.made && row?.stopped === false;
    return isRead && row.room !== undefined ? { row, room: row.room, channel } : undefined;
  }

  async #open(link: StationLink, id: ConversationRow["id"]): Promise<void> {
    const now = await this.#now(id);
    if (now === undefined || this.#link !== link) return;
    const { row, room, channel } = now;
    const state = this.#following.get(idText(id)) ?? NEW();
    this.#following.set(idText(id), state);
    try {
      const { range } = await this.#member.book.lane(id).run(async () => this.#tools.logs.load(room.log, room.hub.key));
      if (!row.mirrored) await this.#mirror(link, row, room, channel);
      state.size = Math.max(state.size, range.size);
      const head = await this.#head(link, room, channel);
      const shown = decodeSignedHead(head, { stationKey: room.hub.key, logId: room.log });
      const targetSize = shown.ok ? shown.value.size : 0;
      const isOther =
        shown.ok && targetSize === range.size && targetSize > 0 && !equalBytes(shown.value.root, range.root());
      if (targetSize < range.size || isOther) {
        state.targetSize ??= range.size;
        await this.#step(link, id, state, { first: range.size, entries: [], head });
        throw new ClientError("client/wrong-log", "log/stale");
      }
      await this.#readers.register(link, room, range.size);
      const gone = await follow(link, room.log, range.size);
      if (gone > 0) return await this.#past(link, id, { first: range.size, count: gone }, state);
      if (isRefused(channel)) return this.#again(link, row, state);
      state.targetSize = Math.max(targetSize, state.targetSize ?? 0);
      this.#member.events.ring();
      this.#moved(this.#member.book.get(id) ?? row, true);
    } catch (error) {
      if (isUnknownLog(error) && row.mirrored) await this.#mark(id, { mirrored: false });
      throw error;
    }
  }

  /** Opens the board once more after a while, until its leader has led it back (H-12). */
  #again(link: StationLink, row: ConversationRow, state: Following): void {
    state.targetSize = undefined;
    this.#moved(row, false);
    if (state.waits) return;
    state.waits = true;
    const wait = async (): Promise<void> => {
      await this.#member.clock.sleep(AGAIN_MS, this.#life.signal);
      state.waits = false;
      if (this.#link !== link) return;
      await this.#mark(row.id, { mirrored: false });
      this.open(row);
    };
    // The end of the link aborts the sleep; the next link opens every board.
    wait().catch(() => undefined);
  }

  /** Whether a board was opened on the link in use. */
  isOpen(row: ConversationRow): boolean {
    return this.#following.get(idText(row.id))?.targetSize !== undefined;
  }

  /** Whether a board can be led back: it was read up to what its leader did not make. */
  isLost(row: ConversationRow): boolean {
    return this.#following.get(idText(row.id))?.waits === true;
  }

  async #mark(id: ConversationRow["id"], changes: Partial<ConversationRow>): Promise<void> {
    const { book, store } = this.#member;
    await book.lane(id).run(async () => {
      const row = book.get(id);
      if (row === undefined) return;
      const draft = new Draft();
      book.put(draft, { ...row, ...changes });
      await draft.commit(store);
    });
  }

  async #mirror(link: StationLink, row: ConversationRow, room: RoomRow, { readSeed }: ChannelRow): Promise<void> {
    const { ed25519 } = this.#member.crypto;
    if (!this.#tools.access.isHub(room)) {
      const signature = await ed25519.sign(readSeed, mirrorMessage(link.hello.station, room.log));
      const read = { key: await ed25519.publicKey(readSeed), signature };
      await link.ask({ type: "room.mirror", log: room.log, hub: room.hub, read }, "log.state");
    }
    await this.#mark(row.id, { mirrored: true });
  }

  async #head(link: StationLink, room: RoomRow, { readSeed }: ChannelRow): Promise<Uint8Array> {
    const { ed25519 } = this.#member.crypto;
    const { station, nonce } = link.hello;
    const signature = await ed25519.sign(readSeed, readMessage(station, nonce, room.log));
    const read = { key: await ed25519.publicKey(readSeed), signature };
    const state = await link.ask({ type: "log.open", log: room.log, read, write: undefined }, "log.state");
    if (!equalBytes(state.log, room.log)) throw new ClientError("client/wrong-log");
    return state.head.slice();
  }

  /** Takes a push of a board. */
  push(link: StationLink, row: ConversationRow, push: Push): void {
    const state = this.#following.get(idText(row.id));
    if (state !== undefined && this.#link === link) void this.#taking(row, this.#step(link, row.id, state, push));
  }

  /** Bodies are not at the home (E-17): the board is read past them, by what it signs of them. */
  gap(link: StationLink, row: ConversationRow, gap: Gap): void {
    const state = this.#following.get(idText(row.id));
    if (state !== undefined && this.#link === link) void this.#taking(row, this.#past(link, row.id, gap, state));
  }

  async #taking(row: ConversationRow, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#member.failed(error);
      this.open(row);
    }
  }

  async #past(
    link: StationLink,
    id: ConversationRow["id"],
    gap: Pick<Gap, "first" | "count">,
    state: Following,
  ): Promise<void> {
    const now = await this.#now(id);
    if (now === undefined) return;
    const { row, room, channel } = now;
    const held = await this.#tools.logs.load(room.log, room.hub.key);
    const first = held.range.size;
    const count = gap.first + gap.count - first;
    if (gap.first > first || count <= 0) return;
    const range = { log: room.log, first, count, statements: this.#tools.logs.statements(room.log, held) };
    const explained = await this.#manifests.explain(link, range);
    if (explained === undefined) throw new ClientError("client/withheld", "station/pruned");
    const { station } = this.#member.profile.row.home;
    const of = { station: knownStation(this.#member, station), subject: room.log, log: room.log, conversation: row.id };
    for (const bundle of explained.bundles) {
      const finding = await provenFinding(bundle, { ...of, missing: count }, this.#member.evidence);
      if (finding !== undefined) await this.#member.alerts.record(finding);
    }
    const page = { first, entries: explained.entries, head: await this.#head(link, room, channel) };
    await this.#step(link, id, state, page);
    this.open(row);
  }

  async #step(link: StationLink, id: ConversationRow["id"], state: Following, page: OfferedPage): Promise<void> {
    state.pages += 1;
    try {
      await this.#member.book.lane(id).run(async () => this.#take(link, id, state, page));
    } finally {
      state.pages -= 1;
      this.#member.events.ring();
    }
  }

  async #take(link: StationLink, id: ConversationRow["id"], state: Following, page: OfferedPage): Promise<void> {
    const now = await this.#now(id);
    if (now === undefined || this.#link !== link) return;
    const { row, room, channel } = now;
    const { hasher, verify, clock, store, book } = this.#member;
    const { logs } = this.#tools;
    const held = await logs.load(room.log, room.hub.key);
    const consistency = async (from: number, to: number) =>
      (await link.ask({ type: "log.consistency", log: room.log, from, to }, "log.hashes")).hashes;
    const checked = await checkPage(held, page, { hasher, verify, nowMs: clock.nowMs(), consistency });
    if (!checked.ok) return this.#fault(row, room, checked.fault, state);
    const draft = new Draft();
    const step = new BoardStep(this.#member, draft, row, { channel, room });
    for (const entry of checked.entries) await step.take(entry);
    logs.put(draft, room.log, checked.held);
    channelShelf.put(draft, id, step.channel);
    const isHealed = step.row.state === "fault" && !step.row.stopped;
    const writes = step.channel.writeSeed.byteLength > 0;
    if (isHealed) step.row = { ...step.row, state: writes ? "open" : "closed", fault: undefined };
    book.put(draft, step.row);
    await draft.commit(store);
    state.size = checked.held.range.size;
    state.targetSize = Math.max(state.targetSize ?? 0, checked.held.heads.at(-1)?.size ?? 0);
    state.failures = 0;
    if (isRefused(step.channel)) return this.#again(link, step.row, state);
    this.#moved(step.row, step.hasBegun);
    if (step.channel.standing !== "in") {
      this.#following.delete(idText(id));
    } else if (step.revokes || state.targetSize > state.size) {
      // Nothing beyond that commit is shown to the keys of before it (W-13).
      if (step.revokes) state.targetSize = undefined;
      this.open(step.row);
    }
  }

  async #fault(row: ConversationRow, room: RoomRow, fault: PageFault, state: Following): Promise<void> {
    state.failures += 1;
    if (!(isLogFaultPassing(fault.code) && state.failures < FAILURES_BEFORE_FAULT))
      await noteFault(this.#member, this.#tools.logs, row, room, fault);
    if (!fault.proven) throw new ClientError("client/wrong-log", fault.code);
  }
}

/** Whether the hub's number of a board was used up by somebody who does not lead it. */
function isRefused({ refused }: ChannelRow): boolean {
  return refused.byteLength > 0;
}
