/* `chapar lab seize`: a month of people at a station, then everything that the station has is searched; one line. */
import type { LabIo } from "../io.ts";
import type { SeizeCommand } from "./arguments.ts";
import type { Score } from "./scores.ts";
import { seize, type SeizureRow } from "./seize.ts";

const score = ({ precision, auc, true: yes, pairs }: Score): string =>
  `precision ${precision ?? "none"}, AUC ${auc ?? "none"} (${yes} of ${pairs} pairs true)`;

/** Numbers for people. */
export function seizureLines(row: SeizureRow): readonly string[] {
  const memory = row.memoryBytes === null ? "memory NOT READ" : `${row.memoryBytes} bytes of memory`;
  return [
    `${row.secrets} secrets of ${row.people} people in ${row.days} days: ${row.plaintextBytes} bytes of them in ${row.diskBytes} bytes on disk and ${memory}`,
    `${row.edges} pairs are named by one of ${row.rows} rows; ${row.openLinks} pairs of an account and a room on links that were open`,
    `who is in which room, by the order of rows: ${score(row.atRestByOrder)}`,
    ...(row.inMemory === null ? [] : [`who is in which room, by what is near in memory: ${score(row.inMemory)}`]),
    `who talks with whom, by a listener at every line: ${score(row.liveTap)}`,
  ];
}

/** Plays what was asked for and tells it. */
export async function runSeize(command: SeizeCommand, io: LabIo): Promise<void> {
  const row = await seize(command, io.err);
  if (command.json) io.out(JSON.stringify(row));
  else for (const line of seizureLines(row)) io.out(line);
}
