/* The lab's command line, read into data. Unknown words are refused with the word, never ignored. */
import { LabError } from "./errors.ts";
import { type RouteName, ROUTES } from "./matrix.ts";
import { ruleById, RULES } from "./rules/index.ts";
import type { Rule } from "./vocabulary.ts";

/** Rules that stand together. */
export type RuleSet = readonly Rule[];

/** A command that was understood. */
export type LabCommand =
  | { readonly name: "list" | "setup" | "help"; readonly json: boolean }
  | {
      readonly name: "run";
      readonly json: boolean;
      readonly rules: RuleSet;
      readonly route: RouteName;
      readonly options: CommonOptions;
    }
  | {
      readonly name: "matrix";
      readonly json: boolean;
      readonly sets: readonly RuleSet[];
      readonly options: CommonOptions;
    }
  | { readonly name: "shell"; readonly json: boolean; readonly rules: RuleSet; readonly options: CommonOptions };

/** What run, matrix and shell share. */
export interface CommonOptions {
  readonly seed: number;
  /** run in memory even where namespaces could be made */
  readonly memory: boolean;
  /** parameters laid over every rule's own, as JSON */
  readonly params: Readonly<Record<string, unknown>>;
}

/** How the command is used. */
export const USAGE = `chapar lab list                          rules, what they do, where they come from
chapar lab run R10[+R6] [--route web]    one message under these rules
chapar lab matrix [--rules R1,R10,R6+R13] one line for each rule and route
chapar lab shell R10                     a shell in the client's place
chapar lab setup                         installs the Debian programs it needs

--json  --seed N  --memory (no namespaces)  --params '{"rate":1}'`;

/** Reads `R10+R6`. @throws LabError `lab/unknown-rule` */
export function parseRuleSet(text: string): RuleSet {
  return text.split("+").map((id) => {
    const rule = ruleById(id);
    if (rule === undefined) throw new LabError("lab/unknown-rule", id);
    return rule;
  });
}

const FLAGS = ["--json", "--memory"];
const VALUED = ["--seed", "--route", "--rules", "--params"];

interface Words {
  readonly plain: readonly string[];
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
}

function split(argv: readonly string[]): Words {
  const plain: string[] = [];
  const flags = new Set<string>();
  const values = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? "";
    const [name = "", inline] = word.startsWith("--") ? word.split(/=(.*)/s) : ["", undefined];
    if (!word.startsWith("-")) plain.push(word);
    else if (FLAGS.includes(word)) flags.add(word);
    else if (VALUED.includes(name)) {
      const value = inline ?? argv[++i];
      if (value === undefined) throw new LabError("lab/bad-command", `${name} needs a value`);
      values.set(name, value);
    } else throw new LabError("lab/bad-command", word);
  }
  return { plain, flags, values };
}

function readParams(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw new LabError("lab/bad-command", "--params is not JSON", { cause: error });
  }
  throw new LabError("lab/bad-command", "--params is no JSON object");
}

function commonOptions({ flags, values }: Words): CommonOptions {
  const seed = Number(values.get("--seed") ?? "1");
  if (!Number.isSafeInteger(seed) || seed < 0) throw new LabError("lab/bad-command", "--seed is a whole number");
  return { seed, memory: flags.has("--memory"), params: readParams(values.get("--params")) };
}

function routeOf(values: ReadonlyMap<string, string>): RouteName {
  const wanted = values.get("--route") ?? "web";
  const route = ROUTES.find((name) => name === wanted);
  if (route === undefined) throw new LabError("lab/bad-command", `--route ${wanted}: there is ${ROUTES.join(", ")}`);
  return route;
}

/** Reads a command line. @throws LabError `lab/bad-command` · `lab/unknown-rule` */
export function parseArguments(argv: readonly string[]): LabCommand {
  const words = split(argv);
  const [name = "help", target, ...rest] = words.plain;
  const json = words.flags.has("--json");
  if (rest.length > 0) throw new LabError("lab/bad-command", rest[0]);
  const options = commonOptions(words);
  if (name === "run" || name === "shell") {
    if (target === undefined) throw new LabError("lab/bad-command", `${name} needs a rule`);
    const rules = parseRuleSet(target);
    return name === "run"
      ? { name, json, rules, route: routeOf(words.values), options }
      : { name, json, rules, options };
  }
  if (target !== undefined) throw new LabError("lab/bad-command", target);
  if (name === "matrix") {
    const chosen = words.values.get("--rules");
    const sets = chosen === undefined ? RULES.map((rule) => [rule]) : chosen.split(",").map(parseRuleSet);
    return { name, json, sets, options };
  }
  if (name === "list" || name === "setup" || name === "help") return { name, json };
  throw new LabError("lab/bad-command", name);
}
