/* Showing the account to the home: registered once, and the device's key on every link. */
import { accountMessage, deviceId, isWireError } from "@chapar/wire";
import type { Signer } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { checkRevoked } from "../devices/revoking.ts";
import type { StationLink } from "../link/station-link.ts";
import { Draft } from "../store/shelf.ts";

/** @throws WireError with what the station refused · ClientError `client/device-revoked` */
export async function showAccount(member: Member, device: Signer, link: StationLink): Promise<void> {
  if (!member.profile.row.registered) await register(member, link);
  try {
    await authenticate(member, device, link);
  } catch (error) {
    if (!isWireError(error, "station/unknown-identity")) throw error;
    await checkRevoked(member, link);
    // A station that was set up anew knows nobody; the chain and token make the same account again.
    await register(member, link);
    await authenticate(member, device, link);
  }
}

async function register({ profile, store }: Member, link: StationLink): Promise<void> {
  await link.ask({ type: "account.register", ops: profile.row.ops, token: profile.row.token }, "done");
  const draft = new Draft();
  profile.change(draft, { registered: true, inboxMade: false });
  await draft.commit(store);
}

async function authenticate({ profile }: Member, key: Signer, link: StationLink): Promise<void> {
  const { identity } = profile.row;
  const device = deviceId(key.publicKey);
  const { station, nonce } = link.hello;
  const signature = await key.sign(accountMessage(station, nonce, identity, device));
  await link.ask({ type: "account.auth", identity, device, signature }, "done");
}
