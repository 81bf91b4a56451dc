/*
 * A tlog-proof without what its reader knows: the origin and the key names come from the reader's policy, the root from the
 * entry and its path. 0.5 KiB where the text takes 1.3; the text comes back from it byte for byte, so what is kept or shown
 * to others is C2SP's.
 *
 *   varint   index
 *   varint   size - 1 - index
 *   32 each  path: as many hashes as RFC 9162 §2.1.3 gives for (index, size)
 *   varint   signatures, 1 to 64, in the order of the note
 *   each     key id u32, opaque<2428> signature
 */
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import { encodeCheckpointText } from "../checkpoint/text.ts";
import { type LogDecoded, LogError, refuseAt } from "../errors.ts";
import type { VerifierKey } from "../note/key.ts";
import { NOTE_MAX_SIGNATURES, type NoteSignature } from "../note/note.ts";
import { inclusionProofLength, rootFromInclusion } from "../proof/inclusion.ts";
import { HASH_BYTES, type TreeHasher } from "../tree/hash.ts";
import type { TlogProof } from "./tlog-proof.ts";

/** A timestamp and an ML-DSA-44 signature: the longest that is known. */
const MAX_SIGNATURE_BYTES = 8 + 2420;

/** What a reader of a compact proof knows already. */
export interface CompactProofContext {
  readonly origin: string;
  /** RFC 6962 hash of the entry */
  readonly leafHash: Uint8Array;
  /** keys of the log and of its witnesses; signatures by others are dropped */
  readonly keys: readonly VerifierKey[];
}

/** Bytes of a proof in short. @throws LogError `log/bad-argument` for extension lines, extra data or a path of another length */
export function encodeCompactProof(proof: TlogProof): Uint8Array<ArrayBuffer> {
  const { index, inclusion, checkpoint, note, extra } = proof;
  const isPlain = checkpoint.extensions === undefined && extra === undefined && index < checkpoint.size;
  if (!isPlain || inclusion.length !== inclusionProofLength(index, checkpoint.size))
    throw new LogError("log/bad-argument", "a proof that has no compact form");
  const writer = new ByteWriter(1024).varint(index).varint(checkpoint.size - 1 - index);
  for (const hash of inclusion) writer.bytes(hash);
  writer.list(note.signatures, (out, one) => out.u32(one.keyId).opaque(one.signature));
  return writer.finish();
}

/**
 * Brings back the whole proof; verify it with `verifyTlogProof`.
 *
 * @param bytes  untrusted
 * @returns `log/out-of-range` · `log/unknown-key` no signature by a key of the context; a `wire/` code for other bytes
 * @see tlog-proof · S-15
 */
export function decodeCompactProof(
  bytes: Uint8Array,
  context: CompactProofContext,
  hasher: TreeHasher,
): LogDecoded<TlogProof> {
  const reader = new ByteReader(bytes);
  const index = reader.varint();
  const size = index + reader.varint() + 1;
  if (!reader.failed && !Number.isSafeInteger(size)) return refuseAt("log/out-of-range", reader.offset);
  const count = reader.failed ? 0 : inclusionProofLength(index, size);
  const inclusion: Uint8Array[] = [];
  for (let i = 0; i < count && !reader.failed; i++) inclusion.push(reader.bytes(HASH_BYTES));
  const lines = reader.list(NOTE_MAX_SIGNATURES, (item) => ({
    keyId: item.u32(),
    signature: item.opaque(MAX_SIGNATURE_BYTES),
  }));
  const done = reader.finish(lines);
  if (!done.ok) return done;
  const root = rootFromInclusion({ index, size, leafHash: context.leafHash, proof: inclusion }, hasher);
  if (!root.ok) return refuseAt(root.code, 0);
  const signatures = lines.flatMap((line) => named(line, context.keys));
  if (signatures.length === 0) return refuseAt("log/unknown-key", 0);
  const checkpoint = { origin: context.origin, size, root: root.value };
  return {
    ok: true,
    value: { index, inclusion, checkpoint, note: { text: encodeCheckpointText(checkpoint), signatures } },
  };
}

function named(line: Omit<NoteSignature, "name">, keys: readonly VerifierKey[]): NoteSignature[] {
  const key = keys.find((one) => one.keyId === line.keyId);
  return key === undefined || line.signature.byteLength === 0 ? [] : [{ name: key.name, ...line }];
}
