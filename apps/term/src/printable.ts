/*
 * Text written by other people, made safe to put on a terminal: control characters (an escape sequence could rewrite the
 * screen, the clipboard or the title) become visible pictures, and characters that reorder what stands around them
 * (bidi overrides and embeddings, which let `exe.txt` pose as another name) are left out. Line breaks stay where asked.
 */

// C0 and DEL have pictures in the block U+2400; C1 has none.
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001F\u007F-\u009F]/g;
/** LRE RLE PDF LRO RLO LRI RLI FSI PDI, and the deprecated shaping controls. */
const REORDERING = /[\u202A-\u202E\u2066-\u2069\u206A-\u206F]/g;
const LINES = /\r\n|[\n\r\u2028\u2029]/;

function picture(control: string): string {
  const code = control.charCodeAt(0);
  if (code === 0x7f) return "\u2421";
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\uFFFD";
}

/** One line, for names, file names and previews: line breaks become a space. */
export function printableLine(text: string): string {
  return text.split(LINES).join(" ").replaceAll("\t", " ").replaceAll(REORDERING, "").replaceAll(CONTROLS, picture);
}

/** Paragraphs of a message's text, each safe to print; an empty text is one empty line. */
export function printableLines(text: string): string[] {
  return text
    .split(LINES)
    .map((line) => line.replaceAll("\t", "    ").replaceAll(REORDERING, "").replaceAll(CONTROLS, picture));
}

/** A name for a file on this disk made from a name somebody else wrote: no folders, no dots in front, no reserved signs. */
export function safeFileName(name: string, otherwise: string): string {
  const base = printableLine(name)
    .split(/[/\\]/)
    .at(-1)
    ?.replaceAll(/[<>:"|?*\u2400-\u2421\uFFFD]/g, "_")
    .replace(/^[.\s]+/, "")
    .trimEnd();
  if (base === undefined || base === "") return otherwise;
  // 255 bytes is the common limit of a file system; the ending is kept because it says what opens the file.
  const dot = base.lastIndexOf(".");
  const ending = dot > 0 && base.length - dot <= 12 ? base.slice(dot) : "";
  let stem = ending === "" ? base : base.slice(0, dot);
  while (Buffer.byteLength(stem + ending) > 200) stem = stem.slice(0, -1);
  return stem + ending;
}
