/* Reports to the operator, from when the person asks for one. */
import { blob, count, fields, flag, oneOf, optional, row, text } from "../store/record.ts";
import { shelf, type Shelf } from "../store/shelf.ts";

/** A report and how it stands. */
export interface ReportRow {
  readonly message: Uint8Array;
  /** as it travels; empty once the station has it, or has refused it */
  readonly report: Uint8Array;
  readonly atMs: number;
  readonly state: "waiting" | "sent" | "refused";
  readonly code: string | undefined;
  readonly proves: boolean;
}

/** `report`: by message id. */
export const reportShelf: Shelf<ReportRow> = shelf(
  "report",
  row<ReportRow>(
    1,
    fields<ReportRow>({
      message: blob,
      report: blob,
      atMs: count,
      state: oneOf(["waiting", "sent", "refused"]),
      code: optional(text),
      proves: flag,
    }),
  ),
);
