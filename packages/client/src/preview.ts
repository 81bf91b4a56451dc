/*
 * Reading an invite before there is a profile, on any platform: a pure function, so its hash is @noble/hashes rather than
 * a port.
 */
import { parseInvite } from "@chapar/e2e";
import { idText } from "@chapar/wire";
import type { Sha256 } from "@chapar/wire/bytes";
import { sha256 } from "@noble/hashes/sha2.js";
import type { InvitePreview } from "./api.ts";
import { ClientError } from "./errors.ts";
import { stationView } from "./views.ts";

/** As `previewInvite`, with the platform's hash. */
export function previewWith(invite: string, hash: Sha256): InvitePreview {
  const parsed = parseInvite(invite, hash);
  if (!parsed.ok) throw new ClientError("client/bad-invite", parsed.code);
  const { home, stationName, person } = parsed.value.invite;
  const station = stationView(home.station, home.region, stationName);
  if (person === undefined) return { kind: "station", station, name: undefined, identity: undefined };
  return { kind: "person", station, name: person.name, identity: idText(person.identity) };
}

/**
 * What an invite says, without a profile and without acting on it.
 *
 * @throws ClientError `client/bad-invite`, its `detail` saying how
 */
export function previewInvite(invite: string): InvitePreview {
  return previewWith(invite, sha256);
}
