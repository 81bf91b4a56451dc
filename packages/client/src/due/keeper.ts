/*
 * Keeps the time of what disappears and of what is to be sent (protocol/6-flows.md F-50, F-51): looks when something changes and when
 * the next thing is due.
 *
 * The time of what disappears never goes back: it is the highest that this device's clock has shown, and goes on while the program
 * runs. A clock that is set back keeps nothing longer, one that is set forward makes things go earlier.
 */
import { messageShelf } from "../conversation/rows.ts";
import type { Writing } from "../conversation/writing.ts";
import type { Member } from "../core.ts";
import { concatKey, lastU64, u64Key } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { Marking } from "../talk/marking.ts";
import type { KeepsTime } from "./due.ts";
import { type ExpiringRow, expiringShelf, scheduledShelf, type ScheduledRow } from "./rows.ts";

const SECOND_MS = 1000;
/** How long is waited at most: a clock may be set meanwhile. */
const LONGEST_MS = 60_000;
/** How far the time goes on before it is written again. */
const KEPT_EVERY_MS = 10_000;
const CLOCK_KEY = new TextEncoder().encode("due-clock");

/** What the keeper needs of the engine. */
export interface KeeperPorts {
  readonly member: Member;
  readonly writing: Writing;
  /** something waits to leave */
  readonly kick: (conversation: Uint8Array) => void;
}

/** Lets messages disappear and leave when they are due. */
export class Keeper implements KeepsTime {
  readonly #ports: KeeperPorts;
  readonly #stop: () => void;
  #nowMs = 0;
  #bell = new AbortController();
  #looks = 0;
  #isRunning = false;
  #isClosed = false;
  /** the time as it was written last */
  #keptMs = 0;

  private constructor(ports: KeeperPorts) {
    this.#ports = ports;
    const { events } = ports.member;
    // What was read begins to disappear, and what was placed.
    this.#stop = events.subscribe((event) => {
      if (event.type === "conversation") this.look();
    });
  }

  static async open(ports: KeeperPorts): Promise<Keeper> {
    const keeper = new Keeper(ports);
    const held = await ports.member.store.get("meta", CLOCK_KEY);
    keeper.#nowMs = held === undefined ? 0 : lastU64(held);
    return keeper;
  }

  /** Looks for what is due. */
  look(): void {
    this.#looks += 1;
    this.#bell.abort();
    if (!this.#isRunning && !this.#isClosed)
      void this.#run().catch((error: unknown) => this.#ports.member.failed(error));
  }

  close(): void {
    this.#stop();
    this.#isClosed = true;
    this.#bell.abort();
  }

  async #run(): Promise<void> {
    const { clock } = this.#ports.member;
    this.#isRunning = true;
    try {
      while (!this.#isClosed) {
        this.#bell = new AbortController();
        const looks = this.#looks;
        const nextMs = await this.#turn();
        if (looks !== this.#looks) continue;
        if (nextMs === undefined) return;
        const waitMs = Math.min(Math.max(nextMs, 1), LONGEST_MS);
        const slept = await clock.sleep(waitMs, this.#bell.signal).then(
          () => true,
          () => false,
        );
        if (slept) this.#nowMs += waitMs;
      }
    } finally {
      this.#isRunning = false;
    }
  }

  /** Does what is due. @returns in how many ms something is due next; undefined: nothing is */
  async #turn(): Promise<number | undefined> {
    const { store, clock } = this.#ports.member;
    this.#nowMs = Math.max(this.#nowMs, clock.nowMs());
    const expiring = await expiringShelf.range(store, {});
    const scheduled = await scheduledShelf.range(store, {});
    if (expiring.length > 0 && this.#nowMs - this.#keptMs >= KEPT_EVERY_MS) {
      await store.write([{ table: "meta", key: CLOCK_KEY, value: u64Key(this.#nowMs) }]);
      this.#keptMs = this.#nowMs;
    }
    const waits: number[] = [];
    for (const { value } of expiring) {
      const dueMs = value.dueMs > 0 ? value.dueMs : await this.#begun(value);
      if (dueMs === undefined) continue;
      if (dueMs <= this.#nowMs) await this.#expire(value);
      else waits.push(dueMs - this.#nowMs);
    }
    for (const { value } of scheduled) {
      const leftMs = value.dueMs - clock.nowMs();
      if (leftMs > 0) waits.push(leftMs);
      else await this.#send(value);
    }
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  /** One's own begins when it is placed, another's when it was read here (C-62). @returns when it is due */
  async #begun(row: ExpiringRow): Promise<number | undefined> {
    const { store, book } = this.#ports.member;
    const isRead = row.mine || (book.get(row.conversation)?.readTo ?? 0) > row.position;
    if (!isRead) return undefined;
    const dueMs = this.#nowMs + row.seconds * SECOND_MS;
    const draft = new Draft();
    expiringShelf.put(draft, concatKey(row.conversation, row.position), { ...row, dueMs });
    await draft.commit(store);
    return dueMs;
  }

  async #expire({ conversation, position }: ExpiringRow): Promise<void> {
    const { member } = this.#ports;
    const { store, book } = member;
    await book.lane(conversation).run(async () => {
      const row = book.get(conversation);
      const key = concatKey(conversation, position);
      const draft = new Draft();
      const line = await messageShelf.get(store, key);
      if (row !== undefined && line?.kind === "message") await new Marking(member, draft, row).expire(line, position);
      expiringShelf.remove(draft, key);
      await draft.commit(store);
    });
  }

  /** It leaves the list in the transaction that puts it into the outbox: it is sent once, whenever the device stops. */
  async #send(row: ScheduledRow): Promise<void> {
    const { member, writing, kick } = this.#ports;
    const { book, store, events } = member;
    const chat = book.get(row.conversation);
    const { text, silent, replyTo } = row;
    const message = { text, ...(silent && { silent: true as const }), ...(replyTo !== undefined && { replyTo }) };
    const tell = (): void => events.emit({ type: "own", key: "scheduled", from: "here" });
    if (chat === undefined || chat.state === "closed") {
      const draft = new Draft();
      scheduledShelf.remove(draft, row.id);
      draft.after(tell);
      return draft.commit(store);
    }
    const keep = (draft: Draft): void => {
      scheduledShelf.remove(draft, row.id);
      draft.after(tell);
    };
    await writing.send(chat, message, { keep });
    kick(row.conversation);
  }
}
