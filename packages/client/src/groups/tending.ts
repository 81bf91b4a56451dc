/*
 * A person's leaves of a group are to be as their chain has them (F-100, F-101): what is missing of one's own is brought in, what was revoked goes,
 * and who asked to be let in gets a new leaf. What is to be done is a wish like every other, and what own devices are handed travels beside it.
 */
import { type DeviceCredential, type MlsGroup, type Pending, SUITE_NUMBERS, type SuiteName } from "@chapar/e2e";
import { encodeHeldHead } from "@chapar/log";
import { blobHash, type BlobHash, type IdentityState, idText, liveDevice } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { handSecret, sealHanding } from "../devices/hand.ts";
import { handingShelf } from "../devices/handing-row.ts";
import { oweHistory } from "../devices/history.ts";
import { askedIn, isAnswered, isLetIn } from "../devices/let-in.ts";
import { ownState } from "../devices/own-ops.ts";
import { inboxOf } from "../jobs/guests.ts";
import { blobLock, rememberPut } from "../leaving/locks.ts";
import type { StationLink } from "../link/station-link.ts";
import { Draft } from "../store/shelf.ts";
import type { LogShelf } from "../sync/log-shelf.ts";
import type { Tended } from "./planning.ts";
import { cutPieces } from "./welcome-bundle.ts";
import { newWish, queueWish, type TakenPackage, type WantedPerson, type WishRow, wishShelf } from "./wish-row.ts";

const NOTHING = new Uint8Array(0);

/** Queues whom there is something to do for: one's own, who asked, and, for those who lead, everybody whose chain revoked a leaf. */
export async function queueTending(member: Member, was: ConversationRow): Promise<void> {
  const { book, groups, store } = member;
  await book.lane(was.id).run(async () => {
    const row = book.get(was.id);
    const group = await groups.load(was.id);
    if (row?.state !== "open" || row.stopped || row.leaving || group === undefined) return;
    const queued = (await wishShelf.range(store, { prefix: row.id })).filter(({ value }) => value.wanted === "devices");
    const isQueued = (identity: Uint8Array): boolean =>
      queued.some(({ value }) => value.people.some((one) => equalBytes(one.identity, identity)));
    for (const { identity, home } of await untended(member, row, group)) {
      if (isQueued(identity)) continue;
      const draft = new Draft();
      const people = [{ identity, station: home.station }];
      await queueWish(store, draft, row.id, newWish("devices", { people }));
      await draft.commit(store);
    }
  });
}

/** Whose leaves this device is to tend. */
async function untended(member: Member, row: ConversationRow, group: MlsGroup): Promise<readonly IdentityState[]> {
  const { contacts, profile, store, book } = member;
  const leaves = new Map<string, DeviceCredential[]>();
  for (const { credential } of group.members()) {
    const name = idText(credential.identity);
    leaves.set(name, [...(leaves.get(name) ?? []), credential]);
  }
  const asked = (await askedIn(store, row.id)).map(({ identity }) => identity);
  const own = profile.row.identity;
  const role = book.roster(row.id)?.people.find(({ identity }) => equalBytes(identity, own))?.role;
  const isLed = role === "owner" || role === "admin";
  const found: IdentityState[] = [];
  for (const theirLeaves of leaves.values()) {
    const [{ identity }] = theirLeaves as [DeviceCredential];
    const isOwn = equalBytes(identity, own);
    const hasAsked = asked.some((one) => equalBytes(one, identity));
    if (!isOwn && !hasAsked && !isLed) continue;
    const state = isOwn ? await ownState(member) : await contacts.newest(identity);
    if (state === undefined) continue;
    const theirs = theirLeaves.map(({ device }) => device);
    const revoked = theirs.filter((device) => isRevokedBy(state, device));
    const isMissing = isOwn && state.devices.some(({ device }) => !theirs.some((one) => equalBytes(one, device)));
    // Of others the last leaf goes when a new one takes its place (F-101).
    const isSpent = revoked.length > 0 && (isOwn || revoked.length < theirs.length);
    if (hasAsked || isMissing || isSpent) found.push(state);
  }
  return found;
}

function isRevokedBy({ revoked }: IdentityState, device: Uint8Array): boolean {
  return revoked.some((one) => equalBytes(one.device, device));
}

/** Key packages of a person's devices that are to come in: of those that asked, and of own ones that are missing. */
export async function keysOfDevices(
  member: Member,
  link: StationLink,
  row: ConversationRow,
  { identity }: WantedPerson,
): Promise<readonly TakenPackage[]> {
  const { contacts, profile, groups, store, book } = member;
  const isOwn = equalBytes(identity, profile.row.identity);
  const state = isOwn ? await ownState(member) : await contacts.newest(identity);
  const group = await book.lane(row.id).run(() => groups.load(row.id));
  if (state === undefined || group === undefined) return [];
  const found: TakenPackage[] = [];
  const add = async (device: Uint8Array, bytes: Uint8Array): Promise<void> => {
    const taken = found.some((one) => equalBytes(one.device, device));
    const one = taken ? undefined : await packageOf(member, { state, suite: group.suite }, device, bytes);
    if (one !== undefined) found.push(one);
  };
  for (const one of await askedIn(store, row.id))
    if (equalBytes(one.identity, identity)) await add(one.device, one.package);
  const has = (device: Uint8Array): boolean =>
    group.members().some(({ credential }) => equalBytes(credential.device, device));
  const missing = isOwn ? state.devices.filter(({ device }) => !has(device)) : [];
  if (missing.some(({ device }) => !found.some((one) => equalBytes(one.device, device)))) {
    const suite = SUITE_NUMBERS[group.suite];
    const taken = await link.ask({ type: "keys.take", identity, suite, at: undefined }, "keys.taken");
    for (const { device, package: bytes } of taken.devices)
      if (missing.some((one) => equalBytes(one.device, device))) await add(device, bytes.slice());
  }
  return found;
}

