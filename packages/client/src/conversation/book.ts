/*
 * The conversations of a profile. Their rows are small and all in memory, so that the chat list, the routing of pushes and
 * the finding of a person's conversation read no disk; changes go through a draft and take effect once it is written.
 */
import { idText, type ConversationId, type IdentityId, type LogId } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { noPreviousLetter } from "@chapar/wire/content";
import { Lane } from "../lane.ts";
import type { Store } from "../store/port.ts";
import type { Draft } from "../store/shelf.ts";
import type { Events } from "../events.ts";
import { type RosterRow, rosterShelf } from "../groups/roster-row.ts";
import { conversationShelf, type ConversationRow } from "./rows.ts";

/** Every conversation, by id, by person and by log. */
export class ConversationBook {
  readonly #events: Events;
  readonly #own: IdentityId;
  readonly #rows = new Map<string, ConversationRow>();
  readonly #rosters = new Map<string, RosterRow>();
  readonly #ofPeer = new Map<string, string>();
  readonly #ofLog = new Map<string, string>();
  readonly #lanes = new Map<string, Lane>();

  private constructor(events: Events, own: IdentityId) {
    this.#events = events;
    this.#own = own;
  }

  /** Reads all rows. Cost: O(conversations and people of groups). @param own  the identity of this device's person */
  static async load(store: Store, events: Events, own: IdentityId): Promise<ConversationBook> {
    const book = new ConversationBook(events, own);
    for (const { value } of await conversationShelf.range(store, {})) book.#hold(value);
    for (const { key, value } of await rosterShelf.range(store, {})) book.#rosters.set(idText(key), value);
    return book;
  }

  get(id: Uint8Array): ConversationRow | undefined {
    return this.#rows.get(idText(id));
  }

  all(): readonly ConversationRow[] {
    return [...this.#rows.values()];
  }

  /** The conversation of two with a person, when there is one. */
  withPeer(peer: Uint8Array): ConversationRow | undefined {
    return this.#rows.get(this.#ofPeer.get(idText(peer)) ?? "");
  }

  /** The people of a group and their roles; undefined of a conversation of two. */
  roster(id: Uint8Array): RosterRow | undefined {
    return this.#rosters.get(idText(id));
  }

  /** Everyone in a conversation but the person of this device. */
  others(row: ConversationRow): readonly IdentityId[] {
    if (row.kind === "direct") return [row.peer];
    const people = this.roster(row.id)?.people ?? [];
    return people.filter(({ identity }) => !equalBytes(identity, this.#own)).map(({ identity }) => identity);
  }

  /** Every conversation that a person is in, that of two first. Cost: O(people of groups). */
  with(identity: Uint8Array): readonly ConversationRow[] {
    const direct = this.withPeer(identity);
    const groups = this.all().filter(
      (row) => row.kind !== "direct" && this.others(row).some((one) => equalBytes(one, identity)),
    );
    return direct === undefined ? groups : [direct, ...groups];
  }

  /** Puts who is in a group into a draft. */
  putRoster(draft: Draft, id: ConversationId, roster: RosterRow): void {
    rosterShelf.put(draft, id, roster);
    draft.after(() => this.#rosters.set(idText(id), roster));
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
    if (row.kind === "direct" && !this.#ofPeer.has(idText(row.peer))) this.#ofPeer.set(idText(row.peer), name);
    if (row.room !== undefined) this.#ofLog.set(idText(row.room.log), name);
  }
}

/** A conversation as it begins. */
export function newConversation(
  id: ConversationId,
  first: Pick<ConversationRow, "peer" | "peerName" | "peerHome" | "state" | "atMs" | "room" | "joinedEpoch" | "renew"> &
    Partial<Pick<ConversationRow, "kind" | "title" | "renewLater" | "begun">>,
): ConversationRow {
  return {
    kind: "direct",
    title: "",
    renewLater: false,
    leaving: false,
    begun: true,
    ...first,
    id,
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
    refused: new Uint8Array(0),
    shutOut: false,
    returns: 0,
  };
}
