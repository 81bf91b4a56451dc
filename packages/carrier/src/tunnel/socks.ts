/*
 * SOCKS5 (RFC 1928) as a state machine over bytes: greeting, then one request. CONNECT and UDP ASSOCIATE; BIND is refused.
 * Whoever offers only passwords (RFC 1929) is told that none is wanted, by 0xff, and no password is ever read.
 *
 * greeting `5, n, methods[n]` → `5, method`; request `5, command, 0, address, port` → `5, reply, 0, address, port`;
 * address `1, v4[4]` | `3, n, name[n]` | `4, v6[16]`
 */
import { concatBytes } from "@chapar/wire/bytes";
import { tunnelTarget, type TunnelTarget } from "./target.ts";

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const NONE_ACCEPTABLE = 0xff;
/** A greeting with every method there is. */
const MAX_GREETING_BYTES = 2 + 255;

/** What is answered to a request (RFC 1928 §6). */
export const SOCKS_REPLY = {
  done: 0,
  failed: 1,
  forbidden: 2,
  "network unreachable": 3,
  "host unreachable": 4,
  refused: 5,
  "timed out": 6,
  "no such command": 7,
  "no such address": 8,
} as const;
/** A reply by name. */
export type SocksReply = keyof typeof SOCKS_REPLY;

/** What comes of more bytes. `reply` is to be sent in every case where it is there. */
export type SocksStep =
  | { readonly type: "more"; readonly reply?: Uint8Array }
  /** the client has said what it wants; `rest` came behind the request */
  | {
      readonly type: "connect" | "associate";
      readonly target: TunnelTarget;
      readonly rest: Uint8Array;
      readonly reply?: Uint8Array;
    }
  /** close after the reply */
  | { readonly type: "refused"; readonly reason: SocksRefusal; readonly reply?: Uint8Array };

/** Why a client is turned away. */
export type SocksRefusal = "not socks5" | "wants a password" | "no such command" | "no such address";

/** A reply with an address that the client may use: for UDP, where datagrams go. */
export function socksReply(reply: SocksReply, port = 0): Uint8Array {
  const address = port === 0 ? [0, 0, 0, 0] : [127, 0, 0, 1];
  return Uint8Array.of(VERSION, SOCKS_REPLY[reply], 0, 1, ...address, port >> 8, port & 0xff);
}

/** An address and a port as SOCKS5 writes them. */
export interface SocksAddress {
  readonly host: string;
  readonly port: number;
  /** bytes read, from the type on */
  readonly sizeBytes: number;
}

/** Four bytes as people write them. */
export const ipv4Text = (bytes: Uint8Array): string => bytes.join(".");

/** Sixteen bytes as an address; not in its shortest form. */
export function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return groups.join(":");
}

/** Reads an address. @returns "more" when it is not whole, undefined when it cannot become one */
export function readSocksAddress(bytes: Uint8Array, at: number): SocksAddress | "more" | undefined {
  const type = bytes[at];
  if (type === undefined) return "more";
  if (type !== 1 && type !== 3 && type !== 4) return undefined;
  const head = type === 3 ? 2 : 1;
  const hostBytes = type === 1 ? 4 : type === 4 ? 16 : bytes[at + 1];
  if (hostBytes === 0) return undefined;
  if (hostBytes === undefined || bytes.byteLength < at + head + hostBytes + 2) return "more";
  const raw = bytes.subarray(at + head, at + head + hostBytes);
  const host = type === 1 ? ipv4Text(raw) : type === 4 ? ipv6Text(raw) : String.fromCharCode(...raw);
  const portAt = at + head + hostBytes;
  const port = ((bytes[portAt] ?? 0) << 8) | (bytes[portAt + 1] ?? 0);
  return { host, port, sizeBytes: head + hostBytes + 2 };
}

/** One client's handshake. */
export class SocksHandshake {
  #held: Uint8Array = new Uint8Array(0);
  #greeted = false;

  /** Takes bytes. Holds at most what a greeting or a request can have. After anything but `more` it is over. */
  push(bytes: Uint8Array): SocksStep {
    this.#held = concatBytes(this.#held, bytes);
    if (this.#greeted) return this.#request();
    const count = this.#held[1];
    if (this.#held.byteLength > 0 && this.#held[0] !== VERSION) return { type: "refused", reason: "not socks5" };
    if (count === 0) return { type: "refused", reason: "not socks5" };
    if (count === undefined || this.#held.byteLength < 2 + count) return { type: "more" };
    const methods = this.#held.subarray(2, 2 + count);
    if (!methods.includes(NO_AUTHENTICATION))
      return { type: "refused", reason: "wants a password", reply: Uint8Array.of(VERSION, NONE_ACCEPTABLE) };
    this.#greeted = true;
    this.#held = this.#held.slice(2 + count);
    // Nothing but the request may follow, and what belongs behind it is short before it is answered.
    return { ...this.#request(), reply: Uint8Array.of(VERSION, NO_AUTHENTICATION) };
  }

  /** Bytes that wait to become whole. */
  get heldBytes(): number {
    return Math.min(this.#held.byteLength, MAX_GREETING_BYTES);
  }

  #request(): SocksStep {
    const [version, command, reserved] = this.#held;
    if (version === undefined) return { type: "more" };
    if (version !== VERSION || (reserved !== undefined && reserved !== 0))
      return { type: "refused", reason: "not socks5" };
    if (command === undefined) return { type: "more" };
    if (command !== 1 && command !== 3)
      return { type: "refused", reason: "no such command", reply: socksReply("no such command") };
    const address = readSocksAddress(this.#held, 3);
    if (address === "more") return { type: "more" };
    const badAddress: SocksStep = { type: "refused", reason: "no such address", reply: socksReply("no such address") };
    if (address === undefined) return badAddress;
    // Where datagrams will come from is said loosely, mostly as zeros.
    const target = command === 1 ? tunnelTarget(address.host, address.port) : { host: "0.0.0.0", port: 0 };
    if (target === undefined) return badAddress;
    const rest = this.#held.slice(3 + address.sizeBytes);
    this.#held = new Uint8Array(0);
    return { type: command === 1 ? "connect" : "associate", target, rest };
  }
}
