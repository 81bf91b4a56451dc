/*
 * A second link that waits, over another front, while a session is in use (protocol/8-road.md P-140): when the first falls silent the
 * session moves at once instead of opening a connection first, and so it may move sooner. It is kept alive, looked for again
 * when it is lost, and let go when nobody has used the session for a while.
 */
import type { Clock } from "../port.ts";
import type { PreparedLink } from "./attach.ts";
import { encodeFrame, type SessionFrame } from "./frames.ts";
import type { SessionLimits } from "./limits.ts";

/** A link that may be held, and how it was reached. */
export interface SpareLink {
  readonly route: string;
  readonly value: PreparedLink;
  readonly proveBytes?: number;
}

/** What a spare needs of its session. */
export interface SpareOwner {
  /** Finds a link over another front. @throws when there is none */
  find(signal: AbortSignal): Promise<SpareLink>;
  /** Asks the other end to hold it. */
  hold(prepared: PreparedLink): Promise<void>;
  /** Whether one is wanted now: the session is in use, and its link has room for what a second one costs. */
  isWanted(): boolean;
  /** there is one from now on, or none any more */
  changed(isWarm: boolean): void;
}

const SIGN_OF_LIFE: Uint8Array = encodeFrame.echo("echo", new Uint8Array(8));
/** How often it is looked whether one is wanted. */
const LOOK_MS = 500;
/** Between two tries: a spare is worth no handshake in a hurry (P-40). */
const RETRY_MS = 60_000;

/** The link that is held now. */
interface Held {
  readonly found: SpareLink;
  /** Resolves with the next sign of life. */
  heard(): Promise<void>;
  /** Hands it over. */
  release(): void;
  close(): void;
}

/** Keeps one spare link for a session. */
export class Spare {
  readonly #clock: Clock;
  readonly #limits: SessionLimits;
  readonly #owner: SpareOwner;
  #held: Held | undefined;

  constructor(clock: Clock, limits: SessionLimits, owner: SpareOwner) {
    this.#clock = clock;
    this.#limits = limits;
    this.#owner = owner;
  }

  /**
   * The spare, when its other end still answers: when all ways are silent at once, moving from one to another helps nobody.
   *
   * @returns undefined when there is none; it is the caller's own otherwise
   */
  async claim(): Promise<SpareLink | undefined> {
    const held = this.#held;
    if (held === undefined) return undefined;
    const { link } = held.found.value.framed;
    const bell = new AbortController();
    const late = this.#clock.sleep(this.#limits.warmFreezeMs, bell.signal).then(
      () => false,
      () => false,
    );
    link.send(SIGN_OF_LIFE);
    const isAlive = await Promise.race([held.heard().then(() => true), link.ended.then(() => false), late]);
    bell.abort();
    if (this.#held !== held) return undefined;
    if (isAlive) held.release();
    else held.close();
    return isAlive ? held.found : undefined;
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let restMs = LOOK_MS;
    while (!signal.aborted) {
      await this.#sleep(restMs, signal);
      restMs = LOOK_MS;
      if (signal.aborted || !this.#owner.isWanted()) continue;
      const found = await this.#owner.find(signal).catch(() => undefined);
      // A hold that could not be signed is as one that was lost.
      if (found !== undefined) await this.#keep(found, signal).catch(() => undefined);
      // Also after one that was lost or used: the front has seen a handshake not long ago.
      restMs = RETRY_MS;
    }
  }

  /** Holds a link until it is taken, lost, or not wanted any more. */
  async #keep(found: SpareLink, signal: AbortSignal): Promise<void> {
    const { framed } = found.value;
    const clock = this.#clock;
    const over = new AbortController();
    const stop = (): void => over.abort();
    let heardAtMs = clock.nowMs();
    let sign = Promise.withResolvers<void>();
    let isTaken = false;
    const held: Held = {
      found,
      heard: () => sign.promise,
      release: () => {
        isTaken = true;
        framed.attach(undefined);
        stop();
      },
      close: stop,
    };
    const take = (frame: SessionFrame): boolean => {
      if (frame.type !== "held" && frame.type !== "echoed") return false;
      heardAtMs = clock.nowMs();
      if (frame.type === "held") this.#tell(held);
      sign.resolve();
      sign = Promise.withResolvers<void>();
      return true;
    };
    framed.attach({ heard: () => undefined, take, taken: () => undefined });
    void framed.link.ended.then(stop);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      await this.#owner.hold(found.value);
      while (!over.signal.aborted && this.#owner.isWanted()) {
        const askedAtMs = clock.nowMs();
        await this.#sleep(this.#limits.keepAliveMs, over.signal);
        // Whatever was said at the beginning of this time had all of it for its answer.
        if (over.signal.aborted || heardAtMs < askedAtMs) break;
        framed.link.send(SIGN_OF_LIFE);
      }
    } finally {
      signal.removeEventListener("abort", stop);
      this.#tell(undefined);
      if (!isTaken) framed.link.close();
    }
  }

  #tell(held: Held | undefined): void {
    const isChanged = (held === undefined) !== (this.#held === undefined);
    this.#held = held;
    if (isChanged) this.#owner.changed(held !== undefined);
  }

  async #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(delayMs, signal).catch(() => undefined);
  }
}
