/*
 * The web app that a station serves: built when its sources have changed, which on a fresh checkout is the first start.
 * It is built by a process of its own, so that the bundler is never in the memory of a station.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { TermError } from "./errors.ts";
import type { Output } from "./output.ts";

/** The folder of the built app. @throws TermError `term/web-build` · the signal's reason */
export async function webAppFolder(out: Output, signal: AbortSignal): Promise<string> {
  const script = fileURLToPath(import.meta.resolve("@chapar/web/scripts/build.ts"));
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "pipe"], signal });
  // The signal's reason is thrown below; `close` comes in any case.
  child.on("error", () => undefined);
  let said = "";
  let complaint = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    if (said === "" && piece.startsWith("building\n"))
      out.progress("Building the web app (once, until its sources change) ...");
    said += piece;
  });
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (complaint += piece));
  const [code] = (await once(child, "close")) as [number | null];
  signal.throwIfAborted();
  if (code === 0) return said.replace(/^building\n/u, "").trim();
  const reason = complaint.split("\n").find((line) => /error/i.test(line)) ?? "the build ended without a reason";
  throw new TermError("term/web-build", { reason: reason.trim() }, { cause: new Error(complaint) });
}
