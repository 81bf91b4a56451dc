/*
 * A data channel as a link. SCTP beneath it never stops reading for its page, so each end tells the other how much it may send
 * (protocol/8-road.md P-116): what waits in a tab is bounded by that, not by how fast somebody sends.
 *
 * Messages: `0, bytes`, at most 16 KiB; `1, u32`: so many bytes more may come; `2`: the end in order, answered by the same.
 */
import { DrainWaiters } from "../drain.ts";
import { Incoming } from "../incoming.ts";
import type { Clock, Link, LinkEnd } from "../port.ts";
import { CLOSE_LIMIT_MS } from "../web-socket-route.ts";
import type { RtcEnd } from "./rtc.ts";

const TYPE = { data: 0, credit: 1, end: 2 } as const;
const MAX_PIECE_BYTES: number = 16 * 1024;
/** What either end may send before it hears anything. */
const WINDOW_BYTES: number = 512 * 1024;
/** More credit than this at once is nobody's window. */
const MAX_CREDIT_BYTES: number = 16 * 1024 * 1024;
/** What is handed to SCTP ahead of its sending. */
const MAX_BUFFERED_BYTES: number = 256 * 1024;
/** A connection that is not there for so long does not come back. */
const GONE_MS = 5_000;
/** After the last word, for it to arrive. */
const FAREWELL_MS = 1_000;

/** How a channel's link is kept. */
export interface ChannelLinkOptions {
  readonly clock: Clock;
  /** until the other end has answered a close; 5 s */
  readonly closeLimitMs?: number;
}

class ChannelLink implements Link {
  readonly ended: Promise<LinkEnd>;
  readonly #end: RtcEnd;
  readonly #options: ChannelLinkOptions;
  readonly #incoming = new Incoming();
  readonly #drain = new DrainWaiters(() => this.unsentBytes);
  readonly #bell = new AbortController();
  readonly #resolve: (end: LinkEnd) => void;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #creditBytes = WINDOW_BYTES;
  /** what the other end may still send */
  #grantedBytes = WINDOW_BYTES;
  #readBytes = 0;
  #endCame = false;
  #endSent = false;
  #closing = false;
  #over = false;

