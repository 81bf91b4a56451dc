/*
 * `tunnel`: a way out for the programs of this machine, through a station whose operator lets traffic out. SOCKS5, HTTP
 * CONNECT and a PAC file on loopback, until Ctrl-C; with --vpn everything that the machine sends.
 */
import { join } from "node:path";
import { ptRoute, relayRoute, snowRoute } from "@chapar/carrier";
import { askExit, startTunnelServer, type TunnelServer } from "@chapar/carrier/node";
import { fromBase32 } from "@chapar/wire/bytes";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { inviteRoutes, inviteToken, previewInvite } from "../invites.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { RememberedLookup } from "../tunnel/remembered-lookup.ts";
import { TunnelPool } from "../tunnel/tunnel-pool.ts";
import { TunnelSession, type RoadState, type TunnelRoad } from "../tunnel/tunnel-session.ts";
import { becomeTunnel, captureMachine, openMachine } from "../vpn/vpn.ts";
import { withStation } from "../waiting.ts";

const USUAL_SOCKS_PORT = 1080;
const USUAL_HTTP_PORT = 8118;
/** What programs of pluggable transports keep while a machine is captured. */
const ROOT_TRANSPORTS = "/run/chapar-transports";

interface TunnelOptions {
  readonly via?: readonly string[];
  readonly socksPort?: number;
  readonly httpPort?: number;
  readonly vpn?: boolean;
  readonly off?: boolean;
  readonly timeout: number;
}

interface Way extends Omit<TunnelRoad, "stateDir"> {
  readonly pass: Uint8Array;
  /** what the station is called */
  readonly name: string;
}

const isRoute = (text: string): boolean =>
  [relayRoute, ptRoute, snowRoute].some((read) => read(text) !== undefined) ||
  /^(?:burst\+https?|ss|wss?):\/\//.test(text);

function keyOf(text: string): Uint8Array {
  const key = fromBase32(text);
  if (key === undefined) throw new TermError("term/internal");
  return key;
}

/** Through an invite's station, with nothing but the invite: its token is the pass. */
function wayOfInvite(invite: string, routes: readonly string[]): Way {
  const { station } = previewInvite(invite);
  const all = [...new Set([...routes, ...inviteRoutes(invite)])];
  return { key: keyOf(station.key), routes: all, pass: inviteToken(invite), name: station.name };
}

/** Through the profile's home, with a pass that the station gives to this account. */
async function wayHome(run: Run, routes: readonly string[], seconds: number): Promise<Way> {
  await using profile = await openJoined(run);
  const { client, me, signal } = profile;
  const { home } = me;
  const pass = await withStation(client, { seconds, signal }, (ending) => client.exitPass({ signal: ending }));
  const known = (await client.ways.list()).map(({ uri }) => uri);
  const all = [...new Set([...routes, ...home.urls, ...known])];
  return { key: keyOf(home.key), routes: all, pass, name: home.name };
}

/** @throws TermError · ClientError `client/bad-invite` */
async function wayOf(run: Run, { via = [], timeout }: TunnelOptions): Promise<Way> {
  const routes = via.filter(isRoute);
  const [invite, ...more] = via.filter((text) => !isRoute(text));
  if (more.length > 0)
    throw new TermError("term/usage", { problem: "--via names one invite at most.", command: "tunnel " });
  return invite === undefined ? await wayHome(run, routes, timeout) : wayOfInvite(invite, routes);
}

/** Says why something was not opened, once each: a page that is refused tries many times. */
function sayRefused(run: Run): (reason: string) => void {
  const said = new Set<string>();
  return (reason) => {
    if (said.has(reason)) return;
    said.add(reason);
    run.out.result({ event: "refused", reason }, `A connection was not opened: ${reason}.`);
  };
}

async function listen(run: Run, options: TunnelOptions, road: TunnelSession, pass: Uint8Array): Promise<TunnelServer> {
  const start = (socksPort: number, httpPort: number): Promise<TunnelServer> =>
    startTunnelServer({
      session: () => road.session,
      pass,
      socksPort,
      httpPort,
      onRefused: sayRefused(run),
    });
  const { socksPort, httpPort } = options;
  try {
    return await start(socksPort ?? USUAL_SOCKS_PORT, httpPort ?? USUAL_HTTP_PORT);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    const taken = (error as { port?: number }).port ?? 0;
    // What nobody asked for may be another.
    if (taken === socksPort || taken === httpPort)
      throw new TermError("term/port-taken", { port: taken }, { cause: error });
    return await start(socksPort ?? 0, httpPort ?? 0);
  }
}

