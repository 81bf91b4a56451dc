/* What links to peers tell of what crosses them. */
import type { CrossingClass } from "@chapar/evidence";
import type { StationKey } from "@chapar/wire";

/** What a peer link tells of each frame that carries data of people. */
export interface Crossing {
  readonly of: CrossingClass;
  readonly objects: number;
  /** of the frame, without its length */
  readonly bytes: number;
}

/** Takes note of what crosses one link. */
export interface CrossingNotes {
  sent(crossing: Crossing): void;
  received(crossing: Crossing): void;
}

/** Somebody on the other side: a station by its key, in a region by its own word. */
export interface Abroad {
  readonly key: StationKey;
  /** ISO 3166-1 alpha-2 */
  readonly region: string;
}
