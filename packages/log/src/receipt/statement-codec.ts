/*
 * Bytes of receipts and signed heads (L-23). Fields that both ends know anyway are left out on the wire and put back
 * for storage and for proofs; the first byte says which are there:
 *
 *   u8       kind (1 accept, 2 head) | 0x10 station key | 0x20 log id | 0x40 leaf hash (accept only)
 *   32       station key      if 0x10            32   log id   if 0x20            32   leaf hash   if 0x40
 *   varint   time ms
 *   varint   accept: index, then varint size - 1 - index       head: size
 *   32       root
 *   varint   leaf index     varint   leaf count
 *   32 each  path, as many hashes as (leaf index, leaf count) take
 *   64       signature
 *
 * One spelling for each value: varints are shortest form, nothing may follow.
 */
import { ByteReader, equalBytes } from "@chapar/wire/bytes";
import type { LogCode, LogDecoded } from "../errors.ts";
import { inclusionProofLength } from "../proof/inclusion.ts";
import { HASH_BYTES } from "../tree/hash.ts";
import { BATCH_MAX_LEAVES } from "./batch-body.ts";
import { type BatchClaim, ClaimKind } from "./claim.ts";
import { putBytes, putVarint, varintBytes } from "./put.ts";
import type { BatchPlace, Receipt, SignedStatement } from "./statement.ts";

const SIGNATURE_BYTES = 64;
const Has = { stationKey: 0x10, logId: 0x20, leafHash: 0x40 } as const;
const NOTHING = new Uint8Array(0);
const FLAGS = Has.stationKey | Has.logId | Has.leafHash;

/** Which fields to write into the bytes rather than leave to the reader's context. */
export interface StatementForm {
  readonly stationKey?: boolean;
  readonly logId?: boolean;
  /** of a receipt; ignored for heads */
  readonly leafHash?: boolean;
}

/** What the reader knows already: fills fields left out, and must agree with those that are there. */
export interface StatementContext {
  readonly stationKey?: Uint8Array;
  readonly logId?: Uint8Array;
  /** of the entry that a receipt is for */
  readonly leafHash?: Uint8Array;
}

/** Everything written out: stands for itself, for storage and for proofs. */
export const FULL_FORM: StatementForm = { stationKey: true, logId: true, leafHash: true };

/**
 * Bytes of a statement; by default the short form, where the reader knows the station key, the log and the entry.
 *
 * Size of the short form: at most 130 bytes and 32 for each path hash; 192 bytes at most for an entry alone in its commit.
 * @see L-23
 */
export function encodeStatement(statement: SignedStatement, form: StatementForm = {}): Uint8Array<ArrayBuffer> {
  const { batch } = statement;
  const path = new Uint8Array(batch.path.length * HASH_BYTES);
  batch.path.forEach((hash, i) => path.set(hash, i * HASH_BYTES));
  return encodeWithPath(statement, batch, path, form);
}

/** As `encodeStatement`, with the path's hashes in one array already and memory from its caller: what the batch builder calls. */
export function encodeWithPath(
  claim: BatchClaim,
  batch: Omit<BatchPlace, "path">,
  path: Uint8Array,
  form: StatementForm,
  take: (sizeBytes: number) => Uint8Array<ArrayBuffer> = (sizeBytes) => new Uint8Array(sizeBytes),
): Uint8Array<ArrayBuffer> {
  const accept = claim.kind === "accept" ? claim : undefined;
  const key = form.stationKey === true ? batch.stationKey : NOTHING;
  const log = form.logId === true ? claim.logId : NOTHING;
  const leaf = form.leafHash === true && accept !== undefined ? accept.leafHash : NOTHING;
  const place = accept === undefined ? claim.size : accept.index;
  const after = accept === undefined ? undefined : accept.size - 1 - accept.index;

  let sizeBytes =
    1 + key.byteLength + log.byteLength + leaf.byteLength + path.byteLength + HASH_BYTES + SIGNATURE_BYTES;
  sizeBytes += varintBytes(batch.timeMs) + varintBytes(place) + (after === undefined ? 0 : varintBytes(after));
  sizeBytes += varintBytes(batch.leafIndex) + varintBytes(batch.leafCount);
  const bytes = take(sizeBytes);

  bytes[0] =
    ClaimKind[claim.kind] |
    (key.byteLength > 0 ? Has.stationKey : 0) |
    (log.byteLength > 0 ? Has.logId : 0) |
    (leaf.byteLength > 0 ? Has.leafHash : 0);
  let at = putBytes(bytes, 1, key);
  at = putBytes(bytes, at, log);
  at = putBytes(bytes, at, leaf);
  at = putVarint(bytes, at, batch.timeMs);
  at = putVarint(bytes, at, place);
  if (after !== undefined) at = putVarint(bytes, at, after);
  at = putBytes(bytes, at, claim.root);
  at = putVarint(bytes, at, batch.leafIndex);
  at = putVarint(bytes, at, batch.leafCount);
  at = putBytes(bytes, at, path);
  putBytes(bytes, at, batch.signature);
  return bytes;
}

