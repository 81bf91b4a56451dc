/*
 * Door `@chapar/station`: the platform-neutral station. The runnable one is at `@chapar/station/node`; fakes, the scripted
 * client and the store's conformance suite are at `@chapar/station/testing`.
 */
export { Station, type StationOptions } from "./station.ts";
export type { Metric, Observer, Rng, StationEvent, StationIdentity, StationPorts } from "./ports.ts";
export { isStationError, STATION_CODES, StationError, type StationCode } from "./errors.ts";
export { closedSignUp, openSignUp, tokenSignUp, type SignUpRule } from "./account/sign-up.ts";
export type { RemovalOrder } from "./hub/removals.ts";
export { StationTime } from "./hub/station-time.ts";
export { Ledger, type EpochOutcome, type LedgerOptions } from "./ledger/ledger.ts";
export { LedgerAuditor, type LogFalsehood } from "./ledger/auditor.ts";
export { ledgerPolicies, type LedgerPolicies } from "./ledger/policy.ts";
export type { PostCheckpoint, Witnessing, WitnessParty, WitnessReply } from "./ledger/witnesses.ts";
export { FollowedLogs, type ReadLogFile } from "./witness/followed-logs.ts";
export { StationWitness } from "./witness/station-witness.ts";
export { DEFAULT_RATES, type RateClass, type Rates } from "./session/rates.ts";
export type { Rate } from "./session/token-bucket.ts";
export type {
  Chunk,
  GoneStatus,
  Hole,
  KeyPackage,
  KeyPackageShelf,
  LogRecord,
  MirrorRecord,
  PeerRecord,
  ReaderNeeds,
  ReaderRecord,
  Removal,
  Store,
  StoredChunk,
  StoredLog,
  TombstonePlace,
  Write,
} from "./store/port.ts";
export {
  REPORT_FAULTS,
  REPORT_FORMAT,
  type ClassStatement,
  type ReportBody,
  type ReportFault,
} from "./report/terms.ts";
export { signReport } from "./report/text.ts";
export { matchReports, repeatedStation } from "./report/match.ts";
export { type CheckedReport, type PeerEgress, type ReportChecked, verifyReport } from "./report/verify.ts";
export { type AuditChecked, type AuditGround, checkAudit, type CheckedAudit } from "./audit/check.ts";
export { AUDIT_MAX_BYTES } from "./audit/answer-codec.ts";
export { AUDIT_FAULTS, AUDIT_MAX_COUNT, type AuditFault, type AuditQuestion } from "./audit/terms.ts";
export type { TokenIssuer } from "./tokens/token-desk.ts";
