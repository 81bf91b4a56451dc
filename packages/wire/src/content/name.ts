/*
 * Names of people, devices and stations as they may be shown: a name comes from a stranger and stands in the middle of our
 * own sentences, so nothing in it may turn the direction of the text around it, break the line, hide, or pile up over other
 * lines. Kept: letters of every script, ZERO WIDTH NON-JOINER and JOINER (Persian and Indic spelling, emoji), emoji.
 */
import { utf8 } from "../bytes/index.ts";
import { MAX_NAME_CHARACTERS } from "./limits.ts";

/** Longer text is no name however much of it is hidden; it bounds what the expressions below may cost. */
const MAX_RAW_UNITS = 1024;
/** Controls (Cc), formats (Cf) except U+200C and U+200D, private use, surrogates: also all bidi controls and tag characters. */
const HIDDEN = /[\p{Cc}\p{Co}\p{Cs}]|(?![\u200c\u200d])\p{Cf}/gu;
/** Letters that Unicode calls letters and fonts draw as nothing. */
const BLANK = /[\u115f\u1160\u3164\uffa0\u2800]/gu;
const SPACES = /[\s\u2028\u2029]+/gu;
/** More marks on one letter than any spelling needs. */
const PILED_MARKS = /(\p{M}{4})\p{M}+/gu;
/** Marks and joiners with no letter before them, joiners with none after. */
const LOOSE = /^[\p{M}\u200c\u200d\s]+|[\u200c\u200d\s]+$/gu;

/** As `cleanName`, of any length: what a stranger wrote on one line. Cost: linear, but for marks piled on one letter. */
export function cleanLine(text: string): string {
  return text
    .toWellFormed()
    .replace(SPACES, " ")
    .replace(HIDDEN, "")
    .replace(BLANK, "")
    .normalize("NFC")
    .replace(PILED_MARKS, "$1")
    .replace(SPACES, " ")
    .replace(LOOSE, "");
}

/**
 * A name as it may be shown: NFC, one line, single spaces, no controls, no bidi controls, nothing invisible.
 *
 * Cleaning a clean name changes nothing. The caller isolates the name when it shows it (`<bdi>`): letters of a right-to-left
 * script still have their direction.
 * @returns undefined when nothing is left, or more than 64 characters (code points)
 * @see protocol/5-content.md C-9
 */
export function cleanName(text: string): string | undefined {
  if (text.length > MAX_RAW_UNITS) return undefined;
  const shown = cleanLine(text);
  const characters = Array.from(shown).length;
  return characters >= 1 && characters <= MAX_NAME_CHARACTERS ? shown : undefined;
}

const MAX_FILE_NAME_BYTES = 200;
/** UTF-16 units of what counts as an extension, its dot included. */
const MAX_EXTENSION_UNITS = 16;
/** What separates folders, names streams, or is special to a shell or a file system somewhere. */
const FILE_SEPARATORS = /[/\\:*?"<>|]/gu;
const LEADING_DOTS = /^[\s.]+/u;
/** Names that one file system keeps for devices, whatever follows a dot. */
const DEVICE_NAMES = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/iu;

/**
 * A file name as it may be shown and saved: one path component without controls, bidi controls (`exe.gpj` stays what it is),
 * separators or leading dots, at most 200 bytes of UTF-8 with its extension kept.
 *
 * @returns `file` when nothing is left
 * @see protocol/5-content.md C-11
 */
export function cleanFileName(text: string): string {
  const shown = text
    .slice(0, MAX_RAW_UNITS)
    .toWellFormed()
    .replace(SPACES, " ")
    .replace(HIDDEN, "")
    .replace(FILE_SEPARATORS, "_")
    .normalize("NFC")
    .replace(LEADING_DOTS, "")
    .trim()
    .replace(DEVICE_NAMES, "_$&");
  const dot = shown.lastIndexOf(".");
  const extension = dot > 0 && shown.length - dot <= MAX_EXTENSION_UNITS ? shown.slice(dot) : "";
  let stem = Array.from(extension === "" ? shown : shown.slice(0, dot));
  while (utf8(stem.join("") + extension).byteLength > MAX_FILE_NAME_BYTES) stem = stem.slice(0, -1);
  return stem.length === 0 ? `file${extension}` : stem.join("") + extension;
}
