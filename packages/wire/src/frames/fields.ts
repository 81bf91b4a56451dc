/*
 * The field kinds that frames are made of. Each is one value that writes, reads and describes itself, so that a frame is
 * declared once (requests.ts, responses.ts, notices.ts) and its encoder, its decoder and its row in the protocol's table
 * cannot differ.
 *
 * Readers refuse what is above a limit; writers throw RangeError for it, because a value of ours that does not fit is a
 * bug, and the other side would end the link.
 */
import { utf8, type ByteReader, type ByteWriter } from "../bytes/index.ts";
import { WIRE_CODES, wireErrorCode, type WireErrorCode } from "../errors.ts";

/** One field of a frame. */
export interface Field<T> {
  /** as protocol/1-wire.md writes it after the field's name */
  readonly layout: string;
  write(writer: ByteWriter, value: T): void;
  read(reader: ByteReader): T;
}

/** The fields of a value, by name; the order in which they are declared is the order on the wire. */
export type FieldsOf<T> = { readonly [Name in Exclude<keyof T, "type">]-?: Field<T[Name]> };

function checkSize(sizeBytes: number, maxBytes: number, layout: string): void {
  if (sizeBytes > maxBytes) throw new RangeError(`above the limit of${layout}: ${sizeBytes}`);
}

/** Exactly `sizeBytes` bytes, branded as the id they are. */
export function fixed<T extends Uint8Array = Uint8Array>(sizeBytes: number): Field<T> {
  return {
    layout: `[${sizeBytes}]`,
    write(writer, value) {
      if (value.byteLength !== sizeBytes) throw new RangeError(`not ${sizeBytes} bytes: ${value.byteLength}`);
      writer.bytes(value);
    },
    read: (reader) => reader.bytes(sizeBytes) as T,
  };
}

/** Up to `maxBytes` bytes after their varint length. */
export function opaque(maxBytes: number): Field<Uint8Array> {
  const layout = ` opaque<${maxBytes}>`;
  return {
    layout,
    write(writer, value) {
      checkSize(value.byteLength, maxBytes, layout);
      writer.opaque(value);
    },
    read: (reader) => reader.opaque(maxBytes),
  };
}

/** Up to `maxBytes` bytes of UTF-8 after their varint length. */
export function text(maxBytes: number): Field<string> {
  const layout = ` text<${maxBytes}>`;
  return {
    layout,
    write(writer, value) {
      const bytes = utf8(value);
      checkSize(bytes.byteLength, maxBytes, layout);
      writer.opaque(bytes);
    },
    read: (reader) => reader.text(maxBytes),
  };
}

/** A varint from `min` to `max`, both included. */
export function varint(min = 0, max: number = Number.MAX_SAFE_INTEGER): Field<number> {
  const bounded = min !== 0 || max !== Number.MAX_SAFE_INTEGER;
  return {
    layout: bounded ? ` varint ${min}..${max}` : " varint",
    write(writer, value) {
      if (value < min || value > max) throw new RangeError(`not in ${min}..${max}: ${value}`);
      writer.varint(value);
    },
    read(reader) {
      const start = reader.offset;
      const value = reader.varint();
      if (value < min || value > max) reader.fail("wire/range", start);
      return value;
    },
  };
}

/** A varint count of at most `maxCount`, then that many items. */
export function list<T>(item: Field<T>, maxCount: number): Field<readonly T[]> {
  const layout = ` list<${maxCount}> of${item.layout.startsWith("[") ? " bytes" : ""}${item.layout}`;
  const write = (writer: ByteWriter, value: T): void => item.write(writer, value);
  const read = (reader: ByteReader): T => item.read(reader);
  return {
    layout,
    write(writer, value) {
      checkSize(value.length, maxCount, layout);
      writer.list(value, write);
    },
    read: (reader) => reader.list(maxCount, read),
  };
}

/** A byte that is 0 or 1, then the item when it is 1. */
export function optional<T>(item: Field<T>): Field<T | undefined> {
  const write = (writer: ByteWriter, value: T): void => item.write(writer, value);
  const read = (reader: ByteReader): T => item.read(reader);
  return {
    layout: ` optional${item.layout}`,
    write: (writer, value) => void writer.optional(value, write),
    read: (reader) => reader.optional(read),
  };
}

/** The fields of a record as functions over untyped records; the one place where names become property accesses. */
export interface FieldRun {
  /** the layouts, separated by commas */
  readonly layout: string;
  write(writer: ByteWriter, value: object): void;
  /** Adds the fields to `into`; stops being meaningful, but not being safe, after a failed read. */
  read(reader: ByteReader, into: Record<string, unknown>): void;
}

/** Puts fields in the order of their declaration into one run. */
export function fieldRun<T>(fields: FieldsOf<T>): FieldRun {
  const entries = Object.entries<Field<unknown>>(fields);
  return {
    layout: entries.map(([name, field]) => `${name}${field.layout}`).join(", "),
    write(writer, value) {
      for (const [name, field] of entries) field.write(writer, (value as Record<string, unknown>)[name]);
    },
    read(reader, into) {
      for (const [name, field] of entries) into[name] = field.read(reader);
    },
  };
}

/** Several fields under one name; their layout is printed once, below the table. */
export interface Struct<T> extends Field<T> {
  readonly name: string;
  readonly fields: string;
}

/** Several fields as one, described once under `name`. */
export function struct<T extends object>(name: string, fields: FieldsOf<T>): Struct<T> {
  const run = fieldRun<T>(fields);
  return {
    name,
    fields: run.layout,
    layout: ` ${name}`,
    write: (writer, value) => run.write(writer, value),
    read(reader) {
      const value: Record<string, unknown> = {};
      run.read(reader, value);
      return value as T;
    },
  };
}

/** Lowest and highest protocol version. */
export const versionRange: Field<readonly [min: number, max: number]> = {
  layout: " (min varint, max varint)",
  write(writer, [min, max]) {
    if (max < min) throw new RangeError(`not a range: ${min}..${max}`);
    writer.varint(min).varint(max);
  },
  read(reader) {
    const min = reader.varint();
    const start = reader.offset;
    const max = reader.varint();
    if (max < min) reader.fail("wire/range", start);
    return [min, max];
  },
};

/** A code that crosses links, by its number in errors.ts. */
export const errorCode: Field<WireErrorCode> = {
  layout: " u8 (number of the code)",
  write: (writer, code) => void writer.u8(WIRE_CODES[code].number),
  read(reader) {
    const start = reader.offset;
    const code = wireErrorCode(reader.u8());
    if (code === undefined) reader.fail("wire/range", start);
    return code ?? "wire/malformed";
  },
};