function sayState(run: Run): (state: RoadState) => void {
  return (state) => {
    const words = state.state === "open" ? `Open, by ${state.kind}.` : "Looking for a way ...";
    run.out.result({ event: "state", ...state }, run.out.json ? undefined : words);
  };
}

/** Opens the first session and has the exit say that it lets this pass out. */
async function openRoad(run: Run, road: TunnelSession, { name, pass }: Way, seconds: number): Promise<void> {
  const limit = AbortSignal.timeout(Math.max(1, seconds) * 1000);
  const session = await road.open(AbortSignal.any([run.signal, limit])).catch((error: unknown) => {
    run.signal.throwIfAborted();
    throw new TermError("term/no-way", { station: name }, { cause: error });
  });
  const refusal = await askExit(session, pass);
  if (refusal === undefined) return;
  session.link.close();
  throw new TermError("term/no-exit", { station: name, reason: refusal });
}

const HIDES = [
  "Hidden from your network: where you go and what you say there. It sees that you use a station, when and how much.",
  "Seen by the station: where you go and how much, under a name that changes every month; not what https carries.",
  "Seen by the sites: the station's address instead of yours, and whatever you tell them yourself.",
];

async function asProxy(run: Run, options: TunnelOptions): Promise<void> {
  const way = await wayOf(run, options);
  const stateDir = join(run.profileDir, "transports");
  const road = new TunnelSession({ ...way, stateDir }, sayState(run));
  await openRoad(run, road, way, options.timeout);
  await using server = await listen(run, options, road, way.pass);
  const { socksPort, httpPort } = server;
  const [socks, http] = [`127.0.0.1:${socksPort}`, `127.0.0.1:${httpPort}`];
  const pac = `http://${http}/proxy.pac`;
  const words = [
    `The tunnel to ${way.name} is open. Set one of these in a program:`,
    `  SOCKS5      ${socks}`,
    `  HTTP proxy  ${http}`,
    `  PAC file    ${pac}`,
    "",
    ...HIDES,
    "",
    "Programs that do not ask the proxy go around it. Ctrl-C closes it.",
  ].join("\n");
  run.out.result({ event: "ready", socks, http, pac, station: way.name }, words);
  await road.keep(run.signal);
}

async function asVpn(run: Run, options: TunnelOptions): Promise<void> {
  becomeTunnel();
  const way = await wayOf(run, options);
  const names = new RememberedLookup();
  await names.prepare(way.routes);
  // A profile is its owner's, and this is root.
  const whither = { ...way, stateDir: ROOT_TRANSPORTS };
  const road = new TunnelSession(whither, sayState(run), names.lookup);
  await openRoad(run, road, way, options.timeout);
  const over = new AbortController();
  const signal = AbortSignal.any([run.signal, over.signal]);
  const pool = new TunnelPool(road, signal);
  const kept = road.keep(signal);
  const onReady = ({ ipv6 }: { readonly ipv6: boolean }): void => {
    const words = [
      `This machine goes through ${way.name} now, names included, and nothing leaves around it${ipv6 ? "" : "; IPv6 is refused"}.`,
      "",
      ...HIDES,
      "",
      "Not carried: ping and whatever else is neither TCP nor UDP, and guests behind this machine's bridges; they are refused.",
      "As before: your local network, and who connects to this machine.",
      "Ctrl-C opens the machine again. If this program is killed it stays closed: `./chapar tunnel --vpn --off` opens it.",
    ].join("\n");
    run.out.result({ event: "ready", vpn: true, ipv6, station: way.name }, words);
  };
  try {
    await captureMachine(run, { pool, pass: way.pass, onRefused: sayRefused(run), onReady });
  } finally {
    over.abort();
  }
  await kept;
}

function openAgain(run: Run): ExitCode {
  const was = openMachine();
  run.out.result(
    { event: "open", was },
    was ? "This machine is open again: it goes out as it did before." : "This machine was not captured.",
  );
  return ExitCode.ok;
}

export async function tunnel(run: Run, options: TunnelOptions): Promise<ExitCode> {
  if (options.off === true && options.vpn !== true)
    throw new TermError("term/usage", { problem: "--off stands behind --vpn.", command: "tunnel " });
  if (options.off === true) return openAgain(run);
  await (options.vpn === true ? asVpn : asProxy)(run, options);
  run.out.progress("Stopping ...");
  return ExitCode.ok;
}