/** A key package that is of the group's suite and of a live device of the person; what is none is passed over. */
async function packageOf(
  member: Member,
  { state, suite }: { readonly state: IdentityState; readonly suite: SuiteName },
  device: Uint8Array,
  bytes: Uint8Array,
): Promise<TakenPackage | undefined> {
  if (liveDevice(state, device) === undefined) return undefined;
  try {
    const { credential, ref, suite: theirs } = await member.mls.inspect(bytes);
    if (theirs !== suite || !equalBytes(credential.device, device) || !equalBytes(credential.identity, state.identity))
      return undefined;
    const { identity, home } = state;
    return { identity, station: home.station, inbox: inboxOf(member, state, device), ref, bytes, device };
  } catch (error) {
    member.failed(error);
    return undefined;
  }
}

/** How the devices of a wish stand now. */
export async function tendedOf(member: Member, row: ConversationRow, wish: WishRow): Promise<Tended | undefined> {
  const [person] = wish.people;
  if (wish.wanted !== "devices" || person === undefined) return undefined;
  const state = await member.contacts.newest(person.identity);
  const asked = await askedIn(member.store, row.id);
  return {
    isRevoked: (device) => state !== undefined && isRevokedBy(state, device),
    asked: asked.map((one) => one.package),
  };
}

/** Whether a device asked once more since its key package was taken from what it asked with: the newest is used. */
export async function isOutdated({ store }: Member, row: ConversationRow, wish: WishRow): Promise<boolean> {
  if (wish.wanted !== "devices" || wish.packages.length === 0) return false;
  const asked = await askedIn(store, row.id);
  return asked.some((one) =>
    wish.packages.some(({ device, bytes }) => equalBytes(device, one.device) && !equalBytes(bytes, one.package)),
  );
}

/** Lets go of the asking of devices that are in, or are not to be let in by what they asked with. */
export async function forgetAskers(member: Member, row: ConversationRow, wish: WishRow): Promise<void> {
  const { wanted, people } = wish;
  if (wanted !== "devices") return;
  const draft = new Draft();
  for (const { identity, device } of await askedIn(member.store, row.id))
    if (people.some((one) => equalBytes(one.identity, identity))) await isAnswered(member, draft, row.id, device);
  await draft.commit(member.store);
}

/** The commit brings own devices in: how the conversation stands where it stands is kept for them (D-12). */
export async function prepareHanding(
  member: Member,
  draft: Draft,
  logs: LogShelf,
  of: { readonly row: ConversationRow; readonly pending: Pending; readonly people: readonly Uint8Array[] },
): Promise<void> {
  const { mls, profile } = member;
  const { row, pending, people } = of;
  if (row.room === undefined || !people.some((one) => equalBytes(one, profile.row.identity))) return;
  handingShelf.put(draft, row.id, {
    stage: "commit",
    guests: [],
    welcome: NOTHING,
    tree: NOTHING,
    secret: await handSecret(mls, pending.next),
    held: encodeHeldHead(await logs.load(row.room.log, row.room.hub.key)),
    placed: 0,
    readTo: 0,
    unread: 0,
    chains: [],
  });
}

/** Where what own devices are handed rests; undefined while the room is not read up to the commit, empty when nothing is handed. */
export async function handOver(
  member: Member,
  link: StationLink,
  row: ConversationRow,
): Promise<readonly BlobHash[] | undefined> {
  const { crypto, device, store, sha256 } = member;
  const handing = await handingShelf.get(store, row.id);
  if (handing === undefined) return [];
  if (handing.stage === "commit") return undefined;
  const { peer, peerName, peerHome, atMs } = row;
  const { placed, readTo, unread, chains, held, secret } = handing;
  const sealed = await sealHanding(
    { peer, peerName, peerHome, placed, readTo, unread, atMs, chains, held },
    { conversation: row.id, secret },
    {
      device: device.credential.device,
      sign: async (message) => crypto.ed25519.sign(device.signaturePrivateKey, message),
    },
    crypto,
  );
  const hashes: BlobHash[] = [];
  for (const bytes of cutPieces(sealed)) {
    const hash = blobHash(sha256(bytes));
    const lock = await blobLock(member, hash);
    await link.ask({ type: "blob.put", bytes, lock }, "blob.stored");
    hashes.push(hash);
  }
  await rememberPut(member, hashes);
  return hashes;
}

/** A commit of a wish stands: who asked is in. @returns what is kept of the packages: of devices which of them came */
export function comeOf(member: Member, draft: Draft, row: ConversationRow, wish: WishRow): readonly TakenPackage[] {
  if (wish.wanted !== "devices") return [];
  const come = wish.packages.filter(({ ref }) => wish.welcomes.some((to) => equalBytes(to.ref, ref)));
  for (const { identity, device } of come) isLetIn(member, draft, row.id, { identity, device });
  return come.map((one) => ({ ...one, bytes: NOTHING }));
}

/** Own devices were handed the conversation: its lines follow. */
export async function handedOver(member: Member, draft: Draft, row: ConversationRow, wish: WishRow): Promise<void> {
  const handing = await handingShelf.get(member.store, row.id);
  if (handing?.stage !== "welcome") return;
  const own = member.profile.row.identity;
  const come = wish.packages.filter(({ identity }) => equalBytes(identity, own));
  oweHistory(
    draft,
    row,
    come.map((one) => one.device),
    handing.placed,
  );
  handingShelf.remove(draft, row.id);
}
