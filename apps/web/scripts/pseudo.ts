/*
 * A language that nobody speaks, for finding what does not fit: English with 40 % more after each text. The beginning
 * stays, so that a press that looks for a button by its name still finds it.
 */
import type { Plugin } from "vite";
import { moduleOf, PARTS } from "./messages.ts";

const MORE = 0.4;
const FILLING = "ēxtra ŵōrđs and mōrē ";

/** A text with 40 % more behind it, never less than three letters; what has no letters stays. */
export function lengthened(text: string): string {
  if (!/\p{L}/u.test(text)) return text;
  const length = Math.max(3, Math.ceil(text.length * MORE));
  const more = ` ${FILLING.repeat(Math.ceil(length / FILLING.length)).slice(0, length)}`.trimEnd();
  return text.trimEnd() + more + text.slice(text.trimEnd().length);
}

/** Builds the app with the long words in place of the English ones. */
export function pseudoPlugin(): Plugin {
  return {
    name: "chapar-pseudo",
    enforce: "pre",
    load(id) {
      const part = PARTS.find((name) => id.endsWith(`/i18n/en.${name}.gen.ts`));
      return part === undefined ? undefined : moduleOf("en", part, lengthened);
    },
  };
}
