/*
 * Writing and reading branches over one link to the home. What was sealed for a room leaves for the home's branch while the hub is out
 * of reach; branches are read beside the room, at the home's and at those of the other members; the hub is tried again and again.
 */
import { type RoomKeys, roomKeys } from "@chapar/e2e";
import {
  decodeEntry,
  grantMessage,
  idText,
  isWireError,
  mirrorMessage,
  readMessage,
  type StationRef,
  writeMessage,
} from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow, RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { Push, StationLink } from "../link/station-link.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { follow } from "../sync/follow.ts";
import { isOver } from "../sync/room-ports.ts";
import { BranchReader } from "./branch-reader.ts";
import { handOver } from "./handing-over.ts";
import { branchGenesis, branchIdOf } from "./genesis.ts";
import { resealBranched } from "./resealing.ts";
import { type BranchRow, branchShelf, cutShelf } from "./rows.ts";

/** How often a hub that is out of reach is tried. */
const PROBE_EVERY_MS = 20_000;
/** Homes of members at which branches are looked for. */
const MAX_HOMES = 16;

interface Keyed {
  readonly row: ConversationRow;
  readonly room: RoomRow;
  readonly epoch: number;
  readonly keys: RoomKeys;
}

/** Branches of this device's rooms. */
export class Branches {
  readonly #member: Member;
  readonly #tools: SessionTools;
  readonly #reader: BranchReader;
  /** branches that are open on the link in use, by log */
  #open = new Map<string, { readonly row: ConversationRow; readonly branch: BranchRow }>();
  /** entries that the home's branches took on the link in use, by leaf hash */
  #handed = new Set<string>();
  readonly #resealing = new Set<string>();
  #link: StationLink | undefined;
  #beat: AbortController | undefined;

  constructor(member: Member, tools: SessionTools) {
    this.#member = member;
    this.#tools = tools;
    this.#reader = new BranchReader(member, tools);
  }

