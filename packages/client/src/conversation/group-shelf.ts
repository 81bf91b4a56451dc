/*
 * MLS groups of conversations: loaded from their records when needed, the most recently used kept in memory.
 *
 * A group value is used up by the step that advances it. Whoever took a step and could not write it must `forget` the group,
 * so that the next step starts from what is on disk.
 */
import type { DeviceKeys, GroupRecords, Mls, MlsGroup, Pending, RecordWrite } from "@chapar/e2e";
import { idText, type ConversationId } from "@chapar/wire";
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import type { Draft } from "../store/shelf.ts";
import type { Store } from "../store/port.ts";

/** Groups kept in memory. */
const KEPT = 64;

/** What groups are kept with. */
interface OfGroups {
  readonly store: Store;
  readonly mls: Mls;
  /** those in memory, by conversation; whoever empties it has them loaded again */
  readonly keptGroups: Map<string, MlsGroup>;
}

/** The groups of this device. */
export class GroupShelf {
  readonly #store: Store;
  readonly #mls: Mls;
  readonly #device: DeviceKeys;
  readonly #kept: Map<string, MlsGroup>;

  constructor({ store, mls, keptGroups }: OfGroups, device: DeviceKeys) {
    this.#store = store;
    this.#mls = mls;
    this.#device = device;
    this.#kept = keptGroups;
    this.#kept.clear();
  }

  async #records(id: ConversationId): Promise<GroupRecords> {
    const rows = await this.#store.range("group", { prefix: id });
    const decoder = new TextDecoder("utf-8", { fatal: true });
    return new Map(rows.map(({ key, value }) => [decoder.decode(key.subarray(id.byteLength)), value]));
  }

  /** The group at the epoch and ratchets on disk; undefined before there is one. */
  async load(id: ConversationId): Promise<MlsGroup | undefined> {
    const name = idText(id);
    const kept = this.#kept.get(name);
    if (kept !== undefined) {
      this.#keep(name, kept);
      return kept;
    }
    const records = await this.#records(id);
    if (records.size === 0) return undefined;
    const group = await this.#mls.load(this.#device, records);
    this.#keep(name, group);
    return group;
  }

  /** Our commit that no station has accepted yet. */
  async pending(id: ConversationId): Promise<Pending | undefined> {
    const records = await this.#records(id);
    return records.size === 0 ? undefined : this.#mls.loadPending(this.#device, records);
  }

  /** Puts a step's writes into the draft; the group takes its place once they are on disk. */
  advance(draft: Draft, id: ConversationId, group: MlsGroup, writes: readonly RecordWrite[]): void {
    for (const { key, value } of writes) {
      const at = concatBytes(id, utf8(key));
      if (value === undefined) draft.remove("group", at);
      else draft.put("group", at, value);
    }
    draft.after(() => this.#keep(idText(id), group));
  }

  /** Drops what is in memory; the next `load` reads the disk. */
  forget(id: ConversationId): void {
    this.#kept.delete(idText(id));
  }

  #keep(name: string, group: MlsGroup): void {
    this.#kept.delete(name);
    this.#kept.set(name, group);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
  }
}
