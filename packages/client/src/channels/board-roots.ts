/*
 * The roots of a board at its last sizes, as this device was shown it: what whoever writes says of the board as they have it is held against them (H-25).
 */
import { type CompactRange, encodeStatement, FULL_FORM, type HeldHead } from "@chapar/log";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { knownStation } from "../trust/stations.ts";

const ROOT_BYTES = 32;
/** Sizes of which the roots are kept: who writes has read all but what came while they wrote. */
const KEPT = 64;

/** A board as somebody has it. */
export interface Frontier {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Follows a board entry by entry. */
export class BoardRoots {
  readonly #range: CompactRange;
  #roots: Uint8Array;

  /**
   * @param range  the board as it was read; it is changed
   * @param roots  32 bytes for each of the last sizes, the oldest first, as `bytes` gave them
   */
  constructor(range: CompactRange, roots: Uint8Array) {
    this.#range = range;
    this.#roots = roots;
  }

  get bytes(): Uint8Array {
    return this.#roots;
  }

  /** Entries that were followed. */
  get size(): number {
    return this.#range.size;
  }

  /** The next entry stands in the board. */
  append(leafHash: Uint8Array): void {
    this.#range.append(leafHash);
    const kept = this.#roots.subarray(Math.max(0, this.#roots.byteLength - (KEPT - 1) * ROOT_BYTES));
    this.#roots = concatBytes(kept, this.#range.root());
  }

  /** Whether a board is another one than this. What is larger, or smaller than the sizes of which the roots are kept, cannot be held against it. */
  isOther({ size, root }: Frontier): boolean {
    const at = this.#roots.byteLength - (this.size - size + 1) * ROOT_BYTES;
    if (size === 0 || size > this.size || at < 0) return false;
    return !equalBytes(this.#roots.subarray(at, at + ROOT_BYTES), root);
  }
}

/**
 * Tells that somebody who writes has another board than the one that was shown here. It accuses nobody: they may say what is not so. What the hub signed of
 * this one is kept.
 */
export async function tellOtherBoard(
  member: Member,
  { id, room }: ConversationRow,
  { heads }: HeldHead,
): Promise<void> {
  if (room === undefined) return;
  const kept = heads.slice(-1).map((head) => encodeStatement(head, FULL_FORM));
  const of = { station: knownStation(member, room.hub), subject: room.log, log: room.log, conversation: id } as const;
  await member.alerts.record({ ...of, code: "other-board", state: "open", missing: 0, kept });
}
