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
