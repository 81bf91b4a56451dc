/* Text as a terminal sees it: clusters that share a cell, how many columns each takes, and lines that fit a width. */
import stringWidth from "string-width";

/** What a person sees as one character. */
export interface Cluster {
  readonly text: string;
  /** columns: 0, 1 or 2 */
  readonly width: number;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const PLAIN_ASCII = /^[\u0020-\u007E]*$/;

/** Columns a text without control characters takes. */
export function widthOf(text: string): number {
  return PLAIN_ASCII.test(text) ? text.length : stringWidth(text);
}

/** A text as clusters. */
export function clustersOf(text: string): Cluster[] {
  if (PLAIN_ASCII.test(text)) return Array.from(text, (character) => ({ text: character, width: 1 }));
  return Array.from(graphemes.segment(text), ({ segment }) => ({ text: segment, width: widthOf(segment) }));
}

/** The beginning of a text that fits some columns, with an ellipsis when something was left out. */
export function clip(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const cluster of clustersOf(text)) {
    if (width + cluster.width > columns - 1) break;
    kept += cluster.text;
    width += cluster.width;
  }
  return columns < 1 ? "" : `${kept}…`;
}

/** A text filled up with spaces to a width; longer texts are clipped. */
export function fit(text: string, columns: number): string {
  const clipped = clip(text, columns);
  return clipped + " ".repeat(Math.max(0, columns - widthOf(clipped)));
}

/** Scripts written without spaces break between any two clusters. */
const BREAKS_ANYWHERE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
const CLOSES = /^[\p{Pe}\p{Pf}\p{Po}]/u;

/**
 * Breaks clusters into lines of at most some columns: at spaces, else anywhere in scripts without spaces, else inside
 * the word that is too long. Spaces at a break stay at the end of their line and may hang over by being cut off.
 */
export function breakLines<T extends Cluster>(clusters: readonly T[], columns: number): T[][] {
  const lines: T[][] = [];
  let line: T[] = [];
  let width = 0;
  let breakAt = 0;
  for (const [index, cluster] of clusters.entries()) {
    const isSpace = cluster.text === " ";
    if (width + cluster.width > columns && !isSpace && line.length > 0) {
      const cut = breakAt > 0 ? breakAt : line.length;
      const rest = line.slice(cut);
      lines.push(trimEnd(line.slice(0, cut)));
      line = rest;
      width = rest.reduce((sum, item) => sum + item.width, 0);
      breakAt = 0;
    }
    line.push(cluster);
    width += cluster.width;
    const next = clusters[index + 1];
    const free = BREAKS_ANYWHERE.test(cluster.text) && next !== undefined && !CLOSES.test(next.text);
    if (isSpace || free || cluster.text === "-") breakAt = line.length;
  }
  lines.push(lines.length > 0 || widthSum(line) > columns ? trimEnd(line) : line);
  return lines;
}

const widthSum = (line: readonly Cluster[]): number => line.reduce((sum, { width }) => sum + width, 0);

function trimEnd<T extends Cluster>(line: T[]): T[] {
  let end = line.length;
  while (end > 0 && line[end - 1]?.text === " ") end -= 1;
  return line.slice(0, end);
}
