/* What a wish asks of MLS in the group's state as it is now: made anew from it whenever another commit came first. */
import type { Change, MlsGroup, Psk } from "@chapar/e2e";
import type { IdentityId } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { decodeRoom, encodeRoom } from "../conversation/room-descriptor.ts";
import { distinct } from "./identities.ts";
import { type GroupState, includes, type LinkState, MAX_BARRED, MAX_LINKS, roleOf } from "./group-state.ts";
import { Ids } from "./identities.ts";
import { type Deed, judge } from "./judging.ts";
import type { TakenPackage, WishRow } from "./wish-row.ts";

/** A wish as a commit, or why there is none to make. */
export type Planned =
  | { readonly kind: "commit"; readonly change: Change; readonly used: readonly TakenPackage[] }
  /** the group is as it was wanted */
  | { readonly kind: "done" }
  | { readonly kind: "refused"; readonly why: string };

/** The part of a wish that changes the group's state and tree. */
interface Wish {
  readonly state: GroupState;
  readonly remove: readonly number[];
  readonly used: readonly TakenPackage[];
}

/** What a plan rests on beside the group and the wish. */
export interface Circumstances {
  /** people who asked to be taken out: links may let them in again */
  readonly left: readonly Uint8Array[];
  readonly nowMs: number;
  /** of a wish for devices */
  readonly tended?: Tended | undefined;
  /** of a wish for a weekly key: one that is here and brought to everybody who can be reached */
  readonly week?: Psk | undefined;
}

/** How a person's devices stand. */
export interface Tended {
  readonly isRevoked: (device: Uint8Array) => boolean;
  /** key packages of devices that asked to be let in, and were not yet */
  readonly asked: readonly Uint8Array[];
}

/** Plans one wish. */
export function plan(group: MlsGroup, wish: WishRow, own: IdentityId, circumstances: Circumstances): Planned {
  const room = decodeRoom(group.context);
  if (!room.ok || room.value.group === undefined) return { kind: "refused", why: "bad-state" };
  const before = room.value.group;
  const next = changed(group, before, wish, own, circumstances);
  if (typeof next === "string") return next === "done" ? { kind: "done" } : { kind: "refused", why: next };
  const after = encodeRoom({ ...room.value, group: next.state });
  const members = group.members();
  const psk = wish.wanted === "week" ? circumstances.week : undefined;
  const deed: Deed = {
    by: members.find(({ leaf }) => leaf === group.ownLeaf)?.credential ?? { identity: own, device: new Uint8Array(32) },
    before: group.context,
    after,
    members: members.map(({ credential }) => credential),
    added: next.used.map(({ identity, device }, at) => ({
      identity,
      device: device.byteLength > 0 ? device : Uint8Array.of(at),
    })),
    removed: members.filter(({ leaf }) => next.remove.includes(leaf)).map(({ credential }) => credential),
    psk: psk?.id,
    isRevoked: ({ device }) => circumstances.tended?.isRevoked(device) === true,
  };
  const unlawful = judge(deed);
  if (unlawful !== undefined) return { kind: "refused", why: unlawful };
  const context = equalBytes(after, group.context) ? {} : { context: after };
  const change = { add: next.used.map(({ bytes }) => bytes), remove: next.remove, ...context, ...(psk && { psk }) };
  return { kind: "commit", change, used: next.used };
}

/** The group as the wish has it; "done" when it is so already, or why it cannot be. */
function changed(
  group: MlsGroup,
  state: GroupState,
  wish: WishRow,
  own: IdentityId,
  { left, nowMs, tended, week }: Circumstances,
): Wish | string {
  const of = (next: Partial<GroupState>): Wish => ({ state: { ...state, ...next }, remove: [], used: [] });
  switch (wish.wanted) {
    case "add":
      return added(group, state, wish, own);
    case "use":
      return admitted(group, state, wish, own, nowMs);
    case "devices":
      return tended === undefined ? "done" : withDevices(group, state, wish, tended);
    case "week":
      return week === undefined ? "done" : of({});
    case "remove":
      return removed(group, state, wish, left);
    case "role":
      return appointed(group, state, wish);
    case "title":
      return state.title === wish.title ? "done" : of({ title: wish.title });
    case "policy":
      return state.membersAdd === wish.membersAdd ? "done" : of({ membersAdd: wish.membersAdd });
    case "link":
      if (wish.link === undefined || linkOf(state, wish.link.key) !== undefined) return "done";
      return state.links.length >= MAX_LINKS ? "too-many-links" : of({ links: [...state.links, wish.link] });
    case "unlink": {
      const key = wish.link?.key ?? new Uint8Array(0);
      if (linkOf(state, key) === undefined) return "done";
      return of({ links: state.links.filter((one) => !equalBytes(one.key, key)) });
    }
  }
}

/** The link of a key. */
export function linkOf(state: GroupState, key: Uint8Array): LinkState | undefined {
  return state.links.find((one) => equalBytes(one.key, key));
}

