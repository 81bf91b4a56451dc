/*
 * The one thing a station signs for a group commit, however many entries it took (L-21):
 *
 *   "chapar batch v1" 15 || station key 32 || time ms u64 || leaf count u32 || batch root 32      91 bytes
 *
 * The label keeps the signature from passing as one over anything else the key signs: C2SP texts hold no control
 * characters, and this body has a zero byte at the top of its time. The count is signed so that an inclusion path has
 * one possible length.
 */
import { utf8 } from "@chapar/wire/bytes";
import { HASH_BYTES } from "../tree/hash.ts";
import { putU64 } from "./put.ts";

/** Most leaves a batch may have: the bound on what a checker hashes (16 path hashes). */
export const BATCH_MAX_LEAVES = 65_536;

const LABEL = utf8("chapar batch v1");
const BODY_BYTES = LABEL.byteLength + HASH_BYTES + 8 + 4 + HASH_BYTES;

/** The fields of a batch's signed body. */
export interface BatchBody {
  /** Ed25519 public key, 32 bytes */
  readonly stationKey: Uint8Array;
  /** station's clock at the commit */
  readonly timeMs: number;
  readonly leafCount: number;
  readonly root: Uint8Array;
}

/** The bytes that are signed. @see L-21 */
export function encodeBatchBody(body: BatchBody): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BODY_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(LABEL);
  bytes.set(body.stationKey, LABEL.byteLength);
  const at = putU64(view, LABEL.byteLength + HASH_BYTES, body.timeMs);
  view.setUint32(at, body.leafCount);
  bytes.set(body.root, at + 4);
  return bytes;
}
