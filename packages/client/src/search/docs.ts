/*
 * What is known of each indexed message beside its terms, so that filters and the order of hits need no message: where it stands, when it
 * was written, by whom, what it carries, and a short hash of its terms, by which a change that changes no word is recognised.
 */
import type { MediaKind } from "../search-api.ts";
import { blob, count, fields, list, row } from "../store/record.ts";
import type { Row } from "../store/record.ts";
import type { FieldCodec } from "../store/record.ts";

/** A message in the index. */
export interface Doc {
  /** places in the lists of the index */
  readonly conversation: number;
  readonly sender: number;
  readonly position: number;
  readonly writtenAtMs: number;
  /** bits of MEDIA */
  readonly media: number;
  /** 16 bits */
  readonly hash: number;
  /** its words are gone; it is dropped when the segment is next written */
  readonly isGone: boolean;
}

/** Bits of what a message carries. */
export const MEDIA: Readonly<Record<MediaKind, number>> = { photo: 1, video: 2, voice: 4, file: 8, link: 16 };
const GONE = 32;
const BITS = 64;
/** Times are kept to the minute, counted from 1970. */
export const TIME_UNIT_MS = 60_000;

/** Signed distances as varints: small either way. */
const zigzag = (value: number): number => (value >= 0 ? value * 2 : -value * 2 - 1);
const unzigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

const docsField: FieldCodec<readonly Doc[]> = {
  write: (to, docs) => {
    to.varint(docs.length);
    let [conversation, position, minute] = [0, 0, 0];
    for (const doc of docs) {
      const at = Math.floor(doc.writtenAtMs / TIME_UNIT_MS);
      to.varint(zigzag(doc.conversation - conversation))
        .varint(zigzag(doc.position - position))
        .varint(zigzag(at - minute));
      to.varint(doc.sender * BITS + (doc.media | (doc.isGone ? GONE : 0))).u16(doc.hash);
      [conversation, position, minute] = [doc.conversation, doc.position, at];
    }
  },
  read: (from) => {
    const docs: Doc[] = [];
    let [conversation, position, minute] = [0, 0, 0];
    for (let left = from.varint(); left > 0 && !from.failed; left -= 1) {
      conversation += unzigzag(from.varint());
      position += unzigzag(from.varint());
      minute += unzigzag(from.varint());
      const [both, hash] = [from.varint(), from.u16()];
      const [sender, bits] = [Math.floor(both / BITS), both % BITS];
      const base = { conversation, position, writtenAtMs: minute * TIME_UNIT_MS, sender, hash };
      docs.push({ ...base, media: bits & (GONE - 1), isGone: (bits & GONE) !== 0 });
    }
    return docs;
  },
};

const textList = list<string>({ write: (to, value) => void to.text(value), read: (from) => from.text(256) });

/** A segment without its blocks. */
export interface SegmentRow {
  /** first term of each block */
  readonly firsts: readonly string[];
  readonly docs: readonly Doc[];
}

export const segmentLayout: Row<SegmentRow> = row(1, fields<SegmentRow>({ firsts: textList, docs: docsField }));

/** A segment by number, and how many merges it has behind it. */
export interface SegmentName {
  readonly number: number;
  readonly level: number;
}

/** A stretch of a conversation that was there before the index: positions below `to` are still to be taken in. */
export interface OldStretch {
  readonly conversation: Uint8Array;
  readonly to: number;
}

/** The index itself. */
export interface IndexRow {
  /** number of the next segment */
  readonly next: number;
  /** oldest first */
  readonly segments: readonly SegmentName[];
  readonly conversations: readonly Uint8Array[];
  readonly senders: readonly Uint8Array[];
  readonly old: readonly OldStretch[];
}

export const indexLayout: Row<IndexRow> = row(
  1,
  fields<IndexRow>({
    next: count,
    segments: list(fields<SegmentName>({ number: count, level: count })),
    conversations: list(blob),
    senders: list(blob),
    old: list(fields<OldStretch>({ conversation: blob, to: count })),
  }),
);
