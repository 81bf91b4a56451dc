/* `chapar lab move`: one person's home dies, and what is left of everything after the move; in numbers. */
import type { LabIo } from "../io.ts";
import type { MoveCommand } from "./arguments.ts";
import { drillMove, type MoveRow } from "./drill.ts";

/** Numbers for people. */
export function moveLine(row: MoveRow): string {
  const { contacts, groups, messages, lost, repeated, linked, moveMs, followedMs, linkedMs } = row;
  const size = `${contacts} contacts, ${groups} groups, ${messages} messages`;
  const times = `moved in ${moveMs} ms, every chat at the new home in ${followedMs} ms, everyone linked again in ${linkedMs} ms`;
  return `${size}: ${lost} lost, ${repeated} twice, ${linked} of ${contacts} linked again; ${times}`;
}

/** Plays it. @returns false when it was stopped before its end */
export async function runMove(command: MoveCommand, io: LabIo): Promise<boolean> {
  const row = await drillMove(command, { tell: io.err, signal: io.signal });
  if (row === undefined) return false;
  io.out(command.json ? JSON.stringify(row) : moveLine(row));
  return true;
}
