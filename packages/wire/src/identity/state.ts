/* What a checked op chain says, as a value: made by chain.ts alone, read everywhere. */
import type { DeviceId, IdentityId } from "../ids.ts";
import type { Op } from "./op.ts";
import type { Home } from "./station-ref.ts";

/** An op that stands in a checked chain. */
export interface ChainOp {
  readonly op: Op;
  /** the op as it travels; an own copy */
  readonly bytes: Uint8Array;
  /** 32 bytes */
  readonly hash: Uint8Array;
  /** an op of a higher rank said that it counts no more (I-14) */
  readonly isVoid: boolean;
}

/** A live device of an identity. */
export interface LiveDevice {
  readonly device: DeviceId;
  /** 32 bytes, Ed25519 public key: the read capability of the device's inbox */
  readonly inboxReadKey: Uint8Array;
  /** sequence of the op that listed it */
  readonly addedSeq: number;
}

/** A device that is no longer of the identity, and never will be again. */
export interface RevokedDevice extends LiveDevice {
  readonly revokedSeq: number;
}

/** What a checked chain says. Immutable; safe to keep and to share. */
export interface IdentityState {
  readonly identity: IdentityId;
  readonly ops: readonly ChainOp[];
  /** sequence of the last op; also `ops.length - 1` */
  readonly seq: number;
  /** 32 bytes: hash of the last op */
  readonly headHash: Uint8Array;
  /** bytes of all ops */
  readonly sizeBytes: number;
  /** Ed25519 public keys in order of rank */
  readonly rotationKeys: readonly Uint8Array[];
  /** in the order in which they were listed */
  readonly devices: readonly LiveDevice[];
  readonly revoked: readonly RevokedDevice[];
  readonly home: Home;
  readonly anchors: readonly Home[];
  /** true after a tombstone: nothing follows, and nothing of this identity is to be kept */
  readonly closed: boolean;
}
