/*
 * The near end of a captured machine (P-86 to P-89). Connections come from HAProxy over a socket in the file system, each
 * with a head that says where it was going; datagrams come from ss-redir on loopback, sealed with a key of this start.
 * Both took them from the kernel, which nothing in Node can.
 */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { Session } from "../session/driver.ts";
import { ProxyHeader } from "../tunnel/proxy-header.ts";
import type { TunnelTarget } from "../tunnel/target.ts";
import type { TunnelRequest } from "../tunnel/tunnel-stream.ts";
import { CapturedDatagrams, type DatagramKey } from "./captured-datagrams.ts";
import { ExitNames } from "./exit-names.ts";
import { openStream, type OpenedStream, type TunnelRefusal } from "./near-stream.ts";
import { pump } from "./stream-pump.ts";

const HEAD_LIMIT_MS = 10_000;
const MAX_CONNECTIONS = 1_024;
const NAMES_PORT = 53;
const MAX_QUERIES_OF_ONE = 256;
const MAX_QUERY_BYTES = 4_096;

/** What the near end of a captured machine needs. */
export interface CapturedServerOptions {
  /** sessions to the exit, any of which may carry a stream */
  readonly sessions: () => readonly Session[];
  /** asks for one session more, when all are full; resolves when there is one, or none is to be had */
  readonly grow: () => Promise<void>;
  /** proves to the exit whose bytes these are */
  readonly pass: Uint8Array;
  /** where HAProxy connects; its folder must be closed to others */
  readonly socketPath: string;
  /** what ss-redir seals with */
  readonly datagramKey: DatagramKey;
  /** told of what could not be opened; never where it led */
  readonly onRefused?: (reason: TunnelRefusal) => void;
}

/** A near end that listens. */
export interface CapturedServer extends AsyncDisposable {
  /** where ss-redir sends, on 127.0.0.1 */
  readonly datagramPort: number;
  readonly connectionCount: number;
}

class Captured {
  readonly #options: CapturedServerOptions;
  readonly sockets = new Set<Socket>();
  readonly names: ExitNames;

  constructor(options: CapturedServerOptions) {
    this.#options = options;
    const { pass } = options;
    this.names = new ExitNames((name) => this.open({ kind: "name", pass, name }, new Promise(() => undefined)));
  }

  async open(request: TunnelRequest, gone: Promise<void>): Promise<OpenedStream | TunnelRefusal> {
    const opened = await this.#openAny(request, gone);
    if (opened !== "busy") return this.#tell(opened);
    await this.#options.grow();
    return this.#tell(await this.#openAny(request, gone));
  }

  async #openAny(request: TunnelRequest, gone: Promise<void>): Promise<OpenedStream | TunnelRefusal> {
    let refusal: TunnelRefusal = "no session";
    for (const session of this.#options.sessions()) {
      const opened = await openStream(session, request, gone);
      if (opened !== "busy") return opened;
      refusal = opened;
    }
    return refusal;
  }

  #tell(opened: OpenedStream | TunnelRefusal): OpenedStream | TunnelRefusal {
    if (typeof opened === "string" && opened !== "no such name") this.#options.onRefused?.(opened);
    return opened;
  }

  take(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    socket.on("error", () => undefined);
    const timer = setTimeout(() => socket.destroy(), HEAD_LIMIT_MS);
    socket.once("close", () => clearTimeout(timer));
    const head = new ProxyHeader();
    const read = (bytes: Buffer): void => {
      const step = head.push(new Uint8Array(bytes));
      if (step.type === "more") return;
      clearTimeout(timer);
      socket.removeListener("data", read);
      socket.pause();
      if (step.type === "refused") socket.destroy();
      else if (step.target.port === NAMES_PORT) this.#answerNames(socket, step.rest);
      else void this.#connect(socket, step.target, step.rest);
    };
    socket.on("data", read);
  }

  async #connect(socket: Socket, target: TunnelTarget, rest: Uint8Array): Promise<void> {
    const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const { pass } = this.#options;
    const opened = await this.open({ kind: "tcp", pass, target }, gone);
    if (typeof opened === "string") return void socket.destroy();
    const { stream, deliver } = opened;
    if (socket.destroyed) return stream.reset();
    if (rest.byteLength > 0) stream.send(rest);
    deliver(pump(socket, stream));
    socket.resume();
    return undefined;
  }

  async #answerName(socket: Socket, query: Uint8Array): Promise<void> {
    const answer = await this.names.answer(query);
    if (answer === undefined || socket.destroyed) return;
    socket.write(Buffer.concat([Uint8Array.of(answer.byteLength >> 8, answer.byteLength & 0xff), answer]));
  }

  /** DNS over TCP (RFC 7766): `length u16, message`, answered as they come. */
  #answerNames(socket: Socket, rest: Uint8Array): void {
    let held = Buffer.from(rest);
    let queries = 0;
    const read = (bytes: Buffer): void => {
      held = Buffer.concat([held, bytes]);
      while (held.byteLength >= 2) {
        const sizeBytes = held.readUInt16BE(0);
        if (sizeBytes > MAX_QUERY_BYTES || queries > MAX_QUERIES_OF_ONE) return void socket.destroy();
        if (held.byteLength < 2 + sizeBytes) break;
        const query = new Uint8Array(held.subarray(2, 2 + sizeBytes));
        held = held.subarray(2 + sizeBytes);
        queries++;
        void this.#answerName(socket, query);
      }
      return undefined;
    };
    socket.on("data", read);
    socket.once("end", () => socket.end());
    socket.resume();
    read(Buffer.alloc(0));
  }
}

async function listen(path: string, take: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, take);
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(path);
  await once(server, "listening");
  return server;
}

async function bind(): Promise<UdpSocket> {
  const socket = createSocket("udp4");
  socket.on("error", () => undefined);
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

/**
 * Listens for what was captured.
 *
 * @throws Error `EADDRINUSE` and the like from the sockets
 */
export async function startCapturedServer(options: CapturedServerOptions): Promise<CapturedServer> {
  const captured = new Captured(options);
  const server = await listen(options.socketPath, (socket) => captured.take(socket));
  const near = await bind();
  const datagrams = new CapturedDatagrams({
    near,
    key: options.datagramKey,
    open: (gone) => captured.open({ kind: "udp", pass: options.pass }, gone),
    answerName: (query) => captured.names.answer(query),
  });
  return {
    datagramPort: near.address().port,
    get connectionCount() {
      return captured.sockets.size;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      datagrams.close();
      near.close();
      for (const socket of captured.sockets) socket.destroy();
      await closed;
    },
  };
}
