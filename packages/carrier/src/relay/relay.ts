/*
 * A volunteer's relay: takes links, reads which key each asks for, dials what its list names for that key, and passes
 * bytes. It has no log and no names: what it holds of a stream are two links and the source that bounds are counted by.
 */
import { equalBytes } from "@chapar/wire/bytes";
import type { Clock, Link } from "../port.ts";
import { takeHead } from "./headed-link.ts";
import type { ListedPlace, RelayList } from "./list.ts";
import type { RelayMeter } from "./meter.ts";
import { decodeOpen, encodeAnswer, OPEN_BYTES, RELAY_REFUSAL, type RelayRefusal } from "./open.ts";

/** Bytes that wait on one side of a stream, beyond which the other side is not read. */
const HIGH_BYTES: number = 128 * 1024;
const LOW_BYTES: number = 32 * 1024;

/** Bounds of a relay. */
export interface RelayBounds {
  /** streams at once; 4,096 */
  readonly maxStreams: number;
  /** … of one source; 256 */
  readonly maxStreamsOfSource: number;
  /** links that have asked for nothing yet; the oldest goes first; 1,024 */
  readonly maxPending: number;
  /** for a link to ask; 10 s */
  readonly openLimitMs: number;
  /** for a place to be reached; 10 s */
  readonly dialLimitMs: number;
}

/** What a relay needs. */
export interface RelayOptions {
  readonly clock: Clock;
  /** the list as it is now; undefined: there is none */
  readonly list: () => RelayList | undefined;
  readonly meter: RelayMeter;
  /** Opens a link to a listed place. */
  readonly dial: (place: ListedPlace, signal: AbortSignal) => Promise<Link>;
  readonly bounds?: Partial<RelayBounds>;
}

const DEFAULT_BOUNDS: RelayBounds = {
  maxStreams: 4_096,
  maxStreamsOfSource: 256,
  maxPending: 1_024,
  openLimitMs: 10_000,
  dialLimitMs: 10_000,
};

