/*
 * What crosses between two stations, by class (protocol/14-residency.md §3): how many things, in how many bytes of frames.
 */
import { DATA_CLASSES, type DataClass } from "../policy/terms.ts";

/** A class of the policy, or what leaves because a person said so (K-12). */
export type CrossingClass = DataClass | "own-act";
/** All of them, in the order in which tallies have them. */
export const CROSSING_CLASSES: readonly CrossingClass[] = [...DATA_CLASSES, "own-act"];

/** Objects and bytes of one class. */
export interface Amount {
  readonly objects: number;
  readonly bytes: number;
}

/** An amount for each class. */
export type Amounts = Readonly<Record<CrossingClass, Amount>>;

const NOTHING: Amount = { objects: 0, bytes: 0 };

/** Amounts made class by class. */
export function amountsOf(make: (of: CrossingClass) => Amount): Amounts {
  // Every class has its row.
  return Object.fromEntries(CROSSING_CLASSES.map((of) => [of, make(of)])) as Amounts;
}

/** Nothing of any class. */
export function noAmounts(): Amounts {
  return amountsOf(() => NOTHING);
}

/** The sum of two amounts of one class. */
export function addAmount(one: Amount, other: Amount): Amount {
  return { objects: one.objects + other.objects, bytes: one.bytes + other.bytes };
}

/** The sum, class by class. */
export function addAmounts(one: Amounts, other: Amounts): Amounts {
  return amountsOf((of) => addAmount(one[of], other[of]));
}

/** Whether two are the same in every class. */
export function equalAmounts(one: Amounts, other: Amounts): boolean {
  return CROSSING_CLASSES.every((of) => one[of].objects === other[of].objects && one[of].bytes === other[of].bytes);
}
