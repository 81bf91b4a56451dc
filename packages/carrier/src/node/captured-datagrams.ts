/*
 * Datagrams of a captured machine. ss-redir speaks Shadowsocks (SIP007), from a port of its own for each socket of the
 * machine's programs: such a port is a flow, and a flow is a stream.
 */
import type { Socket as UdpSocket } from "node:dgram";
import type { Datagram } from "../tunnel/socks-datagram.ts";
import { readSocksAddress } from "../tunnel/socks.ts";
import { tunnelTarget } from "../tunnel/target.ts";
import { DatagramReader, encodeDatagram } from "../tunnel/tunnel-stream.ts";
import type { OpenedStream, TunnelRefusal } from "./near-stream.ts";
import type { ShadowsocksMethod } from "./shadowsocks-aead.ts";
import { openShadowsocksDatagram, sealShadowsocksDatagram, shadowsocksKey } from "./shadowsocks-cipher.ts";
import { shadowsocksAddress } from "./shadowsocks-socket.ts";

const NAMES_PORT = 53;
const MAX_FLOWS = 64;
const MAX_WAITING = 16;
const IDLE_MS = 60_000;
const MAX_UNSENT_BYTES: number = 256 * 1024;

/** A method and a password that both sides know. */
export interface DatagramKey {
  readonly method: ShadowsocksMethod;
  readonly password: string;
}

/** What captured datagrams need. */
export interface CapturedDatagramsOptions {
  /** bound on loopback; whose owner closes it */
  readonly near: UdpSocket;
  readonly key: DatagramKey;
  readonly open: (gone: Promise<void>) => Promise<OpenedStream | TunnelRefusal>;
  readonly answerName: (query: Uint8Array) => Promise<Uint8Array | undefined>;
}

interface Flow {
  readonly send: (datagram: Datagram) => void;
  readonly end: () => void;
}

/** Takes what ss-redir sends, and sends it what comes back. */
export class CapturedDatagrams {
  readonly #options: CapturedDatagramsOptions;
  readonly #key: Uint8Array;
  /** by port, the one used longest ago first */
  readonly #flows = new Map<number, Flow>();

  constructor(options: CapturedDatagramsOptions) {
    this.#options = options;
    this.#key = shadowsocksKey(options.key.method, options.key.password);
    options.near.on("message", (bytes, from) => this.#take(new Uint8Array(bytes), from.port));
  }

  /** Ends every flow. */
  close(): void {
    for (const flow of this.#flows.values()) flow.end();
  }

  #take(bytes: Uint8Array, port: number): void {
    const datagram = this.#read(bytes);
    if (datagram === undefined) return;
    if (datagram.target.port !== NAMES_PORT) return this.#flowOf(port).send(datagram);
    void this.#answerName(port, datagram);
  }

  async #answerName(port: number, { target, payload }: Datagram): Promise<void> {
    const answer = await this.#options.answerName(payload);
    if (answer !== undefined) this.#reply(port, { target, payload: answer });
  }

  #read(bytes: Uint8Array): Datagram | undefined {
    const plain = openShadowsocksDatagram(this.#options.key.method, this.#key, bytes);
    const address = plain === undefined ? undefined : readSocksAddress(plain, 0);
    if (plain === undefined || address === undefined || address === "more") return undefined;
    const target = tunnelTarget(address.host, address.port);
    return target && { target, payload: plain.slice(address.sizeBytes) };
  }

  #reply(port: number, { target, payload }: Datagram): void {
    const plain = Buffer.concat([shadowsocksAddress(target), payload]);
    const sealed = sealShadowsocksDatagram(this.#options.key.method, this.#key, plain);
    this.#options.near.send(sealed, port, "127.0.0.1", () => undefined);
  }

  #flowOf(port: number): Flow {
    const flow = this.#flows.get(port) ?? this.#begin(port);
    this.#flows.delete(port);
    this.#flows.set(port, flow);
    for (const [oldest, { end }] of this.#flows) {
      if (this.#flows.size <= MAX_FLOWS) break;
      end();
      this.#flows.delete(oldest);
    }
    return flow;
  }

  #begin(port: number): Flow {
    const over = Promise.withResolvers<void>();
    const waiting: Datagram[] = [];
    let out: ((datagram: Datagram) => void) | undefined;
    const end = (): void => {
      clearTimeout(timer);
      if (this.#flows.get(port) === flow) this.#flows.delete(port);
      over.resolve();
    };
    const timer = setTimeout(end, IDLE_MS);
    const flow: Flow = {
      end,
      send: (datagram) => {
        timer.refresh();
        if (out !== undefined) out(datagram);
        else if (waiting.length < MAX_WAITING) waiting.push(datagram);
      },
    };
    void this.#options.open(over.promise).then((opened) => {
      // Until a port sends again: whoever speaks over datagrams does.
      if (typeof opened === "string") return end();
      out = this.#join(opened, port, over.promise, end);
      for (const datagram of waiting.splice(0)) out(datagram);
      return undefined;
    });
    return flow;
  }

  #join(
    { stream, deliver }: OpenedStream,
    port: number,
    over: Promise<void>,
    end: () => void,
  ): (datagram: Datagram) => void {
    const reader = new DatagramReader();
    deliver((chunk) => {
      if (!reader.push(chunk, (datagram) => this.#reply(port, datagram))) stream.reset();
    });
    void over.then(() => stream.close());
    void stream.ended.then(end);
    return (datagram) => {
      const sent = encodeDatagram(datagram);
      if (sent !== undefined && stream.unsentBytes < MAX_UNSENT_BYTES) stream.send(sent);
    };
  }
}
