/*
 * Parts of marks: a reaction and its withdrawal as draft-ietf-mimi-content-08 has them, a pin and what was delivered and read
 * as parts of our own.
 *
 *   application/vnd.chapar.pin+cbor    true: pinned · false: not any more
 *   application/vnd.chapar.seen+cbor   [delivered uint, read uint], sizes of the room's log
 */
import { CborReader } from "../content/cbor-reader.ts";
import { CborWriter } from "../content/cbor-writer.ts";
import type { ContentDecoded } from "../content/codes.ts";
import { Disposition, type NestedPart, type NullPart, type SinglePart } from "../content/mimi.ts";
import { textPart } from "../content/text.ts";

const PIN = "application/vnd.chapar.pin+cbor";
const SEEN = "application/vnd.chapar.seen+cbor";
const SEEN_FIELDS = 2;
const MAX_EMOJI_BYTES = 48;
/** An emoji sequence as Unicode Technical Standard 51 §1.4.9 has it: flag, keycap, tags, or elements joined by U+200D. */
const EMOJI =
  /^(?![0-9#*](?!\uFE0F?\u20E3))(?:\p{RI}{2}|(?!\p{RI})\p{Emoji}(?:\p{EMod}|\uFE0F?\u20E3|\uFE0F|[\u{E0020}-\u{E007E}]+\u{E007F})?(?:\u200D(?!\p{RI})\p{Emoji}(?:\p{EMod}|\uFE0F)?){0,8})$/u;

/** Sizes of the room's log: every entry below is on a device of the writer, or was seen there. */
export interface Seen {
  readonly delivered: number;
  readonly read: number;
}

/** Text that is one emoji, as it is shown; undefined for any other. */
export function emojiOf(content: Uint8Array): string | undefined {
  if (content.byteLength > MAX_EMOJI_BYTES) return undefined;
  const text = new TextDecoder().decode(content);
  return EMOJI.test(text) ? text : undefined;
}

/** The part of a reaction. @throws RangeError when it is not one emoji */
export function reactionPart(emoji: string): SinglePart {
  const part = textPart(emoji, Disposition.reaction);
  if (emojiOf(part.content) === undefined) throw new RangeError("not an emoji");
  return part;
}

/** The part that takes a reaction back. */
export function withdrawalPart(): NullPart {
  return { kind: "null", disposition: Disposition.reaction, language: "" };
}

function single(contentType: string, content: Uint8Array): SinglePart {
  return { kind: "single", disposition: Disposition.unspecified, language: "", contentType, content };
}

/** The part of a pin. */
export function pinPart(isPinned: boolean): SinglePart {
  return single(PIN, new CborWriter().bool(isPinned).finish());
}

/** Reads a pin; undefined when the part is none. */
export function readPin(part: NestedPart): ContentDecoded<boolean> | undefined {
  if (part.kind !== "single" || part.contentType !== PIN) return undefined;
  const reader = new CborReader(part.content);
  return reader.finish(reader.bool());
}

/** The part that tells what was delivered and read. */
export function seenPart({ delivered, read }: Seen): SinglePart {
  return single(SEEN, new CborWriter().array(SEEN_FIELDS).uint(delivered).uint(read).finish());
}

/** Reads what was delivered and read; undefined when the part is another. */
export function readSeen(part: NestedPart): ContentDecoded<Seen> | undefined {
  if (part.kind !== "single" || part.contentType !== SEEN) return undefined;
  const reader = new CborReader(part.content);
  if (reader.array() !== SEEN_FIELDS) reader.fail("content/bad-shape", 0);
  return reader.finish({
    delivered: reader.number(Number.MAX_SAFE_INTEGER),
    read: reader.number(Number.MAX_SAFE_INTEGER),
  });
}
