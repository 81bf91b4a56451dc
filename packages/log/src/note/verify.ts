/*
 * Whose word a note is. Signatures by unknown keys are ignored, as the format demands; every signature by a known key
 * must verify, or the whole note is refused; and at least one must.
 */
import { type Sha256, utf8, type Verifier } from "@chapar/wire/bytes";
import { type Checked, refuse } from "../errors.ts";
import { cosignatureMessage, decodeCosignature } from "./cosignature.ts";
import { NoteAlgorithm, type VerifierKey } from "./key.ts";
import type { Note, NoteSignature } from "./note.ts";

/** The primitives that notes are checked with. Without `mlDsa44`, keys of that type are refused. */
export interface NotePrimitives {
  readonly sha256: Sha256;
  readonly ed25519: Verifier;
  /** ML-DSA-44 (FIPS 204, empty context): key 1312 bytes, signature 2420 */
  readonly mlDsa44?: Verifier;
}

/** A signature that was checked. */
export interface VerifiedSignature {
  readonly key: VerifierKey;
  readonly signature: NoteSignature;
  /** when a cosigner made it, in seconds since 1970; undefined for plain signatures */
  readonly timeSeconds?: bigint;
}

const ED25519_SIGNATURE_BYTES = 64;

async function checkSignature(
  text: string,
  signature: NoteSignature,
  key: VerifierKey,
  primitives: NotePrimitives,
): Promise<Checked<VerifiedSignature>> {
  if (key.algorithm === NoteAlgorithm.ed25519) {
    const isRight =
      signature.signature.byteLength === ED25519_SIGNATURE_BYTES &&
      (await primitives.ed25519(key.publicKey, utf8(text), signature.signature));
    return isRight ? { ok: true, value: { key, signature } } : refuse("log/bad-signature");
  }
  const verify = key.algorithm === NoteAlgorithm.cosignatureEd25519 ? primitives.ed25519 : primitives.mlDsa44;
  if (verify === undefined) return refuse("log/unknown-algorithm");
  const parts = decodeCosignature(signature.signature, key.algorithm);
  if (!parts.ok) return parts;
  const { timeSeconds } = parts.value;
  const message = cosignatureMessage(text, key, timeSeconds);
  if (!message.ok) return message;
  const isRight = await verify(key.publicKey, message.value, parts.value.signature);
  return isRight ? { ok: true, value: { key, signature, timeSeconds } } : refuse("log/bad-signature");
}

function canCheck(key: VerifierKey, primitives: NotePrimitives): boolean {
  if (key.algorithm === NoteAlgorithm.cosignatureMlDsa44) return primitives.mlDsa44 !== undefined;
  return key.algorithm === NoteAlgorithm.ed25519 || key.algorithm === NoteAlgorithm.cosignatureEd25519;
}

/**
 * Checks a note against the keys one knows.
 *
 * @returns the signatures by known keys, all of them right and at least one, each once; `log/unknown-algorithm` a known
 * key cannot be used · `log/bad-signature` · `log/bad-timestamp` · `log/bad-checkpoint` a cosignature of something else
 * · `log/unknown-key` none is by a known key
 * Cost: one signature check for each signature by a known key, at most 64. @see signed-note, Signatures · L-42
 */
export async function verifyNote(
  note: Note,
  keys: readonly VerifierKey[],
  primitives: NotePrimitives,
): Promise<Checked<VerifiedSignature[]>> {
  if (!keys.every((key) => canCheck(key, primitives))) return refuse("log/unknown-algorithm");
  const found = new Map<VerifierKey, VerifiedSignature>();
  for (const signature of note.signatures) {
    const key = keys.find((one) => one.name === signature.name && one.keyId === signature.keyId);
    if (key === undefined) continue;
    const checked = await checkSignature(note.text, signature, key, primitives);
    if (!checked.ok) return checked;
    if (!found.has(key)) found.set(key, checked.value);
  }
  return found.size > 0 ? { ok: true, value: [...found.values()] } : refuse("log/unknown-key");
}
