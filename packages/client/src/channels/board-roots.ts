/*
 * The roots of a board at its last sizes, as this device was shown it: what whoever writes says of the board as they have it is held against them (H-25).
 */
import { type CompactRange, encodeStatement, FULL_FORM, type HeldHead } from "@chapar/log";
import { idText } from "@chapar/wire";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import type { SessionTools } from "../session/part.ts";
import { Judging } from "../trust/judging.ts";
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

/** What was said of another board than the one that is held. */
interface Said {
  readonly held: HeldHead;
  /** when it was written, by the clocks of those who did */
  readonly saidAtMs: readonly (number | undefined)[];
}

/**
 * Tells that somebody who writes has another board than the one that was shown here. It accuses nobody: they may say what is not so. What the hub signed of
 * this one is kept. What was written before the hub was put back from a copy, as its log says, speaks of the board that was lost (H-26).
 */
export function tellOtherBoard(member: Member, tools: SessionTools, row: ConversationRow, said: Said): void {
  if (said.saidAtMs.length === 0) return;
  tools.run(`other ${idText(row.id)}`, async (link) => {
    await tell(member, link, row, said);
    tools.watch.judge();
  });
}

async function tell(member: Member, link: StationLink, { id, room }: ConversationRow, said: Said): Promise<void> {
  if (room === undefined) return;
  const { hub, log } = room;
  const incidents = await new Judging(member, () => undefined).incidents(link, hub);
  const isOfLost = (atMs: number | undefined): boolean =>
    incidents.some(
      ({ what, fromMs, toMs }) => what === "restored" && atMs !== undefined && fromMs <= atMs && atMs <= toMs,
    );
  if (said.saidAtMs.every(isOfLost)) return;
  const kept = said.held.heads.slice(-1).map((head) => encodeStatement(head, FULL_FORM));
  const about = { station: knownStation(member, hub), subject: log, log, conversation: id } as const;
  await member.alerts.record({ ...about, code: "other-board", state: "open", missing: 0, kept });
}
