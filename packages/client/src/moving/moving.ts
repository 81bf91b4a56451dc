/*
 * Moving to another home (M-1): the op is on disk before it leaves, and this device lives at the new home once that has taken it. What
 * has to follow is found in the store by the next session (part.ts).
 */
import { decodeBundle, parseInvite, setHome, wipeBundle } from "@chapar/e2e";
import { foldChain, isWireError } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { ownState } from "../devices/own-ops.ts";
import { ClientError, codeOf } from "../errors.ts";
import { backupPartShelf } from "../devices/backup-rows.ts";
import { Draft } from "../store/shelf.ts";
import { markTaken } from "../trust/anchors.ts";
import type { ProfileRow } from "../profile/profile-row.ts";
import { type MovingRow, movingShelf } from "./rows.ts";

/** The move of this person, when there was one. */
export async function moveOf({ store, profile }: Member): Promise<MovingRow | undefined> {
  return movingShelf.get(store, profile.row.identity);
}

/**
 * Moves to the station of an invite.
 *
 * @returns the profile as it is from here on, on disk
 * @throws ClientError `client/bad-invite` · `client/same-home` · `client/no-everyday-key` · `client/not-moved` (`detail`: why not)
 */
export async function moveTo(member: Member, invite: string): Promise<ProfileRow> {
  const parsed = parseInvite(invite, member.sha256);
  if (!parsed.ok) throw new ClientError("client/bad-invite", parsed.code);
  const { home, stationName, token, routes } = parsed.value.invite;
  if (equalBytes(home.station.key, member.profile.row.home.station.key)) throw new ClientError("client/same-home");
  const to = { station: home.station, region: home.region, name: stationName, routes };
  const asked = await askedFor(member, { home: to, token });
  await register(member, asked);
  return settle(member, asked);
}

/** The op, made once for each move and on disk. */
async function askedFor(member: Member, to: Pick<MovingRow, "home" | "token">): Promise<MovingRow> {
  const { profile, clock, crypto, store } = member;
  const { identity, home, bundle } = profile.row;
  const held = await moveOf(member);
  const state = await ownState(member);
  const isSame = held?.stage === "asked" && equalBytes(held.home.station.key, to.home.station.key);
  if (held !== undefined && isSame && held.ops.length === state.ops.length + 1) return { ...held, ...to };
  const secrets = decodeBundle(bundle);
  try {
    if (secrets.rankOneSeed === undefined) throw new ClientError("client/no-everyday-key");
    const { station, region } = to.home;
    const signing = { seed: secrets.rankOneSeed, timeMs: clock.nowMs() };
    const made = await setHome(state, { station, region }, signing, crypto);
    const ops = made.state.ops.map(({ bytes }) => bytes);
    const row: MovingRow = { stage: "asked", ops, ...to, from: home.station, told: [], atMs: clock.nowMs() };
    const draft = new Draft();
    movingShelf.put(draft, identity, row);
    await draft.commit(store);
    return row;
  } finally {
    wipeBundle(secrets);
  }
}

async function register({ directs }: Member, { ops, home, token }: MovingRow): Promise<void> {
  let failure: unknown;
  const station = { key: home.station.key, urls: [...home.station.urls, ...home.routes] };
  const done = await directs.over(station, async (link) => {
    try {
      return await link.ask({ type: "account.register", ops, token }, "done");
    } catch (error) {
      failure = error;
      return undefined;
    }
  });
  if (done !== undefined) return;
  const code = isWireError(failure) ? failure.code : codeOf(failure);
  throw new ClientError("client/not-moved", code ?? "client/no-route");
}

/** The new home has taken the op: one transaction, and this device lives there. */
async function settle(member: Member, asked: MovingRow): Promise<ProfileRow> {
  const { profile, contacts, store, book, clock } = member;
  const { identity, nameVersion } = profile.row;
  const folded = await foldChain(asked.ops, member, identity);
  if (!folded.ok) throw new ClientError("client/bad-profile", folded.code);
  const draft = new Draft();
  const { ops, home, token } = asked;
  const changes = { ops, home, token, registered: true, inboxMade: false, nameVersion: nameVersion + 1 };
  profile.change(draft, changes);
  contacts.put(draft, folded.value);
  const told = [home.station.key];
  movingShelf.put(draft, identity, { ...asked, stage: "moved", told, atMs: clock.nowMs() });
  for (const row of book.all()) if (row.room !== undefined) book.put(draft, { ...row, mirrored: false });
  // Nothing of a backup is at the new home.
  for (const { key } of await backupPartShelf.range(store, {})) backupPartShelf.remove(draft, key);
  draft.remove("meta", new TextEncoder().encode("backup-made"));
  draft.remove("meta", new TextEncoder().encode("routes"));
  draft.remove("meta", new TextEncoder().encode("routes-signed"));
  await draft.commit(store);
  await markTaken(member, home.station, ops.length);
  return profile.row;
}
