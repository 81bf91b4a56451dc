/*
 * A chunk whose bodies are partly gone: what is gone stands as an entry of no bytes (no real entry is empty, W-34), so that
 * places inside the chunk stay what they were.
 */

/** Entries next to each other that are all here. */
export interface BodyRun {
  readonly first: number;
  readonly entries: readonly Uint8Array[];
}

/**
 * The runs of a chunk's entries that are here, from an index on.
 *
 * Cost: O(entries); a chunk without holes is one run, and not copied when it begins at `from` or after it.
 */
export function bodyRuns(first: number, entries: readonly Uint8Array[], from: number): readonly BodyRun[] {
  const runs: BodyRun[] = [];
  const skip = Math.max(0, from - first);
  for (let at = skip; at < entries.length;) {
    let end = at;
    while (end < entries.length && entries[end]?.byteLength !== 0) end++;
    if (end > at) {
      runs.push({ first: first + at, entries: end - at === entries.length ? entries : entries.slice(at, end) });
    }
    at = end + 1;
  }
  return runs;
}

/** Whether all bodies of a chunk are gone. */
export function isBlank(entries: readonly Uint8Array[]): boolean {
  return entries.every((entry) => entry.byteLength === 0);
}

const GONE = new Uint8Array(0);

/** Entries without the bodies of a range of the log. */
export function withoutBodies(
  first: number,
  entries: readonly Uint8Array[],
  hole: { readonly first: number; readonly count: number },
): readonly Uint8Array[] {
  const end = hole.first + hole.count;
  return entries.map((entry, i) => (first + i >= hole.first && first + i < end ? GONE : entry));
}
