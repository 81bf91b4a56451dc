/*
 * A station as a process runs it: one data folder, one port. HTTP answers, the web app, sessions, bursts and bare links share
 * the port (road-gate.ts).
 */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { formatLanRoute, routeClass, type Clock, type Link } from "@chapar/carrier";
import { doorIdentity, systemClock, systemRng, webSocketCarrier } from "@chapar/carrier/node";
import { isRouteUrl, MAX_ROUTES, stationKey, type StationKey, type StationRef } from "@chapar/wire";
import { closedSignUp, openSignUp, tokenSignUp, type SignUpRule } from "../account/sign-up.ts";
import { Bug, stationError } from "../errors.ts";
import type { Metric, StationPorts } from "../ports.ts";
import type { BlobLimits } from "../account/blob-room.ts";
import type { Rates } from "../session/rates.ts";
import { Station } from "../station.ts";
import type { Store } from "../store/port.ts";
import { FollowedLogs } from "../witness/followed-logs.ts";
import { StationWitness } from "../witness/station-witness.ts";
import { listenForOperator } from "./control.ts";
import { type DnsDoor, type DnsDoorConfig, dnsDoorRoute, openDnsDoor } from "./dns-door.ts";
import { exitService, type ExitConfig } from "./exit-service.ts";
import { guardedCarrier, stationCarrier } from "./guarded-carrier.ts";
import { type HelpService, startHelpService, type VolunteersConfig } from "./help-service.ts";
import { httpApp } from "./http-app.ts";
import { listen } from "./listening.ts";
import { loadWitnesses } from "./ledger-files.ts";
import { type LanDoorConfig, openLanDoor } from "./lan-door.ts";
import { auditRoutes, nameAhead } from "./audit-http.ts";
import type { AuditSource } from "../audit/answer.ts";
import { LogNames } from "../audit/log-names.ts";
import { ledgerRoutes, type LedgerHttpParts } from "./ledger-http.ts";
import { keepWitnesses, witnessSigner } from "./ledger-service.ts";
import { StationMetrics } from "./metrics.ts";
import { nodeRng, nodeSha256, nodeSigner, nodeVerifier } from "./node-crypto.ts";
import { operatorLog, type LogSink } from "./operator-log.ts";
import { NodeTokenIssuer } from "./token-issuer.ts";
import { loadPolicy, ShownPolicy } from "./region-policy.ts";
import { reportKeeper } from "./reports.ts";
import { freeBytes, loadSignUpToken, loadStationSeed } from "./station-files.ts";
import type { RoadGate } from "./road-gate.ts";
import { openGate } from "./station-gate.ts";
import { type InnerAddress, openSsDoor, type SsDoorConfig, ssDoorRoute } from "./ss-door.ts";
import { takeBackupFiles } from "./station-backup.ts";
import { SqliteStore } from "./sqlite-store.ts";
import { openPushDesk, type WebPushOptions } from "./web-push.ts";
import { WebRoot } from "./web-root.ts";
import { transparencyRoutes } from "./transparency.ts";
import { peekCheckpoint, postCheckpoint, readLogFiles } from "./witness-post.ts";

const REQUEST_LIMIT_MS = 30_000;
const HEADERS_LIMIT_MS = 10_000;
/** How long farewells may take; a person whose way is slow or gone finds out by the next attach. */
const FAREWELL_LIMIT_MS = 2_000;

