/*
 * DNS messages (RFC 1035 §4), as much of them as the dns route and its zone need: one question, records with raw data, an EDNS
 * record (RFC 6891) that is answered and never sent: its eleven bytes are a seventh of a query. A name is a list of labels as
 * latin1 text in the case in which it came, because resolvers that vary the case (0x20) want it back as they sent it.
 *
 *   header = id u16, flags u16, questions u16, answers u16, authorities u16, additionals u16
 *   question = name, type u16, class u16        record = name, type u16, class u16, ttl u32, size u16, data
 */
import { ByteReader, ByteWriter, type Decoded } from "@chapar/wire/bytes";

/** Record types (RFC 1035 §3.2.2, RFC 3596, RFC 6891). */
export const DNS_TYPE = { a: 1, ns: 2, soa: 6, txt: 16, aaaa: 28, opt: 41, any: 255 } as const;
/** What an answer says of itself (RFC 1035 §4.1.1, RFC 6891 §9). */
export const DNS_CODE = {
  ok: 0,
  formError: 1,
  serverFailure: 2,
  noName: 3,
  notImplemented: 4,
  refused: 5,
  badVersion: 16,
} as const;
/** Longest message over UDP without EDNS (RFC 1035 §4.2.1). */
export const MAX_UDP_BYTES = 512;

const CLASS_IN = 1;
const HEADER_BYTES = 12;
const MAX_LABEL_BYTES = 63;
const MAX_NAME_BYTES = 255;
/** A name with more jumps than this goes in circles. */
const MAX_POINTERS = 8;
/** Records of one message that are read: the AAAA form of an answer has fifteen. */
const MAX_RECORDS = 32;
const FLAG = { answer: 0x8000, authoritative: 0x0400, truncated: 0x0200, recursionDesired: 0x0100 } as const;
/** What a server says it takes (RFC 6891 §6.2.5; 1,232 is DNS flag day 2020's). */
const EDNS_BYTES = 1232;

/** A name, first label first; the root is the empty list. */
export type DnsName = readonly string[];

/** The one question of a message. */
export interface DnsQuestion {
  readonly name: DnsName;
  readonly type: number;
  readonly classCode: number;
}

/** A record whose data is written as it is; a name in it is never compressed. */
export interface DnsRecord {
  readonly name: DnsName;
  readonly type: number;
  readonly ttlSeconds: number;
  readonly data: Uint8Array;
}

/** A message of either kind, read. */
export interface DnsMessage {
  readonly id: number;
  readonly isAnswer: boolean;
  readonly isTruncated: boolean;
  readonly opcode: number;
  readonly recursionDesired: boolean;
  readonly code: number;
  /** undefined when there is none, or more than one */
  readonly question: DnsQuestion | undefined;
  /** of the answer section only */
  readonly answers: readonly DnsRecord[];
  /** EDNS version of whoever sent it; undefined without EDNS */
  readonly ednsVersion: number | undefined;
}

/** Bytes of a name on the wire, uncompressed. */
export function nameBytes(name: DnsName): number {
  return name.reduce((sum, label) => sum + 1 + label.length, 1);
}

function writeName(out: ByteWriter, name: DnsName): void {
  for (const label of name) {
    out.u8(label.length);
    for (let at = 0; at < label.length; at++) out.u8(label.charCodeAt(at) & 0xff);
  }
  out.u8(0);
}

/** The data of a record that is a name, such as NS. */
export function nameData(name: DnsName): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(nameBytes(name));
  writeName(out, name);
  return out.take();
}

/** Encodes a query with one question and recursion desired. @throws RangeError when the name is too long */
export function encodeDnsQuery(id: number, name: DnsName, type: number): Uint8Array<ArrayBuffer> {
  if (nameBytes(name) > MAX_NAME_BYTES) throw new RangeError("name too long");
  const out = new ByteWriter(HEADER_BYTES + nameBytes(name) + 4).u16(id).u16(FLAG.recursionDesired).u16(1);
  out.u16(0).u16(0).u16(0);
  writeName(out, name);
  return out.u16(type).u16(CLASS_IN).take();
}

/** What a server answers with. */
export interface DnsAnswer {
  readonly code: number;
  readonly isAuthoritative: boolean;
  readonly answers?: readonly DnsRecord[];
  readonly authorities?: readonly DnsRecord[];
}

function writeRecord(out: ByteWriter, { name, type, ttlSeconds, data }: DnsRecord, question: DnsName): void {
  // The question's name is at byte 12 of every message (RFC 1035 §4.1.4).
  if (name === question) out.u16(0xc000 | HEADER_BYTES);
  else writeName(out, name);
  out.u16(type).u16(CLASS_IN).u32(ttlSeconds).u16(data.byteLength).bytes(data);
}

