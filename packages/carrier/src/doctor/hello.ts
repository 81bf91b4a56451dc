/*
 * A browser's ClientHello as a line on the way would take it (RFC 8446 §4.1.2): Chrome's ciphers and GREASE, with one real X25519
 * share, so that any server answers. It is only looked at; nobody goes on with the handshake. A hello of this shape is not used to
 * carry anything: for that only a real browser's is good enough (P-46).
 */
import { concatBytes, utf8 } from "@chapar/wire/bytes";

/** What a hello says. */
export interface HelloLooks {
  readonly serverName: string;
  /** the extension of Encrypted Client Hello with a payload of random bytes (draft-ietf-tls-esni §6.2) */
  readonly hasEch: boolean;
}

const u8 = (value: number): Uint8Array => Uint8Array.of(value);
const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);
const with8 = (body: Uint8Array): Uint8Array => concatBytes(u8(body.byteLength), body);
const with16 = (body: Uint8Array): Uint8Array => concatBytes(u16(body.byteLength), body);
const list16 = (values: readonly number[]): Uint8Array => concatBytes(...values.map(u16));

/** RFC 8701 §2. */
const GREASE = 0x3a3a;
/** Chrome's fifteen since version 83, in its order. */
const CIPHERS: readonly number[] = [
  [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030],
  [0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035],
].flat();
/** Numbers of extensions (IANA TLS ExtensionType Values). */
const Ext = {
  serverName: 0,
  statusRequest: 5,
  supportedGroups: 10,
  pointFormats: 11,
  signatureAlgorithms: 13,
  alpn: 16,
  signedTimestamps: 18,
  extendedMasterSecret: 23,
  sessionTicket: 35,
  supportedVersions: 43,
  pskModes: 45,
  keyShare: 51,
  ech: 0xfe0d,
  renegotiation: 0xff01,
} as const;
const X25519 = 0x001d;
const SIGNATURES = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];

const extension = (type: number, data: Uint8Array): Uint8Array => concatBytes(u16(type), with16(data));

/** Outer ECH: type, suite HKDF-SHA256 with AES-128-GCM, id, a key of 32 bytes, a payload of 144. */
function echExtension(random: (sizeBytes: number) => Uint8Array): Uint8Array {
  const suite = concatBytes(u8(0), u16(1), u16(1), u8(7));
  return extension(Ext.ech, concatBytes(suite, with16(random(32)), with16(random(144))));
}

/**
 * A hello in one TLS record.
 *
 * @param random  bytes for the random fields and the key share; any 32 bytes are a share of X25519 (RFC 7748 §5)
 */
export function browserHello(looks: HelloLooks, random: (sizeBytes: number) => Uint8Array): Uint8Array {
  const name = utf8(looks.serverName);
  const protocols = concatBytes(with8(utf8("h2")), with8(utf8("http/1.1")));
  const extensions = concatBytes(
    extension(GREASE, new Uint8Array(0)),
    extension(Ext.serverName, with16(concatBytes(u8(0), with16(name)))),
    extension(Ext.extendedMasterSecret, new Uint8Array(0)),
    extension(Ext.renegotiation, u8(0)),
    extension(Ext.supportedGroups, with16(list16([GREASE, X25519, 0x0017, 0x0018]))),
    extension(Ext.pointFormats, with8(u8(0))),
    extension(Ext.sessionTicket, new Uint8Array(0)),
    extension(Ext.alpn, with16(protocols)),
    extension(Ext.statusRequest, Uint8Array.of(1, 0, 0, 0, 0)),
    extension(Ext.signatureAlgorithms, with16(list16(SIGNATURES))),
    extension(Ext.signedTimestamps, new Uint8Array(0)),
    extension(Ext.keyShare, with16(concatBytes(u16(GREASE), with16(u8(0)), u16(X25519), with16(random(32))))),
    extension(Ext.pskModes, with8(u8(1))),
    extension(Ext.supportedVersions, with8(list16([GREASE, 0x0304, 0x0303]))),
    ...(looks.hasEch ? [echExtension(random)] : []),
  );
  const body = concatBytes(
    u16(0x0303),
    random(32),
    with8(random(32)),
    with16(list16([GREASE, ...CIPHERS])),
    with8(u8(0)),
    with16(extensions),
  );
  const message = concatBytes(u8(1), u8(0), u16(body.byteLength), body);
  return concatBytes(Uint8Array.of(22, 3, 1), with16(message));
}
