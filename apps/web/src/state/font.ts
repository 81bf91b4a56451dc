/*
 * Vazirmatn, a subset of its Arabic letters (scripts/font.ts), loaded after the composer works and only for a language that is written in it. Until
 * then the system's font; its metrics are close enough that the swap moves no line.
 */
import url from "@fontsource-variable/vazirmatn/files/vazirmatn-arabic-wght-normal.woff2?url";
import { effect } from "@preact/signals";
import { LANGUAGE_FACTS } from "../i18n/languages.ts";
import { settings } from "./settings.ts";

/** The code points of the file; Latin stays with the system. */
const RANGE =
  "U+0600-06FF, U+0750-077F, U+0870-088E, U+0890-0891, U+0897-08E1, U+08E3-08FF, U+200C-200E, U+2010-2011, U+204F, U+2E41, U+FB50-FDFF, U+FE70-FE74, U+FE76-FEFC";

/** Loads the font as soon as the language asks for it. */
export function followFont(): void {
  let isAsked = false;
  effect(() => {
    if (LANGUAGE_FACTS[settings.value.language].direction !== "rtl" || isAsked) return;
    isAsked = true;
    const face = new FontFace("Vazirmatn", `url(${url})`, { weight: "400 600", display: "swap", unicodeRange: RANGE });
    face.load().then(
      () => document.fonts.add(face),
      () => (isAsked = false),
    );
  });
}
