/*
 * A TCP connection in memory, as far as a censor can tell: a handshake, segments of at most 1460 bytes, an acknowledgement for
 * every second one, resending after a timeout that doubles, resets, an end. It is go-back-N with a fixed window: congestion
 * control changes how fast bytes flow, not which of them a rule sees.
 */
import type { Injection } from "../censor.ts";
import { joined } from "../parsers/cursor.ts";
import type { IpPacket, TcpFacts } from "../parsers/ip.ts";
import type { Endpoint } from "../vocabulary.ts";
import type { MemoryBorder } from "./border.ts";

/** Ethernet's 1500 bytes less two headers. */
export const SEGMENT_BYTES = 1460;
const HEADERS_BYTES = 40;
/** Linux's first window (RFC 6928): ten segments. */
const WINDOW_BYTES = 10 * SEGMENT_BYTES;
/** RFC 6298: not below 200 ms in practice, doubling. */
const FIRST_TIMEOUT_MS = 300;
const HANDSHAKE_TIMEOUT_MS = 1000;
/** Then the connection is given up. */
const MAX_RESENDS = 6;
const DELAYED_ACK_MS = 40;

/** How a connection ended. */
export type TcpEnd = "closed" | "reset" | "timed-out";

type Facts = Partial<Pick<TcpFacts, "syn" | "ack" | "fin" | "rst">>;

/** One side of a connection. */
export class TcpSide {
  /** called with bytes in order */
  received: (bytes: Uint8Array) => void = () => undefined;
  /** false for an address where nobody is: it answers nothing */
  isListening = true;
  readonly ended: Promise<TcpEnd>;
  readonly #border: MemoryBorder;
  readonly #direction: "out" | "in";
  readonly #self: Endpoint;
  readonly #peer: Endpoint;
  readonly #resolve: (end: TcpEnd) => void;
  #other: TcpSide | undefined;
  #queue: Uint8Array = new Uint8Array(0);
  /** sequence numbers: bytes sent and acknowledged, the SYN counted */
  #acked = 1;
  #sent = 1;
  #expected = 1;
  #unacknowledged = 0;
  #resends = 0;
  #isOver = false;
  #finWanted = false;
  #finSent = false;
  #waiters: { readonly bytes: number; readonly resolve: () => void }[] = [];
  #stopTimer: () => void = () => undefined;
  #stopAck: () => void = () => undefined;

  constructor(border: MemoryBorder, direction: "out" | "in", self: Endpoint, peer: Endpoint) {
    this.#border = border;
    this.#direction = direction;
    this.#self = self;
    this.#peer = peer;
    const { promise, resolve } = Promise.withResolvers<TcpEnd>();
    this.ended = promise;
    this.#resolve = resolve;
  }

  get isOver(): boolean {
    return this.#isOver;
  }
  /** bytes not yet acknowledged */
  get unsentBytes(): number {
    return this.#isOver ? 0 : this.#queue.byteLength;
  }

  /** Joins two sides. */
  static join(a: TcpSide, b: TcpSide): void {
    a.#other = b;
    b.#other = a;
  }

