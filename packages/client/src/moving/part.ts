/*
 * What a move leaves to do over links to the new home, and what others do who find that somebody has moved (protocol/15-moving.md). Every
 * piece reads what is left to do from the store.
 */
import { idText, isWireError } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { askedIn } from "../devices/let-in.ts";
import type { StationLink } from "../link/station-link.ts";
import type { MakeSessionPart, SessionPart, SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { markTaken } from "../trust/anchors.ts";
import { tellProfile } from "../profile/telling.ts";
import { ask } from "../trust/asking.ts";
import { Finding } from "./finding.ts";
import { moveOf } from "./moving.ts";
import { MOVING_PART } from "./part-name.ts";
import { isToResend, resend } from "./resending.ts";
import { continueName, MovedRooms } from "./rooms.ts";
import { type MovingRow, movingShelf } from "./rows.ts";
import { roomsLeft } from "./view.ts";

/** How often hubs are looked at, and how often while one of them does not answer. */
const EVERY_MS = 120_000;
const SOON_MS = 10_000;
/** Of so many looks one asks anchors although hubs answer (M-12). */
const THOROUGH = 4;

class MovingPart implements SessionPart {
  readonly name = MOVING_PART;
  readonly #member: Member;
  readonly #tools: SessionTools;
  readonly #rooms: MovedRooms;
  readonly #finding: Finding;
  #life = new AbortController();
  #isLinked = false;
  #looks = 0;
  #isMissing = false;

  constructor(member: Member, tools: SessionTools) {
    this.#member = member;
    this.#tools = tools;
    // Only the end of the link aborts a wait.
    const pause = (delayMs: number): Promise<void> =>
      member.clock.sleep(delayMs, this.#life.signal).catch(() => undefined);
    this.#finding = new Finding(member, tools);
    this.#rooms = new MovedRooms(member, tools, this.#finding, pause);
  }

  begin(): void {
    this.#isLinked = true;
    this.#looks = 0;
    this.#again();
  }

  end(): void {
    this.#isLinked = false;
    this.#life.abort();
  }

  /** Somebody was heard of, or a hub did not answer. */
  wake(): void {
    if (this.#isLinked) this.#look();
  }

  unreachable(): void {
    this.wake();
  }

  isHeld(row: ConversationRow): boolean {
    return this.#rooms.isHeld(row);
  }

  moved(row: ConversationRow): void {
    this.#tools.run(`resend ${idText(row.id)}`, async () => {
      if (!(await isToResend(this.#member, row))) return;
      if (await resend(this.#member, row)) this.#tools.kick(this.#member.book.get(row.id) ?? row);
    });
    if (this.#isMissing) this.#tools.run("find", (link) => this.#find(link));
    this.#tools.run("own home", (link) => this.#leave(link));
  }

  /** Another own device has moved: the link ends, and the engine goes to the new home (follow.ts). */
  async #leave(link: StationLink): Promise<void> {
    const { contacts, profile } = this.#member;
    const home = (await contacts.get(profile.row.identity))?.state.home;
    if (home !== undefined && !equalBytes(home.station.key, profile.row.home.station.key)) link.close();
  }

  async isSettled(): Promise<boolean> {
    for (const row of this.#member.book.all()) if (await isToResend(this.#member, row)) return false;
    const move = await moveOf(this.#member);
    return move === undefined || roomsLeft(this.#member, move).length === 0;
  }

  #again(): void {
    this.#life.abort();
    this.#life = new AbortController();
    this.#look();
    void this.#beat(this.#life.signal);
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const { clock } = this.#member;
    while (!signal.aborted) {
      await clock.sleep(this.#isMissing ? SOON_MS : EVERY_MS, signal).catch(() => undefined);
      if (!signal.aborted) this.#look();
    }
  }

  #look(): void {
    for (const row of this.#member.book.all()) this.moved(row);
    this.#tools.run("find", (link) => this.#find(link));
    this.#tools.run("move", (link) => this.#move(link));
  }

  async #find(link: StationLink): Promise<void> {
    const isThorough = this.#looks % THOROUGH === 0;
    this.#looks += 1;
    this.#isMissing = await this.#finding.run(link, isThorough);
    const { book, store } = this.#member;
    // Rooms are carried for those who ask to be let in (M-44).
    for (const row of book.all()) {
      if ((await askedIn(store, row.id)).length === 0 || !(await this.#finding.isLeft(row))) continue;
      // The home may believe in its hub for a while.
      this.#isMissing = true;
      this.#tools.run(continueName(row), (on) => this.#rooms.advance(on, book.get(row.id) ?? row));
    }
  }

  async #move(link: StationLink): Promise<void> {
    const move = await moveOf(this.#member);
    if (move?.stage !== "moved") return;
    const { book } = this.#member;
    await tellProfile(this.#member, (row) => this.#tools.kick(row));
    for (const row of roomsLeft(this.#member, move)) {
      this.#tools.run(continueName(row), (on) => this.#rooms.advance(on, book.get(row.id) ?? row));
    }
    await this.#tell(link, move);
    if (roomsLeft(this.#member, move).length === 0) this.#tools.run("old home", () => this.#leaveOld(move));
  }

  /** When every chat is here the old home deletes what rests there (M-25). */
  async #leaveOld({ from }: MovingRow): Promise<void> {
    const { leaveOld } = await import("../leaving/old-home.ts");
    await leaveOld(this.#member, from);
  }

  /** The chain goes to the anchors and to the old home (M-2). */
  async #tell(link: StationLink, move: MovingRow): Promise<void> {
    const { profile, contacts, store } = this.#member;
    const { identity, ops } = profile.row;
    const anchors = (await contacts.get(identity))?.state.anchors.map(({ station }) => station) ?? [];
    let told = move.told;
    for (const station of [...anchors, move.from]) {
      const isTold = told.some((key) => equalBytes(key, station.key));
      if (isTold || equalBytes(station.key, link.hello.station)) continue;
      try {
        if ((await ask(link, { type: "identity.anchor", ops, at: station }, "done")) === undefined) continue;
      } catch (error) {
        if (!isWireError(error) || error.code === "wire/link-ended") throw error;
        continue;
      }
      told = [...told, station.key];
      const draft = new Draft();
      movingShelf.put(draft, identity, { ...move, told });
      await draft.commit(store);
      await markTaken(this.#member, station, ops.length);
    }
  }
}

/** Moves, and following those who moved, over links to the home. */
export const movingPart: MakeSessionPart = (member, tools) => new MovingPart(member, tools);
