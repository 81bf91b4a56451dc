/* Door `@chapar/evidence`: every public name, one by one; the docstring stands at the definition. */
export {
  type Ack,
  type Bundle,
  type Challenge,
  type ChallengeAnswer,
  type CheckedClaim,
  type CheckedLeaf,
  type EpochClaim,
  FAULTS,
  type IdentityWord,
  type Incident,
  ITEM_STATUSES,
  type ItemStatus,
  type LeafClaim,
  type Manifest,
  type ManifestFault,
  type ManifestItem,
  type MapClaim,
  type Place,
  type ReaderWord,
  type SignedCheckpoint,
  type TombstonePlace,
  type Verdict,
} from "./types.ts";
export {
  EVIDENCE_CODES,
  type EvidenceChecked,
  type EvidenceCode,
  type EvidenceDecoded,
  EvidenceError,
  isEvidenceError,
} from "./errors.ts";
export { createEvidencePorts, type EvidencePorts } from "./ports.ts";

export { decodeManifest, type ManifestFields, MAX_TOMBSTONES, signManifest, verifyManifest } from "./words/manifest.ts";
export {
  type AckFields,
  decodeAck,
  decodeReaderWord,
  type ReaderWordFields,
  signAck,
  signReaderWord,
  verifyAck,
  verifyReaderWord,
} from "./words/reader-word.ts";
export {
  decodeIdentityWord,
  type IdentityWordFields,
  signIdentityWord,
  verifyIdentityWord,
} from "./words/identity-word.ts";

export { decodeMapClaim, encodeMapClaim } from "./claims/codec.ts";
export { generationKey, MAX_GENERATIONS } from "./claims/generation.ts";
export { openHeadClaim, openIdentityClaim, openIncident, openLeafClaim, withoutCosignatures } from "./claims/open.ts";

export { challengeHash, decodeAnswer, decodeChallenge, encodeAnswer, encodeChallenge } from "./challenge/codec.ts";
export { checkAnswer, checkChallenge, type CheckedAnswer, type CheckedChallenge } from "./challenge/check.ts";

export { BUNDLE_MAX_BYTES, decodeBundle, encodeBundle } from "./bundle/codec.ts";
export { BODY_TTL_MS } from "./bundle/judge-manifest.ts";
export {
  headsFault,
  logFault,
  type TimedHead,
  type TimedIdentity,
  wordFault,
  wordsFault,
} from "./bundle/conditions.ts";
export { isExcused, verifyBundle } from "./bundle/verify.ts";
export {
  type Accusation,
  accuseByStatements,
  accuseCheckpoints,
  accuseDuplicate,
  accuseFold,
  accuseHeads,
  accuseIdentity,
  accuseLog,
  accuseManifest,
  unansweredBundle,
} from "./bundle/accuse.ts";

export {
  CANNOT,
  type ClassRule,
  DATA_CLASSES,
  type DataClass,
  POLICY_FAULTS,
  POLICY_FORMAT,
  type PolicyFault,
  type PolicyFaultCode,
  type PolicyMode,
  type PolicySource,
  type RegionPolicy,
} from "./policy/terms.ts";
export { type PolicyRead, policyText, readPolicy } from "./policy/read-policy.ts";
export {
  openPolicy,
  type PolicyOpened,
  SIGNED_POLICY_BYTES,
  type SignedPolicy,
  type SignedPolicyFault,
  signPolicy,
} from "./policy/signed-policy.ts";

export {
  addAmounts,
  type Amount,
  type Amounts,
  amountsOf,
  CROSSING_CLASSES,
  type CrossingClass,
  equalAmounts,
  noAmounts,
} from "./egress/amounts.ts";
export {
  decodeEgressLine,
  decodeTally,
  type EgressLine,
  egressKey,
  encodeEgressLine,
  signTally,
  talliesContradict,
  type Tally,
  type TallyFields,
  verifyTally,
} from "./egress/tally-word.ts";
export { auditEgress, type EgressAudit, type EgressFault, type EgressLedger } from "./egress/audit.ts";
export {
  type CheckedReceipt,
  checkReceiptFile,
  decodeLeaving,
  encodeReceiptFile,
  LEFT_CLASSES,
  type LeavingFields,
  leavingHash,
  type LeavingWord,
  type LeftAmount,
  type LeftClass,
  type ReceiptFile,
  signLeaving,
  verifyLeaving,
} from "./words/leaving.ts";
