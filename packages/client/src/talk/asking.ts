/* Polls that a person makes, and votes on them, checked (protocol/5-content.md §8). */
import { utf8 } from "@chapar/wire/bytes";
import { MAX_TEXT_BYTES, type SinglePart, textPart, type UnknownExtension } from "@chapar/wire/content";
import { MAX_OPTIONS, MIN_OPTIONS, optionOf, pollExtension } from "@chapar/wire/talk";
import { ClientError } from "../errors.ts";
import type { OutgoingPoll, PollView } from "../talk-views.ts";

/** A poll as content. @throws ClientError `client/empty` · `client/too-large` · `client/bad-poll` */
export function asking({ question, options, multiple = false }: OutgoingPoll): {
  readonly body: SinglePart;
  readonly extension: UnknownExtension;
} {
  const text = question.trim();
  if (text === "") throw new ClientError("client/empty");
  if (utf8(text.toWellFormed()).byteLength > MAX_TEXT_BYTES) throw new ClientError("client/too-large");
  const clean = options.map(optionOf).filter((one) => one !== undefined);
  const isWhole = clean.length === options.length && new Set(clean).size === clean.length;
  if (!isWhole || clean.length < MIN_OPTIONS || clean.length > MAX_OPTIONS) throw new ClientError("client/bad-poll");
  return { body: textPart(text), extension: pollExtension({ multiple, options: clean }) };
}

/** Choices as a vote of a poll, ascending. @throws ClientError `client/bad-vote` */
export function voteOn({ options, multiple }: PollView, choices: readonly number[]): readonly number[] {
  const vote = [...new Set(choices)].toSorted((a, b) => a - b);
  const isOne = vote.every((choice) => Number.isInteger(choice) && choice >= 0 && choice < options.length);
  if (!isOne || (!multiple && vote.length > 1)) throw new ClientError("client/bad-vote");
  return vote;
}

/** A poll as a text: what is left of it when it is sent on. */
export function askedText(question: string, { options }: PollView): string {
  return [question, ...options.map(({ text }) => `• ${text}`)].join("\n");
}