/** How a station runs. */
export interface StationConfig {
  /** everything the station keeps; made when it is not there */
  readonly dataDir: string;
  /** 0 for any free port */
  readonly port: number;
  /** address to listen at; `127.0.0.1` */
  readonly host?: string;
  /** ISO 3166-1 alpha-2 of the region whose law the station keeps */
  readonly region: string;
  readonly name: string;
  /** URLs of stations to keep a link to */
  readonly peers?: readonly string[];
  /**
   * stations that witness this one's log, by URL, or `<C2SP verifier key> <submission URL>` for other witnesses; beside those
   * added to the folder. A station witnesses only the logs of its own peers, so let it name this one in `peers`
   */
  readonly witnesses?: readonly string[];
  /**
   * further routes to this station, best first, at most 16 URIs of 256 bytes (`burst+https://…`, `ss://…`): told to those who have
   * an account here, and to be put into invites
   */
  readonly routes?: readonly string[];
  /** folder of the built web app */
  readonly webRoot?: string;
  /** who may have an account: those with the token of the data folder, anyone, nobody; `token` */
  readonly signUp?: "token" | "open" | "closed";
  /** the URL that others reach this station at, when it is not the one it listens at (behind a proxy) */
  readonly publicUrl?: string;
  /** where the operator's log goes; nowhere without it */
  readonly log?: LogSink;
  readonly rates?: Rates;
  /** how much people may store, where it is not the usual */
  readonly blobLimits?: Partial<BlobLimits>;
  /** how long a body is kept that nobody acknowledged, in milliseconds; 180 days, and never less */
  readonly timeToLiveMs?: number;
  /** show /metrics to others than this machine */
  readonly openMetrics?: boolean;
  /** links at once, sessions among them; 100,000 */
  readonly maxLinks?: number;
  /** makes this station the name server of a domain, and so reachable over DNS where nothing else leads out */
  readonly dns?: DnsDoorConfig;
  /** lets people and stations on the same local network find this one by its key, with or without the internet */
  readonly lan?: LanDoorConfig;
  /** opens a Shadowsocks port of the 2022 edition that leads to this station */
  readonly ss?: SsDoorConfig;
  /** lets traffic of people here out to the internet; nobody's by default */
  readonly exit?: ExitConfig;
  /** takes volunteers' tabs in and asks them for whoever asks; without a STUN service and no route of it told, by default */
  readonly volunteers?: VolunteersConfig;
  /** sessions at once, also those that wait for another link; 10,000 (P-17) */
  readonly maxSessions?: number;
}

/** What a laboratory puts between a station and its surroundings; a station in service has none of it. */
export interface StationSurroundings {
  /** instead of the machine's clock */
  readonly clock?: Clock;
  /** lets devices be woken by a push service on this machine */
  readonly push?: Pick<WebPushOptions, "reachesLocal">;
  /** answers the store to work on, over that of the folder, which is still closed with the station */
  readonly store?: (own: Store) => Store;
  /** told of the station before it takes anyone in */
  readonly opened?: (station: Station) => void;
  /** takes a link that somebody dialed; `accept` hands one to the station */
  readonly link?: (link: Link, accept: (link: Link) => void) => void;
}

