/*
 * What a witness decides about a request, as pure functions: which refusal the table of tlog-witness gives, in its order.
 *
 *   400   malformed · old size above the checkpoint's          404   unknown origin
 *   403   no signature by a trusted key, or a wrong one        409   old size is not the latest cosigned
 *   422   empty tree with another root · proof where none may be · proof does not verify · same size, other root
 */
import { equalBytes } from "@chapar/wire/bytes";
import type { LogCode } from "../errors.ts";
import type { VerifierKey } from "../note/key.ts";
import { type NotePrimitives, type VerifiedSignature, verifyNote } from "../note/verify.ts";
import { verifyConsistency } from "../proof/consistency.ts";
import type { TreeHasher } from "../tree/hash.ts";
import { type AddCheckpoint, decodeAddCheckpoint } from "./request.ts";

/** HTTP status a witness answers for each refusal. @see tlog-witness · L-56 */
export const WITNESS_STATUS: Readonly<Record<WitnessRefusal, number>> = {
  "log/bad-request": 400,
  "log/bad-signature": 403,
  "log/unknown-origin": 404,
  "log/conflict": 409,
  "log/inconsistent": 422,
  "log/busy": 503,
};

/** Refusals a witness gives. */
export type WitnessRefusal = Extract<
  LogCode,
  "log/bad-request" | "log/bad-signature" | "log/unknown-origin" | "log/conflict" | "log/inconsistent" | "log/busy"
>;

/** The head of a log that a witness cosigned last. */
export interface CosignedHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** A request whose form, origin and log signature are right: all that can be judged without the witness's record. */
export interface OpenedRequest {
  readonly request: AddCheckpoint;
  /** signatures by the log's trusted keys */
  readonly signatures: readonly VerifiedSignature[];
}

/** Outcome of opening a request. */
export type OpenOutcome =
  | { readonly ok: true; readonly value: OpenedRequest }
  | { readonly ok: false; readonly code: WitnessRefusal };

/**
 * Opens a request: 400, 404 and 403 of the table.
 *
 * @param logs  trusted keys of each log by its origin
 * Cost: bounded by the note's limits; signatures are checked only for a known origin. @see L-56
 */
export async function openAddCheckpoint(
  body: Uint8Array,
  logs: ReadonlyMap<string, readonly VerifierKey[]>,
  primitives: NotePrimitives,
): Promise<OpenOutcome> {
  const request = decodeAddCheckpoint(body);
  if (!request.ok) return { ok: false, code: "log/bad-request" };
  const keys = logs.get(request.value.checkpoint.origin);
  if (keys === undefined) return { ok: false, code: "log/unknown-origin" };
  const signatures = await verifyNote(request.value.note, keys, primitives);
  if (!signatures.ok) return { ok: false, code: "log/bad-signature" };
  return { ok: true, value: { request: request.value, signatures: signatures.value } };
}

/**
 * Judges an opened request against the record: 400, 409 and 422 of the table, in its order.
 *
 * @param latest  undefined when nothing of this log was cosigned yet
 * @returns undefined when the checkpoint may be cosigned
 * @see tlog-witness, add-checkpoint · L-56
 */
export function judgeAddCheckpoint(
  request: AddCheckpoint,
  latest: CosignedHead | undefined,
  hasher: TreeHasher,
): WitnessRefusal | undefined {
  const { checkpoint, oldSize, proof } = request;
  if (oldSize > checkpoint.size) return "log/bad-request";
  if (oldSize !== (latest?.size ?? 0)) return "log/conflict";
  if (checkpoint.size === 0 && !equalBytes(checkpoint.root, hasher.empty())) return "log/inconsistent";
  if (oldSize === 0 || latest === undefined) return proof.length === 0 ? undefined : "log/inconsistent";
  const claim = { size1: oldSize, size2: checkpoint.size, root1: latest.root, proof };
  return verifyConsistency(claim, checkpoint.root, hasher) ? undefined : "log/inconsistent";
}
