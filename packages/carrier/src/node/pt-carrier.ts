/*
 * Dials stations and relays through pluggable transports: the transport's program is started when its first route is dialed and
 * stays until this process ends; a WebSocket runs inside, as everywhere. What the border sees is the transport's.
 */
import { connect, isIP, type LookupFunction, type Socket } from "node:net";
import { CarrierError } from "../errors.ts";
import type { Carrier } from "../port.ts";
import { ptRoute, type PtRoute } from "../pt/pt-route.ts";
import { PtSocksClient } from "../pt/pt-socks.ts";
import { CLOSE_LIMIT_MS, DIAL_LIMIT_MS, LINK_PATH } from "../web-socket-route.ts";
import { startPtClient, type PtProgram } from "./pt-program.ts";
import { openWebSocket } from "./web-socket-carrier.ts";

/** What a carrier through pluggable transports needs. */
export interface PtCarrierOptions {
  /** a folder of ours for what programs keep; made when one is started */
  readonly stateDir: string;
  /** programs and their words, by transport; else those that are known */
  readonly commands?: Readonly<Record<string, readonly string[]>>;
  /** until a dialed route is open, the program's start included; 20 s */
  readonly dialLimitMs?: number;
  /** until the other end has answered a close; 5 s */
  readonly closeLimitMs?: number;
  /** names to addresses, as `node:net` asks it; else the transport's program looks them up */
  readonly lookup?: LookupFunction;
  /** where links are taken behind a transport that names no path; LINK_PATH, or SESSION_PATH for those that carry sessions */
  readonly linkPath?: string;
}

/** A carrier that has programs to end. */
export interface PtCarrier extends Carrier, AsyncDisposable {}

/** One program for each transport, started once; one that ended is started anew by whoever dials next. */
class Programs implements AsyncDisposable {
  readonly #options: PtCarrierOptions;
  readonly #running = new Map<string, Promise<PtProgram>>();

  constructor(options: PtCarrierOptions) {
    this.#options = options;
  }

  /** @throws CarrierError `carrier/no-transport` */
  get(transport: string): Promise<PtProgram> {
    const running = this.#running.get(transport) ?? this.#start(transport);
    this.#running.set(transport, running);
    return running;
  }

  async #start(transport: string): Promise<PtProgram> {
    const { stateDir, commands = {} } = this.#options;
    const command = Object.hasOwn(commands, transport) ? commands[transport] : undefined;
    const forget = (): void => void this.#running.delete(transport);
    try {
      const program = await startPtClient({ transport, stateDir, ...(command === undefined ? {} : { command }) });
      void program.ended.then(forget);
      return program;
    } catch (error) {
      forget();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = await Promise.allSettled(this.#running.values());
    for (const each of all) if (each.status === "fulfilled") await each.value[Symbol.asyncDispose]();
  }
}

/** A connection through a program to the transport's server. @throws CarrierError `carrier/unreachable`; the signal's reason */
function openThrough(program: PtProgram, { target, args }: PtRoute, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const handshake = new PtSocksClient(target, args);
    const { host, port } = program.method.address;
    const socket = connect({ host, port, noDelay: true });
    const give = (error: unknown): void => {
      signal.removeEventListener("abort", abort);
      socket.destroy();
      // oxlint-disable-next-line promise/prefer-reject-errors -- a signal's reason is whatever its owner gave
      reject(error);
    };
    const abort = (): void => give(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    const failed = (reason?: string): void => give(new CarrierError("carrier/unreachable", reason));
    if (handshake.greeting === undefined) return give(new CarrierError("carrier/bad-route"));
    socket.write(handshake.greeting);
    const read = (bytes: Buffer): void => {
      const step = handshake.push(new Uint8Array(bytes));
      if (step.type === "refused") return failed(step.reply === undefined ? "socks" : `socks ${step.reply}`);
      if (step.type === "more") {
        if (step.send !== undefined) socket.write(step.send);
        return undefined;
      }
      signal.removeEventListener("abort", abort);
      socket.removeListener("data", read).removeListener("error", broke).removeListener("close", closed);
      // Whoever takes links waits for the request.
      return step.rest.byteLength > 0 ? failed() : resolve(socket);
    };
    const broke = (error: NodeJS.ErrnoException): void => failed(error.code);
    const closed = (): void => failed();
    socket.on("data", read).once("error", broke).once("close", closed);
    return undefined;
  });
}

/**
 * Drives `pt+…` routes by the programs that are installed.
 *
 * Its links are WebSockets through the transport. `dial` throws `carrier/no-transport` where no program drives it.
 */
export function ptCarrier(options: PtCarrierOptions): PtCarrier {
  const programs = new Programs(options);
  const limits = {
    dialLimitMs: options.dialLimitMs ?? DIAL_LIMIT_MS,
    closeLimitMs: options.closeLimitMs ?? CLOSE_LIMIT_MS,
  };
  return {
    kind: "pt",
    handles: (route) => ptRoute(route) !== undefined,
    async dial(route, { signal }) {
      signal.throwIfAborted();
      const read = ptRoute(route);
      if (read === undefined) throw new CarrierError("carrier/bad-route");
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(new CarrierError("carrier/timed-out")), limits.dialLimitMs);
      const ending = AbortSignal.any([signal, late.signal]);
      try {
        const program = await untilAborted(programs.get(read.transport), ending);
        const found = await addressOf(read.target.host, options.lookup);
        const socket = await openThrough(program, { ...read, target: { ...read.target, host: found } }, ending);
        const path = read.path === "" ? (options.linkPath ?? LINK_PATH) : read.path;
        const host = read.target.host.includes(":") ? `[${read.target.host}]` : read.target.host;
        return await openWebSocket(`ws://${host}:${read.target.port}${path}`, limits, ending, () => socket);
      } finally {
        clearTimeout(timer);
      }
    },
    [Symbol.asyncDispose]: () => programs[Symbol.asyncDispose](),
  };
}

/** The address of a host, when this program is to look it up. @throws the resolver's error */
function addressOf(host: string, lookup: LookupFunction | undefined): Promise<string> {
  if (lookup === undefined || isIP(host) !== 0) return Promise.resolve(host);
  return new Promise((resolve, reject) => {
    lookup(host, {}, (error, address) => {
      if (error !== null || typeof address !== "string") reject(new CarrierError("carrier/unreachable", error?.code));
      else resolve(address);
    });
  });
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    // oxlint-disable-next-line promise/prefer-reject-errors -- a signal's reason is whatever its owner gave
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
