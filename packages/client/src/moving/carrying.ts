/*
 * Rooms of somebody who came back by the recovery words while the hub is gone (M-44): they have no leaf to continue them with, so another
 * member does, at the own home.
 */
import type { MlsGroup } from "@chapar/e2e";
import { deviceId, type IdentityState, liveDevice, type StationKey } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { hasLivedAt } from "./continuation.ts";

/** A person of a group. */
interface Person {
  readonly state: IdentityState;
  /** one of their leaves is a live device */
  readonly isAble: boolean;
}

/** People of a group whose chains are known, in the order of their leaves. */
async function peopleOf(member: Member, group: MlsGroup): Promise<readonly Person[]> {
  const people: Person[] = [];
  for (const { credential } of group.members()) {
    const state = await member.contacts.newest(credential.identity);
    if (state === undefined) continue;
    const isLive = liveDevice(state, deviceId(credential.device.slice())) !== undefined;
    const at = people.findIndex((one) => equalBytes(one.state.identity, state.identity));
    if (at < 0) people.push({ state, isAble: isLive });
    else if (isLive) people[at] = { state, isAble: true };
  }
  return people;
}

function hasLeft({ state }: Person, hub: StationKey): boolean {
  return hasLivedAt(state, hub) && !equalBytes(state.home.station.key, hub);
}

/** Whether somebody left a hub and has no leaf to continue the room with. */
export async function isLeafless(member: Member, group: MlsGroup, hub: StationKey): Promise<boolean> {
  return (await peopleOf(member, group)).some((one) => hasLeft(one, hub) && !one.isAble);
}

/**
 * Who may carry a room, in the order in which they do.
 *
 * @returns nobody, when nobody has to, or when somebody who left the hub continues it
 */
export async function carriersOf(member: Member, group: MlsGroup, hub: StationKey): Promise<readonly IdentityState[]> {
  const people = await peopleOf(member, group);
  const leavers = people.filter((one) => hasLeft(one, hub));
  if (leavers.length === 0 || leavers.some(({ isAble }) => isAble)) return [];
  const isElsewhere = ({ state }: Person): boolean => !equalBytes(state.home.station.key, hub);
  return people.filter((one) => one.isAble && isElsewhere(one)).map(({ state }) => state);
}
