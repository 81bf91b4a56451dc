/*
 * What two devices of a person say to each other while one is linked: the new one's hello, bound by the code before it has heard anything; the
 * old one's answer, said before it has seen the hello; the digits that both show; and the grant, sealed to the hello's key. Layouts and the
 * order that makes six digits enough: protocol/10-devices.md §1.
 */
import { ID_SIZE_BYTES, type IdentityId, identityId } from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes, equalBytes, type Sha256, utf8 } from "@chapar/wire/bytes";
import { hpke } from "../crypto/hpke.ts";
import { type KemKeyPair, xWing } from "../crypto/kem.ts";
import type { CryptoPort } from "../crypto/port.ts";
import { e2eError } from "../errors.ts";
import type { LinkCode } from "./link-code.ts";

const VERSION = 1;
const KEM_KEY_BYTES = 1216;
const NONCE_BYTES = 32;
const KEY_BYTES = 32;
const ENC_BYTES = 1120;
const DIGITS = 6;
const EMPTY = new Uint8Array(0);

/** What a new device says of itself. */
export interface LinkHello {
  /** X-Wing public key, for the grant */
  readonly kemKey: Uint8Array;
  readonly nonce: Uint8Array;
  readonly device: Uint8Array;
  readonly inboxReadKey: Uint8Array;
}

/** What the old device answers before it has seen the hello. */
export interface LinkAnswer {
  readonly identity: IdentityId;
  readonly nonce: Uint8Array;
}

/** Where the devices meet: the keys of a room log that nobody else can name. */
export interface MeetingKeys {
  readonly nonce: Uint8Array;
  readonly writeSeed: Uint8Array;
  readonly readSeed: Uint8Array;
  /** seals the frames */
  readonly frameKey: Uint8Array;
}

/** Six digits and what they are made of. */
export interface LinkDigits {
  readonly digits: string;
  /** binds the grant to this linking */
  readonly transcript: Uint8Array;
}

type Kdf = Pick<CryptoPort, "hkdfExtract" | "hkdfExpand">;

function derive(crypto: Kdf, salt: Uint8Array, secret: Uint8Array, info: string, sizeBytes: number): Uint8Array {
  return crypto.hkdfExpand("sha256", crypto.hkdfExtract("sha256", salt, secret), utf8(info), sizeBytes);
}

/** The meeting of a code's secret (D-3). */
export function meetingKeys(secret: Uint8Array, crypto: Kdf): MeetingKeys {
  const bytes = derive(crypto, EMPTY, secret, "chapar link meeting v1", ID_SIZE_BYTES.conversation + 3 * KEY_BYTES);
  const at = (index: number): Uint8Array => bytes.slice(20 + index * KEY_BYTES, 20 + (index + 1) * KEY_BYTES);
  return { nonce: bytes.slice(0, 20), writeSeed: at(0), readSeed: at(1), frameKey: at(2) };
}

/** Bytes of a hello. */
export function encodeHello({ kemKey, nonce, device, inboxReadKey }: LinkHello): Uint8Array {
  return new ByteWriter().u8(VERSION).bytes(kemKey).bytes(nonce).bytes(device).bytes(inboxReadKey).finish();
}

/** What the code commits to. */
export function helloCommitment(hello: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(utf8("chapar link commit v1"), hello));
}

/** Reads the hello of a code. @throws E2eError `e2e/wrong-hello` it is not what the code commits to */
export function openHello(bytes: Uint8Array, code: LinkCode, sha256: Sha256): LinkHello {
  if (!equalBytes(helloCommitment(bytes, sha256), code.commitment)) throw e2eError("e2e/wrong-hello");
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) reader.fail("wire/range", 0);
  const kemKey = reader.bytes(KEM_KEY_BYTES).slice();
  const nonce = reader.bytes(NONCE_BYTES).slice();
  const device = reader.bytes(KEY_BYTES).slice();
  const read = reader.finish({ kemKey, nonce, device, inboxReadKey: reader.bytes(KEY_BYTES).slice() });
  if (!read.ok) throw e2eError("e2e/wrong-hello");
  return read.value;
}

/** Bytes of an answer. */
export function encodeAnswer({ identity, nonce }: LinkAnswer): Uint8Array {
  return new ByteWriter().u8(VERSION).bytes(identity).bytes(nonce).finish();
}

/** Reads an answer; undefined when it is none. */
export function decodeAnswer(bytes: Uint8Array): LinkAnswer | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) reader.fail("wire/range", 0);
  const identity = reader.bytes(ID_SIZE_BYTES.identity).slice();
  const nonce = reader.bytes(NONCE_BYTES).slice();
  if (!reader.finish(undefined).ok) return undefined;
  return { identity: identityId(identity), nonce };
}

/** The digits of a linking (D-2). @param code @param answer @param hello  their bytes */
export function linkDigits(
  parts: { readonly code: Uint8Array; readonly answer: Uint8Array; readonly hello: Uint8Array },
  secret: Uint8Array,
  crypto: Kdf & Pick<CryptoPort, "sha256">,
): LinkDigits {
  const transcript = crypto.sha256(concatBytes(utf8("chapar link v1"), parts.code, parts.answer, parts.hello));
  const bytes = derive(crypto, secret, transcript, "chapar link digits v1", 8);
  const value = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0) % 10n ** BigInt(DIGITS);
  return { digits: value.toString().padStart(DIGITS, "0"), transcript };
}

function box(crypto: CryptoPort): ReturnType<typeof hpke> {
  return hpke(crypto, { kem: xWing(crypto), hash: "sha512", aeadKeyBytes: 32 });
}

/** A new key pair for a hello. */
export async function linkKeys(crypto: CryptoPort): Promise<KemKeyPair> {
  return xWing(crypto).deriveKeyPair(crypto.random(KEY_BYTES));
}

/** Seals the grant to the hello's key, bound to the transcript (D-6). @throws E2eError `e2e/wrong-hello` the key is none */
export async function sealGrant(
  plain: Uint8Array,
  hello: LinkHello,
  transcript: Uint8Array,
  crypto: CryptoPort,
): Promise<Uint8Array> {
  const sealed = await box(crypto).seal(hello.kemKey, transcript, EMPTY, plain);
  if (sealed === undefined) throw e2eError("e2e/wrong-hello");
  return concatBytes(sealed.enc, sealed.ciphertext);
}

/** Opens a grant; undefined when it was sealed to another key, or for another linking. */
export async function openGrant(
  sealed: Uint8Array,
  privateKey: Uint8Array,
  transcript: Uint8Array,
  crypto: CryptoPort,
): Promise<Uint8Array | undefined> {
  if (sealed.byteLength <= ENC_BYTES) return undefined;
  const [enc, ciphertext] = [sealed.subarray(0, ENC_BYTES), sealed.subarray(ENC_BYTES)];
  return box(crypto).open(privateKey, enc, transcript, EMPTY, ciphertext);
}
