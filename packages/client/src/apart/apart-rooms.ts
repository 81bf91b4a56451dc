/* Lanes of a session, when the person chose them (protocol/18-unlinkability.md §1). */
import type { Rng } from "@chapar/carrier";
import type { LogId } from "@chapar/wire";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { Gap, Push, StationLink } from "../link/station-link.ts";
import { HIGH_RISK_KEY, isHighRisk } from "./high-risk.ts";
import { Lanes } from "./lanes.ts";
import { pace } from "./paced.ts";

/** Who reads the rooms. */
export interface RoomsOfLanes {
  push(link: StationLink, push: Push): boolean;
  gap(link: StationLink, gap: Gap): boolean;
  /** reads a room anew */
  rejoin(row: ConversationRow): void;
}

/** Gives each link of the account its lanes. */
export class ApartRooms {
  readonly #member: Member;
  readonly #rng: Rng;
  readonly #rooms: RoomsOfLanes;
  #link: StationLink | undefined;
  #lanes: Lanes | undefined;

  constructor(member: Member, rng: Rng, rooms: RoomsOfLanes) {
    this.#member = member;
    this.#rng = rng;
    this.#rooms = rooms;
    // A link on which rooms were shown beside the account is not kept: the next one begins as chosen.
    member.own.subscribe(({ key }) => {
      if (key === HIGH_RISK_KEY) this.#link?.close();
    });
  }

  /** Before anything else is asked on a link. @throws WireError */
  async begin(link: StationLink): Promise<void> {
    this.#link = link;
    if (!isHighRisk(this.#member.own)) return;
    await pace(link, { clock: this.#member.clock, rng: this.#rng });
    const rooms = this.#rooms;
    this.#lanes = new Lanes(this.#member, this.#rng, link, {
      push: (push) => rooms.push(link, push),
      gap: (gap) => rooms.gap(link, gap),
      lost: (log) => this.#lost(log),
    });
    link.apart = this.#lanes;
  }

  #lost(log: LogId): void {
    const row = this.#member.book.ofLog(log);
    if (row !== undefined) this.#rooms.rejoin(row);
  }

  /** Has tokens ready, once the account was shown. @throws as Lanes.stock */
  async stock(): Promise<void> {
    await this.#lanes?.stock();
  }

  /** Resolves when what the station had for the rooms was pushed before. */
  async heard(): Promise<void> {
    await this.#lanes?.heard();
  }

  end(): void {
    this.#lanes?.end();
    this.#lanes = undefined;
    this.#link = undefined;
  }
}