/** Gathers what a statement leaves out from the context; the first thing missing or differing is the refusal. */
class ContextFields {
  refusal: LogCode | undefined;

  take(written: Uint8Array | undefined, known: Uint8Array | undefined, differs: LogCode): Uint8Array {
    if (written !== undefined && known !== undefined && !equalBytes(written, known)) this.refusal ??= differs;
    if (written === undefined && known?.byteLength !== HASH_BYTES) this.refusal ??= "log/missing-context";
    return written ?? known ?? NOTHING;
  }
}

function readBatch(reader: ByteReader, stationKey: Uint8Array, timeMs: number): BatchPlace {
  const leafIndex = reader.varint();
  const start = reader.offset;
  const leafCount = reader.varint();
  if (!reader.failed && (leafCount > BATCH_MAX_LEAVES || leafIndex >= leafCount)) reader.fail("wire/range", start);
  const hashes = reader.failed ? 0 : inclusionProofLength(leafIndex, leafCount);
  const path = Array.from({ length: hashes }, () => reader.bytes(HASH_BYTES));
  return { stationKey, timeMs, leafIndex, leafCount, path, signature: reader.bytes(SIGNATURE_BYTES) };
}

/**
 * Decodes a receipt or signed head; nothing is checked but the form.
 *
 * @param bytes  untrusted; views into them are kept in the value
 * @param context  fills fields left out; must agree with those that are there
 * @returns `log/bad-statement` unknown kind or flag, or index not below size · `log/missing-context` · `log/wrong-station`
 * · `log/wrong-log` · `log/wrong-entry` · a `wire/` code for broken bytes
 * @see L-23
 */
export function decodeStatement(bytes: Uint8Array, context: StatementContext = {}): LogDecoded<SignedStatement> {
  const reader = new ByteReader(bytes);
  const first = reader.u8();
  const kind = first & ~FLAGS;
  const isAccept = kind === ClaimKind.accept;
  const isKnown = isAccept || (kind === ClaimKind.head && (first & Has.leafHash) === 0);
  if (!reader.failed && !isKnown) return { ok: false, code: "log/bad-statement", offset: 0 };

  const fields = new ContextFields();
  const written = (flag: number): Uint8Array | undefined =>
    (first & flag) === 0 ? undefined : reader.bytes(HASH_BYTES);
  const stationKey = fields.take(written(Has.stationKey), context.stationKey, "log/wrong-station");
  const logId = fields.take(written(Has.logId), context.logId, "log/wrong-log");
  const leafHash = isAccept ? fields.take(written(Has.leafHash), context.leafHash, "log/wrong-entry") : NOTHING;
  const timeMs = reader.varint();
  const placeAt = reader.offset;
  const place = reader.varint();
  const size = isAccept ? place + 1 + reader.varint() : place;
  if (!Number.isSafeInteger(size)) reader.fail("wire/range", placeAt);
  const root = reader.bytes(HASH_BYTES);
  const batch = readBatch(reader, stationKey, timeMs);

  const statement: SignedStatement = isAccept
    ? { kind: "accept", logId, index: place, leafHash, size, root, batch }
    : { kind: "head", logId, size, root, batch };
  const decoded = reader.finish(statement);
  return decoded.ok && fields.refusal !== undefined ? { ok: false, code: fields.refusal, offset: 0 } : decoded;
}

/** Whether encoded bytes are a receipt that leaves its leaf hash to the reader. */
export function leavesOutLeafHash(bytes: Uint8Array): boolean {
  const first = bytes[0] ?? 0;
  return (first & ~FLAGS) === ClaimKind.accept && (first & Has.leafHash) === 0;
}

/** Decodes bytes that must be a receipt; a signed head is `log/bad-statement`. Otherwise as `decodeStatement`. */
export function decodeReceipt(bytes: Uint8Array, context: StatementContext = {}): LogDecoded<Receipt> {
  const decoded = decodeStatement(bytes, context);
  if (!decoded.ok) return decoded;
  const { value } = decoded;
  return value.kind === "accept" ? { ok: true, value } : { ok: false, code: "log/bad-statement", offset: 0 };
}
