/*
 * Who puts right-to-left text in order. `terminal`: the terminal does (VTE, Konsole, mlterm …); text leaves in logical
 * order and copying gives what was written. `visual`: the terminal draws cells from left to right; lines are put in
 * visual order (UAX #9) with joined letters. `logical`: nothing is done, for copying with the mouse in such a terminal.
 */
import bidiModule, { type Bidi } from "bidi-js";
import { spansIn } from "@chapar/client/text";
import { shapeArabic } from "./arabic-shaping.ts";
import { clustersOf, type Cluster } from "./cells.ts";

/** Modes in the order in which a key steps through them. */
export const BIDI_MODES: readonly BidiMode[] = ["terminal", "visual", "logical"];
export type BidiMode = "terminal" | "visual" | "logical";

/** The first VTE that orders right-to-left text by itself is 0.58. */
const FIRST_BIDI_VTE = 5_800;

/** The mode for the terminal that the environment tells of. */
export function detectBidi(env: Readonly<Record<string, string | undefined>>): BidiMode {
  const vte = Number(env["VTE_VERSION"] ?? 0);
  const knows =
    vte >= FIRST_BIDI_VTE ||
    env["KONSOLE_VERSION"] !== undefined ||
    env["MLTERM"] !== undefined ||
    env["TERM_PROGRAM"] === "Apple_Terminal";
  return knows ? "terminal" : "visual";
}

/** The package's types tell of its ES module; Node loads the other one, whose export is the factory itself. */
const makeBidi = bidiModule as unknown as () => Bidi;
let algorithm: Bidi | undefined;

/** A cluster of a line, with its embedding level. */
export interface PlacedCluster extends Cluster {
  /** even: left to right */
  readonly level: number;
  /** where it stands in the paragraph, in logical order */
  readonly index: number;
}

/** A paragraph ready to be broken into lines. */
export interface Paragraph {
  readonly isRtl: boolean;
  readonly clusters: readonly PlacedCluster[];
}

const FIRST_STRONG = /[\p{L}\p{Nl}]/u;
const RTL_SCRIPT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** Whether a paragraph's first letter is of a right-to-left script (UAX #9 P2, P3). */
export function isRtlText(text: string): boolean {
  const first = FIRST_STRONG.exec(text);
  return first !== null && RTL_SCRIPT.test(first[0]);
}

const [LRI, PDI] = ["\u2066", "\u2069"];
/** Letters beyond the first plane whose scripts run from right to left. */
const FAR_RTL = /[\p{Script=Adlam}\p{Script=Hanifi_Rohingya}\p{Script=Old_Sogdian}\p{Script=Mende_Kikakui}]/u;
const FAR_LTR = /[\p{L}\p{N}\p{Regional_Indicator}]/u;

/**
 * The library looks at single UTF-16 units and takes halves of a pair for Latin letters: each pair is shown to it as two
 * units of the pair's own class (a letter of its direction, else neutral, as emoji are).
 */
function inOnePlane(text: string): string {
  return text.replace(/[\u{10000}-\u{10FFFF}]/gu, (far) =>
    FAR_RTL.test(far) ? "\u05D0\u05D0" : FAR_LTR.test(far) ? "aa" : "\u2600\u2600",
  );
}

/** The level of each unit of a paragraph, and of the paragraph; addresses and telephone numbers are isolated. */
function levelsOf(text: string): { readonly levels: readonly number[]; readonly base: number } {
  algorithm ??= makeBidi();
  let marked = "";
  let from = 0;
  const added = new Set<number>();
  for (const span of spansIn(text)) {
    const end = span.at + span.text.length;
    marked += text.slice(from, span.at);
    added.add(marked.length).add(marked.length + 1 + span.text.length);
    marked += LRI + span.text + PDI;
    from = end;
  }
  const { levels, paragraphs } = algorithm.getEmbeddingLevels(inOnePlane(marked + text.slice(from)));
  return { levels: Array.from(levels).filter((_, at) => !added.has(at)), base: paragraphs[0]?.level ?? 0 };
}

/**
 * Prepares a paragraph (no line breaks in it) for drawing in a mode.
 *
 * @param oneToOne  keep the characters' places (for an editor), at the price of ligatures
 */
export function paragraph(text: string, mode: BidiMode, oneToOne = false): Paragraph {
  if (mode !== "visual") {
    const clusters = clustersOf(text).map((cluster, index) => ({ ...cluster, level: 0, index }));
    return { isRtl: mode === "terminal" && isRtlText(text), clusters };
  }
  const shaped = shapeArabic(text, oneToOne);
  const { levels, base } = levelsOf(shaped);
  let offset = 0;
  const clusters = clustersOf(shaped).map((cluster, index) => {
    const level = levels[offset] ?? base;
    offset += cluster.text.length;
    return { ...cluster, level, index };
  });
  return { isRtl: base % 2 === 1, clusters };
}

/** A line's clusters as they stand on the screen from left to right (UAX #9 L1 for the end of the line, L2, L4). */
export function visualOrder(line: readonly PlacedCluster[], isRtl: boolean): readonly PlacedCluster[] {
  const base = isRtl ? 1 : 0;
  let end = line.length;
  while (end > 0 && line[end - 1]?.text.trim() === "") end -= 1;
  const order = line.map((cluster, at) => (at < end ? cluster : { ...cluster, level: base }));
  const highest = order.reduce((most, { level }) => Math.max(most, level), 0);
  for (let level = highest; level > 0; level -= 1) {
    for (let from = 0; from < order.length; from += 1) {
      if ((order[from]?.level ?? 0) < level) continue;
      let to = from;
      while (to < order.length && (order[to]?.level ?? 0) >= level) to += 1;
      order.splice(from, to - from, ...order.slice(from, to).toReversed());
      from = to;
    }
  }
  return order.map((cluster) => {
    if (cluster.level % 2 === 0) return cluster;
    const mirrored = algorithm?.getMirroredCharacter(cluster.text) ?? undefined;
    return mirrored === undefined ? cluster : { ...cluster, text: mirrored };
  });
}
