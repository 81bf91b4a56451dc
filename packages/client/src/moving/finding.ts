/*
 * Finding people who moved (M-11, M-12): by what they tell in inboxes, by what their home, the own home and their anchors have of their chain,
 * and the rooms that they continue. No person is asked anything.
 */
import { identityId, type IdentityId, idText, isWireError, type StationRef } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { type ConversationRow, isForked } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { isClientError } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import { isOwnRoom } from "../devices/own-room.ts";
import { chainChanges } from "../safety/changes.ts";
import { tellChanges } from "../safety/person-lines.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { ask } from "../trust/asking.ts";
import { elsewhere } from "../trust/judging.ts";
import { carriersOf } from "./carrying.ts";
import { continuingLog, hasLivedAt } from "./continuation.ts";

/** People of one hub that are looked for in one turn. */
const PEOPLE_A_TURN = 32;

/** Takes a longer chain of somebody; an older one, or one that contradicts, changes nothing (I-10). @returns whether it was longer */
export async function believeMoved(member: Member, identity: IdentityId, ops: readonly Uint8Array[]): Promise<boolean> {
  const { contacts, profile } = member;
  if (equalBytes(identity, profile.row.identity)) return false;
  const held = await contacts.get(identity);
  if (held === undefined || ops.length <= held.state.ops.length) return false;
  try {
    const state = await contacts.check(ops, identity);
    await tellChanges(member, state, chainChanges(held.state, state, undefined));
    return true;
  } catch (error) {
    if (!isClientError(error)) throw error;
    return false;
  }
}

/** Looks for people who moved, and follows them. */
export class Finding {
  readonly #member: Member;
  readonly #tools: SessionTools;

  constructor(member: Member, tools: SessionTools) {
    this.#member = member;
    this.#tools = tools;
  }

  /** Looks at every room whose hub is another station. @returns whether a hub does not answer and its people were not found */
  async run(link: StationLink, isThorough: boolean): Promise<boolean> {
    let isMissing = false;
    for (const [hub, rows] of await this.#byHub()) {
      const people = await this.#peopleOf(rows, hub);
      const [first] = people;
      if (first === undefined) continue;
      const isThere = await this.#doesAnswer(link, first, hub);
      if (!isThere || isThorough) for (const one of people.slice(0, PEOPLE_A_TURN)) await this.#look(link, one, hub);
      if (!isThere) isMissing = true;
    }
    for (const row of this.#member.book.all()) if (await this.follow(link, row)) isMissing = false;
    return isMissing;
  }

  async #byHub(): Promise<readonly (readonly [StationRef, readonly ConversationRow[]])[]> {
    const hubs = new Map<string, [StationRef, ConversationRow[]]>();
    const own = this.#member.profile.row.home.station.key;
    for (const row of this.#member.book.all()) {
      if (row.room === undefined || !isFollowed(row) || equalBytes(row.room.hub.key, own)) continue;
      const name = idText(row.room.hub.key);
      const held = hubs.get(name) ?? [row.room.hub, []];
      held[1].push(row);
      hubs.set(name, held);
    }
    return [...hubs.values()];
  }

