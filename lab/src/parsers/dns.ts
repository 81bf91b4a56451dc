/* DNS questions as a censor reads them, and the answers it forges (RFC 1035 §4). Over TCP a two-byte length stands before. */
import { Cursor, joined, latin1, type Parsed, refuse } from "./cursor.ts";

/** One question. */
export interface DnsQuestion {
  readonly id: number;
  readonly name: string;
  /** 1 is A, 28 AAAA, 16 TXT, 5 CNAME, 65 HTTPS */
  readonly type: number;
  /** where the question section ends, from the start of the message */
  readonly endBytes: number;
  readonly recursionDesired: boolean;
}

const MAX_LABELS = 127;
const HEADER_BYTES = 12;

function readName(cursor: Cursor): string | undefined {
  const labels: string[] = [];
  for (let i = 0; i <= MAX_LABELS; i++) {
    const size = cursor.u8();
    if (cursor.failed || size > 63) return undefined;
    if (size === 0) return labels.join(".");
    labels.push(latin1(cursor.bytes(size)));
  }
  return undefined;
}

/** Reads a query with exactly one question; anything else is no query. */
export function parseDnsQuery(bytes: Uint8Array): Parsed<DnsQuestion> {
  const cursor = new Cursor(bytes);
  const id = cursor.u16();
  const flags = cursor.u16();
  const counts = [cursor.u16(), cursor.u16(), cursor.u16(), cursor.u16()];
  if (cursor.failed) return refuse("truncated", cursor.offset);
  // QR and opcode 0: a standard query; one question, no answer, no authority (additional: EDNS)
  if ((flags & 0xf800) !== 0 || counts[0] !== 1 || counts[1] !== 0 || counts[2] !== 0 || (counts[3] ?? 0) > 2)
    return refuse("foreign", 2);
  const name = readName(cursor);
  const type = cursor.u16();
  const family = cursor.u16();
  if (name === undefined || cursor.failed) return refuse(cursor.failed ? "truncated" : "foreign", HEADER_BYTES);
  if (family !== 1) return refuse("foreign", cursor.offset - 2);
  return { ok: true, value: { id, name, type, endBytes: cursor.offset, recursionDesired: (flags & 0x0100) !== 0 } };
}

/** Reads a query over TCP: the length prefix has to fit what follows or to announce more than is there. */
export function parseDnsQueryTcp(bytes: Uint8Array): Parsed<DnsQuestion> {
  const cursor = new Cursor(bytes);
  const sizeBytes = cursor.u16();
  if (cursor.failed) return refuse("truncated", 0);
  if (sizeBytes < HEADER_BYTES) return refuse("foreign", 0);
  return parseDnsQuery(cursor.upTo(sizeBytes));
}

/** Forges an answer to a query: one A record, as injectors write it. */
export function forgeDnsAnswer(
  query: Uint8Array,
  question: DnsQuestion,
  address: string,
  ttlSeconds = 300,
): Uint8Array {
  const head = query.slice(0, question.endBytes);
  head.set([0x81 | (head[2] ?? 0), 0x80, 0, 1, 0, 1, 0, 0, 0, 0], 2);
  const record = new Uint8Array(16);
  const view = new DataView(record.buffer);
  view.setUint16(0, 0xc00c);
  view.setUint16(2, 1);
  view.setUint16(4, 1);
  view.setUint32(6, ttlSeconds);
  view.setUint16(10, 4);
  record.set(address.split(".").map(Number), 12);
  return joined(head, record);
}
