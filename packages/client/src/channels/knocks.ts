/*
 * What somebody with a link into a channel and its leader leave in each other's inboxes (protocol/20-channels.md §5):
 *
 *   ask   = channel[20], identity[20], device[32], station StationRef, name text<256>, leaves u8, KEM key[1216], signature[64]; sealed under the link
 *           (link-sealing.ts), and so is the answer to one who is not let in
 *   grant = 12 u8, HPKE(KEM key, "chapar channel grant" ‖ channel, what is granted, device[32], signature[64], zeros)
 */
import { hpke, type Hpke, type KemKeyPair, xWing } from "@chapar/e2e";
import { PATH_KEYS } from "@chapar/e2e/channels";
import {
  type ConversationId,
  type IdentityId,
  identityId,
  readStationRef,
  stationKey,
  type StationRef,
  writeStationRef,
} from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes, equalBytes, utf8 } from "@chapar/wire/bytes";
import { cleanName } from "@chapar/wire/content";
import { type LinkKnock, openUnderLink, sealUnderLink } from "../conversation/link-sealing.ts";
import type { Core, Member } from "../core.ts";
import { cleanAbout } from "./link-text.ts";
import { signerHere } from "./signing.ts";
import { CHANNEL_ANSWER_FRAME, CHANNEL_ASK_FRAME, CHANNEL_GRANT_FRAME } from "../sync/knock-frames.ts";

const ID_BYTES = 20;
const KEY_BYTES = 32;
const KEM_KEY_BYTES = 1216;
const ENC_BYTES = 1120;
const SIGNATURE_BYTES = 64;
const MAX_NAME_BYTES = 256;
const MAX_ABOUT_BYTES = 1024;
const MAX_WRITERS = 64;
const MAX_PEOPLE_BYTES = 65_536;
const STEP_BYTES = 1024;
const NOTHING = new Uint8Array(0);

/** Somebody who wants to read a channel, or who reads it no more. */
export interface ChannelAsk {
  readonly channel: Uint8Array;
  readonly identity: IdentityId;
  readonly device: Uint8Array;
  readonly station: StationRef;
  readonly name: string;
  readonly leaves: boolean;
  readonly kemKey: Uint8Array;
}

/** What a reader is given. */
export interface ChannelGrant {
  readonly channel: Uint8Array;
  readonly log: Uint8Array;
  readonly name: string;
  readonly about: string;
  readonly readers: number;
  readonly period: number;
  readonly periodKey: Uint8Array;
  readonly leaf: number;
  readonly keys: readonly Uint8Array[];
  /** seed of the key by which the board is written; empty for whoever reads only */
  readonly writeSeed: Uint8Array;
  readonly writers: readonly IdentityId[];
  /** op chains of the writers */
  readonly people: Uint8Array;
}

const ASK: LinkKnock = { frame: CHANNEL_ASK_FRAME, label: "chapar channel ask", bytes: 3072 };
/** The knock that answers one who is not let in. */
export const CHANNEL_ANSWER: LinkKnock = { frame: CHANNEL_ANSWER_FRAME, label: "chapar channel answer", bytes: 64 };

function signedAsk(core: Pick<Core, "sha256">, asked: Uint8Array): Uint8Array {
  return concatBytes(utf8("chapar channel ask v1"), core.sha256(asked));
}

/** Seals an ask of this device under a link's seed. */
export async function sealChannelAsk(
  member: Member,
  seed: Uint8Array,
  ask: Pick<ChannelAsk, "channel" | "leaves" | "kemKey">,
): Promise<Uint8Array> {
  const { profile, device } = member;
  const writer = new ByteWriter(2048).bytes(ask.channel).bytes(profile.row.identity).bytes(device.credential.device);
  writeStationRef(writer, profile.row.home.station);
  const asked = writer.text(profile.row.name).flag(ask.leaves).bytes(ask.kemKey).finish();
  const signature = await signerHere(member).sign(signedAsk(member, asked));
  return sealUnderLink(member, seed, ASK, concatBytes(asked, signature));
}

/** An ask as it was opened, and what shows that its device made it. */
export interface OpenedAsk {
  readonly ask: ChannelAsk;
  /** whether the device signed it; whose device it is has to be held to a chain */
  readonly isSigned: boolean;
}

/** Opens one that was sealed under this link; undefined for anything else. */
export async function openChannelAsk(
  core: Pick<Core, "crypto" | "sha256" | "verify">,
  seed: Uint8Array,
  frame: Uint8Array,
): Promise<OpenedAsk | undefined> {
  const reader = await openUnderLink(core, seed, ASK, frame);
  if (reader === undefined) return undefined;
  const [channel, identity] = [reader.bytes(ID_BYTES).slice(), reader.bytes(ID_BYTES).slice()];
  const device = reader.bytes(KEY_BYTES).slice();
  const { key, urls } = readStationRef(reader);
  const [name, leaves] = [reader.text(MAX_NAME_BYTES), reader.flag()];
  const kemKey = reader.bytes(KEM_KEY_BYTES).slice();
  const signature = reader.bytes(SIGNATURE_BYTES).slice();
  reader.rest();
  if (!reader.finish(undefined).ok || key.byteLength !== KEY_BYTES) return undefined;
  const station = { key: stationKey(key.slice()), urls };
  const writer = new ByteWriter(2048).bytes(channel).bytes(identity).bytes(device);
  writeStationRef(writer, station);
  const asked = writer.text(name).flag(leaves).bytes(kemKey).finish();
  const isSigned = await core.verify(device, signedAsk(core, asked), signature);
  const who = { channel, identity: identityId(identity), device, station };
  return { ask: { ...who, name: cleanName(name) ?? "", leaves, kemKey }, isSigned };
}

