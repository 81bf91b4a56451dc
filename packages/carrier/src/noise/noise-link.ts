/*
 * A sealed link by Noise (protocol/8-road.md P-112): what node/sealed-link.ts is by TLS, for dialers that have no TLS of their own. The
 * dialer's first byte is 1, where TLS begins with 22, so that both are taken at one door.
 *
 * `dialer: u8 1, message[48]; acceptor: message[48]`, then records `length u16, sealed bytes`; an empty one is the end in order.
 */
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import { DrainWaiters } from "../drain.ts";
import { CarrierError } from "../errors.ts";
import { Incoming } from "../incoming.ts";
import type { Clock, Link, LinkEnd } from "../port.ts";
import { takeHead } from "../relay/headed-link.ts";
import { CLOSE_LIMIT_MS } from "../web-socket-route.ts";
import { agreementKeyOf } from "./agreement-key.ts";
import {
  noiseAccept,
  type NoiseCrypto,
  noiseDial,
  type NoiseKey,
  type NoiseKeys,
  noiseNonce,
  NOISE_OVERHEAD_BYTES,
} from "./nk.ts";

/** What a dialer that seals by Noise sends first. */
export const NOISE_FIRST_BYTE = 1;
const PROLOGUE = utf8("chapar sealed v1\0");
const NONE = new Uint8Array(0);
const TAG_BYTES = 16;
const MAX_RECORD_BYTES: number = 16 * 1024;
/** What came and is not opened yet, beyond which the link below is not read. */
const MAX_SEALED_BYTES: number = 1024 * 1024;
/** What was opened before anybody reads it, beyond which the link below is not read. */
const MAX_WAITING_BYTES: number = 128 * 1024;
const SEAL_LIMIT_MS = 10_000;

/** What sealing needs, and for how long it waits. */
export interface NoiseSealOptions {
  readonly clock: Clock;
  readonly crypto: NoiseCrypto;
  /** until both ends agree; 10 s */
  readonly sealLimitMs?: number;
  /** until the other end has answered a close; 5 s */
  readonly closeLimitMs?: number;
}

class NoiseLink implements Link {
  readonly ended: Promise<LinkEnd>;
  readonly #outer: Link;
  readonly #keys: NoiseKeys;
  readonly #options: NoiseSealOptions;
  readonly #incoming = new Incoming();
  readonly #drain = new DrainWaiters(() => this.unsentBytes);
  readonly #resolve: (end: LinkEnd) => void;
  readonly #bell = new AbortController();
  #sealing: Promise<void> = Promise.resolve();
  #sent = 0;
  #unsealedBytes = 0;
  #opening: Promise<void> = Promise.resolve();
  #received = 0;
  #sealedBytes = 0;
  #partial: Uint8Array = NONE;
  #endCame = false;
  #closing = false;
  #over = false;

