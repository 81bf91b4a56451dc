/*
 * C2SP tlog-cosignature: a witness's timestamped word that a checkpoint extends all it saw of the log.
 *
 *   signature bytes, both types     timestamp u64 || signature (Ed25519 64, ML-DSA-44 2420)
 *
 *   Ed25519 (0x04) signs            "cosignature/v1\n" "time " decimal "\n" <whole checkpoint text>
 *
 *   ML-DSA-44 (0x06) signs          "subtree/v1\n\0" || opaque cosigner name<1..255> || timestamp u64 ||
 *                                   opaque log origin<1..255> || start u64 (0) || end u64 (size) || root 32
 */
import { ByteReader, ByteWriter, type Signer, utf8 } from "@chapar/wire/bytes";
import { decodeCheckpointText } from "../checkpoint/text.ts";
import { type Checked, LogError, refuse } from "../errors.ts";
import { NoteAlgorithm, type VerifierKey } from "./key.ts";
import type { NoteSignature } from "./note.ts";

const SIGNATURE_BYTES: ReadonlyMap<number, number> = new Map([
  [NoteAlgorithm.cosignatureEd25519, 64],
  [NoteAlgorithm.cosignatureMlDsa44, 2420],
]);
const MAX_TIME_SECONDS = 2n ** 63n - 1n;
const MAX_NAME_BYTES = 255;

/** A cosignature's parts. */
export interface Cosignature {
  readonly timeSeconds: bigint;
  readonly signature: Uint8Array;
}

/** Splits a cosignature's bytes; `log/bad-signature` for a wrong size, `log/bad-timestamp` above 2^63 - 1. */
export function decodeCosignature(bytes: Uint8Array, algorithm: number): Checked<Cosignature> {
  const reader = new ByteReader(bytes);
  const timeSeconds = reader.u64();
  const decoded = reader.finish({ timeSeconds, signature: reader.bytes(SIGNATURE_BYTES.get(algorithm) ?? 0) });
  if (!decoded.ok) return refuse("log/bad-signature");
  return timeSeconds > MAX_TIME_SECONDS ? refuse("log/bad-timestamp") : decoded;
}

/**
 * The bytes a cosigner signs for a checkpoint's text.
 *
 * @returns `log/bad-checkpoint` when the text is not a checkpoint, or the ML-DSA-44 form cannot hold its names
 * @see tlog-cosignature · L-45
 */
export function cosignatureMessage(
  text: string,
  key: Pick<VerifierKey, "name" | "algorithm">,
  timeSeconds: bigint,
): Checked<Uint8Array> {
  const checkpoint = decodeCheckpointText(text);
  if (!checkpoint.ok) return refuse("log/bad-checkpoint");
  if (key.algorithm === NoteAlgorithm.cosignatureEd25519) {
    return { ok: true, value: utf8(`cosignature/v1\ntime ${timeSeconds}\n${text}`) };
  }
  const { origin, size, root } = checkpoint.value;
  const name = utf8(key.name);
  const log = utf8(origin);
  if (name.byteLength > MAX_NAME_BYTES || log.byteLength > MAX_NAME_BYTES) return refuse("log/bad-checkpoint");
  const writer = new ByteWriter(640).bytes(utf8("subtree/v1\n\0"));
  writer.u8(name.byteLength).bytes(name).u64(timeSeconds).u8(log.byteLength).bytes(log);
  return { ok: true, value: writer.u64(0n).index(size).bytes(root).finish() };
}

/** A key that cosigns: its public half as verifiers know it, and the signer that holds the other. */
export interface Cosigner {
  readonly key: VerifierKey;
  readonly signer: Signer;
}

/**
 * Cosigns a checkpoint's text.
 *
 * @param timeSeconds  since 1970, above 0
 * @throws LogError `log/bad-argument` for a key that does not cosign, a time that is not above 0, or other text
 * @see tlog-cosignature · L-45
 */
export async function cosign(text: string, cosigner: Cosigner, timeSeconds: bigint): Promise<NoteSignature> {
  const { key, signer } = cosigner;
  const sizeBytes = SIGNATURE_BYTES.get(key.algorithm);
  const message = cosignatureMessage(text, key, timeSeconds);
  if (sizeBytes === undefined || !message.ok || timeSeconds <= 0n || timeSeconds > MAX_TIME_SECONDS) {
    throw new LogError("log/bad-argument", "cannot cosign this");
  }
  const signature = await signer.sign(message.value);
  if (signature.byteLength !== sizeBytes) throw new LogError("log/bad-argument", "the signer is of another algorithm");
  const bytes = new ByteWriter(8 + sizeBytes).u64(timeSeconds).bytes(signature).finish();
  return { name: key.name, keyId: key.keyId, signature: bytes };
}
