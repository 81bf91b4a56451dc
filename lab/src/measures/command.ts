/* `chapar lab first-packets`, `judge`, `probers` and `slow-line`: numbers about our own routes. What they say is an answer, not a failure. */
import type { LabIo } from "../io.ts";
import type { MeasureCommand } from "./arguments.ts";
import { firstPackets, type FirstPacketsRow } from "./first-packets.ts";
import { judge, type JudgeRow } from "./judge.ts";
import { probers, type ProberRow } from "./probers.ts";
import { slowLine, type SlowRow } from "./slow-line.ts";

const counts = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");

const packetsLine = ({ route, packets, blocked, verdicts, sizes }: FirstPacketsRow): string =>
  `${route.padEnd(14)} ${blocked} of ${packets} blocked (${counts(verdicts)}; ${sizes.join(" to ")} bytes)`;

const judgeLine = ({ route, sessions, flows, names, risks }: JudgeRow): string =>
  `${route.padEnd(6)} ${flows} flows of ${sessions} sessions: ${counts(names)}${Object.keys(risks).length === 0 ? "" : `; held against them: ${counts(risks)}`}`;

const probersLine = ({ where, probe, same, medianMs, sameTime }: ProberRow): string =>
  `${where.padEnd(10)} ${probe.padEnd(28)} ${same ? "same" : "DIFFERENT"}${medianMs === null ? "" : `, ${medianMs.join(" and ")} ms${sameTime ? "" : " APART"}`}`;

const slowLineOf = ({ letters, arrived, medianMs, p95Ms, mostMs, downloadedBytes }: SlowRow): string =>
  `${arrived} of ${letters} letters; median ${medianMs} ms, p95 ${p95Ms} ms, most ${mostMs} ms; ${downloadedBytes} bytes were read through the tunnel meanwhile`;

async function runProbers(times: number, tell: <Row>(row: Row, line: (row: Row) => string) => void): Promise<void> {
  const rows: ProberRow[] = [];
  await probers(times, (row) => {
    rows.push(row);
    tell(row, probersLine);
  });
  const different = rows.filter(({ same }) => !same).length;
  const apart = rows.filter(({ sameTime }) => !sameTime).length;
  const sum = { where: "all", probes: rows.length, times, different, apart };
  tell(sum, () => `${rows.length} probes, ${times} times each: ${different} different, ${apart} apart in time`);
}

/** Measures, and says a line for each route. @returns whether it came to its end */
export async function runMeasure({ name, json, count }: MeasureCommand, io: LabIo): Promise<boolean> {
  const tell = <Row>(row: Row, line: (row: Row) => string): void => io.out(json ? JSON.stringify(row) : line(row));
  if (name === "first-packets") {
    let [packets, blocked] = [0, 0];
    await firstPackets(count, (row) => {
      tell(row, packetsLine);
      [packets, blocked] = [packets + row.packets, blocked + row.blocked];
    });
    tell({ route: "all", packets, blocked }, () => `all            ${blocked} of ${packets} blocked`);
  } else if (name === "probers") await runProbers(count, tell);
  else if (name === "slow-line") tell(await slowLine(count, io), slowLineOf);
  else await judge({ count, tell: (row) => tell(row, judgeLine), signal: io.signal });
  return io.signal?.aborted !== true;
}
