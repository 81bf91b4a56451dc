/* Content of messages that answer, mention or were forwarded; brought when the first of them is written. */
import { ID_SIZE_BYTES, identityId, parseIdText } from "@chapar/wire";
import { fromBase64Url } from "@chapar/wire/bytes";
import { type NestedPart, textPart, type UnknownExtension } from "@chapar/wire/content";
import { mentionPart, previewExtension, SILENT } from "@chapar/wire/talk";
import type { MessageIdText } from "../api.ts";
import type { Making } from "../conversation/letter.ts";
import { ClientError } from "../errors.ts";
import type { OutgoingMention, OutgoingPreview, TalkOptions } from "../talk-views.ts";
import { isShown } from "./previews.ts";
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

/** @throws ClientError `client/bad-preview` of an address that the text has not, or what no reader would show */
function previewOf(text: string, { description = "", picture, ...preview }: OutgoingPreview): UnknownExtension {
  try {
    const whole = { ...preview, description, picture };
    if (isShown(text, whole)) return previewExtension(whole);
  } catch (cause) {
    throw new ClientError("client/bad-preview", undefined, { cause });
  }
  throw new ClientError("client/bad-preview");
}

/** What content has of what a person said beside text and file. */
export function makingOf(text: string, { replyTo, silent, topic, preview }: TalkOptions): Partial<Making> {
  const others = [...(silent === true ? [SILENT] : []), ...(preview === undefined ? [] : [previewOf(text, preview)])];
  return {
    ...(replyTo !== undefined && { inReplyTo: messageIdOf(replyTo) }),
    ...(topic !== undefined && { topicId: topicIdOf(topic) }),
    ...(others.length > 0 && { others }),
  };
}
