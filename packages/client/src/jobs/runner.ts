/*
 * Work that has to be done over the link in use, again and again until it is done: each piece by name, one run at a time,
 * with a wait between tries. Pieces read what is left to do from the store, so the end of a link or of the process costs
 * nothing but the try.
 */
import { backoffMs, type Clock, type Rng } from "@chapar/carrier";

/** What a runner has to know of a link. */
export interface EndingLink {
  readonly isEnded: boolean;
}

/** One piece of work; resolves when nothing is left of it. */
export type Job<Link extends EndingLink> = (link: Link) => Promise<void>;

/** What is told of a try that failed. */
export type JobFailed = (name: string, error: unknown) => void;

/** Runs jobs while there is a link. */
export class Runner<Link extends EndingLink> {
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #failed: JobFailed;
  readonly #changed: () => void;
  #link: Link | undefined;
  #life = new AbortController();
  /** names of jobs that run or wait; the value says whether to run once more afterwards */
  #running = new Map<string, boolean>();

  constructor(clock: Clock, rng: Rng, failed: JobFailed, changed: () => void) {
    this.#clock = clock;
    this.#rng = rng;
    this.#failed = failed;
    this.#changed = changed;
  }

  begin(link: Link): void {
    this.#link = link;
    this.#life = new AbortController();
    this.#running = new Map();
  }

  end(): void {
    this.#link = undefined;
    this.#life.abort();
    this.#running = new Map();
  }

  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  /** Runs a job until it is done; when it runs already, once more after it. Without a link: nothing. */
  run(name: string, job: Job<Link>): void {
    const link = this.#link;
    if (link === undefined) return;
    if (this.#running.has(name)) {
      this.#running.set(name, true);
      return;
    }
    this.#running.set(name, false);
    void this.#loop(name, job, link);
  }

  async #loop(name: string, job: Job<Link>, link: Link): Promise<void> {
    const running = this.#running;
    const { signal } = this.#life;
    for (let failures = 0; !signal.aborted;) {
      running.set(name, false);
      try {
        await job(link);
        failures = 0;
      } catch (error) {
        if (signal.aborted || link.isEnded) break;
        this.#failed(name, error);
        failures += 1;
        running.set(name, true);
        // Only the end of the link aborts the wait, and the loop asks for that itself.
        await this.#clock.sleep(Math.max(100, backoffMs(failures, this.#rng)), signal).catch(() => undefined);
      }
      if (running.get(name) !== true) break;
    }
    running.delete(name);
    this.#changed();
  }
}