  /** People of rooms whose home is their hub, each once. */
  async #peopleOf(rows: readonly ConversationRow[], hub: StationRef): Promise<readonly IdentityId[]> {
    const { book, contacts } = this.#member;
    const people = new Map<string, IdentityId>();
    for (const identity of rows.flatMap((row) => book.others(row))) {
      const home = (await contacts.get(identity))?.state.home;
      if (home !== undefined && equalBytes(home.station.key, hub.key)) people.set(idText(identity), identity);
    }
    return [...people.values()];
  }

  /** Whether a hub answers; what it says of the person is taken where it is new. */
  async #doesAnswer(link: StationLink, identity: IdentityId, hub: StationRef): Promise<boolean> {
    try {
      const request = { type: "identity.get", identity, at: elsewhere(link, hub) } as const;
      const { ops } = await link.ask(request, "identity.ops");
      await believeMoved(
        this.#member,
        identity,
        ops.map((op) => op.slice()),
      );
      return true;
    } catch (error) {
      if (!isWireError(error) || error.code === "wire/link-ended") throw error;
      return error.code !== "station/peer-unreachable" && error.code !== "station/peer-refused";
    }
  }

  /** Asks the own home, then the anchors that the chain names. */
  async #look(link: StationLink, identity: IdentityId, hub: StationRef): Promise<void> {
    const held = await this.#member.contacts.get(identity);
    const anchors = held?.state.anchors.map(({ station }) => station) ?? [];
    for (const station of [undefined, ...anchors]) {
      if (station !== undefined && equalBytes(station.key, hub.key)) continue;
      const at = station && elsewhere(link, station);
      if (station !== undefined && at === undefined) continue;
      const answer = await ask(link, { type: "identity.get", identity, at }, "identity.ops");
      if (answer === undefined) continue;
      const ops = answer.ops.map((op) => op.slice());
      if (await believeMoved(this.#member, identity, ops)) return;
    }
  }

  /** Looks for the chains of some people of a hub that is gone. */
  async lookFor(link: StationLink, people: readonly Uint8Array[], hub: StationRef): Promise<void> {
    for (const one of people.slice(0, PEOPLE_A_TURN)) {
      const identity = identityId(one.slice());
      if (!equalBytes(identity, this.#member.profile.row.identity)) await this.#look(link, identity, hub);
    }
  }

  /** Goes on in the log in which a member continues a room, when there is one. @returns whether the room has another log now */
  async follow(link: StationLink, was: ConversationRow): Promise<boolean> {
    const row = this.#member.book.get(was.id);
    if (row?.room === undefined || !isFollowed(row)) return false;
    const { hub } = row.room;
    const places = await this.#placesOf(row, hub);
    if (places.length === 0 || (await this.#hasMore(link, row))) return false;
    for (const place of places) if (await this.#goOn(link, row, place)) return true;
    return false;
  }

  /** Whether a room's hub is another station, and somebody else left it. */
  async isLeft(row: ConversationRow): Promise<boolean> {
    if (row.room === undefined || !isFollowed(row) || isOwnRoom(this.#member, row)) return false;
    const { hub } = row.room;
    const isOwn = equalBytes(hub.key, this.#member.profile.row.home.station.key);
    return !isOwn && (await this.#homesOf(row, hub)).length > 0;
  }

  /** Homes of those who left a hub. */
  async #homesOf(row: ConversationRow, hub: StationRef): Promise<readonly StationRef[]> {
    const homes: StationRef[] = [];
    for (const identity of this.#member.book.others(row)) {
      const state = (await this.#member.contacts.get(identity))?.state;
      if (state === undefined || equalBytes(state.home.station.key, hub.key)) continue;
      if (hasLivedAt(state, hub.key)) homes.push(state.home.station);
    }
    return homes;
  }

  /** Where somebody who left a hub, or who carries its rooms, may have continued one. */
  async #placesOf(row: ConversationRow, hub: StationRef): Promise<readonly StationRef[]> {
    const { book, groups } = this.#member;
    const places = await this.#homesOf(row, hub);
    if (places.length === 0) return places;
    const group = await book.lane(row.id).run(() => groups.load(row.id));
    const carriers = group === undefined ? [] : await carriersOf(this.#member, group, hub.key);
    return [...places, ...carriers.map(({ home }) => home.station)];
  }

  /** @returns whether the room has another log now */
  async #goOn(link: StationLink, row: ConversationRow, station: StationRef): Promise<boolean> {
    const { book, store, groups } = this.#member;
    const group = await book.lane(row.id).run(() => groups.load(row.id));
    if (group === undefined) return false;
    const room = { log: await continuingLog(this.#member, group, station.key), hub: station };
    if (!(await this.#isThere(link, room, group))) return false;
    const isTaken = await book.lane(row.id).run(async () => {
      const now = book.get(row.id);
      const isSame = now?.room !== undefined && equalBytes(now.room.log, row.room?.log ?? now.id);
      if (now === undefined || !isSame || (await groups.load(row.id))?.epoch !== group.epoch) return false;
      const draft = new Draft();
      // The old log may have stopped for what its hub did: the new one begins without a fault.
      const open = isForked(now) ? ({ state: "open", fault: undefined, stopped: false } as const) : {};
      book.put(draft, { ...now, ...open, room, mirrored: true });
      await draft.commit(store);
      return true;
    });
    if (isTaken) this.#tools.joined(book.get(row.id) ?? row);
    return isTaken;
  }

  async #isThere(
    link: StationLink,
    room: NonNullable<ConversationRow["room"]>,
    group: Parameters<SessionTools["access"]["mirror"]>[2],
  ): Promise<boolean> {
    try {
      await this.#tools.access.mirror(link, room, group);
      await this.#tools.access.head(link, room, group);
      return true;
    } catch (error) {
      if (!isWireError(error) || error.code === "wire/link-ended") throw error;
      return false;
    }
  }

  /** Whether the home has entries of the old log that are not read: the commit may be among them (M-7). */
  async #hasMore(link: StationLink, row: ConversationRow): Promise<boolean> {
    const { room } = row;
    const group = await this.#member.groups.load(row.id);
    if (room === undefined || group === undefined || isForked(row)) return false;
    try {
      const shown = this.#tools.access.shown(room, await this.#tools.access.head(link, room, group));
      const { size } = (await this.#tools.logs.load(room.log, room.hub.key)).range;
      return (shown?.size ?? 0) > size;
    } catch (error) {
      if (!isWireError(error) || error.code === "wire/link-ended") throw error;
      return false;
    }
  }
}

function isFollowed(row: ConversationRow): boolean {
  if (row.room === undefined || row.state === "closed" || row.joinedEpoch === 0) return false;
  return !row.stopped || isForked(row);
}
