/* Every frame type in the order of its number, for the protocol's page and for tests that go through all of them. */
import { notices } from "./notices.ts";
import { requests } from "./requests.ts";
import { responses } from "./responses.ts";
import { NAMED_STRUCTS } from "./structs.ts";
import type { FrameKind, PrintedRow } from "./table.ts";

/** One row of the page. */
export interface FrameRow extends PrintedRow {
  readonly kind: FrameKind;
}

const rows = (kind: FrameKind, printed: readonly PrintedRow[]): readonly FrameRow[] =>
  printed.map((row) => ({ kind, ...row }));

/** All frame types. */
export const FRAME_ROWS: readonly FrameRow[] = [
  ...rows("request", requests.rows),
  ...rows("response", responses.rows),
  ...rows("notice", notices.rows),
];

/** The structs that rows name. */
export const FRAME_STRUCTS: readonly { readonly name: string; readonly fields: string }[] = NAMED_STRUCTS;
