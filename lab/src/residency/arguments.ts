/* The words after `chapar lab residency`, read into data. */
import { availableParallelism } from "node:os";
import { LabError } from "../errors.ts";
import { readWords, wholeNumberOr } from "../words.ts";

/** What was asked for. */
export interface ResidencyCommand {
  /** operations, all seasons together; rounded up to whole seasons */
  readonly count: number;
  readonly seed: number;
  /** faults of the border that are planted, all seasons together */
  readonly misplace: number;
  /** stations with folders and ports, whose every file is searched, instead of stations in memory */
  readonly disk: boolean;
  readonly json: boolean;
  /** processes at once */
  readonly lanes: number;
}

const MOST = 10_000_000;
const MOST_LANES = 64;
const USUAL_COUNT = 2_000;
const OPTIONS = {
  count: { type: "string" },
  seed: { type: "string" },
  misplace: { type: "string" },
  lanes: { type: "string" },
  disk: { type: "boolean" },
  json: { type: "boolean" },
} as const;

/** Reads the words. @throws LabError `lab/bad-command` */
export function parseResidency(argv: readonly string[]): ResidencyCommand {
  const { count, seed, misplace, lanes, disk, json } = readWords(argv, OPTIONS);
  if (disk === true && misplace !== undefined)
    throw new LabError("lab/bad-command", "--misplace is for stations in memory");
  return {
    count: wholeNumberOr("count", count, USUAL_COUNT, { least: 1, most: MOST }),
    seed: wholeNumberOr("seed", seed, 1, { most: MOST }),
    misplace: wholeNumberOr("misplace", misplace, 0, { most: MOST }),
    disk: disk ?? false,
    json: json ?? false,
    lanes: wholeNumberOr("lanes", lanes, availableParallelism(), { least: 1, most: MOST_LANES }),
  };
}
