/* What a person writes: checked, made into content, and put into the outbox in one transaction with what is kept of its files. */
import {
  type ExternalPart,
  MAX_TEXT_BYTES,
  type NestedPart,
  textPart,
  type UnknownExtension,
} from "@chapar/wire/content";
import { utf8 } from "@chapar/wire/bytes";
import type { OutgoingMessage } from "../api.ts";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import { timerShelf } from "../due/rows.ts";
import type { Store } from "../store/port.ts";
import { Draft } from "../store/shelf.ts";
import { composeContent, type Making, messageBody } from "./letter.ts";
import { enqueue } from "./queue.ts";
import { type ConversationRow, isForked } from "./rows.ts";

/** Files of a message, sealed. */
export interface ReadyFiles {
  readonly parts: readonly ExternalPart[];
  /** what the content tells of them */
  readonly others: readonly UnknownExtension[];
  /** names of what has to be at the station first */
  readonly blobs: readonly Uint8Array[];
  /** what else is written in the same transaction */
  readonly keep: (draft: Draft) => void;
}

/** Where a message stands in the outbox. */
export interface QueuedMessage {
  readonly row: ConversationRow;
  readonly sequence: number;
}

const NO_FILES: ReadyFiles = { parts: [], others: [], blobs: [], keep: () => undefined };

/** Takes messages of this device. */
export class Writing {
  readonly #member: Member;

  constructor(member: Member) {
    this.#member = member;
  }

  /** Puts a message into the outbox. @throws ClientError `client/empty` · `client/too-large` · `client/closed-conversation` */
  async send(was: ConversationRow, message: OutgoingMessage, ready: Partial<ReadyFiles> = {}): Promise<QueuedMessage> {
    const { parts, others: told, blobs, keep } = { ...NO_FILES, ...ready };
    const { text } = message;
    if (text === "" && parts.length === 0) throw new ClientError("client/empty");
    if (utf8(text.toWellFormed()).byteLength > MAX_TEXT_BYTES) throw new ClientError("client/too-large");
    const { book, clock, random, store } = this.#member;
    const { part, fields } = await saidBeside(message);
    const body = messageBody(part, parts);
    const others = [...told, ...(fields.others ?? [])];
    return book.lane(was.id).run(async () => {
      const row = book.get(was.id) ?? was;
      if (row.state === "closed" || row.leaving || (row.stopped && !isForked(row)))
        throw new ClientError("client/closed-conversation");
      const writtenAtMs = clock.nowMs();
      const expires = await expiryIn(store, row.id);
      const content = composeContent(body, { ...fields, others, expires, random, writtenAtMs });
      const draft = new Draft();
      keep(draft);
      const queued = enqueue(this.#member, draft, row, { content, visible: true, writtenAtMs, blobs });
      book.put(draft, queued.row);
      await draft.commit(store);
      return queued;
    });
  }
}

/** When what is written now disappears (C-61). */
export async function expiryIn(store: Store, conversation: Uint8Array): Promise<Making["expires"]> {
  const time = (await timerShelf.get(store, conversation))?.seconds ?? 0;
  return time === 0 ? undefined : { relative: true, time };
}

/** The text as a part, and what the content says beside it; the code of that is brought when it is needed. */
async function saidBeside(
  message: OutgoingMessage,
): Promise<{ readonly part: NestedPart | undefined; readonly fields: Partial<Making> }> {
  const { text, ...options } = message;
  const isPlain = Object.values(options).every((option) => option === undefined);
  if (isPlain) return { part: text === "" ? undefined : textPart(text), fields: {} };
  const { makingOf, textWith } = await import("../talk/composing.ts");
  return { part: text === "" ? undefined : textWith(text, options.mentions), fields: makingOf(text, options) };
}
