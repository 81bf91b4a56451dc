/* What groups do over links to the home: wishes, arrivals, and what is left of groups that were left. */
import { idText } from "@chapar/wire";
import { type ConversationRow, isRefused } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { SessionPart, SessionTools } from "../session/part.ts";
import type { Table } from "../store/tables.ts";
import { hearing } from "./hearing.ts";
import { GROUPS_PART } from "./part-name.ts";
import { GroupWork } from "./working.ts";

/** The session part of groups. */
export function groupsPart(member: Member, tools: SessionTools): SessionPart {
  const { book, store } = member;
  /** the epoch that a commit of ours is to end, by conversation: until it is decided nothing is sealed */
  const committing = new Map<string, number>();
  /** groups whose leaves may have to come or go */
  const untended = new Set<string>();
  const isNone = async (table: Table): Promise<boolean> => (await store.range(table, { limit: 1 })).length === 0;

  const run = (row: ConversationRow): void => {
    if (row.kind !== "group" || row.room === undefined) return;
    if (row.state === "closed" || row.joinedEpoch === 0) return;
    const name = idText(row.id);
    tools.run(`group ${name}`, async (link) => {
      const tends = untended.delete(name);
      try {
        await work.advance(link, row.id, tends);
      } catch (error) {
        if (tends) untended.add(name);
        throw error;
      }
    });
  };
  const week = (row: ConversationRow): void => {
    if (row.kind === "group" && row.joinedEpoch > 0)
      tools.run(`week ${idText(row.id)}`, (link) => work.week(link, row.id));
  };
  const asked = (id: Uint8Array): void => {
    const row = book.get(id);
    if (row !== undefined) run(row);
  };
  const work = new GroupWork(member, tools, { committing, asked });
  const runAll = (): void => {
    for (const row of book.all()) {
      untended.add(idText(row.id));
      run(row);
      week(row);
    }
    tools.run("asks", (link) => work.ask(link));
  };
  const arrive = (): void => tools.run("guests", (link) => work.arrive(link));

  return {
    name: GROUPS_PART,
    begin: () => {
      committing.clear();
      runAll();
      arrive();
    },
    end: () => committing.clear(),
    wake: runAll,
    moved: (row, epoch) => {
      if (row.kind !== "group") return;
      if (epoch) {
        untended.add(idText(row.id));
        week(row);
        void work.moved(row).catch((error: unknown) => member.failed(error));
      }
      run(row);
    },
    isHeld: (row) => isRefused(row) || committing.has(idText(row.id)),
    hear: hearing(member),
    heard: arrive,
    isSettled: async () => {
      for (const row of book.all()) {
        if (row.kind !== "group") continue;
        if (row.leaving && row.state !== "closed") return false;
        const isOpen = row.state === "open" && !row.leaving;
        if (isOpen && (await store.range("wish", { prefix: row.id, limit: 1 })).length > 0) return false;
      }
      return (await isNone("guest")) && work.hasAsked();
    },
  };
}