  constructor(end: RtcEnd, options: ChannelLinkOptions) {
    this.#end = end;
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<LinkEnd>();
    this.ended = promise;
    this.#resolve = resolve;
    const { channel, peer } = end;
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = MAX_BUFFERED_BYTES / 2;
    channel.addEventListener("message", ({ data }) => this.#take(data));
    channel.addEventListener("bufferedamountlow", () => this.#pump());
    channel.addEventListener("close", () => this.#finish("lost"));
    peer.addEventListener("connectionstatechange", () => this.#connection());
  }

  get unsentBytes(): number {
    return this.#over ? 0 : this.#queuedBytes + this.#end.channel.bufferedAmount;
  }

  send(bytes: Uint8Array): void {
    if (this.#closing || this.#over || bytes.byteLength === 0) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.byteLength;
    this.#pump();
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.#incoming.receive((chunk) => {
      this.#read(chunk.byteLength);
      receiver(chunk);
    });
    queueMicrotask(() => this.#readEnd());
  }

  pause(): void {
    if (!this.#closing) this.#incoming.pause();
  }

  resume(): void {
    if (this.#closing) return;
    this.#incoming.resume();
    this.#readEnd();
  }

  async drained(belowBytes: number): Promise<void> {
    // SCTP tells when little is left, not when nothing is.
    this.#end.channel.bufferedAmountLowThreshold = Math.min(MAX_BUFFERED_BYTES / 2, Math.max(0, belowBytes - 1));
    await this.#drain.wait(belowBytes);
  }

  close(): void {
    if (this.#closing || this.#over) return;
    this.#closing = true;
    // What nobody will read must not keep the other end from sending its end.
    this.#read(this.#incoming.waitingBytes);
    this.#incoming.close();
    this.#pump();
    this.#options.clock.sleep(this.#options.closeLimitMs ?? CLOSE_LIMIT_MS, this.#bell.signal).then(
      () => this.#finish("lost"),
      () => undefined,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }

  #take(data: unknown): void {
    if (this.#over) return;
    if (!(data instanceof ArrayBuffer) || data.byteLength === 0) return this.#finish("lost");
    const message = new Uint8Array(data);
    const body = message.subarray(1);
    if (message[0] === TYPE.data) return this.#data(body);
    if (message[0] === TYPE.credit && body.byteLength === 4) {
      this.#creditBytes += new DataView(data).getUint32(1);
      if (this.#creditBytes > MAX_CREDIT_BYTES) return this.#finish("lost");
      return this.#pump();
    }
    if (message[0] !== TYPE.end || body.byteLength > 0) return this.#finish("lost");
    this.#endCame = true;
    return this.#readEnd();
  }

  #data(bytes: Uint8Array): void {
    this.#grantedBytes -= bytes.byteLength;
    if (this.#grantedBytes < 0 || this.#endCame) return this.#finish("lost");
    if (this.#closing) this.#read(bytes.byteLength);
    else this.#incoming.push(bytes);
  }

  /** Bytes left this link: their room may be used again. */
  #read(sizeBytes: number): void {
    this.#readBytes += sizeBytes;
    if (this.#readBytes < WINDOW_BYTES / 4 || this.#over) return;
    const message = new Uint8Array(5);
    message[0] = TYPE.credit;
    new DataView(message.buffer).setUint32(1, this.#readBytes);
    this.#grantedBytes += this.#readBytes;
    this.#readBytes = 0;
    this.#post(message);
  }

  #pump(): void {
    const { channel } = this.#end;
    while (!this.#over && this.#creditBytes > 0 && channel.bufferedAmount < MAX_BUFFERED_BYTES) {
      const first = this.#queue[0];
      if (first === undefined) break;
      const piece = first.subarray(0, Math.min(MAX_PIECE_BYTES, this.#creditBytes));
      if (piece.byteLength === first.byteLength) this.#queue.shift();
      else this.#queue[0] = first.subarray(piece.byteLength);
      this.#queuedBytes -= piece.byteLength;
      this.#creditBytes -= piece.byteLength;
      const message = new Uint8Array(1 + piece.byteLength);
      message.set(piece, 1);
      this.#post(message);
    }
    if (this.#closing && this.#queue.length === 0 && !this.#endSent) {
      this.#endSent = true;
      this.#post(Uint8Array.of(TYPE.end));
      this.#readEnd();
    }
    this.#drain.check();
  }

  #post(message: Uint8Array<ArrayBuffer>): void {
    try {
      this.#end.channel.send(message);
    } catch {
      // The channel closed and its event has not come yet, or it takes no more.
      this.#finish("lost");
    }
  }

  #readEnd(): void {
    if (!this.#endCame || this.#over) return;
    if (this.#endSent) return this.#finish("closed");
    if (this.#incoming.waitingBytes === 0) this.close();
  }

  #connection(): void {
    const { peer } = this.#end;
    if (peer.connectionState === "failed" || peer.connectionState === "closed") return this.#finish("lost");
    if (peer.connectionState !== "disconnected") return;
    this.#options.clock.sleep(GONE_MS, this.#bell.signal).then(
      () => (peer.connectionState === "disconnected" ? this.#finish("lost") : undefined),
      () => undefined,
    );
  }

  #finish(how: LinkEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#bell.abort();
    this.#drain.release();
    this.#queue.length = 0;
    this.#resolve(how);
    const { peer, channel } = this.#end;
    if (how === "lost") return peer.close();
    // The one who was first to say the end has nothing to wait for; the other's last word must still leave.
    const hangUp = (): void => peer.close();
    channel.addEventListener("close", hangUp);
    this.#options.clock.sleep(FAREWELL_MS, new AbortController().signal).then(hangUp, hangUp);
  }
}

/** Makes a link of an open channel. */
export function channelLink(end: RtcEnd, options: ChannelLinkOptions): Link {
  return new ChannelLink(end, options);
}
