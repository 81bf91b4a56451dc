/*
 * `up`: a station on this machine, with the web app on the same port, until Ctrl-C. The same folder again is the same
 * station: its key, its people, its port and its invite.
 */
import { join, resolve } from "node:path";
import { formatMirrorRoute, MIRROR_PORTS, mirrorRoute } from "@chapar/carrier/doctor";
import type { VolunteersConfig } from "@chapar/station/node";
import { stationKey, type StationRef } from "@chapar/wire";
import { fromBase32 } from "@chapar/wire/bytes";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { hostStation } from "../host-station.ts";
import { openPtDoors, type PtChoice } from "../pt-doors.ts";
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
  readonly witness?: readonly string[];
  readonly route?: readonly string[];
  /** false: forget those given before */
  readonly routes?: boolean;
  /** whether it is found on the local network; undefined: as before */
  readonly lan?: boolean;
  /** whether everybody there is told of it; undefined: as before */
  readonly announce?: boolean;
  /** false: no Shadowsocks port, whatever there was before */
  readonly ss?: { readonly publicHost: string; readonly port: number } | false;
  /** false: no name server, whatever there was before */
  readonly dns?: string | false;
  readonly dnsPort?: number;
  readonly dnsHost?: string;
  readonly dnsAddress?: string;
  readonly dnsVia?: string;
  readonly mirror?: number;
  readonly pt?: readonly PtChoice[];
  readonly snow?: true;
  readonly stunPort?: number;
  readonly leadsTo?: readonly string[];
  readonly exit?: true;
  readonly exitPorts?: string;
  readonly exitGb?: number;
  readonly exitReach: "public" | "private" | "loopback";
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

/** What was said of the name server, over what was said before. */
function dnsOf(options: UpOptions, before: StationSettings["dns"]): StationSettings["dns"] {
  const { dns: domain = before?.domain, dnsPort, dnsHost, dnsAddress, dnsVia } = options;
  if (domain === undefined || domain === false) return undefined;
  return {
    ...before,
    domain,
    ...(dnsPort === undefined ? {} : { port: dnsPort }),
    ...(dnsHost === undefined ? {} : { host: dnsHost }),
    ...(dnsAddress === undefined ? {} : { address: dnsAddress }),
    ...(dnsVia === undefined ? {} : { via: dnsVia.split(",") }),
  };
}

/** What was said of the local network, over what was said before: who is announced there is found there. */
function lanOf({ lan, announce }: UpOptions, before: StationSettings): Pick<StationSettings, "lan" | "announced"> {
  const isFound = lan ?? (announce === true ? true : before.lan);
  return { lan: isFound, announced: isFound === true && (announce ?? before.announced) === true };
}

async function showQr(run: Run, invite: string): Promise<void> {
  const { qrLines } = await import("../qr.ts");
  for (const line of qrLines(invite, run.stdout.columns ?? NARROWEST_COLUMNS) ?? []) run.stdout.write(`${line}\n`);
}

interface OpenMirror extends AsyncDisposable {
  /** its URI, at the host that others reach the station by */
  route(publicUrl: string | undefined): string;
}

/** A mirror for the doctor, when the operator wants one (protocol/8-road.md P-126). */
async function openMirror({ mirror: port, host }: UpOptions): Promise<OpenMirror | undefined> {
  if (port === undefined) return undefined;
  const { startMirror, systemClock } = await import("@chapar/carrier/node");
  const server = await startMirror({ host, port, clock: systemClock() }).catch((error: unknown) => {
    throw new TermError("term/port-taken", { port }, { cause: error });
  });
  return {
    route(publicUrl) {
      const name = publicUrl === undefined ? host : new URL(publicUrl).hostname;
      return formatMirrorRoute({ host: name, port, ports: MIRROR_PORTS });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(server[Symbol.asyncDispose]()),
  };
}

/** What volunteers' browsers may do here. @throws TermError `term/usage` */
function volunteersOf({ snow, stunPort, leadsTo = [] }: UpOptions): VolunteersConfig {
  const stations = leadsTo.map((text): StationRef => {
    const [, key = "", url = ""] = /^([a-z2-7]{52})@(https?:\/\/[!-~]+)$/.exec(text) ?? [];
    const bytes = fromBase32(key);
    if (bytes?.byteLength !== 32) {
      const problem = `${text} does not name a station: it is KEY@https://…, the key as \`up --json\` prints it.`;
      throw new TermError("term/usage", { problem, command: "up " });
    }
    return { key: stationKey(bytes), urls: [url] };
  });
  return { isRoute: snow === true, stunPort, stations };
}

export async function up(run: Run, options: UpOptions): Promise<ExitCode> {
  const dataDir = dataFolder(run.root, options.data);
  prepareFolder(dataDir);
  const before = readSettings(dataDir);
  const region = options.region ?? before.region;
  const name = options.name ?? before.name;
  const publicUrl = options.url ?? before.url;
  const routes = options.route ?? (options.routes === false ? [] : before.routes);
  const dns = dnsOf(options, before.dns);
  const { lan, announced } = lanOf(options, before);
  const ss = options.ss === false ? undefined : (options.ss ?? before.ss);
  const webRoot = await webAppFolder(run.out, run.signal);
  await using mirror = await openMirror(options);
  await using doors = await openPtDoors(options.pt ?? [], { folder: dataDir });
  await using station = await hostStation({
    dataDir,
    ports: portsToTry(options.port, before.port),
    host: options.host,
    region,
    name,
    peers: options.peer ?? [],
    witnesses: options.witness ?? [],
    volunteers: volunteersOf(options),
    dns,
    routes: [
      ...(mirror === undefined
        ? routes
        : [...routes.filter((uri) => mirrorRoute(uri) === undefined), mirror.route(publicUrl)]),
      ...doors.routes,
    ],
    ss,
    lan,
    announced,
    exit:
      options.exit === undefined
        ? undefined
        : { ports: options.exitPorts, gigabytesEach: options.exitGb, reach: options.exitReach },
    publicUrl,
    webRoot,
  });
  const { url, port, invite, key } = station;
  doors.openTo(port);
  writeSettings(dataDir, { region, name, port, url: publicUrl, routes, dns, ss, lan, announced });
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
