/*
 * `chapar lab`: lists the rules, runs a message under some of them, prints the matrix, opens a shell behind a censor, installs
 * what is missing. As root on Linux it builds namespaces and runs the real station and the real client; elsewhere it says why
 * it does not and runs the in-memory storey, and each line says which of the two it was.
 */
import { spawn } from "node:child_process";
import { setImmediate } from "node:timers/promises";
import { type CommonOptions, type LabCommand, parseArguments, type RuleSet, USAGE } from "./arguments.ts";
import { isLabError, LAB_CODES } from "./errors.ts";
import { type MatrixRow, matrixLine, matrixRow, type RouteName, ROUTES } from "./matrix.ts";
import { textTrial } from "./memory/text-trial.ts";
import { nodePrimitives } from "./net/node-primitives.ts";
import { CONTROL_TOOLS, installTools, missingTools, whyNoNamespaces } from "./net/tools.ts";
import { enforce, WebLab } from "./net/web-trial.ts";
import type { RuleChoice } from "./net/router-engine.ts";
import { RULES } from "./rules/index.ts";

/** Where the lab writes and how it is told to stop. */
export interface LabIo {
  /** one line of the answer */
  readonly out: (line: string) => void;
  /** one line beside the answer: what is going on, why something is not done */
  readonly err: (line: string) => void;
  /** ends what runs; everything made is removed before the promise resolves */
  readonly signal?: AbortSignal;
}

const EXIT = { ok: 0, wrong: 64, unavailable: 69, cannotMake: 73, stopped: 130 } as const;

const nameOf = (rules: RuleSet): string => rules.map(({ id }) => id).join("+");
const choices = (rules: RuleSet, { params }: CommonOptions): readonly RuleChoice[] =>
  rules.map(({ id }) => ({ id, params }));

function list(json: boolean, { out }: LabIo): void {
  for (const { id, title, source, engines, position, accuracy, defaults } of RULES) {
    if (json) out(JSON.stringify({ rule: id, title, source, engines, position, accuracy, defaults }));
    else out(`${id.padEnd(4)} ${title.padEnd(52)} ${engines.join(", ")}`);
  }
}

async function inMemory(rules: RuleSet, route: RouteName, { seed, params }: CommonOptions): Promise<MatrixRow> {
  const armed = rules.map((rule) => rule.arm(params));
  const trial = await textTrial({ rules: armed, seed, primitives: nodePrimitives, turn: () => setImmediate() });
  return matrixRow(nameOf(rules), route, "memory", trial);
}

/** Runs sets of rules one after the other and tells of each as it is done. */
async function runSets(
  sets: readonly RuleSet[],
  routes: readonly RouteName[],
  options: CommonOptions,
  io: LabIo,
  tell: (row: MatrixRow) => void,
): Promise<number> {
  const why = options.memory ? "asked for" : whyNoNamespaces();
  if (why !== undefined) {
    io.err(`in memory (${why})`);
    for (const rules of sets) {
      for (const route of routes) tell(await inMemory(rules, route, options));
      if (io.signal?.aborted === true) return EXIT.stopped;
    }
    return EXIT.ok;
  }
  return await withLab(io, async (lab, stopped) => {
    for (const rules of sets) {
      for (const route of routes) {
        const trial = await Promise.race([lab.trial(choices(rules, options), { seed: options.seed }), stopped]);
        if (trial === undefined) return EXIT.stopped;
        tell(matrixRow(nameOf(rules), route, "namespaces", trial));
      }
    }
    return EXIT.ok;
  });
}

/** A lab for the time of some work; removed after it, after its failure, and when told to stop. */
async function withLab(
  io: LabIo,
  work: (lab: WebLab, stopped: Promise<undefined>) => Promise<number>,
): Promise<number> {
  io.err("building the network…");
  const { signal } = io;
  const stopped = new Promise<undefined>((resolve) => {
    signal?.addEventListener("abort", () => resolve(undefined), { once: true });
    if (signal?.aborted === true) resolve(undefined);
  });
  await using lab = await WebLab.open();
  if (signal?.aborted === true) return EXIT.stopped;
  return await work(lab, stopped);
}

