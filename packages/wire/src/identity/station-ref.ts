/*
 * Where a station is found: `key[32], urls list<4> of text<256>`; a home adds its region, two bytes A-Z (ISO 3166-1
 * alpha-2). The same layout stands in ops, invites, frames and a room's descriptor. URLs are printable ASCII with a
 * scheme: nothing that could look like another address is let in, international names travel as punycode.
 */
import type { ByteReader, ByteWriter } from "../bytes/index.ts";
import type { StationRef } from "../frames/types.ts";
import { ID_SIZE_BYTES, stationKey } from "../ids.ts";
import { MAX_URL_BYTES, MAX_URLS } from "../limits.ts";

const URL_FORM = /^[a-z][a-z0-9+.-]{0,31}:[\x21-\x7e]+$/;
const REGION_FORM = /^[A-Z]{2}$/;
const REGION_BYTES = 2;

/** A station as the place where an identity rests. */
export interface Home {
  readonly station: StationRef;
  /** ISO 3166-1 alpha-2, upper case, of the region whose law the station keeps */
  readonly region: string;
}

/** Whether text is a URL as ops and invites may hold it: a scheme, then printable ASCII, at most 256 bytes. */
export function isRouteUrl(text: string): boolean {
  return text.length <= MAX_URL_BYTES && URL_FORM.test(text);
}

/** Whether text is two upper-case letters. */
export function isRegion(text: string): boolean {
  return REGION_FORM.test(text);
}

/** Writes a station's key and URLs. @throws RangeError on more than four URLs or a malformed one */
export function writeStationRef(writer: ByteWriter, station: StationRef): void {
  if (station.urls.length > MAX_URLS) throw new RangeError("too many URLs");
  writer.bytes(station.key).list(station.urls, writeRouteUrl);
}

/** Writes one URL. @throws RangeError on a malformed one */
export function writeRouteUrl(writer: ByteWriter, url: string): void {
  if (!isRouteUrl(url)) throw new RangeError("not a URL for an op or invite");
  writer.text(url);
}

/** Reads one URL; a malformed one is `wire/range`. */
export function readRouteUrl(reader: ByteReader): string {
  const start = reader.offset;
  const url = reader.text(MAX_URL_BYTES);
  if (!isRouteUrl(url)) reader.fail("wire/range", start);
  return url;
}

/** Reads a station's key and URLs; a malformed URL is `wire/range`. The key is a view of the input. */
export function readStationRef(reader: ByteReader): StationRef {
  const key = reader.bytes(ID_SIZE_BYTES.station);
  const urls = reader.list(MAX_URLS, readRouteUrl);
  // A failed reader answers an empty view; the value is dropped by `finish`, so it only has to be of the right type.
  return { key: stationKey(reader.failed ? new Uint8Array(ID_SIZE_BYTES.station) : key), urls };
}

/** Writes a region. @throws RangeError on anything but two upper-case letters */
export function writeRegion(writer: ByteWriter, region: string): void {
  if (!isRegion(region)) throw new RangeError("not a region");
  writer.u8(region.charCodeAt(0)).u8(region.charCodeAt(1));
}

/** Reads a region; anything but two upper-case letters is `wire/range`. */
export function readRegion(reader: ByteReader): string {
  const start = reader.offset;
  const [first = 0, second = 0] = reader.bytes(REGION_BYTES);
  const region = String.fromCharCode(first, second);
  if (!isRegion(region)) reader.fail("wire/range", start);
  return region;
}

/** Writes a station and its region. @throws RangeError as the parts do */
export function writeHome(writer: ByteWriter, home: Home): void {
  writeStationRef(writer, home.station);
  writeRegion(writer, home.region);
}

/** Reads a station and its region. */
export function readHome(reader: ByteReader): Home {
  const station = readStationRef(reader);
  return { station, region: readRegion(reader) };
}
