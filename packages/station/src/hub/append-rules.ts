/*
 * Whether an entry may become the next of a log: W-12, W-30, W-31, W-34. Pure, and run twice: what cannot change is
 * checked when the request arrives, what depends on the log's tip when its turn has come.
 */
import { peekEntry, type EntryHeader, type WireErrorCode } from "@chapar/wire";
import type { LogRecord } from "../store/port.ts";

/** A refusal as a value: refusing an append must cost less than accepting one. */
export interface Refusal {
  readonly ok: false;
  readonly code: WireErrorCode;
  readonly detail: number | undefined;
}

/** Builds a refusal. */
export function refusal(code: WireErrorCode, detail?: number): Refusal {
  return { ok: false, code, detail };
}

/** Reads an entry's header; anything that is not an entry, or a message of no bucket's size, is `station/bad-entry` (W-34). */
export function readHeader(entry: Uint8Array): { readonly ok: true; readonly header: EntryHeader } | Refusal {
  const decoded = peekEntry(entry);
  return decoded.ok ? { ok: true, header: decoded.value } : refusal("station/bad-entry");
}

/** The write capability that a link has shown: an epoch's key, or, in a room that has gone on from it, that of epoch 0 (F-71). */
export type Writer = number | "founder" | undefined;

/** Why an entry may not follow the tip, or undefined when it may. */
export function tipRefusal(record: LogRecord, size: number, header: EntryHeader, writer: Writer): Refusal | undefined {
  if (size === 0) return header.kind === "genesis" ? undefined : refusal("station/bad-entry");
  if (record.kind === "inbox") return header.kind === "knock" ? undefined : refusal("station/bad-entry");
  // Only letters need no order: what changes a group waits for the hub (J-3).
  const isTaken = header.kind === "message" || (header.kind === "commit" && record.kind === "room");
  if (!isTaken) return refusal("station/bad-entry");
  if (writer === "founder" && leadsBack(record, header)) return undefined;
  // A room that is continued from another station's log begins in the epoch in which that one ended (M-5).
  const isContinued = size === 1 && header.kind === "commit" && header.epoch >= record.epoch;
  if (header.epoch !== record.epoch && !isContinued) {
    const isLate = header.kind === "commit" && header.epoch < record.epoch;
    return refusal(isLate ? "station/lost-race" : "station/stale-epoch", record.epoch);
  }
  return writer === record.epoch ? undefined : refusal("station/not-allowed");
}

/** A commit that leads back carries a leaf hash in the place of MLS (F-72). */
const LEADING_BACK_BYTES = 32;

/** Whether an entry is a commit that begins an epoch of before again: what its founder may (F-71). */
export function leadsBack(record: LogRecord, header: EntryHeader): boolean {
  return header.kind === "commit" && header.epoch < record.epoch && header.frameBytes === LEADING_BACK_BYTES;
}

/** What a log is after an entry: a commit begins the next epoch (W-31), or one of before (F-71). */
export function recordAfter(record: LogRecord, header: EntryHeader): LogRecord {
  if (header.kind !== "commit") return record;
  return { ...record, epoch: header.epoch + 1, writeKey: header.nextWriteKey.slice() };
}
