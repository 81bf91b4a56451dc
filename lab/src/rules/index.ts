/* All rules by their id. The order is that of docs/lab.md. */
import type { Rule } from "../vocabulary.ts";
import { r01 } from "./r01.ts";
import { r02 } from "./r02.ts";
import { r03 } from "./r03.ts";
import { r04 } from "./r04.ts";
import { r05 } from "./r05.ts";
import { r06 } from "./r06.ts";
import { r07 } from "./r07.ts";
import { r08 } from "./r08.ts";
import { r09 } from "./r09.ts";
import { r10 } from "./r10.ts";
import { r11 } from "./r11.ts";
import { r12 } from "./r12.ts";
import { r13 } from "./r13.ts";
import { r14 } from "./r14.ts";
import { r15 } from "./r15.ts";
import { r16 } from "./r16.ts";
import { r17 } from "./r17.ts";
import { r18 } from "./r18.ts";
import { r19 } from "./r19.ts";
import { r20 } from "./r20.ts";

/** R1 to R20. */
export const RULES: readonly Rule[] = [
  [r01, r02, r03, r04, r05, r06, r07, r08, r09, r10],
  [r11, r12, r13, r14, r15, r16, r17, r18, r19, r20],
].flat();

/** The rule of an id, however it is cased. */
export function ruleById(id: string): Rule | undefined {
  return RULES.find((rule) => rule.id === id.toUpperCase());
}
