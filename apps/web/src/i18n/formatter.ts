/*
 * What a compiled message needs of a language: isolation of names, digits, plural category.
 */
import { isolate } from "../format/bidi.ts";
import type { Digits, Language } from "./languages.ts";

/** Passed to every compiled message that has arguments. */
export interface Formatter {
  isolate(text: string): string;
  number(value: number): string;
  plural(value: number): Intl.LDMLPluralRule;
}

/** The formatter of a language and a digit setting. */
export function makeFormatter(language: Language, digits: Digits): Formatter {
  const numbers = new Intl.NumberFormat(`${language}-u-nu-${digits}`, { maximumFractionDigits: 1 });
  const plurals = new Intl.PluralRules(language);
  return {
    isolate,
    number: (value) => numbers.format(value),
    plural: (value) => plurals.select(value),
  };
}
