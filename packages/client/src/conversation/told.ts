/*
 * What letters mean (protocol/5-content.md §2, §6): content is a name, a line, or a mark that changes another line. Which of
 * these it is follows from the content alone; whether its writer may is judged where its target is known (talk/marking.ts).
 */
import { identityId } from "@chapar/wire";
import { type Decoded, equalBytes } from "@chapar/wire/bytes";
import {
  contentFault,
  decodeLetter,
  decodeMimi,
  decodeProfile,
  Disposition,
  isProfile,
  letterHash,
  type MimiContent,
  roomUri,
  shownParts,
  type ToldChain,
  userUri,
} from "@chapar/wire/content";
import { emojiOf, readPin, readSeen, readVote, type Seen, timerIn } from "@chapar/wire/talk";
import { type ContentContext, contentId, OWN_MEDIA_TYPE, writtenAt } from "./letter.ts";

/** Media type of a letter by which somebody leaves a group (F-66). */
export const LEAVE_MEDIA_TYPE = "application/vnd.chapar.leave";

/** The sender's name, and how their chain stands. */
export interface ToldProfile {
  readonly kind: "profile";
  readonly name: string;
  readonly chain: ToldChain | undefined;
  /** as `Profile` has it */
  readonly picture: Uint8Array | undefined;
}

/** A line. */
export interface ToldMessage {
  readonly kind: "message";
  readonly text: string;
  /** it may mention people */
  readonly isMarkdown: boolean;
}

/** What a sender's device has and has shown of the room's log (C-40). */
export interface ToldSeen extends Seen {
  readonly kind: "seen";
}

/** A mark; `target` is the message id of the line that it changes. */
export type ToldMark =
  | { readonly kind: "edit"; readonly target: Uint8Array }
  | { readonly kind: "deletion"; readonly target: Uint8Array }
  | { readonly kind: "reaction"; readonly target: Uint8Array; readonly emoji: string }
  | { readonly kind: "withdrawal"; readonly target: Uint8Array; readonly reaction: Uint8Array }
  | { readonly kind: "pin"; readonly target: Uint8Array; readonly isPinned: boolean }
  | { readonly kind: "vote"; readonly target: Uint8Array; readonly choices: readonly number[] }
  | { readonly kind: "closing"; readonly target: Uint8Array };

/** The sender leaves the group and asks to be taken out of it (F-66). */
export interface ToldLeave {
  readonly kind: "leave";
}

/** What own devices tell each other (protocol/10-devices.md §3). */
export interface ToldOwn {
  readonly kind: "own";
  readonly bytes: Uint8Array;
}

/** What content says, as far as this program understands it. */
export type Told = ToldOwn | ToldProfile | ToldMessage | ToldSeen | ToldMark | ToldLeave;

/** What content says, or why it says nothing. */
type Meaning = Decoded<Told, string>;

/** A letter's place in its sender's chain, and what it says. */
export interface ReadLetter {
  readonly sequence: number;
  readonly previous: Uint8Array;
  readonly hash: Uint8Array;
  /** entries of the room's log that its writer had verified */
  readonly frontier: number;
  /** MIMI message id */
  readonly id: Uint8Array;
  readonly content: Uint8Array;
  /** the writer's clock, when it was told */
  readonly writtenAtMs: number | undefined;
  readonly told: Told;
}

/** Whom a letter is from, where it belongs, and when it arrived. */
export interface LetterContext extends ContentContext {
  readonly nowMs: number;
}

