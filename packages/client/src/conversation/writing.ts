/* What a person writes: checked, made into content, and put into the outbox in one transaction with its file's chunks. */
import { utf8 } from "@chapar/wire/bytes";
import { MAX_TEXT_BYTES } from "@chapar/wire/content";
import type { OutgoingAttachment } from "../api.ts";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import { Draft } from "../store/shelf.ts";
import type { Attachments } from "./attachments.ts";
import { composeMessage } from "./letter.ts";
import { enqueue } from "./queue.ts";
import { type ConversationRow, isForked } from "./rows.ts";

/** Takes messages of this device. */
export class Writing {
  readonly #member: Member;
  readonly #attachments: Attachments;

  constructor(member: Member, attachments: Attachments) {
    this.#member = member;
    this.#attachments = attachments;
  }

  /** @throws ClientError `client/empty` · `client/too-large` · `client/closed-conversation` */
  async send(
    was: ConversationRow,
    message: { readonly text: string; readonly attachment?: OutgoingAttachment },
  ): Promise<{ readonly row: ConversationRow; readonly sequence: number }> {
    const { text, attachment } = message;
    if (text === "" && attachment === undefined) throw new ClientError("client/empty");
    if (utf8(text.toWellFormed()).byteLength > MAX_TEXT_BYTES) throw new ClientError("client/too-large");
    const { book, clock, random, store } = this.#member;
    const sealed = attachment && (await this.#attachments.seal(attachment));
    return book.lane(was.id).run(async () => {
      const row = book.get(was.id) ?? was;
      if (row.state === "closed" || (row.stopped && !isForked(row)))
        throw new ClientError("client/closed-conversation");
      const writtenAtMs = clock.nowMs();
      const content = composeMessage(text, sealed?.part, random, writtenAtMs);
      const draft = new Draft();
      for (const chunk of sealed?.chunks ?? []) draft.put("blob", chunk.hash, chunk.bytes);
      const blobs = sealed?.chunks.map(({ hash }) => hash) ?? [];
      const queued = enqueue(this.#member, draft, row, { content, visible: true, writtenAtMs, blobs });
      book.put(draft, queued.row);
      await draft.commit(store);
      return queued;
    });
  }
}