  constructor(outer: Link, keys: NoiseKeys, options: NoiseSealOptions) {
    this.#outer = outer;
    this.#keys = keys;
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<LinkEnd>();
    this.ended = promise;
    this.#resolve = resolve;
    outer.receive((chunk) => this.#take(chunk));
    void outer.ended.then(() => this.#opening.then(() => this.#end("lost")));
  }

  get unsentBytes(): number {
    return this.#over ? 0 : this.#unsealedBytes + this.#outer.unsentBytes;
  }

  send(bytes: Uint8Array): void {
    if (this.#closing || this.#over || bytes.byteLength === 0) return;
    for (let at = 0; at < bytes.byteLength; at += MAX_RECORD_BYTES) {
      this.#seal(bytes.subarray(at, at + MAX_RECORD_BYTES));
    }
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.#incoming.receive(receiver);
    // Not at once: whoever begins to read may hold back in the next line.
    queueMicrotask(() => {
      this.#flow();
      this.#readEnd();
    });
  }

  pause(): void {
    if (this.#closing) return;
    this.#incoming.pause();
    this.#outer.pause();
  }

  resume(): void {
    if (this.#closing) return;
    this.#incoming.resume();
    this.#flow();
    this.#readEnd();
  }

  async drained(belowBytes: number): Promise<void> {
    await this.#drain.wait(belowBytes);
  }

  close(): void {
    if (this.#closing || this.#over) return;
    this.#closing = true;
    this.#incoming.close();
    this.#outer.resume();
    this.#seal(NONE);
    if (this.#endCame) return void this.#sealing.then(() => this.#end("closed"));
    const late = this.#options.clock.sleep(this.#options.closeLimitMs ?? CLOSE_LIMIT_MS, this.#bell.signal);
    late.then(
      () => this.#end("lost"),
      () => undefined,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }

  #seal(piece: Uint8Array): void {
    this.#unsealedBytes += piece.byteLength;
    const plaintext = piece.slice();
    this.#sealing = this.#sealing.then(async (): Promise<void> => {
      const sealed = await this.#keys.send.seal(noiseNonce(this.#sent++), NONE, plaintext);
      if (this.#over) return undefined;
      this.#unsealedBytes -= piece.byteLength;
      this.#outer.send(concatBytes(Uint8Array.of(sealed.byteLength >> 8, sealed.byteLength & 0xff), sealed));
      void this.#outer.drained(1).then(() => this.#drain.check());
      return this.#drain.check();
    });
  }

  #take(chunk: Uint8Array): void {
    const bytes = this.#partial.byteLength === 0 ? chunk : concatBytes(this.#partial, chunk);
    let at = 0;
    while (bytes.byteLength - at >= 2) {
      const sizeBytes = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
      if (sizeBytes < TAG_BYTES || sizeBytes > MAX_RECORD_BYTES + TAG_BYTES) return this.#end("lost");
      if (bytes.byteLength - at - 2 < sizeBytes) break;
      this.#open(bytes.slice(at + 2, at + 2 + sizeBytes));
      at += 2 + sizeBytes;
    }
    this.#partial = bytes.slice(at);
    this.#flow();
  }

  #open(sealed: Uint8Array): void {
    this.#sealedBytes += sealed.byteLength;
    this.#opening = this.#opening.then(async (): Promise<void> => {
      if (this.#over || this.#endCame) return undefined;
      const opened = await this.#keys.receive.open(noiseNonce(this.#received++), NONE, sealed);
      this.#sealedBytes -= sealed.byteLength;
      // Altered, repeated, left out or put elsewhere: no record opens at another number than its own.
      if (opened === undefined) return this.#end("lost");
      if (opened.byteLength > 0) this.#incoming.push(opened);
      else this.#endCame = true;
      this.#flow();
      return this.#readEnd();
    });
  }

  #flow(): void {
    const isFull = this.#sealedBytes > MAX_SEALED_BYTES || this.#incoming.waitingBytes > MAX_WAITING_BYTES;
    if (isFull) this.#outer.pause();
    else if (!this.#incoming.paused || this.#closing) this.#outer.resume();
  }

  /** The end in order counts once everything before it was read. */
  #readEnd(): void {
    if (!this.#endCame || this.#over) return;
    if (this.#closing) return this.#end("closed");
    if (this.#incoming.waitingBytes === 0) this.close();
  }

  #end(how: LinkEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#bell.abort();
    this.#outer.close();
    this.#drain.release();
    this.#resolve(how);
  }
}

/** Ends the wait for a handshake when it takes too long or is not wanted; the outer link then ends, and what waits fails. */
async function within<T>(
  outer: Link,
  options: NoiseSealOptions,
  signal: AbortSignal | undefined,
  shake: () => Promise<T>,
): Promise<T> {
  const bell = new AbortController();
  let isLate = false;
  options.clock.sleep(options.sealLimitMs ?? SEAL_LIMIT_MS, bell.signal).then(
    () => {
      isLate = true;
      return outer.close();
    },
    () => undefined,
  );
  const stop = (): void => outer.close();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    signal?.throwIfAborted();
    return await shake();
  } catch (error) {
    outer.close();
    signal?.throwIfAborted();
    throw isLate ? new CarrierError("carrier/timed-out") : error;
  } finally {
    bell.abort();
    signal?.removeEventListener("abort", stop);
  }
}

/**
 * Seals a link to the key of whoever is at its other end, by Noise. The link must have no receiver yet.
 *
 * @param key Ed25519, 32 bytes
 * @throws CarrierError `carrier/unusable` (`seal`: the link ended, or the other end has not that key) · `carrier/timed-out`; the
 * signal's reason when aborted. The outer link is closed then
 */
export async function noiseSealLink(
  outer: Link,
  key: Uint8Array,
  options: NoiseSealOptions & { readonly signal?: AbortSignal },
): Promise<Link> {
  return await within(outer, options, options.signal, async () => {
    const theirs = agreementKeyOf(key);
    const dialer = theirs && (await noiseDial(options.crypto, theirs, PROLOGUE, NONE));
    if (dialer === undefined) throw new CarrierError("carrier/unusable", "key");
    const { head, rest } = takeHead(outer, NOISE_OVERHEAD_BYTES);
    outer.send(concatBytes(Uint8Array.of(NOISE_FIRST_BYTE), dialer.message));
    const answer = await head;
    const agreed = answer && (await dialer.finish(answer));
    if (agreed === undefined) throw new CarrierError("carrier/unusable", "seal");
    return new NoiseLink(rest, agreed.keys, options);
  });
}

/** Takes a link whose dialer seals by Noise to a key of ours; as noiseSealLink. */
export async function openNoiseLink(outer: Link, key: NoiseKey, options: NoiseSealOptions): Promise<Link> {
  return await within(outer, options, undefined, async () => {
    const { head, rest } = takeHead(outer, 1 + NOISE_OVERHEAD_BYTES);
    const hello = await head;
    const isNoise = hello?.[0] === NOISE_FIRST_BYTE;
    const accepted = isNoise ? await noiseAccept(options.crypto, key, PROLOGUE, hello.subarray(1)) : undefined;
    if (accepted === undefined) throw new CarrierError("carrier/unusable", "seal");
    const { message, keys } = await accepted.answer(NONE);
    rest.send(message);
    return new NoiseLink(rest, keys, options);
  });
}
