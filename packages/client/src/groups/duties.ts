/* What a client that may does for a group unasked: whoever has left is taken out of the tree (F-66). */
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { Draft } from "../store/shelf.ts";
import type { PersonRole } from "./roster-row.ts";
import { newWish, queueWish, wishShelf } from "./wish-row.ts";

/** Queues what is to be done and is not queued. Whoever else may does the same; the first commit leaves the others nothing to do. */
export async function queueDuties(member: Member, was: ConversationRow): Promise<void> {
  const { book, store, profile } = member;
  const roster = book.roster(was.id);
  const own = roster?.people.find(({ identity }) => equalBytes(identity, profile.row.identity));
  if (roster === undefined || roster.leaving.length === 0 || own === undefined) return;
  const mayTakeOut = ({ identity, role }: PersonRole): boolean =>
    roster.leaving.some((one) => equalBytes(one, identity)) &&
    !equalBytes(identity, own.identity) &&
    (own.role === "owner" || (own.role === "admin" && role === "member"));
  const leaving = roster.people.filter(mayTakeOut);
  if (leaving.length === 0) return;
  await book.lane(was.id).run(async () => {
    const queued = await wishShelf.range(store, { prefix: was.id });
    const isQueued = (identity: Uint8Array): boolean =>
      queued.some(
        ({ value }) => value.wanted === "remove" && value.people.some((one) => equalBytes(one.identity, identity)),
      );
    const people = leaving.filter(({ identity }) => !isQueued(identity));
    if (people.length === 0) return;
    const draft = new Draft();
    const { station } = profile.row.home;
    const wish = newWish("remove", { people: people.map(({ identity }) => ({ identity, station })) });
    await queueWish(store, draft, was.id, wish);
    await draft.commit(store);
  });
}
