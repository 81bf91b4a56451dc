/* Signing a note's text as a log does: plain Ed25519, signed-note type 0x01. */
import { type Signer, utf8 } from "@chapar/wire/bytes";
import { LogError } from "../errors.ts";
import { NoteAlgorithm, type VerifierKey } from "./key.ts";
import type { NoteSignature } from "./note.ts";

/**
 * Signs a note's text.
 *
 * @param text  ends in a newline
 * @throws LogError `log/bad-argument` for a key of another type or text no note can hold
 * @see signed-note, Ed25519 signatures · L-40
 */
export async function signNote(text: string, key: VerifierKey, signer: Signer): Promise<NoteSignature> {
  if (key.algorithm !== NoteAlgorithm.ed25519 || !text.endsWith("\n")) {
    throw new LogError("log/bad-argument", "cannot sign this as a note");
  }
  return { name: key.name, keyId: key.keyId, signature: await signer.sign(utf8(text)) };
}