  /** The three packets of the beginning, resent like everything else. */
  open(): Promise<boolean> {
    return new Promise((resolve) => {
      let isOpen = false;
      const attempt = (left: number, timeoutMs: number): void => {
        if (isOpen || this.#isOver) return;
        if (left === 0) {
          this.end("timed-out");
          return;
        }
        this.#transmit({ syn: true }, 0, undefined, () =>
          this.#other?.answerOpen(() => {
            if (isOpen || this.#isOver) return;
            isOpen = true;
            this.#transmit({ ack: true }, 1, undefined, () => undefined);
            resolve(true);
          }),
        );
        this.#border.clock.at(this.#border.clock.nowMs() + timeoutMs, () => attempt(left - 1, timeoutMs * 2));
      };
      attempt(MAX_RESENDS, HANDSHAKE_TIMEOUT_MS);
      void this.ended.then(() => resolve(false));
    });
  }

  answerOpen(arrived: () => void): void {
    if (this.isListening) this.#transmit({ syn: true, ack: true }, 0, undefined, arrived);
  }

  /** Resolves once fewer bytes than this wait for their acknowledgement; never after the end. */
  below(bytes: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ bytes, resolve });
    });
  }

  send(bytes: Uint8Array): void {
    if (this.#isOver || this.#finWanted) return;
    this.#queue = joined(this.#queue, bytes);
    this.#pump();
  }

  /** Sends what is queued, then ends. */
  close(): void {
    this.#finWanted = true;
    this.#pump();
  }

  /** Ends this side now. */
  end(how: TcpEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTimer();
    this.#stopAck();
    this.#resolve(how);
  }

  /** A forged packet for this side. */
  forged({ kind }: Injection): void {
    if (kind === "reset") this.end("reset");
  }

  #transmit(facts: Facts, seq: number, payload: Uint8Array | undefined, arrived: () => void): void {
    const bytes = payload ?? new Uint8Array(0);
    const packet: IpPacket = {
      protocol: "tcp",
      source: this.#self.address,
      sourcePort: this.#self.port,
      destination: this.#peer.address,
      destinationPort: this.#peer.port,
      ttl: 64,
      sizeBytes: HEADERS_BYTES + bytes.byteLength,
      tcp: { syn: false, ack: false, fin: false, rst: false, ...facts, seq, ackNumber: this.#expected },
      payload: bytes,
    };
    this.#border.send(packet, this.#direction, arrived);
  }

  #pump(): void {
    if (this.#isOver) return;
    while (this.#sent - this.#acked < Math.min(this.#queue.byteLength, WINDOW_BYTES)) {
      const from = this.#sent - this.#acked;
      const segment = this.#queue.slice(from, Math.min(from + SEGMENT_BYTES, this.#queue.byteLength));
      const seq = this.#sent;
      this.#sent += segment.byteLength;
      this.#stopAck();
      this.#unacknowledged = 0;
      this.#transmit({ ack: true }, seq, segment, () => this.#other?.take(seq, segment));
    }
    if (this.#queue.byteLength > 0) this.#armTimer();
    else if (this.#finWanted && !this.#finSent) {
      this.#finSent = true;
      this.#transmit({ ack: true, fin: true }, this.#sent, undefined, () => this.#other?.finished());
      // A lost FIN leaves the other side to its own timers; this side is done.
      this.end("closed");
    }
  }

  #armTimer(): void {
    this.#stopTimer();
    const timeoutMs = FIRST_TIMEOUT_MS * 2 ** this.#resends;
    this.#stopTimer = this.#border.clock.at(this.#border.clock.nowMs() + timeoutMs, () => {
      if (++this.#resends > MAX_RESENDS) {
        this.end("timed-out");
        return;
      }
      // One segment is sent again; its acknowledgement opens the window for the rest.
      this.#sent = this.#acked;
      const segment = this.#queue.slice(0, SEGMENT_BYTES);
      const seq = this.#sent;
      this.#sent += segment.byteLength;
      this.#transmit({ ack: true }, seq, segment, () => this.#other?.take(seq, segment));
      this.#armTimer();
    });
  }

  /** A segment has arrived. */
  take(seq: number, segment: Uint8Array): void {
    if (this.#isOver) return;
    if (seq === this.#expected) {
      this.#expected += segment.byteLength;
      this.received(segment);
    }
    this.#unacknowledged++;
    if (this.#unacknowledged >= 2 || seq !== this.#expected - segment.byteLength) this.#acknowledge();
    else {
      this.#stopAck();
      this.#stopAck = this.#border.clock.at(this.#border.clock.nowMs() + DELAYED_ACK_MS, () => this.#acknowledge());
    }
  }

  #acknowledge(): void {
    this.#stopAck();
    this.#unacknowledged = 0;
    const upTo = this.#expected;
    this.#transmit({ ack: true }, this.#sent, undefined, () => this.#other?.acknowledged(upTo));
  }

  acknowledged(upTo: number): void {
    if (this.#isOver || upTo <= this.#acked) return;
    this.#queue = this.#queue.subarray(upTo - this.#acked);
    this.#acked = upTo;
    this.#sent = Math.max(this.#sent, upTo);
    this.#resends = 0;
    this.#stopTimer();
    for (const { bytes, resolve } of this.#waiters) if (this.#queue.byteLength < bytes) resolve();
    this.#waiters = this.#waiters.filter(({ bytes }) => this.#queue.byteLength >= bytes);
    this.#pump();
  }

  finished(): void {
    this.end("closed");
  }
}
