/*
 * Where a forwarded letter is from: the content extension `chapar.forwarded`, a deterministic CBOR map. Key 1: the first
 * writer's URI; 2: the name they were known by; 3: the station where the letter's file rests, as a StationRef. Other keys,
 * positive integers, are passed over.
 */
import { ByteReader, ByteWriter } from "../bytes/index.ts";
import { CborReader } from "../content/cbor-reader.ts";
import { cborText, CborWriter } from "../content/cbor-writer.ts";
import type { ContentDecoded } from "../content/codes.ts";
import { cleanName } from "../content/name.ts";
import { parseUserUri, userUri } from "../content/uri.ts";
import type { StationRef } from "../frames/types.ts";
import { readStationRef, writeStationRef } from "../identity/station-ref.ts";
import type { IdentityId } from "../ids.ts";

/** The key of the extension. */
export const FORWARDED_KEY = "chapar.forwarded";
const WRITER_KEY = 1;
const NAME_KEY = 2;
const STATION_KEY = 3;
const VALUE_LEVELS = 2;

/** From whom a letter was forwarded; nothing of it is proved. */
export interface Forwarded {
  readonly writer: IdentityId;
  /** as `cleanName` leaves it; empty when they were known by none */
  readonly name: string;
  /** where the letter's file rests, when it has one */
  readonly station: StationRef | undefined;
}

/** The extension's value. @throws RangeError on a station that no frame may name */
export function forwardedValue({ writer, name, station }: Forwarded): Uint8Array {
  const pairs: [number, Uint8Array][] = [[WRITER_KEY, cborText(userUri(writer))]];
  if (name !== "") pairs.push([NAME_KEY, cborText(name)]);
  if (station !== undefined) {
    const bytes = new ByteWriter();
    writeStationRef(bytes, station);
    pairs.push([STATION_KEY, new CborWriter().bytes(bytes.finish()).finish()]);
  }
  return new CborWriter().map(pairs).finish();
}

/** Reads the extension's value, which is deterministic CBOR already. */
export function readForwarded(value: Uint8Array): ContentDecoded<Forwarded> {
  const reader = new CborReader(value);
  let writer: IdentityId | undefined;
  let name = "";
  let station: StationRef | undefined;
  const count = reader.map();
  for (let i = 0; i < count && !reader.failed; i++) {
    const start = reader.offset;
    const key = reader.key();
    if (key === WRITER_KEY) {
      const parsed = parseUserUri(reader.text());
      if (parsed.ok) writer = parsed.value;
      else reader.fail("content/bad-uri", start);
    } else if (key === NAME_KEY) name = cleanName(reader.text()) ?? "";
    else if (key === STATION_KEY) {
      const bytes = new ByteReader(reader.bytes());
      const read = bytes.finish(readStationRef(bytes));
      if (read.ok) station = read.value;
      else reader.fail("content/bad-shape", start);
    } else reader.raw(VALUE_LEVELS);
  }
  const read = reader.finish(writer);
  if (!read.ok) return read;
  if (read.value === undefined) return { ok: false, code: "content/bad-shape", offset: 0 };
  return { ok: true, value: { writer: read.value, name, station } };
}
