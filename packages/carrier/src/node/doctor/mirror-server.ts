/*
 * A mirror's sockets: TCP and UDP on eight ports in a row. It keeps no log and no address; a source of datagrams has so many a minute,
 * counted by a hash that changes with each start.
 */
import { createHmac, randomBytes, createHash } from "node:crypto";
import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";
import { MIRROR_PORTS, MirrorBook, mirrorDatagram, MirrorTalk } from "../../doctor/mirror.ts";
import type { Clock } from "../../port.ts";

/** Connections at once, over all ports; further ones are closed. */
const MAX_CONNECTIONS = 256;
/** A connection that says nothing for so long ends. */
const IDLE_MS = 15_000;
/** Datagrams of one source in a minute that are answered. */
const DATAGRAMS_PER_MINUTE = 120;
const MINUTE_MS = 60_000;
const MAX_SOURCES = 4_096;

/** A mirror that runs until closed. */
export interface MirrorServer extends AsyncDisposable {
  /** the first of its ports */
  readonly port: number;
}

/** How often each source spoke in this minute, by hashes. */
class DatagramQuota {
  readonly #clock: Clock;
  readonly #key = randomBytes(16);
  readonly #counts = new Map<string, number>();
  #sinceMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.nowMs();
  }

  mayAnswer(address: string): boolean {
    const nowMs = this.#clock.nowMs();
    if (Math.abs(nowMs - this.#sinceMs) >= MINUTE_MS) {
      this.#sinceMs = nowMs;
      this.#counts.clear();
    }
    const source = createHmac("sha256", this.#key).update(address).digest("base64");
    const count = (this.#counts.get(source) ?? 0) + 1;
    if (count === 1 && this.#counts.size >= MAX_SOURCES) return false;
    this.#counts.set(source, count);
    return count <= DATAGRAMS_PER_MINUTE;
  }
}

function listenTcp(port: number, host: string, serve: (socket: Socket, port: number) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true, allowHalfOpen: false }, (socket) => serve(socket, port));
    server.once("error", reject);
    server.listen({ port, host }, () => resolve(server));
  });
}

function listenUdp(port: number, host: string, quota: DatagramQuota): Promise<DatagramSocket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: host.includes(":") ? "udp6" : "udp4", reuseAddr: false });
    socket.once("error", reject);
    socket.on("message", (bytes, from) => {
      if (!quota.mayAnswer(from.address)) return;
      const answer = mirrorDatagram(new Uint8Array(bytes), from.port);
      if (answer !== undefined) socket.send(answer, from.port, from.address);
    });
    socket.bind({ port, address: host }, () => resolve(socket));
  });
}

/**
 * Opens a mirror.
 *
 * @param options.port  the first of eight ports in a row, below 16384
 * @throws Node's error when one of them is taken
 */
export async function startMirror(options: {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
}): Promise<MirrorServer> {
  const { host, port, clock } = options;
  const book = new MirrorBook(clock, (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()));
  const quota = new DatagramQuota(clock);
  const open = new Set<Socket>();
  const serve = (socket: Socket, at: number): void => {
    socket.on("error", () => socket.destroy());
    if (open.size >= MAX_CONNECTIONS) return void socket.destroy();
    open.add(socket);
    const talk = new MirrorTalk(book, at);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      const answer = talk.take(new Uint8Array(chunk));
      if (answer === undefined) socket.end();
      else if (answer.byteLength > 0 && !socket.write(answer)) {
        socket.pause();
        socket.once("drain", () => socket.resume());
      }
    });
    socket.on("close", () => {
      open.delete(socket);
      talk.end();
    });
  };
  const servers: (Server | DatagramSocket)[] = [];
  const close = async (): Promise<void> => {
    for (const socket of open) socket.destroy();
    await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  };
  try {
    for (let at = port; at < port + MIRROR_PORTS; at++) {
      servers.push(await listenTcp(at, host, serve));
      servers.push(await listenUdp(at, host, quota));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { port, [Symbol.asyncDispose]: close };
}
