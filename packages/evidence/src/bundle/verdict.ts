/* A verdict made of a fault and the signed times of the two objects that show it. */
import type { Bundle, FAULTS, Verdict } from "../types.ts";
import { type EvidenceChecked, refuse } from "../errors.ts";

/** A bundle of one shape. */
export type BundleOf<Shape extends Bundle["shape"]> = Extract<Bundle, { readonly shape: Shape }>;

/**
 * The verdict on a bundle, or `evidence/not-false` without a fault.
 *
 * @param times  of the two objects in any order; undefined where one has none
 */
export function verdictOn<Shape extends Bundle["shape"]>(
  bundle: BundleOf<Shape>,
  fault: (typeof FAULTS)[Shape][number] | undefined,
  times: readonly [number | undefined, number | undefined],
  excusable: boolean,
): EvidenceChecked<Verdict> {
  if (fault === undefined) return refuse("evidence/not-false");
  const [a, b] = times;
  const isInOrder = a === undefined || b === undefined || a <= b;
  const [sinceMs, untilMs] = isInOrder ? [a, b] : [b, a];
  // Shape and fault belong together by this function's own type; the compiler does not follow that into the union.
  const verdict = { shape: bundle.shape, station: bundle.station, fault, sinceMs, untilMs, excusable } as Verdict;
  return { ok: true, value: verdict };
}
