/*
 * What a table of frames is, and how it runs. A table is written as `type: row(number, { field: kind, … })`; its type
 * demands a row for every member of the union and a field of the right kind for every property, so a frame that was
 * added to types.ts and not here does not compile.
 *
 * Numbers are one byte. Requests, responses and notices have ranges of their own, so a side that does not know a type
 * still knows whether it carries an id and waits for an answer (W-4).
 */
import type { ByteReader, ByteWriter } from "../bytes/index.ts";
import { fieldRun, type FieldRun, type FieldsOf } from "./fields.ts";

/** What a frame is, which its number alone tells. */
export type FrameKind = "request" | "response" | "notice";

/** The first number of each kind; a kind ends where the next begins. */
const FIRST_NUMBER: Readonly<Record<FrameKind, number>> = { request: 0x00, response: 0x80, notice: 0xc0 };

/** @returns the kind that a frame of this number has, known or not */
export function kindOf(number: number): FrameKind {
  if (number >= FIRST_NUMBER.notice) return "notice";
  return number >= FIRST_NUMBER.response ? "response" : "request";
}

interface Typed {
  readonly type: string;
}

/** One frame type: its number, never given to another, and its fields in their order. */
interface Row<Body> {
  readonly number: number;
  readonly fields: FieldsOf<Body>;
}

/** A row for every type of a union. */
export type Table<Body extends Typed> = {
  readonly [Type in Body["type"]]: Row<Extract<Body, { readonly type: Type }>>;
};

/** One row as the protocol's page prints it. */
export interface PrintedRow {
  readonly number: number;
  readonly type: string;
  readonly layout: string;
}

/** Bodies of one kind, ready to run. */
export interface BodyCodec<Body extends Typed> {
  /** Writes the type's number. */
  writeNumber(writer: ByteWriter, body: Body): void;
  /** Writes the fields. @throws RangeError for a value that does not fit */
  writeFields(writer: ByteWriter, body: Body): void;
  knows(number: number): boolean;
  /** Reads the fields of a number that is known. */
  readFields(reader: ByteReader, number: number): Body;
  readonly rows: readonly PrintedRow[];
}

interface Compiled extends PrintedRow {
  readonly run: FieldRun;
}

/** Makes a table run. @throws RangeError when a number stands twice or outside its kind's range */
export function bodyCodec<Body extends Typed>(kind: FrameKind, table: Table<Body>): BodyCodec<Body> {
  const byType = new Map<string, Compiled>();
  const byNumber: (Compiled | undefined)[] = Array.from({ length: 256 });
  for (const [type, { number, fields }] of Object.entries<Row<Body>>(table)) {
    if (kindOf(number) !== kind || byNumber[number] !== undefined)
      throw new RangeError(`${type}: bad number ${number}`);
    const run = fieldRun<Body>(fields);
    const compiled: Compiled = { number, type, run, layout: run.layout };
    byType.set(type, compiled);
    byNumber[number] = compiled;
  }
  const rowOf = (body: Body): Compiled => {
    const row = byType.get(body.type);
    if (row === undefined) throw new RangeError(`not a ${kind}: ${body.type}`);
    return row;
  };
  return {
    writeNumber: (writer, body) => void writer.u8(rowOf(body).number),
    writeFields: (writer, body) => rowOf(body).run.write(writer, body),
    knows: (number) => byNumber[number] !== undefined,
    readFields(reader, number) {
      const row = byNumber[number];
      const body: Record<string, unknown> = { type: row?.type };
      row?.run.read(reader, body);
      return body as unknown as Body;
    },
    rows: [...byType.values()].sort((a, b) => a.number - b.number),
  };
}
