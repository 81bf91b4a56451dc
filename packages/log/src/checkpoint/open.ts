/* Signed checkpoints: the text of tlog-checkpoint inside a signed note, and whose signatures it carries. */
import type { Checked, TextDecoded } from "../errors.ts";
import type { VerifierKey } from "../note/key.ts";
import { decodeNote, encodeNote, type Note, type NoteSignature } from "../note/note.ts";
import { type NotePrimitives, type VerifiedSignature, verifyNote } from "../note/verify.ts";
import { type Checkpoint, decodeCheckpointText, encodeCheckpointText } from "./text.ts";

/** A checkpoint with the note it came in. */
export interface CheckpointNote {
  readonly checkpoint: Checkpoint;
  readonly note: Note;
}

/** A checkpoint whose signatures by known keys were checked, at least one. */
export interface OpenedCheckpoint extends CheckpointNote {
  readonly signatures: readonly VerifiedSignature[];
}

/** Bytes of a signed checkpoint. @throws LogError `log/bad-argument` */
export function encodeCheckpoint(
  checkpoint: Checkpoint,
  signatures: readonly NoteSignature[],
): Uint8Array<ArrayBuffer> {
  return encodeNote({ text: encodeCheckpointText(checkpoint), signatures });
}

/** Decodes a signed checkpoint; signatures are not checked. @returns `log/bad-note` · `log/bad-checkpoint` · `log/out-of-range` */
export function decodeCheckpoint(bytes: Uint8Array): TextDecoded<CheckpointNote> {
  const note = decodeNote(bytes);
  if (!note.ok) return note;
  const checkpoint = decodeCheckpointText(note.value.text);
  return checkpoint.ok ? { ok: true, value: { checkpoint: checkpoint.value, note: note.value } } : checkpoint;
}

/**
 * Decodes a signed checkpoint and checks every signature by a known key.
 *
 * @returns as `decodeCheckpoint` and `verifyNote`
 * @see tlog-checkpoint · L-43
 */
export async function openCheckpoint(
  bytes: Uint8Array,
  keys: readonly VerifierKey[],
  primitives: NotePrimitives,
): Promise<Checked<OpenedCheckpoint>> {
  const decoded = decodeCheckpoint(bytes);
  if (!decoded.ok) return decoded;
  const signatures = await verifyNote(decoded.value.note, keys, primitives);
  return signatures.ok ? { ok: true, value: { ...decoded.value, signatures: signatures.value } } : signatures;
}
