/* What tests of the tunnel share: chapar commands in a place, a station that lets traffic out, a browser's view of a page. */
import { join } from "node:path";
import { Speaker } from "../src/net/processes.ts";
import { startNode, trusting } from "../src/net/services.ts";
import type { ControlBench } from "../src/testing/netns.ts";

/** The command itself. */
export const CHAPAR: string = join(import.meta.dirname, "../../apps/term/src/main.ts");
/** Whole programs start here, some after each other. */
export const READY_LIMIT_MS = 100_000;
export const STAGE_LIMIT_MS = 240_000;
export const BLOCKED = "https://blocked.example/";

/** Runs a chapar command in a place; it stays. */
export function chapar(bench: ControlBench, place: "client" | "site" | "foreign", words: readonly string[]): Speaker {
  const env = { ...trusting(bench.services.certificates), HOME: bench.network.scratch };
  return new Speaker(
    words[0] ?? "",
    bench.network.start(place, process.execPath, [CHAPAR, ...words, "--json"], { env }),
  );
}

/** A station abroad that lets traffic out, and its invite. @param more of its configuration */
export async function withExit(
  bench: ControlBench,
  more: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly station: Speaker; readonly invite: string }> {
  const dataDir = join(bench.network.scratch, "exit-station");
  const config = { dataDir, port: 8080, url: "https://station.example", exit: true, ...more };
  const station = startNode(bench.network, "foreign", "station-main.ts", config, bench.services.certificates);
  const ready = await station.heard("ready", READY_LIMIT_MS);
  return { station, invite: String(ready["invite"]) };
}

/** The blocked site's page as real Chromium has it; empty when it has none. */
export async function dumpedBy(bench: ControlBench, name: string, words: readonly string[]): Promise<string> {
  const quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"];
  const args = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--ignore-certificate-errors",
    "--disable-sync",
    ...quiet,
  ];
  const folder = `--user-data-dir=${join(bench.network.scratch, name)}`;
  return (await bench.exec("chromium", [...args, folder, "--dump-dom", ...words, BLOCKED], 40_000)).out;
}
