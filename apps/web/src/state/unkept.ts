/*
 * What a person has written and the engine has not put on the disk yet. It stands in its place at once and says that it is being kept, never that it
 * waits for a route: that is said of what the device has (docs/screens.md). Until then its text is the draft on the disk (drafts.ts).
 */
import type { Me, MessageView } from "./client-types.ts";

/** A row of a conversation. */
export interface ThreadMessage extends MessageView {
  /** not on this device's disk yet: it has no id, and nothing can be done with it */
  readonly unkept?: true;
}

interface Entry {
  readonly view: ThreadMessage;
  /** its id, from when it is kept */
  id: string | undefined;
}

/** One message on its way to the disk. */
export interface Keeping {
  /** It is on the disk under this id; the row stays until the one from the disk is read. */
  kept(id: string): void;
  /** It is not shown from here any more. */
  over(): void;
}

/** Messages on their way to the disk, in the order in which they were written. */
export class Unkept {
  #entries: Entry[] = [];
  /** names of rows by ids of messages that stood here before */
  readonly #rows = new Map<string, string>();
  /** what was read last */
  #known = new Set<string>();
  #written = 0;

  get size(): number {
    return this.#entries.length;
  }

  add(conversation: string, text: string, mine: Me | undefined): Keeping {
    const view: ThreadMessage = {
      id: `unkept ${(this.#written += 1)}`,
      conversation,
      position: 0,
      sender: mine?.identity ?? "",
      senderName: mine?.name ?? "",
      mine: true,
      text,
      attachments: [],
      writtenAtMs: Date.now(),
      arrivedAtMs: Date.now(),
      state: "queued",
      refusal: undefined,
      unkept: true,
    };
    const entry: Entry = { view, id: undefined };
    this.#entries.push(entry);
    return {
      kept: (id) => void (entry.id = id),
      over: () => void (this.#entries = this.#entries.filter((other) => other !== entry)),
    };
  }

  /** Rows of the disk were read: what is among them stands here no more. The engine keeps what is written in order. */
  found(rows: readonly MessageView[]): void {
    for (const entry of this.#entries.slice()) {
      const { view } = entry;
      const row = rows.find(({ id, mine, text }) =>
        entry.id === undefined
          ? mine && text === view.text && !this.#known.has(id) && !this.#rows.has(id)
          : id === entry.id,
      );
      if (row === undefined) continue;
      this.#rows.set(row.id, view.id);
      this.#entries = this.#entries.filter((other) => other !== entry);
    }
    this.#known = new Set(rows.map(({ id }) => id));
  }

  at(index: number, position: number): ThreadMessage | undefined {
    const entry = this.#entries[index];
    return entry && { ...entry.view, position };
  }

  rowOf(id: string): string {
    return this.#rows.get(id) ?? id;
  }
}
