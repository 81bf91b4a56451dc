/* Door `@chapar/e2e`: identities, devices, MLS groups, sealed content. Platform neutral; see `/node` and `/web`. */
export { E2E_CODES, type E2eCode, E2eError, e2eError, isE2eError } from "./errors.ts";

export type { Awaitable, CryptoPort, Ed25519, HashName, MlKem768, X25519 } from "./crypto/port.ts";
export { hpke, type Hpke, type HpkeSuite } from "./crypto/hpke.ts";
export { dhKemX25519, type Kem, type KemKeyPair, xWing } from "./crypto/kem.ts";

export type {
  Allow,
  Authenticate,
  Change,
  CommitKind,
  DeviceCredential,
  DeviceKeys,
  FindPsk,
  GroupChange,
  GroupInfo,
  GroupMember,
  GroupRecords,
  Incoming,
  KeyPackage,
  KeyPackageFacts,
  Mls,
  MessageSignature,
  MlsGroup,
  NowMs,
  Pending,
  PendingJoin,
  Psk,
  RecordWrite,
  Step,
} from "./mls/port.ts";
export { encodeCredential, parseCredential } from "./mls/credential.ts";
export {
  MAX_COMMIT_BYTES,
  MAX_KEY_PACKAGE_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_TREE_BYTES,
  MAX_WELCOME_BYTES,
} from "./mls/padding.ts";
export { signedMessageBytes, type SignedMessage } from "./mls/signed-message.ts";
export { ROOM_KEY_LABELS, roomKeys, type RoomKeys } from "./mls/room-keys.ts";
export { SUITE_NUMBERS, type SuiteName } from "./mls/suite-names.ts";
export { type Suite, SUITES } from "./mls/suites.ts";
export { tsMls } from "./mls/ts-mls/ts-mls.ts";
export {
  CLOCK_SKEW_MS,
  KEY_PACKAGE_LIFETIME_MS,
  MAX_CONTEXT_BYTES,
  MAX_MEMBERS,
  MAX_SKIPPED_GENERATIONS,
  type TsMlsOptions,
} from "./mls/ts-mls/environment.ts";

export {
  decodeBundle,
  deviceOf,
  encodeBundle,
  forgetWords,
  mlsDevice,
  signerOf,
  wipeBundle,
  type DeviceSeed,
  type InboxReadSeed,
  type PrivateBundle,
} from "./identity/bundle.ts";
export {
  createIdentity,
  deviceEntry,
  newDeviceSecrets,
  type DeviceSecrets,
  type IdentityCrypto,
  type NewIdentity,
} from "./identity/create.ts";
export {
  addDevice,
  chainPorts,
  endIdentity,
  extend,
  revokeDevice,
  takeBack,
  setAnchors,
  setHome,
  type Extension,
  type OpCrypto,
  type Revocation,
  type Signing,
} from "./identity/ops.ts";
export {
  entropyOf,
  newRecoveryEntropy,
  rankZeroSeed,
  wordsOf,
  type RecoveryEntropy,
  type RotationSeed,
} from "./identity/recovery-words.ts";
export { Secret } from "./identity/secret.ts";

export {
  decodeInvite,
  encodeInvite,
  MAX_INVITE_BYTES,
  type Invite,
  type InvitedPerson,
  type InviteResult,
} from "./invite/invite.ts";
export { inviteLink, invitePayload, parseInvite, type FoundInvite } from "./invite/link.ts";
export {
  encodeWayFile,
  isWayFile,
  MAX_WAY_FILE_CHARS,
  parseWayFile,
  type SignedWays,
  type WayFile,
  type WayFileCode,
} from "./invite/way-file.ts";

export {
  CHUNK_CAPACITY_BYTES,
  chunkKey,
  openChunk,
  sealChunk,
  SEALED_CHUNK_BYTES,
  type ChunkCrypto,
  type ChunkKey,
  type ChunkPlace,
  type ChunkUse,
  type SealedChunk,
} from "./attachment/chunk.ts";
export {
  FileReader,
  FileSealer,
  newFileSecret,
  openFile,
  sealFile,
  sealManifests,
  type FileBytes,
  type GetChunk,
  type PutChunk,
  type PutPlace,
  type SealedFile,
} from "./attachment/file.ts";
export { MANIFEST_HASHES, MAX_FILE_BYTES, shapeOf, type FileSecret, type FileShape } from "./attachment/manifest.ts";
export { fileOfPart, filePart, isFilePart, type FileFacts, type FileResult } from "./attachment/part.ts";
