/* Taking the key packages of somebody who is to be added: one of each of their devices, with what welcoming them needs. */
import type { SuiteName } from "@chapar/e2e";
import { inboxOf, takeGuests } from "../jobs/guests.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { Draft } from "../store/shelf.ts";
import type { Watch } from "../trust/watch.ts";
import type { TakenPackage, WantedPerson } from "./wish-row.ts";

const NOTHING = new Uint8Array(0);

/** @throws as `takeGuests` */
export async function takePackages(
  member: Member,
  link: StationLink,
  person: WantedPerson & { readonly suite: SuiteName },
  whole: Watch["whole"],
): Promise<readonly TakenPackage[]> {
  const { contacts, store } = member;
  const { state, guests } = await takeGuests(member, link, person, whole);
  const draft = new Draft();
  contacts.put(draft, state);
  await draft.commit(store);
  return guests.map(({ keys, facts }) => ({
    identity: person.identity,
    inbox: inboxOf(member, state, keys.device),
    station: state.home.station,
    ref: facts.ref,
    bytes: keys.package,
    device: NOTHING,
  }));
}
