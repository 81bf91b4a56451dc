/* The suites by name and number (protocol/4-groups.md §1), for whoever names one and needs none of its code. */

/** Names of the suites this build speaks. */
export type SuiteName = "x-wing" | "x25519";

/** RFC 9420 §17.1 numbers. `x-wing` is of the private-use range until draft-ietf-mls-pq-ciphersuites has a number. */
export const SUITE_NUMBERS: Readonly<Record<SuiteName, number>> = { "x-wing": 0xf00d, x25519: 0x0001 };

/** The name of a number; undefined for suites that this build does not speak. */
export function suiteName(number: number): SuiteName | undefined {
  if (number === SUITE_NUMBERS["x-wing"]) return "x-wing";
  return number === SUITE_NUMBERS.x25519 ? "x25519" : undefined;
}
