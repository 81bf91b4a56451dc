/*
 * Where a letter of a branch stands: behind everything that a room's log can have, until the log has it. Entries that were read in a
 * branch are passed over in the room, and the other way round (J-7).
 */

/** Index of a branch's first entry, as lines and letters are told of it. */
export const BRANCH_INDEX: number = 2 ** 52;

/** Whether an index is one of a branch. */
export const isInBranch = (index: number): boolean => index >= BRANCH_INDEX;
