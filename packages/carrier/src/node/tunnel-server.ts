/*
 * The near end of a tunnel: SOCKS5 with datagrams, HTTP CONNECT and the PAC file, on loopback. A connection becomes a stream
 * of bulk, so that letters of the same session go first.
 */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Session } from "../session/driver.ts";
import type { SessionStream } from "../session/session-stream.ts";
import { HttpProxyHead, httpAnswer, pacAnswer, type HttpRefusal } from "../tunnel/http-proxy.ts";
import { pacFile } from "../tunnel/pac.ts";
import { SocksHandshake, socksReply, type SocksReply } from "../tunnel/socks.ts";
import { decodeSocksDatagram, encodeSocksDatagram } from "../tunnel/socks-datagram.ts";
import type { TunnelTarget } from "../tunnel/target.ts";
import { DatagramReader, encodeDatagram, type TunnelRequest } from "../tunnel/tunnel-stream.ts";
import { openStream, type OpenedStream, type TunnelRefusal } from "./near-stream.ts";
import { pump } from "./stream-pump.ts";

const HANDSHAKE_LIMIT_MS = 10_000;
const MAX_CONNECTIONS = 1_024;
const MAX_PENDING = 128;
const MAX_DATAGRAMS_UNSENT_BYTES: number = 256 * 1024;

/** What a tunnel's near end needs. */
export interface TunnelServerOptions {
  /** the session to the exit; undefined while there is none */
  readonly session: () => Session | undefined;
  /** proves to the exit whose bytes these are */
  readonly pass: Uint8Array;
  /** 0 for any free one */
  readonly socksPort: number;
  readonly httpPort: number;
  /** told of what could not be opened; never where it led */
  readonly onRefused?: (reason: TunnelRefusal) => void;
}

/** A tunnel that listens. */
export interface TunnelServer extends AsyncDisposable {
  readonly socksPort: number;
  readonly httpPort: number;
  /** connections that are open */
  readonly connectionCount: number;
}

const SOCKS_REPLIES: Readonly<Record<TunnelRefusal, SocksReply>> = {
  "no session": "network unreachable",
  "no exit": "forbidden",
  "bad pass": "forbidden",
  "allowance used up": "forbidden",
  "port not allowed": "forbidden",
  "address not allowed": "forbidden",
  "no such name": "host unreachable",
  unreachable: "host unreachable",
  refused: "refused",
  "timed out": "timed out",
  busy: "failed",
};

const HTTP_REFUSALS: Readonly<Record<SocksReply, HttpRefusal>> = {
  done: "unavailable",
  failed: "unavailable",
  forbidden: "forbidden",
  "network unreachable": "unavailable",
  "host unreachable": "bad gateway",
  refused: "bad gateway",
  "timed out": "timed out",
  "no such command": "only connect",
  "no such address": "bad request",
};

/**
 * Whether the exit of a session lets this pass out, before any program is told that it does.
 *
 * @returns why not; undefined when it does
 */
export async function askExit(session: Session, pass: Uint8Array): Promise<TunnelRefusal | undefined> {
  const never = new Promise<void>(() => undefined);
  const opened = await openStream(session, { kind: "udp", pass }, never);
  if (typeof opened === "string") return opened;
  opened.deliver(() => undefined);
  opened.stream.close();
  return undefined;
}

class Tunnel {
  readonly #options: TunnelServerOptions;
  readonly sockets = new Set<Socket>();
  readonly #pending = new Set<Socket>();
  socksPort = 0;

  constructor(options: TunnelServerOptions) {
    this.#options = options;
  }

