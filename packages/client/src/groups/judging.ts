/*
 * What each role may do (F-62, F-63), judged by every client on every commit from nothing but the group's state before and after it, so that
 * all come to one answer. A station has no say in it: it cannot read what it orders.
 */
import type { DeviceCredential } from "@chapar/e2e";
import { equalBytes } from "@chapar/wire/bytes";
import { decodeRoom, describedConversation, encodeRoom, type RoomDescriptor } from "../conversation/room-descriptor.ts";
import { distinct, Ids } from "./identities.ts";
import { type GroupState, includes, type LinkState, roleOf } from "./group-state.ts";
import { decodeWeekId } from "./week-id.ts";

/** What a commit does. */
export interface Deed {
  readonly by: DeviceCredential;
  /** context bytes, as they are and as the commit makes them */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** leaves, as they are */
  readonly members: readonly DeviceCredential[];
  readonly added: readonly DeviceCredential[];
  readonly removed: readonly DeviceCredential[];
  /** the name of the key that it mixes in (F-117) */
  readonly psk?: Uint8Array | undefined;
  /** whether the chain of its person, as the room has it, revoked a device; by default none is */
  readonly isRevoked?: (device: DeviceCredential) => boolean;
}

/** Why a deed is not lawful; for the log of codes. */
export type Unlawful =
  | "bad-state"
  | "moved"
  | "may-not-add"
  | "not-theirs"
  | "may-not-remove"
  | "may-not-appoint"
  | "may-not-change"
  | "role-without-leaf"
  | "bad-use"
  | "barred"
  | "bad-key";

/** Whether a commit in a group may stand. @returns undefined when it may */
export function judge(deed: Deed): Unlawful | undefined {
  const [before, after] = [decodeRoom(deed.before), decodeRoom(deed.after)];
  if (!before.ok || !after.ok || before.value.group === undefined || after.value.group === undefined)
    return "bad-state";
  if (!isSameRoom(before.value, after.value)) return "moved";
  if (deed.psk !== undefined && !isWeekly(deed.psk, deed.by.identity, before.value)) return "bad-key";
  return judgeStates(deed, before.value.group, after.value.group);
}

/** Whether a key is one that whoever leads brings this group. */
function isWeekly(psk: Uint8Array, by: Uint8Array, room: RoomDescriptor): boolean {
  const conversation = describedConversation(room);
  const isOfRoom = conversation !== undefined && equalBytes(decodeWeekId(psk)?.conversation ?? psk, conversation);
  return isOfRoom && room.group !== undefined && roleOf(room.group, by) !== "member";
}

function isSameRoom(before: RoomDescriptor, after: RoomDescriptor): boolean {
  const place = (room: RoomDescriptor): Uint8Array => encodeRoom({ ...room, ops: [], group: undefined });
  return equalBytes(place(before), place(after));
}

function judgeStates(deed: Deed, before: GroupState, after: GroupState): Unlawful | undefined {
  const by = deed.by.identity;
  const role = roleOf(before, by);
  const leads = role !== "member";
  const gone = peopleGone(deed);
  const here = new Ids(deed.added.length === 0 ? [] : deed.members.map(({ identity }) => identity));
  for (const { identity } of deed.added) {
    const isOwn = equalBytes(identity, by);
    if (isOwn) continue;
    if (here.has(identity)) {
      if (!isReplaced(deed, identity)) return "not-theirs";
      continue;
    }
    if (!leads && !before.membersAdd) return "may-not-add";
    if (!leads && includes(before.barred, identity)) return "barred";
  }
  for (const credential of deed.removed) {
    const { identity } = credential;
    if (equalBytes(identity, by) || isSpent(deed, credential, gone)) continue;
    const theirs = roleOf(before, identity);
    if (role !== "owner" && !(role === "admin" && theirs === "member")) return "may-not-remove";
  }
  const appointed = judgeRoles(deed, before, after, gone);
  if (appointed !== undefined) return appointed;
  if (!leads && !isSameRest(before, after)) return "may-not-change";
  const come = peopleCome(deed);
  if (come.some((one) => includes(after.barred, one))) return "barred";
  if (!areUsesCounted(before, after, come.length)) return "bad-use";
  return hasLeaves(deed, after) ? undefined : "role-without-leaf";
}

/**
 * Whether somebody else's devices come in the place of leaves that are of no use any more (F-101): each added one in the place of its own
 * leaf, or all of a person whose every other leaf goes, revoked.
 */
