/*
 * A handing (D-12): what a device needs to go on in a conversation where another own device is, sealed under a secret of the epoch that takes
 * it in and signed by the device that adds it.
 *
 *   frame  = u8 3, key package ref[32], welcome opaque<65536>, tree opaque<65536>, sealed opaque<65536>
 *   sealed = nonce[12] ‖ AES-256-GCM(exporter secret "chapar hand", device[32], signature[64], handing), AAD = conversation id
 */
import type { CryptoPort, Mls, MlsGroup } from "@chapar/e2e";
import { ByteReader, concatBytes, type Decoded, utf8 } from "@chapar/wire/bytes";
import { blob, count, type FieldCodec, fields, id, list, optional, row, text } from "../store/record.ts";
import { type ChainRow, chainField } from "../conversation/chain-rows.ts";
import { homeField, type HomeRow } from "../profile/profile-row.ts";
import type { IdentityId } from "@chapar/wire";
import { ByteWriter } from "@chapar/wire/bytes";
import { HAND_FRAME } from "../sync/knock-frames.ts";

const LABEL = "chapar hand";
const SIGN_LABEL = utf8("chapar hand v1");
const NOTHING = new Uint8Array(0);
const SECRET_BYTES = 32;
const NONCE_BYTES = 12;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const MAX_PART_BYTES = 65_536;

/** How a conversation stands where the new leaf begins. */
export interface Handing {
  readonly peer: IdentityId;
  readonly peerName: string;
  readonly peerHome: HomeRow | undefined;
  /** lines below it are told as history */
  readonly placed: number;
  readonly readTo: number;
  readonly unread: number;
  readonly atMs: number;
  readonly chains: readonly ChainRow[];
  /** verified range and heads of the room's log before the commit */
  readonly held: Uint8Array;
}

const handingField: FieldCodec<Handing> = fields<Handing>({
  peer: id(),
  peerName: text,
  peerHome: optional(homeField),
  placed: count,
  readTo: count,
  unread: count,
  atMs: count,
  chains: list(chainField),
  held: blob,
});
const handingRow = row<Handing>(1, handingField);

/** A knock that brings a device into a conversation, with what it is handed. */
export interface HandKnock {
  readonly ref: Uint8Array;
  readonly welcome: Uint8Array;
  readonly tree: Uint8Array;
  readonly sealed: Uint8Array;
}

/** The frame of a knock. */
export function encodeHandKnock({ ref, welcome, tree, sealed }: HandKnock): Uint8Array {
  return new ByteWriter(1024).u8(HAND_FRAME).bytes(ref).opaque(welcome).opaque(tree).opaque(sealed).finish();
}

/** Reads a knock of a stranger; fields are copies. */
export function decodeHandKnock(bytes: Uint8Array): Decoded<HandKnock> {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== HAND_FRAME) reader.fail("wire/range", 0);
  const ref = reader.bytes(KEY_BYTES).slice();
  const welcome = reader.opaque(MAX_PART_BYTES).slice();
  const tree = reader.opaque(MAX_PART_BYTES).slice();
  return reader.finish({ ref, welcome, tree, sealed: reader.opaque(MAX_PART_BYTES).slice() });
}

/** The secret of a group's epoch under which handings are sealed. */
export async function handSecret(mls: Mls, group: MlsGroup): Promise<Uint8Array> {
  return mls.exportSecret(group, LABEL, NOTHING, SECRET_BYTES);
}

/** Who signs handings: this device. */
export interface HandSigner {
  readonly device: Uint8Array;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Seals a handing. @param conversation  binds it to its room */
export async function sealHanding(
  handing: Handing,
  { conversation, secret }: { readonly conversation: Uint8Array; readonly secret: Uint8Array },
  signer: HandSigner,
  crypto: CryptoPort,
): Promise<Uint8Array> {
  const bytes = handingRow.encode(handing);
  const signature = await signer.sign(concatBytes(SIGN_LABEL, conversation, secret, bytes));
  const nonce = crypto.random(NONCE_BYTES);
  const plain = concatBytes(signer.device, signature, bytes);
  return concatBytes(nonce, await crypto.aeadSeal(secret, nonce, conversation, plain));
}

/**
 * Opens a handing.
 *
 * @param isOwn  whether a device is a live one of the reader's identity
 * @returns undefined when it does not open, or nobody of one's own signed it (D-14)
 */
export async function openHanding(
  sealed: Uint8Array,
  { conversation, secret }: { readonly conversation: Uint8Array; readonly secret: Uint8Array },
  isOwn: (device: Uint8Array) => boolean,
  crypto: CryptoPort,
): Promise<Handing | undefined> {
  if (sealed.byteLength <= NONCE_BYTES) return undefined;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const plain = await crypto.aeadOpen(secret, nonce, conversation, sealed.subarray(NONCE_BYTES));
  if (plain === undefined || plain.byteLength <= KEY_BYTES + SIGNATURE_BYTES) return undefined;
  const device = plain.subarray(0, KEY_BYTES);
  const signature = plain.subarray(KEY_BYTES, KEY_BYTES + SIGNATURE_BYTES);
  const bytes = plain.subarray(KEY_BYTES + SIGNATURE_BYTES);
  const message = concatBytes(SIGN_LABEL, conversation, secret, bytes);
  if (!isOwn(device) || !(await crypto.ed25519.verify(device, message, signature))) return undefined;
  try {
    return handingRow.decode(bytes);
  } catch {
    // Signed by one of one's own, and written by a program that this one does not understand.
    return undefined;
  }
}
