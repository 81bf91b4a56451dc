/*
 * Polls (protocol/5-content.md §8). The letter is a text, the question; its extension `chapar.poll` holds what may be chosen:
 *
 *   chapar.poll                         [multiple bool, [option text, …]]
 *   application/vnd.chapar.vote+cbor    [index uint, …], ascending: a vote · null: the poll is closed
 */
import { utf8 } from "../bytes/index.ts";
import { CborReader } from "../content/cbor-reader.ts";
import { CborWriter } from "../content/cbor-writer.ts";
import type { ContentDecoded } from "../content/codes.ts";
import {
  Disposition,
  type MimiContent,
  type NestedPart,
  type SinglePart,
  type UnknownExtension,
} from "../content/mimi.ts";
import { cleanLine } from "../content/name.ts";

const POLL_KEY = "chapar.poll";
const VOTE = "application/vnd.chapar.vote+cbor";
const POLL_FIELDS = 2;
const NULL = 0xf6;

/** Options of a poll. */
export const MIN_OPTIONS = 2;
export const MAX_OPTIONS = 12;
/** UTF-8 bytes of one option. */
export const MAX_OPTION_BYTES = 400;

/** What may be chosen. */
export interface Poll {
  /** more than one at a time */
  readonly multiple: boolean;
  /** one clean line each */
  readonly options: readonly string[];
}

/** What somebody chose of a poll, ascending, none for nothing any more; undefined: its author closed it. */
export type Vote = readonly number[] | undefined;

/** One option as it may be shown; undefined when nothing of it is left, or it is too long. */
export function optionOf(text: string): string | undefined {
  return utf8(text.toWellFormed()).byteLength > MAX_OPTION_BYTES ? undefined : cleanLine(text) || undefined;
}

/** The extension of a letter that is a poll. @throws RangeError on options that no reader would show */
export function pollExtension({ multiple, options }: Poll): UnknownExtension {
  if (options.length < MIN_OPTIONS || options.length > MAX_OPTIONS || options.some((one) => optionOf(one) !== one))
    throw new RangeError("not the options of a poll");
  const writer = new CborWriter().array(POLL_FIELDS).bool(multiple).array(options.length);
  for (const option of options) writer.text(option);
  return { key: POLL_KEY, value: writer.finish() };
}

/** The poll that content is; undefined when it is none. */
export function pollIn({ extensions }: Pick<MimiContent, "extensions">): Poll | undefined {
  const value = extensions.others.find(({ key }) => key === POLL_KEY)?.value;
  if (value === undefined) return undefined;
  const reader = new CborReader(value);
  if (reader.array() !== POLL_FIELDS) reader.fail("content/bad-shape", 0);
  const multiple = reader.bool();
  const count = reader.array();
  if (count < MIN_OPTIONS || count > MAX_OPTIONS) return undefined;
  const options = Array.from({ length: count }, () => optionOf(reader.text()));
  const read = reader.finish(multiple);
  if (!read.ok || options.includes(undefined)) return undefined;
  return { multiple, options: options.filter((one) => one !== undefined) };
}

/** Whether a vote is one of a poll: else it counts as none. */
export function fitsPoll(vote: readonly number[], { multiple, options }: Poll): boolean {
  return (multiple || vote.length <= 1) && vote.every((choice) => choice < options.length);
}

/** The part of a vote, or of the closing of a poll. @throws RangeError on choices that are not ascending */
export function votePart(vote: Vote): SinglePart {
  const writer = new CborWriter();
  if (vote !== undefined && !isVote(vote)) throw new RangeError("not a vote");
  writer.nullable(vote, (to, choices) => {
    to.array(choices.length);
    for (const choice of choices) to.uint(choice);
  });
  return {
    kind: "single",
    disposition: Disposition.unspecified,
    language: "",
    contentType: VOTE,
    content: writer.finish(),
  };
}

const isVote = (vote: readonly number[]): boolean =>
  vote.length <= MAX_OPTIONS && vote.every((choice, at) => choice < MAX_OPTIONS && choice > (vote[at - 1] ?? -1));

/** Reads a vote or a closing; undefined when the part is neither. */
export function readVote(part: NestedPart): ContentDecoded<{ readonly vote: Vote }> | undefined {
  if (part.kind !== "single" || part.contentType !== VOTE) return undefined;
  if (part.content.byteLength === 1 && part.content[0] === NULL) return { ok: true, value: { vote: undefined } };
  const reader = new CborReader(part.content);
  const vote = Array.from({ length: reader.array() }, () => reader.number(MAX_OPTIONS - 1));
  if (!isVote(vote)) reader.fail("content/bad-shape", 0);
  return reader.finish({ vote });
}
