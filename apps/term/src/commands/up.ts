/*
 * `up`: a station on this machine, with the web app on the same port, until Ctrl-C. The same folder again is the same
 * station: its key, its people, its port and its invite.
 */
import { join, resolve } from "node:path";
import { ExitCode } from "../exit-code.ts";
import { hostStation } from "../host-station.ts";
import type { Run } from "../run.ts";
import { prepareFolder, readSettings, USUAL_PORT, writeSettings, type StationSettings } from "../station-settings.ts";
import { webAppFolder } from "../web-app.ts";

const NARROWEST_COLUMNS = 80;

interface UpOptions {
  readonly data?: string;
  readonly port?: number;
  readonly host: string;
  readonly url?: string;
  readonly region?: string;
  readonly name?: string;
  readonly peer?: readonly string[];
}

/** The data folder: the option, else the one of this checkout. */
export const dataFolder = (root: string, option: string | undefined): string =>
  option === undefined ? join(root, ".chapar", "station") : resolve(option);

/**
 * Ports to try. A port that was said is the only one. Any free one (0), and nothing said, mean the port of last time if
 * it can be had: links that were given out name it.
 */
function portsToTry(said: number | undefined, remembered: StationSettings["port"]): readonly number[] {
  if (said !== undefined && said !== 0) return [said];
  const first = remembered ?? (said === undefined ? USUAL_PORT : undefined);
  return first === undefined ? [0] : [first, 0];
}

/** Resolves when a person or the system asks for the end. */
export function asked(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

async function showQr(run: Run, invite: string): Promise<void> {
  const { qrLines } = await import("../qr.ts");
  for (const line of qrLines(invite, run.stdout.columns ?? NARROWEST_COLUMNS) ?? []) run.stdout.write(`${line}\n`);
}

export async function up(run: Run, options: UpOptions): Promise<ExitCode> {
  const dataDir = dataFolder(run.root, options.data);
  prepareFolder(dataDir);
  const before = readSettings(dataDir);
  const region = options.region ?? before.region;
  const name = options.name ?? before.name;
  const publicUrl = options.url ?? before.url;
  const webRoot = await webAppFolder(run.out, run.signal);
  await using station = await hostStation({
    dataDir,
    ports: portsToTry(options.port, before.port),
    host: options.host,
    region,
    name,
    peers: options.peer ?? [],
    publicUrl,
    webRoot,
  });
  const { url, port, invite, key } = station;
  writeSettings(dataDir, { region, name, port, url: publicUrl });
  const words = [
    `${name} (${region}) is up at ${url}`,
    "",
    "Open this link, type a name, and write:",
    `  ${invite}`,
    "",
    `It keeps everything in ${dataDir}. Ctrl-C stops it; the next start has everything.`,
  ].join("\n");
  run.out.result({ event: "ready", url, invite, station: key, region, name, port, data: dataDir }, words);
  if (run.out.isTerminal) await showQr(run, invite);
  await asked(run.signal);
  run.out.progress("Stopping ...");
  return ExitCode.ok;
}