  /** A link is ready: what was followed is followed, and hubs that were out of reach are tried. */
  async begin(link: StationLink): Promise<void> {
    this.#on(link);
    for (const row of this.#member.book.all()) {
      const { branches } = (await branchShelf.get(this.#member.store, row.id)) ?? { branches: [] };
      if (branches.length > 0) await resealBranched(this.#member, row);
      for (const branch of branches)
        await this.#again(link, row, branch).catch((error: unknown) => this.#member.failed(error));
    }
    await this.#probeAll(link);
  }

  end(): void {
    this.#link = undefined;
    this.#beat?.abort();
    this.#beat = undefined;
  }

  /** Everything of before was of another link. */
  #on(link: StationLink): void {
    if (this.#link === link) return;
    this.#beat?.abort();
    this.#beat = undefined;
    this.#link = link;
    this.#open = new Map();
    this.#handed = new Set();
  }

  async #keyed(was: ConversationRow): Promise<Keyed | undefined> {
    const { book, groups, mls, crypto } = this.#member;
    const row = book.get(was.id);
    if (row?.room === undefined || isOver(row)) return undefined;
    const group = await book.lane(row.id).run(() => groups.load(row.id));
    if (group === undefined) return undefined;
    return { row, room: row.room, epoch: group.epoch, keys: await roomKeys(mls, crypto, group) };
  }

  /** The hub of a room did not answer: what waits leaves for the home's branch, and the others' branches are looked for. */
  async cut(link: StationLink, was: ConversationRow): Promise<void> {
    this.#on(link);
    const of = await this.#keyed(was);
    if (of === undefined || this.#tools.access.isHub(of.room)) return;
    await this.#note(of.room.hub);
    const own = await this.#own(link, of);
    const handed = own && (await handOver(this.#member, link, of.row, own, this.#handed));
    if (own !== undefined && handed !== undefined) await this.#reader.promised(link, of.row, own, handed);
    await this.#look(link, of);
    this.#startBeat(link);
  }

  /** Makes and opens the branch at the home; undefined when the room has to be read first. */
  async #own(link: StationLink, of: Keyed): Promise<BranchRow | undefined> {
    const { home } = this.#member.profile.row;
    const genesis = branchGenesis(of.keys, of.room.log, of.epoch);
    const log = branchIdOf(this.#member.sha256, home.station.key, genesis);
    const branch = { log, station: home.station, epoch: of.epoch };
    if (this.#open.has(idText(log))) return branch;
    try {
      await link.ask({ type: "log.create", genesis }, "log.state");
    } catch (error) {
      if (isWireError(error, "station/stale-epoch") || isWireError(error, "station/unknown-log")) return undefined;
      throw error;
    }
    await this.#follow(link, of, branch);
    return branch;
  }

  /** Opens a branch that the home has, for reading and, when it is the home's own, for writing; held against what is known of it. */
  async #follow(link: StationLink, { row, keys }: Keyed, branch: BranchRow): Promise<void> {
    const { log, station, epoch } = branch;
    if (this.#open.has(idText(log))) return;
    const { station: home, nonce } = link.hello;
    const read = { key: keys.read.publicKey, signature: await keys.read.sign(readMessage(home, nonce, log)) };
    const isOwn = equalBytes(station.key, home);
    const write = isOwn
      ? { epoch, signature: await keys.write.sign(writeMessage(home, nonce, log, epoch)) }
      : undefined;
    const state = await link.ask({ type: "log.open", log, read, write }, "log.state");
    this.#open.set(idText(log), { row, branch });
    await this.#keep(row, branch);
    await this.#reader.promised(link, row, branch, state.head.slice());
    await follow(link, log, await this.#reader.size(branch));
  }

  async #keep(row: ConversationRow, branch: BranchRow): Promise<void> {
    const { store } = this.#member;
    const held = (await branchShelf.get(store, row.id))?.branches ?? [];
    if (held.some(({ log }) => equalBytes(log, branch.log))) return;
    const draft = new Draft();
    // Branches of earlier epochs are over (J-6).
    branchShelf.put(draft, row.id, { branches: [...held.filter(({ epoch }) => epoch === branch.epoch), branch] });
    await draft.commit(store);
  }

  /** A branch of an earlier link. */
  async #again(link: StationLink, row: ConversationRow, branch: BranchRow): Promise<void> {
    const of = await this.#keyed(row);
    if (of === undefined || of.epoch !== branch.epoch) return;
    const { home } = this.#member.profile.row;
    if (equalBytes(branch.station.key, home.station.key)) await this.#own(link, of);
    else await this.#mirror(link, of, branch);
  }

  async #mirror(link: StationLink, of: Keyed, branch: BranchRow): Promise<void> {
    const { log, station: hub } = branch;
    const signature = await of.keys.read.sign(mirrorMessage(link.hello.station, log));
    await link.ask({ type: "room.mirror", log, hub, read: { key: of.keys.read.publicKey, signature } }, "log.state");
    await this.#follow(link, of, branch);
  }

  /** Looks for branches at the homes of the other members (J-4). */
  async #look(link: StationLink, of: Keyed): Promise<void> {
    const { book, contacts, profile, sha256 } = this.#member;
    const genesis = branchGenesis(of.keys, of.room.log, of.epoch);
    const seen = [of.room.hub.key, profile.row.home.station.key];
    for (const identity of book.others(of.row)) {
      const station = (await contacts.get(identity))?.state.home.station;
      if (station === undefined || seen.some((key) => equalBytes(key, station.key)) || seen.length > MAX_HOMES)
        continue;
      seen.push(station.key);
      const log = branchIdOf(sha256, station.key, genesis);
      if (this.#open.has(idText(log))) continue;
      // Nobody there has written, or it is abroad as well.
      await this.#mirror(link, of, { log, station, epoch: of.epoch }).catch((error: unknown) => {
        if (!isWireError(error)) throw error;
      });
    }
  }

  /** Takes a push that is of no room. */
  async push(link: StationLink, push: Push): Promise<void> {
    this.#on(link);
    const open = this.#open.get(idText(push.log));
    if (open !== undefined) return this.#reader.take(link, open.row, open.branch, push);
    const entry = decodeEntry(push.entries[0] ?? new Uint8Array(0));
    const of = entry.ok && entry.value.kind === "genesis" ? entry.value.of : undefined;
    const row = of && this.#member.book.ofLog(of.room);
    if (row === undefined || push.first !== 0) return;
    const keyed = await this.#keyed(row);
    if (keyed === undefined || keyed.epoch !== of?.epoch) return;
    await this.#own(link, keyed).catch((error: unknown) => this.#member.failed(error));
  }

  /** A room was read into another epoch: its branches are over. Nothing new is sealed until what they had is in the outbox. */
  over(row: ConversationRow): void {
    const over = [...this.#open].filter(([, open]) => equalBytes(open.row.id, row.id));
    if (over.length === 0) return;
    for (const [name] of over) this.#open.delete(name);
    const name = idText(row.id);
    this.#resealing.add(name);
    void resealBranched(this.#member, row)
      .catch((error: unknown) => this.#member.failed(error))
      .finally(() => {
        this.#resealing.delete(name);
        this.#tools.kick(this.#member.book.get(row.id) ?? row);
      });
  }

  /** Whether letters of a branch are on their way back into the outbox. */
  isHeld(row: ConversationRow): boolean {
    return this.#resealing.has(idText(row.id));
  }

  /** A station said nothing of its log: the first room that it orders tells whether it can be reached. */
  async unseen(link: StationLink, station: StationRef): Promise<void> {
    const row = this.#member.book.all().find(({ room }) => room !== undefined && equalBytes(room.hub.key, station.key));
    if (row !== undefined) await this.probe(link, row);
  }

  /** A hub may be out of reach: it is asked, through the home. */
  async probe(link: StationLink, was: ConversationRow): Promise<void> {
    this.#on(link);
    const of = await this.#keyed(was);
    if (of === undefined || this.#tools.access.isHub(of.room)) return;
    const { station } = link.hello;
    const { log, hub } = of.room;
    const write = { epoch: of.epoch, signature: await of.keys.write.sign(grantMessage(station, log, of.epoch)) };
    try {
      await link.ask({ type: "room.grant", log, write }, "done");
    } catch (error) {
      if (isWireError(error, "station/peer-unreachable")) return this.cut(link, of.row);
      // The home has not read as far as this device, or it does not mirror the room: that says nothing of the hub.
      if (isWireError(error)) return;
      throw error;
    }
    await this.#reached(hub);
    this.#tools.kick(of.row);
  }

  async #note(station: StationRef): Promise<void> {
    const { store, clock, events } = this.#member;
    if ((await cutShelf.get(store, station.key)) !== undefined) return;
    const draft = new Draft();
    cutShelf.put(draft, station.key, { station, sinceMs: clock.nowMs() });
    draft.after(() => events.emit({ type: "island" }));
    await draft.commit(store);
  }

  async #reached(station: StationRef): Promise<void> {
    const { store, events } = this.#member;
    if ((await cutShelf.get(store, station.key)) === undefined) return;
    const draft = new Draft();
    cutShelf.remove(draft, station.key);
    draft.after(() => events.emit({ type: "island" }));
    await draft.commit(store);
  }

  #startBeat(link: StationLink): void {
    if (this.#beat !== undefined || this.#link !== link) return;
    this.#beat = new AbortController();
    void this.#beats(link, this.#beat.signal);
  }

  async #beats(link: StationLink, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#member.clock.sleep(PROBE_EVERY_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.#reader.look(link);
      await this.#probeAll(link).catch((error: unknown) => this.#member.failed(error));
    }
  }

  async #probeAll(link: StationLink): Promise<void> {
    const cuts = await cutShelf.range(this.#member.store, {});
    for (const row of this.#member.book.all()) {
      const { room } = row;
      if (room === undefined || !cuts.some(({ value }) => equalBytes(value.station.key, room.hub.key))) continue;
      await this.probe(link, row).catch((error: unknown) => this.#member.failed(error));
    }
    if (cuts.length > 0) this.#startBeat(link);
  }
}
