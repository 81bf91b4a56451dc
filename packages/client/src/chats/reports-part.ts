/* Reports leave when there is a way to the home, once (N-23). */
import { isWireError } from "@chapar/wire";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import type { MakeSessionPart } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { type ReportRow, reportShelf } from "./report-row.ts";

/** Name of the part. */
export const REPORTS = "reports";
const NOTHING = new Uint8Array(0);
/** What a station says for good. */
const FINAL = ["station/not-allowed", "station/quota"] as const;

async function waiting({ store }: Member): Promise<readonly ReportRow[]> {
  const rows = await reportShelf.range(store, {});
  return rows.map(({ value }) => value).filter(({ state }) => state === "waiting");
}

async function send(member: Member, link: StationLink): Promise<void> {
  for (const row of await waiting(member)) {
    let answered: Pick<ReportRow, "state" | "code">;
    try {
      await link.ask({ type: "report.put", report: row.report }, "done");
      answered = { state: "sent", code: undefined };
    } catch (error) {
      const code = FINAL.find((one) => isWireError(error, one));
      if (code === undefined) throw error;
      answered = { state: "refused", code };
    }
    const draft = new Draft();
    reportShelf.put(draft, row.message, { ...row, ...answered, report: NOTHING });
    draft.after(() => member.events.emit({ type: "own", key: "report", from: "here" }));
    await draft.commit(member.store);
  }
}

export const reportsPart: MakeSessionPart = (member, tools) => {
  const wake = (): void => tools.run(REPORTS, (link) => send(member, link));
  return {
    name: REPORTS,
    begin: wake,
    end: () => undefined,
    wake,
    isSettled: async () => (await waiting(member)).length === 0,
  };
};
