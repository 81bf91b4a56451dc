/*
 * One direction of an in-memory link: what was sent leaves at the line's rate, arrives after its latency, in order, in
 * pieces that have nothing to do with how it was sent. A lost packet on a reliable stream is not lost: it and everything
 * behind it come later. A receiver that does not take bytes fills the window, and then nothing leaves.
 */
import type { Clock } from "../port.ts";
import type { SeededRng } from "./seeded-rng.ts";

/** How a line behaves; the default is instant, endless and whole. */
export interface LineOptions {
  readonly latencyMs?: number;
  readonly bytesPerSecond?: number;
  /** share of pieces that have to be sent again */
  readonly lossRate?: number;
  /** what sending again costs; 200 ms */
  readonly retransmitMs?: number;
  /** bytes that may be under way or wait at a receiver that does not take them; 256 KiB */
  readonly windowBytes?: number;
  /** the longest piece; 16 KiB. With `rng` pieces are of any length up to it */
  readonly pieceBytes?: number;
  readonly rng?: SeededRng;
}

/** What a line does at its far end. */
export interface Receiver {
  /** bytes it holds because nobody takes them */
  waitingBytes(): number;
  arrived(piece: Uint8Array): void;
  /** the sender closed, and everything before it has arrived */
  finished(): void;
}

/** Runs something after a delay of a clock, or in the next microtask for none; never once the signal has aborted. */
export function after(clock: Clock, delayMs: number, signal: AbortSignal, run: () => void): void {
  const due = delayMs <= 0 ? Promise.resolve() : clock.sleep(delayMs, signal);
  due.then(
    () => (signal.aborted ? undefined : run()),
    () => undefined,
  );
}

type Flying = { readonly atMs: number; readonly piece: Uint8Array | undefined };

/** One direction. */
export class Wire {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #options: Required<Omit<LineOptions, "rng">> & { readonly rng: SeededRng | undefined };
  readonly #receiver: Receiver;
  readonly #left: () => void;
  #queue: Uint8Array[] = [];
  #flying: Flying[] = [];
  #flyingBytes = 0;
  #unsentBytes = 0;
  #leaving = false;
  #landing = false;
  #finish: "no" | "wanted" | "sent" = "no";
  #frozen = false;

  /** @param left called whenever bytes have left the queue */
  constructor(clock: Clock, signal: AbortSignal, options: LineOptions, receiver: Receiver, left: () => void) {
    this.#clock = clock;
    this.#signal = signal;
    this.#receiver = receiver;
    this.#left = left;
    this.#options = {
      latencyMs: options.latencyMs ?? 0,
      bytesPerSecond: options.bytesPerSecond ?? Number.POSITIVE_INFINITY,
      lossRate: options.lossRate ?? 0,
      retransmitMs: options.retransmitMs ?? 200,
      windowBytes: options.windowBytes ?? 256 * 1024,
      pieceBytes: options.pieceBytes ?? 16 * 1024,
      rng: options.rng,
    };
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  send(bytes: Uint8Array): void {
    if (this.#finish !== "no" || bytes.byteLength === 0) return;
    this.#queue.push(bytes);
    this.#unsentBytes += bytes.byteLength;
    this.pump();
  }

  /** Ends the direction after what is queued. */
  finish(): void {
    if (this.#finish === "no") this.#finish = "wanted";
    this.pump();
  }

  /** Nothing leaves or lands until it thaws; nobody is told. */
  freeze(frozen: boolean): void {
    this.#frozen = frozen;
    if (frozen) return;
    this.pump();
    this.#land();
  }

  /** Lets the next piece leave when it may; also called when the receiver has taken something. */
  pump(): void {
    if (this.#leaving || this.#frozen || this.#finish === "sent") return;
    const { bytesPerSecond, pieceBytes, windowBytes, rng } = this.#options;
    if (this.#unsentBytes === 0) {
      if (this.#finish !== "wanted") return;
      this.#finish = "sent";
      this.#fly(undefined);
      return;
    }
    const roomBytes = windowBytes - this.#flyingBytes - this.#receiver.waitingBytes();
    if (roomBytes <= 0) return;
    const wantedBytes = rng === undefined ? pieceBytes : rng.between(1, pieceBytes);
    const piece = this.#take(Math.min(wantedBytes, roomBytes, this.#unsentBytes));
    this.#leaving = true;
    after(this.#clock, (piece.byteLength / bytesPerSecond) * 1000, this.#signal, () => {
      this.#leaving = false;
      this.#unsentBytes -= piece.byteLength;
      this.#flyingBytes += piece.byteLength;
      this.#fly(piece);
      this.#left();
      this.pump();
    });
  }

  #take(sizeBytes: number): Uint8Array {
    const piece = new Uint8Array(sizeBytes);
    let filled = 0;
    while (filled < sizeBytes) {
      const head = this.#queue[0];
      if (head === undefined) break;
      const part = head.subarray(0, sizeBytes - filled);
      piece.set(part, filled);
      filled += part.byteLength;
      if (part.byteLength === head.byteLength) this.#queue.shift();
      else this.#queue[0] = head.subarray(part.byteLength);
    }
    return piece;
  }

  #fly(piece: Uint8Array | undefined): void {
    const { latencyMs, lossRate, retransmitMs, rng } = this.#options;
    const again = rng !== undefined && lossRate > 0 && rng.next() < lossRate ? retransmitMs : 0;
    // What is behind a late piece may be due before it; it lands after it all the same.
    this.#flying.push({ atMs: this.#clock.nowMs() + latencyMs + again, piece });
    this.#land();
  }

  #land(): void {
    const head = this.#flying[0];
    if (this.#landing || this.#frozen || head === undefined) return;
    this.#landing = true;
    after(this.#clock, head.atMs - this.#clock.nowMs(), this.#signal, () => {
      this.#landing = false;
      if (this.#frozen) return;
      this.#flying.shift();
      if (head.piece === undefined) {
        this.#receiver.finished();
      } else {
        this.#flyingBytes -= head.piece.byteLength;
        this.#receiver.arrived(head.piece);
      }
      this.#land();
      this.pump();
    });
  }
}
