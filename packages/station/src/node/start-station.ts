/*
 * A station as a process runs it: one data folder, one port. HTTP answers, the web app and links share the port; a
 * WebSocket at /v1/link is a link.
 */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { LINK_PATH } from "@chapar/carrier";
import {
  systemClock,
  systemRng,
  WEB_SOCKET_SERVER_OPTIONS,
  webSocketCarrier,
  webSocketLink,
} from "@chapar/carrier/node";
import { stationKey, type StationKey, type StationRef } from "@chapar/wire";
import { WebSocketServer } from "ws";
import { closedSignUp, openSignUp, tokenSignUp, type SignUpRule } from "../account/sign-up.ts";
import { Bug, stationError } from "../errors.ts";
import { routeClass } from "../federation/address-class.ts";
import type { StationPorts } from "../ports.ts";
import type { Rates } from "../session/rates.ts";
import { Station } from "../station.ts";
import { StationWitness } from "../witness/station-witness.ts";
import { guardedCarrier } from "./guarded-carrier.ts";
import { httpApp } from "./http-app.ts";
import { loadWitnesses } from "./ledger-files.ts";
import { ledgerRoutes, type LedgerHttpParts } from "./ledger-http.ts";
import { currentPolicies, keepWitnesses, witnessSigner } from "./ledger-service.ts";
import { StationMetrics } from "./metrics.ts";
import { nodeRng, nodeSha256, nodeSigner, nodeVerifier } from "./node-crypto.ts";
import { operatorLog, type LogSink } from "./operator-log.ts";
import { loadSignUpToken, loadStationSeed } from "./station-files.ts";
import { SqliteStore } from "./sqlite-store.ts";
import { WebRoot } from "./web-root.ts";
import { peekCheckpoint, postCheckpoint } from "./witness-post.ts";

const REQUEST_LIMIT_MS = 30_000;
const HEADERS_LIMIT_MS = 10_000;
const MAX_LINKS = 100_000;

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
  /** folder of the built web app */
  readonly webRoot?: string;
  /** who may have an account: those with the token of the data folder, anyone, nobody; `token` */
  readonly signUp?: "token" | "open" | "closed";
  /** the URL that others reach this station at, when it is not the one it listens at (behind a proxy) */
  readonly publicUrl?: string;
  /** where the operator's log goes; nowhere without it */
  readonly log?: LogSink;
  readonly rates?: Rates;
  /** show /metrics to others than this machine */
  readonly openMetrics?: boolean;
  /** links at once; 100,000 */
  readonly maxLinks?: number;
}

/** A station that runs. */
export interface RunningStation extends AsyncDisposable {
  /** where it can be reached: the public URL, or the one it listens at */
  readonly url: string;
  readonly key: StationKey;
  readonly ref: StationRef;
  /** long-lived; opens an account when `signUp` is `token` */
  readonly signUpToken: Uint8Array;
  /** Takes nothing more, lets what was taken reach the disk, ends every link, closes the folder. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a station on a data folder.
 *
 * @throws StationError `station/bad-config` · `station/folder-in-use` · `station/folder-newer` · `station/bad-key-file` ·
 * `station/storage-full` · `station/storage-failed`; Error `EADDRINUSE` and the like from the socket
 */
export async function startStation(config: StationConfig): Promise<RunningStation> {
  if (!/^[A-Z]{2}$/.test(config.region)) throw stationError("station/bad-config");
  const store = await SqliteStore.open({ dataDir: config.dataDir });
  try {
    return await run(config, store);
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

function signUpRule(config: StationConfig, token: Uint8Array): SignUpRule {
  if (config.signUp === "open") return openSignUp;
  return config.signUp === "closed" ? closedSignUp : tokenSignUp([token], nodeSha256);
}

async function run(config: StationConfig, store: SqliteStore): Promise<RunningStation> {
  const seed = loadStationSeed(config.dataDir);
  const signer = nodeSigner(seed);
  const signUpToken = loadSignUpToken(config.dataDir);
  const metrics = new StationMetrics();
  let ready = false;
  let ledgerParts: LedgerHttpParts | undefined;
  const app = httpApp({
    metrics,
    isReady: () => ready,
    webRoot: config.webRoot === undefined ? undefined : new WebRoot(config.webRoot),
    openMetrics: config.openMetrics ?? false,
    ledger: ledgerRoutes(() => ledgerParts),
  });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.headersTimeout = HEADERS_LIMIT_MS;
  server.requestTimeout = REQUEST_LIMIT_MS;
  const url = await listen(server, config);
  try {
    const key = stationKey(signer.publicKey);
    const ref: StationRef = { key, urls: [url] };
    const ports: StationPorts = {
      sha256: nodeSha256,
      verify: nodeVerifier(),
      signer,
      clock: systemClock(),
      rng: nodeRng,
      store,
      observer: {
        count: (metric, amount, label) => metrics.count(metric, amount, label),
        note: operatorLog(config.log),
      },
    };
    const peerUrls = config.peers ?? [];
    const self = { ref, region: config.region, name: config.name };
    const witness = await StationWitness.open(ports, self, witnessSigner(seed));
    const station = await Station.open({
      ports,
      self,
      witnessing: { witnesses: loadWitnesses(config.dataDir), post: postCheckpoint, peek: peekCheckpoint },
      signUp: signUpRule(config, signUpToken),
      carrier: guardedCarrier(webSocketCarrier(), routeClass(url) ?? "public", peerUrls),
      jitter: systemRng(),
      peerUrls,
      ...(config.rates === undefined ? {} : { rates: config.rates }),
    });
    metrics.expose({ linkCount: () => station.linkCount, hotLogCount: () => station.hotLogCount });
    const stop = new AbortController();
    const place = { dataDir: config.dataDir, url, region: config.region };
    const { ledger } = station;
    if (ledger === undefined) throw new Bug("a station without a log");
    ledgerParts = { ledger, witness, policies: () => currentPolicies(ledger, place) };
    const settings = config.witnesses ?? [];
    const keeping = keepWitnesses(ledger, place, { settings, clock: ports.clock, signal: stop.signal });
    takeLinks(server, station, config.maxLinks ?? MAX_LINKS);
    ready = true;
    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => {
      ready = false;
      stop.abort(stationError("station/shutting-down"));
      return (closing ??= keeping.then(() => shutDown(server, station, store)));
    };
    return { url, key, ref, signUpToken, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    server.close();
    throw error;
  }
}

async function listen(server: Server, config: StationConfig): Promise<string> {
  const host = config.host ?? "127.0.0.1";
  server.listen(config.port, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const isWildcard = host === "0.0.0.0" || host === "::";
  const name = isWildcard ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return config.publicUrl ?? `http://${name}:${port}`;
}

function takeLinks(server: Server, station: Station, maxLinks: number): void {
  const sockets = new WebSocketServer(WEB_SOCKET_SERVER_OPTIONS);
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const path = (request.url ?? "").split("?")[0] ?? "";
    if (!path.endsWith(LINK_PATH)) socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
    else if (station.linkCount >= maxLinks) {
      socket.end("HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n");
    } else sockets.handleUpgrade(request, socket, head, (webSocket) => station.accept(webSocketLink(webSocket)));
  });
}

async function shutDown(server: Server, station: Station, store: SqliteStore): Promise<void> {
  const closed = once(server, "close");
  server.close();
  await station.close();
  server.closeAllConnections();
  await closed;
  await store[Symbol.asyncDispose]();
}
