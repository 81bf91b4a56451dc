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

/** Why an entry may not follow the tip, or undefined when it may. `writeEpoch` is the capability its link has shown. */
export function tipRefusal(
  record: LogRecord,
  size: number,
  header: EntryHeader,
  writeEpoch: number | undefined,
): Refusal | undefined {
  if (size === 0) return header.kind === "genesis" ? undefined : refusal("station/bad-entry");
  if (record.kind === "inbox") return header.kind === "knock" ? undefined : refusal("station/bad-entry");
  if (header.kind !== "message" && header.kind !== "commit") return refusal("station/bad-entry");
  // A room that is continued from another station's log begins in the epoch in which that one ended (M-5).
  const isContinued = size === 1 && header.kind === "commit" && header.epoch >= record.epoch;
  if (header.epoch !== record.epoch && !isContinued) {
    const isLate = header.kind === "commit" && header.epoch < record.epoch;
    return refusal(isLate ? "station/lost-race" : "station/stale-epoch", record.epoch);
  }
  return writeEpoch === record.epoch ? undefined : refusal("station/not-allowed");
}

/** What a log is after an entry: a commit begins the next epoch (W-31). */
export function recordAfter(record: LogRecord, header: EntryHeader): LogRecord {
  if (header.kind !== "commit") return record;
  return { ...record, epoch: header.epoch + 1, writeKey: header.nextWriteKey.slice() };
}
