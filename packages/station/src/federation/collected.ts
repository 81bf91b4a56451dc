/*
 * What a mirror has received and cannot store yet: entries whose head is beyond them, because bodies after them are gone at
 * the hub, and leaf hashes in the place of those bodies (E-18). It becomes one chunk as soon as a head is about exactly that.
 */
import { decodeSignedHead } from "@chapar/log";
import type { LogId, StationKey } from "@chapar/wire";
import type { Write } from "../store/port.ts";

/** Places that are collected for one chunk at most: a log with a longer hole is not mirrored. */
const MAX_COLLECTED = 1_048_576;
const NO_HEAD = new Uint8Array(0);

/** One place of a log: an entry, or the leaf hash of a body that is not there. */
export type Place = { readonly entry: Uint8Array } | { readonly leafHash: Uint8Array };

/** The size that a head is about; undefined for what is no head of this log. Its signature is not checked. */
export function headSizeOf(head: Uint8Array, stationKey: StationKey, logId: LogId): number | undefined {
  const decoded = decodeSignedHead(head, { stationKey, logId });
  return decoded.ok ? decoded.value.size : undefined;
}

/** What must be stored beside a chunk that begins at `first`: its bodies that never were here. */
export function goneWrites(log: LogId, first: number, places: readonly Place[]): Write[] {
  const writes: Write[] = [];
  for (let at = 0; at < places.length; at++) {
    const begun = at;
    while (at < places.length && isGone(places[at])) at++;
    if (at === begun) continue;
    const hole = { first: first + begun, count: at - begun, status: "absent", tombstone: undefined } as const;
    writes.push({ kind: "hole", log, hole });
  }
  return writes;
}

function isGone(place: Place | undefined): boolean {
  return place !== undefined && "leafHash" in place;
}

/** Places in order, and the newest head that came with them. */
export class Collected {
  #places: Place[] = [];
  #head: Uint8Array = NO_HEAD;
  #headSize = 0;

  get places(): readonly Place[] {
    return this.#places;
  }

  get head(): Uint8Array {
    return this.#head;
  }

  /** Adds places; false when they are too many. */
  add(places: readonly Place[]): boolean {
    if (this.#places.length + places.length > MAX_COLLECTED) return false;
    for (const place of places) this.#places.push(place);
    return true;
  }

  setHead(head: Uint8Array, headSize: number): void {
    this.#head = head;
    this.#headSize = headSize;
  }

  /** Whether the head is about exactly what was collected from `first` on. */
  isWhole(first: number): boolean {
    return this.#places.length > 0 && first + this.#places.length === this.#headSize;
  }

  clear(): void {
    this.#places = [];
    this.setHead(NO_HEAD, 0);
  }
}
