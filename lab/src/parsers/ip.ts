/*
 * IPv4 with TCP, UDP and ICMP inside, read and written: what an in-path router gets from a TUN device and what a censor
 * injects (resets, DNS answers). IPv6 is `foreign`; the lab's namespaces have none. Fragments that are not the first carry
 * no ports and are `foreign` too. RFC 791, 793, 768, 792.
 */
import { Cursor, type Parsed, refuse } from "./cursor.ts";

/** Flags of a TCP segment, with its numbers. */
export interface TcpFacts {
  readonly syn: boolean;
  readonly ack: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  readonly seq: number;
  readonly ackNumber: number;
}

/** A packet as a censor sees it. Ports are 0 for ICMP. */
export interface IpPacket {
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly ttl: number;
  /** whole length on the wire, IP header included */
  readonly sizeBytes: number;
  readonly tcp: TcpFacts | undefined;
  readonly payload: Uint8Array;
}

const PROTOCOLS: Readonly<Record<number, IpPacket["protocol"]>> = { 1: "icmp", 6: "tcp", 17: "udp" };
const FRAGMENT_OFFSET = 0x1fff;
const [FIN, SYN, RST, PSH, ACK] = [0x01, 0x02, 0x04, 0x08, 0x10] as const;

const dotted = (bytes: Uint8Array): string => bytes.join(".");

/** The address as a number, or undefined. */
export function addressNumber(address: string): number | undefined {
  const parts = address.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

/** Reads one IPv4 packet. */
export function parseIp(bytes: Uint8Array): Parsed<IpPacket> {
  const cursor = new Cursor(bytes);
  const first = cursor.u8();
  const headerBytes = (first & 0x0f) * 4;
  if (first >> 4 !== 4 || headerBytes < 20) return refuse("foreign", 0);
  cursor.u8();
  const sizeBytes = cursor.u16();
  cursor.u16();
  const fragment = cursor.u16();
  const ttl = cursor.u8();
  const protocol = PROTOCOLS[cursor.u8()];
  cursor.u16();
  const source = dotted(cursor.bytes(4));
  const destination = dotted(cursor.bytes(4));
  cursor.bytes(headerBytes - 20);
  if (cursor.failed || sizeBytes < headerBytes || sizeBytes > bytes.byteLength)
    return refuse("truncated", cursor.offset);
  if (protocol === undefined || (fragment & FRAGMENT_OFFSET) !== 0) return refuse("foreign", 6);
  const inner = transport(protocol, bytes.subarray(headerBytes, sizeBytes));
  if (inner === undefined) return refuse("truncated", headerBytes);
  return { ok: true, value: { protocol, source, destination, ttl, sizeBytes, ...inner } };
}

type Transport = Pick<IpPacket, "sourcePort" | "destinationPort" | "tcp" | "payload">;

function transport(protocol: IpPacket["protocol"], bytes: Uint8Array): Transport | undefined {
  if (protocol === "icmp") return { sourcePort: 0, destinationPort: 0, tcp: undefined, payload: bytes };
  const cursor = new Cursor(bytes);
  const sourcePort = cursor.u16();
  const destinationPort = cursor.u16();
  if (protocol === "udp") {
    const length = cursor.u16();
    cursor.u16();
    if (cursor.failed || length < 8) return undefined;
    return { sourcePort, destinationPort, tcp: undefined, payload: cursor.upTo(length - 8) };
  }
  const seq = cursor.u32();
  const ackNumber = cursor.u32();
  const headerBytes = (cursor.u8() >> 4) * 4;
  const flags = cursor.u8();
  cursor.bytes(6);
  cursor.bytes(Math.max(0, headerBytes - 20));
  if (cursor.failed || headerBytes < 20) return undefined;
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const tcp = { syn: has(SYN), ack: has(ACK), fin: has(FIN), rst: has(RST), seq, ackNumber };
  return { sourcePort, destinationPort, tcp, payload: cursor.upTo(cursor.left) };
}

/** The ones' complement sum of RFC 1071 over several pieces, each of even length but the last. */
function checksum(...pieces: readonly Uint8Array[]): number {
  let sum = 0;
  for (const piece of pieces) {
    for (let i = 0; i < piece.byteLength; i += 2) sum += ((piece[i] ?? 0) << 8) | (piece[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function addressBytes(address: string): Uint8Array {
  const value = addressNumber(address);
  if (value === undefined) throw new RangeError("not an IPv4 address");
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

const IP_NUMBERS = { icmp: 1, tcp: 6, udp: 17 } as const;

function wrap(
  protocol: "tcp" | "udp",
  source: string,
  destination: string,
  body: Uint8Array,
  checksumAt: number,
): Uint8Array {
  const packet = new Uint8Array(20 + body.byteLength);
  const view = new DataView(packet.buffer);
  packet.set([0x45, 0]);
  view.setUint16(2, packet.byteLength);
  packet.set([64, IP_NUMBERS[protocol]], 8);
  packet.set(addressBytes(source), 12);
  packet.set(addressBytes(destination), 16);
  view.setUint16(10, checksum(packet.subarray(0, 20)));
  packet.set(body, 20);
  const pseudo = new Uint8Array(12);
  pseudo.set(packet.subarray(12, 20));
  pseudo[9] = IP_NUMBERS[protocol];
  new DataView(pseudo.buffer).setUint16(10, body.byteLength);
  const sum = checksum(pseudo, packet.subarray(20));
  // A UDP checksum of zero means "none" (RFC 768), so zero is written as its other form.
  view.setUint16(20 + checksumAt, sum === 0 && protocol === "udp" ? 0xffff : sum);
  return packet;
}

/** Who sends to whom. */
export interface Ends {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

/** A UDP datagram in an IPv4 packet, checksums set. */
export function buildUdp(ends: Ends, payload: Uint8Array): Uint8Array {
  const body = new Uint8Array(8 + payload.byteLength);
  const view = new DataView(body.buffer);
  view.setUint16(0, ends.sourcePort);
  view.setUint16(2, ends.destinationPort);
  view.setUint16(4, body.byteLength);
  body.set(payload, 8);
  return wrap("udp", ends.source, ends.destination, body, 6);
}

const flag = (wanted: boolean | undefined, bit: number): number => (wanted === true ? bit : 0);

/** A TCP segment in an IPv4 packet, checksums set. */
export function buildTcp(ends: Ends, facts: Partial<TcpFacts>, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const body = new Uint8Array(20 + payload.byteLength);
  const view = new DataView(body.buffer);
  view.setUint16(0, ends.sourcePort);
  view.setUint16(2, ends.destinationPort);
  view.setUint32(4, facts.seq ?? 0);
  view.setUint32(8, facts.ackNumber ?? 0);
  body[12] = 5 << 4;
  body[13] =
    flag(facts.syn, SYN) |
    flag(facts.ack, ACK) |
    flag(facts.fin, FIN) |
    flag(facts.rst, RST) |
    flag(payload.byteLength > 0, PSH);
  view.setUint16(14, 65_535);
  body.set(payload, 20);
  return wrap("tcp", ends.source, ends.destination, body, 16);
}
