/*
 * A station's word that a reader key is registered (E-10), and the reader's ack (E-12):
 *
 *   word   log[32], reader[32], from varint, timeMs varint        by the station
 *   ack    station[32], log[32], upTo varint                      by the reader
 */
import { MAX_ACK_BYTES, MAX_WORD_BYTES } from "@chapar/wire";
import type { Signer } from "@chapar/wire/bytes";
import type { EvidenceDecoded } from "../errors.ts";
import type { EvidencePorts } from "../ports.ts";
import type { Ack, ReaderWord } from "../types.ts";
import { readLog } from "./manifest.ts";
import { decodeWord, hash, HASH_BYTES, readKey, signWord, verifyWord, type WordForm } from "./outer.ts";

/** What a station says in a reader word. */
export type ReaderWordFields = Omit<ReaderWord, "kind" | "station" | "signature">;

const WORD: WordForm<ReaderWordFields, ReaderWordFields> = {
  number: 2,
  label: "chapar reader v1",
  maxBytes: MAX_WORD_BYTES,
  write: (writer, { log, reader, from, timeMs }) => {
    writer.bytes(hash(log)).bytes(hash(reader)).varint(from).varint(timeMs);
  },
  read: (from) => ({
    log: readLog(from),
    reader: from.bytes(HASH_BYTES),
    from: from.varint(),
    timeMs: from.varint(),
  }),
};

/** Signs a reader word: at most 177 bytes. @throws EvidenceError `evidence/bad-argument` */
export function signReaderWord(fields: ReaderWordFields, signer: Signer): Promise<Uint8Array<ArrayBuffer>> {
  return signWord(WORD, fields, signer);
}

/** Decodes a reader word; its signature is not checked. @param bytes  untrusted; the value keeps views of it */
export function decodeReaderWord(bytes: Uint8Array): EvidenceDecoded<ReaderWord> {
  const decoded = decodeWord(WORD, bytes);
  if (!decoded.ok) return decoded;
  const { signer, ...rest } = decoded.value;
  return { ok: true, value: { kind: "reader", station: readKey(signer), ...rest } };
}

/** Whether the station that a reader word names signed it. Cost: one signature check. */
export function verifyReaderWord(word: ReaderWord, ports: Pick<EvidencePorts, "verify">): Promise<boolean> {
  return verifyWord(WORD, word, { signer: word.station, signature: word.signature }, ports);
}

/** What a reader says in an ack. */
export type AckFields = Omit<Ack, "kind" | "reader" | "signature">;

const ACK: WordForm<AckFields, AckFields> = {
  number: 16,
  label: "chapar ack v1",
  maxBytes: MAX_ACK_BYTES,
  write: (writer, { station, log, upTo }) => {
    writer.bytes(hash(station)).bytes(hash(log)).varint(upTo);
  },
  read: (from) => ({ station: readKey(from.bytes(HASH_BYTES)), log: readLog(from), upTo: from.varint() }),
};

/** Signs an ack by the reader key: at most 169 bytes. @throws EvidenceError `evidence/bad-argument` */
export function signAck(fields: AckFields, reader: Signer): Promise<Uint8Array<ArrayBuffer>> {
  return signWord(ACK, fields, reader);
}

/** Decodes an ack; its signature is not checked. @param bytes  untrusted; the value keeps views of it */
export function decodeAck(bytes: Uint8Array): EvidenceDecoded<Ack> {
  const decoded = decodeWord(ACK, bytes);
  if (!decoded.ok) return decoded;
  const { signer, ...rest } = decoded.value;
  return { ok: true, value: { kind: "ack", reader: signer, ...rest } };
}

/** Whether the reader that an ack names signed it. Cost: one signature check. */
export function verifyAck(ack: Ack, ports: Pick<EvidencePorts, "verify">): Promise<boolean> {
  return verifyWord(ACK, ack, { signer: ack.reader, signature: ack.signature }, ports);
}
