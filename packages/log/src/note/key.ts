/*
 * Verifier keys of C2SP signed-note: `<key name>+<hex key id>+<base64(signature type || public key)>`. Name and key id
 * together say which key made a signature, and by which algorithm. The key id is a short hash, not a commitment: a
 * collision costs an attacker nothing and wins nothing, because the verifier was given the whole key.
 */
import { ByteReader, concatBytes, fromBase64, type Sha256, toBase64, utf8 } from "@chapar/wire/bytes";
import { LogError, refuseAt, type TextDecoded } from "../errors.ts";
import { isKeyName } from "./note.ts";

/** Signature type bytes of signed-note that this package knows. */
export const NoteAlgorithm = {
  /** Ed25519 over the note text, by a log */
  ed25519: 0x01,
  /** timestamped Ed25519 cosignature, by a witness */
  cosignatureEd25519: 0x04,
  /** timestamped ML-DSA-44 cosignature */
  cosignatureMlDsa44: 0x06,
} as const;

/** A signature type this package knows. */
export type NoteAlgorithm = (typeof NoteAlgorithm)[keyof typeof NoteAlgorithm];

const PUBLIC_KEY_BYTES: ReadonlyMap<number, number> = new Map([
  [NoteAlgorithm.ed25519, 32],
  [NoteAlgorithm.cosignatureEd25519, 32],
  [NoteAlgorithm.cosignatureMlDsa44, 1312],
]);

/** A public key under which note signatures are checked. */
export interface VerifierKey {
  readonly name: string;
  /** u32 */
  readonly keyId: number;
  /** signature type byte; ones this package does not know are kept and refused where a signature must be checked */
  readonly algorithm: number;
  readonly publicKey: Uint8Array;
}

/** The key id that signed-note recommends, and that the algorithms here require. @see signed-note · L-41 */
export function noteKeyId(name: string, algorithm: number, publicKey: Uint8Array, sha256: Sha256): number {
  const hash = sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(algorithm), publicKey));
  return new ByteReader(hash).u32();
}

/** A verifier key from its parts. @throws LogError `log/bad-argument` for a name or key that cannot be */
export function makeVerifierKey(
  name: string,
  algorithm: NoteAlgorithm,
  publicKey: Uint8Array,
  sha256: Sha256,
): VerifierKey {
  if (!isKeyName(name) || publicKey.byteLength !== PUBLIC_KEY_BYTES.get(algorithm)) {
    throw new LogError("log/bad-argument", "not a verifier key");
  }
  return { name, keyId: noteKeyId(name, algorithm, publicKey, sha256), algorithm, publicKey };
}

/** The text form of a verifier key. */
export function formatVerifierKey(key: VerifierKey): string {
  const id = key.keyId.toString(16).padStart(8, "0");
  return `${key.name}+${id}+${toBase64(concatBytes(Uint8Array.of(key.algorithm), key.publicKey))}`;
}

/**
 * Parses a verifier key.
 *
 * @returns `log/bad-key` for anything but the one spelling, a wrong key size, or a key id that is not the key's
 * @see signed-note, Verifier keys · L-41
 */
export function parseVerifierKey(text: string, sha256: Sha256): TextDecoded<VerifierKey> {
  const parts = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/u.exec(text);
  const [, name, id, base64] = parts ?? [];
  if (name === undefined || id === undefined || base64 === undefined || !isKeyName(name))
    return refuseAt("log/bad-key", 0);
  const bytes = fromBase64(base64);
  const [algorithm] = bytes ?? [];
  if (bytes === undefined || algorithm === undefined) return refuseAt("log/bad-key", name.length + 10);
  const publicKey = bytes.subarray(1);
  const keyId = Number.parseInt(id, 16);
  const sizeBytes = PUBLIC_KEY_BYTES.get(algorithm);
  if (sizeBytes !== undefined) {
    if (publicKey.byteLength !== sizeBytes) return refuseAt("log/bad-key", name.length + 10);
    if (noteKeyId(name, algorithm, publicKey, sha256) !== keyId) return refuseAt("log/bad-key", name.length + 1);
  }
  return { ok: true, value: { name, keyId, algorithm, publicKey } };
}
