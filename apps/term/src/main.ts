/*
 * `./chapar CMD`: the only place that talks to the process. It turns signals into an AbortSignal, errors into one
 * sentence and an exit code, and ends the process when the command has ended, whatever timers are left.
 */
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommandLine } from "./cli.ts";
import { isTermError, TermError } from "./errors.ts";
import { ExitCode } from "./exit-code.ts";
import { createOutput } from "./output.ts";
import type { Engine } from "./run.ts";
import { tell } from "./sentences.ts";

const SECOND_SIGNAL_EXIT = ExitCode.interrupted;

const root = process.env["CHAPAR_ROOT"] ?? resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const argv = process.argv.slice(2);

const ending = new AbortController();
let signalled: NodeJS.Signals | undefined;
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    // Asked twice: the person does not want to wait for an orderly end.
    if (signalled !== undefined) process.exit(SECOND_SIGNAL_EXIT);
    signalled = name;
    ending.abort(new TermError("term/interrupted"));
  });
}

// A reader that went away (`chapar read | head`) is no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? ExitCode.ok : ExitCode.inputOutput);
  });
}

async function engine(): Promise<Engine> {
  const [{ openClient }, { previewInvite }] = await Promise.all([
    import("@chapar/client/node"),
    import("./invites.ts"),
  ]);
  const hidesOwnHello = process.env["CHAPAR_OWN_HELLO"] === "never";
  const { passLock } = await import("./lock/pass-lock.ts");
  const open: Engine["openClient"] = async (profileDir, as) =>
    openClient({ ...(as ?? (await passLock(profileDir, process))), hidesOwnHello });
  return { openClient: open, previewInvite };
}

function fail(error: unknown): ExitCode {
  const interrupted = isTermError(error, "term/interrupted") || (signalled !== undefined && ending.signal.aborted);
  const told = tell(interrupted ? new TermError("term/interrupted") : error);
  createOutput({ json: argv.includes("--json"), stdout: process.stdout, stderr: process.stderr }).failure(told);
  if (process.env["CHAPAR_DEBUG"] === "1") process.stderr.write(`${inspectChain(error)}\n`);
  return interrupted && signalled !== "SIGINT" ? ExitCode.terminated : told.exit;
}

function inspectChain(error: unknown): string {
  const lines: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) lines.push(at.stack ?? String(at));
  return lines.length === 0 ? String(error) : lines.join("\ncaused by ");
}

process.on("unhandledRejection", (error) => process.exit(fail(error)));
process.on("uncaughtException", (error) => process.exit(fail(error)));

let code: ExitCode;
try {
  code = await runCommandLine(argv, {
    root,
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: ending.signal,
    engine,
  });
} catch (error) {
  code = fail(error);
}
// Lets a pipe take what was written, then ends even when a library left a timer behind.
process.stdout.write("", () => process.exit(code));
