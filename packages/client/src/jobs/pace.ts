/*
 * Whoever loses the race for an epoch waits before it commits again (F-140): of many who want the same epoch all but one have worked for
 * nothing, so the fewer try at once, the sooner all are done. The wait is random, doubles with each race lost, and halves with each one won.
 */
import { type Backoff, backoffMs, type Clock, type Rng } from "@chapar/carrier";
import { type ConversationId, idText } from "@chapar/wire";

/** The first is about what an epoch takes from commit to commit; with the last a hundred who all want one are a few at a time. */
const RACE: Backoff = { baseMs: 500, capMs: 30_000 };

interface Rest {
  lost: number;
  untilMs: number;
  /** what is done when it is over, by who asked */
  readonly after: Map<string, () => void>;
  sleeps: boolean;
}

/** Rests of one session, by conversation. They are forgotten with the link. */
export class Pace {
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #rests = new Map<string, Rest>();
  #life = new AbortController();

  constructor(clock: Clock, rng: Rng) {
    this.#clock = clock;
    this.#rng = rng;
  }

  begin(): void {
    this.#rests.clear();
    this.#life = new AbortController();
  }

  end(): void {
    this.#life.abort();
  }

  /** Another commit was first. */
  lost(id: ConversationId): void {
    const name = idText(id);
    const rest = this.#rests.get(name) ?? { lost: 0, untilMs: 0, after: new Map<string, () => void>(), sleeps: false };
    rest.lost += 1;
    rest.untilMs = this.#clock.nowMs() + backoffMs(rest.lost, this.#rng, RACE);
    this.#rests.set(name, rest);
  }

  /** Ours was first. */
  won(id: ConversationId): void {
    const rest = this.#rests.get(idText(id));
    if (rest === undefined) return;
    rest.lost = Math.max(0, rest.lost - 1);
    rest.untilMs = 0;
  }

  /**
   * Whether a commit may be made now.
   *
   * @param who    one of those who commit on this device
   * @param again  called once when the rest is over, if not
   */
  isReady(id: ConversationId, who: string, again: () => void): boolean {
    const rest = this.#rests.get(idText(id));
    if (rest === undefined || rest.untilMs <= this.#clock.nowMs()) return true;
    rest.after.set(who, again);
    if (!rest.sleeps) void this.#sleep(rest);
    return false;
  }

  async #sleep(rest: Rest): Promise<void> {
    rest.sleeps = true;
    const { signal } = this.#life;
    while (rest.untilMs > this.#clock.nowMs()) {
      // Only the end of the link aborts it.
      await this.#clock.sleep(rest.untilMs - this.#clock.nowMs(), signal).catch(() => undefined);
      if (signal.aborted) return;
    }
    rest.sleeps = false;
    const again = [...rest.after.values()];
    rest.after.clear();
    for (const call of again) call();
  }
}
