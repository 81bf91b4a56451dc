/* Who is in a group, and what each may do: what its state and its tree say, kept where the chat list finds it without them. */
import type { IdentityId } from "@chapar/wire";
import { count, fields, id, list, oneOf, optional, row } from "../store/record.ts";
import { shelf, type Shelf } from "../store/shelf.ts";
import type { WeekState } from "./week-rows.ts";

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
  /** undefined: nothing is known of its weekly keys */
  readonly week?: WeekState | undefined;
}

const peopleFields = fields<Omit<RosterRow, "week">>({
  people: list(fields<PersonRole>({ identity: id(), role: oneOf(["owner", "admin", "member"]) })),
  leaving: list(id()),
});
const weekField = optional(fields<WeekState>({ drawn: count, atMs: count, gone: count }));

/** `roster`: by conversation id. */
export const rosterShelf: Shelf<RosterRow> = shelf(
  "roster",
  row<RosterRow>(
    2,
    {
      write: (to, roster) => {
        peopleFields.write(to, roster);
        weekField.write(to, roster.week);
      },
      read: (from) => ({ ...peopleFields.read(from), week: weekField.read(from) }),
    },
    { version: 1, read: (from) => peopleFields.read(from) },
  ),
);
