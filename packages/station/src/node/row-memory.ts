/*
 * Rows on their way to the writer thread, in memory that both threads see: a group commit has five byte strings for each of
 * its logs, and handing each over as a buffer of its own costs more than all the rest of the way to disk. The memory is
 * used again for the next commit, which does not begin before the writer has answered.
 *
 *   row      u8 change, varint count of values, then each:
 *   value    u8 0 null  ·  u8 1 number, u64  ·  u8 2 text, varint length, UTF-8  ·  u8 3 blob, varint length, bytes
 */
import { ByteReader, ByteWriter, utf8 } from "@chapar/wire/bytes";
import { Bug } from "../errors.ts";
import { CHANGES, type ChangeName, type Row } from "./sqlite-schema.ts";

const NAMES = Object.keys(CHANGES) as readonly ChangeName[];
const NUMBERS = new Map(NAMES.map((name, number) => [name, number]));
const Kind = { none: 0, number: 1, text: 2, blob: 3 } as const;
const MAX_VALUES = 64;
const MAX_VALUE_BYTES = 2 ** 30;
/** At most, besides its bytes: a value takes its kind and eight bytes more, a row its change and a count. */
const VALUE_BYTES = 9;
const ROW_BYTES = 3;
const MIN_BYTES = 64 * 1024;
/** Memory above this is given back after the commit that needed it. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/** Rows as they cross: where they stand, and how many bytes they take. */
export interface RowBytes {
  readonly memory: SharedArrayBuffer;
  readonly sizeBytes: number;
}

type Value = Row["values"][number];

/** The memory of one store. */
export class RowMemory {
  #memory = new SharedArrayBuffer(MIN_BYTES);

  /** Writes the rows of one commit over those of the commit before. */
  write(rows: readonly Row[]): RowBytes {
    const memory = this.#room(rows);
    const writer = ByteWriter.into(new Uint8Array(memory));
    for (const { change, values } of rows) {
      writer.u8(NUMBERS.get(change) ?? NAMES.length).list(values, writeValue);
    }
    return { memory, sizeBytes: writer.length };
  }

  #room(rows: readonly Row[]): SharedArrayBuffer {
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
function contentBytes(value: Value): number {
  if (typeof value === "string") return value.length * 3;
  return value instanceof Uint8Array ? value.byteLength : 0;
}

function writeValue(writer: ByteWriter, value: Value): void {
  if (value === null) writer.u8(Kind.none);
  else if (typeof value === "number") writer.u8(Kind.number).index(value);
  else if (typeof value === "string") writer.u8(Kind.text).opaque(utf8(value));
  else writer.u8(Kind.blob).opaque(value);
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

function readValue(reader: ByteReader): Value {
  switch (reader.u8()) {
    case Kind.none:
      return null;
    case Kind.number:
      return reader.index();
    case Kind.text:
      // A decoder takes no shared memory: a copy of its own first.
      return new TextDecoder().decode(reader.opaque(MAX_VALUE_BYTES).slice());
    case Kind.blob:
      return reader.opaque(MAX_VALUE_BYTES);
    default:
      throw new Bug("a value of no kind");
  }
}
