/*
 * Making MIMI content (draft-ietf-mimi-content-08) of what a person writes, and what of a line's content is shown at first
 * sight. What letters mean, marks included, is told.ts. A message's id follows from its content alone, so content is made when
 * the message is queued; the letter around it, which chains it to the one before, when it is first sealed.
 *
 * The writer's clock rides as the content extension "chapar.time": ms since 1970 as a CBOR integer of eight bytes.
 */
import { type ConversationId, type IdentityId } from "@chapar/wire";
import type { Sha256 } from "@chapar/wire/bytes";
import {
  decodeMimi,
  encodeMimi,
  type ExternalPart,
  MAX_FILES,
  MEDIA_KEY,
  messageId,
  type MimiContent,
  type NestedPart,
  NO_EXTENSIONS,
  profilePart,
  roomUri,
  SALT_BYTES,
  type Shown,
  type ShownFacts,
  shownParts,
  textPart,
  type ToldChain,
  type UnknownExtension,
  Disposition,
  userUri,
} from "@chapar/wire/content";

/** The media type of what own devices tell each other. */
export const OWN_MEDIA_TYPE = "application/vnd.chapar.own";
const TIME_KEY = "chapar.time";
/** CBOR head of an unsigned integer of eight bytes (RFC 8949 §3.1). */
const CBOR_U64 = 0x1b;
const CBOR_U64_BYTES = 9;
/** The last moment that a Date can name (ECMA-262 §21.4.1.1); apps make dates of what they are told. */
const MAX_TIME_MS = 8_640_000_000_000_000n;

/** A file of a message, and what is told of it for showing (C-93). */
export interface ToldFile {
  readonly part: ExternalPart;
  readonly facts: ShownFacts;
}

/** Whom content is from and where it belongs. */
export interface ContentContext {
  readonly sender: Uint8Array;
  readonly conversation: ConversationId;
  readonly sha256: Sha256;
}

function timeValue(atMs: number): Uint8Array {
  const bytes = new Uint8Array(CBOR_U64_BYTES);
  bytes[0] = CBOR_U64;
  new DataView(bytes.buffer).setBigUint64(1, BigInt(atMs));
  return bytes;
}

/** The writer's clock, when content tells a time that a date can be made of. */
export function writtenAt(content: MimiContent): number | undefined {
  const value = content.extensions.others.find(({ key }) => key === TIME_KEY)?.value;
  if (value === undefined || value.byteLength !== CBOR_U64_BYTES || value[0] !== CBOR_U64) return undefined;
  const atMs = new DataView(value.buffer, value.byteOffset).getBigUint64(1);
  return atMs <= MAX_TIME_MS ? Number(atMs) : undefined;
}

/** How content is made: fields of the draft beside the body, further extensions, and what is random. */
export interface Making extends Partial<Pick<MimiContent, "replaces" | "inReplyTo" | "topicId" | "expires">> {
  readonly others?: readonly UnknownExtension[];
  readonly random: (sizeBytes: number) => Uint8Array;
  readonly writtenAtMs: number;
}

/** Content with any body. */
export function composeContent(body: NestedPart, { others = [], random, writtenAtMs, ...fields }: Making): Uint8Array {
  return encodeMimi({
    salt: random(SALT_BYTES),
    replaces: undefined,
    topicId: new Uint8Array(0),
    expires: undefined,
    inReplyTo: undefined,
    ...fields,
    extensions: { ...NO_EXTENSIONS, others: [{ key: TIME_KEY, value: timeValue(writtenAtMs) }, ...others] },
    body,
  });
}

/** The body of a message: text, files, or both. @param text  undefined: there is none */
export function messageBody(text: NestedPart | undefined, files: readonly ExternalPart[]): NestedPart {
  const parts = text === undefined ? files : [text, ...files];
  const [only, ...others] = parts;
  if (only === undefined) return textPart("");
  if (others.length === 0) return only;
  return { kind: "multi", disposition: Disposition.render, language: "", semantics: "process-all", parts };
}

/** What content tells of its files, as it stands. */
export function mediaOf({ extensions }: MimiContent): readonly UnknownExtension[] {
  return extensions.others.filter(({ key }) => key === MEDIA_KEY);
}

/** Content that tells a name, how the own chain stands (C-12), and the own picture (C-109). */
export function composeProfile(
  told: { readonly name: string; readonly chain: ToldChain; readonly picture?: Uint8Array },
  random: (sizeBytes: number) => Uint8Array,
  writtenAtMs: number,
): Uint8Array {
  return composeContent(profilePart(told), { random, writtenAtMs });
}

/** Content of what own devices tell each other. */
export function composeOwn(
  bytes: Uint8Array,
  random: (sizeBytes: number) => Uint8Array,
  writtenAtMs: number,
): Uint8Array {
  const part = { kind: "single", disposition: Disposition.render, language: "", contentType: OWN_MEDIA_TYPE } as const;
  return composeContent({ ...part, content: bytes }, { random, writtenAtMs });
}

/** The id of content in a conversation. */
export function contentId(content: Uint8Array, { sender, conversation, sha256 }: ContentContext): Uint8Array {
  const senderUri = userUri(sender as IdentityId);
  return messageId({ senderUri, roomUri: roomUri(conversation), content, sha256 });
}

/** What a line's content shows at first sight, and whether it says more, which `talk/fold.ts` tells. */
export interface FirstSight extends Shown {
  /** at most ten */
  readonly files: readonly ToldFile[];
  readonly content: MimiContent;
  readonly saysMore: boolean;
}

/** What a line's content shows; undefined when nothing of it can be shown. */
export function readContent(bytes: Uint8Array): FirstSight | undefined {
  const decoded = decodeMimi(bytes);
  const content = decoded.ok ? decoded.value : undefined;
  const shown = content && shownParts(content.body);
  if (content === undefined || shown === undefined) return undefined;
  const { inReplyTo, extensions, topicId, expires } = content;
  const saysMore =
    inReplyTo !== undefined ||
    extensions.others.length > 1 ||
    topicId.byteLength > 0 ||
    expires !== undefined ||
    shown.isMarkdown;
  // What is told of them is more than the first sight (conversation/told-files.ts).
  const files = shown.externals.slice(0, MAX_FILES).map((part) => ({ part, facts: { kind: "file" } as const }));
  return { ...shown, files, content, saysMore };
}
