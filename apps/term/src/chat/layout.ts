/* Text of a message or of the composer as lines of a width, in the bidi mode that is on. */
import { paragraph, visualOrder, type BidiMode, type PlacedCluster } from "./bidi.ts";
import { breakLines } from "./cells.ts";
import type { Composer } from "./composer.ts";

/** A line to draw: `indent` columns are free before it. */
export interface LaidLine {
  readonly text: string;
  readonly width: number;
  readonly indent: number;
}

const sumWidths = (line: readonly PlacedCluster[]): number => line.reduce((sum, { width }) => sum + width, 0);
const joined = (line: readonly PlacedCluster[]): string => line.map(({ text }) => text).join("");

function lay(line: readonly PlacedCluster[], isRtl: boolean, columns: number, mode: BidiMode): LaidLine {
  const width = sumWidths(line);
  const text = joined(mode === "visual" ? visualOrder(line, isRtl) : line);
  // A terminal that orders text by itself also decides where it begins.
  return { text, width, indent: mode === "visual" && isRtl ? Math.max(0, columns - width) : 0 };
}

/** Lines of paragraphs that are already safe to print. */
export function layoutText(paragraphs: readonly string[], columns: number, mode: BidiMode): readonly LaidLine[] {
  return paragraphs.flatMap((text) => {
    const { isRtl, clusters } = paragraph(text, mode);
    return breakLines(clusters, columns).map((line) => lay(line, isRtl, columns, mode));
  });
}

/** The composer's lines and where the cursor stands in them. */
export interface LaidComposer {
  readonly lines: readonly LaidLine[];
  readonly row: number;
  readonly column: number;
}

/** Column of the cursor in a line of visual order: after the character before it, in that character's direction. */
function cursorColumn(
  line: readonly PlacedCluster[],
  isRtl: boolean,
  before: number | undefined,
  indent: number,
): number {
  const width = sumWidths(line);
  if (before === undefined) return isRtl ? indent + width : indent;
  let column = indent;
  for (const cluster of visualOrder(line, isRtl)) {
    if (cluster.index === before) return cluster.level % 2 === 0 ? column + cluster.width : Math.max(0, column - 1);
    column += cluster.width;
  }
  return column;
}

/** Lays out what is being written. One column is kept free for the cursor behind the last character. */
export function layoutComposer({ text, at }: Composer, columns: number, mode: BidiMode): LaidComposer {
  const lines: LaidLine[] = [];
  let row = 0;
  let column = 0;
  let start = 0;
  for (const source of text.split("\n")) {
    const { isRtl, clusters } = paragraph(source, mode, true);
    const holdsCursor = at >= start && at <= start + source.length;
    let offset = start;
    const broken = breakWhole(clusters, columns - 1);
    for (const [index, line] of broken.entries()) {
      const laid = lay(line, isRtl, columns - 1, mode);
      const from = offset;
      offset += line.reduce((sum, cluster) => sum + cluster.text.length, 0);
      const isLast = index === broken.length - 1;
      if (holdsCursor && at >= from && (at < offset || isLast)) {
        let end = from;
        const before = line.findLast((cluster) => {
          end = offsetAfter(line, cluster, from);
          return end <= at;
        });
        row = lines.length;
        // A right-to-left line leaves its first column to the cursor.
        const indent = laid.indent + (mode === "visual" && isRtl ? 1 : 0);
        column = mode === "visual" ? cursorColumn(line, isRtl, before?.index, indent) : widthBefore(line, from, at);
      }
      lines.push(mode === "visual" && isRtl ? { ...laid, indent: laid.indent + 1 } : laid);
    }
    start += source.length + 1;
  }
  return { lines, row, column };
}

/** As breakLines, but nothing is dropped at a break: every character being written has a place for the cursor. */
function breakWhole(clusters: readonly PlacedCluster[], columns: number): PlacedCluster[][] {
  const lines: PlacedCluster[][] = [[]];
  let width = 0;
  for (const cluster of clusters) {
    if (width + cluster.width > columns) {
      lines.push([]);
      width = 0;
    }
    lines.at(-1)?.push(cluster);
    width += cluster.width;
  }
  return lines;
}

function offsetAfter(line: readonly PlacedCluster[], target: PlacedCluster, from: number): number {
  let offset = from;
  for (const cluster of line) {
    offset += cluster.text.length;
    if (cluster === target) break;
  }
  return offset;
}

function widthBefore(line: readonly PlacedCluster[], from: number, at: number): number {
  let offset = from;
  let width = 0;
  for (const cluster of line) {
    if (offset >= at) break;
    offset += cluster.text.length;
    width += cluster.width;
  }
  return width;
}
