/* Taking the keys of somebody who is to be brought into a room: a key package of each of their devices, checked (F-3). */
import { type KeyPackageFacts, SUITE_NUMBERS, type SuiteName } from "@chapar/e2e";
import {
  encodeEntry,
  type IdentityId,
  type IdentityState,
  inboxGenesis,
  liveDevice,
  type LogId,
  logIdOf,
  type StationRef,
  type TakenKeys,
} from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import { elsewhere } from "../trust/judging.ts";
import type { Watch } from "../trust/watch.ts";

/** A device that can be brought in. */
export interface Guest {
  readonly keys: TakenKeys;
  readonly facts: KeyPackageFacts;
}

/**
 * Somebody's chain, signed for as a whole, and their devices.
 *
 * @param whole  the chain that came with the keys, as their station's log has it
 * @throws ClientError as `ContactBook.check`, and `client/wrong-key-package`; what the stations refused with
 */
export async function takeGuests(
  member: Member,
  link: StationLink,
  asked: { readonly identity: IdentityId; readonly station: StationRef; readonly suite: SuiteName },
  whole: Watch["whole"],
): Promise<{ readonly state: IdentityState; readonly guests: readonly Guest[] }> {
  const { contacts, directs } = member;
  const { identity, station, suite } = asked;
  const request = { type: "keys.take", identity, suite: SUITE_NUMBERS[suite] } as const;
  let taken = await link.ask({ ...request, at: elsewhere(link, station) }, "keys.taken");
  const ops = await whole(link, identity, station, taken.ops);
  // Keys that came with an older chain may be of devices that are none any more: their station is asked for them itself.
  if (taken.ops.length < ops.length) {
    const again = { ...request, at: undefined };
    taken = (await directs.over(station, (path) => path.ask(again, "keys.taken"))) ?? taken;
  }
  // What came with the keys is of the same chain, though the word may be newer.
  await contacts.check(taken.ops, identity);
  const state = await contacts.check(ops, identity);
  return { state, guests: await checkGuests(member, state, suite, taken.devices) };
}

/** The key packages that are what they were given for (F-3, G-65). @throws ClientError `client/wrong-key-package` */
async function checkGuests(
  { mls }: Member,
  state: IdentityState,
  suite: SuiteName,
  devices: readonly TakenKeys[],
): Promise<readonly Guest[]> {
  const guests: Guest[] = [];
  for (const keys of devices) {
    if (liveDevice(state, keys.device) === undefined) throw new ClientError("client/wrong-key-package");
    const facts = await mls.inspect(keys.package);
    const { identity, device } = facts.credential;
    const isTheirs = equalBytes(identity, state.identity) && equalBytes(device, keys.device);
    const fits = isTheirs && facts.suite === suite;
    if (!fits) throw new ClientError("client/wrong-key-package");
    guests.push({ keys, facts });
  }
  if (guests.length === 0) throw new ClientError("client/wrong-key-package");
  return guests;
}

/** The inbox of a device. @throws ClientError `client/wrong-key-package` it is none of the person's */
export function inboxOf({ sha256 }: Member, state: IdentityState, device: Uint8Array): LogId {
  const live = liveDevice(state, device);
  if (live === undefined) throw new ClientError("client/wrong-key-package");
  return logIdOf(sha256, state.home.station.key, encodeEntry(inboxGenesis(live, sha256)));
}
