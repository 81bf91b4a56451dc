/*
 * `station check`: whether this machine and folder can hold a station, before anybody relies on it.
 * `station status`: how a running one is, by what it tells everybody.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import type { Run } from "../run.ts";
import { sizeWords } from "../size-words.ts";
import { dataFolder } from "./up.ts";

/** Below this much room a station soon refuses to acknowledge anything. */
const LEAST_FREE_BYTES = 512 * 1024 * 1024;
const PROBES = 16;
const PROBE_BYTES = 4096;
const STATUS_LIMIT_MS = 5_000;

interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** A write that is on disk is what every receipt promises: how long one takes says how fast the station can be. */
function probeDisk(folder: string): Finding {
  const path = join(folder, `.probe-${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = openSync(path, "w", 0o600);
    const begunMs = performance.now();
    try {
      for (let probe = 0; probe < PROBES; probe += 1) {
        writeSync(file, Buffer.alloc(PROBE_BYTES));
        fsyncSync(file);
      }
    } finally {
      closeSync(file);
      rmSync(path, { force: true });
    }
    const eachMs = (performance.now() - begunMs) / PROBES;
    return { name: "durable writes", ok: true, detail: `${eachMs.toFixed(2)} ms each` };
  } catch (error) {
    return { name: "durable writes", ok: false, detail: (error as NodeJS.ErrnoException).code ?? "failed" };
  }
}

function freeRoom(folder: string): Finding {
  try {
    const { bavail, bsize } = statfsSync(folder);
    const freeBytes = bavail * bsize;
    return { name: "free room", ok: freeBytes >= LEAST_FREE_BYTES, detail: sizeWords(freeBytes) };
  } catch (error) {
    return { name: "free room", ok: false, detail: (error as NodeJS.ErrnoException).code ?? "unknown" };
  }
}

export function check(run: Run, options: { readonly data?: string }): Promise<ExitCode> {
  const folder = dataFolder(run.root, options.data);
  const findings: readonly Finding[] = [
    {
      name: "runtime",
      ok: true,
      detail: `Node ${process.versions.node}, SQLite ${process.versions["sqlite"] ?? "unknown"}`,
    },
    probeDisk(folder),
    freeRoom(folder),
  ];
  for (const { name, ok, detail } of findings) {
    run.out.result({ event: "check", name, ok, detail }, `${ok ? "✓" : "✕"} ${name}: ${detail}`);
  }
  return Promise.resolve(findings.every(({ ok }) => ok) ? ExitCode.ok : ExitCode.unavailable);
}

async function isUp(url: URL, path: string, signal: AbortSignal): Promise<boolean> {
  const { ok } = await fetch(new URL(path, url), {
    signal: AbortSignal.any([signal, AbortSignal.timeout(STATUS_LIMIT_MS)]),
  });
  return ok;
}

export async function status(run: Run, options: { readonly url: string }): Promise<ExitCode> {
  const url = URL.parse(options.url);
  if (url === null)
    throw new TermError("term/usage", { problem: `${options.url} is not a URL.`, command: "station status " });
  try {
    const alive = await isUp(url, "/healthz", run.signal);
    const ready = alive && (await isUp(url, "/readyz", run.signal));
    run.out.result(
      { event: "status", url: url.origin, alive, ready },
      ready ? `${url.origin} is up and takes messages.` : `${url.origin} answers, but is not ready.`,
    );
    return ready ? ExitCode.ok : ExitCode.temporary;
  } catch (error) {
    run.signal.throwIfAborted();
    throw new TermError("term/no-station", { url: url.origin }, { cause: error });
  }
}
