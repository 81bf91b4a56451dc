/* Where a tunnel leads: a name or an address, and a port; and its form on the wire, which SOCKS5 and streams of a tunnel share. */

/** A place outside. */
export interface TunnelTarget {
  /** a host name, an IPv4 address, or an IPv6 address without brackets; lower case */
  readonly host: string;
  /** 1 to 65535 */
  readonly port: number;
}

const NAME = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?$/;
/** A last label in digits or hex is how numbers are written: no name ends so. */
const NUMBER_LIKE = /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/;

/** An IPv6 address in its shortest form; undefined when it is none. */
function ipv6(text: string): string | undefined {
  // A zone would be of the wrong machine.
  if (!text.includes(":") || !/^[0-9a-f:.]+$/i.test(text)) return undefined;
  try {
    return new URL(`http://[${text}]/`).hostname.slice(1, -1);
  } catch {
    // Not an address: the URL parser says so by throwing.
    return undefined;
  }
}

/** @returns the target; undefined when the host is neither a name nor an address, or the port is none */
export function tunnelTarget(host: string, port: number): TunnelTarget | undefined {
  if (!Number.isInteger(port) || port < 1 || port > 0xffff) return undefined;
  const lower = host.toLowerCase();
  const six = ipv6(lower);
  if (six !== undefined) return { host: six, port };
  // Numbers that are no address in its one ordinary spelling: what resolvers make of 127.1 or 0x7f is nobody's wish.
  if (NUMBER_LIKE.test(lower) ? !IPV4.test(lower) : !NAME.test(lower)) return undefined;
  return { host: lower, port };
}

/** Reads `host:port` with brackets around IPv6, as HTTP writes it (RFC 9110 §7.2). */
export function parseAuthority(text: string): TunnelTarget | undefined {
  const [, bracketed, bare = "", port = ""] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text) ?? [];
  if (bracketed !== undefined && ipv6(bracketed) === undefined) return undefined;
  return tunnelTarget(bracketed ?? bare, Number(port));
}
