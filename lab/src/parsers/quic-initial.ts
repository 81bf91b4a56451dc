/*
 * QUIC's first packet, opened as anybody on the path can: its keys come from the destination connection id in clear (RFC 9001
 * §5.2). A censor that looks at one datagram at a time sees a hello only when that datagram holds it from its beginning:
 * a hello split over two datagrams is `truncated`, which is exactly the weakness found in the wild.
 */
import { Cursor, joined, type Parsed, refuse } from "./cursor.ts";
import type { Primitives } from "./primitives.ts";
import { type ClientHello, parseClientHelloMessage } from "./tls-hello.ts";

/** The part of a long header that is in clear (RFC 9000 §17.2). */
export interface QuicLongHeader {
  readonly version: number;
  /** 0 is Initial in version 1 */
  readonly packetType: number;
  readonly destinationId: Uint8Array;
  readonly sourceId: Uint8Array;
}

/** Version 1 (RFC 9000 §15). */
export const QUIC_V1 = 1;
/** initial_salt of version 1 (RFC 9001 §5.2). */
const INITIAL_SALT = Uint8Array.from([
  0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f,
  0x0a,
]);
const MAX_ID_BYTES = 20;
const SAMPLE_BYTES = 16;
const TAG_BYTES = 16;
const Frame = { padding: 0, ping: 1, ack: 2, ackEcn: 3, crypto: 6 } as const;

function readHeader(cursor: Cursor): Parsed<QuicLongHeader> {
  const first = cursor.u8();
  const version = cursor.u32();
  const destinationSize = cursor.u8();
  const destinationId = cursor.bytes(destinationSize);
  const sourceSize = cursor.u8();
  const sourceId = cursor.bytes(sourceSize);
  if (cursor.failed) return refuse(first >> 6 === 3 ? "truncated" : "foreign", cursor.offset);
  if (first >> 6 !== 3 || destinationSize > MAX_ID_BYTES || sourceSize > MAX_ID_BYTES) return refuse("foreign", 0);
  return { ok: true, value: { version, packetType: (first >> 4) & 3, destinationId, sourceId } };
}

/** Reads a long header. */
export const parseQuicHeader = (datagram: Uint8Array): Parsed<QuicLongHeader> => readHeader(new Cursor(datagram));

function expandLabel(secret: Uint8Array, label: string, sizeBytes: number, primitives: Primitives): Uint8Array {
  const name = Uint8Array.from(`tls13 ${label}`, (letter) => letter.charCodeAt(0));
  // HKDF-Expand of at most one block: T(1) = HMAC(secret, info | 0x01), RFC 5869 §2.3
  const info = joined(Uint8Array.of(0, sizeBytes, name.byteLength), name, Uint8Array.of(0, 1));
  return primitives.hmacSha256(secret, info).subarray(0, sizeBytes);
}

/** Keys of one side's Initial packets. */
export interface InitialKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly headerKey: Uint8Array;
}

/** Derives the keys of the Initial packets that a side sends, from the client's first destination connection id. */
export function initialKeys(destinationId: Uint8Array, side: "client" | "server", primitives: Primitives): InitialKeys {
  const initial = primitives.hmacSha256(INITIAL_SALT, destinationId);
  const secret = expandLabel(initial, `${side} in`, 32, primitives);
  return {
    key: expandLabel(secret, "quic key", 16, primitives),
    iv: expandLabel(secret, "quic iv", 12, primitives),
    headerKey: expandLabel(secret, "quic hp", 16, primitives),
  };
}

/** Opens an Initial packet of version 1 and answers its frames. */
export function openInitial(
  datagram: Uint8Array,
  side: "client" | "server",
  primitives: Primitives,
  firstId?: Uint8Array,
): Parsed<Uint8Array> {
  const cursor = new Cursor(datagram);
  const header = readHeader(cursor);
  if (!header.ok) return header;
  if (header.value.version !== QUIC_V1 || header.value.packetType !== 0) return refuse("foreign", 1);
  cursor.bytes(cursor.varint());
  const length = cursor.varint();
  const numberAt = cursor.offset;
  if (cursor.failed || cursor.left < length || length < 4 + SAMPLE_BYTES) return refuse("truncated", numberAt);
  const keys = initialKeys(firstId ?? header.value.destinationId, side, primitives);
  const mask = primitives.aes128Block(keys.headerKey, datagram.subarray(numberAt + 4, numberAt + 4 + SAMPLE_BYTES));
  const packet = datagram.slice(0, numberAt + length);
  packet[0] = (packet[0] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  const numberBytes = ((packet[0] ?? 0) & 3) + 1;
  const nonce = keys.iv.slice();
  for (let i = 0; i < numberBytes; i++) {
    const clear = (packet[numberAt + i] ?? 0) ^ (mask[1 + i] ?? 0);
    packet[numberAt + i] = clear;
    const at = nonce.byteLength - numberBytes + i;
    nonce[at] = (nonce[at] ?? 0) ^ clear;
  }
  if (length < numberBytes + TAG_BYTES) return refuse("foreign", numberAt);
  const bodyAt = numberAt + numberBytes;
  const frames = primitives.aes128GcmOpen(keys.key, nonce, packet.subarray(0, bodyAt), packet.subarray(bodyAt));
  return frames === undefined ? refuse("foreign", bodyAt) : { ok: true, value: frames };
}

/** Puts the CRYPTO frames of one packet together, from offset zero as far as they go without a hole. */
export function cryptoBytes(frames: Uint8Array): Uint8Array {
  const cursor = new Cursor(frames);
  const parts: { at: number; data: Uint8Array }[] = [];
  while (cursor.left > 0) {
    const type = cursor.varint();
    if (type === Frame.padding || type === Frame.ping) continue;
    if (type === Frame.crypto) {
      const at = cursor.varint();
      parts.push({ at, data: cursor.bytes(cursor.varint()) });
    } else if (type === Frame.ack || type === Frame.ackEcn) {
      cursor.varint();
      cursor.varint();
      const ranges = cursor.varint();
      cursor.varint();
      for (let i = 0; i < 2 * ranges && !cursor.failed; i++) cursor.varint();
      for (let i = 0; i < 3 && type === Frame.ackEcn; i++) cursor.varint();
    } else break;
  }
  let whole = new Uint8Array(0);
  for (const part of parts.sort((a, b) => a.at - b.at)) {
    if (part.at > whole.byteLength) break;
    whole = joined(whole, part.data.subarray(whole.byteLength - part.at)) as Uint8Array<ArrayBuffer>;
  }
  return whole;
}

/** The ClientHello of a client's first datagram. */
export function parseQuicClientHello(datagram: Uint8Array, primitives: Primitives): Parsed<ClientHello> {
  const frames = openInitial(datagram, "client", primitives);
  return frames.ok ? parseClientHelloMessage(cryptoBytes(frames.value)) : frames;
}
