/*
 * Where a letter of a branch stands: behind everything that a room's log can have, until the log has it. Entries that were read in a
 * branch are passed over in the room, and the other way round (J-7).
 */

/** Index of a branch's first entry, as lines and letters are told of it. */
export const BRANCH_INDEX: number = 2 ** 52;

/** Whether an index is one of a branch. */
export const isInBranch = (index: number): boolean => index >= BRANCH_INDEX;

/** The kind of a letter's entry (1-wire.md §5). */
const LETTER = 1;

/**
 * Whether an entry is not to be read: in a branch everything but letters, and what was read anywhere; in a room what was read in a branch.
 *
 * @param known  the index at which the same bytes were read before
 */
export function isPassed(bytes: Uint8Array | undefined, known: number | undefined, isBranch: boolean): boolean {
  return isBranch ? known !== undefined || bytes?.[1] !== LETTER : known !== undefined && isInBranch(known);
}
