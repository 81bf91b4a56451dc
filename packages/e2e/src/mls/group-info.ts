/*
 * How a GroupInfo travels to whoever may join by themselves (protocol/4-groups.md §9).
 *
 * It names every member and the room, so a station sees it sealed only. The key is the bearer's: an invite link carries it, or
 * a person's devices share it. One key seals the GroupInfo of many epochs, so each envelope derives a key of its own:
 *
 *   envelope  = salt[32] ‖ AES-256-GCM(HKDF-SHA256(key, salt, "chapar group info"), nonce 0, aad = "chapar group info", plain)
 *   plain     = u8 version (1), opaque info, opaque tree, opaque extra, zeros up to the bucket
 */
import { ByteReader, ByteWriter, concatBytes, utf8 } from "@chapar/wire/bytes";
import type { CryptoPort } from "../crypto/port.ts";
import { e2eError } from "../errors.ts";
import { bucketBytes, isBucket, MAX_TREE_BYTES } from "./padding.ts";
import type { GroupInfo } from "./port.ts";

const LABEL = utf8("chapar group info");
const VERSION = 1;
const KEY_BYTES = 32;
const SALT_BYTES = 32;
const TAG_BYTES = 16;
const NONCE = new Uint8Array(12);
const MAX_INFO_BYTES = 131_072;
const MAX_EXTRA_BYTES = 65_536;
const MAX_ENVELOPE_BYTES: number = MAX_TREE_BYTES + 262_144;

/** A GroupInfo and what the layer above sends along (the room's keys of that epoch, who vouches for it). */
export interface OpenedGroupInfo {
  readonly groupInfo: GroupInfo;
  readonly extra: Uint8Array;
}

type EnvelopeCrypto = Pick<CryptoPort, "random" | "hkdfExtract" | "hkdfExpand" | "aeadSeal" | "aeadOpen">;

function envelopeKey(crypto: EnvelopeCrypto, key: Uint8Array, salt: Uint8Array): Uint8Array {
  if (key.byteLength !== KEY_BYTES) throw new RangeError("a key for GroupInfo has 32 bytes");
  return crypto.hkdfExpand("sha256", crypto.hkdfExtract("sha256", salt, key), LABEL, KEY_BYTES);
}

/**
 * Seals a GroupInfo for whoever holds the key.
 *
 * @param key 32 bytes, uniformly random, used for nothing else
 * @param extra at most 65,536 bytes of the caller's
 * @returns bytes of a bucket's size; two envelopes of one GroupInfo have nothing in common
 */
export async function sealGroupInfo(
  crypto: EnvelopeCrypto,
  key: Uint8Array,
  groupInfo: GroupInfo,
  extra: Uint8Array,
): Promise<Uint8Array> {
  if (extra.byteLength > MAX_EXTRA_BYTES || groupInfo.info.byteLength > MAX_INFO_BYTES) throw e2eError("e2e/too-large");
  const salt = crypto.random(SALT_BYTES);
  const writer = new ByteWriter(4096).u8(VERSION).opaque(groupInfo.info).opaque(groupInfo.tree).opaque(extra);
  const encoded = writer.finish();
  const overhead = SALT_BYTES + TAG_BYTES;
  const plain = new Uint8Array(bucketBytes(encoded.byteLength + overhead) - overhead);
  plain.set(encoded);
  return concatBytes(salt, await crypto.aeadSeal(envelopeKey(crypto, key, salt), NONCE, LABEL, plain));
}

/** @throws E2eError `e2e/bad-group-info` when it was sealed with another key, was changed, or is malformed */
export async function openGroupInfo(
  crypto: EnvelopeCrypto,
  key: Uint8Array,
  envelope: Uint8Array,
): Promise<OpenedGroupInfo> {
  if (envelope.byteLength > MAX_ENVELOPE_BYTES || !isBucket(envelope.byteLength)) throw e2eError("e2e/bad-group-info");
  const derived = envelopeKey(crypto, key, envelope.slice(0, SALT_BYTES));
  const plain = await crypto.aeadOpen(derived, NONCE, LABEL, envelope.subarray(SALT_BYTES));
  if (plain === undefined) throw e2eError("e2e/bad-group-info");
  const reader = new ByteReader(plain);
  const version = reader.u8();
  const info = reader.opaque(MAX_INFO_BYTES).slice();
  const tree = reader.opaque(MAX_TREE_BYTES).slice();
  const extra = reader.opaque(MAX_EXTRA_BYTES).slice();
  const padding = reader.rest();
  const read = reader.finish({ groupInfo: { info, tree }, extra });
  if (!read.ok || version !== VERSION || padding.some((byte) => byte !== 0)) throw e2eError("e2e/bad-group-info");
  return read.value;
}
