/* Door `@chapar/log`: every public name, one by one; the docstring stands at the definition. */
export { type Checked, isLogError, LOG_CODES, type LogCode, type LogDecoded, LogError } from "./errors.ts";

export { createTreeHasher, HASH_BYTES, type TreeHasher } from "./tree/hash.ts";
export { CompactRange } from "./tree/compact-range.ts";
export type { HashReader } from "./tree/hash-reader.ts";
export { MemoryTree } from "./tree/memory-tree.ts";

export {
  type InclusionClaim,
  inclusionProof,
  inclusionProofLength,
  rootFromInclusion,
  verifyInclusion,
} from "./proof/inclusion.ts";
export {
  type ConsistencyClaim,
  consistencyProof,
  earlierRootOf,
  rootFromConsistency,
  verifyConsistency,
} from "./proof/consistency.ts";

export type { AcceptClaim, BatchClaim, HeadClaim } from "./receipt/claim.ts";
export { BATCH_MAX_LEAVES } from "./receipt/batch-body.ts";
export { BatchBuilder, type SealedBatch } from "./receipt/batch-builder.ts";
export type { BatchPlace, Receipt, SignedHead, SignedStatement, Verified } from "./receipt/statement.ts";
export {
  decodeReceipt,
  decodeStatement as decodeSignedHead,
  encodeStatement,
  FULL_FORM,
  type StatementContext,
  type StatementForm,
} from "./receipt/statement-codec.ts";
export { cachingVerifier } from "./receipt/caching-verifier.ts";
export { verifyReceipt, verifySignedHead, type VerifyPorts } from "./receipt/verify.ts";
export {
  type Contradiction,
  contradiction,
  CONTRADICTION_MAX_BYTES,
  contradictionByProof,
  type ContradictionShape,
  decodeContradiction,
  encodeContradiction,
  type TreeBridge,
  verifyContradiction,
} from "./receipt/contradiction.ts";

export {
  decodeHeldHead,
  encodeHeldHead,
  type HeldHead,
  MAX_WAITING_HEADS,
  startHeldHead,
} from "./checker/held-head.ts";
export { type LogFault, type LogPage, type LogStep, MAX_CLOCK_SKEW_MS, stepLog } from "./checker/step.ts";
export { checkPage, type ReceivedPage } from "./checker/check-page.ts";

export {
  isKeyName,
  NOTE_MAX_BYTES,
  NOTE_MAX_SIGNATURES,
  decodeNote,
  encodeNote,
  type Note,
  type NoteSignature,
} from "./note/note.ts";
export {
  formatVerifierKey,
  makeVerifierKey,
  NoteAlgorithm,
  noteKeyId,
  parseVerifierKey,
  type VerifierKey,
} from "./note/key.ts";
export { signNote } from "./note/sign.ts";
export { type NotePrimitives, type VerifiedSignature, verifyNote } from "./note/verify.ts";
export { cosign, type Cosigner } from "./note/cosignature.ts";

export { type Checkpoint, decodeCheckpointText, encodeCheckpointText } from "./checkpoint/text.ts";
export {
  type CheckpointNote,
  decodeCheckpoint,
  encodeCheckpoint,
  openCheckpoint,
  type OpenedCheckpoint,
} from "./checkpoint/open.ts";

export {
  isQuorum,
  parsePolicy,
  type Policy,
  POLICY_MAX_BYTES,
  type PolicyGroup,
  type PolicyParty,
} from "./trust/policy.ts";
export { type AcceptedCheckpoint, acceptCheckpoint } from "./trust/accept.ts";
export { decodeTlogProof, encodeTlogProof, type TlogProof, verifyTlogProof } from "./trust/tlog-proof.ts";

export { type CompactProofContext, decodeCompactProof, encodeCompactProof } from "./trust/compact-proof.ts";

export {
  createMapHasher,
  MAP_KEY_BYTES,
  MAP_MAX_VALUE_BYTES,
  type MapEntry,
  type MapHasher,
  type MapNode,
  mapSubtree,
} from "./map/map-hash.ts";
export {
  decodeMapProof,
  encodeMapProof,
  MAP_PROOF_MAX_BYTES,
  type MapProof,
  mapRoot,
  openMapProof,
} from "./map/map-proof.ts";
export { type BucketReader, MerkleMap } from "./map/merkle-map.ts";

export {
  formatTilePath,
  mayPrune,
  parseTilePath,
  TILE_WIDTH,
  type TileAt,
  tilesBetween,
  tileWidth,
} from "./tiles/path.ts";
export {
  buildTile,
  decodeTile,
  hashFullTile,
  type TileFetcher,
  tileHashReader,
  verifyFullTile,
  verifyTiles,
} from "./tiles/tile.ts";
export { BUNDLE_MAX_ENTRY_BYTES, decodeEntryBundle, encodeEntryBundle, verifyEntryBundle } from "./tiles/bundle.ts";

export {
  type AddCheckpoint,
  decodeAddCheckpoint,
  decodeConflictSize,
  decodeSignatureLines,
  encodeAddCheckpoint,
  encodeConflictSize,
  encodeSignatureLines,
  monitorPath,
  TLOG_SIZE_TYPE,
  WITNESS_MAX_PROOF_LINES,
} from "./witness/request.ts";
export {
  type CosignedHead,
  judgeAddCheckpoint,
  openAddCheckpoint,
  type OpenedRequest,
  type OpenOutcome,
  WITNESS_STATUS,
  type WitnessRefusal,
} from "./witness/judge.ts";
export {
  refusalAnswer,
  startWitness,
  stepWitness,
  type WitnessAction,
  type WitnessAnswer,
  type WitnessInput,
  type WitnessRequest,
  type WitnessState,
  type WitnessStep,
} from "./witness/step.ts";
export { Witness, type WitnessConfig, type WitnessStore } from "./witness/witness.ts";
export { readWitnessAnswer, type WitnessOutcome } from "./witness/client.ts";
