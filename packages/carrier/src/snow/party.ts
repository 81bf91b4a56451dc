/*
 * What one end of a WebRTC connection has to know of the other, as few bounded fields (protocol/8-road.md P-113). No session
 * description travels: each end writes one from these fields by a form of its own, so that nothing a stranger wrote reaches the browser's
 * parser, and which end greets first in DTLS is no field at all.
 *
 * `ufrag text<32>, pwd text<128>, fingerprint[32], candidates list<8> of (family u8 4 or 6, address[4 or 16], port u16, reflexive flag)`
 */
import type { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import { addressBytes, addressClass, mayDial, parseIpv6, type AddressClass } from "../address-class.ts";

const MAX_CANDIDATES = 8;
/** RFC 8839 §5.4: ice-char, and at least 4 and 22 of them. */
const UFRAG_FORM = /^[A-Za-z0-9+/]{4,32}$/;
const PASSWORD_FORM = /^[A-Za-z0-9+/]{22,128}$/;
const FINGERPRINT_BYTES = 32;

/** Where one end can be reached over UDP. */
export interface SnowCandidate {
  /** IPv4 or IPv6 */
  readonly address: string;
  readonly port: number;
  /** as a STUN service saw it, not as the machine itself has it */
  readonly isReflexive: boolean;
}

/** One end of a connection. */
export interface SnowParty {
  readonly ufrag: string;
  readonly password: string;
  /** SHA-256 of its certificate (RFC 8122) */
  readonly fingerprint: Uint8Array;
  readonly candidates: readonly SnowCandidate[];
}

function addressText(bytes: Uint8Array): string {
  if (bytes.byteLength === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  return groups.map((group) => group.toString(16)).join(":");
}

/** Writes a party. */
export function writeParty(to: ByteWriter, { ufrag, password, fingerprint, candidates }: SnowParty): void {
  to.text(ufrag).text(password).bytes(fingerprint);
  to.list(candidates, (each, { address, port, isReflexive }) => {
    const bytes = addressBytes(address);
    each
      .u8(bytes.byteLength === 4 ? 4 : 6)
      .bytes(bytes)
      .u16(port)
      .flag(isReflexive);
  });
}

/** Reads a party; the reader fails when a field is beyond its bounds. */
export function readParty(from: ByteReader): SnowParty {
  const [ufrag, password] = [from.text(32), from.text(128)];
  if (!from.failed && !(UFRAG_FORM.test(ufrag) && PASSWORD_FORM.test(password))) from.fail("wire/range");
  const fingerprint = from.bytes(FINGERPRINT_BYTES).slice();
  const candidates = from.list(MAX_CANDIDATES, (each): SnowCandidate => {
    const family = each.u8();
    if (family !== 4 && family !== 6) each.fail("wire/range");
    const address = addressText(each.bytes(family === 4 ? 4 : 16));
    const [port, isReflexive] = [each.u16(), each.flag()];
    if (!each.failed && port === 0) each.fail("wire/range");
    return { address, port, isReflexive };
  });
  return { ufrag, password, fingerprint, candidates };
}

/** Leaves out what those of a class must not be led to, or told of: addresses of a narrower one. */
export function withinClass(party: SnowParty, own: AddressClass): SnowParty {
  const candidates = party.candidates.filter(({ address }) => mayDial(own, addressClass(address)));
  return { ...party, candidates };
}

/** A description as a browser takes it. @param setup `active` is who sends the ClientHello; the answering end, always */
export function describeParty(party: SnowParty, setup: "actpass" | "active"): string {
  const { ufrag, password, fingerprint, candidates } = party;
  const hex = Array.from(fingerprint, (byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(":");
  const lines = candidates.map(({ address, port, isReflexive }, i) => {
    // RFC 8445 §5.1.2.1: 126 for host candidates, 100 for reflexive ones, and no two alike.
    const priority = ((isReflexive ? 100 : 126) << 24) + ((65_535 - i) << 8) + 255;
    const related = isReflexive ? "srflx raddr 0.0.0.0 rport 0" : "host";
    return `a=candidate:${i + 1} 1 udp ${priority} ${address} ${port} typ ${related}`;
  });
  return [
    "v=0",
    "o=- 1 2 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0",
    ...lines,
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${password}`,
    `a=fingerprint:sha-256 ${hex}`,
    `a=setup:${setup}`,
    "a=mid:0",
    "a=sctp-port:5000",
    "a=max-message-size:65536",
    "",
  ].join("\r\n");
}

const CANDIDATE = /^a=candidate:\S+ 1 udp \d+ ([0-9a-f.:]+) (\d{1,5}) typ (host|srflx)\b/i;

/**
 * What an own description says. Names that browsers put for their addresses (mDNS) lead nobody anywhere beyond this network, and
 * TCP candidates are no use to either end: both are left out.
 *
 * @returns undefined when the platform wrote something unexpected
 */
export function partyOf(description: string): SnowParty | undefined {
  const lines = description.split(/\r?\n/);
  const value = (prefix: string): string => lines.find((line) => line.startsWith(prefix))?.slice(prefix.length) ?? "";
  const ufrag = value("a=ice-ufrag:");
  const password = value("a=ice-pwd:");
  const hex = value("a=fingerprint:sha-256 ").split(":");
  if (!UFRAG_FORM.test(ufrag) || !PASSWORD_FORM.test(password) || hex.length !== FINGERPRINT_BYTES) return undefined;
  const candidates: SnowCandidate[] = [];
  for (const line of lines) {
    const [, address = "", port = "", kind] = CANDIDATE.exec(line) ?? [];
    const isAddress = address.includes(":") ? parseIpv6(address) !== undefined : /^\d+\.\d+\.\d+\.\d+$/.test(address);
    if (!isAddress || Number(port) === 0) continue;
    if (candidates.some((each) => each.address === address && each.port === Number(port))) continue;
    candidates.push({ address, port: Number(port), isReflexive: kind === "srflx" });
  }
  // What others see is worth more than what stands first.
  candidates.sort((a, b) => Number(b.isReflexive) - Number(a.isReflexive));
  return {
    ufrag,
    password,
    fingerprint: Uint8Array.from(hex.map((byte) => Number.parseInt(byte, 16))),
    candidates: candidates.slice(0, MAX_CANDIDATES),
  };
}