function isReplaced(deed: Deed, identity: Uint8Array): boolean {
  const theirs = (list: readonly DeviceCredential[]): readonly DeviceCredential[] =>
    list.filter((one) => equalBytes(one.identity, identity));
  const [added, removed] = [theirs(deed.added), theirs(deed.removed)];
  const isAnew = ({ device }: DeviceCredential): boolean => hasDevice(added, device);
  if (added.every(({ device }) => hasDevice(removed, device))) return true;
  const areSpent = removed.every((one) => isAnew(one) || deed.isRevoked?.(one) === true);
  return areSpent && removed.length === theirs(deed.members).length;
}

/** Whether a leaf may be taken out by anybody: its device was revoked, or comes in anew, and its person stays. */
function isSpent(deed: Deed, credential: DeviceCredential, gone: readonly Uint8Array[]): boolean {
  if (includes(gone, credential.identity)) return false;
  return deed.isRevoked?.(credential) === true || hasDevice(deed.added, credential.device);
}

function hasDevice(list: readonly DeviceCredential[], device: Uint8Array): boolean {
  return list.some((one) => equalBytes(one.device, device));
}

/** Owners are made and unmade by owners; admins by owners, and everyone may step down. */
function judgeRoles(
  { by }: Deed,
  before: GroupState,
  after: GroupState,
  gone: readonly Uint8Array[],
): Unlawful | undefined {
  if (roleOf(before, by.identity) === "owner") return undefined;
  const without = (list: readonly Uint8Array[]): readonly Uint8Array[] =>
    list.filter((one) => !equalBytes(one, by.identity) && !includes(gone, one));
  if (!isSameList(without(before.owners), without(after.owners))) return "may-not-appoint";
  if (!isSameList(without(before.admins), without(after.admins))) return "may-not-appoint";
  const isRaised = roleOf(before, by.identity) === "member" && roleOf(after, by.identity) !== "member";
  const isOwnerNow = roleOf(after, by.identity) === "owner";
  return isRaised || isOwnerNow ? "may-not-appoint" : undefined;
}

function isSameList(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((one) => includes(b, one));
}

function isSameRest(before: GroupState, after: GroupState): boolean {
  return (
    before.title === after.title &&
    before.membersAdd === after.membersAdd &&
    isSameList(before.barred, after.barred) &&
    before.links.length === after.links.length &&
    before.links.every((link, at) => isSameLink(link, after.links[at]))
  );
}

function isSameLink(a: LinkState, b: LinkState | undefined): boolean {
  return (
    b !== undefined &&
    equalBytes(a.key, b.key) &&
    equalBytes(a.by, b.by) &&
    a.expiresMs === b.expiresMs &&
    a.limit === b.limit &&
    a.used === b.used &&
    a.approval === b.approval
  );
}

/** Leaves after the deed. */
export function leavesAfter({ members, added, removed }: Deed): readonly DeviceCredential[] {
  const gone = new Ids(removed.map(({ device }) => device));
  const stay = removed.length === 0 ? members : members.filter(({ device }) => !gone.has(device));
  return [...stay, ...added];
}

/** People who have no leaf any more. */
export function peopleGone(deed: Deed): readonly Uint8Array[] {
  if (deed.removed.length === 0) return [];
  const after = new Ids(leavesAfter(deed).map(({ identity }) => identity));
  return distinct(deed.removed.map(({ identity }) => identity)).filter((one) => !after.has(one));
}

/** People who had no leaf before. */
export function peopleCome({ members, added }: Deed): readonly Uint8Array[] {
  if (added.length === 0) return [];
  const before = new Ids(members.map(({ identity }) => identity));
  return distinct(added.map(({ identity }) => identity)).filter((one) => !before.has(one));
}

function hasLeaves(deed: Deed, { owners, admins }: GroupState): boolean {
  const people = new Ids(leavesAfter(deed).map(({ identity }) => identity));
  return [...owners, ...admins].every((one) => people.has(one));
}

/** How many uses of a link a commit counts. */
export function usesCounted(before: GroupState, after: GroupState): number {
  return after.links.reduce((sum, link) => sum + link.used - (sameKey(before.links, link)?.used ?? 0), 0);
}

function sameKey(links: readonly LinkState[], { key }: LinkState): LinkState | undefined {
  return links.find((one) => equalBytes(one.key, key));
}

/** A link keeps its terms, counts nobody who does not come, and nobody beyond its limit (F-75). */
function areUsesCounted(before: GroupState, after: GroupState, come: number): boolean {
  const areSame = after.links.every((link) => {
    const was = sameKey(before.links, link);
    if (was === undefined) return link.used === 0;
    const isWithin = link.used === was.used || link.limit === 0 || link.used <= link.limit;
    return link.used >= was.used && isWithin && isSameLink({ ...was, used: link.used }, link);
  });
  return areSame && usesCounted(before, after) <= come;
}