/** A station that runs. */
export interface RunningStation extends AsyncDisposable {
  /** where it can be reached: the public URL, or the one it listens at */
  readonly url: string;
  readonly key: StationKey;
  readonly ref: StationRef;
  /** long-lived; opens an account when `signUp` is `token` */
  readonly signUpToken: Uint8Array;
  /** further routes here, best first, the one over DNS last: what invites are to name */
  readonly routes: readonly string[];
  /** Takes nothing more, lets what was taken reach the disk, ends every link, closes the folder. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a station on a data folder.
 *
 * @throws StationError `station/bad-config` · `station/bad-policy` · `station/folder-in-use` · `station/folder-newer` · `station/bad-key-file` ·
 * `station/storage-full` · `station/storage-failed`; Error `EADDRINUSE` and the like from the socket
 */
export async function startStation(config: StationConfig, around: StationSurroundings = {}): Promise<RunningStation> {
  if (!/^[A-Z]{2}$/.test(config.region)) throw stationError("station/bad-config");
  const { routes = [] } = config;
  if (routes.length > MAX_ROUTES || !routes.every(isRouteUrl)) throw stationError("station/bad-config");
  const store = await SqliteStore.open({ dataDir: config.dataDir });
  try {
    return await run(config, store, around);
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

function signUpRule(config: StationConfig, token: Uint8Array): SignUpRule {
  if (config.signUp === "open") return openSignUp;
  return config.signUp === "closed" ? closedSignUp : tokenSignUp([token], nodeSha256);
}

async function run(config: StationConfig, own: SqliteStore, around: StationSurroundings): Promise<RunningStation> {
  const store = around.store?.(own) ?? own;
  takeBackupFiles(config.dataDir);
  const seed = loadStationSeed(config.dataDir);
  const signer = nodeSigner(seed);
  const signUpToken = loadSignUpToken(config.dataDir);
  const metrics = new StationMetrics();
  let ready = false;
  let ledgerParts: LedgerHttpParts | undefined;
  let auditSource: AuditSource | undefined;
  let pageParts: ReturnType<Parameters<typeof transparencyRoutes>[0]>;
  const app = httpApp({
    metrics,
    isReady: () => ready,
    webRoot: config.webRoot === undefined ? undefined : new WebRoot(config.webRoot),
    openMetrics: config.openMetrics ?? false,
    ledger: ledgerRoutes(() => ledgerParts),
    transparency: transparencyRoutes(() => pageParts),
    audit: auditRoutes(config.dataDir, () => auditSource),
  });
  const site = getRequestListener(app.fetch);
  let gate: RoadGate | undefined;
  const server = createServer((request, response) => {
    const answered = gate?.answer(request, response) ?? Promise.resolve(false);
    answered.then(
      (was) => (was ? undefined : site(request, response)),
      // The request broke off while it was read.
      () => response.destroy(),
    );
  });
  server.headersTimeout = HEADERS_LIMIT_MS;
  server.requestTimeout = REQUEST_LIMIT_MS;
  const key = stationKey(signer.publicKey);
  routesOf(config, key, []);
  const clock = around.clock ?? systemClock();
  const tokens = new NodeTokenIssuer(config.dataDir, key);
  const policy = await loadPolicy(config.dataDir, { key, region: config.region }, clock.nowMs());
  const shownPolicy = new ShownPolicy(policy);
  const { url, inner } = await listen(server, config);
  let doors: Doors | undefined;
  try {
    const ref: StationRef = { key, urls: [url] };
    const ports: StationPorts = {
      sha256: nodeSha256,
      verify: nodeVerifier(),
      signer,
      clock,
      rng: nodeRng,
      store,
      freeBytes: () => freeBytes(config.dataDir),
      observer: {
        count: (metric, amount, label) => metrics.count(metric, amount, label),
        note: operatorLog(config.log),
      },
    };
    const peerUrls = config.peers ?? [];
    const self = { ref, region: config.region, name: config.name };
    const identity = doorIdentity(seed);
    const help = await startHelpService({
      config: config.volunteers ?? {},
      clock: systemClock(),
      rng: systemRng(),
      identity,
      self: ref,
      // A proxy passes on what is HTTP; datagrams have to come here by themselves.
      host: config.publicUrl === undefined ? (config.host ?? "127.0.0.1") : "0.0.0.0",
      count: (outcome) => metrics.count("volunteers_asked", 1, outcome),
    });
    const near = config.lan === undefined ? [] : [formatLanRoute(key)];
    const doorRoutes = config.ss === undefined ? near : [...near, ssDoorRoute(config.ss, seed, inner)];
    const told = routesOf(config, key, doorRoutes);
    const snow = help.routes(told.find((route) => route.startsWith("dns://"))).slice(0, MAX_ROUTES - told.length);
    const routes = config.volunteers?.isRoute === true ? routesOf(config, key, [...doorRoutes, ...snow]) : told;
    const exits = exitService(config.exit, config.signUp === "closed" ? undefined : signUpToken, (outcome) =>
      metrics.count("exits", 1, outcome),
    );
    const witness = await StationWitness.open(ports, self, witnessSigner(seed));
    const followed = new FollowedLogs(ports, readLogFiles(store));
    witness.follow(followed);
    const station = await Station.open({
      ports,
      self,
      witnessing: { witnesses: loadWitnesses(config.dataDir), post: postCheckpoint, peek: peekCheckpoint },
      witness,
      signUp: signUpRule(config, signUpToken),
      carrier: stationCarrier(guardedCarrier(webSocketCarrier(), routeClass(url) ?? "public", peerUrls)),
      jitter: systemRng(),
      exitPass: exits.exitPass,
      push: openPushDesk(config.dataDir, { clock: ports.clock, ...around.push }),
      tokens,
      keepReport: reportKeeper(config.dataDir, () => ports.clock.nowMs()),
      peerUrls,
      routes,
      policy: shownPolicy.now,
      law: policy?.policy,
      ...(config.rates === undefined ? {} : { rates: config.rates }),
      ...(config.timeToLiveMs === undefined ? {} : { timeToLiveMs: config.timeToLiveMs }),
      ...(config.blobLimits === undefined ? {} : { blobLimits: config.blobLimits }),
    });
    around.opened?.(station);
    const dnsLinkCount = (): number => doors?.dns?.linkCount ?? 0;
    gate = openGate(config, station, { signer, metrics, exits, identity, help, link: around.link, dnsLinkCount });
    const stopListening = await listenForOperator(config.dataDir, (order) => station.remove(order));
    const stop = new AbortController();
    const { ledger } = station;
    if (ledger === undefined) throw new Bug("a station without a log");
    const names = new LogNames(store, nodeSha256, () => clock.sleep(0, stop.signal));
    auditSource = { ports, ledger, names, station: key };
    nameAhead(config.dataDir, names);
    tokens.over(ledger);
    pageParts = { ledger, self, nowMs: () => clock.nowMs(), policy };
    const recording = policy && shownPolicy.record(ledger, config.dataDir, policy);
    ledgerParts = { ledger, witness, policies: () => ledger.policies() };
    const settings = config.witnesses ?? [];
    const keeping = keepWitnesses(ledger, config.dataDir, { settings, clock: ports.clock, signal: stop.signal });
    const following = followed.open().then(() => followed.run(stop.signal));
    gate.listen(server);
    doors = await openDoors(config, { gate, metrics, key, seed, inner });
    ready = true;
    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => {
      ready = false;
      stop.abort(stationError("station/shutting-down"));
      closing ??= Promise.all([keeping, following, recording])
        .then(stopListening)
        // The doors last: a farewell goes out by them.
        .then(() => shutDown({ server, station, store: own, gate, doors, help }));
      return closing;
    };
    return { url, key, ref, signUpToken, routes, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    server.close();
    throw error;
  }
}

/** Every further route: those that the operator named, those of our own ports, and the one over DNS last. @throws StationError `station/bad-config` */
function routesOf({ routes = [], dns }: StationConfig, key: StationKey, own: readonly string[]): readonly string[] {
  const last = dns === undefined ? [] : [dnsDoorRoute(dns, key)];
  const all = [...new Set([...routes, ...own, ...last])];
  if (all.length > MAX_ROUTES || !all.every(isRouteUrl)) throw stationError("station/bad-config");
  return all;
}

/** What else a station listens at. */
interface Doors {
  readonly dns: DnsDoor | undefined;
  close(): Promise<void>;
}

interface DoorParts {
  readonly gate: RoadGate;
  readonly metrics: StationMetrics;
  readonly key: StationKey;
  readonly seed: Uint8Array;
  readonly inner: InnerAddress;
}

/** The doors that the operator wants. */
async function openDoors(
  { dns, ss, lan }: StationConfig,
  { gate, metrics, key, seed, inner }: DoorParts,
): Promise<Doors> {
  const count = (metric: Metric, amount: number, label?: string): void => metrics.count(metric, amount, label);
  const accept = (link: Link, source: string): void => gate.unseal(link, source);
  const opened: AsyncDisposable[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((each) => each[Symbol.asyncDispose]()));
  };
  try {
    if (ss !== undefined) opened.push(await openSsDoor(ss, seed, inner, count));
    if (lan !== undefined) opened.push(await openLanDoor(lan, key, (server) => gate.listen(server, true)));
    const door = dns === undefined ? undefined : await openDnsDoor(dns, { key, clock: systemClock(), count, accept });
    if (door !== undefined) opened.push(door);
    return { dns: door, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Running {
  readonly server: Server;
  readonly station: Station;
  readonly store: SqliteStore;
  readonly gate: RoadGate | undefined;
  readonly doors: Doors | undefined;
  readonly help: HelpService;
}

async function shutDown({ server, station, store, gate, doors, help }: Running): Promise<void> {
  gate?.sessions.endWaiting();
  // The server still answers: a burst hears a farewell over connections that it has yet to open.
  const helping = help[Symbol.asyncDispose]();
  const farewell = setTimeout(() => void gate?.close(), FAREWELL_LIMIT_MS);
  await station.close();
  clearTimeout(farewell);
  const closed = once(server, "close");
  server.close();
  await Promise.all([gate?.close(), helping]);
  await doors?.close();
  server.closeAllConnections();
  await closed;
  await store[Symbol.asyncDispose]();
}
