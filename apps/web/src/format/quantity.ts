/*
 * Sizes and rates in the unit a person would say, with a digit after the point only where it tells something.
 */

/** A value and the unit it is said in; the language has the sentence. */
export interface Quantity {
  readonly value: number;
  readonly unit: "bytes" | "kilobytes" | "megabytes";
}

/** Decimal units (1 kB = 1,000 B), as networks and shops count. */
export function quantityOf(bytes: number): Quantity {
  if (bytes < 1000) return { value: Math.round(bytes), unit: "bytes" };
  if (bytes < 999_500) return { value: rounded(bytes / 1000), unit: "kilobytes" };
  return { value: rounded(bytes / 1_000_000), unit: "megabytes" };
}

function rounded(value: number): number {
  return value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
}
