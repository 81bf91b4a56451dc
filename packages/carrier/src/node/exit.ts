/*
 * The exit of tunnels at a station whose operator opted in (protocol/8-road.md §11). Names are resolved here; the
 * addresses that were checked are the ones that are dialed, so that a name cannot answer once for the check and once for the
 * connection (P-82).
 */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import type { LookupAddress } from "node:dns";
import { connect, isIP, type Socket } from "node:net";
import { concatBytes } from "@chapar/wire/bytes";
import { addressBytes, addressClass, mayDial, type AddressClass } from "../address-class.ts";
import type { SessionStream } from "../session/session-stream.ts";
import type { AllowanceBook, PortPolicy } from "../tunnel/exit-policy.ts";
import type { Datagram } from "../tunnel/socks-datagram.ts";
import { tunnelTarget, type TunnelTarget } from "../tunnel/target.ts";
import {
  DatagramReader,
  decodeTunnelRequest,
  encodeAddresses,
  encodeDatagram,
  encodeExitAnswer,
  type ExitRefusal,
} from "../tunnel/tunnel-stream.ts";
import { systemResolve, type Resolve } from "./guarded-lookup.ts";
import { pump } from "./stream-pump.ts";

const CONNECT_LIMIT_MS = 15_000;
/** A datagram socket without traffic is closed. */
const UDP_IDLE_MS = 60_000;
/** Places one datagram socket may speak to. */
const MAX_UDP_PEERS = 64;
const MAX_UDP_UNSENT_BYTES: number = 256 * 1024;
const MAX_RESOLVED_NAMES = 64;

/** What an exit needs. */
export interface ExitOptions {
  readonly allowsPort: PortPolicy;
  readonly allowance: AllowanceBook;
  /** Whose bytes a pass's are. @returns undefined when the pass is none */
  readonly userOf: (pass: Uint8Array) => Uint8Array | undefined;
  /** the narrowest addresses that may be reached; `public` */
  readonly reach?: AddressClass;
  /** the system's resolver */
  readonly resolve?: Resolve;
  /** streams at once, of all sessions; 4,096 */
  readonly maxStreams?: number;
  /** counts what happened, by name: `opened`, or why it was refused */
  readonly count?: (outcome: "opened" | ExitRefusal) => void;
}

/** A refusal on its way to being said. */
class Refused extends Error {
  readonly reason: ExitRefusal;

  constructor(reason: ExitRefusal) {
    super(reason);
    this.reason = reason;
  }
}

const CONNECT_FAILURES: Readonly<Record<string, ExitRefusal>> = {
  ECONNREFUSED: "refused",
  ETIMEDOUT: "timed out",
};

/** Opens the outside for streams of sessions. */
export class TunnelExit {
  readonly #options: ExitOptions;
  readonly #resolve: Resolve;
  #streams = 0;

  constructor(options: ExitOptions) {
    this.#options = options;
    this.#resolve = options.resolve ?? systemResolve;
  }

  /** Streams that are open or being opened. */
  get streamCount(): number {
    return this.#streams;
  }

  /** Takes a stream that the other end of a session has opened. */
  take(stream: SessionStream): void {
    void this.#serve(stream);
  }

  async #serve(stream: SessionStream): Promise<void> {
    // What comes before the answer waits in the session's window.
    let taker: ((chunk: Uint8Array) => void) | undefined;
    stream.pause();
    stream.receive((chunk) => taker?.(chunk));
    this.#streams++;
    void stream.ended.then(() => this.#streams--);
    try {
      taker = await this.#open(stream);
      this.#options.count?.("opened");
      stream.resume();
    } catch (error) {
      const reason = error instanceof Refused ? error.reason : "unreachable";
      this.#options.count?.(reason);
      stream.send(encodeExitAnswer(reason));
      stream.close();
    }
  }

  async #open(stream: SessionStream): Promise<(chunk: Uint8Array) => void> {
    const request = decodeTunnelRequest(stream.label);
    if (!request.ok) throw new Refused("no exit");
    if (this.#streams > (this.#options.maxStreams ?? 4_096)) throw new Refused("busy");
    const user = this.#options.userOf(request.value.pass);
    if (user === undefined) throw new Refused("bad pass");
    if (!this.#options.allowance.hasLeft(user)) throw new Refused("allowance used up");
    const passed = (sizeBytes: number): boolean => this.#options.allowance.take(user, sizeBytes);
    if (request.value.kind === "udp") {
      stream.send(encodeExitAnswer());
      return this.#datagrams(stream, passed);
    }
    if (request.value.kind === "name") {
      const found = await this.#addressesOfName(request.value.name);
      const answer = encodeAddresses(found.map(({ address }) => addressBytes(address)));
      passed(answer.byteLength);
      stream.send(concatBytes(encodeExitAnswer(), answer));
      stream.close();
      return () => undefined;
    }
    const { target } = request.value;
    const [address] = await this.#addressesOf(target);
    if (address === undefined) throw new Refused("no such name");
    const socket = await this.#connect(address.address, target.port, stream);
    stream.send(encodeExitAnswer());
    const taker = pump(socket, stream, { passed });
    socket.resume();
    return taker;
  }

  /** Addresses of a target that may be reached, all of which were checked. @throws Refused */
  async #addressesOf({ host, port }: TunnelTarget): Promise<readonly LookupAddress[]> {
    if (!this.#options.allowsPort(port)) throw new Refused("port not allowed");
    return await this.#addressesOfName(host);
  }

  async #addressesOfName(host: string): Promise<readonly LookupAddress[]> {
    const family = isIP(host);
    const all =
      family === 0 ? await this.#resolve(host).catch((): readonly LookupAddress[] => []) : [{ address: host, family }];
    if (all.length === 0) throw new Refused("no such name");
    const reach = this.#options.reach ?? "public";
    // One inward address among several is a name that somebody means to turn inward.
    if (!all.every(({ address }) => mayDial(reach, addressClass(address)))) throw new Refused("address not allowed");
    return all;
  }

