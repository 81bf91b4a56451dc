/*
 * How somebody is brought into a group (F-65). What they need may be large (a tree of 200 members is 300 kB), so the knock in their inbox
 * names blobs at a station, which hold it in pieces of 64 KiB:
 *
 *   knock  = 4 u8, key package ref[32], station StationRef, hashes list<256> of [32]
 *          | 7 u8, the same, hand list<256> of [32]                                    for an own device, which is handed how the group stands
 *   bundle = welcome opaque<524288>, tree opaque<16777216>, people opaque<4194304>
 *   people = nonce[12], AES-256-GCM(key, nonce, aad = "chapar people", by identity[20], people)
 *   key    = MLS-Exporter("chapar people", "", 32) of the epoch that the Welcome leads into
 *
 * Welcome and tree are sealed by MLS, the people under a secret that only who joined has; stations see sizes.
 */
import type { MlsGroup } from "@chapar/e2e";
import {
  blobHash,
  type BlobHash,
  identityId,
  type IdentityId,
  readStationRef,
  stationKey,
  type StationRef,
  writeStationRef,
} from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes, type Decoded, utf8 } from "@chapar/wire/bytes";
import type { Core } from "../core.ts";
import { encodePeople, readPeople, type ToldPerson } from "./people-bundle.ts";
import { GUEST_FRAME, OWN_GUEST_FRAME } from "../sync/knock-frames.ts";

/** What sealing and opening rest on. */
type Sealing = Pick<Core, "mls" | "crypto" | "random">;

const REF_BYTES = 32;
const HASH_BYTES = 32;
const MAX_PIECES = 256;
const PIECE_BYTES: number = 64 * 1024;
const MAX_WELCOME_BYTES: number = 512 * 1024;
const MAX_TREE_BYTES: number = 16 * 1024 * 1024;
const MAX_PEOPLE_BYTES: number = 4 * 1024 * 1024;
const NONCE_BYTES = 12;
const KEY_BYTES = 32;
const IDENTITY_BYTES = 20;
const LABEL = "chapar people";

/** A knock that brings a device into a group. */
export interface GuestKnock {
  readonly ref: Uint8Array;
  /** where the pieces rest */
  readonly station: StationRef;
  readonly hashes: readonly BlobHash[];
  /** where what an own device is handed rests; empty when nothing is */
  readonly hand: readonly BlobHash[];
}

/** What the pieces hold together. */
export interface GuestBundle {
  readonly welcome: Uint8Array;
  readonly tree: Uint8Array;
  readonly people: Uint8Array;
}

/** Everyone in the group, and who brings the device in. */
export interface SealedPeople {
  readonly by: IdentityId;
  readonly people: readonly ToldPerson[];
}

/** The frame of a knock. */
export function encodeGuestKnock({ ref, station, hashes, hand }: GuestKnock): Uint8Array {
  const writer = new ByteWriter(256).u8(hand.length === 0 ? GUEST_FRAME : OWN_GUEST_FRAME).bytes(ref);
  writeStationRef(writer, station);
  writer.list(hashes, (to, hash) => to.bytes(hash));
  if (hand.length > 0) writer.list(hand, (to, hash) => to.bytes(hash));
  return writer.finish();
}

/** Reads a stranger's knock; fields are copies. */
export function decodeGuestKnock(bytes: Uint8Array): Decoded<GuestKnock> {
  const reader = new ByteReader(bytes);
  const frame = reader.u8();
  if (frame !== GUEST_FRAME && frame !== OWN_GUEST_FRAME) reader.fail("wire/range", 0);
  const ref = reader.bytes(REF_BYTES).slice();
  const { key, urls } = readStationRef(reader);
  const hashes = readHashes(reader);
  const hand = frame === OWN_GUEST_FRAME ? readHashes(reader) : [];
  return reader.finish({ ref, station: { key: stationKey(key.slice()), urls }, hashes, hand });
}

function readHashes(reader: ByteReader): readonly BlobHash[] {
  const hashes = reader.list(MAX_PIECES, (from) => from.bytes(HASH_BYTES).slice());
  return hashes.every(({ byteLength }) => byteLength === HASH_BYTES) ? hashes.map((hash) => blobHash(hash)) : [];
}

/** A bundle in pieces, each of which becomes a blob. */
export function cutBundle({ welcome, tree, people }: GuestBundle): readonly Uint8Array[] {
  return cutPieces(new ByteWriter(1024).opaque(welcome).opaque(tree).opaque(people).finish());
}

/** Bytes in pieces, each of which becomes a blob. */
export function cutPieces(whole: Uint8Array): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < whole.byteLength; at += PIECE_BYTES) pieces.push(whole.slice(at, at + PIECE_BYTES));
  return pieces;
}

/** Puts pieces together again. */
export function joinBundle(pieces: readonly Uint8Array[]): Decoded<GuestBundle> {
  const reader = new ByteReader(concatBytes(...pieces));
  const welcome = reader.opaque(MAX_WELCOME_BYTES).slice();
  const tree = reader.opaque(MAX_TREE_BYTES).slice();
  return reader.finish({ welcome, tree, people: reader.opaque(MAX_PEOPLE_BYTES).slice() });
}

async function keyOf(core: Sealing, group: MlsGroup): Promise<Uint8Array> {
  return core.mls.exportSecret(group, LABEL, new Uint8Array(0), KEY_BYTES);
}

/** Seals people for those who join an epoch. */
export async function sealPeople(core: Sealing, group: MlsGroup, told: SealedPeople): Promise<Uint8Array> {
  const nonce = core.random(NONCE_BYTES);
  const plain = concatBytes(told.by, encodePeople(told.people));
  return concatBytes(nonce, await core.crypto.aeadSeal(await keyOf(core, group), nonce, utf8(LABEL), plain));
}

/** Opens them; undefined when they are not of this epoch. */
export async function openPeople(core: Sealing, group: MlsGroup, bytes: Uint8Array): Promise<SealedPeople | undefined> {
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const sealed = bytes.subarray(NONCE_BYTES);
  if (nonce.byteLength < NONCE_BYTES) return undefined;
  const plain = await core.crypto.aeadOpen(await keyOf(core, group), nonce, utf8(LABEL), sealed);
  if (plain === undefined || plain.byteLength < IDENTITY_BYTES) return undefined;
  const by = identityId(plain.slice(0, IDENTITY_BYTES));
  const reader = new ByteReader(plain.subarray(IDENTITY_BYTES));
  const decoded = reader.finish(readPeople(reader));
  return decoded.ok ? { by, people: decoded.value } : undefined;
}
