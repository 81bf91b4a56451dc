/*
 * The carrier port: a way to move opaque bytes between two ends. A route is a URI a person can paste; a carrier is the
 * code that can drive routes of some schemes. Above this port nobody knows what carries a link; below it nobody knows
 * what the bytes mean.
 */

/** Why a link ended. `refused`: the other end or the network said no; `lost`: it broke; `closed`: we or they closed it in order. */
export type LinkEnd = "closed" | "refused" | "lost";

/**
 * A reliable, ordered, full-duplex byte stream. Chunk borders carry no meaning.
 *
 * Exactly one receiver is set, before the first await after the link was handed out; bytes that arrive earlier wait.
 */
export interface Link extends AsyncDisposable {
  /** Queues bytes; never blocks, never throws; after the end they are dropped. The array is not changed afterwards by the caller. */
  send(bytes: Uint8Array): void;
  /** Bytes queued and not yet handed to the network. */
  readonly unsentBytes: number;
  /**
   * Of a slow link that paces itself: it is full when it holds so much, about a second's worth; changes as it learns. `unsentBytes` then
   * counts what is not known to have arrived. Others leave it out.
   */
  readonly fullBytes?: number | undefined;
  /** What is sent leaves as it is over one long flow, whose sizes can be measured on the way. Others leave it out. */
  readonly isOneFlow?: boolean | undefined;
  /** Called with each chunk as it arrives; the chunk is the receiver's. */
  receive(receiver: (chunk: Uint8Array) => void): void;
  /** Stops taking bytes from the network (back-pressure) until `resume`. A no-op where the platform cannot (browser WebSocket). */
  pause(): void;
  resume(): void;
  /** Resolves when `unsentBytes` is below the mark or the link has ended. */
  drained(belowBytes: number): Promise<void>;
  /** Resolves once, when the link has ended; never rejects. */
  readonly ended: Promise<LinkEnd>;
  /** Sends what is queued, then closes. Idempotent. */
  close(): void;
}

/** Drives routes of some URI schemes. */
export interface Carrier {
  /** what a person is told: `web` */
  readonly kind: string;
  handles(route: string): boolean;
  /**
   * Opens a link over a route.
   *
   * @throws CarrierError `carrier/bad-route` · `carrier/unreachable` · `carrier/timed-out`; the signal's reason when aborted
   */
  dial(route: string, options: { readonly signal: AbortSignal }): Promise<Link>;
}

/** A clock and timers, as a port. */
export interface Clock {
  /** milliseconds since 1970 UTC; may jump */
  nowMs(): number;
  /** Resolves after at least `delayMs`. @throws the signal's reason when aborted */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

/** Random numbers for timing and testing; never for secrets. */
export interface Rng {
  /** Uniform in [0, 1). */
  next(): number;
}
