/*
 * What a text is found by. A word is a run of letters and digits, folded (text/fold.ts). A word with ZWNJ in it is found whole and by
 * each of its parts; scripts without spaces are found by pairs of neighbouring characters, so that no dictionary is needed.
 */
import { fold } from "../text/fold.ts";

const RUN = /[\p{L}\p{N}\p{M}\u200C\u0640]+/gu;
const SPACELESS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
const PIECES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{M}]+|[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]+/gu;
/** Longer words are cut: nobody types more of one. */
const MAX_CHARS = 24;
const MAX_QUERY_CHARS = 256;
const MAX_QUERY_WORDS = 12;

/** A word as it stands in a text. */
interface Word {
  readonly folded: readonly string[];
  readonly at: number;
  readonly length: number;
}

const cut = (word: string): string => (word.length <= MAX_CHARS ? word : Array.from(word).slice(0, MAX_CHARS).join(""));

/** Pairs of neighbours, and the last character by itself, so that every character begins a term. */
function pairsOf(run: string): string[] {
  const letters = Array.from(run);
  return letters.map((letter, at) => letter + (letters[at + 1] ?? ""));
}

function* wordsIn(text: string): Generator<Word> {
  for (const { 0: run, index } of text.matchAll(RUN)) {
    if (SPACELESS.test(run)) {
      for (const { 0: piece, index: within } of run.matchAll(PIECES)) {
        const folded = fold(piece);
        const terms = SPACELESS.test(piece) ? pairsOf(folded) : [cut(folded)];
        yield { folded: terms.filter((term) => term !== ""), at: index + within, length: piece.length };
      }
      continue;
    }
    const whole = cut(fold(run));
    const parts = run.includes("\u200C") ? run.split("\u200C").map((part) => cut(fold(part))) : [];
    yield { folded: [whole, ...parts].filter((term) => term !== ""), at: index, length: run.length };
  }
}

/** Every term that a text is found by, each once. Cost: linear. */
export function termsOf(text: string): Set<string> {
  const terms = new Set<string>();
  for (const { folded } of wordsIn(text)) for (const term of folded) terms.add(term);
  return terms;
}

/** What is looked for: terms of which each must begin a term of the message, and runs that must stand in its folded text. */
export interface Wanted {
  readonly prefixes: readonly string[];
  readonly runs: readonly string[];
  readonly folded: string;
}

/** Reads what a person typed. */
export function wantedBy(typed: string): Wanted {
  const text = Array.from(typed).slice(0, MAX_QUERY_CHARS).join("");
  const prefixes = new Set<string>();
  const runs: string[] = [];
  for (const { 0: run } of text.matchAll(RUN)) {
    const pieces = SPACELESS.test(run) ? Array.from(run.matchAll(PIECES), ([piece]) => piece) : [run];
    for (const piece of pieces) {
      const folded = fold(piece);
      if (folded === "") continue;
      if (!SPACELESS.test(piece)) prefixes.add(cut(folded));
      else {
        const letters = Array.from(folded);
        const pairs = letters.length === 1 ? letters : pairsOf(folded).slice(0, -1);
        for (const pair of pairs) prefixes.add(pair);
        runs.push(folded);
      }
    }
  }
  return { prefixes: [...prefixes].slice(0, MAX_QUERY_WORDS), runs, folded: fold(text) };
}

/** How well a text fits, and where. */
export interface Fit {
  /** more is better */
  readonly score: number;
  readonly stretches: readonly { readonly at: number; readonly length: number }[];
}

/** Whether a text has all that is wanted. `beside` is text that is found too but not shown (a file's name). */
export function fitOf(wanted: Wanted, text: string, beside = ""): Fit | undefined {
  const found = new Map<string, boolean>();
  const stretches: { at: number; length: number }[] = [];
  const look = ({ folded, at, length }: Word, isShown: boolean): void => {
    let fits = false;
    for (const prefix of wanted.prefixes) {
      if (!folded.some((term) => term.startsWith(prefix))) continue;
      fits = true;
      found.set(prefix, found.get(prefix) === true || folded.includes(prefix));
    }
    if (fits && isShown) stretches.push({ at, length });
  };
  for (const word of wordsIn(text)) look(word, true);
  for (const word of wordsIn(beside)) look(word, false);
  if (wanted.prefixes.some((prefix) => !found.has(prefix))) return undefined;
  const folded = fold(`${text}\n${beside}`);
  if (wanted.runs.some((run) => !folded.includes(run))) return undefined;
  const whole = [...found.values()].filter(Boolean).length;
  return { score: whole * 2 + (wanted.prefixes.length > 1 && folded.includes(wanted.folded) ? 5 : 0), stretches };
}
