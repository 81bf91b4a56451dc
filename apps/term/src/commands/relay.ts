/*
 * `relay`: lends this machine's line to the stations whose invites it was given, until Ctrl-C. Nothing has to be configured;
 * what was said once is remembered in the relay's folder.
 */
import { join, resolve } from "node:path";
import { fromBase32 } from "@chapar/wire/bytes";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { previewInvite } from "../invites.ts";
import type { PtChoice } from "../pt-doors.ts";
import { hostRelay, parseListing } from "../relay/host-relay.ts";
import { RelayFolder, type ChosenPlace, type RelaySettings } from "../relay/relay-folder.ts";
import type { RelayState } from "../relay/relay-state.ts";
import { STATUS_WORDS } from "../relay/status-words.ts";
import type { Run } from "../run.ts";
import { asked } from "./up.ts";

const USUAL_PORT = 8090;
const LOOK_EVERY_MS = 1_000;

interface RelayCommandOptions {
  readonly data?: string;
  readonly port?: number;
  readonly host: string;
  readonly url?: string;
  readonly statusPort: number;
  readonly next?: readonly string[];
  readonly pt?: readonly PtChoice[];
  readonly list?: string;
  readonly issuer?: string;
  /** 0 lifts the limit */
  readonly rate?: number;
  readonly month?: number;
  /** `all` lifts the limit */
  readonly hours?: readonly [number, number] | "all";
}

function usage(problem: string): TermError {
  return new TermError("term/usage", { problem, command: "relay " });
}

/** What was given, as places. @throws ClientError `client/bad-invite` · TermError `term/usage` */
function placesOf(invites: readonly string[], next: readonly string[]): readonly ChosenPlace[] {
  const stations = invites.map((invite): ChosenPlace => {
    const { key, urls } = previewInvite(invite).station;
    return { kind: "station", key, urls: urls.filter((url) => /^(?:https?|wss?):/.test(url)) };
  });
  const relays = next.map((text): ChosenPlace => {
    const listing = parseListing(text);
    if (listing === undefined)
      throw usage(`${text} does not name a relay: it is KEY@wss://…, as that relay prints it.`);
    return { kind: "relay", key: listing.key, urls: [listing.url] };
  });
  return [...stations, ...relays];
}

const limit = (said: number | undefined, before: number | undefined): number | undefined =>
  said === undefined ? before : said === 0 ? undefined : said;

function settingsOf(before: RelaySettings, invites: readonly string[], options: RelayCommandOptions): RelaySettings {
  const added = placesOf(invites, options.next ?? []);
  const kept = before.places.filter(({ key }) => !added.some((place) => place.key === key));
  return {
    ...before,
    url: options.url ?? before.url,
    places: [...kept, ...added],
    megabitsPerSecond: limit(options.rate, before.megabitsPerSecond),
    gigabytesPerMonth: limit(options.month, before.gigabytesPerMonth),
    hours: options.hours === undefined ? before.hours : options.hours === "all" ? undefined : options.hours,
  };
}

function followed(options: RelayCommandOptions): { readonly path: string; readonly issuer: Uint8Array } | undefined {
  if (options.list === undefined && options.issuer === undefined) return undefined;
  const issuer = fromBase32(options.issuer ?? "");
  if (options.list === undefined || issuer?.byteLength !== 32)
    throw usage("A list is followed with both --list FILE and --issuer KEY.");
  return { path: resolve(options.list), issuer };
}

/** Says so whenever the relay begins to do something else. */
function watch(run: Run, state: () => RelayState): NodeJS.Timeout {
  let said = state().mood;
  return setInterval(() => {
    const { mood, streams, counts } = state();
    if (mood === said) return;
    said = mood;
    const line = { event: "state", mood, streams, monthBytes: counts.monthBytes };
    run.out.result(line, `${STATUS_WORDS.en.moods[mood]}.`);
  }, LOOK_EVERY_MS);
}

export async function relay(run: Run, invites: readonly string[], options: RelayCommandOptions): Promise<ExitCode> {
  const dir = options.data === undefined ? join(run.root, ".chapar", "relay") : resolve(options.data);
  const follow = followed(options);
  const folder = new RelayFolder(dir);
  const before = folder.readSettings();
  const settings = settingsOf(before, invites, options);
  folder.writeSettings(settings);
  const first = before.port ?? USUAL_PORT;
  const ports = options.port === undefined ? [first, 0] : options.port === 0 ? [before.port ?? 0, 0] : [options.port];
  const { host, statusPort } = options;
  await using hosted = await hostRelay({
    folder,
    dir,
    settings,
    ports,
    host,
    statusPort,
    follow,
    transports: options.pt ?? [],
  });
  const { url, key, listing, statusUrl, port } = hosted;
  const { mood, routes } = hosted.state();
  const words = [
    `The relay is up at ${url}`,
    `${STATUS_WORDS.en.moods[mood]}.`,
    "",
    ...(routes.length === 0 ? [] : ["Routes to give to people:", ...routes.map((route) => `  ${route}`), ""]),
    `For other relays (--next): ${listing}`,
    `How it is doing: ${statusUrl}`,
    `It keeps its key, its limits and its sums in ${dir}. Ctrl-C stops it.`,
  ].join("\n");
  run.out.result({ event: "ready", url, port, key, mood, routes, listing, status: statusUrl, data: dir }, words);
  const watching = watch(run, () => hosted.state());
  await asked(run.signal);
  clearInterval(watching);
  run.out.progress("Stopping ...");
  return ExitCode.ok;
}
