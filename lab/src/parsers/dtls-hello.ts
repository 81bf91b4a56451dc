/*
 * The ClientHello of DTLS 1.2 and 1.3: what WebRTC sends first, and what a censor fingerprints (pion, 2026). Fragmented hellos
 * are `truncated`: one datagram at a time is looked at. RFC 6347 §4.2.2, RFC 9147 §5.2.
 */
import { Cursor, type Parsed, refuse } from "./cursor.ts";
import { type ClientHello, type HelloExtension, readHello } from "./tls-hello.ts";

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;

function readExtensions(cursor: Cursor): HelloExtension[] | undefined {
  const extensions: HelloExtension[] = [];
  if (cursor.left === 0) return extensions;
  const block = new Cursor(cursor.bytes(cursor.u16()));
  while (block.left > 0) {
    const type = block.u16();
    const data = block.bytes(block.u16());
    if (!block.failed) extensions.push({ type, data });
  }
  return cursor.failed || block.failed ? undefined : extensions;
}

/** Reads the hello of one datagram. */
export function parseDtlsClientHello(datagram: Uint8Array): Parsed<ClientHello> {
  const record = new Cursor(datagram);
  const type = record.u8();
  const recordVersion = record.u16();
  if (record.failed) return refuse(datagram.byteLength === 0 ? "truncated" : "foreign", 0);
  if (type !== HANDSHAKE || recordVersion >> 8 !== 0xfe) return refuse("foreign", 0);
  // epoch and sequence number
  record.bytes(8);
  const cursor = new Cursor(record.bytes(record.u16()));
  if (record.failed) return refuse("truncated", record.offset);
  if (cursor.u8() !== CLIENT_HELLO) return refuse("foreign", 13);
  const messageBytes = cursor.u24();
  cursor.u16();
  const fragmentAt = cursor.u24();
  const fragmentBytes = cursor.u24();
  if (fragmentAt !== 0 || fragmentBytes !== messageBytes) return refuse("truncated", 19);
  const version = cursor.u16();
  cursor.bytes(32);
  cursor.bytes(cursor.u8());
  // the cookie, which TLS does not have
  cursor.bytes(cursor.u8());
  const cipherBytes = cursor.bytes(cursor.u16());
  cursor.bytes(cursor.u8());
  const extensions = readExtensions(cursor);
  if (cursor.failed || extensions === undefined) return refuse("foreign", cursor.offset);
  const ciphers = Array.from(
    { length: cipherBytes.byteLength >> 1 },
    (_, i) => ((cipherBytes[2 * i] ?? 0) << 8) | (cipherBytes[2 * i + 1] ?? 0),
  );
  return { ok: true, value: readHello(version, ciphers, extensions) };
}
