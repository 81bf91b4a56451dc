/*
 * Where stored hashes come from. Only roots of perfect subtrees are ever stored or asked for: node (level, index) covers
 * the 2^level leaves from index * 2^level on. They never change once the log has grown past them, so a reader may cache
 * without end; every other hash of the tree (its ragged right edge at some size) is folded from them.
 */

/**
 * Reads the root of one perfect subtree: leaves `index * 2^level` up to `(index + 1) * 2^level`.
 *
 * Level 0 holds the leaf hashes. Answers 32 bytes, at once or later; rejects or throws when it does not have them.
 */
export type HashReader = (level: number, index: number) => Uint8Array | Promise<Uint8Array>;

/** A perfect subtree by its place. */
export interface NodeAt {
  readonly level: number;
  readonly index: number;
}
