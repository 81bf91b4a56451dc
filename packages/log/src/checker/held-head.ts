/*
 * What a client keeps of one log: the compact range of the entries it has verified, and the signed heads those entries
 * still have to meet. Usually that is one head, of exactly the range's size; while a long log is fetched in pages, heads
 * larger than the range wait here, so that none of them is forgotten before its root was compared.
 *
 *   encoded: u8 1 || station key 32 || log id 32 || opaque compact range || list of opaque heads (full form), by size
 */
import { ByteReader, ByteWriter, equalBytes } from "@chapar/wire/bytes";
import type { LogDecoded } from "../errors.ts";
import type { SignedStatement, Verified } from "../receipt/statement.ts";
import { decodeStatement, encodeStatement, FULL_FORM } from "../receipt/statement-codec.ts";
import { CompactRange } from "../tree/compact-range.ts";
import { HASH_BYTES, type TreeHasher } from "../tree/hash.ts";

const VERSION = 1;
const MAX_RANGE_BYTES = 8 + 53 * HASH_BYTES;
const MAX_STATEMENT_BYTES = 1024;

/** Most heads that may wait to be met; more are refused until entries catch up. */
export const MAX_WAITING_HEADS = 8;

/** A client's state for one log. A value: steps answer a new one and leave the old as it was. */
export interface HeldHead {
  readonly stationKey: Uint8Array;
  readonly logId: Uint8Array;
  /** entries verified so far; treat as frozen */
  readonly range: CompactRange;
  /** by rising size, none below the range's; the last is the newest head known. Empty before the first head */
  readonly heads: readonly Verified<SignedStatement>[];
}

/**
 * The state of a log of which nothing is held yet.
 *
 * To begin in the middle of a log, put a `range` there that came from somebody who holds the log, not from the station;
 * the first head is then compared with it. Entries before it are not checked.
 */
export function startHeldHead(stationKey: Uint8Array, logId: Uint8Array, hasher: TreeHasher): HeldHead {
  return { stationKey, logId, range: new CompactRange(hasher), heads: [] };
}

/** Bytes to store; at most 1.8 KiB and 1 KiB for each waiting head. @see L-35 */
export function encodeHeldHead(held: HeldHead): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(1024).u8(VERSION).bytes(held.stationKey).bytes(held.logId).opaque(held.range.encode());
  return writer.list(held.heads, (to, head) => to.opaque(encodeStatement(head, FULL_FORM))).finish();
}

/**
 * Brings back what `encodeHeldHead` gave, from the client's own, trusted store: signatures are not checked again.
 *
 * @returns `log/bad-statement` when the parts do not belong together; a `wire/` code for broken bytes
 */
export function decodeHeldHead(bytes: Uint8Array, hasher: TreeHasher): LogDecoded<HeldHead> {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (!reader.failed && version !== VERSION) reader.fail("wire/range", 0);
  const stationKey = reader.bytes(HASH_BYTES).slice();
  const logId = reader.bytes(HASH_BYTES).slice();
  const rangeBytes = reader.opaque(MAX_RANGE_BYTES);
  const parts = reader.list(MAX_WAITING_HEADS, (from) => from.opaque(MAX_STATEMENT_BYTES).slice());
  const framing = reader.finish(undefined);
  if (!framing.ok) return framing;
  const range = CompactRange.decode(rangeBytes, hasher);
  if (!range.ok) return range;
  const heads: Verified<SignedStatement>[] = [];
  let size = range.value.size;
  for (const part of parts) {
    const head = decodeStatement(part);
    if (!head.ok) return head;
    if (!equalBytes(head.value.batch.stationKey, stationKey) || !equalBytes(head.value.logId, logId)) {
      return { ok: false, code: "log/bad-statement", offset: 0 };
    }
    if (head.value.size < size) return { ok: false, code: "log/bad-statement", offset: 0 };
    size = head.value.size;
    // The store is ours and holds only heads that were verified before they were written.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    heads.push(head.value as Verified<SignedStatement>);
  }
  return { ok: true, value: { stationKey, logId, range: range.value, heads } };
}
