/*
 * What queries and answers of the dns route say (protocol/8-road.md P-90). Every byte of a query counts: of 72 a link has about
 * 27, so what it acknowledges is of one byte; numbers that may be seconds old when they come are of two.
 *
 *   query  = link[4], count u16, received u8, have u8, [chunk u16, data]
 *   answer = flags u8 (1 ended), received u16, have u64, waiting u8, [chunk u16, data]
 *   data of a link's chunk 0 from the dialer = version u8 (1), check[6]
 */
import { ByteReader, ByteWriter, concatBytes, utf8, type Decoded, type Sha256 } from "@chapar/wire/bytes";

/** Bytes of a link's name, which its dialer makes up. */
export const LINK_ID_BYTES = 4;
/** Bits of `have`, from the dialer and from the station. */
export const QUERY_HAVE_BITS = 8;
export const ANSWER_HAVE_BITS = 64;
/** The bits of numbers of chunks; and those of what a query acknowledges. */
export const CHUNK_MASK = 0xffff;
export const QUERY_MASK = 0xff;
/** The last count of a link: no name is asked for twice (P-93). */
export const LAST_COUNT = 0xffff;
/** Bytes of an answer beyond the data of its chunk. */
export const ANSWER_HEAD_BYTES = 14;

const VERSION = 1;
const CHECK_BYTES = 6;
const LABEL = utf8("chapar dns open v1\0");

/** A numbered piece of a direction; one without data is its end. */
export interface DnsChunk {
  readonly seq: number;
  readonly data: Uint8Array;
}

/** From the dialer. */
export interface DnsQueryFrame {
  readonly link: Uint8Array;
  /** differs in each query of a link */
  readonly count: number;
  /** the next chunk expected, its lowest bits */
  readonly received: number;
  /** bit i: chunk `received + 1 + i` has arrived */
  readonly have: bigint;
  readonly chunk: DnsChunk | undefined;
}

/** From the station. */
export interface DnsAnswerFrame {
  /** the dialer's end has been read, or the link is lost; nothing follows */
  readonly hasEnded: boolean;
  readonly received: number;
  readonly have: bigint;
  /** chunks that wait for further queries, at most 255 */
  readonly waiting: number;
  readonly chunk: DnsChunk | undefined;
}

export function encodeQueryFrame({ link, count, received, have, chunk }: DnsQueryFrame): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(32).bytes(link).u16(count).u8(received).u8(Number(have));
  if (chunk !== undefined) out.u16(chunk.seq).bytes(chunk.data);
  return out.take();
}

/** Untrusted. */
export function decodeQueryFrame(bytes: Uint8Array): Decoded<DnsQueryFrame> {
  const from = new ByteReader(bytes);
  const [link, count, received, have] = [from.bytes(LINK_ID_BYTES), from.u16(), from.u8(), from.u8()];
  const chunk = from.remaining === 0 ? undefined : { seq: from.u16(), data: from.rest() };
  return from.finish({ link, count, received, have: BigInt(have), chunk });
}

export function encodeAnswerFrame(frame: DnsAnswerFrame): Uint8Array<ArrayBuffer> {
  const { hasEnded, received, have, waiting, chunk } = frame;
  const out = new ByteWriter(ANSWER_HEAD_BYTES + (chunk?.data.byteLength ?? 0));
  out
    .u8(hasEnded ? 1 : 0)
    .u16(received)
    .u64(have)
    .u8(waiting);
  if (chunk !== undefined) out.u16(chunk.seq).bytes(chunk.data);
  return out.take();
}

/** Untrusted. */
export function decodeAnswerFrame(bytes: Uint8Array): Decoded<DnsAnswerFrame> {
  const from = new ByteReader(bytes);
  const [hasEnded, received, have, waiting] = [from.flag(), from.u16(), from.u64(), from.u8()];
  const chunk = from.remaining === 0 ? undefined : { seq: from.u16(), data: from.rest() };
  return from.finish({ hasEnded, received, have, waiting, chunk });
}

/** What the first chunk of a link says: only who knows the station's key can write it (P-95). */
export function openingData(sha256: Sha256, station: Uint8Array, link: Uint8Array): Uint8Array<ArrayBuffer> {
  const check = sha256(concatBytes(LABEL, station, link)).subarray(0, CHECK_BYTES);
  return concatBytes(Uint8Array.of(VERSION), check);
}
