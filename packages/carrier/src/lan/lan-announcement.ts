/*
 * What a station says of itself on the local network where its operator wants everybody there to see it (protocol/17-island.md J-30): a service of DNS-SD (RFC 6763)
 * whose instance is the key. It is hearsay until the place has proved the key.
 */
import { fromBase32, toBase32 } from "@chapar/wire/bytes";

/** The kind of service. */
export const LAN_SERVICE = "_chapar._tcp.local";
const KEY_BYTES = 32;
const HOST_CHARS = 24;
const VERSION = "txtvers=1";
const KEY_ATTRIBUTE = "key=";

/** Names of a station that is announced, in lower case. */
export interface LanNames {
  /** the service's instance: `KEY._chapar._tcp.local` */
  readonly instance: string;
  /** the machine's, made of the key, so that its own name is not told */
  readonly host: string;
  /** strings of the TXT record */
  readonly attributes: readonly string[];
}

/** The names of a station's key. */
export function announcedNames(key: Uint8Array): LanNames {
  const text = toBase32(key);
  return {
    instance: `${text}.${LAN_SERVICE}`,
    host: `${text.slice(0, HOST_CHARS)}.local`,
    attributes: [VERSION, `${KEY_ATTRIBUTE}${text}`],
  };
}

/**
 * The key that an announcement names; untrusted.
 *
 * @returns undefined when it is none, of another version, or names another key than its instance does
 */
export function announcedKey(instance: string, attributes: readonly string[]): Uint8Array | undefined {
  const name = instance.toLowerCase();
  if (!name.endsWith(`.${LAN_SERVICE}`) || !attributes.includes(VERSION)) return undefined;
  const label = name.slice(0, -LAN_SERVICE.length - 1);
  const named = attributes.filter((each) => each.startsWith(KEY_ATTRIBUTE));
  const key = fromBase32(label);
  return named.length === 1 && named[0] === `${KEY_ATTRIBUTE}${label}` && key?.byteLength === KEY_BYTES
    ? key
    : undefined;
}
