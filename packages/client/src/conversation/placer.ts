/*
 * Giving lines their positions. A position is given once, in the order of the room's log, and is the same on every device
 * that reads the room from the same epoch; own messages that are not in the log yet come after all placed ones.
 */
import { idText } from "@chapar/wire";
import { toBase64Url } from "@chapar/wire/bytes";
import type { Events } from "../events.ts";
import { concatKey } from "../store/keys.ts";
import type { Store } from "../store/port.ts";
import type { Draft } from "../store/shelf.ts";
import {
  type ConversationRow,
  messageShelf,
  type MessageRow,
  type OutboxRow,
  outboxShelf,
  owedShelf,
  whereShelf,
} from "./rows.ts";

/** Places lines of one conversation within one transaction; `row` is the conversation as it will be. */
export class Placer {
  row: ConversationRow;
  readonly #draft: Draft;
  readonly #store: Store;
  readonly #events: Events;
  /** the last line placed in this transaction; the store does not have it yet */
  #last: MessageRow | undefined;

  constructor(row: ConversationRow, draft: Draft, store: Store, events: Events) {
    this.row = row;
    this.#draft = draft;
    this.#store = store;
    this.#events = events;
  }

  #put(position: number, line: MessageRow, change: "added" | "changed"): void {
    const { id } = this.row;
    messageShelf.put(this.#draft, concatKey(id, position), line);
    this.#last = line;
    const told = { conversation: idText(id), message: toBase64Url(line.id), change } as const;
    this.#draft.after(() => this.#events.emit({ type: "message", ...told }));
  }

  #next(line: MessageRow, change: "added" | "changed" = "added"): number {
    const { row } = this;
    const position = row.placed;
    this.#put(position, line, change);
    whereShelf.put(this.#draft, line.id, { conversation: row.id, placed: true, at: position });
    this.row = { ...row, placed: position + 1, atMs: Math.max(row.atMs, line.arrivedAtMs) };
    return position;
  }

  /** A message of someone else, or of another own device. */
  received(line: MessageRow): void {
    const position = this.#next(line);
    if (line.mine) {
      if (this.row.readTo === position) this.row = { ...this.row, readTo: position + 1 };
      return;
    }
    this.row = { ...this.row, unread: this.row.unread + 1 };
  }

  /** A message of somebody who is blocked: it has its place, and raises nothing (N-10). */
  hidden(line: MessageRow): void {
    const { atMs } = this.row;
    this.#next(line);
    this.row = { ...this.row, atMs };
  }

  /** A line that tells of a person; it counts as read. */
  person(line: MessageRow): void {
    const position = this.#next(line);
    if (this.row.readTo === position) this.row = { ...this.row, readTo: position + 1 };
  }

  /** An own message leaves the outbox for its place; without a receipt its entry is kept to ask for one. */
  own(sequence: number, out: OutboxRow, line: MessageRow): void {
    const { id } = this.row;
    outboxShelf.remove(this.#draft, concatKey(id, sequence));
    if (!out.visible) return;
    const position = this.#next(line, "changed");
    // Whatever was read stays read: an own line that falls below the mark moves it.
    if (this.row.readTo === position) this.row = { ...this.row, readTo: position + 1 };
    this.row = { ...this.row, tail: this.row.tail - 1 };
    if (!out.receipted && out.sealed !== undefined) {
      owedShelf.put(this.#draft, concatKey(id, position), { id: out.id, entry: out.sealed.entry });
    }
  }

  /** An own message that the station will never take keeps the place it had reached, and says why. */
  refused(out: OutboxRow, sender: Uint8Array, code: string): void {
    const { id, content, writtenAtMs } = out;
    const line = { id, content, writtenAtMs, arrivedAtMs: writtenAtMs, sender, code, index: 0, entries: 1 };
    this.#next({ kind: "message", mine: true, state: "refused", ...line }, "changed");
    this.row = { ...this.row, tail: this.row.tail - 1 };
  }

  /** A line for one entry whose body is missing: never joined, for what comes back takes its place. @returns its position */
  hole(line: Omit<MessageRow, "kind">): number {
    return this.#next({ kind: "gap", ...line });
  }

  /** What came back takes the place of its gap line; positions stay as they are. */
  restored(position: number, line: MessageRow): void {
    this.#put(position, line, "changed");
    this.#last = undefined;
    const { row } = this;
    if (line.kind !== "message") return;
    whereShelf.put(this.#draft, line.id, { conversation: row.id, placed: true, at: position });
    if (position >= row.readTo && !line.mine) this.row = { ...row, unread: row.unread + 1 };
  }

  /** A line that says that entries could not be read or shown; the next one with the same reason joins it (F-22). */
  async gap(line: Omit<MessageRow, "kind">): Promise<void> {
    const position = this.row.placed - 1;
    const last =
      this.#last ?? (position < 0 ? undefined : await messageShelf.get(this.#store, concatKey(this.row.id, position)));
    if (last?.kind === "gap" && last.code === line.code) {
      this.#put(position, { ...last, entries: last.entries + line.entries }, "changed");
    } else {
      this.#next({ kind: "gap", ...line });
    }
  }
}
