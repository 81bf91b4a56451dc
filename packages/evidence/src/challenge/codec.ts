/*
 * Challenges and their answers as bytes (§5):
 *
 *   challenge   u8 1, kind u8 (0 entry, 1 identity), station[32], basis opaque<3072> (flag u8, then the object), subject[32],
 *               reader optional [32], index varint, timeMs varint, nonce[16]
 *   answer      u8 0, entry opaque, list<64> of [32]  ·  u8 1, manifest opaque  ·  u8 2, genesis opaque, op opaque
 */
import { MAX_ANSWER_BYTES, MAX_CHALLENGE_BYTES, MAX_ENTRY_BYTES, MAX_MANIFEST_BYTES, MAX_OP_BYTES } from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes, type Sha256, utf8 } from "@chapar/wire/bytes";
import { readHashes, writeHashes } from "../bundle/bridge-codec.ts";
import { type EvidenceDecoded, EvidenceError, refuseAt } from "../errors.ts";
import type { Challenge, ChallengeAnswer } from "../types.ts";
import { hash, HASH_BYTES, readKey } from "../words/outer.ts";

const VERSION = 1;
const KINDS: readonly Challenge["kind"][] = ["entry", "identity"];
const MAX_BASIS_BYTES = 3072;
const NONCE_BYTES = 16;
const HASH_LABEL = utf8("chapar challenge v1");

/** Bytes of a challenge. @throws EvidenceError `evidence/bad-argument` for a field of another size; RangeError for numbers */
export function encodeChallenge(challenge: Challenge): Uint8Array<ArrayBuffer> {
  const { kind, station, basis, subject, reader, index, timeMs, nonce } = challenge;
  const isSized = basis.bytes.byteLength < MAX_BASIS_BYTES && nonce.byteLength === NONCE_BYTES;
  if (!isSized || (kind === "identity" && reader !== undefined))
    throw new EvidenceError("evidence/bad-argument", "not a challenge");
  const writer = new ByteWriter(1024).u8(VERSION).u8(KINDS.indexOf(kind)).bytes(hash(station));
  writer.opaque(concatBytes(Uint8Array.of(basis.isClaim ? 1 : 0), basis.bytes)).bytes(hash(subject));
  writer.optional(reader, (to, key) => to.bytes(hash(key)));
  return writer.varint(index).varint(timeMs).bytes(nonce).finish();
}

function readBasis(reader: ByteReader): Challenge["basis"] {
  const at = reader.offset;
  const basis = new ByteReader(reader.opaque(MAX_BASIS_BYTES));
  const decoded = basis.finish({ isClaim: basis.flag(), bytes: basis.rest() });
  if (!decoded.ok) reader.fail("wire/range", at);
  return decoded.ok ? decoded.value : { isClaim: false, bytes: new Uint8Array(0) };
}

/**
 * Decodes a challenge; its basis is not looked at (`checkChallenge`).
 *
 * @param bytes  untrusted; the value keeps views of it
 * @returns `evidence/malformed` another version, or a reader in a challenge about an identity; a `wire/` code for other bytes
 */
export function decodeChallenge(bytes: Uint8Array): EvidenceDecoded<Challenge> {
  if (bytes.byteLength > MAX_CHALLENGE_BYTES) return { ok: false, code: "wire/too-long", offset: MAX_CHALLENGE_BYTES };
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const kind = KINDS[reader.u8()];
  if (!reader.failed && (version !== VERSION || kind === undefined)) return refuseAt("evidence/malformed", 0);
  const challenge: Challenge = {
    kind: kind ?? "entry",
    station: readKey(reader.bytes(HASH_BYTES)),
    basis: readBasis(reader),
    subject: reader.bytes(HASH_BYTES),
    reader: reader.optional((from) => from.bytes(HASH_BYTES)),
    index: reader.varint(),
    timeMs: reader.varint(),
    nonce: reader.bytes(NONCE_BYTES),
  };
  const decoded = reader.finish(challenge);
  const isOdd = decoded.ok && kind === "identity" && challenge.reader !== undefined;
  return isOdd ? refuseAt("evidence/malformed", 0) : decoded;
}

/** What a witness logs of a challenge: `SHA-256("chapar challenge v1" ‖ challenge)`. @param bytes  an encoded challenge */
export function challengeHash(bytes: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(HASH_LABEL, bytes));
}

const ANSWERS: readonly ChallengeAnswer["kind"][] = ["entry", "manifest", "op"];

/** Bytes of an answer. @throws EvidenceError `evidence/bad-argument` for a hash that is not 32 bytes */
export function encodeAnswer(answer: ChallengeAnswer): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(2048).u8(ANSWERS.indexOf(answer.kind));
  switch (answer.kind) {
    case "entry":
      writeHashes(writer.opaque(answer.entry), answer.inclusion);
      return writer.finish();
    case "manifest":
      return writer.opaque(answer.manifest).finish();
    case "op":
      return writer.opaque(answer.genesis).opaque(answer.op).finish();
    default:
      return answer satisfies never;
  }
}

function readAnswer(reader: ByteReader, kind: ChallengeAnswer["kind"]): ChallengeAnswer {
  switch (kind) {
    case "entry":
      return { kind, entry: reader.opaque(MAX_ENTRY_BYTES), inclusion: readHashes(reader) };
    case "manifest":
      return { kind, manifest: reader.opaque(MAX_MANIFEST_BYTES) };
    case "op":
      return { kind, genesis: reader.opaque(MAX_OP_BYTES), op: reader.opaque(MAX_OP_BYTES) };
    default:
      return kind satisfies never;
  }
}

/**
 * Decodes an answer; whether it answers is for `checkAnswer`.
 *
 * @param bytes  untrusted; the value keeps views of it
 * @returns `evidence/malformed` no such kind; a `wire/` code for other bytes
 */
export function decodeAnswer(bytes: Uint8Array): EvidenceDecoded<ChallengeAnswer> {
  if (bytes.byteLength > MAX_ANSWER_BYTES) return { ok: false, code: "wire/too-long", offset: MAX_ANSWER_BYTES };
  const reader = new ByteReader(bytes);
  const kind = ANSWERS[reader.u8()];
  if (!reader.failed && kind === undefined) return refuseAt("evidence/malformed", 0);
  return reader.finish(readAnswer(reader, kind ?? "entry"));
}
