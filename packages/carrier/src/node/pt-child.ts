/*
 * Carriers of ours as pluggable transports of somebody else's program (pt-spec): `chapar_web`, a WebSocket inside an ordinary
 * site, and `chapar_burst`, short requests. What travels is what the other program gives; there is no session inside.
 *
 * A client is told where by arguments: `path` below the bridge's own address, over plain HTTP, or `url`, any route of the
 * kind (`wss://front.example/path`, `burst+https://a.example,b.example/path`), which is how a bridge stands behind a site.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { WebSocketServer } from "ws";
import { BurstAcceptor } from "../burst/burst-acceptor.ts";
import type { Carrier, Link } from "../port.ts";
import { formatPtArgs, type PtArgs } from "../pt/pt-args.ts";
import { readPtEnvironment, type PtAsked, type PtListen } from "../pt/pt-environment.ts";
import { PtSocksServer } from "../pt/pt-socks.ts";
import { socksReply } from "../tunnel/socks.ts";
import type { TunnelTarget } from "../tunnel/target.ts";
import { nodeBurstCarrier } from "./burst-exchange.ts";
import { serveBurst } from "./burst-server.ts";
import { LinkStream } from "./link-stream.ts";
import { systemClock } from "./system.ts";
import { webSocketCarrier } from "./web-socket-carrier.ts";
import { WEB_SOCKET_SERVER_OPTIONS, webSocketLink } from "./web-socket-link.ts";

const HANDSHAKE_LIMIT_MS = 10_000;
const HEADERS_LIMIT_MS = 10_000;
const MAX_CONNECTIONS = 1_024;
const PATH_FILE = "chapar-path";
/** From here to the front of whatever the parent gave. */
const KINDS = {
  chapar_web: { scheme: "ws", carrier: webSocketCarrier },
  chapar_burst: { scheme: "burst+http", carrier: nodeBurstCarrier },
} as const;
type Transport = keyof typeof KINDS;

const isOurs = (name: string): name is Transport => Object.hasOwn(KINDS, name);

/** What runs a transport. */
export interface PtChildOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** says a line to the parent */
  readonly say: (line: string) => void;
  /** ends it */
  readonly signal: AbortSignal;
  /** resolves when the parent has closed our input */
  readonly inputClosed: Promise<void>;
}

/** The route that a client's arguments name. @returns undefined when they name none of this kind */
function routeOf(transport: Transport, { host, port }: TunnelTarget, args: PtArgs): string | undefined {
  const said = new Map(args);
  const url = said.get("url");
  const { scheme } = KINDS[transport];
  const written = host.includes(":") ? `[${host}]` : host;
  const path = said.get("path") ?? "/";
  if (url === undefined) return path.startsWith("/") ? `${scheme}://${written}:${port}${path}` : undefined;
  return /^(?:wss?|burst\+https?):\/\//.test(url) ? url : undefined;
}

/** Joins both until either is over. */
function pipeBoth(socket: Socket, link: Link): void {
  const stream = new LinkStream(link);
  stream.on("error", () => socket.destroy());
  socket.on("error", () => stream.destroy());
  socket.pipe(stream);
  stream.pipe(socket);
  socket.once("close", () => stream.destroy());
}

class ClientSide {
  readonly #carriers = new Map<Transport, Carrier>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  async listen(transport: Transport): Promise<Server> {
    const server = createServer({ noDelay: true }, (socket) => this.#take(transport, socket));
    server.maxConnections = MAX_CONNECTIONS;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
  }

