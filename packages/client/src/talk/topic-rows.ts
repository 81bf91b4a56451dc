/* Rows of topics (protocol/5-content.md §10): which lines of a conversation belong to which. */
import { idText } from "@chapar/wire";
import { concatBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Core } from "../core.ts";
import { concatKey } from "../store/keys.ts";
import { blob, count, fields, flag, row } from "../store/record.ts";
import { type Draft, shelf, type Shelf } from "../store/shelf.ts";
import { MAX_TOPIC_ID_BYTES } from "./topic-ids.ts";

/** A topic of one conversation. */
export interface TopicRow {
  /** the draft's topicId */
  readonly id: Uint8Array;
  /** its lines on this device */
  readonly lines: number;
  /** position of its last line */
  readonly last: number;
  readonly atMs: number;
}

/** `topic`: by conversation id and a hash of it and the topic's id. */
export const topicShelf: Shelf<TopicRow> = shelf(
  "topic",
  row<TopicRow>(1, fields<TopicRow>({ id: blob, lines: count, last: count, atMs: count })),
);

/** `topic-line`: by the key of a topic and a position. */
export const topicLineShelf: Shelf<{ readonly mine: boolean }> = shelf(
  "topic-line",
  row<{ readonly mine: boolean }>(1, fields<{ readonly mine: boolean }>({ mine: flag })),
);

/** The key of a topic. */
export function topicKey({ sha256 }: Pick<Core, "sha256">, conversation: Uint8Array, id: Uint8Array): Uint8Array {
  return concatBytes(conversation, sha256(concatBytes(conversation, id)));
}

/** A line is placed: it belongs to the topic that its content names. */
export async function placeInTopic(
  { store, sha256, events }: Pick<Core, "store" | "sha256" | "events">,
  draft: Draft,
  { id: conversation }: Pick<ConversationRow, "id">,
  line: { readonly position: number; readonly mine: boolean; readonly atMs: number; readonly topicId: Uint8Array },
): Promise<void> {
  const { position, mine, atMs, topicId } = line;
  if (topicId.byteLength === 0 || topicId.byteLength > MAX_TOPIC_ID_BYTES) return;
  const key = topicKey({ sha256 }, conversation, topicId);
  const lineKey = concatKey(key, position);
  // What takes the place of a line that stood for it is there already.
  if ((await topicLineShelf.now(draft, store, lineKey)) !== undefined) return;
  const held = await topicShelf.now(draft, store, key);
  const isLast = held === undefined || position > held.last;
  topicLineShelf.put(draft, lineKey, { mine });
  topicShelf.put(draft, key, {
    id: topicId.slice(),
    lines: (held?.lines ?? 0) + 1,
    last: isLast ? position : held.last,
    atMs: isLast ? atMs : held.atMs,
  });
  draft.after(() => events.emit({ type: "talk", conversation: idText(conversation) }));
}
