/* The words after `chapar lab misdeeds`, read into data. */
import { availableParallelism } from "node:os";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { LabError } from "../errors.ts";
import { type Mode, MODE_NAMES } from "./modes.ts";

/** What was asked for. */
export interface MisdeedsCommand {
  /** every mode, unless one was named */
  readonly modes: readonly Mode[];
  /** injections over all modes */
  readonly count: number;
  readonly seed: number;
  /** only the lie at this place of the batch of this seed */
  readonly place: number | undefined;
  readonly json: boolean;
  /** instead of lies: honest stations that are killed, so often, while so much is written */
  readonly honest: { readonly messages: number; readonly kills: number } | undefined;
  /** when it ends at the latest; milliseconds of the machine's time */
  readonly limitMs: number | undefined;
  /** batches or seasons at once */
  readonly lanes: number;
}

const OPTIONS = {
  mode: { type: "string" },
  count: { type: "string" },
  seed: { type: "string" },
  place: { type: "string" },
  json: { type: "boolean" },
  honest: { type: "boolean" },
  messages: { type: "string" },
  kills: { type: "string" },
  lanes: { type: "string" },
  minutes: { type: "string" },
} as const satisfies ParseArgsConfig["options"];

/** Injections of a mode when no count is given: one batch of sixteen. */
const USUAL_COUNT = 16;
const MOST = 1_000_000;
const USUAL_HONEST = { messages: 1_000, kills: 10 } as const;
const MOST_LANES = 64;
const MINUTE_MS = 60_000;

function whole(name: string, text: string, least: number, most = MOST): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new LabError("lab/bad-command", `--${name} is a whole number from ${least} to ${most}`);
  }
  return value;
}

const wholeOr = (name: string, text: string | undefined, least: number, usual: number, most = MOST): number =>
  text === undefined ? usual : whole(name, text, least, most);

function parse(argv: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"] {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    throw new LabError("lab/bad-command", cause instanceof Error ? cause.message : undefined, { cause });
  }
}

/** Reads the words. @throws LabError `lab/bad-command` */
export function parseMisdeeds(argv: readonly string[]): MisdeedsCommand {
  const { mode, count, seed, place, json, honest, minutes, messages, kills, lanes } = parse(argv);
  const named = MODE_NAMES.find((name) => name === mode);
  if (mode !== undefined && named === undefined) {
    throw new LabError("lab/bad-command", `--mode ${mode}: there is ${MODE_NAMES.join(", ")}`);
  }
  if (place !== undefined && named === undefined) throw new LabError("lab/bad-command", "--place needs --mode");
  const isHonest = honest ?? false;
  if (!isHonest && (messages ?? kills) !== undefined) {
    throw new LabError("lab/bad-command", "--messages and --kills need --honest");
  }
  if (isHonest && (mode ?? count) !== undefined) throw new LabError("lab/bad-command", "--honest has no modes");
  const modes = named === undefined ? MODE_NAMES : [named];
  return {
    modes,
    count: wholeOr("count", count, 1, USUAL_COUNT * modes.length),
    seed: wholeOr("seed", seed, 0, 1),
    place: place === undefined ? undefined : whole("place", place, 0),
    json: json ?? false,
    honest: isHonest
      ? {
          messages: wholeOr("messages", messages, 1, USUAL_HONEST.messages),
          kills: wholeOr("kills", kills, 1, USUAL_HONEST.kills),
        }
      : undefined,
    limitMs: minutes === undefined ? undefined : MINUTE_MS * whole("minutes", minutes, 1),
    lanes: wholeOr("lanes", lanes, 1, availableParallelism(), MOST_LANES),
  };
}
