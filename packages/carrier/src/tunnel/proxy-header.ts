/*
 * The head that says where a captured connection was going (HAProxy's PROXY protocol, version 2, §2.2):
 * `signature[12], 0x20|command u8, family u8, length u16, source, destination, ports, more`. Only TCP over IPv4 and IPv6 is
 * taken; what comes behind the addresses in the head is left out.
 */
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import { ipv4Text, ipv6Text } from "./socks.ts";
import { tunnelTarget, type TunnelTarget } from "./target.ts";

const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const FIXED_BYTES = 16;
const VERSION_2_PROXY = 0x21;
/** Addresses and what one helper of ours may put behind them; the protocol's own bound is 64 KiB. */
const MAX_REST_BYTES = 512;
const FAMILIES: Readonly<Record<number, { readonly addressBytes: number }>> = {
  0x11: { addressBytes: 4 },
  0x21: { addressBytes: 16 },
};

/** What comes of more bytes. */
export type ProxyHeaderStep =
  | { readonly type: "more" }
  | { readonly type: "target"; readonly target: TunnelTarget; readonly rest: Uint8Array }
  | { readonly type: "refused" };

/** One connection's head. */
export class ProxyHeader {
  #held: Uint8Array = new Uint8Array(0);

  /** Takes bytes; holds at most a head. After anything but `more` it is over. */
  push(bytes: Uint8Array): ProxyHeaderStep {
    this.#held = concatBytes(this.#held, bytes);
    const held = this.#held;
    const known = Math.min(held.byteLength, SIGNATURE.byteLength);
    if (!equalBytes(held.subarray(0, known), SIGNATURE.subarray(0, known))) return { type: "refused" };
    if (held.byteLength < FIXED_BYTES) return { type: "more" };
    const family = FAMILIES[held[13] ?? 0];
    const restBytes = ((held[14] ?? 0) << 8) | (held[15] ?? 0);
    if (held[12] !== VERSION_2_PROXY || family === undefined) return { type: "refused" };
    const { addressBytes } = family;
    if (restBytes < 2 * addressBytes + 4 || restBytes > MAX_REST_BYTES) return { type: "refused" };
    if (held.byteLength < FIXED_BYTES + restBytes) return { type: "more" };
    const at = FIXED_BYTES + addressBytes;
    const address = held.subarray(at, at + addressBytes);
    const portAt = FIXED_BYTES + 2 * addressBytes + 2;
    const port = ((held[portAt] ?? 0) << 8) | (held[portAt + 1] ?? 0);
    const target = tunnelTarget(addressBytes === 4 ? ipv4Text(address) : ipv6Text(address), port);
    if (target === undefined) return { type: "refused" };
    return { type: "target", target, rest: held.slice(FIXED_BYTES + restBytes) };
  }
}
