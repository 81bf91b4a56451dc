/* A new identity for a profile, made on the device from an invite alone (F-1). */
import { createIdentity, encodeBundle, type Invite } from "@chapar/e2e";
import { cleanName } from "@chapar/wire/content";
import type { Core } from "../core.ts";
import { ClientError } from "../errors.ts";
import { Draft } from "../store/shelf.ts";
import { putProfile } from "./profile-book.ts";
import type { ProfileRow } from "./profile-row.ts";

/** A name as it may be shown. @throws ClientError `client/bad-name` */
export function checkName(name: string): string {
  const clean = cleanName(name);
  if (clean === undefined) throw new ClientError("client/bad-name");
  return clean;
}

/** Makes the identity and stores it; nothing is sent. @throws ClientError `client/bad-name` */
export async function makeProfile(core: Core, invite: Invite, name: string): Promise<ProfileRow> {
  const clean = checkName(name);
  const { home, stationName, routes, token } = invite;
  const { state, bundle } = await createIdentity(home, core.clock.nowMs(), core.crypto);
  const row: ProfileRow = {
    identity: state.identity,
    name: clean,
    nameVersion: 1,
    ops: state.ops.map(({ bytes }) => bytes),
    bundle: encodeBundle(bundle),
    home: { station: home.station, region: home.region, name: stationName, routes },
    token,
    registered: false,
    inboxMade: false,
  };
  const draft = new Draft();
  putProfile(draft, row);
  // MLS asks about every leaf of a group, also about our own.
  core.contacts.put(draft, state, clean);
  await draft.commit(core.store);
  return row;
}
