/* A station as `up` and `demo` run it: the package's station with an invite to it, on the first port that is free. */
import { startStation } from "@chapar/station/node";
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
  readonly webRoot: string | undefined;
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

/**
 * Starts a station on the first port that is free.
 *
 * @throws TermError `term/port-taken` · StationError · the file system's errors
 */
export async function hostStation(options: HostedStationOptions): Promise<HostedStation> {
  const { dataDir, host, region, name, peers, webRoot, publicUrl } = options;
  for (const [index, port] of options.ports.entries()) {
    try {
      const station = await startStation({
        dataDir,
        host,
        port,
        region,
        name,
        peers,
        ...(webRoot === undefined ? {} : { webRoot }),
        ...(publicUrl === undefined ? {} : { publicUrl }),
      });
      return {
        url: station.url,
        // A public URL says nothing about where the station listens.
        port: publicUrl === undefined ? Number(new URL(station.url).port) : port,
        key: stationKeyText(station.ref),
        invite: stationInvite({ station: station.ref, region, name, token: station.signUpToken }),
        [Symbol.asyncDispose]: () => station.close(),
      };
    } catch (error) {
      if (!isTaken(error)) throw error;
      if (index === options.ports.length - 1) throw new TermError("term/port-taken", { port }, { cause: error });
    }
  }
  throw new TermError("term/port-taken", { port: "" });
}
