/*
 * A Shadowsocks server of the 2022 edition that leads to one place: a station beside it. Whoever shows no right header, one that came before, one of another
 * hour, or wants to go elsewhere, meets a port that reads on and says nothing (SIP022 §3.1.3; 3-road.md R2, R3): no answer, no close, no count of
 * bytes after which something happens.
 */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { Shadowsocks2022Method } from "./shadowsocks-aead.ts";
import { SaltPool, Shadowsocks2022Server, type Shadowsocks2022Request } from "./shadowsocks-2022.ts";

/** Connections that showed nothing yet, or nothing right; of more the oldest ends. */
const MAX_STRANGERS = 1_024;
/** Streams at once. */
const MAX_STREAMS = 4_096;
/** A header that has begun comes whole within this, or the connection is a stranger's. */
const HEADER_LIMIT_MS = 10_000;
/** The longest beginning: salt, fixed header, the longest variable one, and what a read may bring beside. */
const MAX_BEGIN_BYTES: number = 160 * 1024;

/** How a server is run. */
export interface ShadowsocksServerOptions {
  readonly method: Shadowsocks2022Method;
  /** as long as the method's keys */
  readonly key: Uint8Array;
  readonly port: number;
  /** address to listen at; all of IPv4 */
  readonly host?: string | undefined;
  /** the one place that it leads to, as requests name it */
  readonly target: { readonly host: string; readonly port: number };
  readonly nowMs?: () => number;
  /** told of each connection that was taken, or not; for counting */
  readonly onRequest?: (outcome: "taken" | "stranger" | "crowded") => void;
}

/** A server that runs. */
export interface ShadowsocksServer extends AsyncDisposable {
  readonly port: number;
  /** streams that are open */
  readonly streams: number;
  /** connections that are kept waiting for nothing */
  readonly strangers: number;
}

/** Passes bytes both ways, each end held back while the other does not take them. */
function join(socket: Socket, inner: Socket, { stream, payload }: Shadowsocks2022Request): void {
  const end = (): void => {
    socket.destroy();
    inner.destroy();
  };
  const forward = (parts: readonly Uint8Array[] | undefined): void => {
    if (parts === undefined) return end();
    for (const part of parts) if (!inner.write(part)) socket.pause();
  };
  forward(payload);
  socket.on("data", (bytes: Buffer) => forward(stream.open(bytes)));
  inner.on("data", (bytes: Buffer) => {
    if (!socket.write(stream.seal(bytes))) inner.pause();
  });
  socket.on("drain", () => inner.resume());
  inner.on("drain", () => socket.resume());
  socket.once("end", () => inner.end());
  inner.once("end", () => socket.end());
  for (const each of [socket, inner]) {
    each.on("error", () => undefined);
    each.once("close", end);
  }
  socket.resume();
}

/** Starts a server. @throws Error `EADDRINUSE` and the like from the socket */
export async function startShadowsocksServer(options: ShadowsocksServerOptions): Promise<ShadowsocksServer> {
  const { method, key, target, nowMs = Date.now, onRequest = (): void => undefined } = options;
  const pool = new SaltPool();
  const strangers = new Set<Socket>();
  const streams = new Set<Socket>();

  /** Reads on for ever and says nothing; the other end closes when it likes. */
  const ignore = (socket: Socket): void => {
    socket.removeAllListeners("data");
    socket.on("data", () => undefined);
    socket.resume();
  };
  const take = (socket: Socket, request: Shadowsocks2022Request): void => {
    const isOurs = request.host === target.host && request.port === target.port;
    const outcome = !isOurs ? "stranger" : streams.size >= MAX_STREAMS ? "crowded" : "taken";
    onRequest(outcome);
    if (outcome !== "taken") return ignore(socket);
    strangers.delete(socket);
    streams.add(socket);
    socket.once("close", () => streams.delete(socket));
    socket.removeAllListeners("data");
    socket.pause();
    const inner = connect({ ...target, noDelay: true, allowHalfOpen: true });
    join(socket, inner, request);
  };
  const serve = (socket: Socket): void => {
    strangers.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.once("close", () => strangers.delete(socket));
    const [oldest] = strangers;
    if (strangers.size > MAX_STRANGERS) oldest?.destroy();
    let begin: Buffer = Buffer.alloc(0);
    let timer: NodeJS.Timeout | undefined;
    socket.on("data", (bytes: Buffer) => {
      begin = begin.byteLength === 0 ? bytes : Buffer.concat([begin, bytes]);
      const request = Shadowsocks2022Server.accept(method, key, begin, { pool, nowMs });
      if (request === "more" && begin.byteLength < MAX_BEGIN_BYTES) {
        timer ??= setTimeout(() => ignore(socket), HEADER_LIMIT_MS);
        return;
      }
      clearTimeout(timer);
      begin = Buffer.alloc(0);
      if (request !== undefined && request !== "more") return take(socket, request);
      onRequest("stranger");
      ignore(socket);
    });
    socket.once("close", () => clearTimeout(timer));
  };
  const server = createServer({ allowHalfOpen: true }, serve);
  // Half-open so that what a stranger sees does not depend on when it stops; its own end closes ours.
  server.on("connection", (socket) => socket.once("end", () => (strangers.has(socket) ? socket.end() : undefined)));
  server.listen(options.port, options.host ?? "0.0.0.0");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get streams() {
      return streams.size;
    },
    get strangers() {
      return strangers.size;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of [...strangers, ...streams]) socket.destroy();
      await closed;
    },
  };
}
