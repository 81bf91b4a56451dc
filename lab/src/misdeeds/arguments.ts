/* The words after `chapar lab misdeeds`, read into data. */
import { availableParallelism } from "node:os";
import { LabError } from "../errors.ts";
import { readWords, wholeNumber, wholeNumberOr } from "../words.ts";
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
} as const;

/** Injections of a mode when no count is given: one batch of sixteen. */
const USUAL_COUNT = 16;
const MOST = 1_000_000;
const USUAL_HONEST = { messages: 1_000, kills: 10 } as const;
const MOST_LANES = 64;
const MINUTE_MS = 60_000;

/** Reads the words. @throws LabError `lab/bad-command` */
export function parseMisdeeds(argv: readonly string[]): MisdeedsCommand {
  const { mode, count, seed, place, json, honest, minutes, messages, kills, lanes } = readWords(argv, OPTIONS);
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
  const counted = { least: 1, most: MOST };
  return {
    modes,
    count: wholeNumberOr("count", count, USUAL_COUNT * modes.length, counted),
    seed: wholeNumberOr("seed", seed, 1, { most: MOST }),
    place: place === undefined ? undefined : wholeNumber("place", place, { most: MOST }),
    json: json ?? false,
    honest: isHonest
      ? {
          messages: wholeNumberOr("messages", messages, USUAL_HONEST.messages, counted),
          kills: wholeNumberOr("kills", kills, USUAL_HONEST.kills, counted),
        }
      : undefined,
    limitMs: minutes === undefined ? undefined : MINUTE_MS * wholeNumber("minutes", minutes, counted),
    lanes: wholeNumberOr("lanes", lanes, availableParallelism(), { least: 1, most: MOST_LANES }),
  };
}
