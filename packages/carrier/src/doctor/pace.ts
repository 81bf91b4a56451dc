/*
 * The doctor's manners (P-121). Handshakes in a row are a verdict of their own on some networks (R11: more than three to one name,
 * each less than 400 ms after the one before), so whoever examines a line must not be what gets it blocked. One handshake at a time
 * to a front, a second apart and more, and only so many in one look.
 */
import type { Clock } from "../port.ts";

/** Between the ends of two handshakes to one front: R11 looks at gaps below 400 ms. */
export const HANDSHAKE_GAP_MS = 1_000;
/** Handshakes to one front in one look. */
export const HANDSHAKES_PER_LOOK = 8;

interface Front {
  begun: number;
  last: Promise<unknown>;
}

/** Keeps the handshakes of one look apart, front by front. */
export class Pace {
  readonly #clock: Clock;
  readonly #fronts = new Map<string, Front>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Does something that shows a handshake to a front, when it is its turn.
   *
   * @returns undefined when the front has had all it gets in this look
   * @throws the signal's reason; whatever `act` throws
   */
  async handshake<T>(front: string, signal: AbortSignal, act: () => Promise<T>): Promise<T | undefined> {
    const known = this.#fronts.get(front) ?? { begun: 0, last: Promise.resolve() };
    this.#fronts.set(front, known);
    if (known.begun >= HANDSHAKES_PER_LOOK) return undefined;
    known.begun += 1;
    const isFirst = known.begun === 1;
    const before = known.last;
    const turn = (async () => {
      await before.catch(() => undefined);
      if (!isFirst) await this.#clock.sleep(HANDSHAKE_GAP_MS, signal);
      signal.throwIfAborted();
      return await act();
    })();
    known.last = turn;
    return await turn;
  }
}
