/* A station as `up` and `demo` run it: the package's station with an invite to it, on the first port that is free. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isStationError, type StationError } from "@chapar/station";
import {
  POLICY_FILE,
  startStation,
  type DnsDoorConfig,
  type ExitConfig,
  type SsDoorConfig,
  type VolunteersConfig,
} from "@chapar/station/node";
import { TermError } from "./errors.ts";
import { stationInvite, stationKeyText } from "./invites.ts";

/** What is said on the command line or remembered. */
export interface HostedStationOptions {
  readonly dataDir: string;
  /** ports to try, first to last; 0 for any free one */
  readonly ports: readonly number[];
  readonly host: string;
  readonly region: string;
  readonly name: string;
  readonly peers: readonly string[];
  /** stations that cosign its log, beside those in the folder */
  readonly witnesses: readonly string[];
  /** further ways here, best first; they stand in invites */
  readonly routes: readonly string[];
  readonly webRoot: string | undefined;
  /** makes it the name server of a domain */
  readonly dns?: DnsDoorConfig | undefined;
  /** whether it is found on the local network */
  readonly lan?: boolean | undefined;
  /** whether everybody there is told of it */
  readonly announced?: boolean | undefined;
  /** a Shadowsocks port that leads to it */
  readonly ss?: SsDoorConfig | undefined;
  /** what volunteers' browsers may do here; by default they are taken in, and the way through them is not told */
  readonly volunteers?: VolunteersConfig | undefined;
  /** lets traffic out, when its operator opted in */
  readonly exit?: ExitConfig | undefined;
  /** where others reach it, when that is not where it listens */
  readonly publicUrl: string | undefined;
}

/** A station that runs until disposed. */
export interface HostedStation extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** base32 of the station's key */
  readonly key: string;
  /** opens the web app; the sign-up token is inside, in the fragment, which no browser sends */
  readonly invite: string;
}

const isTaken = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "EADDRINUSE";

/** A port of a further door cannot be had. @returns as what it is told; the error itself when it is another */
function ofDoors(error: unknown, { dns, ss }: Pick<HostedStationOptions, "dns" | "ss">): unknown {
  const { code, port } = error as NodeJS.ErrnoException & { readonly port?: number };
  const isDns = dns !== undefined && port === (dns.port ?? DNS_PORT);
  if (ss !== undefined && port === ss.port && code === "EADDRINUSE")
    return new TermError("term/ss-port", { port }, { cause: error });
  return isDns && (code === "EADDRINUSE" || code === "EACCES")
    ? new TermError("term/dns-port", { port }, { cause: error })
    : error;
}

/** The region policy is refused: says why, and the line. */
async function ofPolicy(cause: StationError, dataDir: string): Promise<TermError> {
  const { refusalReason } = await import("./policy-words.ts");
  const why = cause.cause instanceof Error ? cause.cause.message : "";
  const note = await readFile(join(dataDir, POLICY_FILE), "utf8").catch(() => "");
  return new TermError("term/bad-policy", { reason: refusalReason(why, note) }, { cause });
}

const DNS_PORT = 53;

/**
 * Starts a station on the first port that is free.
 *
 * @throws TermError `term/port-taken` · StationError · the file system's errors
 */
export async function hostStation(options: HostedStationOptions): Promise<HostedStation> {
  const { dataDir, host, region, name, peers, witnesses, routes, webRoot, publicUrl, exit, dns, ss, lan, volunteers } =
    options;
  for (const [index, port] of options.ports.entries()) {
    try {
      const station = await startStation({
        dataDir,
        host,
        port,
        region,
        name,
        peers,
        witnesses,
        routes,
        ...(webRoot === undefined ? {} : { webRoot }),
        ...(exit === undefined ? {} : { exit }),
        ...(dns === undefined ? {} : { dns }),
        ...(ss === undefined ? {} : { ss }),
        ...(volunteers === undefined ? {} : { volunteers }),
        ...(lan === true ? { lan: { isAnnounced: options.announced === true } } : {}),
        ...(publicUrl === undefined ? {} : { publicUrl }),
      });
      return {
        url: station.url,
        // A public URL says nothing about where the station listens.
        port: publicUrl === undefined ? Number(new URL(station.url).port) : port,
        key: stationKeyText(station.ref),
        invite: stationInvite({
          station: station.ref,
          region,
          name,
          token: station.signUpToken,
          routes: station.routes,
        }),
        [Symbol.asyncDispose]: () => station.close(),
      };
    } catch (cause) {
      if (isStationError(cause, "station/bad-policy")) throw await ofPolicy(cause, dataDir);
      const error = ofDoors(cause, options);
      if (!isTaken(error)) throw error;
      if (index === options.ports.length - 1) throw new TermError("term/port-taken", { port }, { cause: error });
    }
  }
  throw new TermError("term/port-taken", { port: "" });
}
