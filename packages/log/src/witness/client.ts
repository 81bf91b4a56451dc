/*
 * The log's side of tlog-witness: reading what a witness answered. A 409 is how a client learns where the witness stands;
 * it makes the proof from there and asks again.
 */
import type { Note } from "../note/note.ts";
import type { VerifierKey } from "../note/key.ts";
import { type NotePrimitives, type VerifiedSignature, verifyNote } from "../note/verify.ts";
import type { WitnessAnswer } from "./step.ts";
import { decodeConflictSize, decodeSignatureLines, TLOG_SIZE_TYPE } from "./request.ts";

/** What a witness's answer means to the log that asked. */
export type WitnessOutcome =
  /** cosigned by the witness's known keys, at least one; add the signatures to the checkpoint */
  | { readonly type: "cosigned"; readonly signatures: readonly VerifiedSignature[] }
  /** ask again with a proof from this size */
  | { readonly type: "conflict"; readonly size: number }
  /** ask later */
  | { readonly type: "busy" }
  /** will not be cosigned: the status says why */
  | { readonly type: "refused"; readonly status: number }
  /** the answer breaks the protocol, or its signatures are wrong */
  | { readonly type: "broken" };

async function readCosignatures(
  body: Uint8Array,
  submitted: Note,
  keys: readonly VerifierKey[],
  primitives: NotePrimitives,
): Promise<WitnessOutcome> {
  const signatures = decodeSignatureLines(body);
  if (!signatures.ok) return { type: "broken" };
  const checked = await verifyNote({ text: submitted.text, signatures: signatures.value }, keys, primitives);
  // A cosignature that a witness returns must say when it was made.
  if (!checked.ok || checked.value.some((one) => (one.timeSeconds ?? 0n) === 0n)) return { type: "broken" };
  return { type: "cosigned", signatures: checked.value };
}

/**
 * Reads a witness's answer to an add-checkpoint request.
 *
 * @param submitted  the note that was sent
 * @param keys  the witness's cosigning keys; lines by other keys are ignored
 * @see tlog-witness · L-59
 */
export async function readWitnessAnswer(
  answer: WitnessAnswer,
  submitted: Note,
  keys: readonly VerifierKey[],
  primitives: NotePrimitives,
): Promise<WitnessOutcome> {
  const { status, contentType, body } = answer;
  if (status === 200) return readCosignatures(body, submitted, keys, primitives);
  if (status === 409) {
    const size = contentType === TLOG_SIZE_TYPE ? decodeConflictSize(body) : undefined;
    return size?.ok === true ? { type: "conflict", size: size.value } : { type: "broken" };
  }
  if (status === 429 || status >= 500) return { type: "busy" };
  return status >= 400 ? { type: "refused", status } : { type: "broken" };
}
