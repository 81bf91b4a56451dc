/*
 * What crossed a link to a peer, by class: objects and bytes of frames, counted alike by the side that handed a frame to the link
 * and by the side that it came to (protocol/14-residency.md §3).
 */
import { type Amounts, type CrossingClass, noAmounts } from "@chapar/evidence";
import type { Crossing, CrossingNotes } from "./crossing.ts";

type Running = Record<CrossingClass, { objects: number; bytes: number }>;

function add(to: Running, { of, objects, bytes }: Crossing): void {
  to[of] = { objects: to[of].objects + objects, bytes: to[of].bytes + bytes };
}

/** Both directions of one link. */
export class LinkTally implements CrossingNotes {
  readonly #sent: Running = { ...noAmounts() };
  readonly #received: Running = { ...noAmounts() };

  sent(crossing: Crossing): void {
    add(this.#sent, crossing);
  }

  received(crossing: Crossing): void {
    add(this.#received, crossing);
  }

  /** What this side handed to the link, and what came by it, so far. */
  amounts(): { readonly sent: Amounts; readonly received: Amounts } {
    return { sent: { ...this.#sent }, received: { ...this.#received } };
  }
}
