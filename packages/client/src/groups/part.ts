/* What groups do over links to the home: wishes, arrivals, and what is left of groups that were left. */
import { idText } from "@chapar/wire";
import { type ConversationRow, isRefused } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import type { SessionPart, SessionTools } from "../session/part.ts";
import type { Draft } from "../store/shelf.ts";
import { Arrivals } from "./arrivals.ts";
import { hasAsked, sendAsks } from "./asking-in.ts";
import { queueDuties } from "./duties.ts";
import { settleRequests, turnAway } from "./letting-in.ts";
import { leadBack } from "./leading-back.ts";
import { endLeft } from "./leaving.ts";
import { GROUPS_PART } from "./part-name.ts";
import { Wishes } from "./wishes.ts";

/** The session part of groups. */
export function groupsPart(member: Member, tools: SessionTools): SessionPart {
  const wishes = new Wishes(member, tools);
  const { book } = member;

  const advance = async (link: StationLink, id: ConversationRow["id"]): Promise<void> => {
    const row = book.get(id);
    if (row === undefined) return;
    if (row.leaving) {
      await endLeft(member, row);
      return;
    }
    if (isRefused(row)) {
      await leadBack(member, tools, link, row);
      return;
    }
    await queueDuties(member, row);
    await settleRequests(member, row);
    await wishes.advance(link, row);
    await turnAway(member, tools, link, row);
  };
  const run = (row: ConversationRow): void => {
    if (row.kind !== "group" || row.room === undefined) return;
    if (row.state === "closed" || row.joinedEpoch === 0) return;
    tools.run(`group ${idText(row.id)}`, (link) => advance(link, row.id));
  };
  const runAll = (): void => {
    for (const row of book.all()) run(row);
    tools.run("asks", (link) => sendAsks(member, tools, link));
  };
  const arrivals = new Arrivals(member, tools, (id) => {
    const row = book.get(id);
    if (row !== undefined) run(row);
  });
  const isSettled = async (): Promise<boolean> => {
    for (const row of book.all()) {
      if (row.kind !== "group") continue;
      if (row.leaving && row.state !== "closed") return false;
      if (row.state === "open" && !row.leaving && !(await wishes.isEmpty(row))) return false;
    }
    return (await hasAsked(member)) && arrivals.isEmpty();
  };

  return {
    name: GROUPS_PART,
    begin: () => {
      wishes.begin();
      runAll();
      tools.run("guests", (link) => arrivals.run(link));
    },
    end: () => wishes.begin(),
    wake: runAll,
    moved: (row, epoch) => {
      if (row.kind !== "group") return;
      if (epoch) void wishes.moved(row).catch((error: unknown) => member.failed(error));
      run(row);
    },
    isHeld: (row) => isRefused(row) || wishes.isHeld(row),
    hear: (draft: Draft, frame: Uint8Array) => arrivals.hear(draft, frame),
    heard: () => tools.run("guests", (link) => arrivals.run(link)),
    isSettled,
  };
}
