/*
 * Tally words (protocol/14-residency.md K-20): what one station handed to a link to another up to a mark, by its own word, and what came by
 * it, by the word of the other. Bodies are alike:
 *
 *   other[32], link[32], number varint, timeMs varint, then objects varint, bytes varint for each class in their order
 *
 * Who signs is the exporter in `sent` and the importer in `received`; `other` is the other of the two.
 */
import { MAX_TALLY_BYTES, type StationKey } from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes, equalBytes, utf8, type Sha256, type Signer } from "@chapar/wire/bytes";
import type { EvidenceDecoded } from "../errors.ts";
import type { EvidencePorts } from "../ports.ts";
import { decodeWord, hash, HASH_BYTES, readKey, signWord, verifyWord, type WordForm } from "../words/outer.ts";
import { type Amount, type Amounts, amountsOf, CROSSING_CLASSES, equalAmounts } from "./amounts.ts";

/** What a tally word says. */
export interface TallyFields {
  /** the station at the other end of the link */
  readonly other: StationKey;
  /** 32 bytes, what the acceptor of the link said */
  readonly link: Uint8Array;
  /** of the mark, from 1 */
  readonly number: number;
  readonly timeMs: number;
  /** since the link began */
  readonly amounts: Amounts;
}

/** A tally word as decoded. */
export interface Tally extends TallyFields {
  readonly kind: "sent" | "received";
  /** who says it */
  readonly station: StationKey;
  readonly signature: Uint8Array;
}

const readAmounts = (from: ByteReader): Amounts => {
  const read = CROSSING_CLASSES.map((of): [string, Amount] => [of, { objects: from.varint(), bytes: from.varint() }]);
  const byClass = new Map(read);
  return amountsOf((of) => byClass.get(of) ?? { objects: 0, bytes: 0 });
};

function form(number: number, label: string): WordForm<TallyFields, TallyFields> {
  return {
    number,
    label,
    maxBytes: MAX_TALLY_BYTES,
    write: (writer, { other, link, number: mark, timeMs, amounts }) => {
      writer.bytes(hash(other)).bytes(hash(link)).varint(mark).varint(timeMs);
      for (const of of CROSSING_CLASSES) writer.varint(amounts[of].objects).varint(amounts[of].bytes);
    },
    read: (from) => ({
      other: readKey(from.bytes(HASH_BYTES)),
      link: from.bytes(HASH_BYTES),
      number: from.varint(),
      timeMs: from.varint(),
      amounts: readAmounts(from),
    }),
  };
}

const FORMS = { sent: form(4, "chapar tally sent v1"), received: form(5, "chapar tally received v1") } as const;

/** Signs a tally word: at most 400 bytes. @throws EvidenceError `evidence/bad-argument` */
export function signTally(kind: Tally["kind"], fields: TallyFields, signer: Signer): Promise<Uint8Array<ArrayBuffer>> {
  return signWord(FORMS[kind], fields, signer);
}

/** Decodes a tally word; its signature is not checked. @param bytes  untrusted; the value keeps views of it */
export function decodeTally(kind: Tally["kind"], bytes: Uint8Array): EvidenceDecoded<Tally> {
  const decoded = decodeWord(FORMS[kind], bytes);
  if (!decoded.ok) return decoded;
  const { signer, ...rest } = decoded.value;
  return { ok: true, value: { kind, station: readKey(signer), ...rest } };
}

/** Whether the station that a tally names said it. Cost: one signature check. */
export function verifyTally(tally: Tally, ports: Pick<EvidencePorts, "verify">): Promise<boolean> {
  return verifyWord(FORMS[tally.kind], tally, { signer: tally.station, signature: tally.signature }, ports);
}

/**
 * Whether two words of one station about one link contradict each other: the same mark with other amounts, or a later mark with a
 * smaller one. Both signatures must have been verified; then this proves to anyone that the station says two things.
 */
export function talliesContradict(one: Tally, other: Tally): boolean {
  const isOne = one.kind === other.kind && equalBytes(one.station, other.station) && equalBytes(one.other, other.other);
  if (!isOne || !equalBytes(one.link, other.link)) return false;
  if (one.number === other.number) return !equalAmounts(one.amounts, other.amounts);
  const [earlier, later] = one.number < other.number ? [one, other] : [other, one];
  return CROSSING_CLASSES.some(
    (of) =>
      later.amounts[of].bytes < earlier.amounts[of].bytes || later.amounts[of].objects < earlier.amounts[of].objects,
  );
}

/** Under which key a line about a link stands in the egress map of a station's log (K-21). */
export function egressKey(exporter: StationKey, importer: StationKey, link: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(utf8("chapar egress v1"), exporter, importer, link));
}

/** Both words about one mark, as the value of a line. */
export function encodeEgressLine(sent: Uint8Array, received: Uint8Array): Uint8Array<ArrayBuffer> {
  return new ByteWriter(sent.byteLength + received.byteLength + 4).opaque(sent).opaque(received).finish();
}

/** One line: both words, with their bytes as they were signed. */
export interface EgressLine {
  readonly sent: Tally;
  readonly received: Tally;
}

/** Decodes a line and checks that both words are about one mark of one link; signatures are not checked. */
export function decodeEgressLine(bytes: Uint8Array): EgressLine | undefined {
  const reader = new ByteReader(bytes);
  const pair = reader.finish({ sent: reader.opaque(MAX_TALLY_BYTES), received: reader.opaque(MAX_TALLY_BYTES) });
  if (!pair.ok) return undefined;
  const sent = decodeTally("sent", pair.value.sent);
  const received = decodeTally("received", pair.value.received);
  if (!sent.ok || !received.ok) return undefined;
  const [a, b] = [sent.value, received.value];
  const isPair =
    equalBytes(a.station, b.other) &&
    equalBytes(a.other, b.station) &&
    equalBytes(a.link, b.link) &&
    a.number === b.number;
  return isPair ? { sent: a, received: b } : undefined;
}
