/*
 * The one outer form of everything signed here (protocol/9-rule-r.md §2):
 *
 *   u8 kind ‖ signer[32] ‖ body ‖ signature[64]        signed: text label ‖ signer[32] ‖ body
 *
 * Bodies have one spelling, so the bytes that were signed are written again from the value.
 */
import { type StationKey, stationKey } from "@chapar/wire";
import { ByteReader, ByteWriter, type Signer } from "@chapar/wire/bytes";
import { type EvidenceDecoded, EvidenceError, refuseAt } from "../errors.ts";
import type { EvidencePorts } from "../ports.ts";

/** Size of keys, ids and hashes here, in bytes. */
export const HASH_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** A kind of word: its number, what its signature is for, the most bytes it may have, and how its body is written and read. */
export interface WordForm<Fields, Body> {
  readonly number: number;
  readonly label: string;
  readonly maxBytes: number;
  /** throws RangeError for numbers that do not fit */
  readonly write: (writer: ByteWriter, fields: Fields) => void;
  readonly read: (reader: ByteReader) => Body;
}

/** What a signed word has beside its body. */
export interface SignedBy {
  readonly signer: Uint8Array;
  readonly signature: Uint8Array;
}

/** 32 bytes as they are. @throws EvidenceError `evidence/bad-argument` for another length */
export function hash(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength !== HASH_BYTES) throw new EvidenceError("evidence/bad-argument", "not 32 bytes");
  return bytes;
}

function bodyBytes<Fields, Body>(form: WordForm<Fields, Body>, fields: Fields): Uint8Array {
  const writer = new ByteWriter(256);
  form.write(writer, fields);
  return writer.finish();
}

function signedBytes(label: string, signer: Uint8Array, body: Uint8Array): Uint8Array {
  return new ByteWriter(64 + body.byteLength).text(label).bytes(signer).bytes(body).finish();
}

/** Signs a word and answers its bytes. @throws EvidenceError `evidence/bad-argument`; RangeError for numbers that do not fit */
export async function signWord<Fields, Body>(
  form: WordForm<Fields, Body>,
  fields: Fields,
  signer: Signer,
): Promise<Uint8Array<ArrayBuffer>> {
  const body = bodyBytes(form, fields);
  const signature = await signer.sign(signedBytes(form.label, signer.publicKey, body));
  const bytes = new ByteWriter(128 + body.byteLength)
    .u8(form.number)
    .bytes(signer.publicKey)
    .bytes(body)
    .bytes(signature);
  if (bytes.length > form.maxBytes) throw new EvidenceError("evidence/bad-argument", "a word above its limit");
  return bytes.finish();
}

/** Decodes a word of one kind; its signature is not checked. */
export function decodeWord<Fields, Body>(
  form: WordForm<Fields, Body>,
  bytes: Uint8Array,
): EvidenceDecoded<Body & SignedBy> {
  if (bytes.byteLength > form.maxBytes) return { ok: false, code: "wire/too-long", offset: form.maxBytes };
  const reader = new ByteReader(bytes);
  const number = reader.u8();
  if (!reader.failed && number !== form.number) return refuseAt("evidence/malformed", 0);
  const signer = reader.bytes(HASH_BYTES);
  const body = form.read(reader);
  return reader.finish({ ...body, signer, signature: reader.bytes(SIGNATURE_BYTES) });
}

/** Whether a word's signature is its signer's. */
export async function verifyWord<Fields, Body>(
  form: WordForm<Fields, Body>,
  fields: Fields,
  by: SignedBy,
  ports: Pick<EvidencePorts, "verify">,
): Promise<boolean> {
  return ports.verify(by.signer, signedBytes(form.label, by.signer, bodyBytes(form, fields)), by.signature);
}

/** A station's key from bytes that a reader gave, which are short only after it failed. */
export function readKey(bytes: Uint8Array): StationKey {
  return stationKey(bytes.byteLength === HASH_BYTES ? bytes : new Uint8Array(HASH_BYTES));
}
