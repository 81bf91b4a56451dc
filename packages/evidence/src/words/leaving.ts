/*
 * A station's word on what it deleted of somebody who left (protocol/15-moving.md M-22), and the file by which anyone checks it offline.
 *
 *   identity[32], op[32], timeMs varint, then for account, envelope, blob, backup: gone objects varint, gone bytes varint, kept objects varint,
 *   kept bytes varint, untilMs varint; generation varint, ledgerIndex varint
 */
import { MAX_LEDGER_LEAF_BYTES, MAX_LEDGER_PROOF_BYTES, MAX_WORD_BYTES, type StationKey } from "@chapar/wire";
import { ByteReader, ByteWriter, equalBytes, type Sha256, type Signer, utf8 } from "@chapar/wire/bytes";
import { openLeafClaim } from "../claims/open.ts";
import { type EvidenceChecked, type EvidenceDecoded, refuse } from "../errors.ts";
import type { EvidencePorts } from "../ports.ts";
import type { LeafClaim } from "../types.ts";
import { decodeWord, hash, HASH_BYTES, readKey, signWord, verifyWord, type WordForm } from "./outer.ts";

/** What a receipt counts, in its order. */
export const LEFT_CLASSES = ["account", "envelope", "blob", "backup"] as const;
/** One of LEFT_CLASSES. */
export type LeftClass = (typeof LEFT_CLASSES)[number];

/** One class: what is gone, and what a law makes the station keep, sealed, and until when. */
export interface LeftAmount {
  readonly objects: number;
  readonly bytes: number;
  readonly keptObjects: number;
  readonly keptBytes: number;
  /** 0 when nothing is kept */
  readonly untilMs: number;
}

/** What a station says of somebody who left. */
export interface LeavingFields {
  /** as in the station's log (S-3): names nobody to whom the chain is not known */
  readonly identity: Uint8Array;
  /** the commitment of the op by which they left */
  readonly op: Uint8Array;
  readonly timeMs: number;
  readonly amounts: Readonly<Record<LeftClass, LeftAmount>>;
  /** where the tombstone stands in the station's log */
  readonly generation: number;
  readonly ledgerIndex: number;
}

/** The word as it was read. */
export interface LeavingWord extends LeavingFields {
  readonly station: StationKey;
  readonly signature: Uint8Array;
}

function writeCore(writer: ByteWriter, { identity, op, timeMs, amounts }: LeavingFields): ByteWriter {
  writer.bytes(hash(identity)).bytes(hash(op)).varint(timeMs);
  for (const one of LEFT_CLASSES) {
    const { objects, bytes, keptObjects, keptBytes, untilMs } = amounts[one];
    writer.varint(objects).varint(bytes).varint(keptObjects).varint(keptBytes).varint(untilMs);
  }
  return writer;
}

function readAmount(from: ByteReader): LeftAmount {
  const [objects, bytes, keptObjects, keptBytes] = [from.varint(), from.varint(), from.varint(), from.varint()];
  return { objects, bytes, keptObjects, keptBytes, untilMs: from.varint() };
}

const FORM: WordForm<LeavingFields, LeavingFields> = {
  number: 6,
  label: "chapar leaving v1",
  maxBytes: MAX_WORD_BYTES,
  write: (writer, fields) => {
    writeCore(writer, fields).varint(fields.generation).varint(fields.ledgerIndex);
  },
  read: (from) => ({
    identity: from.bytes(HASH_BYTES),
    op: from.bytes(HASH_BYTES),
    timeMs: from.varint(),
    amounts: {
      account: readAmount(from),
      envelope: readAmount(from),
      blob: readAmount(from),
      backup: readAmount(from),
    },
    generation: from.varint(),
    ledgerIndex: from.varint(),
  }),
};