/** What content says. */
export function toldBy(content: MimiContent): Meaning {
  const { body, replaces, inReplyTo } = content;
  if (body.kind === "single" && body.contentType === OWN_MEDIA_TYPE)
    return { ok: true, value: { kind: "own", bytes: body.content } };
  if (body.kind === "single" && body.contentType === LEAVE_MEDIA_TYPE) return { ok: true, value: { kind: "leave" } };
  if (isProfile(body)) {
    const profile = decodeProfile(body.content);
    if (!profile.ok) return refuse("client/not-shown");
    const { name, chain, picture } = profile.value;
    return { ok: true, value: { kind: "profile", name, chain, picture } };
  }
  const seen = readSeen(body);
  if (seen !== undefined) return seen.ok ? { ok: true, value: { kind: "seen", ...seen.value } } : seen;
  if (replaces !== undefined) return replacing(content, replaces);
  if (inReplyTo !== undefined) {
    const mark = marking(content, inReplyTo);
    if (mark !== undefined) return mark;
  }
  return lineOf(content);
}

function replacing({ body, inReplyTo }: MimiContent, replaces: Uint8Array): Meaning {
  if (body.kind !== "null") {
    // The body is read again when it is shown; here it only has to be something.
    if (shownParts(body) === undefined) return refuse("client/not-shown");
    return { ok: true, value: { kind: "edit", target: replaces } };
  }
  if (body.disposition !== Disposition.reaction) return { ok: true, value: { kind: "deletion", target: replaces } };
  if (inReplyTo === undefined) return refuse("client/not-shown");
  return { ok: true, value: { kind: "withdrawal", target: inReplyTo, reaction: replaces } };
}

function marking({ body }: MimiContent, target: Uint8Array): Meaning | undefined {
  const pin = readPin(body);
  if (pin !== undefined) return pin.ok ? { ok: true, value: { kind: "pin", target, isPinned: pin.value } } : pin;
  const voted = readVote(body);
  if (voted?.ok === false) return voted;
  const choices = voted?.value.vote;
  if (choices !== undefined) return { ok: true, value: { kind: "vote", target, choices } };
  if (voted !== undefined) return { ok: true, value: { kind: "closing", target } };
  if (body.disposition !== Disposition.reaction) return undefined;
  const emoji = body.kind === "single" ? emojiOf(body.content) : undefined;
  return emoji === undefined
    ? refuse("content/bad-reaction")
    : { ok: true, value: { kind: "reaction", target, emoji } };
}

function lineOf(content: MimiContent): Meaning {
  // Nothing at all is said, and no timer is set.
  if (content.body.kind === "null" && timerIn(content) === undefined) return refuse("client/not-shown");
  const shown = shownParts(content.body);
  if (shown === undefined) return refuse("client/not-shown");
  const { texts, isMarkdown } = shown;
  return { ok: true, value: { kind: "message", text: texts.join("\n"), isMarkdown } };
}

/**
 * Reads an opened letter of a member. Never throws.
 *
 * @returns `client/foreign-conversation` when it was written for another conversation · `client/not-shown` when it is well
 * formed and nothing of it can be shown · a `content/` code
 */
export function readLetter(plaintext: Uint8Array, context: LetterContext): Decoded<ReadLetter, string> {
  const letter = decodeLetter(plaintext);
  if (!letter.ok) return letter;
  const { conversation, seq, prev, content, frontier } = letter.value;
  if (!equalBytes(conversation, context.conversation)) return refuse("client/foreign-conversation");
  const decoded = decodeMimi(content);
  if (!decoded.ok) return decoded;
  const senderUri = userUri(identityId(context.sender));
  const circumstances = { senderUri, roomUri: roomUri(conversation), acceptedMs: context.nowMs };
  const fault = contentFault(decoded.value, circumstances);
  if (fault !== undefined) return refuse(fault);
  const told = toldBy(decoded.value);
  if (!told.ok) return told;
  const id = contentId(content, context);
  const hash = letterHash(plaintext, context.sha256);
  const writtenAtMs = writtenAt(decoded.value);
  return {
    ok: true,
    value: { sequence: seq, previous: prev, hash, frontier: frontier.size, id, content, writtenAtMs, told: told.value },
  };
}

function refuse(code: string): { readonly ok: false; readonly code: string; readonly offset: number } {
  return { ok: false, code, offset: 0 };
}
