/*
 * One time for everything that a station signs with a time in it (E-1, E-16): receipts and heads, words, and epochs, which
 * split it. An epoch's instant lies between two group commits, with no batch in flight; a word's time is taken when no
 * instant fell between reading what it says and taking it. So whatever was signed at or before an epoch's time, the epoch has
 * it, and whatever was signed later has all of the epoch.
 *
 *   commit | instant: marks of the store, time T | commit, signed at T + 1 or later
 *            word: read ........ same instant still? -> time      otherwise read again
 */
import type { StationPorts } from "../ports.ts";
import type { ArrivalMarks } from "../store/ledger-port.ts";
import { SigningClock } from "./signing-clock.ts";

/** Runs work while no group commit is in flight. */
export type BetweenCommits = <T>(work: () => Promise<T>) => Promise<T>;

/** An instant: its time, and everything that was durable then. */
export interface Instant {
  readonly timeMs: number;
  readonly marks: ArrivalMarks;
}

/** The signing time of one station. */
export class StationTime {
  readonly signing: SigningClock;
  readonly #ports: StationPorts;
  #between: BetweenCommits = (work) => work();
  #instants = 0;
  #taking: Promise<unknown> | undefined;

  private constructor(ports: StationPorts, signing: SigningClock) {
    this.#ports = ports;
    this.signing = signing;
  }

  /** Goes on from what the store remembers. One at a time over a store. */
  static async open(ports: StationPorts): Promise<StationTime> {
    return new StationTime(ports, await SigningClock.open(ports.clock, ports.store));
  }

  /** Says who runs something between two group commits; until then there are none. */
  useAppender(between: BetweenCommits): void {
    this.#between = between;
  }

  /** Takes the next instant. @throws StationError `station/storage-failed` */
  async instant(): Promise<Instant> {
    return await this.#between(async () => {
      this.#instants++;
      const marks = this.#ports.store.ledger.marks();
      this.#taking = marks;
      try {
        return { marks: await marks, timeMs: this.signing.split() };
      } finally {
        this.#taking = undefined;
      }
    });
  }

  /**
   * Takes a time for a word about something that only grows.
   *
   * @param read  reads what is durable; called again when an instant fell between
   * @returns what was read last, and a time that may be signed with it: it survives a kill
   * @throws whatever `read` throws; StationError `station/storage-full` · `station/storage-failed`
   */
  async word<T>(read: () => Promise<T>): Promise<{ readonly value: T; readonly timeMs: number }> {
    for (;;) {
      while (this.#taking !== undefined) await this.#taking.catch(() => undefined);
      const before = this.#instants;
      const value = await read();
      if (before !== this.#instants) continue;
      const timeMs = this.signing.next();
      const mark = this.signing.mark(timeMs);
      if (mark.writes.length > 0) await this.#ports.store.commit(mark.writes);
      mark.reached();
      return { value, timeMs };
    }
  }
}