  #take(transport: Transport, socket: Socket): void {
    socket.on("error", () => undefined);
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_LIMIT_MS);
    socket.once("close", () => clearTimeout(timer));
    const asked = new PtSocksServer();
    const read = (bytes: Buffer): void => {
      const step = asked.push(new Uint8Array(bytes));
      if (step.reply !== undefined) socket.write(step.reply);
      if (step.type === "more") return;
      clearTimeout(timer);
      socket.removeListener("data", read);
      socket.pause();
      if (step.type === "refused") socket.end();
      else void this.#connect(transport, socket, routeOf(transport, step.target, step.args), step.rest);
    };
    socket.on("data", read);
  }

  async #connect(transport: Transport, socket: Socket, route: string | undefined, rest: Uint8Array): Promise<void> {
    const carrier = this.#carriers.get(transport) ?? KINDS[transport].carrier();
    this.#carriers.set(transport, carrier);
    if (route === undefined || !carrier.handles(route)) return void socket.end(socksReply("no such address"));
    const gone = new AbortController();
    socket.once("close", () => gone.abort());
    try {
      const link = await carrier.dial(route, { signal: AbortSignal.any([this.#signal, gone.signal]) });
      socket.write(socksReply("done"));
      if (rest.byteLength > 0) link.send(rest);
      pipeBoth(socket, link);
    } catch {
      // Why is the carrier's own; SOCKS has few words for it.
      socket.end(socksReply("host unreachable"));
    }
    return undefined;
  }
}

/** The path where links are taken: made once, so that bridge lines stay true. */
function ownPath(stateDir: string): string {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const file = join(stateDir, PATH_FILE);
  try {
    const kept = readFileSync(file, "utf8");
    if (/^\/[\w-]{16,64}$/.test(kept)) return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const path = `/${randomBytes(18).toString("base64url")}`;
  writeFileSync(file, path, { mode: 0o600 });
  return path;
}

/** Takes links at one path and hands each on; everything else gets the bare 404 of a web server that has nothing. */
async function serve({ transport, at }: PtListen, path: string, to: TunnelTarget): Promise<HttpServer> {
  const accept = (link: Link): void => {
    const socket = connect({ ...to, noDelay: true });
    socket.once("error", () => link.close());
    pipeBoth(socket, link);
  };
  const bursts = new BurstAcceptor({ clock: systemClock(), accept });
  const server = createHttpServer((request, response) => {
    const answered =
      transport === "chapar_burst" ? serveBurst(bursts, request, response, path) : Promise.resolve(false);
    answered.then(
      (was) => (was ? undefined : response.writeHead(404).end()),
      () => response.destroy(),
    );
  });
  server.headersTimeout = HEADERS_LIMIT_MS;
  server.requestTimeout = HEADERS_LIMIT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  const sockets = new WebSocketServer(WEB_SOCKET_SERVER_OPTIONS);
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    if (transport === "chapar_web" && request.url === path)
      return sockets.handleUpgrade(request, socket, head, (webSocket) => accept(webSocketLink(webSocket)));
    return socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  server.listen(at.port, at.host);
  await once(server, "listening");
  return server;
}

const addressOf = (server: Server | HttpServer): string => {
  const { address, port } = server.address() as AddressInfo;
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
};

async function startClient(asked: PtAsked & { readonly side: "client" }, options: PtChildOptions): Promise<Server[]> {
  const side = new ClientSide(options.signal);
  const servers: Server[] = [];
  for (const name of asked.transports) {
    if (!isOurs(name)) {
      options.say(`CMETHOD-ERROR ${name} no such transport`);
      continue;
    }
    const server = await side.listen(name);
    servers.push(server);
    options.say(`CMETHOD ${name} socks5 ${addressOf(server)}`);
  }
  options.say("CMETHODS DONE");
  return servers;
}

async function startServer(
  asked: PtAsked & { readonly side: "server" },
  options: PtChildOptions,
): Promise<HttpServer[]> {
  const servers: HttpServer[] = [];
  for (const name of asked.others) options.say(`SMETHOD-ERROR ${name} no address to listen at`);
  for (const listen of asked.listens) {
    if (!isOurs(listen.transport)) {
      options.say(`SMETHOD-ERROR ${listen.transport} no such transport`);
      continue;
    }
    try {
      const path = ownPath(asked.stateDir);
      const server = await serve(listen, path, asked.to);
      servers.push(server);
      options.say(`SMETHOD ${listen.transport} ${addressOf(server)} ARGS:${formatPtArgs([["path", path]], ",")}`);
    } catch (error) {
      options.say(`SMETHOD-ERROR ${listen.transport} ${(error as NodeJS.ErrnoException).code ?? "not started"}`);
    }
  }
  options.say("SMETHODS DONE");
  return servers;
}

/**
 * Runs as a transport until the signal aborts, or the parent closes our input when it said that this is the end.
 *
 * @returns false when the parent's environment was refused
 */
export async function runPtChild(options: PtChildOptions): Promise<boolean> {
  const { lines, asked } = readPtEnvironment(options.env);
  for (const line of lines) options.say(line);
  if (asked === undefined) return false;
  const servers: (Server | HttpServer)[] =
    asked.side === "client" ? await startClient(asked, options) : await startServer(asked, options);
  const stopped = new Promise<void>((resolve) => {
    if (options.signal.aborted) resolve();
    options.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await (asked.endsWithInput ? Promise.race([stopped, options.inputClosed]) : stopped);
  for (const server of servers) {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
  }
  return true;
}
