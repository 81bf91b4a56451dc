/*
 * Fingerprints of a ClientHello. JA3: salesforce/ja3, MD5 over the fields in order, GREASE left out. JA4: FoxIO's
 * technical details of JA4, sorted ciphers and extensions, SHA-256 cut to 12 digits; a connection-wise shuffle of extensions
 * (Chrome since 110) changes JA3 and leaves JA4.
 */
import type { Primitives } from "./primitives.ts";
import { type ClientHello, Extension, hasExtension, isGrease } from "./tls-hello.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const hex16 = (value: number): string => value.toString(16).padStart(4, "0");
const plain = (values: readonly number[]): number[] => values.filter((value) => !isGrease(value));

/** The text that JA3 hashes: `771,4865-4866,0-11-10,29-23,0`. */
export function ja3Text(hello: ClientHello): string {
  const extensions = plain(hello.extensions.map(({ type }) => type));
  return [[hello.version], plain(hello.ciphers), extensions, plain(hello.groups), hello.pointFormats]
    .map((values) => values.join("-"))
    .join(",");
}

/** JA3: 32 hex digits. */
export const ja3 = (hello: ClientHello, primitives: Primitives): string => hex(primitives.md5(ascii(ja3Text(hello))));

const VERSIONS: Readonly<Record<number, string>> = {
  0x0304: "13",
  0x0303: "12",
  0x0302: "11",
  0x0301: "10",
  0x0300: "s3",
  0xfeff: "d1",
  0xfefd: "d2",
  0xfefc: "d3",
};

/** The version that a hello really offers: the highest of supported_versions, for DTLS the lowest number. */
function offeredVersion(hello: ClientHello, transport: Ja4Transport): number {
  const offered = plain(hello.supportedVersions);
  if (offered.length === 0) return hello.version;
  return transport === "d" ? Math.min(...offered) : Math.max(...offered);
}

function alpnLetters(alpn: readonly string[]): string {
  const first = alpn[0] ?? "";
  if (first === "") return "00";
  const ends = `${first[0] ?? ""}${first.at(-1) ?? ""}`;
  if (/^[0-9A-Za-z]{2}$/.test(ends)) return ends;
  const digits = hex(ascii(first));
  return `${digits[0] ?? "0"}${digits.at(-1) ?? "0"}`;
}

/** What carries the hello: TCP, QUIC or DTLS. */
export type Ja4Transport = "t" | "q" | "d";

const count = (values: readonly number[]): string => String(Math.min(99, values.length)).padStart(2, "0");

/** JA4: `t13d1516h2_8daaf6152771_02713d6af862`. */
export function ja4(hello: ClientHello, transport: Ja4Transport, primitives: Primitives): string {
  const cut = (text: string): string =>
    text === "" ? "0".repeat(12) : hex(primitives.sha256(ascii(text))).slice(0, 12);
  const ciphers = plain(hello.ciphers);
  const extensions = plain(hello.extensions.map(({ type }) => type));
  const named = hasExtension(hello, Extension.serverName) ? "d" : "i";
  const version = VERSIONS[offeredVersion(hello, transport)] ?? "00";
  const sorted = (values: readonly number[]): string => values.map(hex16).sort().join(",");
  const hashed = extensions.filter((type) => type !== Extension.serverName && type !== Extension.alpn);
  const algorithms = plain(hello.signatureAlgorithms).map(hex16).join(",");
  const tail = algorithms === "" ? sorted(hashed) : `${sorted(hashed)}_${algorithms}`;
  return [
    `${transport}${version}${named}${count(ciphers)}${count(extensions)}${alpnLetters(hello.alpn)}`,
    cut(sorted(ciphers)),
    cut(hashed.length === 0 ? "" : tail),
  ].join("_");
}
