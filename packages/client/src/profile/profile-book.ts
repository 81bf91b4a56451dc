/* The profile's row in memory; changes go through a draft and take effect once they are written. */
import { utf8 } from "@chapar/wire/bytes";
import type { Store } from "../store/port.ts";
import type { Draft } from "../store/shelf.ts";
import { profileRow, type ProfileRow } from "./profile-row.ts";

const KEY = utf8("profile");

/** Puts the profile's row into a draft. */
export function putProfile(draft: Draft, row: ProfileRow): void {
  draft.put("meta", KEY, profileRow.encode(row));
}

/** The profile of this device, when it has an identity. */
export async function loadProfile(store: Store): Promise<ProfileRow | undefined> {
  const bytes = await store.get("meta", KEY);
  return bytes === undefined ? undefined : profileRow.decode(bytes);
}

/** The row of a profile that has an identity. */
export class ProfileBook {
  #row: ProfileRow;
  /** as drafts that are not written yet leave it */
  readonly #coming = new WeakMap<Draft, ProfileRow>();

  constructor(row: ProfileRow) {
    this.#row = row;
  }

  get row(): ProfileRow {
    return this.#row;
  }

  /** The row as it is once a draft is written. */
  rowIn(draft: Draft): ProfileRow {
    return this.#coming.get(draft) ?? this.#row;
  }

  /** Changes some fields; the row in memory follows once the draft is written. */
  change(draft: Draft, changes: Partial<ProfileRow>): void {
    const next = { ...this.rowIn(draft), ...changes };
    this.#coming.set(draft, next);
    putProfile(draft, next);
    draft.after(() => {
      this.#row = { ...this.#row, ...changes };
    });
  }
}
