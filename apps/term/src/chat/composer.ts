/* The text being written: a line editor over clusters, so that one key moves or deletes what a person sees as one character. */
import { clustersOf } from "./cells.ts";

/** A text and the place of the cursor in it, as an index into its UTF-16 units on a cluster's border. */
export interface Composer {
  readonly text: string;
  readonly at: number;
}

export const EMPTY_COMPOSER: Composer = { text: "", at: 0 };

/** What a key does to the text. */
export type Edit = "left" | "right" | "home" | "end" | "backspace" | "delete" | "word-back" | "to-start" | "to-end";

const lineStart = (text: string, at: number): number => text.lastIndexOf("\n", at - 1) + 1;
const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
};

function before({ text, at }: Composer): number {
  const start = Math.max(lineStart(text, at), 0);
  if (at === 0) return 0;
  if (at === start) return at - 1;
  const last = clustersOf(text.slice(start, at)).at(-1);
  return at - (last?.text.length ?? 1);
}

function after({ text, at }: Composer): number {
  if (at >= text.length) return at;
  if (text.charAt(at) === "\n") return at + 1;
  const [first] = clustersOf(text.slice(at, lineEnd(text, at)));
  return at + (first?.text.length ?? 1);
}

const cut = ({ text }: Composer, from: number, to: number): Composer => ({
  text: text.slice(0, from) + text.slice(to),
  at: from,
});

/** Puts text in at the cursor. */
export function insert({ text, at }: Composer, added: string): Composer {
  // Terminals paste line breaks as carriage returns.
  const clean = added.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
  return { text: text.slice(0, at) + clean + text.slice(at), at: at + clean.length };
}

/** Applies one edit. */
export function edit(composer: Composer, what: Edit): Composer {
  const { text, at } = composer;
  switch (what) {
    case "left":
      return { text, at: before(composer) };
    case "right":
      return { text, at: after(composer) };
    case "home":
      return { text, at: lineStart(text, at) };
    case "end":
      return { text, at: lineEnd(text, at) };
    case "backspace":
      return cut(composer, before(composer), at);
    case "delete":
      return cut(composer, at, after(composer));
    case "word-back":
      return cut(composer, text.slice(0, at).replace(/\S+\s*$|\s+$/u, "").length, at);
    case "to-start":
      return cut(composer, lineStart(text, at), at);
    case "to-end":
    default:
      return cut(composer, at, lineEnd(text, at));
  }
}
