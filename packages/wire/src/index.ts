/*
 * Public names of wire. Bytes, their text forms and the primitive ports are at the door `@chapar/wire/bytes`, message
 * content at `@chapar/wire/content`, test generators at `@chapar/wire/testing`.
 */
export {
  blobHash,
  conversationId,
  deviceId,
  identityId,
  idText,
  ID_SIZE_BYTES,
  logId,
  parseIdText,
  stationKey,
  type BlobHash,
  type ConversationId,
  type DeviceId,
  type IdentityId,
  type LogId,
  type StationKey,
} from "./ids.ts";

export { isWireError, WIRE_CODES, WireError, wireErrorCode, type WireCode, type WireErrorCode } from "./errors.ts";

export type {
  Frame,
  Hello,
  LoggedLeaf,
  Notice,
  ReadProof,
  Request,
  Response,
  StationRef,
  TakenKeys,
  WriteProof,
} from "./frames/types.ts";
export { decodeFrame, encodeFrame, type DecodedFrame } from "./frames/codec.ts";
export { frameBytes, FrameReader, FrameWriter, type FrameBatch } from "./frames/stream.ts";
export type { FrameKind } from "./frames/table.ts";

export {
  decodeEntry,
  encodeEntry,
  logIdOf,
  peekEntry,
  type CommitEntry,
  type Entry,
  type EntryHeader,
  type GenesisEntry,
  type KnockEntry,
  type MessageEntry,
} from "./frames/entry.ts";

export {
  accountMessage,
  grantMessage,
  mirrorMessage,
  peerMessage,
  PROOF_LABELS,
  proveMessage,
  readerMessage,
  routesMessage,
  readMessage,
  writeMessage,
} from "./frames/proofs.ts";

export {
  BLOB_CHUNK_BYTES,
  BUCKETS_BYTES,
  GENESIS_ENTRY_BYTES,
  MAX_GENESIS_BYTES,
  EPHEMERAL_BYTES,
  IDLE_LIMIT_MS,
  MAX_ACK_BYTES,
  MAX_ANSWER_BYTES,
  MAX_CHALLENGE_BYTES,
  MAX_COMMIT_FRAME_BYTES,
  MAX_DEVICES,
  MAX_ENTRIES,
  MAX_ENTRIES_BYTES,
  MAX_ENDPOINT_BYTES,
  MAX_ENTRY_BYTES,
  MAX_FRAME_BYTES,
  MAX_INCIDENTS,
  MAX_KEY_PACKAGE_BYTES,
  MAX_KEY_PACKAGES,
  MAX_KNOCK_FRAME_BYTES,
  MAX_LEDGER_LEAF_BYTES,
  MAX_LEDGER_PROOF_BYTES,
  MAX_LEDGER_TEXT_BYTES,
  MAX_MANIFEST_BYTES,
  MAX_MANIFEST_ITEMS,
  MAX_MESSAGE_FRAME_BYTES,
  MAX_NAME_BYTES,
  MAX_NOTE_BYTES,
  MAX_OP_BYTES,
  MAX_OPS,
  MAX_REPORT_BYTES,
  VAPID_KEY_BYTES,
  MAX_ORIGIN_BYTES,
  MAX_POLICY_BYTES,
  MAX_REGION_POLICY_BYTES,
  MAX_PROOF_HASHES,
  MAX_REQUEST_ID,
  MAX_BLOBS_ASKED,
  MAX_SEALED_CHUNK_BYTES,
  MAX_STATEMENT_BYTES,
  MAX_TOKEN_BYTES,
  MAX_UNSENT_BYTES,
  MAX_URL_BYTES,
  MAX_ROUTES,
  MAX_URLS,
  MAX_TALLY_BYTES,
  MAX_WORD_BYTES,
  PING_AFTER_MS,
  PROTOCOL_VERSIONS,
} from "./limits.ts";

export { chainBytes, extendChain, foldChain, liveDevice, type ChainPorts, type ChainResult } from "./identity/chain.ts";
export type { ChainOp, IdentityState, LiveDevice, RevokedDevice } from "./identity/state.ts";
export type { IdentityCode } from "./identity/codes.ts";
export { compareChains, isPrefix, replacementFault, type ChainRelation } from "./identity/compare.ts";
export { inboxGenesis } from "./identity/inbox.ts";
export { MAX_ANCHORS, MAX_CHAIN_BYTES, MAX_LIVE_DEVICES, MAX_ROTATION_KEYS } from "./identity/limits.ts";
export {
  decodeOp,
  deviceProofBytes,
  encodeOp,
  genesisSubject,
  identityOf,
  opHash,
  opSigningBytes,
  type DeviceEntry,
  type Op,
  type OpBody,
  type UnsignedOp,
} from "./identity/op.ts";
export {
  isOverrideLate,
  OVERRIDE_WINDOW_MS,
  overridesAfter,
  type Overriding,
  type SeenOps,
} from "./identity/override.ts";
export {
  isRegion,
  isRouteUrl,
  readHome,
  readRegion,
  readStationRef,
  writeHome,
  writeRegion,
  writeStationRef,
  type Home,
} from "./identity/station-ref.ts";

export {
  decodeLedgerLeaf,
  encodeLedgerLeaf,
  IDENTITY_OP,
  INCIDENT_KINDS,
  isIdentityOp,
  type DecodedLeaf,
  type EpochLeaf,
  type IncidentKind,
  type LedgerLeaf,
} from "./ledger/leaf.ts";
export {
  decodeLedgerHead,
  decodeLedgerIdentity,
  encodeLedgerHead,
  encodeLedgerIdentity,
  ledgerIdentityKey,
  ledgerIdentityOf,
  ledgerLogKey,
  ledgerOrigin,
  ledgerSalt,
  parseLedgerOrigin,
  opCommitment,
  type LedgerHead,
  type LedgerIdentity,
} from "./ledger/commitments.ts";
