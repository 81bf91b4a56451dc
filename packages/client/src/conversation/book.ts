/*
 * The conversations of a profile. Their rows are small and all in memory, so that the chat list, the routing of pushes and
 * the finding of a person's conversation read no disk; changes go through a draft and take effect once it is written.
 */
import { idText, type ConversationId, type LogId } from "@chapar/wire";
import { noPreviousLetter } from "@chapar/wire/content";
import { Lane } from "../lane.ts";
import type { Store } from "../store/port.ts";
import type { Draft } from "../store/shelf.ts";
import type { Events } from "../events.ts";
import { conversationShelf, type ConversationRow } from "./rows.ts";

/** Every conversation, by id, by person and by log. */
export class ConversationBook {
  readonly #events: Events;
  readonly #rows = new Map<string, ConversationRow>();
  readonly #ofPeer = new Map<string, string>();
  readonly #ofLog = new Map<string, string>();
  readonly #lanes = new Map<string, Lane>();

  private constructor(events: Events) {
    this.#events = events;
  }

  /** Reads all rows. Cost: O(conversations). */
  static async load(store: Store, events: Events): Promise<ConversationBook> {
    const book = new ConversationBook(events);
    for (const { value } of await conversationShelf.range(store, {})) book.#hold(value);
    return book;
  }

  get(id: Uint8Array): ConversationRow | undefined {
    return this.#rows.get(idText(id));
  }

  all(): readonly ConversationRow[] {
    return [...this.#rows.values()];
  }

  /** The conversation with a person, when there is one. */
  withPeer(peer: Uint8Array): ConversationRow | undefined {
    return this.#rows.get(this.#ofPeer.get(idText(peer)) ?? "");
  }

  ofLog(log: LogId): ConversationRow | undefined {
    return this.#rows.get(this.#ofLog.get(idText(log)) ?? "");
  }

  /** Where everything that changes this conversation runs. */
  lane(id: Uint8Array): Lane {
    const name = idText(id);
    let lane = this.#lanes.get(name);
    if (lane === undefined) this.#lanes.set(name, (lane = new Lane()));
    return lane;
  }

  /** Puts the row into a draft; readers see it, and apps are told, once it is on disk. */
  put(draft: Draft, row: ConversationRow): void {
    conversationShelf.put(draft, row.id, row);
    draft.after(() => {
      this.#hold(row);
      this.#events.emit({ type: "conversation", conversation: idText(row.id) });
    });
  }

  #hold(row: ConversationRow): void {
    const name = idText(row.id);
    this.#rows.set(name, row);
    // The first conversation with a person is the one that `open` finds.
    if (!this.#ofPeer.has(idText(row.peer))) this.#ofPeer.set(idText(row.peer), name);
    if (row.room !== undefined) this.#ofLog.set(idText(row.room.log), name);
  }
}

/** A conversation as it begins. */
export function newConversation(
  id: ConversationId,
  first: Pick<ConversationRow, "peer" | "peerName" | "peerHome" | "state" | "atMs" | "room" | "joinedEpoch" | "renew">,
): ConversationRow {
  return {
    id,
    ...first,
    fault: undefined,
    stopped: false,
    placed: 0,
    readTo: 0,
    unread: 0,
    outNext: 0,
    tail: 0,
    ownSequence: 0,
    ownPrevious: noPreviousLetter(),
    chains: [],
    mirrored: false,
    nameTold: 0,
  };
}
