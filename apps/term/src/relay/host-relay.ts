/* A relay as `chapar relay` runs it: the server of the carrier package on a folder, with its list, its counts and its page. */
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { RelayMeter, relayRoute, type Calendar, type RelayLimits } from "@chapar/carrier";
import {
  sealingIdentity,
  SEALED_BELOW_RELAY,
  startRelayServer,
  systemClock,
  type RelayServer,
} from "@chapar/carrier/node";
import { fromBase32, toBase32 } from "@chapar/wire/bytes";
import { TermError } from "../errors.ts";
import { openPtDoors, type PtChoice } from "../pt-doors.ts";
import { ListKeeper, listedPlaces } from "./relay-list-keeper.ts";
import type { RelayFolder, RelaySettings } from "./relay-folder.ts";
import type { RelayMood, RelayState } from "./relay-state.ts";
import { startStatusServer } from "./status-server.ts";

const SAVE_EVERY_MS = 15_000;
const REFRESH_EVERY_MS = 60_000;
const LIST_NAME = "own.list";

/** Hours and months as the machine's own time zone has them. */
const LOCAL_TIME: Calendar = {
  hourOf: (nowMs) => new Date(nowMs).getHours(),
  monthOf: (nowMs) => {
    const date = new Date(nowMs);
    return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}`;
  },
};

/** How a relay is run. */
export interface HostedRelayOptions {
  readonly folder: RelayFolder;
  readonly dir: string;
  readonly settings: RelaySettings;
  /** ports to try, first to last; 0 for any free one */
  readonly ports: readonly number[];
  readonly host: string;
  readonly statusPort: number;
  /** somebody else's list instead of the own one */
  readonly follow: { readonly path: string; readonly issuer: Uint8Array } | undefined;
  /** pluggable transports that it is reached through too */
  readonly transports: readonly PtChoice[];
}

/** A relay that runs until disposed. */
export interface HostedRelay extends AsyncDisposable {
  readonly port: number;
  /** base32 */
  readonly key: string;
  /** where links ask */
  readonly url: string;
  /** as `--next` of another relay takes it */
  readonly listing: string;
  readonly statusUrl: string;
  state(): RelayState;
}

/** The address that others most likely reach this machine at. */
function ownAddress(host: string): string {
  if (host !== "0.0.0.0" && host !== "::") return host.includes(":") ? `[${host}]` : host;
  const outward = Object.values(networkInterfaces())
    .flat()
    .find((each) => each !== undefined && each.family === "IPv4" && !each.internal);
  return outward?.address ?? "127.0.0.1";
}

function limitsOf(settings: RelaySettings): RelayLimits {
  const { megabitsPerSecond, gigabytesPerMonth, hours } = settings;
  return {
    bytesPerSecond: megabitsPerSecond === undefined ? undefined : megabitsPerSecond * 125_000,
    bytesPerMonth: gigabytesPerMonth === undefined ? undefined : gigabytesPerMonth * 1e9,
    hours,
  };
}

async function listening(
  options: HostedRelayOptions,
  start: (port: number) => Promise<RelayServer>,
): Promise<RelayServer> {
  let failure: unknown;
  for (const port of options.ports) {
    try {
      return await start(port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      failure = new TermError("term/port-taken", { port }, { cause: error });
    }
  }
  throw failure;
}

/**
 * Starts a relay on a folder.
 *
 * @throws TermError `term/port-taken` · `term/bad-list` · `term/bad-settings`; the file system's errors
 */
export async function hostRelay(options: HostedRelayOptions): Promise<HostedRelay> {
  const { folder, dir, host, statusPort, follow } = options;
  let settings = options.settings;
  const identity = sealingIdentity(folder.seed());
  const keeper = new ListKeeper({
    identity,
    follow,
    places: listedPlaces(settings.places, dir),
    ownPath: join(dir, LIST_NAME),
    lastNumber: settings.listNumber,
    onNumber: (listNumber) => folder.writeSettings((settings = { ...settings, listNumber })),
  });
  await keeper.refresh();
  const limits = limitsOf(settings);
  const meter = new RelayMeter(limits, systemClock(), LOCAL_TIME, folder.readCounts());
  const { path } = settings;
  const doors = await openPtDoors(options.transports, { folder: dir, path });
  const server = await listening(options, (port) =>
    startRelayServer({ host, port, path, identity, meter, list: () => keeper.list, isOwnList: () => keeper.isOwn }),
  ).catch(async (error: unknown) => {
    await doors[Symbol.asyncDispose]();
    throw error;
  });
  doors.openTo(server.port);
  const { port, relay } = server;
  settings = { ...settings, port };
  folder.writeSettings(settings);
  const url = `${settings.url ?? `ws://${ownAddress(host)}:${port}`}${path}`;
  const stationRoutes = (): readonly string[] =>
    (keeper.list?.places ?? [])
      .filter(({ kind }) => kind === "station")
      .flatMap(({ key }) =>
        [url, ...doors.routes].flatMap((inner) => {
          const route = `relay+${inner}?station=${toBase32(key)}`;
          // With a long name before a long certificate it may be longer than invites carry.
          return relayRoute(route) === undefined ? [] : [route];
        }),
      );
  const moodNow = (): RelayMood => {
    const { list } = keeper;
    if (list === undefined || list.places.length === 0) return "empty";
    if (Date.now() >= list.expiresAtMs) return "expired";
    return meter.isResting ? "resting" : "forwarding";
  };
  const state = (): RelayState => {
    const places = keeper.list?.places ?? [];
    const stations = places.filter(({ kind }) => kind === "station").length;
    return {
      mood: moodNow(),
      streams: relay.streamCount,
      pending: relay.pendingCount,
      counts: meter.state,
      refusals: relay.refusals,
      stations,
      relays: places.length - stations,
      listExpiresAtMs: keeper.list?.expiresAtMs,
      bytesPerMonth: limits.bytesPerMonth,
      bytesPerSecond: limits.bytesPerSecond,
      hours: limits.hours,
      routes: stationRoutes(),
      memoryBytes: process.memoryUsage.rss(),
    };
  };
  const status = await startStatusServer(statusPort, state).catch(async (error: unknown) => {
    await Promise.all([doors, server].map((each) => each[Symbol.asyncDispose]()));
    throw error;
  });
  const save = (): void => folder.writeCounts(meter.state);
  const saving = setInterval(save, SAVE_EVERY_MS);
  // A list that cannot be read now leaves the one before in force, until that expires.
  const refreshing = setInterval(() => void keeper.refresh().catch(() => undefined), REFRESH_EVERY_MS);
  return {
    port,
    url,
    key: toBase32(identity.publicKey),
    listing: `${toBase32(identity.publicKey)}@${url}${SEALED_BELOW_RELAY}`,
    statusUrl: status.url,
    state,
    async [Symbol.asyncDispose]() {
      clearInterval(saving);
      clearInterval(refreshing);
      await Promise.all([doors, server, status].map((each) => each[Symbol.asyncDispose]()));
      save();
    },
  };
}

/** A relay as another one names it: `KEY@ws(s)://…`. @returns undefined when it is not */
export function parseListing(text: string): { readonly key: string; readonly url: string } | undefined {
  const [, key = "", url = ""] = /^([a-z2-7]{52})@(wss?:\/\/[!-~]+)$/.exec(text) ?? [];
  return fromBase32(key)?.byteLength === 32 ? { key, url } : undefined;
}
