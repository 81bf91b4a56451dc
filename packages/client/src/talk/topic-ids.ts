/* Ids of topics, as text and as what they say by themselves (C-76, C-78). */
import { fromBase64Url } from "@chapar/wire/bytes";
import { cleanLine } from "@chapar/wire/content";
import { ClientError } from "../errors.ts";
import type { TopicIdText } from "../talk-views.ts";

/** Longest id of a topic that is shown as one (C-76). */
export const MAX_TOPIC_ID_BYTES = 64;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** The id of a topic as bytes. @throws ClientError `client/unknown-message` */
export function topicIdOf(text: TopicIdText): Uint8Array {
  const id = fromBase64Url(text);
  if (id === undefined || id.byteLength === 0 || id.byteLength > MAX_TOPIC_ID_BYTES)
    throw new ClientError("client/unknown-message");
  return id;
}

/** What an id says by itself; empty when it is no text. */
export function spokenId(id: Uint8Array): string {
  try {
    return cleanLine(UTF8.decode(id));
  } catch {
    return "";
  }
}
