/* How far a log that its station put back from a copy (protocol/16-operations.md O-30) is the one that was read: verified anew from its beginning. */
import { type HeldHead, startHeldHead } from "@chapar/log";
import { isWireError } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { concatKey } from "../store/keys.ts";
import { checkPage, type MissingEntry } from "../sync/check-page.ts";
import { consistency } from "../sync/room-pages.ts";
import { holeShelf, leafShelf } from "./kept-rows.ts";
import { Manifests } from "./manifests.ts";
import { Readers } from "./readers.ts";

const READ_BYTES = 512 * 1024;

/** A log as it is shown now, and as it was read. */
export interface Compared {
  readonly room: RoomRow;
  /** the head that is shown now, unchecked */
  readonly shown: Uint8Array;
  readonly before: HeldHead;
  /** what stands before it was let go of, and is older than any copy that is put back */
  readonly keptFrom: number;
  /** hears each entry that both have, in their order */
  readonly hear?: (entry: Uint8Array) => void;
}

/** Compares logs with what was read of them. */
export class Agreeing {
  readonly #member: Member;
  readonly #manifests: Manifests;

  constructor(member: Member) {
    this.#member = member;
    this.#manifests = new Manifests(member, new Readers(member));
  }

  /** The log verified as far as its entries are those that were read before; undefined when it does not verify, or nothing is the same. */
  async upTo(link: StationLink, of: Compared): Promise<HeldHead | undefined> {
    const { hasher, verify, clock } = this.#member;
    const { room, hear } = of;
    let held = startHeldHead(room.hub.key, room.log, hasher);
    for (;;) {
      const first = held.range.size;
      const { entries, head } = await this.#read(link, first, of);
      const known = await this.#known(first, entries, of);
      if (known === 0) return first === 0 ? undefined : held;
      const page = { first, entries: entries.slice(0, known), head };
      const checked = await checkPage(held, page, {
        hasher,
        verify,
        nowMs: clock.nowMs(),
        consistency: (from, to) => consistency(link, room, from, to),
      });
      if (!checked.ok) return undefined;
      held = checked.held;
      for (const entry of page.entries) if (entry instanceof Uint8Array) hear?.(entry);
      if (known < entries.length) return held;
    }
  }

  /** Entries from an index on; of bodies that are gone what the station signs of them (E-17). */
  async #read(
    link: StationLink,
    from: number,
    { room: { log }, shown, before }: Compared,
  ): Promise<{ readonly entries: readonly (Uint8Array | MissingEntry)[]; readonly head: Uint8Array }> {
    try {
      const page = await link.ask({ type: "log.read", log, from, maxBytes: READ_BYTES }, "log.entries");
      return { entries: page.entries.map((one) => one.slice()), head: page.head.slice() };
    } catch (error) {
      if (!isWireError(error, "station/pruned")) throw error;
      const range = { log, first: from, count: error.detail ?? 1, statements: before.heads };
      return { entries: (await this.#manifests.explain(link, range))?.entries ?? [], head: shown };
    }
  }

  /** How many of these entries were read before, at the same places. */
  async #known(
    first: number,
    entries: readonly (Uint8Array | MissingEntry)[],
    { room: { log }, before, keptFrom }: Compared,
  ): Promise<number> {
    const { store, hasher } = this.#member;
    for (const [at, entry] of entries.entries()) {
      const index = first + at;
      if (index >= before.range.size) return at;
      if (index < keptFrom || !(entry instanceof Uint8Array)) continue;
      const leafHash = hasher.leaf(entry);
      const leaf = await leafShelf.get(store, leafHash);
      const hole = await holeShelf.get(store, concatKey(log, index));
      const isRead = leaf?.index === index && equalBytes(leaf.log, log);
      if (!isRead && !(hole !== undefined && equalBytes(hole.leafHash, leafHash))) return at;
    }
    return entries.length;
  }
}
