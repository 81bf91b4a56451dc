/*
 * A link inside a link (protocol/8-road.md §9): TLS by key, so that whoever carries the outer one sees TLS and can change
 * nothing. TLS itself is Node's. Inside, bytes come as `length u16, bytes`, and length 0 is the end in order: what Node says
 * of the end of a stream does not tell a close from a cut.
 */
import { connect, TLSSocket } from "node:tls";
import { equalBytes } from "@chapar/wire/bytes";
import { DrainWaiters } from "../drain.ts";
import { CarrierError } from "../errors.ts";
import { Incoming } from "../incoming.ts";
import type { Link, LinkEnd } from "../port.ts";
import { CLOSE_LIMIT_MS } from "../web-socket-route.ts";
import { LinkStream } from "./link-stream.ts";
import { rawKey, SEALING_TLS, type SealingIdentity } from "./sealing-identity.ts";

/** For TLS to be agreed on. */
const SEAL_LIMIT_MS = 10_000;
const MAX_CHUNK_BYTES = 0xffff;
const END = Uint8Array.of(0, 0);

/** Time limits of a sealed link. */
export interface SealOptions {
  /** until both ends agree; 10 s */
  readonly sealLimitMs?: number;
  /** until the other end has answered a close; 5 s */
  readonly closeLimitMs?: number;
  /** key exchanges that the dialer offers, best first; one that outlives a quantum computer, then X25519 */
  readonly ecdhCurve?: string;
}

class SealedLink implements Link {
  readonly ended: Promise<LinkEnd>;
  readonly #outer: Link;
  readonly isOneFlow: boolean | undefined;
  readonly #tls: TLSSocket;
  readonly #incoming = new Incoming();
  readonly #drain = new DrainWaiters(() => this.unsentBytes);
  readonly #sent: () => void;
  readonly #resolve: (end: LinkEnd) => void;
  readonly #closeLimitMs: number;
  #unsentBytes = 0;
  /** the first byte of a length whose second has not come */
  #halfLength: number | undefined;
  #leftBytes = 0;
  #endCame = false;
  #started = false;
  #closing = false;
  #over = false;

