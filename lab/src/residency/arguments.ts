/* The words after `chapar lab residency`, read into data. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { LabError } from "../errors.ts";

/** What was asked for. */
export interface ResidencyCommand {
  /** operations, all seasons together; rounded up to whole seasons */
  readonly count: number;
  readonly seed: number;
  /** faults of the border that are planted, all seasons together */
  readonly misplace: number;
  readonly json: boolean;
  /** processes at once */
  readonly lanes: number;
}

const MOST = 10_000_000;
const USUAL_COUNT = 2_000;
const MOST_LANES = 64;

function whole(name: string, text: string | undefined, usual: number, most = MOST): number {
  if (text === undefined) return usual;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most)
    throw new LabError("lab/bad-command", `--${name} is a whole number up to ${most}`);
  return value;
}

/** Reads the words. @throws LabError `lab/bad-command` */
export function parseResidency(argv: readonly string[]): ResidencyCommand {
  const options = {
    count: { type: "string" },
    seed: { type: "string" },
    misplace: { type: "string" },
    lanes: { type: "string" },
    json: { type: "boolean" },
  } as const;
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];
  try {
    ({ values } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }));
  } catch (cause) {
    throw new LabError("lab/bad-command", cause instanceof Error ? cause.message : undefined, { cause });
  }
  return {
    count: Math.max(1, whole("count", values.count, USUAL_COUNT)),
    seed: whole("seed", values.seed, 1),
    misplace: whole("misplace", values.misplace, 0),
    json: values.json ?? false,
    lanes: Math.max(1, whole("lanes", values.lanes, availableParallelism(), MOST_LANES)),
  };
}
