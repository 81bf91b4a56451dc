/*
 * Files that hold an invite and ways (protocol/8-road.md P-127, P-128): made of what the home signed, read with every check that a list
 * over a link gets. Loaded when somebody makes or opens one.
 */
import { encodeWayFile, parseWayFile, type SignedWays, type WayFile } from "@chapar/e2e";
import { idText, routesMessage } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { WayFileView } from "../api.ts";
import type { Core, Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import { previewWith } from "../preview.ts";

/** A mirror is named among the ways and carries nothing (P-126). */
const carries = (uri: string): boolean => !uri.startsWith("mirror:");

/** The file of an invite, with the newest list of the home if one is held. */
export function wayFile({ routes, sha256 }: Member, invite: string): string {
  return encodeWayFile({ text: invite, ways: routes.signed() }, sha256);
}

async function checkWays({ verify, clock }: Core, file: WayFile): Promise<SignedWays | undefined> {
  const { ways, found } = file;
  if (ways === undefined) return undefined;
  const { key } = found.invite.home.station;
  const { issuedMs, expiresMs, routes, signature } = ways;
  if (!(await verify(key, routesMessage(key, issuedMs, expiresMs, routes), signature)))
    throw new ClientError("client/forged-routes");
  if (expiresMs <= clock.nowMs()) throw new ClientError("client/expired-routes");
  return ways;
}

function parsed(core: Core, text: string): WayFile {
  const read = parseWayFile(text, core.sha256);
  if (!read.ok) throw new ClientError("client/bad-file", read.code);
  return read.value;
}

/** What a file says. @throws ClientError `client/bad-file` · `client/forged-routes` · `client/expired-routes` */
export async function readWayFile(core: Core, text: string): Promise<WayFileView> {
  const file = parsed(core, text);
  const ways = await checkWays(core, file);
  const { routes, home } = file.found.invite;
  return {
    invite: file.text,
    preview: previewWith(file.text, core.sha256),
    ways: home.station.urls.length + (ways?.routes ?? routes).filter(carries).length,
    expiresMs: ways?.expiresMs,
    station: idText(home.station.key),
  };
}

/**
 * Takes in the ways of a file to one's own home.
 *
 * @returns how many are new
 * @throws as `readWayFile`; ClientError `client/other-station` · `client/stale-routes` · `client/too-many-routes`
 */
export async function addWayFile(member: Member, text: string): Promise<number> {
  const file = parsed(member, text);
  const { home } = member.profile.row;
  if (!equalBytes(file.found.invite.home.station.key, home.station.key)) throw new ClientError("client/other-station");
  const ways = await checkWays(member, file);
  const before = new Set(member.routes.ways(home).map(({ uri }) => uri));
  if (ways !== undefined) await member.routes.take({ type: "routes", ...ways }, home);
  // Nobody signed these: they are as good as the friend who handed them over, and stay on this device (P-52).
  else for (const uri of file.found.invite.routes) if (!before.has(uri)) await member.routes.addHeard(uri);
  return member.routes.ways(home).filter(({ uri }) => carries(uri) && !before.has(uri)).length;
}
