/*
 * What a name and an answer carry. A query's bytes are one label of base32 below the domain: letters and digits in one case are all that
 * every resolver passes on, whatever it does to the case (0x20), and a single label leaves no empty names in between for a
 * resolver that asks name by name (RFC 9156). An answer's bytes are TXT strings; or, where TXT is refused, AAAA records, each
 * `0x20 | index, 15 bytes`, because resolvers turn the order of records.
 */
import { concatBytes, fromBase32, toBase32 } from "@chapar/wire/bytes";
import { DNS_TYPE, nameBytes, type DnsName, type DnsRecord } from "./dns-message.ts";

/** Types that carry answers, best first. */
export const CARRYING_TYPES: readonly CarryingType[] = [DNS_TYPE.txt, DNS_TYPE.aaaa];
/** One of them. */
export type CarryingType = typeof DNS_TYPE.txt | typeof DNS_TYPE.aaaa;

/** The longest query: what passes where longer ones are dropped (3-road.md R13). */
export const MAX_QUERY_BYTES = 72;
const HEADER_BYTES = 12;
const QUESTION_TAIL_BYTES = 4;
const MAX_LABEL_CHARS = 63;
/** Bytes of a query beyond the data of its chunk, when it has one: see dns-frames.ts. */
const QUERY_HEAD_BYTES = 10;

/** Of an answer: TXT below 512 bytes with the longest question, EDNS and its own record, with room to spare for a name uncompressed. */
const TXT_BYTES = 352;
const STRING_BYTES = 255;
const AAAA_BYTES = 15;
/** Fifteen records of 28 bytes stay below 512 with the question. */
const MAX_AAAA = 15;

/** Bytes that an answer of a type carries. */
export const ANSWER_ROOM_BYTES: Readonly<Record<CarryingType, number>> = {
  [DNS_TYPE.txt]: TXT_BYTES,
  [DNS_TYPE.aaaa]: MAX_AAAA * AAAA_BYTES - 1,
};

/** Whether a record type carries answers. */
export function isCarrying(type: number): type is CarryingType {
  return type === DNS_TYPE.txt || type === DNS_TYPE.aaaa;
}

/** Bytes that the label of a query of MAX_QUERY_BYTES carries below a domain. */
function labelRoomBytes(domain: DnsName): number {
  const chars = MAX_QUERY_BYTES - HEADER_BYTES - QUESTION_TAIL_BYTES - nameBytes(domain) - 1;
  return Math.floor((Math.min(MAX_LABEL_CHARS, chars) * 5) / 8);
}

/** Bytes of data that a query may carry below a domain; negative when it has no room for what it must say. */
export function dataRoomBytes(domain: DnsName): number {
  return labelRoomBytes(domain) - QUERY_HEAD_BYTES;
}

/** The name that carries a query's bytes. */
export function carryingName(bytes: Uint8Array, domain: DnsName): DnsName {
  return [toBase32(bytes), ...domain];
}

/** What stands before a domain in a name; undefined when the name is not below it. The empty list is the domain itself. */
export function belowDomain(name: DnsName, domain: DnsName): DnsName | undefined {
  const at = name.length - domain.length;
  if (at < 0 || !domain.every((label, i) => name[at + i]?.toLowerCase() === label)) return undefined;
  return name.slice(0, at);
}

/** The bytes in a name below a domain, in any case; undefined when it cannot be a query of ours. */
export function bytesOfName(name: DnsName, domain: DnsName): Uint8Array | undefined {
  const below = belowDomain(name, domain);
  return below?.length === 1 ? fromBase32((below[0] ?? "").toLowerCase()) : undefined;
}

/** An answer's bytes as records of a name. */
export function carryingRecords(bytes: Uint8Array, type: CarryingType, name: DnsName): readonly DnsRecord[] {
  const base = { name, type, ttlSeconds: 0 };
  if (type === DNS_TYPE.txt) {
    const parts: Uint8Array[] = [];
    for (let at = 0; at === 0 || at < bytes.byteLength; at += STRING_BYTES) {
      const part = bytes.subarray(at, at + STRING_BYTES);
      parts.push(Uint8Array.of(part.byteLength), part);
    }
    return [{ ...base, data: concatBytes(...parts) }];
  }
  // The first byte says how many follow, for the last record is filled up with zeros.
  const sized = concatBytes(Uint8Array.of(bytes.byteLength), bytes);
  const records: DnsRecord[] = [];
  for (let at = 0; at < sized.byteLength; at += AAAA_BYTES) {
    const data = new Uint8Array(AAAA_BYTES + 1);
    data[0] = 0x20 | records.length;
    data.set(sized.subarray(at, at + AAAA_BYTES), 1);
    records.push({ ...base, data });
  }
  return records;
}

function bytesOfStrings(data: Uint8Array): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < data.byteLength;) {
    const end = at + 1 + (data[at] ?? 0);
    if (end > data.byteLength) return undefined;
    parts.push(data.subarray(at + 1, end));
    at = end;
  }
  return concatBytes(...parts);
}

function bytesOfAddresses(records: readonly DnsRecord[]): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  for (const { data } of records) {
    const index = (data[0] ?? 0) ^ 0x20;
    if (data.byteLength !== AAAA_BYTES + 1 || index >= MAX_AAAA) return undefined;
    parts[index] = data.subarray(1);
  }
  // Object.keys leaves out holes: a record that is missing makes the rest worthless.
  if (parts.length === 0 || Object.keys(parts).length !== parts.length) return undefined;
  const all = concatBytes(...parts);
  const sizeBytes = all[0] ?? 0;
  return sizeBytes < all.byteLength ? all.subarray(1, 1 + sizeBytes) : undefined;
}

/** The bytes in the records of an answer; undefined when there are none of ours. Untrusted. */
export function bytesOfRecords(records: readonly DnsRecord[], type: CarryingType): Uint8Array | undefined {
  const ours = records.filter((record) => record.type === type);
  if (type === DNS_TYPE.aaaa) return bytesOfAddresses(ours);
  return ours.length === 1 && ours[0] !== undefined ? bytesOfStrings(ours[0].data) : undefined;
}
