/*
 * Revoking an own device (D-31): one extension of the chain, which the home takes whole, with a new everyday key; the key goes to the devices that
 * remain once the revoked leaf has left the own room.
 */
import { decodeBundle, revokeDevice, wipeBundle } from "@chapar/e2e";
import { type DeviceId, foldChain } from "@chapar/wire";
import { equalBytes, utf8 } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import type { Draft } from "../store/shelf.ts";
import { ask } from "../trust/asking.ts";
import { extendsChain } from "./extends-chain.ts";
import { extendOwn } from "./own-ops.ts";
import { ownRoom, tellOwn } from "./own-room.ts";

const KEY_OWED = utf8("key-owed");

/** Revokes a device of the chain. @throws as `extendOwn` */
export async function revokeOwn(member: Member, link: StationLink, device: DeviceId): Promise<void> {
  await member.store.write([{ table: "meta", key: KEY_OWED, value: Uint8Array.of(1) }]);
  await extendOwn(member, link, (state, signing) => revokeDevice(state, device, signing, member.crypto));
}

/** Tells the other own devices the everyday key, once no revoked leaf is in the own room any more. @returns whether it was queued */
export async function tellEverydayKey(member: Member): Promise<boolean> {
  const { store, groups, contacts, profile } = member;
  if ((await store.get("meta", KEY_OWED)) === undefined) return false;
  const room = ownRoom(member);
  const own = await contacts.get(profile.row.identity);
  const group = room && (await groups.load(room.id));
  if (room?.state !== "open" || group === undefined || own === undefined) return false;
  const isIn = group
    .members()
    .some(({ credential }) => own.state.revoked.some(({ device }) => equalBytes(device, credential.device)));
  if (isIn) return false;
  const secrets = decodeBundle(profile.row.bundle);
  try {
    const rankOneSeed = secrets.rankOneSeed?.expose().slice();
    const told = await tellOwn(member, (draft: Draft) => {
      draft.remove("meta", KEY_OWED);
      return [{ kind: "keys", rankOneSeed, backupKey: undefined }];
    });
    return told !== undefined;
  } finally {
    wipeBundle(secrets);
  }
}

/**
 * Whether this device was revoked: by a longer chain of one's own keys that the home shows when it does not know the device (D-32).
 *
 * @throws ClientError `client/device-revoked`
 */
export async function checkRevoked(member: Member, link: StationLink): Promise<void> {
  const { profile, device } = member;
  const { identity, ops } = profile.row;
  const shown = await ask(link, { type: "identity.get", identity, at: undefined }, "identity.ops");
  const longer = shown?.ops.map((op) => op.slice()) ?? [];
  const folded = await foldChain(longer, member, identity);
  if (!folded.ok || !extendsChain(longer, ops)) return;
  const { closed, revoked } = folded.value;
  const isRevoked = closed || revoked.some((one) => equalBytes(one.device, device.credential.device));
  // The chain is not taken over: a thief may have made the op, and the words take it back (I-14).
  if (isRevoked) throw new ClientError("client/device-revoked");
}
