/*
 * What is done over links to the home is most of the engine, and a person on a slow line can join, write and queue without any
 * of it. So its code is brought when the first link opens (in a browser: a chunk of its own), and this stands in its place
 * until then: what was asked meanwhile is found in the store when a link begins.
 */
import type { ConversationRow } from "./conversation/rows.ts";
import type { HomeSession } from "./home-session.ts";
import type { Session } from "./link/home-link.ts";
import type { StationLink } from "./link/station-link.ts";
import type { IncidentView, TakenBackView, WatchView } from "./trust-api.ts";
import type { Watching } from "./trust/desk.ts";

/** The session over links to the home, from when it is needed. */
export class DeferredSession implements Session, Watching {
  readonly #make: () => Promise<HomeSession>;
  #making: Promise<HomeSession> | undefined;
  #session: HomeSession | undefined;

  /** @param make  brings the code and builds the session; a failure is tried again by the next use */
  constructor(make: () => Promise<HomeSession>) {
    this.#make = make;
  }

  async #need(): Promise<HomeSession> {
    this.#making ??= this.#make();
    try {
      this.#session = await this.#making;
    } catch (error) {
      this.#making = undefined;
      throw error;
    }
    return this.#session;
  }

  /** @throws what the platform's import throws when the code cannot be fetched, which ends the link as any failure does */
  async begin(link: StationLink): Promise<void> {
    const session = await this.#need();
    await session.begin(link);
  }

  end(): void {
    this.#session?.end();
  }

  /** A conversation is to be opened; without a session the first link finds it. */
  open(row: ConversationRow): void {
    this.#session?.open(row);
  }

  /** Something waits to leave; without a session the first link finds it. */
  kick(row: ConversationRow): void {
    this.#session?.outbox.kick(row);
  }

  /** A desk has queued something for a session part; without a session the first link finds it. */
  wake(part: string): void {
    this.#session?.wake(part);
  }

  async isSettled(): Promise<boolean> {
    return this.#session?.isSettled() ?? false;
  }

  /** The person asks the members for what is missing. */
  async ask(row: ConversationRow): Promise<void> {
    const session = await this.#need();
    await session.ask(row);
  }

  /** Takes back what a stolen key did. */
  async takeBack(words: string | undefined): Promise<TakenBackView> {
    const session = await this.#need();
    return session.takeBack(words);
  }

  async incidents(stationKey: string): Promise<readonly IncidentView[] | undefined> {
    const { watch } = await this.#need();
    return watch.incidents(stationKey);
  }

  async view(): Promise<WatchView> {
    const { watch } = await this.#need();
    return watch.view();
  }

  async check(signal: AbortSignal): Promise<WatchView> {
    const { watch } = await this.#need();
    return watch.check(signal);
  }
}
