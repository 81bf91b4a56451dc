/* The words after `chapar lab island`, read into data. */
import { readWords, wholeNumberOr } from "../words.ts";

/** What was asked for. */
export interface IslandCommand {
  /** how long the border is cut */
  readonly days: number;
  readonly people: number;
  /** written while it is cut, all chats together */
  readonly messages: number;
  readonly seed: number;
  readonly json: boolean;
}

/** One at each of four stations: fewer would make no group that the border cuts. */
const LEAST_PEOPLE = 4;
const MOST_PEOPLE = 1_000;
const MOST_DAYS = 365;
const MOST_MESSAGES = 1_000_000;
const MOST_SEED = 1_000_000;
const OPTIONS = {
  days: { type: "string" },
  people: { type: "string" },
  messages: { type: "string" },
  seed: { type: "string" },
  json: { type: "boolean" },
} as const;

/** Reads the words. @throws LabError `lab/bad-command` */
export function parseIsland(argv: readonly string[]): IslandCommand {
  const { days, people, messages, seed, json } = readWords(argv, OPTIONS);
  return {
    days: wholeNumberOr("days", days, 3, { least: 1, most: MOST_DAYS }),
    people: wholeNumberOr("people", people, 8, { least: LEAST_PEOPLE, most: MOST_PEOPLE }),
    messages: wholeNumberOr("messages", messages, 300, { least: 1, most: MOST_MESSAGES }),
    seed: wholeNumberOr("seed", seed, 1, { most: MOST_SEED }),
    json: json ?? false,
  };
}