/** A forwarder to listed stations and relays. */
export class Relay implements AsyncDisposable {
  readonly #options: RelayOptions;
  readonly #bounds: RelayBounds;
  readonly #pending = new Set<Link>();
  readonly #sources = new Map<string, number>();
  readonly #refusals = new Map<RelayRefusal, number>();
  readonly #streams = new Set<Link>();
  readonly #life = new AbortController();

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#bounds = { ...DEFAULT_BOUNDS, ...options.bounds };
  }

  /** Streams that are open or being opened. */
  get streamCount(): number {
    return this.#streams.size;
  }

  /** Links that have not asked yet. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** How often each refusal was given. */
  get refusals(): Readonly<Record<RelayRefusal, number>> {
    const counts = Object.keys(RELAY_REFUSAL) as RelayRefusal[];
    return Object.fromEntries(counts.map((name) => [name, this.#refusals.get(name) ?? 0])) as Record<
      RelayRefusal,
      number
    >;
  }

  /**
   * Takes a link that has just opened. Never throws.
   *
   * @param source whose streams are counted together: an address, or its network
   */
  accept(link: Link, source = ""): void {
    if (this.#life.signal.aborted) return link.close();
    for (const oldest of this.#pending) {
      if (this.#pending.size < this.#bounds.maxPending) break;
      this.#pending.delete(oldest);
      oldest.close();
    }
    this.#pending.add(link);
    void this.#serve(link, source).catch(() => link.close());
  }

  /** Ends the streams that are open, once it is time to rest. */
  rest(): void {
    if (this.#options.meter.isResting) for (const link of this.#streams) link.close();
  }

  /** Takes nothing more and ends every link. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    const links = [...this.#pending, ...this.#streams];
    for (const link of links) link.close();
    await Promise.all(links.map((link) => link.ended));
  }

  async #serve(link: Link, source: string): Promise<void> {
    const { clock } = this.#options;
    const { head, rest } = takeHead(link, OPEN_BYTES);
    const bell = new AbortController();
    clock.sleep(this.#bounds.openLimitMs, bell.signal).then(
      () => link.close(),
      () => undefined,
    );
    const open = await head;
    bell.abort();
    this.#pending.delete(link);
    if (open === undefined || this.#life.signal.aborted) return link.close();
    const place = this.#placeOf(open, source);
    if (typeof place === "string") return this.#refuse(rest, place);
    this.#streams.add(rest);
    this.#sources.set(source, (this.#sources.get(source) ?? 0) + 1);
    void rest.ended.then(() => this.#left(rest, source));
    const far = await this.#reach(place, rest);
    if (far === undefined) return this.#refuse(rest, "unreachable");
    this.#options.meter.streamOpened();
    rest.send(encodeAnswer());
    this.#join(rest, far);
  }

  /** The place that was asked for, or why it is refused. */
  #placeOf(open: Uint8Array, source: string): ListedPlace | RelayRefusal {
    const { clock, list: current, meter } = this.#options;
    const key = decodeOpen(open);
    if (key === undefined) return "version";
    const list = current();
    const place = list?.places.find((each) => equalBytes(each.key, key));
    if (list === undefined || place === undefined) return "not listed";
    if (clock.nowMs() >= list.expiresAtMs) return "expired";
    if (meter.isResting) return "resting";
    const ofSource = this.#sources.get(source) ?? 0;
    const isFull = this.#streams.size >= this.#bounds.maxStreams || ofSource >= this.#bounds.maxStreamsOfSource;
    return isFull ? "busy" : place;
  }

  #refuse(link: Link, refusal: RelayRefusal): void {
    this.#refusals.set(refusal, (this.#refusals.get(refusal) ?? 0) + 1);
    link.send(encodeAnswer(refusal));
    link.close();
  }

  #left(link: Link, source: string): void {
    this.#streams.delete(link);
    const left = (this.#sources.get(source) ?? 1) - 1;
    if (left > 0) this.#sources.set(source, left);
    else this.#sources.delete(source);
  }

  /** A link to the place; undefined when it failed, took too long or is not wanted any more. */
  async #reach(place: ListedPlace, near: Link): Promise<Link | undefined> {
    const stop = new AbortController();
    const stopped = new Promise<undefined>((resolve) => {
      stop.signal.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    void near.ended.then(() => stop.abort());
    this.#options.clock.sleep(this.#bounds.dialLimitMs, stop.signal).then(
      () => stop.abort(),
      () => undefined,
    );
    // Why it failed is the business of the operator's network; the dialer learns that it did.
    const dialing = this.#options.dial(place, stop.signal).catch(() => undefined);
    void dialing.then((late) => (stop.signal.aborted ? late?.close() : undefined));
    const far = await Promise.race([dialing, stopped]);
    const isTimely = !stop.signal.aborted;
    stop.abort();
    return isTimely ? far : undefined;
  }

  #join(near: Link, far: Link): void {
    void near.ended.then(() => far.close());
    void far.ended.then(() => near.close());
    this.#forward(near, far);
    this.#forward(far, near);
  }

  #forward(from: Link, to: Link): void {
    const { meter } = this.#options;
    let isHeld = false;
    let waitMs = 0;
    const hold = async (): Promise<void> => {
      isHeld = true;
      from.pause();
      while (waitMs > 0) {
        const nextMs = waitMs;
        waitMs = 0;
        await this.#options.clock.sleep(nextMs, this.#life.signal).catch(() => undefined);
      }
      await to.drained(LOW_BYTES);
      isHeld = false;
      from.resume();
    };
    from.receive((chunk) => {
      waitMs = meter.passed(chunk.byteLength);
      to.send(chunk);
      if (!isHeld && (waitMs > 0 || to.unsentBytes > HIGH_BYTES)) void hold();
    });
  }
}
