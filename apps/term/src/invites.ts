/*
 * Invites as the command line needs them: read without an engine, and written for the station this machine runs. The
 * station itself cannot write one, because invites belong to the end-to-end side that it never imports.
 */
import { createHash } from "node:crypto";
import { ClientError, type InvitePreview, type StationView } from "@chapar/client";
import { inviteLink, parseInvite } from "@chapar/e2e";
import { idText, type StationRef } from "@chapar/wire";

const sha256 = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHash("sha256").update(bytes).digest());

/** What an invite says before it is accepted. @throws ClientError `client/bad-invite` */
export function previewInvite(text: string): InvitePreview {
  const parsed = parseInvite(text, sha256);
  if (!parsed.ok) throw new ClientError("client/bad-invite", parsed.code);
  const { home, stationName, person } = parsed.value.invite;
  const { key, urls } = home.station;
  const station: StationView = { key: idText(key), name: stationName, region: home.region, urls };
  return person === undefined
    ? { kind: "station", station, name: undefined, identity: undefined }
    : { kind: "person", station, name: person.name, identity: idText(person.identity) };
}

/** The sign-up token in an invite, which its station's exit takes for a pass. @throws ClientError `client/bad-invite` */
export function inviteToken(text: string): Uint8Array {
  const parsed = parseInvite(text, sha256);
  if (!parsed.ok) throw new ClientError("client/bad-invite", parsed.code);
  return parsed.value.invite.token;
}

/** Every way to the station that an invite names, best first. @throws ClientError `client/bad-invite` */
export function inviteRoutes(text: string): readonly string[] {
  const parsed = parseInvite(text, sha256);
  if (!parsed.ok) throw new ClientError("client/bad-invite", parsed.code);
  const { home, routes } = parsed.value.invite;
  return [...home.station.urls, ...routes];
}

/** What a station's invite is made of. */
export interface StationInviteParts {
  readonly station: StationRef;
  /** ISO 3166-1 alpha-2 */
  readonly region: string;
  readonly name: string;
  /** opens an account there */
  readonly token: Uint8Array;
  /** further ways there */
  readonly routes: readonly string[];
}

/** The link that makes whoever opens it at home at this station. */
export function stationInvite({ station, region, name, token, routes }: StationInviteParts): string {
  return inviteLink({ home: { station, region }, stationName: name, token, person: undefined, routes }, sha256);
}

/** A station's key as people and scripts see it. */
export const stationKeyText = (station: StationRef): string => idText(station.key);
