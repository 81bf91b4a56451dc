/*
 * A station's region in the reader's words.
 */
import type { Language } from "../i18n/languages.ts";

const kept = new Map<Language, Intl.DisplayNames>();

/** "Iran" for `IR`, «ایران» in Persian; the code itself when it is none that is known. */
export function regionName(language: Language, region: string): string {
  let names = kept.get(language);
  if (names === undefined) {
    names = new Intl.DisplayNames(language, { type: "region" });
    kept.set(language, names);
  }
  try {
    return names.of(region.toUpperCase()) ?? region;
  } catch {
    return region;
  }
}
