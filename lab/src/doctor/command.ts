/*
 * `chapar lab doctor`: plants one rule after the other at the border, lets the real doctor look from the client's place, and says
 * how many it named rightly. A line is right when the first thing said is the planted rule and nothing else is claimed for sure.
 */
import type { DoctorCommand } from "../arguments.ts";
import { LabError } from "../errors.ts";
import type { LabIo } from "../io.ts";
import { whyNoNamespaces } from "../net/tools.ts";
import { DoctorLab, type DoctorTrial } from "./doctor-lab.ts";
import { PLANTED, type Planted } from "./planted.ts";

function chosen(rules: DoctorCommand["rules"]): readonly (Planted | undefined)[] {
  if (rules === undefined) return [undefined, ...PLANTED];
  return rules.map((id) => {
    const planted = PLANTED.find(({ rule }) => rule === id);
    if (planted === undefined && id !== "none") throw new LabError("lab/unknown-rule", id);
    return planted;
  });
}

function lineOf({ rule, found, isRight, expected, tookMs, action }: DoctorTrial): string {
  const verdict = isRight ? "right" : `WRONG, expected ${expected}`;
  return `${rule.padEnd(5)} ${found.join(", ").padEnd(28)} ${verdict}; ${action}, ${(tookMs / 1000).toFixed(0)} s`;
}

/**
 * Runs the looks.
 *
 * @returns how many were right, of how many; undefined when this machine cannot make namespaces, or it was stopped
 * @throws LabError `lab/unknown-rule` · as DoctorLab.open
 */
export async function runDoctor(
  { rules, json, seed }: DoctorCommand,
  io: LabIo,
): Promise<{ readonly right: number; readonly of: number } | undefined> {
  const why = whyNoNamespaces();
  const plan = chosen(rules);
  if (why !== undefined) {
    io.err(`the doctor is checked in namespaces only: ${why}`);
    return undefined;
  }
  io.err("building the network…");
  const stopped = new Promise<undefined>((resolve) => {
    io.signal?.addEventListener("abort", () => resolve(undefined), { once: true });
    if (io.signal?.aborted === true) resolve(undefined);
  });
  await using lab = await DoctorLab.open();
  const trials: DoctorTrial[] = [];
  for (const planted of plan) {
    const trial = await Promise.race([lab.look(planted, seed), stopped]);
    if (trial === undefined) return undefined;
    trials.push(trial);
    const { seen: _, ...told } = trial;
    io.out(json ? JSON.stringify(told) : lineOf(trial));
  }
  const planted = trials.filter(({ rule }) => rule !== "none");
  const summary = { right: planted.filter(({ isRight }) => isRight).length, of: planted.length };
  io.out(json ? JSON.stringify(summary) : `${summary.right} of ${summary.of} rules named rightly`);
  return summary;
}
