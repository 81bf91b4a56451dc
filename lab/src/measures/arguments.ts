/* The words of `chapar lab first-packets`, `judge`, `probers` and `slow-line`, read into data. */
import { LabError } from "../errors.ts";

/** What is measured, and how much of it. */
export interface MeasureCommand {
  readonly name: "first-packets" | "judge" | "probers" | "slow-line";
  readonly json: boolean;
  readonly count: number;
}

const USUAL_COUNTS = { "first-packets": 10_000, judge: 300, probers: 50, "slow-line": 40 } as const;
const MAX_COUNT = 1_000_000;

/** Whether a command of the lab is one of these. */
export const isMeasure = (name: string | undefined): name is MeasureCommand["name"] =>
  name !== undefined && Object.hasOwn(USUAL_COUNTS, name);

/** Reads the words behind the name. @throws LabError `lab/bad-command` */
export function parseMeasure(name: MeasureCommand["name"], argv: readonly string[]): MeasureCommand {
  let json = false;
  let count: number = USUAL_COUNTS[name];
  for (let i = 0; i < argv.length; i++) {
    const [word = "", inline] = (argv[i] ?? "").split(/=(.*)/s);
    if (word === "--json") json = true;
    else if (word === "--count") {
      count = Number(inline ?? argv[++i]);
      if (!Number.isSafeInteger(count) || count < 1 || count > MAX_COUNT)
        throw new LabError("lab/bad-command", "--count is a whole number");
    } else throw new LabError("lab/bad-command", argv[i] ?? "");
  }
  return { name, json, count };
}
