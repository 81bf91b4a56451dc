/*
 * Why a manifest is false, as bytes (§4, shape 6): reason u8, opaque other.
 *
 *   1 pruned-early    other is the reader word
 *   2 expired-early   other is a statement
 *   3 other-leaf      opaque statement, bridge optional
 *   4 no-tombstone    leaf claim
 */
import { MAX_STATEMENT_BYTES } from "@chapar/wire";
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import { readLeafClaim, writeLeafClaim } from "../claims/codec.ts";
import type { ManifestFault } from "../types.ts";
import { readBridge, writeBridge } from "./bridge-codec.ts";

const MAX_OTHER_BYTES = 4096;
const REASONS: readonly ManifestFault["reason"][] = ["pruned-early", "expired-early", "other-leaf", "no-tombstone"];

function otherBytes(fault: ManifestFault): Uint8Array {
  const writer = new ByteWriter(1024);
  switch (fault.reason) {
    case "pruned-early":
      return fault.word;
    case "expired-early":
      return fault.statement;
    case "other-leaf":
      writeBridge(writer.opaque(fault.statement), fault.inclusion);
      return writer.finish();
    case "no-tombstone":
      writeLeafClaim(writer, fault.leaf);
      return writer.finish();
    default:
      return fault satisfies never;
  }
}

/** Writes why a manifest is false. */
export function writeFault(writer: ByteWriter, fault: ManifestFault): void {
  writer.u8(REASONS.indexOf(fault.reason) + 1).opaque(otherBytes(fault));
}

function readOther(reader: ByteReader, reason: ManifestFault["reason"]): ManifestFault {
  switch (reason) {
    case "pruned-early":
      return { reason, word: reader.rest() };
    case "expired-early":
      return { reason, statement: reader.rest() };
    case "other-leaf":
      return { reason, statement: reader.opaque(MAX_STATEMENT_BYTES), inclusion: readBridge(reader) };
    case "no-tombstone":
      return { reason, leaf: readLeafClaim(reader) };
    default:
      return reason satisfies never;
  }
}

/** Reads why a manifest is false. */
export function readFault(reader: ByteReader): ManifestFault {
  const at = reader.offset;
  const reason = REASONS[reader.u8() - 1];
  if (reason === undefined) reader.fail("wire/range", at);
  const otherAt = reader.offset;
  const other = new ByteReader(reader.opaque(MAX_OTHER_BYTES));
  const decoded = other.finish(readOther(other, reason ?? "pruned-early"));
  if (decoded.ok) return decoded.value;
  reader.fail("wire/range", otherAt);
  return { reason: "pruned-early", word: new Uint8Array(0) };
}
