/* Who is in a group, and what each may do: what its state and its tree say, kept where the chat list finds it without them. */
import type { IdentityId } from "@chapar/wire";
import { fields, id, list, oneOf, row } from "../store/record.ts";
import { shelf, type Shelf } from "../store/shelf.ts";

/** What a person may do in a group (F-62). */
export type Role = "owner" | "admin" | "member";

/** A person of a group. */
export interface PersonRole {
  readonly identity: IdentityId;
  readonly role: Role;
}

/** Everyone in a group, the own person too. */
export interface RosterRow {
  readonly people: readonly PersonRole[];
  /** those who have left and are still in the tree (F-66) */
  readonly leaving: readonly IdentityId[];
}

/** `roster`: by conversation id. */
export const rosterShelf: Shelf<RosterRow> = shelf(
  "roster",
  row<RosterRow>(
    1,
    fields<RosterRow>({
      people: list(fields<PersonRole>({ identity: id(), role: oneOf(["owner", "admin", "member"]) })),
      leaving: list(id()),
    }),
  ),
);
