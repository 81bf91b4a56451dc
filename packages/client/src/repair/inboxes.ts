/* Where the other members of a conversation are reached: the inboxes of their devices, at their home. */
import { type IdentityState, inboxGenesis, type LogId, logIdOf, encodeEntry, type StationRef } from "@chapar/wire";
import { equalBytes, type Sha256 } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { ask } from "../trust/asking.ts";
import { elsewhere } from "../trust/judging.ts";

/** An inbox and the station that it rests at. */
export interface InboxAt {
  readonly inbox: LogId;
  readonly station: StationRef;
}

/** People of a group who are asked and told: of many the first ones, for each request goes to each of them. */
const MOST_PEOPLE = 8;

/**
 * The inboxes of those in a conversation who can be asked, this device left out; other own devices first.
 *
 * @param from  where among the people of a group those begin who are asked
 */
export async function inboxesOf(member: Member, row: ConversationRow, from = 0): Promise<readonly InboxAt[]> {
  const { contacts, sha256, profile } = member;
  const inboxes = [...(await ownInboxes(member))];
  const others = member.book.others(row);
  const first = from % Math.max(1, others.length);
  for (const identity of [...others.slice(first), ...others.slice(0, first)].slice(0, MOST_PEOPLE)) {
    const contact = await contacts.get(identity);
    if (contact === undefined || equalBytes(identity, profile.row.identity)) continue;
    inboxes.push(...deviceInboxes(contact.state, sha256));
  }
  return inboxes;
}

/** The inboxes of the other own devices. */
export async function ownInboxes({ contacts, sha256, profile, device }: Member): Promise<readonly InboxAt[]> {
  const own = await contacts.get(profile.row.identity);
  return own === undefined ? [] : deviceInboxes(own.state, sha256, device.credential.device);
}

/** The inboxes of a person's devices, without one of them. */
export function deviceInboxes(state: IdentityState, sha256: Sha256, but?: Uint8Array): readonly InboxAt[] {
  const { station } = state.home;
  const devices = state.devices.filter(({ device }) => but === undefined || !equalBytes(device, but));
  return devices.map(({ device, inboxReadKey }) => {
    const genesis = encodeEntry(inboxGenesis({ device, inboxReadKey }, sha256));
    return { inbox: logIdOf(sha256, station.key, genesis), station };
  });
}

/** Leaves a frame in an inbox: over the home, or, when that does not pass it on, at the inbox's station itself. */
export async function leave(member: Member, link: StationLink, to: InboxAt, frame: Uint8Array): Promise<boolean> {
  const entry = encodeEntry({ kind: "knock", frame });
  const { inbox, station } = to;
  const at = elsewhere(link, station);
  const answer = await ask(link, { type: "inbox.append", inbox, at, entry }, "receipt");
  if (answer !== undefined) return true;
  if (equalBytes(link.hello.station, station.key)) return false;
  const direct = await member.directs.over(station, (path) =>
    ask(path, { type: "inbox.append", inbox, at: undefined, entry }, "receipt"),
  );
  return direct !== undefined;
}
