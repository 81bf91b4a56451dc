/* What a device keeps of links into groups: those that this person made, those by which they asked, and who asked by theirs. */
import { type ConversationId, idText, type IdentityId, type StationRef } from "@chapar/wire";
import { concatBytes, equalBytes, fromHex, type Sha256, toHex } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { stationRefField } from "../profile/profile-row.ts";
import { blob, count, fields, flag, id, oneOf, row, text } from "../store/record.ts";
import { type Draft, shelf, type Shelf } from "../store/shelf.ts";
import { TURNED_AWAY, type TurnedAway } from "../conversation/link-sealing.ts";

/** Asked for by this person. */
export interface AskRow {
  readonly seed: Uint8Array;
  /** whoever made the link, and where they rest */
  readonly by: IdentityId;
  readonly station: StationRef;
  readonly title: string;
  readonly byName: string;
  readonly people: number;
  readonly approval: boolean;
  readonly atMs: number;
  /** it lies in the inboxes of whoever made the link */
  readonly delivered: boolean;
  readonly state: "waiting" | TurnedAway;
}

/** `ask`: by conversation id. */
export const askShelf: Shelf<AskRow> = shelf(
  "ask",
  row<AskRow>(
    1,
    fields<AskRow>({
      seed: blob,
      by: id(),
      station: stationRefField,
      title: text,
      byName: text,
      people: count,
      approval: flag,
      atMs: count,
      delivered: flag,
      state: oneOf(["waiting", ...TURNED_AWAY]),
    }),
  ),
);

/** Somebody who asked by a link of this person's. */
export interface RequestRow {
  /** public half of the link's key */
  readonly key: Uint8Array;
  readonly identity: IdentityId;
  readonly station: StationRef;
  readonly name: string;
  readonly atMs: number;
  /** `wanted`: this person lets them in. `away`: they are to be told that they are not let in */
  readonly state: "open" | "wanted" | "away";
  readonly why: TurnedAway;
}

/** `request`: by conversation id, and a hash of it and the identity. */
export const requestShelf: Shelf<RequestRow> = shelf(
  "request",
  row<RequestRow>(
    1,
    fields<RequestRow>({
      key: blob,
      identity: id(),
      station: stationRefField,
      name: text,
      atMs: count,
      state: oneOf(["open", "wanted", "away"]),
      why: oneOf(TURNED_AWAY),
    }),
  ),
);

/** A store hides the conversation of a key and nothing behind it: who asked stands there as a hash. */
export function requestKey(conversation: Uint8Array, identity: Uint8Array, sha256: Sha256): Uint8Array {
  return concatBytes(conversation, sha256(concatBytes(conversation, identity)));
}

const LINK_PREFIX = "groups/link/";
const SEED_BYTES = 32;

/** A link that this person made, as their devices keep it. */
export interface OwnLink {
  readonly key: Uint8Array;
  readonly seed: Uint8Array;
  readonly url: string;
}

function nameOf(conversation: ConversationId, key: Uint8Array): string {
  return `${LINK_PREFIX}${idText(conversation)}/${toHex(key)}`;
}

/** Keeps a link for all devices of this person; without one it is forgotten. */
export function keepLink({ own }: Member, draft: Draft, conversation: ConversationId, link: OwnLink): void {
  own.put(draft, nameOf(conversation, link.key), concatBytes(link.seed, new TextEncoder().encode(link.url)));
}

/** Links into a group that this person made, also those that are over: who comes by one is told so. */
export function ownLinks({ own }: Member, conversation: ConversationId): readonly OwnLink[] {
  return own.entries(`${LINK_PREFIX}${idText(conversation)}/`).flatMap(({ key, value }) => {
    const publicKey = fromHex(key.slice(key.lastIndexOf("/") + 1));
    if (publicKey === undefined || value === undefined || value.byteLength <= SEED_BYTES) return [];
    const url = new TextDecoder().decode(value.subarray(SEED_BYTES));
    return [{ key: publicKey, seed: value.slice(0, SEED_BYTES), url }];
  });
}

/** The link of a public key. */
export function ownLink(member: Member, conversation: ConversationId, key: Uint8Array): OwnLink | undefined {
  return ownLinks(member, conversation).find((one) => equalBytes(one.key, key));
}
