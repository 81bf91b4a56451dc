/* What a person writes: checked, made into content, and put into the outbox in one transaction with its file's chunks. */
import { type NestedPart, textPart } from "@chapar/wire/content";
import { utf8 } from "@chapar/wire/bytes";
import { MAX_TEXT_BYTES } from "@chapar/wire/content";
import type { OutgoingMessage } from "../api.ts";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import { timerShelf } from "../due/rows.ts";
import type { Store } from "../store/port.ts";
import { Draft } from "../store/shelf.ts";
import type { Attachments } from "./attachments.ts";
import { composeContent, type Making, messageBody } from "./letter.ts";
import { enqueue } from "./queue.ts";
import { type ConversationRow, isForked } from "./rows.ts";

/** Takes messages of this device. */
export class Writing {
  readonly #member: Member;
  readonly #attachments: () => Promise<Attachments>;

  constructor(member: Member, attachments: () => Promise<Attachments>) {
    this.#member = member;
    this.#attachments = attachments;
  }

  /**
   * @param within  what is changed in the same transaction
   * @throws ClientError `client/empty` · `client/too-large` · `client/closed-conversation`
   */
  async send(
    was: ConversationRow,
    message: OutgoingMessage,
    within?: (draft: Draft) => void,
  ): Promise<{ readonly row: ConversationRow; readonly sequence: number }> {
    const { text, attachment } = message;
    if (text === "" && attachment === undefined) throw new ClientError("client/empty");
    if (utf8(text.toWellFormed()).byteLength > MAX_TEXT_BYTES) throw new ClientError("client/too-large");
    const { book, clock, random, store } = this.#member;
    const sealed = attachment && (await (await this.#attachments()).seal(attachment));
    const { part, fields } = await saidBeside(message);
    return book.lane(was.id).run(async () => {
      const row = book.get(was.id) ?? was;
      if (row.state === "closed" || row.leaving || (row.stopped && !isForked(row)))
        throw new ClientError("client/closed-conversation");
      const writtenAtMs = clock.nowMs();
      const expires = await expiryIn(store, row.id);
      const content = composeContent(messageBody(part, sealed?.part), { ...fields, expires, random, writtenAtMs });
      const draft = new Draft();
      within?.(draft);
      for (const chunk of sealed?.chunks ?? []) draft.put("blob", chunk.hash, chunk.bytes);
      const blobs = sealed?.chunks.map(({ hash }) => hash) ?? [];
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
  const { text, attachment: _, ...options } = message;
  const isPlain = Object.values(options).every((option) => option === undefined);
  if (isPlain) return { part: text === "" ? undefined : textPart(text), fields: {} };
  const { makingOf, textWith } = await import("../talk/composing.ts");
  return { part: text === "" ? undefined : textWith(text, options.mentions), fields: makingOf(options) };
}
