/* The work of groups: wishes, arrivals, and what is left of groups that were left. */
import { equalBytes } from "@chapar/wire/bytes";
import { type ConversationRow, isRefused } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import type { SessionTools } from "../session/part.ts";
import { Arrivals } from "./arrivals.ts";
import { hasAsked, sendAsks } from "./asking-in.ts";
import { queueDuties } from "./duties.ts";
import { leadBack } from "./leading-back.ts";
import { endLeft } from "./leaving.ts";
import { settleRequests, turnAway } from "./letting-in.ts";
import { queueTending } from "./tending.ts";
import { Wishes, type WishesOf } from "./wishes.ts";

/** Work of groups over links to the home. */
export class GroupWork {
  readonly #member: Member;
  readonly #tools: SessionTools;
  readonly #wishes: Wishes;
  readonly #arrivals: Arrivals;
  readonly #asked: WishesOf["asked"];

  constructor(member: Member, tools: SessionTools, { committing, asked }: WishesOf) {
    this.#member = member;
    this.#tools = tools;
    this.#asked = asked;
    this.#wishes = new Wishes(member, tools, { committing, asked });
    this.#arrivals = new Arrivals(member, tools, asked);
  }

  /** @param tends  whether leaves may have to come or go */
  async advance(link: StationLink, id: ConversationRow["id"], tends: boolean): Promise<void> {
    const member = this.#member;
    const row = member.book.get(id);
    if (row === undefined) return;
    if (row.leaving) {
      await endLeft(member, row);
      return;
    }
    if (isRefused(row)) {
      await leadBack(member, this.#tools, link, row);
      return;
    }
    await queueDuties(member, row);
    if (tends) await queueTending(member, row);
    await settleRequests(member, row);
    await this.#wishes.advance(link, row);
    await turnAway(member, this.#tools, link, row);
  }

  /** The weekly key of a large group, where it is this device's to bring. */
  async week(link: StationLink, id: ConversationRow["id"]): Promise<void> {
    const { book, groups, profile } = this.#member;
    const own = book.roster(id)?.people.find(({ identity }) => equalBytes(identity, profile.row.identity));
    if (own === undefined || own.role === "member") return;
    const group = await book.lane(id).run(() => groups.load(id));
    if (group?.suite !== "x25519") return;
    const { keepWeekly } = await import("./weekly.ts");
    await keepWeekly(this.#member, { tools: this.#tools, asked: this.#asked }, link, id);
  }

  async ask(link: StationLink): Promise<void> {
    await sendAsks(this.#member, this.#tools, link);
  }

  async arrive(link: StationLink): Promise<void> {
    await this.#arrivals.run(link);
  }

  /** The room was read further while a commit is under way. */
  async moved(row: ConversationRow): Promise<void> {
    await this.#wishes.moved(row);
  }

  /** Whether everybody who is asked to let this person in was told so. */
  async hasAsked(): Promise<boolean> {
    return hasAsked(this.#member);
  }
}