async function openShell(rules: RuleSet, options: CommonOptions, io: LabIo): Promise<number> {
  const why = whyNoNamespaces();
  if (why !== undefined) {
    io.err(`a shell needs namespaces: ${why}`);
    return EXIT.unavailable;
  }
  return await withLab(io, async (lab) => {
    const censors = await enforce(lab.network, choices(rules, options), { seed: options.seed });
    io.err(`you are the client, behind ${nameOf(rules)}; try: curl --cacert $LAB_CA https://ordinary.example/`);
    io.err(`an invite to the station abroad: ${lab.services.invite}`);
    const env = {
      ...process.env,
      LAB_CA: lab.services.certificates.authority,
      NODE_EXTRA_CA_CERTS: lab.services.certificates.authority,
    };
    const shell = spawn("ip", ["netns", "exec", lab.network.name("client"), process.env["SHELL"] ?? "/bin/sh"], {
      stdio: "inherit",
      env,
    });
    await new Promise<void>((resolve) => {
      shell.once("close", () => resolve());
      io.signal?.addEventListener("abort", () => shell.kill("SIGTERM"), { once: true });
    });
    await censors.lift();
    return EXIT.ok;
  });
}

function setUp(json: boolean, io: LabIo): number {
  if (process.getuid?.() !== 0) {
    io.err("setup installs Debian packages and needs root");
    return EXIT.unavailable;
  }
  const installed = installTools();
  const missing = missingTools(CONTROL_TOOLS).map(({ program }) => program);
  const why = whyNoNamespaces();
  if (json) io.out(JSON.stringify({ installed, missing, ready: why === undefined, why: why ?? null }));
  else {
    io.out(installed.length === 0 ? "everything is there" : `installed: ${installed.join(" ")}`);
    if (missing.length > 0) io.out(`controls that will not run: ${missing.join(" ")}`);
    io.out(why === undefined ? "namespaces can be made" : `no namespaces: ${why}`);
  }
  return why === undefined ? EXIT.ok : EXIT.unavailable;
}

async function perform(command: LabCommand, io: LabIo): Promise<number> {
  const tell = (row: MatrixRow): void => io.out(command.json ? JSON.stringify(row) : matrixLine(row));
  switch (command.name) {
    case "list":
      list(command.json, io);
      return EXIT.ok;
    case "setup":
      return setUp(command.json, io);
    case "shell":
      return await openShell(command.rules, command.options, io);
    case "run":
      return await runSets([command.rules], [command.route], command.options, io, tell);
    case "matrix":
      return await runSets(command.sets, ROUTES, command.options, io, tell);
    case "help":
    default:
      io.out(USAGE);
      return EXIT.ok;
  }
}

/**
 * Runs `chapar lab`.
 *
 * @param argv words after `lab`
 * @returns the exit code: 0 done · 64 wrong command line · 69 not available here · 73 the network could not be made ·
 *   130 stopped. That a message did not arrive is an answer, not a failure. Never throws for what the lab knows
 * Cost: as root some seconds to build, then up to 30 s a row; in memory milliseconds a row.
 */
export async function runLab(argv: readonly string[], io: LabIo): Promise<number> {
  try {
    return await perform(parseArguments(argv), io);
  } catch (error) {
    if (!isLabError(error)) throw error;
    io.err(`${LAB_CODES[error.code].what}${error.detail === undefined ? "" : `: ${error.detail}`}`);
    if (LAB_CODES[error.code].whose !== "user") return EXIT.cannotMake;
    if (error.code === "lab/bad-command") io.err(USAGE);
    return error.code === "lab/bad-command" || error.code === "lab/unknown-rule" ? EXIT.wrong : EXIT.unavailable;
  }
}