function box({ crypto }: Pick<Core, "crypto">): Hpke {
  return hpke(crypto, { kem: xWing(crypto), hash: "sha512", aeadKeyBytes: 32 });
}

function grantInfo(channel: Uint8Array): Uint8Array {
  return concatBytes(utf8("chapar channel grant"), channel);
}

function signedGrant(core: Pick<Core, "sha256">, granted: Uint8Array, kemKey: Uint8Array): Uint8Array {
  return concatBytes(utf8("chapar channel grant v1"), core.sha256(kemKey), core.sha256(granted));
}

/** The key pair of an ask, of its seed. */
export async function askKeys({ crypto }: Pick<Core, "crypto">, seed: Uint8Array): Promise<KemKeyPair> {
  return xWing(crypto).deriveKeyPair(seed);
}

/** Seals a grant to whoever asked; undefined when their key is none. */
export async function sealChannelGrant(
  member: Member,
  grant: ChannelGrant,
  kemKey: Uint8Array,
): Promise<Uint8Array | undefined> {
  const granted = new ByteWriter(4096)
    .bytes(grant.channel)
    .bytes(grant.log)
    .text(grant.name)
    .text(grant.about)
    .varint(grant.readers)
    .index(grant.period)
    .bytes(grant.periodKey)
    .varint(grant.leaf)
    .list(grant.keys, (to, key) => to.bytes(key))
    .opaque(grant.writeSeed)
    .list(grant.writers, (to, identity) => to.bytes(identity))
    .opaque(grant.people)
    .finish();
  const { device } = member;
  const signature = await signerHere(member).sign(signedGrant(member, granted, kemKey));
  const plain = new ByteWriter(granted.byteLength + 128)
    .opaque(granted)
    .bytes(device.credential.device)
    .bytes(signature)
    .finish();
  const padded = new Uint8Array(Math.ceil(plain.byteLength / STEP_BYTES) * STEP_BYTES);
  padded.set(plain);
  const sealed = await box(member).seal(kemKey, grantInfo(grant.channel), NOTHING, padded);
  return sealed && concatBytes(Uint8Array.of(CHANNEL_GRANT_FRAME), sealed.enc, sealed.ciphertext);
}

/**
 * Opens a grant that answers an ask; undefined when it is for another one, or was not made by a device of whoever leads the channel.
 *
 * @param leads  whether a device is a live one of the leader
 */
export async function openChannelGrant(
  member: Member,
  asked: { readonly channel: ConversationId; readonly seed: Uint8Array },
  frame: Uint8Array,
  leads: (device: Uint8Array) => Promise<boolean>,
): Promise<ChannelGrant | undefined> {
  if (frame[0] !== CHANNEL_GRANT_FRAME || frame.byteLength <= 1 + ENC_BYTES) return undefined;
  const keys = await askKeys(member, asked.seed);
  const [enc, sealed] = [frame.subarray(1, 1 + ENC_BYTES), frame.subarray(1 + ENC_BYTES)];
  const plain = await box(member).open(keys.privateKey, enc, grantInfo(asked.channel), NOTHING, sealed);
  if (plain === undefined) return undefined;
  const outer = new ByteReader(plain);
  const granted = outer.opaque(plain.byteLength).slice();
  const [device, signature] = [outer.bytes(KEY_BYTES).slice(), outer.bytes(SIGNATURE_BYTES).slice()];
  outer.rest();
  if (!outer.finish(undefined).ok || !(await leads(device))) return undefined;
  if (!(await member.verify(device, signedGrant(member, granted, keys.publicKey), signature))) return undefined;
  const grant = readGrant(granted);
  return grant !== undefined && equalBytes(grant.channel, asked.channel) ? grant : undefined;
}

function readGrant(bytes: Uint8Array): ChannelGrant | undefined {
  const reader = new ByteReader(bytes);
  const grant = {
    channel: reader.bytes(ID_BYTES).slice(),
    log: reader.bytes(KEY_BYTES).slice(),
    name: reader.text(MAX_NAME_BYTES),
    about: reader.text(MAX_ABOUT_BYTES),
    readers: reader.varint(),
    period: reader.index(),
    periodKey: reader.bytes(KEY_BYTES).slice(),
    leaf: reader.varint(),
    keys: reader.list(PATH_KEYS, (from) => from.bytes(KEY_BYTES).slice()),
    writeSeed: reader.opaque(KEY_BYTES).slice(),
    writers: reader.list(MAX_WRITERS, (from) => identityId(from.bytes(ID_BYTES).slice())),
    people: reader.opaque(MAX_PEOPLE_BYTES).slice(),
  };
  const decoded = reader.finish(grant);
  if (!decoded.ok || decoded.value.keys.length !== PATH_KEYS) return undefined;
  return { ...decoded.value, name: cleanName(grant.name) ?? "", about: cleanAbout(grant.about) };
}
