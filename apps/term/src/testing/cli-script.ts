/*
 * Runs a text script: what a person types and what must come back, as one readable file.
 *
 *   # a comment
 *   $ chapar whoami --profile none        a command, run in the script's own empty folder
 *   < text                                a line of its standard input
 *   a line of standard output             must be equal, except that …
 *   2> a line of standard error
 *   ? 78                                  exit code; 0 when the line is not there
 *   & up chapar up --json                 a command that stays, under a name; its first line of output must match the next
 *   - up                                  … is ended with SIGTERM and must exit with the code that follows
 *
 * `{{name}}` in an expected line stands for anything, is the same wherever it stands again, and can be used in later
 * commands; `{{…}}` is anything at all. A line of only `...` stands for any lines.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

interface Step {
  readonly line: number;
  readonly kind: "run" | "stay" | "end";
  readonly name: string;
  readonly words: readonly string[];
  readonly input: string[];
  readonly stdout: string[];
  readonly stderr: string[];
  exit: number;
}

/** Words of a command; quotes group, as in a shell. */
function split(command: string): string[] {
  return Array.from(
    command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g),
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
}

/** Reads a script. */
function parseScript(text: string): Step[] {
  const steps: Step[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const step = steps.at(-1);
    const start = /^([$&-]) (.*)$/.exec(line);
    if (start !== null) {
      const words = split(start[2] ?? "");
      const stays = start[1] !== "$";
      steps.push({
        line: index + 1,
        kind: start[1] === "$" ? "run" : start[1] === "&" ? "stay" : "end",
        name: stays ? (words[0] ?? "") : "",
        words: stays ? words.slice(1) : words,
        input: [],
        stdout: [],
        stderr: [],
        exit: 0,
      });
    } else if (line.startsWith("#") || step === undefined || (line === "" && step.kind !== "run")) continue;
    else if (line.startsWith("2> ")) step.stderr.push(line.slice(3));
    else if (line.startsWith("< ")) step.input.push(line.slice(2));
    else if (line.startsWith("? ")) step.exit = Number(line.slice(2));
    else step.stdout.push(line);
  }
  // A blank line between two commands is there for the reader.
  for (const { stdout } of steps) while (stdout.at(-1) === "") stdout.pop();
  return steps;
}

type Names = Map<string, string>;

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

function matchLine(expected: string, actual: string, names: Names): boolean {
  const fresh: string[] = [];
  const pattern = expected
    .split(/\{\{([^}]+)\}\}/)
    .map((part, index) => {
      if (index % 2 === 0) return escape(part);
      const known = names.get(part);
      if (known !== undefined) return escape(known);
      if (part === "…") return ".*";
      const again = fresh.indexOf(part);
      if (again >= 0) return `\\${again + 1}`;
      fresh.push(part);
      return "(.+?)";
    })
    .join("");
  const match = new RegExp(`^${pattern}$`, "s").exec(actual);
  if (match === null) return false;
  for (const [index, name] of fresh.entries()) names.set(name, match[index + 1] ?? "");
  return true;
}

function compare(expected: readonly string[], actual: readonly string[], names: Names): string | undefined {
  let at = 0;
  for (const [index, line] of expected.entries()) {
    if (line === "...") {
      const next = expected[index + 1];
      if (next === undefined) return undefined;
      while (at < actual.length && !matchLine(next, actual[at] ?? "", names)) at += 1;
    } else {
      if (!matchLine(line, actual[at] ?? "", names))
        return `expected ${JSON.stringify(line)}, got ${JSON.stringify(actual[at])}`;
      at += 1;
    }
  }
  return at < actual.length ? `unexpected ${JSON.stringify(actual[at])}` : undefined;
}

const linesOf = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

/** Where a script runs. */
export interface ScriptOptions {
  /** what stands for the word `chapar` */
  readonly chapar: string;
  /** an empty folder; it is also $HOME */
  readonly folder: string;
}

/**
 * Runs a script to its end, or to the first difference.
 *
 * @throws Error with the script's line, what was expected and what came
 */
export async function runScript(text: string, { chapar, folder }: ScriptOptions): Promise<void> {
  const names: Names = new Map();
  const staying = new Map<string, ChildProcess>();
  const begin = ({ words }: Step): ChildProcess => {
    const [file = "", ...args] = words.map((word) =>
      word.replaceAll(/\{\{([^}]+)\}\}/g, (_, name: string) => names.get(name) ?? ""),
    );
    const env = { ...process.env, HOME: folder, CHAPAR_PROFILE: undefined, NO_COLOR: "1" };
    return spawn(file === "chapar" ? chapar : file, args, { cwd: folder, env, stdio: "pipe" });
  };
  try {
    for (const step of parseScript(text)) {
      const fail = (what: string): never => {
        throw new Error(`line ${step.line} (${step.words.join(" ")}): ${what}`);
      };
      if (step.kind === "end") {
        const child = staying.get(step.name) ?? fail("is not running");
        staying.delete(step.name);
        child.kill("SIGTERM");
        const [code] = (await once(child, "exit")) as [number | null];
        if (code !== step.exit) fail(`exit code ${String(code)}, expected ${step.exit}`);
        continue;
      }
      const child = begin(step);
      if (step.kind === "stay") {
        staying.set(step.name, child);
        const [expected = ""] = step.stdout;
        const lines = createInterface({ input: child.stdout ?? fail("has no output") });
        const ended = once(child, "exit").then(() => ["(it ended)"]);
        const [first] = (await Promise.race([once(lines, "line"), ended])) as [string];
        if (!matchLine(expected, first, names))
          fail(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(first)}`);
        continue;
      }
      let stdout = "";
      let stderr = "";
      child.stdout?.setEncoding("utf8").on("data", (piece: string) => (stdout += piece));
      child.stderr?.setEncoding("utf8").on("data", (piece: string) => (stderr += piece));
      // A command may end before it has read what it was given.
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(step.input.map((line) => `${line}\n`).join(""));
      const [code] = (await once(child, "close")) as [number | null];
      const wrong =
        (code === step.exit ? undefined : `exit code ${String(code)}, expected ${step.exit}`) ??
        compare(step.stdout, linesOf(stdout), names) ??
        compare(step.stderr, linesOf(stderr), names);
      if (wrong !== undefined) fail(`${wrong}\nstdout: ${stdout}\nstderr: ${stderr}`);
    }
  } finally {
    for (const child of staying.values()) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
}
