/*
 * Frames as bytes, without the u32 length before them (stream.ts): `type u8, id varint, body`; notices have no id.
 *
 * Decoding is total and linear: every read is bounded by the frame and by its field's limit, and what was read so far
 * stays readable when the rest is not, so that an answer can name the request it refuses. Values are views into the
 * frame. The encoding is canonical: bytes that decode are the bytes their frame encodes to.
 */
import { ByteReader, ByteWriter, type ByteFault } from "../bytes/index.ts";
import { MAX_FRAME_BYTES, MAX_REQUEST_ID } from "../limits.ts";
import { varint } from "./fields.ts";
import { notices } from "./notices.ts";
import { requests } from "./requests.ts";
import { responses } from "./responses.ts";
import { kindOf, type FrameKind } from "./table.ts";
import type { Frame } from "./types.ts";

const ID = varint(1, MAX_REQUEST_ID);

/**
 * The outcome of decoding one frame. On failure: `wire/unknown-frame` is answered and the link goes on, any other code
 * ends the link as `wire/malformed` (W-4). `id` is set when the frame is a request or response whose id could be read.
 */
export type DecodedFrame =
  | { readonly ok: true; readonly value: Frame }
  | {
      readonly ok: false;
      readonly code: ByteFault | "wire/unknown-frame";
      readonly offset: number;
      /** what the type's number says the frame is, known or not; undefined for no bytes at all */
      readonly kind: FrameKind | undefined;
      readonly id: number | undefined;
    };

/**
 * Appends one frame to a writer, without a length.
 *
 * @throws RangeError for a value that does not fit its field; the writer then holds a part of the frame
 */
export function writeFrame(writer: ByteWriter, frame: Frame): void {
  const start = writer.length;
  switch (frame.kind) {
    case "request":
      requests.writeNumber(writer, frame.body);
      ID.write(writer, frame.id);
      requests.writeFields(writer, frame.body);
      break;
    case "response":
      responses.writeNumber(writer, frame.body);
      ID.write(writer, frame.id);
      responses.writeFields(writer, frame.body);
      break;
    case "notice":
      notices.writeNumber(writer, frame.body);
      notices.writeFields(writer, frame.body);
      break;
  }
  const sizeBytes = writer.length - start;
  if (sizeBytes > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${sizeBytes} bytes`);
}

/** Room for the large fields of a frame, so that its buffer rarely has to grow; nothing depends on it. */
export function sizeHint(frame: Frame): number {
  let sizeBytes = 256;
  for (const value of Object.values(frame.body) as unknown[]) {
    if (value instanceof Uint8Array) sizeBytes += value.byteLength;
    else if (Array.isArray(value)) sizeBytes += listHint(value);
  }
  return sizeBytes;
}

function listHint(list: readonly unknown[]): number {
  let sizeBytes = 0;
  for (const item of list) if (item instanceof Uint8Array) sizeBytes += item.byteLength + 4;
  return sizeBytes;
}

/**
 * One frame as bytes, without the u32 length.
 *
 * @throws RangeError for a value that does not fit its field, or a frame above MAX_FRAME_BYTES: a bug of ours
 * Cost: one pass, one copy of each field.
 */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(sizeHint(frame));
  writeFrame(writer, frame);
  return writer.take();
}

/**
 * Reads one frame from untrusted bytes (without the u32 length). Never throws.
 *
 * @returns the frame, its byte fields being views into `bytes`; or why not, with the id to answer to
 * Cost: linear in the frame's length; copies nothing but text.
 * @see protocol/1-wire.md §2, W-4
 */
export function decodeFrame(bytes: Uint8Array): DecodedFrame {
  if (bytes.byteLength > MAX_FRAME_BYTES) {
    return { ok: false, code: "wire/too-long", offset: 0, kind: undefined, id: undefined };
  }
  const reader = new ByteReader(bytes);
  const number = reader.u8();
  if (reader.failed) return { ok: false, code: "wire/truncated", offset: 0, kind: undefined, id: undefined };
  const kind = kindOf(number);
  const read = kind === "notice" ? 0 : ID.read(reader);
  const id = kind === "notice" || reader.failed ? undefined : read;
  const codec = kind === "request" ? requests : kind === "response" ? responses : notices;
  if (!codec.knows(number)) return { ok: false, code: "wire/unknown-frame", offset: 0, kind, id };
  const body = codec.readFields(reader, number);
  const outcome = reader.finish(body);
  if (!outcome.ok) return { ok: false, code: outcome.code, offset: outcome.offset, kind, id };
  return { ok: true, value: (kind === "notice" ? { kind, body } : { kind, id: read, body }) as Frame };
}
