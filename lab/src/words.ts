/* Words behind a command of the lab, `--name value` and nothing else: what such commands have in common. */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { LabError } from "./errors.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Between which numbers, both included, one has to be. */
export interface Bounds {
  readonly least?: number;
  readonly most: number;
}

/** The values of these options. @throws LabError `lab/bad-command` for any other word, and for one without its value */
export function readWords<O extends Options>(
  argv: readonly string[],
  options: O,
): ReturnType<typeof parseArgs<{ options: O }>>["values"] {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    throw new LabError("lab/bad-command", cause instanceof Error ? cause.message : undefined, { cause });
  }
}

/** The whole number that `--name` was given. @throws LabError `lab/bad-command` */
export function wholeNumber(name: string, text: string, { least = 0, most }: Bounds): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new LabError("lab/bad-command", `--${name} is a whole number from ${least} to ${most}`);
}

/** The same, or `usual` where the word was not said. @throws LabError `lab/bad-command` */
export const wholeNumberOr = (name: string, text: string | undefined, usual: number, bounds: Bounds): number =>
  text === undefined ? usual : wholeNumber(name, text, bounds);
