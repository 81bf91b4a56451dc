/*
 * Builds ClientHellos that look like some client's to a censor: the counts and kinds of fields that fingerprints are made of,
 * with a name. The key shares are filler; nobody will answer them.
 */
import { joined } from "../parsers/cursor.ts";
import { Extension } from "../parsers/tls-hello.ts";

/** Whose hello it looks like. */
export type HelloKind = "chrome" | "node";

/** What a hello says. */
export interface HelloOptions {
  readonly serverName?: string;
  readonly kind?: HelloKind;
  readonly alpn?: readonly string[];
  /** further extensions, without data */
  readonly extra?: readonly number[];
}

const u8 = (value: number): Uint8Array => Uint8Array.of(value);
const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);
const u24 = (value: number): Uint8Array => Uint8Array.of(value >> 16, (value >> 8) & 0xff, value & 0xff);
const with8 = (body: Uint8Array): Uint8Array => joined(u8(body.byteLength), body);
const with16 = (body: Uint8Array): Uint8Array => joined(u16(body.byteLength), body);
const list16 = (values: readonly number[]): Uint8Array => joined(...values.map(u16));
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const GREASE = 0x0a0a;
/** Chrome 120 and later: GREASE and 15 ciphers. */
const CHROME_CIPHERS: readonly number[] = [
  [GREASE, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030],
  [0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035],
].flat();
/** As many as Node 26 offers (52); which ones does not matter to a rule that counts. */
const NODE_CIPHERS = Array.from({ length: 52 }, (_, i) => 0xc001 + i);
const KEY_SHARE = 0x0033;
const X25519_MLKEM768 = 0x11ec;
const X25519 = 0x001d;
/** Bytes of one post-quantum and one classic share: 1184 + 32, and 32 (draft-ietf-tls-ecdhe-mlkem). */
const SHARES: readonly (readonly [number, number])[] = [
  [X25519_MLKEM768, 1216],
  [X25519, 32],
];

function fill(sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 151 + 43) & 0xff);
}

function extensionsOf({
  serverName,
  kind = "chrome",
  alpn = ["h2", "http/1.1"],
  extra = [],
}: HelloOptions): Uint8Array {
  const extension = (type: number, data: Uint8Array): Uint8Array => joined(u16(type), with16(data));
  const empty = (type: number): Uint8Array => extension(type, new Uint8Array(0));
  const isChrome = kind === "chrome";
  const named =
    serverName === undefined ? [] : [extension(Extension.serverName, with16(joined(u8(0), with16(ascii(serverName)))))];
  const shares = with16(joined(...SHARES.map(([group, size]) => joined(u16(group), with16(fill(size))))));
  const rest = isChrome
    ? [GREASE, 0x0017, 0xff01, 0x0023, 0x0005, 0x0012, 0x002d, 0x001b, 0x44cd]
    : [0xff01, 0x0023, 0x0016, 0x0017, 0x002d];
  return joined(
    ...named,
    extension(
      Extension.supportedGroups,
      with16(list16(isChrome ? [GREASE, X25519_MLKEM768, X25519, 0x17, 0x18] : [X25519_MLKEM768, X25519, 0x17])),
    ),
    extension(Extension.pointFormats, with8(u8(0))),
    extension(
      Extension.signatureAlgorithms,
      with16(list16([0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601])),
    ),
    extension(Extension.alpn, with16(joined(...alpn.map((name) => with8(ascii(name)))))),
    extension(Extension.supportedVersions, with8(list16(isChrome ? [GREASE, 0x0304, 0x0303] : [0x0304, 0x0303]))),
    extension(KEY_SHARE, shares),
    ...rest.map(empty),
    ...(isChrome ? [extension(Extension.ech, fill(186))] : []),
    ...extra.map(empty),
  );
}

/** A ClientHello as a handshake message, without a record around it. */
export function helloMessage(options: HelloOptions): Uint8Array {
  const ciphers = options.kind === "node" ? NODE_CIPHERS : CHROME_CIPHERS;
  const body = joined(
    u16(0x0303),
    fill(32),
    with8(fill(32)),
    with16(list16(ciphers)),
    with8(u8(0)),
    with16(extensionsOf(options)),
  );
  return joined(u8(1), u24(body.byteLength), body);
}

/** A TLS record. */
export function tlsRecord(type: number, body: Uint8Array): Uint8Array {
  return joined(Uint8Array.of(type, 3, 3), with16(body));
}

/** A ClientHello in one record, as it stands at the beginning of a connection. */
export function helloRecord(options: HelloOptions): Uint8Array {
  return joined(Uint8Array.of(22, 3, 1), with16(helloMessage(options)));
}
