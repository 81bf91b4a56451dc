/*
 * `chapar lab misdeeds`: lies, or an honest station that is killed; one line a mode. The numbers are the answer; what is missed does
 * not make the command fail, and what was played before it was stopped is told.
 */
import type { LabIo } from "../io.ts";
import type { MisdeedsCommand } from "./arguments.ts";
import { type HonestRow, playHonest } from "./play-honest.ts";
import { playModes } from "./play-modes.ts";
import type { MisdeedRow } from "./tally.ts";

/** Numbers for people. */
export function rowLine(row: MisdeedRow): string {
  const { mode, injected, detected, healed, repaired, by, medianMs, maxMs, missed } = row;
  const times = medianMs === null ? "" : `, after ${medianMs} ms in the middle, ${maxMs ?? medianMs} ms at most`;
  const who = `${by.sender} by the sender, ${by.reader} by the reader, ${by.witness} by a witness`;
  const replay = missed.slice(0, 3).map((miss) => `--seed ${miss.seed} --count ${miss.count} --place ${miss.place}`);
  const misses = replay.length === 0 ? "" : `; missed: ${replay.join(", ")}`;
  return `${mode.padEnd(21)} ${detected} of ${injected} noticed (${who})${times}; ${healed} healed untold, ${repaired} repaired${misses}`;
}

/** Numbers for people. */
export function honestLine(row: HonestRow): string {
  const { messages, kills, amid, restores, accusations, undelivered, messagesPerSecond, killsPerMinute, realMs } = row;
  const bad = `${kills} kills (${amid} amid letters), ${restores} restorations`;
  const rates = `${messagesPerSecond} messages a second, ${killsPerMinute} kills a minute`;
  const lost = `${undelivered.restored} messages not delivered in seasons with a restoration, ${undelivered.otherwise} in others`;
  return `honest: ${messages} messages, ${bad} in ${Math.round(realMs / 1000)} s (${rates}); ${accusations} accusations; ${lost}`;
}

/** Plays what was asked for. @returns whether it was played to its end, or until its time was over; false when it was stopped */
export async function runMisdeeds(command: MisdeedsCommand, io: LabIo): Promise<boolean> {
  const { seed, lanes, limitMs, honest, modes, count, place } = command;
  const time = limitMs === undefined ? [] : [AbortSignal.timeout(limitMs)];
  const signal = AbortSignal.any([...time, ...(io.signal === undefined ? [] : [io.signal])]);
  const to = { tell: io.err, signal };
  const tell = <Row>(row: Row, line: (row: Row) => string): void =>
    io.out(command.json ? JSON.stringify(row) : line(row));
  await (honest === undefined
    ? playModes({ modes, count, seed, place, lanes }, { ...to, row: (row) => tell(row, rowLine) })
    : playHonest({ ...honest, seed, lanes }, { ...to, row: (row) => tell(row, honestLine) }));
  return io.signal?.aborted !== true;
}
