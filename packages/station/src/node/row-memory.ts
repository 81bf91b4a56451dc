/*
 * Rows on their way to the writer thread, in memory that both threads see: a group commit has five byte strings for each of
 * its logs, and handing each over as a buffer of its own costs more than all the rest of the way to disk. The memory is
 * used again for the next commit, which does not begin before the writer has answered.
 *
 *   row      u8 change, varint count of values, then each:
 *   value    u8 0 null  ·  u8 1 number, u64  ·  u8 2 text, u32 length, UTF-8  ·  u8 3 blob, u32 length, bytes
 *   list     one blob: varint count, then each byte string with its varint length, as `unpackList` reads it
 */
import { ByteReader, ByteWriter, utf8 } from "@chapar/wire/bytes";
import { Bug } from "../errors.ts";
import { CHANGES, type ChangeName, type Row } from "./sqlite-schema.ts";

const NAMES = Object.keys(CHANGES) as readonly ChangeName[];
const NUMBERS = new Map(NAMES.map((name, number) => [name, number]));
const Kind = { none: 0, number: 1, text: 2, blob: 3 } as const;
const MAX_VALUES = 64;
/** At most, besides its bytes: a value or an item takes its kind and eight bytes more, a row its change and a count. */
const VALUE_BYTES = 9;
const ROW_BYTES = 3;
const MIN_BYTES = 64 * 1024;
/** Memory above this is given back after the commit that needed it. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/** A value as the main thread hands it over; the writer sees a list as the blob that it is stored as. */
export type Crossing = Row["values"][number] | readonly Uint8Array[];
/** One change as the main thread hands it over. */
export interface CrossingRow {
  readonly change: ChangeName;
  readonly values: readonly Crossing[];
}

/** Rows as they cross: where they stand, and how many bytes they take. */
export interface RowBytes {
  readonly memory: SharedArrayBuffer;
  readonly sizeBytes: number;
}

/** The memory of one store. */
export class RowMemory {
  #memory = new SharedArrayBuffer(MIN_BYTES);

  /** Writes the rows of one commit over those of the commit before. */
  write(rows: readonly CrossingRow[]): RowBytes {
    const memory = this.#room(rows);
    const writer = ByteWriter.into(new Uint8Array(memory));
    for (const { change, values } of rows) {
      writer.u8(NUMBERS.get(change) ?? NAMES.length).list(values, writeValue);
    }
    return { memory, sizeBytes: writer.length };
  }

  #room(rows: readonly CrossingRow[]): SharedArrayBuffer {
    let needBytes = 0;
    for (const { values } of rows) {
      needBytes += ROW_BYTES;
      for (const value of values) needBytes += VALUE_BYTES + contentBytes(value);
    }
    if (needBytes > MAX_KEPT_BYTES) return new SharedArrayBuffer(needBytes);
    if (needBytes > this.#memory.byteLength) {
      this.#memory = new SharedArrayBuffer(Math.min(needBytes * 2, MAX_KEPT_BYTES));
    }
    return this.#memory;
  }
}

/** At least as many bytes as a value's text or bytes take: a UTF-16 unit takes at most three in UTF-8. */
function contentBytes(value: Crossing): number {
  if (value === null || typeof value === "number") return 0;
  if (typeof value === "string") return value.length * 3;
  if (value instanceof Uint8Array) return value.byteLength;
  let sizeBytes = VALUE_BYTES;
  for (const item of value) sizeBytes += VALUE_BYTES + item.byteLength;
  return sizeBytes;
}

function writeValue(writer: ByteWriter, value: Crossing): void {
  if (value === null) writer.u8(Kind.none);
  else if (typeof value === "number") writer.u8(Kind.number).index(value);
  else if (typeof value === "string") writeSized(writer.u8(Kind.text), utf8(value));
  else if (value instanceof Uint8Array) writeSized(writer.u8(Kind.blob), value);
  else {
    const at = writer.u8(Kind.blob).length;
    writer.u32(0).list(value, writeItem);
    writer.patchU32(at, writer.length - at - 4);
  }
}

function writeSized(writer: ByteWriter, bytes: Uint8Array): void {
  writer.u32(bytes.byteLength).bytes(bytes);
}

function writeItem(writer: ByteWriter, item: Uint8Array): void {
  writer.opaque(item);
}

/** The rows that were written; their blobs are views, good until the writer answers. */
export function readRows({ memory, sizeBytes }: RowBytes): Row[] {
  const reader = new ByteReader(new Uint8Array(memory, 0, sizeBytes));
  const rows: Row[] = [];
  while (reader.remaining > 0) {
    const change = NAMES[reader.u8()];
    const values = reader.list(MAX_VALUES, readValue);
    if (change !== undefined) rows.push({ change, values });
  }
  const decoded = reader.finish(rows);
  if (!decoded.ok) throw new Bug("rows did not cross to the writer");
  return decoded.value;
}

function readValue(reader: ByteReader): Row["values"][number] {
  switch (reader.u8()) {
    case Kind.none:
      return null;
    case Kind.number:
      return reader.index();
    case Kind.text:
      // A decoder takes no shared memory: a copy of its own first.
      return new TextDecoder().decode(reader.bytes(reader.u32()).slice());
    case Kind.blob:
      return reader.bytes(reader.u32());
    default:
      throw new Bug("a value of no kind");
  }
}
