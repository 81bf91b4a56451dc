/* People's marks in memory: whether somebody was compared, and whether sending to them waits. */
import { idText } from "@chapar/wire";
import { Lane } from "../lane.ts";
import type { Store } from "../store/port.ts";
import { Draft } from "../store/shelf.ts";
import { NEW_PERSON, type PersonRow, personShelf } from "./person-row.ts";

/** Everyone of whom something is kept. */
export class PersonBook {
  readonly #store: Store;
  readonly #rows = new Map<string, PersonRow>();
  /** one after another for each person: what is written of many at once reaches the disk together */
  readonly #lanes = new Map<string, Lane>();

  private constructor(store: Store) {
    this.#store = store;
  }

  /** Reads all rows. Cost: O(people compared or changed). */
  static async load(store: Store): Promise<PersonBook> {
    const book = new PersonBook(store);
    for (const { key, value } of await personShelf.range(store, {})) book.#rows.set(idText(key), value);
    return book;
  }

  get(identity: Uint8Array): PersonRow {
    return this.#rows.get(idText(identity)) ?? NEW_PERSON;
  }

  /** Changes what is kept of a person, and writes it. */
  async change(identity: Uint8Array, change: (row: PersonRow) => PersonRow): Promise<void> {
    const name = idText(identity);
    const lane = this.#lanes.get(name) ?? new Lane();
    this.#lanes.set(name, lane);
    await lane.run(async () => {
      const draft = new Draft();
      this.put(draft, identity, change(this.get(identity)));
      await draft.commit(this.#store);
    });
    if (!lane.busy) this.#lanes.delete(name);
  }

  /** As `change`, within a transaction of the caller's. */
  put(draft: Draft, identity: Uint8Array, row: PersonRow): void {
    personShelf.put(draft, identity, row);
    draft.after(() => this.#rows.set(idText(identity), row));
  }
}