/**
 * Encodes the answer to a query that was read. Records whose name is the question's own list are written as a pointer to it.
 *
 * @param maxBytes what does not fit is left out and the answer marked as truncated
 */
export function encodeDnsAnswer(
  { id, question, opcode, recursionDesired, ednsVersion }: DnsMessage,
  { code, isAuthoritative, answers = [], authorities = [] }: DnsAnswer,
  maxBytes: number,
): Uint8Array<ArrayBuffer> {
  const hasEdns = ednsVersion !== undefined;
  const encode = (isWhole: boolean): Uint8Array<ArrayBuffer> => {
    const [said, beside] = isWhole ? [answers, authorities] : [[], []];
    const flags =
      FLAG.answer |
      (opcode << 11) |
      (isAuthoritative ? FLAG.authoritative : 0) |
      (isWhole ? 0 : FLAG.truncated) |
      (recursionDesired ? FLAG.recursionDesired : 0) |
      (code & 0xf);
    const out = new ByteWriter(MAX_UDP_BYTES).u16(id).u16(flags);
    out
      .u16(question === undefined ? 0 : 1)
      .u16(said.length)
      .u16(beside.length)
      .u16(hasEdns ? 1 : 0);
    if (question !== undefined) {
      writeName(out, question.name);
      out.u16(question.type).u16(question.classCode);
    }
    for (const record of [...said, ...beside]) writeRecord(out, record, question?.name ?? []);
    // RFC 6891 §6.1.3: root, OPT, size, the code's upper bits and version 0, no options.
    if (hasEdns)
      out
        .u8(0)
        .u16(DNS_TYPE.opt)
        .u16(EDNS_BYTES)
        .u8(code >> 4)
        .u8(0)
        .u16(0)
        .u16(0);
    return out.take();
  };
  const whole = encode(true);
  return whole.byteLength <= maxBytes ? whole : encode(false);
}

/** Reads a name that may be compressed; `all` is the message from its first byte. */
function readName(from: ByteReader, all: Uint8Array): DnsName {
  const labels: string[] = [];
  let sizeBytes = 1;
  let at = 0;
  let isHere = true;
  const u8 = (): number => (isHere ? from.u8() : (all[at++] ?? 0));
  for (let pointers = 0; !from.failed;) {
    const size = u8();
    if (size === 0) break;
    if (size >= 0xc0) {
      const target = ((size & 0x3f) << 8) | u8();
      isHere = false;
      if (++pointers > MAX_POINTERS || target >= all.byteLength) from.fail("wire/range");
      at = target;
      continue;
    }
    sizeBytes += 1 + size;
    if (size > MAX_LABEL_BYTES || sizeBytes > MAX_NAME_BYTES) from.fail("wire/range");
    let label = "";
    for (let i = 0; i < size && !from.failed; i++) {
      if (!isHere && at >= all.byteLength) from.fail("wire/range");
      label += String.fromCharCode(u8());
    }
    labels.push(label);
  }
  return labels;
}

/** Reads a message; untrusted. Sections behind the answers are looked through for EDNS only. */
export function decodeDnsMessage(bytes: Uint8Array): Decoded<DnsMessage> {
  const from = new ByteReader(bytes);
  const [id, flags, questions] = [from.u16(), from.u16(), from.u16()];
  const [answerCount, authorityCount, additionalCount] = [from.u16(), from.u16(), from.u16()];
  let question: DnsQuestion | undefined;
  if (questions === 1) {
    const name = readName(from, bytes);
    question = { name, type: from.u16(), classCode: from.u16() };
  } else if (questions > 1) from.fail("wire/range");
  const answers: DnsRecord[] = [];
  let ednsVersion: number | undefined;
  const count = answerCount + authorityCount + additionalCount;
  if (count > MAX_RECORDS) from.fail("wire/range");
  for (let i = 0; i < count && !from.failed; i++) {
    const name = readName(from, bytes);
    const [type, , ttlSeconds, sizeBytes] = [from.u16(), from.u16(), from.u32(), from.u16()];
    const data = from.bytes(sizeBytes);
    if (i < answerCount) answers.push({ name, type, ttlSeconds, data });
    else if (type === DNS_TYPE.opt) ednsVersion = (ttlSeconds >> 16) & 0xff;
  }
  return from.finish({
    id,
    isAnswer: (flags & FLAG.answer) !== 0,
    isTruncated: (flags & FLAG.truncated) !== 0,
    opcode: (flags >> 11) & 0xf,
    recursionDesired: (flags & FLAG.recursionDesired) !== 0,
    code: flags & 0xf,
    question,
    answers,
    ednsVersion,
  });
}