  /** Holds a connection until its handshake is over; the oldest goes when there are too many. */
  #begin(socket: Socket): () => void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    socket.on("error", () => undefined);
    for (const oldest of this.#pending) {
      if (this.#pending.size < MAX_PENDING) break;
      this.#pending.delete(oldest);
      oldest.destroy();
    }
    this.#pending.add(socket);
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_LIMIT_MS);
    const done = (): void => {
      clearTimeout(timer);
      this.#pending.delete(socket);
    };
    socket.once("close", done);
    return done;
  }

  takeSocks(socket: Socket): void {
    const done = this.#begin(socket);
    const handshake = new SocksHandshake();
    const read = (bytes: Buffer): void => {
      const step = handshake.push(bytes);
      if (step.reply !== undefined) socket.write(step.reply);
      if (step.type === "more") return;
      socket.removeListener("data", read);
      socket.pause();
      done();
      if (step.type === "refused") socket.end();
      else if (step.type === "associate") void this.#associate(socket);
      else
        void this.#connect(socket, step.target, step.rest, (refusal) =>
          socksReply(refusal === undefined ? "done" : SOCKS_REPLIES[refusal]),
        );
    };
    socket.on("data", read);
  }

  takeHttp(socket: Socket): void {
    const done = this.#begin(socket);
    const head = new HttpProxyHead();
    const read = (bytes: Buffer): void => {
      const step = head.push(bytes);
      if (step.type === "more") return;
      socket.removeListener("data", read);
      socket.pause();
      done();
      if (step.type === "pac") socket.end(pacAnswer(pacFile(this.socksPort)));
      else if (step.type === "refused") socket.end(httpAnswer(step.reason));
      else
        void this.#connect(socket, step.target, step.rest, (refusal) =>
          httpAnswer(refusal === undefined ? undefined : HTTP_REFUSALS[SOCKS_REPLIES[refusal]]),
        );
    };
    socket.on("data", read);
  }

  async #connect(
    socket: Socket,
    target: TunnelTarget,
    rest: Uint8Array,
    answer: (refusal?: TunnelRefusal) => Uint8Array,
  ): Promise<void> {
    const { pass } = this.#options;
    const opened = await this.#open({ kind: "tcp", pass, target }, socket);
    if (typeof opened === "string") {
      this.#options.onRefused?.(opened);
      return void socket.end(answer(opened));
    }
    const { stream, deliver } = opened;
    if (socket.destroyed) return stream.reset();
    socket.write(answer());
    if (rest.byteLength > 0) stream.send(rest);
    deliver(pump(socket, stream));
    socket.resume();
    return undefined;
  }

  #open(request: TunnelRequest, socket: Socket): Promise<OpenedStream | TunnelRefusal> {
    const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    return openStream(this.#options.session(), request, gone);
  }

  /** Datagrams of one client, for as long as its connection stays (RFC 1928 §7). */
  async #associate(socket: Socket): Promise<void> {
    const { pass } = this.#options;
    const opened = await this.#open({ kind: "udp", pass }, socket);
    if (typeof opened === "string") {
      this.#options.onRefused?.(opened);
      return void socket.end(socksReply(SOCKS_REPLIES[opened]));
    }
    const { stream, deliver } = opened;
    const near = createSocket("udp4");
    near.on("error", () => socket.destroy());
    near.bind(0, "127.0.0.1");
    await once(near, "listening");
    this.#exchange(near, stream, deliver);
    const over = (): void => {
      stream.close();
      near.close();
    };
    if (socket.destroyed) return over();
    socket.once("close", over);
    void stream.ended.then(() => socket.destroy());
    socket.write(socksReply("done", near.address().port));
    socket.resume();
    return undefined;
  }

  #exchange(near: UdpSocket, stream: SessionStream, deliver: OpenedStream["deliver"]): void {
    // The client is whoever speaks first; nobody else on this machine joins in.
    let client: number | undefined;
    near.on("message", (bytes, from) => {
      client ??= from.port;
      const datagram = from.port === client ? decodeSocksDatagram(new Uint8Array(bytes)) : undefined;
      const sent = datagram === undefined ? undefined : encodeDatagram(datagram);
      if (sent !== undefined && stream.unsentBytes < MAX_DATAGRAMS_UNSENT_BYTES) stream.send(sent);
    });
    const reader = new DatagramReader();
    deliver((chunk) => {
      const whole = reader.push(chunk, (datagram) => {
        if (client !== undefined) near.send(encodeSocksDatagram(datagram), client, "127.0.0.1", () => undefined);
      });
      if (!whole) stream.reset();
    });
  }
}

async function listen(port: number, take: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, take);
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/**
 * Listens for programs of this machine.
 *
 * @throws Error `EADDRINUSE` and the like from the sockets
 */
export async function startTunnelServer(options: TunnelServerOptions): Promise<TunnelServer> {
  const tunnel = new Tunnel(options);
  const socks = await listen(options.socksPort, (socket) => tunnel.takeSocks(socket));
  const http = await listen(options.httpPort, (socket) => tunnel.takeHttp(socket)).catch((error: unknown) => {
    socks.close();
    throw error;
  });
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  tunnel.socksPort = portOf(socks);
  return {
    socksPort: portOf(socks),
    httpPort: portOf(http),
    get connectionCount() {
      return tunnel.sockets.size;
    },
    async [Symbol.asyncDispose]() {
      const closed = Promise.all([socks, http].map((server) => once(server, "close")));
      for (const server of [socks, http]) server.close();
      for (const socket of tunnel.sockets) socket.destroy();
      await closed;
    },
  };
}
