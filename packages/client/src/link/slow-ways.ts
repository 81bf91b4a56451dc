/* Kinds of ways on which every byte is dear. */

const SLOW: ReadonlySet<string | undefined> = new Set(["dns", "burst", "snow"]);

/** Whether a way of a kind is known to be slow. */
export function isSlowWay(kind: string | undefined): boolean {
  return SLOW.has(kind);
}
