/* The lab's command line, read into data. Unknown words are refused with the word, never ignored. */
import { LabError } from "./errors.ts";
import { type RouteName, ROUTES } from "./matrix.ts";
import { ruleById, RULES } from "./rules/index.ts";
import type { Rule, RuleId } from "./vocabulary.ts";

/** Rules that stand together. */
export type RuleSet = readonly Rule[];

/** What the doctor is asked about: rules, or `none` for an open border. */
export interface DoctorCommand {
  readonly name: "doctor";
  readonly json: boolean;
  readonly rules: readonly (RuleId | "none")[] | undefined;
  readonly seed: number;
}

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
      readonly routes: readonly RouteName[];
      readonly options: CommonOptions;
    }
  | {
      readonly name: "switch";
      readonly json: boolean;
      readonly rules: RuleSet;
      readonly trials: number;
      readonly options: CommonOptions;
    }
  | DoctorCommand
  | { readonly name: "shell"; readonly json: boolean; readonly rules: RuleSet; readonly options: CommonOptions };

/** What run, matrix and shell share. */
export interface CommonOptions {
  readonly seed: number;
  /** run in memory even where namespaces could be made */
  readonly memory: boolean;
  /** parameters laid over every rule's own, as JSON */
  readonly params: Readonly<Record<string, unknown>>;
  /** rate of the client's wire, each way; undefined: as fast as it is */
  readonly kbit: number | undefined;
  /** bare links, as programs had before there were sessions */
  readonly isBare: boolean;
}

/** How the command is used. */
export const USAGE = `chapar lab list                          rules, what they do, where they come from
chapar lab run R10[+R6] [--route web]    one message under these rules; routes: web, burst, ss, snow, dns, auto
chapar lab matrix [--rules R1,R10,R6+R13] one line for each rule and route, or --route auto alone
chapar lab switch R10[+R6] [--trials 20] the rules fall between two letters: how long the second takes
chapar lab doctor [--rules R1,R10,none]   plants rules and compares what the doctor says
chapar lab shell R10                     a shell in the client's place
chapar lab setup                         installs the Debian programs it needs
chapar lab slow-line [--count 40]        letters at 128 kbit/s, 300 ms and 5 % loss while a download runs
chapar lab first-packets [--count 10000] what R1 says to the first packets of our routes
chapar lab judge [--count 300]           what nDPI calls flows of our routes
chapar lab probers [--count 50]          a front and a bare site, asked all that R2 and R3 ask
chapar lab misdeeds [--mode M] [--count N] [--place P]  stations that lie, and who notices
chapar lab misdeeds --honest [--messages N] [--kills K] honest ones that are killed, and who is accused
chapar lab seize [--people N] [--days D] [--profile P]   what a finder of the station's disk and memory has
chapar lab residency [--count N] [--misplace M] [--disk] three regions, their laws, and every byte of every store
chapar lab move [--contacts N] [--groups N] [--messages N] a home that dies, and what everyone has after the move
chapar lab race [--people N] [--changes N] everybody changes a group at once, and what every device has after it
chapar lab island [--days D] [--people N] [--messages M] a border that is cut for days, and what everyone has after it

--json  --seed N  --memory (no namespaces)  --params '{"rate":1}'
--kbit N (the client's wire carries so much)  --bare (bare links, as before there were sessions)`;

function refuseRule(id: string): never {
  throw new LabError("lab/unknown-rule", id);
}

/** Reads `R10+R6`. @throws LabError `lab/unknown-rule` */
export function parseRuleSet(text: string): RuleSet {
  return text.split("+").map((id) => {
    const rule = ruleById(id);
    if (rule === undefined) throw new LabError("lab/unknown-rule", id);
    return rule;
  });
}

const FLAGS = ["--json", "--memory", "--bare"];
const VALUED = ["--seed", "--route", "--rules", "--params", "--trials", "--kbit"];

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
  const kbit = values.has("--kbit") ? countOf(values, "--kbit", 1) : undefined;
  const isBare = flags.has("--bare");
  return { seed, memory: flags.has("--memory"), params: readParams(values.get("--params")), kbit, isBare };
}

/** A whole number from 1 on. */
function countOf(values: ReadonlyMap<string, string>, name: string, usual: number): number {
  const count = Number(values.get(name) ?? usual);
  if (!Number.isSafeInteger(count) || count < 1) throw new LabError("lab/bad-command", `${name} is a whole number`);
  return count;
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
  if (name === "run" || name === "shell" || name === "switch") {
    if (target === undefined) throw new LabError("lab/bad-command", `${name} needs a rule`);
    const rules = parseRuleSet(target);
    if (name === "switch") return { name, json, rules, trials: countOf(words.values, "--trials", 20), options };
    return name === "run"
      ? { name, json, rules, route: routeOf(words.values), options }
      : { name, json, rules, options };
  }
  if (target !== undefined) throw new LabError("lab/bad-command", target);
  if (name === "matrix") {
    const chosen = words.values.get("--rules");
    const sets = chosen === undefined ? RULES.map((rule) => [rule]) : chosen.split(",").map(parseRuleSet);
    const routes = words.values.has("--route") ? [routeOf(words.values)] : ROUTES;
    return { name, json, sets, routes, options };
  }
  if (name === "doctor") {
    const chosen = words.values.get("--rules")?.split(",");
    const rules = chosen?.map((id) => (id === "none" ? "none" : (ruleById(id)?.id ?? refuseRule(id))));
    return { name, json, rules, seed: options.seed };
  }
  if (name === "list" || name === "setup" || name === "help") return { name, json };
  throw new LabError("lab/bad-command", name);
}
