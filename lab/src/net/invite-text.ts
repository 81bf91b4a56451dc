/*
 * The link that invites to the lab's station. The lab may not see `@chapar/e2e`, so this writes the invite from the protocol
 * page, as any foreign program would; the client that reads it is the real one.
 *
 * protocol/3-identity.md §6: u8 version 1, u8 kind 0 (station), 32-byte key, list of URLs, two letters of the region, name,
 * token, no fields; then the first 4 bytes of SHA-256("chapar invite v1" | those bytes), all in base64url.
 */
import { createHash } from "node:crypto";

/** What an invite to a station says. */
export interface StationInvite {
  readonly key: Uint8Array;
  readonly url: string;
  readonly region: string;
  readonly name: string;
  readonly token: Uint8Array;
}

/** RFC 9000 §16 length in its one- or two-byte form, then the bytes. */
function opaque(bytes: Uint8Array): Buffer {
  const length = bytes.byteLength < 64 ? [bytes.byteLength] : [0x40 | (bytes.byteLength >> 8), bytes.byteLength & 0xff];
  return Buffer.concat([Buffer.from(length), bytes]);
}

/** The link, as a person would paste it. */
export function stationInviteText({ key, url, region, name, token }: StationInvite): string {
  const body = Buffer.concat([
    Buffer.from([1, 0]),
    key,
    Buffer.from([1]),
    opaque(Buffer.from(url)),
    Buffer.from(region),
    opaque(Buffer.from(name)),
    opaque(token),
    Buffer.from([0]),
  ]);
  const checksum = createHash("sha256").update("chapar invite v1").update(body).digest().subarray(0, 4);
  return `${url}/#i/${Buffer.concat([body, checksum]).toString("base64url")}`;
}
