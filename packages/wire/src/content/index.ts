/*
 * Door `@chapar/wire/content`: what is inside a sealed message. A station never imports it: it sees frames.
 */
export type { ContentCode, ContentDecoded } from "./codes.ts";
export {
  contentFault,
  decodeDerivedValues,
  encodeDerivedValues,
  type AcceptedTime,
  type Circumstances,
  type DerivedValues,
} from "./derived.ts";
export { decodeFileFacts, MAX_WAVE_BYTES, type FileKind, type ShownFacts } from "./file-facts.ts";
export { encodeFileFacts } from "./write-file-facts.ts";
export {
  decodeLetter,
  encodeLetter,
  LETTER_OVERHEAD_BYTES,
  letterHash,
  noPreviousLetter,
  type Frontier,
  type Letter,
} from "./letter.ts";
export { MAX_FILES, MEDIA_KEY, MAX_CONTENT_BYTES, MAX_NAME_CHARACTERS, MAX_TEXT_BYTES } from "./limits.ts";
export {
  Disposition,
  HASH_SHA256,
  messageId,
  NO_EXTENSIONS,
  SALT_BYTES,
  type Expiration,
  type Extensions,
  type ExternalPart,
  type MessageIdInput,
  type MimiContent,
  type MultiPart,
  type NestedPart,
  type NullPart,
  type PartSemantics,
  type SinglePart,
  type UnknownExtension,
} from "./mimi.ts";
export { decodeMimi } from "./mimi-decode.ts";
export { encodeMimi } from "./mimi-encode.ts";
export { cleanFileName, cleanLine, cleanName } from "./name.ts";
export { decodeProfile, isProfile, PROFILE_MEDIA_TYPE, profilePart, type Profile, type ToldChain } from "./profile.ts";
export { MIMI_MARKDOWN, PLAIN_TEXT, shownParts, textPart, type Shown } from "./text.ts";
export {
  blobUri,
  deviceUri,
  parseBlobUri,
  parseDeviceUri,
  parseRoomUri,
  parseUserUri,
  roomUri,
  userUri,
} from "./uri.ts";
