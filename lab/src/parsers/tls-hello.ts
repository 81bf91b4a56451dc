/*
 * A TLS ClientHello as a censor on the path reads it: the name (SNI), what makes a fingerprint, and the extensions that have
 * been blocked for themselves (ESNI, ECH). RFC 8446 §4.1.2, RFC 6066 §3, RFC 7301, RFC 8701 (GREASE).
 */
import { Cursor, joined, latin1, type Parsed, refuse } from "./cursor.ts";

/** Extension numbers that rules ask for. */
export const Extension = {
  serverName: 0x0000,
  supportedGroups: 0x000a,
  pointFormats: 0x000b,
  signatureAlgorithms: 0x000d,
  alpn: 0x0010,
  preSharedKey: 0x0029,
  supportedVersions: 0x002b,
  /** Encrypted Client Hello, draft-ietf-tls-esni-13 and later; also sent as GREASE */
  ech: 0xfe0d,
  /** the early Encrypted SNI, draft-ietf-tls-esni-00 to -06 */
  esni: 0xffce,
} as const;

/** One extension. */
export interface HelloExtension {
  readonly type: number;
  readonly data: Uint8Array;
}

/** What a ClientHello says in clear. Lists keep the order of the wire and GREASE values. */
export interface ClientHello {
  readonly version: number;
  readonly ciphers: readonly number[];
  readonly extensions: readonly HelloExtension[];
  readonly serverName: string | undefined;
  readonly alpn: readonly string[];
  readonly supportedVersions: readonly number[];
  readonly groups: readonly number[];
  readonly pointFormats: readonly number[];
  readonly signatureAlgorithms: readonly number[];
}

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const MAX_RECORDS = 16;

/** GREASE values are 0x0a0a, 0x1a1a, … 0xfafa (RFC 8701). */
export const isGrease = (value: number): boolean => (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);

const numbers16 = (bytes: Uint8Array): number[] =>
  Array.from({ length: bytes.byteLength >> 1 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));

const listOf16 = (data: Uint8Array | undefined): number[] => {
  const cursor = new Cursor(data ?? new Uint8Array(0));
  return numbers16(cursor.upTo(cursor.u16()));
};
const listOf8 = (data: Uint8Array | undefined): Uint8Array => {
  const cursor = new Cursor(data ?? new Uint8Array(0));
  return cursor.upTo(cursor.u8());
};

function serverNameOf(data: Uint8Array | undefined): string | undefined {
  if (data === undefined) return undefined;
  const cursor = new Cursor(data);
  cursor.u16();
  const kind = cursor.u8();
  const name = latin1(cursor.bytes(cursor.u16()));
  return cursor.failed || kind !== 0 ? undefined : name;
}

function alpnOf(data: Uint8Array | undefined): string[] {
  const cursor = new Cursor(data ?? new Uint8Array(0));
  cursor.u16();
  const names: string[] = [];
  while (cursor.left > 0) {
    const name = latin1(cursor.bytes(cursor.u8()));
    if (!cursor.failed) names.push(name);
  }
  return names;
}

/** Whether an extension is there. */
export const hasExtension = (hello: ClientHello, type: number): boolean =>
  hello.extensions.some((extension) => extension.type === type);

/** Reads a handshake message (type, length, body), as QUIC's CRYPTO frames and reassembled records carry it. */
export function parseClientHelloMessage(bytes: Uint8Array): Parsed<ClientHello> {
  const cursor = new Cursor(bytes);
  if (cursor.u8() !== CLIENT_HELLO) return refuse(bytes.byteLength === 0 ? "truncated" : "foreign", 0);
  const body = cursor.bytes(cursor.u24());
  if (cursor.failed) return refuse("truncated", bytes.byteLength);
  return parseBody(new Cursor(body));
}

function parseBody(cursor: Cursor): Parsed<ClientHello> {
  const version = cursor.u16();
  cursor.bytes(32);
  cursor.bytes(cursor.u8());
  const ciphers = numbers16(cursor.bytes(cursor.u16()));
  cursor.bytes(cursor.u8());
  if (cursor.failed) return refuse("foreign", cursor.offset);
  const extensions: HelloExtension[] = [];
  if (cursor.left > 0) {
    const block = new Cursor(cursor.bytes(cursor.u16()));
    while (block.left > 0) {
      const type = block.u16();
      const data = block.bytes(block.u16());
      if (!block.failed) extensions.push({ type, data });
    }
    if (cursor.failed || block.failed) return refuse("foreign", cursor.offset);
  }
  return { ok: true, value: readHello(version, ciphers, extensions) };
}

/** What a hello's extensions say. DTLS shares them, so its parser uses this too. */
export function readHello(
  version: number,
  ciphers: readonly number[],
  extensions: readonly HelloExtension[],
): ClientHello {
  const data = (type: number): Uint8Array | undefined => extensions.find((extension) => extension.type === type)?.data;
  return {
    version,
    ciphers,
    extensions,
    serverName: serverNameOf(data(Extension.serverName)),
    alpn: alpnOf(data(Extension.alpn)),
    supportedVersions: numbers16(listOf8(data(Extension.supportedVersions))),
    groups: listOf16(data(Extension.supportedGroups)),
    pointFormats: [...listOf8(data(Extension.pointFormats))],
    signatureAlgorithms: listOf16(data(Extension.signatureAlgorithms)),
  };
}

/** Whether bytes begin as a TLS handshake record does: what the crudest censors test. */
export const looksLikeTls = (bytes: Uint8Array): boolean =>
  bytes[0] === HANDSHAKE && bytes[1] === 3 && (bytes[2] ?? 0xff) <= 4;

/** Reads a ClientHello from the start of a TCP stream, put together from as many records as it was split over. */
export function parseClientHello(stream: Uint8Array): Parsed<ClientHello> {
  const cursor = new Cursor(stream);
  let message = new Uint8Array(0);
  for (let i = 0; i < MAX_RECORDS; i++) {
    const at = cursor.offset;
    const type = cursor.u8();
    const version = cursor.u16();
    const sizeBytes = cursor.u16();
    if (cursor.failed)
      return refuse(at === 0 && stream.byteLength > 0 && stream[0] !== HANDSHAKE ? "foreign" : "truncated", at);
    if (type !== HANDSHAKE || version >> 8 !== 3) return refuse("foreign", at);
    message = joined(message, cursor.upTo(sizeBytes)) as Uint8Array<ArrayBuffer>;
    const whole = parseClientHelloMessage(message);
    if (whole.ok || whole.code === "foreign") return whole;
    if (cursor.left === 0) return refuse("truncated", stream.byteLength);
  }
  return refuse("foreign", cursor.offset);
}

/**
 * The name in the first packet of a connection, even when the hello goes on in the next: what a censor that looks at single
 * packets sees. A post-quantum hello is longer than a packet; its name is found as long as it stands before the cut.
 */
export function peekServerName(packet: Uint8Array): string | undefined {
  if (!looksLikeTls(packet)) return undefined;
  const cursor = new Cursor(packet, 5);
  if (cursor.u8() !== CLIENT_HELLO) return undefined;
  cursor.u24();
  cursor.bytes(2 + 32);
  cursor.bytes(cursor.u8());
  cursor.bytes(cursor.u16());
  cursor.bytes(cursor.u8());
  cursor.u16();
  while (cursor.left > 0) {
    const type = cursor.u16();
    const data = cursor.bytes(cursor.u16());
    if (!cursor.failed && type === Extension.serverName) return serverNameOf(data);
  }
  return undefined;
}
