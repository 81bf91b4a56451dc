/* Lines of conversations as bytes: in history for other own devices, and in backups. */
import { CHUNK_CAPACITY_BYTES } from "@chapar/e2e";
import { ID_SIZE_BYTES } from "@chapar/wire";
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import { messageRow, type MessageRow } from "../conversation/rows.ts";
import { ClientError } from "../errors.ts";
import type { Store, StoreRow } from "../store/port.ts";

const VERSION = 1;
const MAX_SEGMENTS = 1024;
const MAX_LINES = 65_536;
const LINE_OVERHEAD_BYTES = 32;
const MAX_MARK_KEY_BYTES = 256;
const MAX_ROW_BYTES = 1 << 26;

/** Bytes that a segment takes beside its lines. */
export const SEGMENT_BYTES: number = ID_SIZE_BYTES.conversation + LINE_OVERHEAD_BYTES;

/** Lines of one conversation, which follow each other. */
export interface Segment {
  readonly conversation: Uint8Array;
  readonly lines: readonly { readonly position: number; readonly line: MessageRow }[];
  /** what people did with them, as it is on disk: rows of `mark` */
  readonly marks: readonly StoreRow[];
  /** everything from here up is told with it */
  readonly from: number;
}

/** What people did with a line. */
export async function marksOf(store: Store, line: MessageRow): Promise<readonly StoreRow[]> {
  return line.kind === "message" ? store.range("mark", { prefix: line.id }) : [];
}

/** Bytes that a line takes, with what was done with it. */
export function segmentBytes(line: MessageRow, marks: readonly StoreRow[]): number {
  const done = marks.reduce((sum, { key, value }) => sum + key.byteLength + value.byteLength + LINE_OVERHEAD_BYTES, 0);
  return messageRow.encode(line).byteLength + LINE_OVERHEAD_BYTES + done;
}

/** Bytes of segments. */
export function encodeSegments(segments: readonly Segment[]): Uint8Array {
  return new ByteWriter(CHUNK_CAPACITY_BYTES)
    .u8(VERSION)
    .list(segments, (to, { conversation, from, lines, marks }) => {
      to.bytes(conversation)
        .index(from)
        .list(lines, (out, { position, line }) => out.index(position).opaque(messageRow.encode(line)))
        .list(marks, (out, { key, value }) => out.opaque(key).opaque(value));
    })
    .finish();
}

/** Reads segments of another own device, or of a backup. @throws ClientError `client/bad-profile` */
export function decodeSegments(bytes: Uint8Array): readonly Segment[] {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) reader.fail("wire/range", 0);
  const segments = reader.list(MAX_SEGMENTS, (item) => {
    const conversation = item.bytes(ID_SIZE_BYTES.conversation).slice();
    const from = item.index();
    const lines = item.list(MAX_LINES, (one) => ({ position: one.index(), bytes: one.opaque(MAX_ROW_BYTES) }));
    const marks = item.list(MAX_LINES, (one) => ({
      key: one.opaque(MAX_MARK_KEY_BYTES).slice(),
      value: one.opaque(MAX_ROW_BYTES).slice(),
    }));
    return { conversation, from, lines, marks };
  });
  const read = reader.finish(segments);
  if (!read.ok) throw new ClientError("client/bad-profile", read.code);
  return read.value.map(({ lines, ...segment }) => ({
    ...segment,
    lines: lines.map(({ position, bytes: line }) => ({ position, line: messageRow.decode(line) })),
  }));
}
