/*
 * `chapar lab`: lists the rules, runs a message under some of them, prints the matrix, opens a shell behind a censor, installs
 * what is missing. As root on Linux it builds namespaces and runs the real station and the real client; elsewhere it says why
 * it does not and runs the in-memory storey, and each line says which of the two it was.
 */
import { spawn } from "node:child_process";
import { setImmediate } from "node:timers/promises";
import { type CommonOptions, type LabCommand, parseArguments, type RuleSet, USAGE } from "./arguments.ts";
import { runDoctor } from "./doctor/command.ts";
import { isLabError, LAB_CODES } from "./errors.ts";
import type { LabIo } from "./io.ts";
import { parseIsland } from "./island/arguments.ts";
import { runIsland } from "./island/command.ts";
import { isMeasure, parseMeasure } from "./measures/arguments.ts";
import { runMeasure } from "./measures/command.ts";
import { parseMisdeeds } from "./misdeeds/arguments.ts";
import { runMisdeeds } from "./misdeeds/command.ts";
import { parseMove } from "./move/arguments.ts";
import { runMove } from "./move/command.ts";
import { parseRace } from "./race/arguments.ts";
import { runRace } from "./race/command.ts";
import { parseResidency } from "./residency/arguments.ts";
import { runResidency } from "./residency/command.ts";
import { type MatrixRow, matrixLine, matrixRow, MODELLED_ROUTES, type RouteName, type Trial } from "./matrix.ts";
import { textTrial } from "./memory/text-trial.ts";
import { nodePrimitives } from "./net/node-primitives.ts";
import { CONTROL_TOOLS, installTools, missingTools, programPath, whyNoNamespaces } from "./net/tools.ts";
import { enforce, WebLab, type WebLabParts } from "./net/web-trial.ts";
import type { RuleChoice } from "./net/router-engine.ts";
import { RULES } from "./rules/index.ts";
import { parseSeize } from "./seize/arguments.ts";
import { runSeize } from "./seize/command.ts";

/** A first letter on a slow line: joining and opening a conversation are some 150 kB. */
const SLOW_LIMIT_MS = 180_000;
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

/** Routes that need a program which the lab does without. */
const NEEDS: readonly { readonly route: RouteName; readonly program: string; readonly why: string }[] = [
  { route: "snow", program: "chromium", why: "a volunteer is a browser's tab" },
  { route: "pt", program: "obfs4proxy", why: "it is the transport at both ends" },
];

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
    const modelled = routes.filter((route) => MODELLED_ROUTES.includes(route));
    const left =
      modelled.length === routes.length ? "" : `; of routes there is a model of ${MODELLED_ROUTES.join(", ")}`;
    io.err(`in memory (${why})${left}`);
    for (const rules of sets) {
      for (const route of modelled) tell(await inMemory(rules, route, options));
      if (io.signal?.aborted === true) return EXIT.stopped;
    }
    return EXIT.ok;
  }
  const missing = NEEDS.filter(({ route, program }) => routes.includes(route) && programPath(program) === undefined);
  for (const { route, program, why: what } of missing) io.err(`${route}: NOT RUN, ${program} is missing: ${what}`);
  const tried = routes.filter((route) => !missing.some((each) => each.route === route));
  const parts = { snow: tried.includes("snow"), obfs4: tried.includes("pt") };
  return await withLab(io, parts, async (lab, stopped) => {
    for (const rules of sets) {
      for (const route of tried) {
        const trial = await Promise.race([tryRoute(lab, rules, route, options), stopped]);
        if (trial === undefined) return EXIT.stopped;
        tell(matrixRow(nameOf(rules), route, "namespaces", trial));
      }
    }
    return EXIT.ok;
  });
}

/** A cold start over a route, and for `auto` also the fall of the rules in the middle of a conversation. */
async function tryRoute(lab: WebLab, rules: RuleSet, route: RouteName, options: CommonOptions): Promise<Trial> {
  const { seed, kbit, isBare } = options;
  const isSlow = kbit !== undefined || route === "dns";
  const slow = isSlow ? { kbit, limitMs: SLOW_LIMIT_MS } : {};
  const trial = await lab.trial(choices(rules, options), { seed, route, isBare, ...slow });
  if (route !== "auto") return trial;
  const { switchMs } = await lab.switchTrial(choices(rules, options), { seed });
  const tunnel = await lab.tunnelTrial(choices(rules, options), { seed });
  return { ...trial, switchMs, tunnel };
}

