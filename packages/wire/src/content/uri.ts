/*
 * Our URIs: `chapar:` and a path of ids in base32. A person, a device and a room are named by what they are, not by where
 * they rest, so a name outlives every station; that is why these are not `mimi://station/…` URIs (the draft, §2.2, lets any
 * scheme be used). They are the sender and room of message ids, the target of mentions, and the URL of sealed chunks.
 *
 *   chapar:u/<identity>   chapar:d/<identity>/<device>   chapar:r/<conversation>   chapar:b/<hash of a sealed chunk>
 */
import {
  type BlobHash,
  blobHash,
  type ConversationId,
  conversationId,
  type DeviceId,
  deviceId,
  ID_SIZE_BYTES,
  type IdentityId,
  identityId,
  idText,
  parseIdText,
} from "../ids.ts";
import type { ContentDecoded } from "./codes.ts";

const USER = "chapar:u/";
const DEVICE = "chapar:d/";
const ROOM = "chapar:r/";
const BLOB = "chapar:b/";

/** A person: the sender URI of message ids. */
export const userUri = (identity: IdentityId): string => USER + idText(identity);
/** One device of a person: the draft's client URL. */
export const deviceUri = (identity: IdentityId, device: DeviceId): string =>
  `${DEVICE}${idText(identity)}/${idText(device)}`;
/** A conversation: the room URI of message ids. */
export const roomUri = (conversation: ConversationId): string => ROOM + idText(conversation);
/** A sealed chunk, wherever it rests. */
export const blobUri = (hash: BlobHash): string => BLOB + idText(hash);

function parse<T>(text: string, prefix: string, sizeBytes: number, brand: (bytes: Uint8Array) => T): ContentDecoded<T> {
  const id = text.startsWith(prefix) ? parseIdText(text.slice(prefix.length), sizeBytes) : undefined;
  return id === undefined ? { ok: false, code: "content/bad-uri", offset: 0 } : { ok: true, value: brand(id) };
}

/** The person a URI names; any spelling but `userUri`'s is `content/bad-uri`. */
export const parseUserUri = (text: string): ContentDecoded<IdentityId> =>
  parse(text, USER, ID_SIZE_BYTES.identity, identityId);

/** The conversation a URI names. */
export const parseRoomUri = (text: string): ContentDecoded<ConversationId> =>
  parse(text, ROOM, ID_SIZE_BYTES.conversation, conversationId);

/** The sealed chunk a URI names. */
export const parseBlobUri = (text: string): ContentDecoded<BlobHash> => parse(text, BLOB, ID_SIZE_BYTES.blob, blobHash);

/** The device a URI names, and its person. */
export function parseDeviceUri(
  text: string,
): ContentDecoded<{ readonly identity: IdentityId; readonly device: DeviceId }> {
  const slash = text.lastIndexOf("/");
  const identity = parse(text.slice(0, slash), DEVICE, ID_SIZE_BYTES.identity, identityId);
  const device = parse(text.slice(slash + 1), "", ID_SIZE_BYTES.device, deviceId);
  if (!identity.ok) return identity;
  return device.ok ? { ok: true, value: { identity: identity.value, device: device.value } } : device;
}
