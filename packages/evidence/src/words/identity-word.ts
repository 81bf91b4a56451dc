/* A station's word on how many ops an identity's chain has (E-16): identity[32], opCount u32, commitment[32], timeMs varint. */
import { MAX_WORD_BYTES } from "@chapar/wire";
import type { ByteReader, Signer } from "@chapar/wire/bytes";
import { type EvidenceDecoded, EvidenceError } from "../errors.ts";
import type { EvidencePorts } from "../ports.ts";
import type { IdentityWord } from "../types.ts";
import { decodeWord, hash, HASH_BYTES, readKey, signWord, verifyWord, type WordForm } from "./outer.ts";

/** What a station says in an identity word. */
export type IdentityWordFields = Omit<IdentityWord, "kind" | "station" | "signature">;

const FORM: WordForm<IdentityWordFields, IdentityWordFields> = {
  number: 3,
  label: "chapar identity word v1",
  maxBytes: MAX_WORD_BYTES,
  write: (writer, { identity, opCount, commitment, timeMs }) => {
    if (opCount < 1) throw new EvidenceError("evidence/bad-argument", "a chain without ops");
    writer.bytes(hash(identity)).u32(opCount).bytes(hash(commitment)).varint(timeMs);
  },
  read: (from) => ({
    identity: from.bytes(HASH_BYTES),
    opCount: readCount(from),
    commitment: from.bytes(HASH_BYTES),
    timeMs: from.varint(),
  }),
};

function readCount(reader: ByteReader): number {
  const at = reader.offset;
  const count = reader.u32();
  if (!reader.failed && count === 0) reader.fail("wire/range", at);
  return count;
}

/** Signs an identity word: at most 173 bytes. @throws EvidenceError `evidence/bad-argument` */
export async function signIdentityWord(fields: IdentityWordFields, signer: Signer): Promise<Uint8Array<ArrayBuffer>> {
  return signWord(FORM, fields, signer);
}

/** Decodes an identity word; its signature is not checked. @param bytes  untrusted; the value keeps views of it */
export function decodeIdentityWord(bytes: Uint8Array): EvidenceDecoded<IdentityWord> {
  const decoded = decodeWord(FORM, bytes);
  if (!decoded.ok) return decoded;
  const { signer, ...rest } = decoded.value;
  return { ok: true, value: { kind: "identity", station: readKey(signer), ...rest } };
}

/** Whether the station that an identity word names signed it. Cost: one signature check. */
export function verifyIdentityWord(word: IdentityWord, ports: Pick<EvidencePorts, "verify">): Promise<boolean> {
  return verifyWord(FORM, word, { signer: word.station, signature: word.signature }, ports);
}