  #connect(address: string, port: number, stream: SessionStream): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
      const fail = (reason: ExitRefusal): void => {
        clearTimeout(timer);
        socket.destroy();
        reject(new Refused(reason));
      };
      const timer = setTimeout(() => fail("timed out"), CONNECT_LIMIT_MS);
      const failed = (error: NodeJS.ErrnoException): void => fail(CONNECT_FAILURES[error.code ?? ""] ?? "unreachable");
      socket.once("error", failed);
      void stream.ended.then(() => socket.destroy());
      socket.once("connect", () => {
        clearTimeout(timer);
        socket.removeListener("error", failed);
        socket.pause();
        resolve(socket);
      });
    });
  }

  /** One socket for each family, and only answers of those who were spoken to. */
  #datagrams(stream: SessionStream, passed: (sizeBytes: number) => boolean): (chunk: Uint8Array) => void {
    const flow = new DatagramFlow(stream, passed, (target) => this.#addressesOf(target));
    const reader = new DatagramReader();
    return (chunk) => {
      if (!passed(chunk.byteLength) || !reader.push(chunk, (datagram) => flow.send(datagram))) stream.reset();
    };
  }
}

/** Answers `no exit` to a stream: what a station without one does. */
export function refuseStream(stream: SessionStream): void {
  stream.send(encodeExitAnswer("no exit"));
  stream.close();
}

/** The datagrams of one stream. */
class DatagramFlow {
  readonly #stream: SessionStream;
  readonly #passed: (sizeBytes: number) => boolean;
  readonly #addressesOf: (target: TunnelTarget) => Promise<readonly LookupAddress[]>;
  readonly #sockets = new Map<number, UdpSocket>();
  /** who may answer: `address port`, as the client named them */
  readonly #peers = new Map<string, string>();
  readonly #names = new Map<string, Promise<readonly LookupAddress[]>>();
  readonly #timer: NodeJS.Timeout;

  constructor(
    stream: SessionStream,
    passed: (sizeBytes: number) => boolean,
    addressesOf: (target: TunnelTarget) => Promise<readonly LookupAddress[]>,
  ) {
    this.#stream = stream;
    this.#passed = passed;
    this.#addressesOf = addressesOf;
    this.#timer = setTimeout(() => stream.close(), UDP_IDLE_MS);
    const stop = (): void => {
      clearTimeout(this.#timer);
      for (const socket of this.#sockets.values()) socket.close();
      this.#sockets.clear();
    };
    void stream.ended.then(stop);
    void stream.peerFinished.then(() => stream.close());
  }

  /** Sends a datagram, or drops it: whoever speaks over datagrams expects that. */
  send({ target, payload }: Datagram): void {
    this.#timer.refresh();
    const name = `${target.host} ${target.port}`;
    // One look-up for a name: it is not asked twice where it leads.
    const found = this.#names.get(name) ?? this.#addressesOf(target).catch((): readonly LookupAddress[] => []);
    if (this.#names.size < MAX_RESOLVED_NAMES) this.#names.set(name, found);
    void found.then(([address]) => this.#sendTo(address, target, payload));
  }

  #sendTo(address: LookupAddress | undefined, target: TunnelTarget, payload: Uint8Array): void {
    if (address === undefined || this.#stream.isClosing) return;
    const peer = `${address.address} ${target.port}`;
    if (!this.#peers.has(peer) && this.#peers.size >= MAX_UDP_PEERS) return;
    this.#peers.set(peer, target.host);
    this.#socketOf(address.family).send(payload, target.port, address.address, () => undefined);
  }

  #socketOf(family: number): UdpSocket {
    const held = this.#sockets.get(family);
    if (held !== undefined) return held;
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    socket.on("error", () => undefined);
    socket.on("message", (payload, from) => {
      this.#timer.refresh();
      const host = this.#peers.get(`${from.address} ${from.port}`);
      const target = host === undefined ? undefined : tunnelTarget(host, from.port);
      if (target === undefined || this.#stream.unsentBytes > MAX_UDP_UNSENT_BYTES) return;
      const bytes = encodeDatagram({ target, payload });
      if (bytes === undefined) return;
      if (this.#passed(bytes.byteLength)) this.#stream.send(bytes);
      else this.#stream.reset();
    });
    this.#sockets.set(family, socket);
    return socket;
  }
}
