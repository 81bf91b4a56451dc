/* Datagrams between a SOCKS5 client and its relay (RFC 1928 §7): `0, 0, fragment, address, port, data`; fragments are dropped. */
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import { readSocksAddress } from "./socks.ts";
import { tunnelTarget, type TunnelTarget } from "./target.ts";

/** A datagram and where it goes or came from. */
export interface Datagram {
  readonly target: TunnelTarget;
  readonly payload: Uint8Array;
}

const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;

/** Reads a datagram of a client. @returns undefined when it is not one, or a fragment */
export function decodeSocksDatagram(bytes: Uint8Array): Datagram | undefined {
  if (bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== 0) return undefined;
  const address = readSocksAddress(bytes, 3);
  if (address === undefined || address === "more") return undefined;
  const target = tunnelTarget(address.host, address.port);
  return target && { target, payload: bytes.slice(3 + address.sizeBytes) };
}

/** Writes a datagram to a client, as if from the place that answered. */
export function encodeSocksDatagram({ target, payload }: Datagram): Uint8Array {
  const { host, port } = target;
  const name = utf8(host);
  const address = IPV4.test(host)
    ? Uint8Array.of(1, ...host.split(".").map(Number))
    : concatBytes(Uint8Array.of(3, name.byteLength), name);
  return concatBytes(new Uint8Array(3), address, Uint8Array.of(port >> 8, port & 0xff), payload);
}