/** What the tombstone in the station's log commits to: everything but where it stands. 32 bytes */
export function leavingHash(fields: LeavingFields, sha256: Sha256): Uint8Array {
  return sha256(writeCore(new ByteWriter(256).bytes(utf8("chapar leaving v1")), fields).finish());
}

/** Signs a receipt. @throws EvidenceError `evidence/bad-argument`; RangeError for numbers that do not fit */
export async function signLeaving(fields: LeavingFields, signer: Signer): Promise<Uint8Array<ArrayBuffer>> {
  return signWord(FORM, fields, signer);
}

/** Decodes a receipt; its signature is not checked. @param bytes  untrusted; the value keeps views of it */
export function decodeLeaving(bytes: Uint8Array): EvidenceDecoded<LeavingWord> {
  const decoded = decodeWord(FORM, bytes);
  if (!decoded.ok) return decoded;
  const { signer, ...rest } = decoded.value;
  return { ok: true, value: { station: readKey(signer), ...rest } };
}

/** Whether the station that a receipt names signed it. Cost: one signature check. */
export function verifyLeaving(word: LeavingWord, ports: Pick<EvidencePorts, "verify">): Promise<boolean> {
  return verifyWord(FORM, word, { signer: word.station, signature: word.signature }, ports);
}

const MAGIC = utf8("chapar receipt v1\n");

/** A receipt as a person keeps it: the word, and the leaf of the station's log with its proof, when that was published. */
export interface ReceiptFile {
  readonly word: Uint8Array;
  readonly leaf: LeafClaim | undefined;
}

/** Bytes of a receipt file. */
export function encodeReceiptFile({ word, leaf }: ReceiptFile): Uint8Array {
  const writer = new ByteWriter(1024).bytes(MAGIC).opaque(word);
  if (leaf === undefined) return writer.u8(0).finish();
  return writer.u8(1).opaque(leaf.leaf).opaque(leaf.proof).finish();
}

/** A receipt that holds. */
export interface CheckedReceipt {
  readonly word: LeavingWord;
  /** whether the file shows the tombstone in the station's log */
  readonly isInLog: boolean;
}

/**
 * Checks a receipt file with nothing but itself.
 *
 * @returns `evidence/malformed` · `evidence/bad-signature` · `evidence/wrong-subject` the leaf is of something else · as `openLeafClaim`
 * Cost: at most two signature checks and one path
 */
export async function checkReceiptFile(
  file: Uint8Array,
  ports: EvidencePorts,
): Promise<EvidenceChecked<CheckedReceipt>> {
  const reader = new ByteReader(file);
  const magic = reader.bytes(MAGIC.byteLength);
  if (reader.failed || !equalBytes(magic, MAGIC)) return refuse("evidence/malformed");
  const bytes = reader.opaque(MAX_WORD_BYTES);
  const flag = reader.u8();
  const leaf =
    flag === 1
      ? { leaf: reader.opaque(MAX_LEDGER_LEAF_BYTES), proof: reader.opaque(MAX_LEDGER_PROOF_BYTES) }
      : undefined;
  const whole = reader.finish({ bytes, leaf });
  const word = decodeLeaving(bytes);
  if (!whole.ok || !word.ok || flag > 1) return refuse("evidence/malformed");
  if (!(await verifyLeaving(word.value, ports))) return refuse("evidence/bad-signature");
  if (leaf === undefined) return { ok: true, value: { word: word.value, isInLog: false } };
  const opened = await openLeafClaim(leaf, word.value.station, ports);
  if (!opened.ok) return opened;
  const { value } = opened;
  const isOurs =
    value.leaf.kind === "tombstone" &&
    value.index === word.value.ledgerIndex &&
    value.generation === word.value.generation &&
    equalBytes(value.leaf.log, word.value.identity) &&
    equalBytes(value.leaf.leafHash, leavingHash(word.value, ports.sha256));
  return isOurs ? { ok: true, value: { word: word.value, isInLog: true } } : refuse("evidence/wrong-subject");
}
