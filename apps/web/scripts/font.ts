/*
 * The webfont as it travels: of Vazirmatn's Arabic file only the letters, marks, digits and punctuation of Persian, Arabic
 * and their neighbours in Arabic script that people write messages in, and of its weights only the two that the app has.
 * Everything else falls back to the system's font.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import subsetFont from "subset-font";
import type { Plugin } from "vite";

const SOURCE = "vazirmatn-arabic-wght-normal.woff2";
/**
 * First and last code point of each range: the basic Arabic block without Koranic annotation signs, the letters of
 * Kurdish, Pashto, Urdu and Uyghur in it, and joiners.
 */
const RANGES: readonly (readonly [number, number])[] = [
  [0x0600, 0x0603],
  [0x0606, 0x060f],
  [0x0610, 0x061f],
  [0x0620, 0x0658],
  [0x0660, 0x0672],
  [0x0674, 0x06d5],
  [0x06f0, 0x06ff],
  [0x200c, 0x200d],
  [0x2010, 0x2011],
];

/** The subset as woff2. Cost: half a second. */
export async function arabicFont(): Promise<Buffer> {
  const path = createRequire(import.meta.url).resolve(`@fontsource-variable/vazirmatn/files/${SOURCE}`);
  let text = "";
  for (const [first, last] of RANGES)
    for (let code = first; code <= last; code += 1) text += String.fromCodePoint(code);
  return subsetFont(await readFile(path), text, {
    targetFormat: "woff2",
    variationAxes: { wght: { min: 400, max: 600 } },
  });
}

/** Puts the subset in place of the file that the app imports. */
export function fontPlugin(): Plugin {
  return {
    name: "chapar-font",
    apply: "build",
    enforce: "pre",
    async load(id) {
      if (!id.includes(SOURCE)) return undefined;
      const made = this.emitFile({ type: "asset", name: "vazirmatn.woff2", source: await arabicFont() });
      return `export default import.meta.ROLLUP_FILE_URL_${made};`;
    },
  };
}
