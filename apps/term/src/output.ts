/*
 * The two voices of every command. For people: calm sentences, results on standard output, progress on standard error.
 * For scripts (`--json`): one JSON object per line on standard output and nothing else there, errors included.
 */
import type { Told } from "./sentences.ts";

/** A stream that text is written to. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** A line of `--json`: `event` names it, the rest are plain values. */
export type JsonLine = { readonly event: string } & Readonly<Record<string, unknown>>;

/** Where a command speaks. */
export interface Output {
  readonly json: boolean;
  /** whether a person looks at standard output right now */
  readonly isTerminal: boolean;
  /** A result: the JSON line, or the words; words of `undefined` print nothing. */
  result(line: JsonLine, words: string | undefined): void;
  /** Progress, for people only. */
  progress(words: string): void;
  failure(told: Told): void;
}

/** Builds the voice a command line asked for. */
export function createOutput(options: {
  readonly json: boolean;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
}): Output {
  const { json, stdout, stderr } = options;
  return {
    json,
    isTerminal: !json && stdout.isTTY === true,
    result(line, words) {
      if (json) stdout.write(`${JSON.stringify(line)}\n`);
      else if (words !== undefined) stdout.write(`${words}\n`);
    },
    progress(words) {
      if (!json) stderr.write(`${words}\n`);
    },
    failure({ code, message }) {
      if (json) stdout.write(`${JSON.stringify({ event: "error", code, message })}\n`);
      else stderr.write(`chapar: ${message}\n`);
    },
  };
}
