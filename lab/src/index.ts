/* Door `@chapar/lab`: the command, and the rules for whoever wants to judge bytes with them. */
export type { LabIo } from "./io.ts";
export { runLab } from "./main.ts";
export { isLabError, LAB_CODES, LabError, type LabCode } from "./errors.ts";
export { RULES, ruleById } from "./rules/index.ts";
export type { Rule, RuleId } from "./vocabulary.ts";
