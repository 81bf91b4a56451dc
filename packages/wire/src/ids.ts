/*
 * Ids and keys that travel in frames. Branded so that a log id cannot be passed where a station key belongs; at run time
 * they are plain bytes. The text form of every id is lower-case base32 without padding.
 */
import { fromBase32, toBase32 } from "./bytes/index.ts";

declare const brand: unique symbol;
type Branded<Name extends string> = Uint8Array & { readonly [brand]: Name };

/** 20 bytes: the first 160 bits of the SHA-256 of an identity's genesis op. */
export type IdentityId = Branded<"IdentityId">;
/** 32 bytes: a device's Ed25519 public key; also the signature key of its MLS leaf. */
export type DeviceId = Branded<"DeviceId">;
/** 32 bytes: a station's Ed25519 public key, its name everywhere. */
export type StationKey = Branded<"StationKey">;
/** 32 bytes: SHA-256 of a label, the station key and the log's genesis entry (protocol/1-wire.md, W-30). */
export type LogId = Branded<"LogId">;
/** 20 random bytes chosen by the creator: conversation id, MLS group id and genesis nonce in one. */
export type ConversationId = Branded<"ConversationId">;
/** 32 bytes: SHA-256 of a sealed chunk. */
export type BlobHash = Branded<"BlobHash">;

/** Sizes of ids in bytes. */
export const ID_SIZE_BYTES = {
  identity: 20,
  device: 32,
  station: 32,
  log: 32,
  conversation: 20,
  blob: 32,
} as const;

function sized(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  if (bytes.byteLength !== sizeBytes) throw new RangeError(`an id of ${sizeBytes} bytes has ${bytes.byteLength}`);
  return bytes;
}

/** Brands 20 bytes. @throws RangeError on another length: lengths of untrusted ids are checked when they are decoded */
export const identityId = (bytes: Uint8Array): IdentityId => sized(bytes, ID_SIZE_BYTES.identity) as IdentityId;
/** Brands 32 bytes. @throws RangeError on another length */
export const deviceId = (bytes: Uint8Array): DeviceId => sized(bytes, ID_SIZE_BYTES.device) as DeviceId;
/** Brands 32 bytes. @throws RangeError on another length */
export const stationKey = (bytes: Uint8Array): StationKey => sized(bytes, ID_SIZE_BYTES.station) as StationKey;
/** Brands 32 bytes. @throws RangeError on another length */
export const logId = (bytes: Uint8Array): LogId => sized(bytes, ID_SIZE_BYTES.log) as LogId;
/** Brands 20 bytes. @throws RangeError on another length */
export const conversationId = (bytes: Uint8Array): ConversationId =>
  sized(bytes, ID_SIZE_BYTES.conversation) as ConversationId;
/** Brands 32 bytes. @throws RangeError on another length */
export const blobHash = (bytes: Uint8Array): BlobHash => sized(bytes, ID_SIZE_BYTES.blob) as BlobHash;

/** The text a person or a map key sees. Cost: O(length). */
export const idText = (id: Uint8Array): string => toBase32(id);

/** @returns the id's bytes, or undefined when the text is not the canonical base32 of `sizeBytes` bytes */
export function parseIdText(text: string, sizeBytes: number): Uint8Array | undefined {
  const bytes = fromBase32(text);
  return bytes?.byteLength === sizeBytes ? bytes : undefined;
}