  constructor(tls: TLSSocket, closeLimitMs: number, outer: Link) {
    this.#outer = outer;
    this.isOneFlow = outer.isOneFlow;
    this.#tls = tls;
    this.#closeLimitMs = closeLimitMs;
    this.#sent = () => this.#drain.check();
    const { promise, resolve } = Promise.withResolvers<LinkEnd>();
    this.ended = promise;
    this.#resolve = resolve;
    tls.on("data", (bytes: Uint8Array) => this.#take(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
    // An error is always followed by `close`.
    tls.on("error", () => undefined);
    tls.once("end", () => this.#end("lost"));
    tls.once("close", () => this.#end("lost"));
  }

  get fullBytes(): number | undefined {
    return this.#outer.fullBytes;
  }

  get unsentBytes(): number {
    if (this.#over) return 0;
    // What a link that paces itself still holds is not sent; others hand it to a network that does not tell.
    return this.#unsentBytes + (this.fullBytes === undefined ? 0 : this.#outer.unsentBytes);
  }

  send(bytes: Uint8Array): void {
    if (this.#closing || this.#over) return;
    for (let at = 0; at < bytes.byteLength; at += MAX_CHUNK_BYTES) {
      const piece = bytes.subarray(at, at + MAX_CHUNK_BYTES);
      const sizeBytes = piece.byteLength;
      this.#unsentBytes += sizeBytes;
      this.#tls.cork();
      this.#tls.write(Uint8Array.of(sizeBytes >> 8, sizeBytes & 0xff));
      this.#tls.write(piece, () => {
        this.#unsentBytes -= sizeBytes;
        this.#sent();
      });
      this.#tls.uncork();
    }
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.#started = true;
    this.#incoming.receive(receiver);
    // Not at once: whoever begins to read may hold back in the next line.
    queueMicrotask(() => this.#readEnd());
  }

  pause(): void {
    if (this.#closing || this.#over) return;
    this.#incoming.pause();
    this.#tls.pause();
  }

  resume(): void {
    if (this.#closing) return;
    this.#incoming.resume();
    if (this.#incoming.paused) return;
    this.#tls.resume();
    this.#readEnd();
  }

  async drained(belowBytes: number): Promise<void> {
    if (this.fullBytes === undefined) return await this.#drain.wait(belowBytes);
    while (this.unsentBytes >= belowBytes) {
      // Whichever of the two holds more; each tells of itself only.
      await this.#outer.drained(Math.max(1, belowBytes - this.#unsentBytes));
      if (this.unsentBytes >= belowBytes) await this.#drain.wait(this.#unsentBytes);
    }
  }

  close(): void {
    if (this.#closing || this.#over) return;
    this.#closing = true;
    this.#incoming.close();
    this.#tls.resume();
    if (this.#endCame) return this.#readEnd();
    this.#tls.write(END);
    const timer = setTimeout(() => this.#end("lost"), this.#closeLimitMs);
    void this.ended.then(() => clearTimeout(timer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }

  #take(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.byteLength && !this.#endCame) {
      if (this.#leftBytes === 0) {
        const byte = bytes[at++] ?? 0;
        if (this.#halfLength === undefined) this.#halfLength = byte;
        else {
          this.#leftBytes = (this.#halfLength << 8) | byte;
          this.#halfLength = undefined;
          this.#endCame = this.#leftBytes === 0;
        }
        continue;
      }
      const piece = bytes.subarray(at, at + this.#leftBytes);
      at += piece.byteLength;
      this.#leftBytes -= piece.byteLength;
      this.#incoming.push(piece);
    }
    this.#readEnd();
  }

  /** The other end closed; a reader that holds back, or has not begun, has not come to it. */
  #readEnd(): void {
    const isRead = this.#closing || (this.#started && !this.#incoming.paused);
    if (!this.#endCame || this.#over || !isRead) return;
    // Whoever closed second answers with an end of its own.
    if (!this.#closing) this.#tls.write(END);
    this.#end("closed");
  }

  #end(how: LinkEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#incoming.resume();
    this.#drain.release();
    if (how === "closed") {
      this.#tls.end();
      // Nobody may be left to take what is still to leave.
      const timer = setTimeout(() => this.#tls.destroy(), this.#closeLimitMs);
      this.#tls.once("close", () => clearTimeout(timer));
    } else this.#tls.destroy();
    this.#resolve(how);
  }
}

interface Handshake {
  readonly tls: TLSSocket;
  /** emitted when both ends agree */
  readonly event: "secure" | "secureConnect";
  /** @returns why the other end is not taken */
  readonly refuse: () => string | undefined;
}

function sealed(outer: Link, handshake: Handshake, options: SealOptions, signal?: AbortSignal): Promise<Link> {
  const { tls, event, refuse } = handshake;
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      tls.removeListener("error", failed);
      tls.removeListener("close", failed);
    };
    const fail = (error: unknown): void => {
      settle();
      tls.on("error", () => undefined);
      tls.destroy();
      outer.close();
      // oxlint-disable-next-line promise/prefer-reject-errors -- a signal's reason is whatever its owner gave
      reject(error);
    };
    const failed = (): void => fail(new CarrierError("carrier/unusable", "seal"));
    const abort = (): void => fail(signal?.reason);
    const timer = setTimeout(() => fail(new CarrierError("carrier/timed-out")), options.sealLimitMs ?? SEAL_LIMIT_MS);
    signal?.addEventListener("abort", abort, { once: true });
    tls.once("error", failed);
    tls.once("close", failed);
    void outer.ended.then(() => (isSettled ? undefined : failed()));
    tls.once(event, () => {
      const refusal = refuse();
      if (refusal !== undefined) return fail(new CarrierError("carrier/unusable", refusal));
      settle();
      resolve(new SealedLink(tls, options.closeLimitMs ?? CLOSE_LIMIT_MS, outer));
      return undefined;
    });
    if (signal?.aborted === true) abort();
  });
}

/**
 * Seals a link to the key of whoever is at its other end. The link must have no receiver yet.
 *
 * @param key Ed25519, 32 bytes
 * @throws CarrierError `carrier/unusable` (`key`: another key was proved; `seal`: no TLS, or the link ended) ·
 * `carrier/timed-out`; the signal's reason when aborted. The outer link is closed then
 */
export async function sealLink(
  outer: Link,
  key: Uint8Array,
  options: SealOptions & { readonly signal?: AbortSignal } = {},
): Promise<Link> {
  const { ecdhCurve = SEALING_TLS.ecdhCurve } = options;
  const tls = connect({ ...SEALING_TLS, ecdhCurve, socket: new LinkStream(outer), rejectUnauthorized: false });
  const refuse = (): string | undefined => {
    // TLS itself has checked that the other end holds this key.
    const shown = tls.getPeerX509Certificate()?.publicKey;
    const raw = shown === undefined ? undefined : rawKey(shown);
    return raw !== undefined && equalBytes(raw, key) ? undefined : "key";
  };
  return await sealed(outer, { tls, event: "secureConnect", refuse }, options, options.signal);
}

/** Takes a link that is sealed to a key of ours; as sealLink. */
export async function openSealedLink(outer: Link, identity: SealingIdentity, options: SealOptions = {}): Promise<Link> {
  const tls = new TLSSocket(new LinkStream(outer), { isServer: true, secureContext: identity.context });
  return await sealed(outer, { tls, event: "secure", refuse: () => undefined }, options);
}
