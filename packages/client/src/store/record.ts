/*
 * Rows as bytes: a row is declared once, as an object of field codecs, and its reader and writer cannot differ. The first
 * byte is the row's version; a row that does not decode means a damaged or foreign profile, never an attack from outside,
 * because everything in the store was checked before it was written.
 */
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import { ClientError } from "../errors.ts";

const MAX_BYTES = 1 << 26;
const MAX_COUNT = 1 << 20;

/** How one field is written and read. */
export interface FieldCodec<T> {
  write(writer: ByteWriter, value: T): void;
  read(reader: ByteReader): T;
}

/** A safe integer of zero or more. */
export const count: FieldCodec<number> = { write: (to, value) => void to.varint(value), read: (from) => from.varint() };
/** Text of any length. */
export const text: FieldCodec<string> = {
  write: (to, value) => void to.text(value),
  read: (from) => from.text(MAX_BYTES),
};
export const flag: FieldCodec<boolean> = { write: (to, value) => void to.flag(value), read: (from) => from.flag() };
/** Bytes of any length; copied when read, so that a small field does not keep a large row alive. */
export const blob: FieldCodec<Uint8Array> = {
  write: (to, value) => void to.opaque(value),
  read: (from) => from.opaque(MAX_BYTES).slice(),
};

/** Bytes that are a branded id; the brand was checked when the row was written. */
export function id<T extends Uint8Array>(): FieldCodec<T> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return blob as unknown as FieldCodec<T>;
}

export function list<T>(item: FieldCodec<T>): FieldCodec<readonly T[]> {
  return {
    write: (to, values) => void to.list(values, (writer, value) => item.write(writer, value)),
    read: (from) => from.list(MAX_COUNT, (reader) => item.read(reader)),
  };
}

export function optional<T>(item: FieldCodec<T>): FieldCodec<T | undefined> {
  return {
    write: (to, value) => void to.optional(value, (writer, there) => item.write(writer, there)),
    read: (from) => from.optional((reader) => item.read(reader)),
  };
}

/** One of a few words, as its place in the list: append new words, never reorder. */
export function oneOf<const Word extends string>(words: readonly Word[]): FieldCodec<Word> {
  return {
    write: (to, value) => void to.u8(words.indexOf(value)),
    read: (from) => {
      const word = words[from.u8()];
      if (word === undefined) from.fail("wire/range");
      return word ?? (words[0] as Word);
    },
  };
}

/** An object's fields, in the order in which they are declared. */
export function fields<T extends object>(codecs: { readonly [Name in keyof T]-?: FieldCodec<T[Name]> }): FieldCodec<T> {
  const names = Object.keys(codecs) as (keyof T)[];
  return {
    write: (to, value) => {
      for (const name of names) codecs[name].write(to, value[name]);
    },
    read: (from) => {
      const value: Partial<T> = {};
      for (const name of names) value[name] = codecs[name].read(from);
      // Every name was read; the reader is asked once whether all of it worked.
      return value as T;
    },
  };
}

/** A row of a table. */
export interface Row<T> {
  encode(value: T): Uint8Array;
  /** @throws ClientError `client/bad-profile` */
  decode(bytes: Uint8Array): T;
}

/** How a row of an earlier version is read. */
export interface EarlierRow<T> {
  readonly version: number;
  readonly read: (reader: ByteReader) => T;
}

/** A row of one version, which may have been written by an earlier program in another. */
export function row<T>(version: number, codec: FieldCodec<T>, ...earlier: readonly EarlierRow<T>[]): Row<T> {
  return {
    encode: (value) => {
      const writer = new ByteWriter().u8(version);
      codec.write(writer, value);
      return writer.finish();
    },
    decode: (bytes) => {
      const reader = new ByteReader(bytes);
      const written = reader.u8();
      const old = earlier.find((one) => one.version === written);
      if (written !== version && old === undefined) reader.fail("wire/range");
      const decoded = reader.finish(old === undefined ? codec.read(reader) : old.read(reader));
      if (!decoded.ok) throw new ClientError("client/bad-profile", decoded.code);
      return decoded.value;
    },
  };
}
