/* The words after `chapar lab race`, read into data. */
import { readWords, wholeNumberOr } from "../words.ts";

/** What was asked for. */
export interface RaceCommand {
  readonly people: number;
  /** of the group, all people together; each comes with a letter */
  readonly changes: number;
  readonly seed: number;
  readonly json: boolean;
}

const LEAST_PEOPLE = 3;
const MOST_PEOPLE = 250;
const MOST = 100_000;
const OPTIONS = {
  people: { type: "string" },
  changes: { type: "string" },
  seed: { type: "string" },
  json: { type: "boolean" },
} as const;

/** Reads the words. @throws LabError `lab/bad-command` */
export function parseRace(argv: readonly string[]): RaceCommand {
  const { people, changes, seed, json } = readWords(argv, OPTIONS);
  return {
    people: wholeNumberOr("people", people, 5, { least: LEAST_PEOPLE, most: MOST_PEOPLE }),
    changes: wholeNumberOr("changes", changes, 15, { least: 1, most: MOST }),
    seed: wholeNumberOr("seed", seed, 1, { most: MOST }),
    json: json ?? false,
  };
}
