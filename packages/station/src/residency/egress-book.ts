/*
 * The book of what crossed every link to a peer since the station began, a line a link (protocol/14-residency.md §3).
 */
import type { Abroad } from "./crossing.ts";
import { LinkTally } from "./tallies.ts";

/** One link and what crossed it. */
export interface BookLine {
  readonly peer: Abroad;
  /** 32 bytes, what the link's acceptor said: both sides know the link by it */
  readonly link: Uint8Array;
  readonly tally: LinkTally;
}

/** Every line. */
export class EgressBook {
  readonly #lines: BookLine[] = [];

  /** Begins a line. */
  open(peer: Abroad, link: Uint8Array): LinkTally {
    const tally = new LinkTally();
    this.#lines.push({ peer, link: link.slice(), tally });
    return tally;
  }

  get lines(): readonly BookLine[] {
    return this.#lines;
  }
}
