/*
 * What an introduction says (F-64), within the step that reads it: people whom the next commit brings in are believed as their chains prove
 * themselves; of those who are here what changed is told in lines, as from a letter of theirs; and one's own chain, whose devices it lists.
 */
import { liveDevice } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Placer } from "../conversation/placer.ts";
import type { Member } from "../core.ts";
import { putOwnOps } from "../devices/own-chain.ts";
import { isClientError } from "../errors.ts";
import { hearChain } from "../safety/told-chain.ts";
import type { Draft } from "../store/shelf.ts";
import { learnPeople, type ToldPerson } from "./people-bundle.ts";

/** Takes people as a member introduces them. */
export async function takeIntroduction(
  member: Member,
  draft: Draft,
  placer: Placer,
  people: readonly ToldPerson[],
): Promise<void> {
  const { contacts, book, profile } = member;
  const here = book.roster(placer.row.id)?.people ?? [];
  for (const person of people) {
    const identity = contacts.identityOf(person.ops);
    if (identity === undefined) continue;
    if (equalBytes(identity, profile.row.identity)) {
      await takeOwn(member, draft, person.ops);
      continue;
    }
    const isHere = here.some((one) => equalBytes(one.identity, identity));
    const held = isHere ? await contacts.newest(identity) : undefined;
    if (held === undefined) await learnPeople(member, draft, [person]);
    else contacts.put(draft, await hearChain(member, draft, placer, held, { ops: person.ops }));
  }
}

/** One's own chain, by which the next commit brings in another own device; one by which this device is none any more is for the home to show (D-32). */
async function takeOwn(member: Member, draft: Draft, ops: readonly Uint8Array[]): Promise<void> {
  const { contacts, profile, device } = member;
  try {
    const state = await contacts.check(ops, profile.row.identity);
    if (liveDevice(state, device.credential.device) !== undefined) await putOwnOps(member, draft, ops);
  } catch (error) {
    if (!isClientError(error)) throw error;
  }
}
