/*
 * What whoever leads a channel decides, in the register that follows them to their other devices and into their backup:
 *
 *   channels/led/<channel>               its seed, kind, name and description, and where its board is
 *   channels/link/<channel>/<id>         a link and its terms
 *   channels/reader/<channel>/<person>   a reader: their leaf, from when on, and what was decided about them
 *   channels/in/<channel>                of a reader: the link by which they came
 */
import {
  type ConversationId,
  type IdentityId,
  identityId,
  ID_SIZE_BYTES,
  idText,
  parseIdText,
  type StationRef,
} from "@chapar/wire";
import { ByteReader, ByteWriter, toHex } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { stationRefField } from "../profile/profile-row.ts";
import { blob, count, type FieldCodec, fields, flag, id, text } from "../store/record.ts";
import type { Draft } from "../store/shelf.ts";

const LED = "channels/led/";
const LINK = "channels/link/";
const READER = "channels/reader/";
const IN = "channels/in/";

/** A channel that this person leads. */
export interface LedChannel {
  readonly seed: Uint8Array;
  readonly open: boolean;
  readonly name: string;
  readonly about: string;
  readonly genesis: Uint8Array;
  readonly hub: StationRef;
}

/** A link into a channel that this person made. */
export interface ChannelLinkEntry {
  readonly seed: Uint8Array;
  readonly url: string;
  readonly approval: boolean;
  readonly expiresMs: number;
  readonly limit: number;
  readonly ended: boolean;
}

/** A reader of a channel that this person leads. */
export interface ReaderEntry {
  readonly identity: IdentityId;
  readonly name: string;
  readonly station: StationRef;
  readonly leaf: number;
  /** the period in which they came to the leaf */
  readonly since: number;
  readonly writes: boolean;
  /** their keys are to go */
  readonly going: boolean;
  /** they were taken out, and are not let in again */
  readonly barred: boolean;
  readonly link: string;
  readonly atMs: number;
}

const ledField = fields<LedChannel>({
  seed: blob,
  open: flag,
  name: text,
  about: text,
  genesis: blob,
  hub: stationRefField,
});
const linkField = fields<ChannelLinkEntry>({
  seed: blob,
  url: text,
  approval: flag,
  expiresMs: count,
  limit: count,
  ended: flag,
});
const readerField = fields<ReaderEntry>({
  identity: id(),
  name: text,
  station: stationRefField,
  leaf: count,
  since: count,
  writes: flag,
  going: flag,
  barred: flag,
  link: text,
  atMs: count,
});

function encode<T>(codec: FieldCodec<T>, value: T): Uint8Array {
  const writer = new ByteWriter(256);
  codec.write(writer, value);
  return writer.finish();
}

function decode<T>(codec: FieldCodec<T>, bytes: Uint8Array | undefined): T | undefined {
  if (bytes === undefined) return undefined;
  const reader = new ByteReader(bytes);
  const decoded = reader.finish(codec.read(reader));
  return decoded.ok ? decoded.value : undefined;
}

const tailOf = (key: string): string => key.slice(key.lastIndexOf("/") + 1);

export function ledChannel({ own }: Member, channel: Uint8Array): LedChannel | undefined {
  return decode(ledField, own.get(LED + idText(channel as ConversationId)));
}

export function putLed({ own }: Member, draft: Draft, channel: ConversationId, led: LedChannel): void {
  own.put(draft, LED + idText(channel), encode(ledField, led));
}

/** Channels that this person leads, by their ids. */
export function ledChannels({ own }: Member): readonly string[] {
  return own.entries(LED).flatMap(({ key, value }) => (value === undefined ? [] : [tailOf(key)]));
}

/** Channels that this person reads, and the links by which they came. */
export function readChannels({ own }: Member): readonly { readonly id: string; readonly link: string | undefined }[] {
  return own.entries(IN).map(({ key, value }) => ({ id: tailOf(key), link: value && new TextDecoder().decode(value) }));
}

/** @param link  undefined: left */
export function putRead({ own }: Member, draft: Draft, channel: ConversationId, link: string | undefined): void {
  own.put(draft, IN + idText(channel), link === undefined ? undefined : new TextEncoder().encode(link));
}

/** The id of a link: the beginning of its seed's hash. */
export function linkIdOf({ sha256 }: Pick<Member, "sha256">, seed: Uint8Array): string {
  return toHex(sha256(seed).subarray(0, 8));
}

export function channelLinks(
  { own }: Member,
  channel: ConversationId,
): readonly (ChannelLinkEntry & { readonly id: string })[] {
  return own.entries(`${LINK}${idText(channel)}/`).flatMap(({ key, value }) => {
    const link = decode(linkField, value);
    return link === undefined ? [] : [{ ...link, id: tailOf(key) }];
  });
}

export function putLink(member: Member, draft: Draft, channel: ConversationId, link: ChannelLinkEntry): void {
  member.own.put(draft, `${LINK}${idText(channel)}/${linkIdOf(member, link.seed)}`, encode(linkField, link));
}

/** Everybody who was ever let in. Cost: O(readers) */
export function readerEntries({ own }: Member, channel: ConversationId): readonly ReaderEntry[] {
  return own.entries(`${READER}${idText(channel)}/`).flatMap(({ value }) => decode(readerField, value) ?? []);
}

/** The channel of a reader's key; undefined of any other. */
export function channelOfReader(key: string): string | undefined {
  return key.startsWith(READER) ? key.slice(READER.length, key.lastIndexOf("/")) : undefined;
}

/** A reader of what stands under their key. */
export function readerOf(value: Uint8Array | undefined): ReaderEntry | undefined {
  return decode(readerField, value);
}

export function putReader({ own }: Member, draft: Draft, channel: ConversationId, reader: ReaderEntry): void {
  own.put(draft, `${READER}${idText(channel)}/${idText(reader.identity)}`, encode(readerField, reader));
}

/** An identity of its text. */
export function identityOfText(text_: string): IdentityId | undefined {
  const bytes = parseIdText(text_, ID_SIZE_BYTES.identity);
  return bytes && identityId(bytes);
}
