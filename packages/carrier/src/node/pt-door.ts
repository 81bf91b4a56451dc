/*
 * A station's or relay's end of pluggable transports: the transport's server, started as a program, and the door on loopback that
 * it hands connections to. The door knows whence each came (ext-orport-spec) and lets one source have so many.
 */
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { cookieFileOf, ExtOrHandshake } from "../pt/ext-or-port.ts";
import { formatPtRoute } from "../pt/pt-route.ts";
import { tunnelTarget, type TunnelTarget } from "../tunnel/target.ts";
import { CarrierError } from "../errors.ts";
import { startPtServer, type PtProgram } from "./pt-program.ts";

const HANDSHAKE_LIMIT_MS = 10_000;
const MAX_CONNECTIONS = 4_096;
/** As many as one source may have of bursts (P-22); a household behind one address has room. */
const MAX_OF_ONE = 64;

/** How a transport is offered. */
export interface PtDoorOptions {
  readonly transport: string;
  /** where people reach it: it stands in the route */
  readonly public: TunnelTarget;
  /** where it listens; the public port on all addresses */
  readonly listen?: string;
  /** where links are taken behind it, when not at a station's own */
  readonly path?: string;
  /** a folder of ours: the transport keeps its keys there */
  readonly stateDir: string;
  /** the program and its words; else what is known for the transport */
  readonly command?: readonly string[];
}

/** A transport that is offered. */
export interface PtDoor extends AsyncDisposable {
  /** to be told to people */
  readonly route: string;
  /** connections that were let in and are open */
  readonly connectionCount: number;
  /** Resolves when the transport's program has ended. */
  readonly ended: Promise<void>;
  /** Hands connections on to a port of 127.0.0.1; until then they are turned away. */
  openTo(port: number): void;
}

/** An address, or the network of an IPv6 one: whoever has one has the whole of it. */
const sourceOf = (address: string | undefined): string =>
  address?.includes(":") === true ? address.split(":").slice(0, 4).join(":") : (address ?? "");

class Door {
  readonly sockets = new Set<Socket>();
  readonly #cookie: Uint8Array;
  readonly #sources = new Map<string, number>();
  port: number | undefined;

  constructor(cookie: Uint8Array) {
    this.#cookie = cookie;
  }

  /** Connections that were let in. */
  get count(): number {
    return Array.from(this.#sources.values()).reduce((sum, each) => sum + each, 0);
  }

  take(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    socket.on("error", () => undefined);
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_LIMIT_MS);
    socket.once("close", () => clearTimeout(timer));
    const hmac = (key: Uint8Array, bytes: Uint8Array): Uint8Array =>
      new Uint8Array(createHmac("sha256", key).update(bytes).digest());
    const handshake = new ExtOrHandshake({ cookie: this.#cookie, nonce: new Uint8Array(randomBytes(32)), hmac });
    socket.write(handshake.opening);
    const read = (bytes: Buffer): void => {
      const step = handshake.push(new Uint8Array(bytes));
      if (step.type === "refused") return void socket.destroy();
      if (step.send !== undefined) socket.write(step.send);
      if (step.type === "more") return undefined;
      clearTimeout(timer);
      socket.removeListener("data", read);
      socket.pause();
      return this.#letIn(socket, sourceOf(step.address), step.rest);
    };
    socket.on("data", read);
  }

  #letIn(socket: Socket, source: string, rest: Uint8Array): void {
    const had = this.#sources.get(source) ?? 0;
    if (this.port === undefined || had >= MAX_OF_ONE) return void socket.destroy();
    this.#sources.set(source, had + 1);
    socket.once("close", () => {
      const left = (this.#sources.get(source) ?? 1) - 1;
      if (left === 0) this.#sources.delete(source);
      else this.#sources.set(source, left);
    });
    const inner = connect({ host: "127.0.0.1", port: this.port, noDelay: true, allowHalfOpen: true });
    inner.on("error", () => socket.destroy());
    inner.once("close", () => socket.destroy());
    socket.once("close", () => inner.destroy());
    if (rest.byteLength > 0) inner.write(rest);
    socket.pipe(inner);
    inner.pipe(socket);
    return undefined;
  }
}

async function listen(take: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, take);
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function routeOf({ method }: PtProgram, options: PtDoorOptions): string {
  const { transport, public: target, path = "" } = options;
  const route = formatPtRoute({ transport, args: method.args, target, path });
  // Longer than invites carry, or a name that no URI can have.
  if (route === undefined) throw new CarrierError("carrier/bad-route");
  return route;
}

/**
 * Starts a transport's server and the door behind it.
 *
 * @throws CarrierError `carrier/no-transport` when the program is not there or says no · `carrier/bad-route` when the place is
 * none, or its route too long
 */
export async function openPtDoor(options: PtDoorOptions): Promise<PtDoor> {
  const { transport, stateDir, command } = options;
  const target = tunnelTarget(options.public.host, options.public.port);
  if (target === undefined) throw new CarrierError("carrier/bad-route");
  const cookie = new Uint8Array(randomBytes(32));
  const cookieFile = join(stateDir, "ext-or-port.cookie");
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  writeFileSync(cookieFile, cookieFileOf(cookie), { mode: 0o600 });
  const door = new Door(cookie);
  const server = await listen((socket) => door.take(socket));
  const close = async (): Promise<void> => {
    const closed = once(server, "close");
    server.close();
    for (const socket of door.sockets) socket.destroy();
    await closed;
    rmSync(cookieFile, { force: true });
  };
  let program: PtProgram | undefined;
  try {
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    program = await startPtServer({
      transport,
      stateDir,
      listen: options.listen ?? `0.0.0.0:${target.port}`,
      extendedPort: { address, cookieFile },
      // Tor's own name of it is asked for by some programs, which then take the extended one.
      plainPort: address,
      ...(command === undefined ? {} : { command }),
    });
    const route = routeOf(program, { ...options, public: target });
    const { ended } = program;
    return {
      route,
      ended,
      get connectionCount() {
        return door.count;
      },
      openTo: (port) => void (door.port = port),
      async [Symbol.asyncDispose]() {
        await program?.[Symbol.asyncDispose]();
        await close();
      },
    };
  } catch (error) {
    await program?.[Symbol.asyncDispose]();
    await close();
    throw error;
  }
}
