/*
 * The table of frames in protocol/1-wire.md, from the tables that encode and decode them.
 * `node packages/wire/scripts/frame-page.ts` prints it, `--write` puts it into the page.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FRAME_ROWS, FRAME_STRUCTS } from "../src/frames/rows.ts";

const BEGIN = "<!-- frames:begin -->\n";
const END = "<!-- frames:end -->";

/** The page that holds the table. */
export const FRAME_PAGE: string = join(import.meta.dirname, "../../../protocol/1-wire.md");

const byte = (number: number): string => `0x${number.toString(16).padStart(2, "0")}`;

/** The table as Markdown. */
function frameTable(): string {
  const rows = FRAME_ROWS.map(({ kind, number, type, layout }) => {
    const body = layout === "" ? "" : `\`${layout}\``;
    return `| ${byte(number)} | ${kind} | \`${type}\` | ${body} |`;
  });
  const structs = FRAME_STRUCTS.map(({ name, fields }) => `| \`${name}\` | \`${fields}\` |`);
  return [
    "Requests are below 0x80, responses below 0xc0, notices from there on: a side that does not know a type still knows whether",
    "it has an id. `optional` is a byte 0, or a byte 1 and the field.",
    "",
    "| type | kind | name | body |",
    "|---|---|---|---|",
    ...rows,
    "",
    "| struct | fields |",
    "|---|---|",
    ...structs,
    "",
  ].join("\n");
}

/** The page with its table replaced. @throws Error when it has no place for it */
export function withFrameTable(page: string): string {
  const start = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (start < 0 || end < start) throw new Error(`no ${BEGIN.trim()} … ${END}`);
  return page.slice(0, start + BEGIN.length) + frameTable() + page.slice(end);
}

if (import.meta.main) {
  if (process.argv.includes("--write")) writeFileSync(FRAME_PAGE, withFrameTable(readFileSync(FRAME_PAGE, "utf8")));
  else process.stdout.write(frameTable());
}
