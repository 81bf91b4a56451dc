/* What the tables of commands are written with. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { ExitCode } from "./exit-code.ts";
import type { Run } from "./run.ts";

/** Options of every command. */
export interface CommonOptions {
  readonly json?: true;
  readonly profile?: string;
}

/** A number of seconds, as `--timeout` takes it. @throws InvalidArgumentError */
export function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > 86_400)
    throw new InvalidArgumentError("It is a number of seconds up to 86400.");
  return value;
}

/** The origin of an http or https URL. @throws InvalidArgumentError */
export function webUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new InvalidArgumentError("It is an http or https URL.");
  return url.origin;
}

/** Adds `--timeout` to a command that waits for something. */
export const waiting = (c: Command, what: string): Command =>
  c.addOption(
    new Option("--timeout <s>", `how long to wait for ${what}; 0 does not wait`).argParser(seconds).default(30),
  );

/** What a table of commands is given. */
export interface Shelf {
  /** a command with `--json` */
  readonly command: (parent: Command, usage: string, summary: string) => Command;
  /** makes the run of a command from its options */
  readonly run: (options: CommonOptions) => Run;
  /** takes the exit code of the command that ran */
  readonly end: (code: ExitCode) => void;
}
