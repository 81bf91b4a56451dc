/* Content of messages that answer, mention or were forwarded; brought when the first of them is written. */
import { ID_SIZE_BYTES, identityId, parseIdText } from "@chapar/wire";
import { fromBase64Url } from "@chapar/wire/bytes";
import { type NestedPart, textPart } from "@chapar/wire/content";
import { mentionPart, SILENT } from "@chapar/wire/talk";
import type { MessageIdText } from "../api.ts";
import type { Making } from "../conversation/letter.ts";
import { ClientError } from "../errors.ts";
import type { OutgoingMention, TalkOptions } from "../talk-views.ts";
import { topicIdOf } from "./topic-ids.ts";

const MESSAGE_ID_BYTES = 32;

/** Bytes of a message id. @throws ClientError `client/unknown-message` */
export function messageIdOf(text: MessageIdText): Uint8Array {
  const id = fromBase64Url(text);
  if (id?.byteLength !== MESSAGE_ID_BYTES || id[0] !== 1) throw new ClientError("client/unknown-message");
  return id;
}

/** A text as a part: Markdown when it mentions people. @throws ClientError `client/unknown-person` · `client/bad-mention` */
export function textWith(text: string, mentions: readonly OutgoingMention[] = []): NestedPart {
  if (mentions.length === 0) return textPart(text);
  const read = mentions.map(({ identity, start, length }) => {
    const id = parseIdText(identity, ID_SIZE_BYTES.identity);
    if (id === undefined) throw new ClientError("client/unknown-person");
    return { identity: identityId(id), start, length };
  });
  try {
    return mentionPart(text, read);
  } catch (cause) {
    throw new ClientError("client/bad-mention", undefined, { cause });
  }
}

/** What content has of what a person said beside text and file. */
export function makingOf({ replyTo, silent, topic }: TalkOptions): Partial<Making> {
  return {
    ...(replyTo !== undefined && { inReplyTo: messageIdOf(replyTo) }),
    ...(topic !== undefined && { topicId: topicIdOf(topic) }),
    ...(silent === true && { others: [SILENT] }),
  };
}