function fresh(group: MlsGroup, wish: WishRow): readonly TakenPackage[] {
  const people = new Ids(group.members().map(({ credential }) => credential.identity));
  return wish.packages.filter(({ identity }) => !people.has(identity));
}

function added(group: MlsGroup, state: GroupState, wish: WishRow, own: IdentityId): Wish | string {
  const used = fresh(group, wish);
  if (used.length === 0) return "done";
  const come = used.map(({ identity }) => identity);
  const isLed = roleOf(state, own) !== "member";
  const barred = isLed ? state.barred.filter((one) => !includes(come, one)) : state.barred;
  return { state: { ...state, barred }, remove: [], used };
}

/** Why a link lets nobody in now; undefined when it does. */
export function linkFault(link: LinkState | undefined, nowMs: number): string | undefined {
  if (link === undefined) return "no-link";
  if (link.expiresMs !== 0 && link.expiresMs < nowMs) return "expired-link";
  return link.limit !== 0 && link.used >= link.limit ? "used-link" : undefined;
}

/** Those who came by a link, as many as it still lets in: their uses are counted in the commit that adds them, so no two members let in one too many. */
function admitted(group: MlsGroup, state: GroupState, wish: WishRow, own: IdentityId, nowMs: number): Wish | string {
  const used = fresh(group, wish);
  if (used.length === 0) return "done";
  const link = linkOf(state, wish.link?.key ?? new Uint8Array(0));
  const fault = linkFault(link, nowMs);
  if (fault !== undefined || link === undefined) return fault ?? "no-link";
  const welcome = distinct(used.map(({ identity }) => identity)).filter((one) => !includes(state.barred, one));
  if (welcome.length === 0) return "barred";
  if (roleOf(state, own) === "member") return "may-not-change";
  const come = link.limit === 0 ? welcome : welcome.slice(0, link.limit - link.used);
  const links = state.links.map((one) => (one === link ? { ...link, used: link.used + come.length } : one));
  return { state: { ...state, links }, remove: [], used: used.filter(({ identity }) => includes(come, identity)) };
}

/** Whoever is taken out may know every link that lets in without asking: these end with it. */
function removed(group: MlsGroup, state: GroupState, wish: WishRow, left: readonly Uint8Array[]): Wish | string {
  const people = wish.people.map(({ identity }) => identity);
  const leaves = group.members().filter(({ credential }) => includes(people, credential.identity));
  if (leaves.length === 0) return "done";
  const stays = (one: IdentityId): boolean => !includes(people, one);
  const barred = [...state.barred, ...people.filter((one) => !includes(left, one) && !includes(state.barred, one))];
  const next: GroupState = {
    ...state,
    owners: state.owners.filter(stays),
    admins: state.admins.filter(stays),
    barred: barred.slice(-MAX_BARRED),
    links: state.links.filter(({ approval }) => approval),
  };
  if (next.owners.length === 0) return "last-owner";
  return { state: next, remove: leaves.map(({ leaf }) => leaf), used: [] };
}

/** A person's leaves as their chain has them, as far as keys are here for it; never without any leaf. */
function withDevices(group: MlsGroup, state: GroupState, wish: WishRow, { isRevoked, asked }: Tended): Wish | string {
  const people = wish.people.map(({ identity }) => identity);
  const theirs = group.members().filter(({ credential }) => includes(people, credential.identity));
  const has = (device: Uint8Array): boolean => theirs.some(({ credential }) => equalBytes(credential.device, device));
  const used = wish.packages.filter(({ device, bytes }) => includes(asked, bytes) || !has(device));
  const isAnew = (device: Uint8Array): boolean => used.some((one) => equalBytes(one.device, device));
  const spent = theirs.filter(({ credential: { device } }) => isRevoked(device) || isAnew(device));
  const remove = spent.map(({ leaf }) => leaf).filter((leaf) => leaf !== group.ownLeaf);
  const isEmpty = theirs.length === 0 || used.length + remove.length === 0;
  const isLast = used.length === 0 && remove.length === theirs.length;
  if (isEmpty || isLast) return "done";
  return { state, remove, used };
}

function appointed(group: MlsGroup, state: GroupState, wish: WishRow): Wish | string {
  const [person] = wish.people;
  if (person === undefined) return "done";
  const { identity } = person;
  if (!group.members().some(({ credential }) => equalBytes(credential.identity, identity))) return "no-member";
  if (roleOf(state, identity) === wish.role) return "done";
  const without = (list: readonly IdentityId[]): readonly IdentityId[] =>
    list.filter((one) => !equalBytes(one, identity));
  const owners = wish.role === "owner" ? [...state.owners, identity] : without(state.owners);
  if (owners.length === 0) return "last-owner";
  const admins = wish.role === "admin" ? [...without(state.admins), identity] : without(state.admins);
  return { state: { ...state, owners, admins }, remove: [], used: [] };
}
