/*
 * What `up` remembers beside the station's own data: the port, so that links that were given out still lead here after a
 * restart, and the region, name, public URL and further routes said last. One small file, replaced whole (a crash leaves the old one or the new one).
 */
import { accessSync, constants, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DnsDoorConfig, SsDoorConfig } from "@chapar/station/node";
import { TermError } from "./errors.ts";

const FILE_NAME = "up.json";
/** ISO 3166 leaves ZZ to its users, and CLDR uses it for an unknown region: nobody has said whose law is kept. */
const UNSAID_REGION = "ZZ";
const UNSAID_NAME = "Chapar";
/** Tried first when nothing was said or remembered. */
export const USUAL_PORT: number = 8080;

/** What is remembered. */
export interface StationSettings {
  readonly region: string;
  readonly name: string;
  /** undefined until the station ran once */
  readonly port: number | undefined;
  /** where others reach it, when that was said */
  readonly url: string | undefined;
  /** further ways there, best first */
  readonly routes: readonly string[];
  /** the domain whose name server it is, and how */
  readonly dns?: DnsDoorConfig | undefined;
  /** whether it is found on the local network */
  readonly lan?: boolean | undefined;
  /** whether everybody there is told of it */
  readonly announced?: boolean | undefined;
  /** a Shadowsocks port that leads to it */
  readonly ss?: SsDoorConfig | undefined;
}

/** Reads what is remembered; a folder that has nothing yet gets the defaults. */
export function readSettings(dataDir: string): StationSettings {
  let text: string;
  try {
    text = readFileSync(join(dataDir, FILE_NAME), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { region: UNSAID_REGION, name: UNSAID_NAME, port: undefined, url: undefined, routes: [] };
  }
  const settings = parse(text);
  if (settings === undefined) throw new TermError("term/bad-settings", { path: join(dataDir, FILE_NAME) });
  return settings;
}

function parse(text: string): StationSettings | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof raw !== "object" || raw === null) return undefined;
  const { region, name, port, url, routes, dns, ss, lan, announced } = raw as Record<string, unknown>;
  if (typeof region !== "string" || typeof name !== "string" || !/^[A-Z]{2}$/.test(region)) return undefined;
  return {
    region,
    name,
    port: typeof port === "number" ? port : undefined,
    url: typeof url === "string" ? url : undefined,
    routes: textsOf(routes),
    ...(dnsOf(dns) === undefined ? {} : { dns: dnsOf(dns) }),
    ...(lan === true ? { lan } : {}),
    ...(lan === true && announced === true ? { announced } : {}),
    ...(ssOf(ss) === undefined ? {} : { ss: ssOf(ss) }),
  };
}

const textsOf = (raw: unknown): string[] => (Array.isArray(raw) ? raw.filter((one) => typeof one === "string") : []);

function ssOf(raw: unknown): SsDoorConfig | undefined {
  if (typeof raw !== "object" || raw === null) return undefined;
  const { publicHost, port } = raw as Record<string, unknown>;
  return typeof publicHost === "string" && typeof port === "number" ? { publicHost, port } : undefined;
}

function dnsOf(raw: unknown): DnsDoorConfig | undefined {
  if (typeof raw !== "object" || raw === null) return undefined;
  const { domain, port, host, address, via } = raw as Record<string, unknown>;
  if (typeof domain !== "string") return undefined;
  return {
    domain,
    ...(typeof port === "number" ? { port } : {}),
    ...(typeof host === "string" ? { host } : {}),
    ...(typeof address === "string" ? { address } : {}),
    ...(Array.isArray(via) ? { via: textsOf(via) } : {}),
  };
}

/**
 * Makes the folder when it is not there. Asked before the web app is built, so that nobody waits for a build to hear that
 * the folder cannot be used.
 *
 * @throws the file system's error when it cannot be made or written
 */
export function prepareFolder(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
}

/** Remembers, in a folder that was prepared. */
export function writeSettings(dataDir: string, settings: StationSettings): void {
  const path = join(dataDir, FILE_NAME);
  const next = `${path}.new`;
  writeFileSync(next, `${JSON.stringify(settings, undefined, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(next, path);
}
