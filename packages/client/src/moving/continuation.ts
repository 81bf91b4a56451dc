/*
 * A room that goes on in a log of another station (protocol/15-moving.md §2): what log that is, who may make it so, and what a device that
 * reads the commit writes down.
 */
import { type DeviceCredential, type MlsGroup, roomKeys } from "@chapar/e2e";
import { encodeEntry, type IdentityState, type LogId, logIdOf, type StationKey } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { decodeRoom, encodeRoom, type RoomDescriptor, roomLog } from "../conversation/room-descriptor.ts";
import type { RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { Store } from "../store/port.ts";
import type { Draft } from "../store/shelf.ts";
import { continuedShelf } from "./rows.ts";

/** The first entry of the log in which a group goes on from its epoch (M-4). */
export async function continuingGenesis({ mls, crypto }: Member, group: MlsGroup): Promise<Uint8Array> {
  const { write, read } = await roomKeys(mls, crypto, group);
  return encodeEntry({
    kind: "genesis",
    log: "room",
    nonce: group.groupId,
    writeKey: write.publicKey,
    readKey: read.publicKey,
  });
}

/** The log in which a group goes on at a station, if it does. */
export async function continuingLog(member: Member, group: MlsGroup, station: StationKey): Promise<LogId> {
  return logIdOf(member.sha256, station, await continuingGenesis(member, group));
}

/** Where a commit leads; undefined when it leaves the room where it is. */
function placesOf(before: Uint8Array, after: Uint8Array): readonly [RoomDescriptor, RoomDescriptor] | undefined {
  const [was, is] = [decodeRoom(before), decodeRoom(after)];
  if (!was.ok || !is.ok) return undefined;
  const isSame = equalBytes(was.value.hub.key, is.value.hub.key) && equalBytes(was.value.genesis, is.value.genesis);
  return isSame ? undefined : [was.value, is.value];
}

/** Whether a commit gives the room another place. */
export function isContinuation(before: Uint8Array, after: Uint8Array): boolean {
  return placesOf(before, after) !== undefined;
}

/** The context with the place that the room had before, for judging the rest of it. */
export function inPlaceOf(before: Uint8Array, after: Uint8Array): Uint8Array {
  const [was, is] = placesOf(before, after) ?? [];
  if (was === undefined || is === undefined) return after;
  return encodeRoom({ ...is, hub: was.hub, genesis: was.genesis, before: was.before });
}

/** Whether somebody lives or lived at a station. */
export function hasLivedAt({ ops }: IdentityState, station: StationKey): boolean {
  return ops.some(({ op: { body } }) => {
    const home = body.kind === "genesis" || body.kind === "set-home" ? body.home : undefined;
    return home !== undefined && equalBytes(home.station.key, station);
  });
}

/** Members of a group who live or lived at a station, in the order of their leaves. */
export async function leaversOf(member: Member, group: MlsGroup, station: StationKey): Promise<readonly Uint8Array[]> {
  const leavers: Uint8Array[] = [];
  for (const { credential } of group.members()) {
    const state = await member.contacts.newest(credential.identity);
    const isKnown = leavers.some((one) => equalBytes(one, credential.identity));
    if (!isKnown && state !== undefined && hasLivedAt(state, station)) leavers.push(credential.identity);
  }
  return leavers;
}

/** Whether a commit may give the room its new place (M-6, M-44). @param group  in the epoch that the commit ends */
export async function mayContinue(
  member: Member,
  group: MlsGroup,
  after: Uint8Array,
  of: { readonly by: DeviceCredential; readonly leaves: number },
): Promise<boolean> {
  const [was, is] = placesOf(group.context, after) ?? [];
  if (was === undefined || is?.before === undefined || of.leaves > 0) return false;
  const state = await member.contacts.newest(of.by.identity);
  if (state === undefined) return false;
  if (
    !hasLivedAt(state, was.hub.key) &&
    !(await (await import("./carrying.ts")).isLeafless(member, group, was.hub.key))
  )
    return false;
  if (!equalBytes(state.home.station.key, is.hub.key)) return false;
  if (!equalBytes(is.genesis, await continuingGenesis(member, group))) return false;
  return equalBytes(encodeRoom(was), inPlaceOf(group.context, after));
}

/** What the indexes of a log are added to (M-10). */
export async function baseOf(store: Store, log: LogId): Promise<number> {
  return (await continuedShelf.get(store, log))?.base ?? 0;
}

/**
 * Writes down where a room goes on, in the transaction that reads the commit.
 *
 * @param log  in which the commit was read: that which ends, or that which begins with it
 * @returns the room from here on; undefined when the commit leaves it where it is
 */
export async function takeContinued(
  { store, sha256 }: Member,
  draft: Draft,
  log: LogId,
  contexts: { readonly conversation: Uint8Array; readonly before: Uint8Array; readonly after: MlsGroup },
): Promise<RoomRow | undefined> {
  const [, is] = placesOf(contexts.before, contexts.after.context) ?? [];
  if (is?.before === undefined) return undefined;
  const room = { log: roomLog(is, contexts.conversation, sha256), hub: is.hub };
  const { read } = is.before;
  const base = (await baseOf(store, is.before.log)) + read;
  const rescued = equalBytes(room.log, log);
  continuedShelf.put(draft, room.log, { base, epoch: contexts.after.epoch, read, rescued, resent: false });
  return room;
}