/** Lets rules fall on open sessions, again and again, and tells how long the next letter took. */
async function runSwitches(command: LabCommand & { readonly name: "switch" }, io: LabIo): Promise<number> {
  const { rules, trials, json, options } = command;
  const why = whyNoNamespaces();
  if (why !== undefined) {
    io.err(`switching needs namespaces: ${why}`);
    return EXIT.unavailable;
  }
  return await withLab(io, { snow: false }, async (lab, stopped) => {
    const took: number[] = [];
    for (let trial = 1; trial <= trials; trial++) {
      const one = await Promise.race([lab.switchTrial(choices(rules, options), { seed: trial }), stopped]);
      if (one === undefined) return EXIT.stopped;
      const { from, to, switchMs } = one;
      took.push(switchMs ?? Number.POSITIVE_INFINITY);
      if (json)
        io.out(JSON.stringify({ rule: nameOf(rules), trial, from, to: to ?? null, switchMs: switchMs ?? null }));
      else io.out(`${nameOf(rules)} ${from} → ${to ?? "nothing"} ${switchMs === undefined ? "" : `${switchMs} ms`}`);
    }
    const sorted = took.toSorted((a, b) => a - b);
    const at = (share: number): number | null => {
      const value = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
      return Number.isFinite(value) ? value : null;
    };
    const summary = { rule: nameOf(rules), trials, medianMs: at(0.5), p95Ms: at(0.95), mostMs: at(1) };
    io.out(json ? JSON.stringify(summary) : `median ${summary.medianMs} ms, p95 ${summary.p95Ms} ms of ${trials}`);
    return EXIT.ok;
  });
}

/** A lab for the time of some work; removed after it, after its failure, and when told to stop. */
async function withLab(
  io: LabIo,
  options: WebLabParts,
  work: (lab: WebLab, stopped: Promise<undefined>) => Promise<number>,
): Promise<number> {
  io.err("building the network…");
  const { signal } = io;
  const stopped = new Promise<undefined>((resolve) => {
    signal?.addEventListener("abort", () => resolve(undefined), { once: true });
    if (signal?.aborted === true) resolve(undefined);
  });
  await using lab = await WebLab.open(options);
  if (signal?.aborted === true) return EXIT.stopped;
  return await work(lab, stopped);
}

async function openShell(rules: RuleSet, options: CommonOptions, io: LabIo): Promise<number> {
  const why = whyNoNamespaces();
  if (why !== undefined) {
    io.err(`a shell needs namespaces: ${why}`);
    return EXIT.unavailable;
  }
  return await withLab(io, { snow: false }, async (lab) => {
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

async function checkDoctor(command: LabCommand & { readonly name: "doctor" }, io: LabIo): Promise<number> {
  const done = await runDoctor(command, io);
  if (done !== undefined) return EXIT.ok;
  return io.signal?.aborted === true ? EXIT.stopped : EXIT.unavailable;
}

async function perform(command: LabCommand, io: LabIo): Promise<number> {
  const tell = (row: MatrixRow): void => io.out(command.json ? JSON.stringify(row) : matrixLine(row));
  switch (command.name) {
    case "list":
      list(command.json, io);
      return EXIT.ok;
    case "setup":
      return setUp(command.json, io);
    case "switch":
      return await runSwitches(command, io);
    case "doctor":
      return await checkDoctor(command, io);
    case "shell":
      return await openShell(command.rules, command.options, io);
    case "run":
      return await runSets([command.rules], [command.route], command.options, io, tell);
    case "matrix":
      return await runSets(command.sets, command.routes, command.options, io, tell);
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
    const [name, ...words] = argv;
    if (isMeasure(name)) return (await runMeasure(parseMeasure(name, words), io)) ? EXIT.ok : EXIT.stopped;
    if (name === "island") return (await runIsland(parseIsland(words), io)) ? EXIT.ok : EXIT.stopped;
    if (name === "misdeeds") return (await runMisdeeds(parseMisdeeds(words), io)) ? EXIT.ok : EXIT.stopped;
    if (name === "move") return (await runMove(parseMove(words), io)) ? EXIT.ok : EXIT.stopped;
    if (name === "race") return (await runRace(parseRace(words), io)) ? EXIT.ok : EXIT.stopped;
    if (name === "residency") return (await runResidency(parseResidency(words), io)) ? EXIT.ok : EXIT.stopped;
    if (name === "seize") {
      await runSeize(parseSeize(words), io);
      return EXIT.ok;
    }
    return await perform(parseArguments(argv), io);
  } catch (error) {
    if (!isLabError(error)) throw error;
    io.err(`${LAB_CODES[error.code].what}${error.detail === undefined ? "" : `: ${error.detail}`}`);
    if (LAB_CODES[error.code].whose !== "user") return EXIT.cannotMake;
    if (error.code === "lab/bad-command") io.err(USAGE);
    return error.code === "lab/bad-command" || error.code === "lab/unknown-rule" ? EXIT.wrong : EXIT.unavailable;
  }
}
