/* The words after `chapar lab seize`, read into data. */
import { parseArgs } from "node:util";
import { LabError } from "../errors.ts";
import type { MonthOrder } from "./month.ts";

/** What was asked for. */
export interface SeizeCommand extends MonthOrder {
  readonly json: boolean;
}

const MOST = 1_000_000;
const USUAL: MonthOrder = { people: 12, messages: 240, days: 30, seed: 1 };
const LEAST = { people: 4, messages: 1, days: 1, seed: 0 } as const;

/** Reads the words. @throws LabError `lab/bad-command` */
export function parseSeize(argv: readonly string[]): SeizeCommand {
  const options = {
    people: { type: "string" },
    messages: { type: "string" },
    days: { type: "string" },
    seed: { type: "string" },
    json: { type: "boolean" },
  } as const;
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];
  try {
    ({ values } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }));
  } catch (cause) {
    throw new LabError("lab/bad-command", cause instanceof Error ? cause.message : undefined, { cause });
  }
  const whole = (name: keyof MonthOrder): number => {
    const text = values[name];
    if (text === undefined) return USUAL[name];
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < LEAST[name] || value > MOST)
      throw new LabError("lab/bad-command", `--${name} is a whole number from ${LEAST[name]} to ${MOST}`);
    return value;
  };
  const order = { people: whole("people"), messages: whole("messages"), days: whole("days"), seed: whole("seed") };
  return { ...order, json: values.json ?? false };
}
