/* The words after `chapar lab seize`, read into data. */
import { LabError } from "../errors.ts";
import { readWords, wholeNumberOr } from "../words.ts";
import type { MonthOrder } from "./month.ts";

/** What was asked for. */
export interface SeizeCommand extends MonthOrder {
  readonly json: boolean;
}

const MOST = 1_000_000;
const OPTIONS = {
  people: { type: "string" },
  messages: { type: "string" },
  days: { type: "string" },
  seed: { type: "string" },
  profile: { type: "string" },
  json: { type: "boolean" },
} as const;

/** Reads the words. @throws LabError `lab/bad-command` */
export function parseSeize(argv: readonly string[]): SeizeCommand {
  const { people, messages, days, seed, profile = "usual", json } = readWords(argv, OPTIONS);
  if (profile !== "usual" && profile !== "high-risk")
    throw new LabError("lab/bad-command", "--profile is usual or high-risk");
  return {
    people: wholeNumberOr("people", people, 12, { least: 4, most: MOST }),
    messages: wholeNumberOr("messages", messages, 240, { least: 1, most: MOST }),
    days: wholeNumberOr("days", days, 30, { least: 1, most: MOST }),
    seed: wholeNumberOr("seed", seed, 1, { most: MOST }),
    profile,
    json: json ?? false,
  };
}
