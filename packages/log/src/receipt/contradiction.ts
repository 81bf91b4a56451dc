/*
 * Proof that a station said two things that cannot both be true, in a form that anyone checks offline with nothing but
 * the station's key. Five shapes (L-27), each over two signed statements a and b of one log:
 *
 *   1 same-size     equal sizes, different roots
 *   2 same-index    two receipts, equal index, different leaf hash
 *   3 rolled-back   b is signed at a later time and is smaller
 *   4 prefix        a.size < b.size, and b's tree has another root at a.size: a consistency proof from that other root
 *   5 entry         a is a receipt, and b's tree has another leaf at a.index: an inclusion proof of that other leaf
 *
 * A consistency or inclusion proof binds its hashes to b's signed root, so only the station's own tree can accuse it.
 *
 *   encoded: u8 1 || u8 shape || opaque a || opaque b || shapes 4, 5: 32 other hash || varint count || 32 each proof
 *   a and b in full form; at most 4096 bytes in all
 */
import { ByteReader, ByteWriter, equalBytes } from "@chapar/wire/bytes";
import { type Checked, type LogDecoded, refuse } from "../errors.ts";
import { verifyConsistency } from "../proof/consistency.ts";
import { verifyInclusion } from "../proof/inclusion.ts";
import { HASH_BYTES, type TreeHasher } from "../tree/hash.ts";
import type { SignedStatement } from "./statement.ts";
import { decodeStatement, encodeStatement, FULL_FORM } from "./statement-codec.ts";
import { verifyStatement, type VerifyPorts } from "./verify.ts";

const VERSION = 1;
const SHAPES = ["same-size", "same-index", "rolled-back", "prefix", "entry"] as const;
const MAX_STATEMENT_BYTES = 1024;
const MAX_PROOF_HASHES = 64;

/** Most bytes an encoded contradiction may have. */
export const CONTRADICTION_MAX_BYTES = 4096;

/** How two statements contradict each other. */
export type ContradictionShape = (typeof SHAPES)[number];

/** Two signed statements of one station on one log that cannot both be true. */
export interface Contradiction {
  readonly shape: ContradictionShape;
  readonly a: SignedStatement;
  readonly b: SignedStatement;
  /** For `prefix` and `entry`: the hash that b's tree really has where a says another, and the proof of it. */
  readonly bridge?: TreeBridge;
}

/** A hash of b's tree (a root for `prefix`, a leaf hash for `entry`) and its proof under b's root. */
export interface TreeBridge {
  readonly other: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

function isOfOneLog(a: SignedStatement, b: SignedStatement): boolean {
  return equalBytes(a.logId, b.logId) && equalBytes(a.batch.stationKey, b.batch.stationKey);
}

/**
 * The contradiction between two statements by themselves, in whichever order makes one.
 *
 * Does not check signatures: pass verified statements, or check the result with `verifyContradiction`.
 * @returns undefined when both can be true
 * @see L-27
 */
export function contradiction(a: SignedStatement, b: SignedStatement): Contradiction | undefined {
  if (!isOfOneLog(a, b)) return undefined;
  if (a.size === b.size && !equalBytes(a.root, b.root)) return { shape: "same-size", a, b };
  if (a.kind === "accept" && b.kind === "accept" && a.index === b.index && !equalBytes(a.leafHash, b.leafHash)) {
    return { shape: "same-index", a, b };
  }
  if (a.batch.timeMs < b.batch.timeMs && a.size > b.size) return { shape: "rolled-back", a, b };
  if (b.batch.timeMs < a.batch.timeMs && b.size > a.size) return { shape: "rolled-back", a: b, b: a };
  return undefined;
}

/** As `contradiction`, with a proof under b's root that b's tree is not the one a speaks of. @see L-27 */
export function contradictionByProof(
  a: SignedStatement,
  b: SignedStatement,
  bridge: TreeBridge,
  hasher: TreeHasher,
): Contradiction | undefined {
  if (!isOfOneLog(a, b)) return undefined;
  const { other, proof } = bridge;
  if (a.size < b.size && !equalBytes(other, a.root)) {
    const claim = { size1: a.size, size2: b.size, root1: other, proof };
    if (verifyConsistency(claim, b.root, hasher)) return { shape: "prefix", a, b, bridge };
  }
  if (a.kind === "accept" && !equalBytes(other, a.leafHash)) {
    const claim = { index: a.index, size: b.size, leafHash: other, proof };
    if (verifyInclusion(claim, b.root, hasher)) return { shape: "entry", a, b, bridge };
  }
  return undefined;
}

/** Bytes of a contradiction, at most 4096: everything a third party needs but the station's key. */
export function encodeContradiction(proof: Contradiction): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(CONTRADICTION_MAX_BYTES).u8(VERSION).u8(SHAPES.indexOf(proof.shape) + 1);
  writer.opaque(encodeStatement(proof.a, FULL_FORM)).opaque(encodeStatement(proof.b, FULL_FORM));
  if (proof.bridge !== undefined) {
    writer.bytes(proof.bridge.other).list(proof.bridge.proof, (to, hash) => to.bytes(hash));
  }
  return writer.finish();
}

/** Decodes a contradiction; nothing is checked but the form. */
export function decodeContradiction(bytes: Uint8Array): LogDecoded<Contradiction> {
  const reader = new ByteReader(bytes);
  if (bytes.byteLength > CONTRADICTION_MAX_BYTES) return { ok: false, code: "wire/too-long", offset: 0 };
  const version = reader.u8();
  const shape = SHAPES[reader.u8() - 1];
  if (!reader.failed && (version !== VERSION || shape === undefined)) reader.fail("wire/range", 0);
  const aAt = reader.offset;
  const a = decodeStatement(reader.opaque(MAX_STATEMENT_BYTES));
  const bAt = reader.offset;
  const b = decodeStatement(reader.opaque(MAX_STATEMENT_BYTES));
  const hasBridge = shape === "prefix" || shape === "entry";
  const bridge = hasBridge
    ? { other: reader.bytes(HASH_BYTES), proof: reader.list(MAX_PROOF_HASHES, (from) => from.bytes(HASH_BYTES)) }
    : undefined;
  const framing = reader.finish(undefined);
  if (!framing.ok) return framing;
  if (!a.ok) return { ok: false, code: a.code, offset: aAt };
  if (!b.ok) return { ok: false, code: b.code, offset: bAt };
  if (shape === undefined) return { ok: false, code: "wire/range", offset: 1 };
  const value = { shape, a: a.value, b: b.value };
  return { ok: true, value: bridge === undefined ? value : { ...value, bridge } };
}

/**
 * Checks a contradiction offline: both signatures, and that the statements exclude each other.
 *
 * @param stationKey  the accused station's key
 * @returns the shape that was proved; `log/no-contradiction`, or why a statement was refused
 * @see L-27
 */
export async function verifyContradiction(
  proof: Contradiction,
  stationKey: Uint8Array,
  ports: VerifyPorts,
): Promise<Checked<ContradictionShape>> {
  const a = await verifyStatement(proof.a, stationKey, ports);
  if (!a.ok) return a;
  const b = await verifyStatement(proof.b, stationKey, ports);
  if (!b.ok) return b;
  const found =
    proof.bridge === undefined
      ? contradiction(proof.a, proof.b)
      : contradictionByProof(proof.a, proof.b, proof.bridge, ports.hasher);
  if (found === undefined || found.shape !== proof.shape || found.a !== proof.a) return refuse("log/no-contradiction");
  return { ok: true, value: found.shape };
}
