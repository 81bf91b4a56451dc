/* How a relay is doing, as its page, its metrics and its lines of state say it. Sums only. */
import type { MeterState, RelayRefusal } from "@chapar/carrier";

/** What a relay is doing: `forwarding`, `resting` (hours or gigabytes), `expired` (its list), `empty` (no station yet). */
export type RelayMood = "forwarding" | "resting" | "expired" | "empty";

/** A relay at one instant. */
export interface RelayState {
  readonly mood: RelayMood;
  readonly streams: number;
  /** links that have not asked yet */
  readonly pending: number;
  readonly counts: MeterState;
  readonly refusals: Readonly<Record<RelayRefusal, number>>;
  readonly stations: number;
  /** relays that may be the second hop */
  readonly relays: number;
  readonly listExpiresAtMs: number | undefined;
  readonly bytesPerMonth: number | undefined;
  readonly bytesPerSecond: number | undefined;
  readonly hours: readonly [from: number, until: number] | undefined;
  /** what to give to people, a line for each station */
  readonly routes: readonly string[];
  readonly memoryBytes: number;
}
