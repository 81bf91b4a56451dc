/*
 * Streams of a tunnel inside a session (protocol/8-road.md §11). The label says what is wanted:
 * `version u8 (1), kind u8 (0 tcp, 1 udp, 2 name), pass opaque<64>, host text<253>, port u16`; the exit answers one byte and
 * then passes bytes. Datagrams travel as `length u16, port u16, host text<253>, payload`, the length counting what follows
 * it. The addresses of a name are `list<16> of address opaque<16>`.
 */
import { ByteReader, ByteWriter, concatBytes, type Decoded } from "@chapar/wire/bytes";
import { tunnelTarget, type TunnelTarget } from "./target.ts";
import type { Datagram } from "./socks-datagram.ts";

const VERSION = 1;
const MAX_PASS_BYTES = 64;
const MAX_HOST_BYTES = 253;
/** Addresses of one name. */
const MAX_ADDRESSES = 16;
/** What the list of them can take, with the answer before it. */
export const MAX_NAME_ANSWER_BYTES: number = 2 + MAX_ADDRESSES * 17;
/** The longest datagram that is carried, with its head. */
const MAX_DATAGRAM_BYTES = 0xffff;

/** Why an exit does not open, as it is sent. */
export const EXIT_REFUSAL = {
  "no exit": 1,
  "bad pass": 2,
  "allowance used up": 3,
  "port not allowed": 4,
  "address not allowed": 5,
  "no such name": 6,
  unreachable: 7,
  refused: 8,
  "timed out": 9,
  busy: 10,
} as const;
/** Why an exit does not open. */
export type ExitRefusal = keyof typeof EXIT_REFUSAL;

/** What a stream asks for. */
export type TunnelRequest =
  | { readonly kind: "tcp"; readonly pass: Uint8Array; readonly target: TunnelTarget }
  | { readonly kind: "udp"; readonly pass: Uint8Array }
  | { readonly kind: "name"; readonly pass: Uint8Array; readonly name: string };

const KINDS = ["tcp", "udp", "name"] as const;
/** A name has no port; the form of targets wants one. */
const NO_PORT = 0;

/** Writes a label. @throws RangeError when the pass is longer than 64 bytes */
export function encodeTunnelRequest(request: TunnelRequest): Uint8Array {
  if (request.pass.byteLength > MAX_PASS_BYTES) throw new RangeError("pass too long");
  const host = request.kind === "tcp" ? request.target.host : request.kind === "name" ? request.name : "";
  const out = new ByteWriter(128).u8(VERSION).u8(KINDS.indexOf(request.kind));
  return out
    .opaque(request.pass)
    .text(host)
    .u16(request.kind === "tcp" ? request.target.port : NO_PORT)
    .take();
}

/** Reads a label. Never throws. */
export function decodeTunnelRequest(label: Uint8Array): Decoded<TunnelRequest> {
  const from = new ByteReader(label);
  if (from.u8() !== VERSION) from.fail("wire/range");
  const kind = KINDS[from.u8()];
  if (kind === undefined) from.fail("wire/range");
  const pass = from.opaque(MAX_PASS_BYTES).slice();
  const [host, port] = [from.text(MAX_HOST_BYTES), from.u16()];
  if (kind === "udp") {
    if (host !== "" || port !== NO_PORT) from.fail("wire/range");
    return from.finish({ kind, pass });
  }
  const target = tunnelTarget(host, kind === "name" && port === NO_PORT ? 1 : port);
  // One spelling for a target: what is checked is what is dialed.
  if (target === undefined || target.host !== host) from.fail("wire/range");
  if (kind === "name") {
    if (port !== NO_PORT) from.fail("wire/range");
    return from.finish({ kind, pass, name: host });
  }
  return from.finish({ kind: "tcp", pass, target: target ?? { host: "", port: 0 } });
}

/** Writes the addresses of a name, of 4 or 16 bytes each; the first sixteen. */
export function encodeAddresses(addresses: readonly Uint8Array[]): Uint8Array {
  return new ByteWriter(128)
    .list(addresses.slice(0, MAX_ADDRESSES), (writer, address) => writer.opaque(address))
    .take();
}

/** Reads them. Never throws; addresses of other lengths are refused. */
export function decodeAddresses(bytes: Uint8Array): Decoded<readonly Uint8Array[]> {
  const from = new ByteReader(bytes);
  const addresses = from.list(MAX_ADDRESSES, () => {
    const address = from.opaque(16).slice();
    if (address.byteLength !== 4 && address.byteLength !== 16) from.fail("wire/range");
    return address;
  });
  return from.finish(addresses);
}

/** The exit's first byte; `undefined` opens. */
export function encodeExitAnswer(refusal?: ExitRefusal): Uint8Array {
  return Uint8Array.of(refusal === undefined ? 0 : EXIT_REFUSAL[refusal]);
}

/** @returns undefined when the stream is open; "no exit" also for what nobody knows */
export function decodeExitAnswer(code: number): ExitRefusal | undefined {
  if (code === 0) return undefined;
  const known = Object.entries(EXIT_REFUSAL).find(([, value]) => value === code)?.[0];
  return (known as ExitRefusal | undefined) ?? "no exit";
}

/** Writes a datagram onto a stream. @returns undefined when it is longer than can be carried */
export function encodeDatagram({ target, payload }: Datagram): Uint8Array | undefined {
  const body = new ByteWriter(payload.byteLength + 64).u16(target.port).text(target.host).bytes(payload).take();
  if (body.byteLength > MAX_DATAGRAM_BYTES) return undefined;
  return concatBytes(Uint8Array.of(body.byteLength >> 8, body.byteLength & 0xff), body);
}

function readDatagram(body: Uint8Array): Datagram | undefined {
  const from = new ByteReader(body);
  const [port, host] = [from.u16(), from.text(MAX_HOST_BYTES)];
  const payload = from.rest();
  const target = tunnelTarget(host, port);
  return from.failed || target === undefined ? undefined : { target, payload };
}

/** Cuts a stream into datagrams; holds at most one that has not come whole. */
export class DatagramReader {
  #held: Uint8Array = new Uint8Array(0);

  /** Calls `take` with each; what is no datagram ends the reading. @returns false then */
  push(chunk: Uint8Array, take: (datagram: Datagram) => void): boolean {
    this.#held = this.#held.byteLength === 0 ? chunk : concatBytes(this.#held, chunk);
    let at = 0;
    for (;;) {
      const left = this.#held.byteLength - at;
      const sizeBytes = ((this.#held[at] ?? 0) << 8) | (this.#held[at + 1] ?? 0);
      if (left < 2 || left < 2 + sizeBytes) break;
      const datagram = readDatagram(this.#held.subarray(at + 2, at + 2 + sizeBytes));
      if (datagram === undefined) return false;
      take(datagram);
      at += 2 + sizeBytes;
    }
    this.#held = this.#held.slice(at);
    return true;
  }
}
