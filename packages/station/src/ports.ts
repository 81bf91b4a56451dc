/*
 * What a station is given: primitives, time, randomness, a store, and somewhere to count what happens. Nothing in
 * `src/` reaches for any of these by itself, so a whole federation runs in one test.
 */
import type { StationRef } from "@chapar/wire";
import type { Sha256, Signer, Verifier } from "@chapar/wire/bytes";
import type { Clock } from "@chapar/carrier";
import type { Store } from "./store/port.ts";

/** Random bytes fit for nonces and keys. */
export type Rng = (sizeBytes: number) => Uint8Array;

/** What is counted and noted. Nothing here can carry an address, an id, a key or content: codes and numbers only. */
export interface Observer {
  /** adds to a counter; `label` is one of a small fixed set (a request type, an error code) */
  count(metric: Metric, amount: number, label?: string): void;
  /** one line of the operator's log */
  note(event: StationEvent, fields?: { readonly code?: string; readonly count?: number }): void;
}

/** Counters. */
export type Metric =
  | "links_opened"
  | "links_closed"
  | "requests"
  | "refusals"
  | "entries_appended"
  | "entry_bytes_appended"
  | "group_commits"
  | "pushes"
  | "sessions_opened"
  | "sessions_refused"
  | "bursts_opened"
  | "bursts_refused"
  | "shadowsocks"
  | "dns_links_opened"
  | "dns_links_refused"
  | "forwards"
  | "volunteers_asked"
  | "exits"
  | "epochs"
  | "cosignatures"
  | "bodies_dropped"
  | "branch_letters"
  | "falsehoods";

/** Lines of the log. */
export type StationEvent =
  | "station started"
  | "station stopping"
  | "station stopped"
  | "storage failed"
  | "peer link opened"
  | "peer link lost"
  | "peer cut off"
  | "mirror following"
  | "mirror lost its hub"
  | "mirror parted from its hub"
  | "branch over"
  | "witness cosigns"
  | "witness does not cosign"
  | "ledger behind its witness"
  | "challenge unanswered"
  | "witnessed log is false"
  | "egress differs"
  | "unforeseen failure";

/** What every part of a station may use. */
export interface StationPorts {
  readonly sha256: Sha256;
  readonly verify: Verifier;
  /** the station's key */
  readonly signer: Signer;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly store: Store;
  /** bytes free on the store's disk; without it nothing is kept in reserve */
  readonly freeBytes?: () => number;
  readonly observer: Observer;
}

/** How a station calls itself. */
export interface StationIdentity {
  readonly ref: StationRef;
  /** ISO 3166-1 alpha-2 */
  readonly region: string;
  readonly name: string;
}
