/*
 * The port behind which an MLS implementation (RFC 9420) stands.
 *
 * No type of the library below may appear here: the engine above sees opaque groups, bytes and record writes. A group is
 * an immutable value; every operation that changes it answers the next group together with the key-value writes that
 * make the change durable, so that the caller can put them into the one transaction that also holds the message, the
 * outbox row and the cursor (6 rules of atomic persistence: protocol/4-groups.md). Two kinds of record keep the writes
 * small: `epoch` (tree, context, key schedule; once a commit) and `ratchet/<leaf>` (< 1 KB; once a message); a commit of
 * our own that no station has accepted yet is kept under `pending`.
 */

import type { SuiteName } from "./suite-names.ts";

/** Who a leaf claims to be; bound to the identity's op chain by the engine's `authenticate`. */
export interface DeviceCredential {
  /** 20 bytes: the self-certifying identity id */
  readonly identity: Uint8Array;
  /** 32 bytes: the device's Ed25519 public key, equal to the leaf's signature key */
  readonly device: Uint8Array;
}

/** A device's own signing key pair as the MLS layer needs it. */
export interface DeviceKeys {
  readonly credential: DeviceCredential;
  /** 32-byte Ed25519 seed */
  readonly signaturePrivateKey: Uint8Array;
}

/** One write of a group's own key-value namespace; `undefined` deletes the record. */
export interface RecordWrite {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/** A group's state as loaded: records by key, as written before. */
export type GroupRecords = ReadonlyMap<string, Uint8Array>;

/** A member of a group. */
export interface GroupMember {
  readonly leaf: number;
  readonly credential: DeviceCredential;
}

/** An MLS group at one epoch: an immutable, opaque value. */
export interface MlsGroup {
  readonly groupId: Uint8Array;
  /** of the group for as long as it lives: a group never changes its suite */
  readonly suite: SuiteName;
  readonly epoch: number;
  readonly ownLeaf: number;
  /** bytes of the group-context extension that the creator set: room, hub, roles; the same for every member */
  readonly context: Uint8Array;
  members(): readonly GroupMember[];
}

/** A change of a group: the next value and what must be written with it. */
export interface Step {
  readonly group: MlsGroup;
  readonly writes: readonly RecordWrite[];
}

/** A key package and its secret half. The secret half is stored by the caller and deleted in the transaction that joins. */
export interface KeyPackage {
  /** 32 bytes: RFC 9420 §5.2 KeyPackageRef (or its first 32 bytes for longer hashes) */
  readonly ref: Uint8Array;
  readonly publicBytes: Uint8Array;
  readonly privateBytes: Uint8Array;
}

/** What a change asks for. All lists may be empty: then the commit only renews the committer's own leaf. */
export interface Change {
  readonly add: readonly Uint8Array[];
  readonly remove: readonly number[];
  /** new bytes for `MlsGroup.context`, when it changes */
  readonly context?: Uint8Array;
  /**
   * a secret that the commit mixes into the next epoch (RFC 9420 §8.4); every member must find it under its id (`FindPsk`),
   * joiners of the same commit get it with their Welcome where the suite is not post-quantum
   */
  readonly psk?: Psk;
}

/** A pre-shared key: how a large group takes in a secret that was brought to its members by post-quantum means. */
export interface Psk {
  /** at most 255 bytes, public to members; not beginning with `chapar chain ` */
  readonly id: Uint8Array;
  /** 32 to 64 uniformly random bytes */
  readonly secret: Uint8Array;
}

/** A commit of our own, not yet accepted by the hub. */
export interface Pending {
  /** the encoded, padded commit; the caller appends it with `ifEpoch` */
  readonly frame: Uint8Array;
  /** one Welcome that serves all joiners (RFC 9420 §12.4.3.1), without the ratchet tree; undefined when nobody was added */
  readonly welcome: Uint8Array | undefined;
  /** the ratchet tree of the next epoch sealed under a key that only the Welcome conveys; undefined when nobody was added */
  readonly tree: Uint8Array | undefined;
  /** the group as it will be; only for deriving the next epoch's exporter secrets before acceptance */
  readonly next: MlsGroup;
  /**
   * true when the commit changes the context without renewing the committer's path, which RFC 9420 §12.4 wants: the caller
   * commits an empty change right after this one is merged
   */
  readonly renew: boolean;
  /** record `pending` (the old epoch's records stay untouched until `merge`) */
  readonly writes: readonly RecordWrite[];
}

/**
 * What somebody who was not invited by key package needs to join by themselves: a signed GroupInfo (RFC 9420 §12.4.3) with
 * the key for external commits, and the ratchet tree of the same epoch. Whoever holds it sees every member, role and the
 * room's description, so it travels only sealed (group-info.ts), and it serves for the epoch it was made in alone.
 */
export interface GroupInfo {
  readonly info: Uint8Array;
  /** about 220 bytes a member with X25519, 1,400 with X-Wing */
  readonly tree: Uint8Array;
}

/** A commit of our own by which this device joins (RFC 9420 §12.4.3.2), not yet accepted by the hub. */
export interface PendingJoin {
  /** the sealed, padded commit; the caller appends it with `ifEpoch` = `follows` */
  readonly frame: Uint8Array;
  /** the epoch of the GroupInfo; when the hub has gone on from it, the caller abandons and begins with a newer GroupInfo */
  readonly follows: number;
  /** the group as it will be, before acceptance good for looking at it and for exporting secrets only */
  readonly next: MlsGroup;
  /** the member who signed the GroupInfo: the caller decides whether it may speak for the room */
  readonly signer: GroupMember;
  /** true when this device was a member already and takes its own old leaf out */
  readonly resync: boolean;
  /** record `joining`, into a namespace that holds nothing else of this group */
  readonly writes: readonly RecordWrite[];
}

/** How a commit came about: by a member; by an outsider who joins; by a member's own device that lost its state. */
export type CommitKind = "commit" | "join" | "resync";

/** What a commit does, as everyone judges it before anything changes. */
export interface GroupChange {
  readonly kind: CommitKind;
  readonly groupId: Uint8Array;
  /** the epoch that the commit ends */
  readonly epoch: number;
  /** the committer; of an outsider the leaf it takes */
  readonly by: GroupMember;
  /** who is added by key package; the outsider itself is `by` */
  readonly added: readonly DeviceCredential[];
  /** who is taken out; of a `resync` the device's own old leaf */
  readonly removed: readonly GroupMember[];
  /** the context bytes as they are, and as the commit makes them: the same bytes when it leaves them alone */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** the members as they are */
  readonly members: readonly GroupMember[];
  /** what an outsider shows for being let in (an invite's signature), signed with its device key; empty otherwise */
  readonly proof: Uint8Array;
  /** the name of the pre-shared key that its maker mixes in (`Change.psk`); undefined without one */
  readonly psk: Uint8Array | undefined;
}

/** The signature inside a message frame (RFC 9420 §6.1), and what it covers besides the content. */
export interface MessageSignature {
  /** 64 bytes: Ed25519 by the sender's device key */
  readonly signature: Uint8Array;
  /** the encoded GroupContext of the frame's epoch: the same for every message of it */
  readonly context: Uint8Array;
}

/** What an incoming frame turned out to be. */
export type Incoming =
  | {
      readonly kind: "message";
      readonly sender: GroupMember;
      /** the epoch it was sealed in: the current one or the one before */
      readonly epoch: number;
      readonly generation: number;
      /** padding removed */
      readonly content: Uint8Array;
      /** what shows to others that the sender's device key signed the content (signed-message.ts) */
      readonly signed: MessageSignature;
    }
  | {
      readonly kind: "commit";
      /** of an outsider's commit the leaf it took */
      readonly sender: GroupMember;
      readonly change: GroupChange;
      /** empty when this device was removed: it does not learn where they sit */
      readonly added: readonly GroupMember[];
      readonly removed: readonly GroupMember[];
      /** true when this device was removed: the group can read nothing from here on */
      readonly left: boolean;
    };

/** A key package as a stranger sees it, validated (RFC 9420 §10.1 plus the checks of protocol/4-groups.md). */
export interface KeyPackageFacts {
  readonly ref: Uint8Array;
  readonly suite: SuiteName;
  readonly credential: DeviceCredential;
  readonly notAfterMs: number;
}

/**
 * An MLS implementation bound to its crypto provider, clock and credential check.
 *
 * Every method takes the group as it was and leaves it untouched. Untrusted bytes give an `E2eError` with a code of the
 * table in errors.ts, never another exception, and never a changed group.
 *
 * A value serves as long as nothing was built on what followed it: when a step is taken from a later value, the earlier
 * ones and their other successors are wiped, and using them gives `e2e/stale-group` (load the records again). So a caller
 * keeps its value when a transaction failed, and drops it when one succeeded.
 */
export interface Mls {
  /**
   * @param suite  by default the implementation's first. @throws nothing on valid keys. Cost: two key generations and a signature,
   * in suite `x25519` one more for its X-Wing key.
   */
  keyPackage(device: DeviceKeys, suite?: SuiteName): Promise<KeyPackage>;
  /** @throws E2eError `e2e/bad-key-package` · `e2e/expired-key-package` · `e2e/bad-credential` */
  inspect(keyPackage: Uint8Array): Promise<KeyPackageFacts>;
  /** @param suite  by default the implementation's first */
  create(device: DeviceKeys, groupId: Uint8Array, context: Uint8Array, suite?: SuiteName): Promise<Step>;
  /** Restores a group from its records, replaying ratchet deltas over the epoch. @throws E2eError `e2e/bad-record` */
  load(device: DeviceKeys, records: GroupRecords): Promise<MlsGroup>;
  /** The pending commit in the records, if one was written and neither merged nor dropped. */
  loadPending(device: DeviceKeys, records: GroupRecords): Promise<Pending | undefined>;
  /**
   * Makes a commit. The group stays usable in its epoch until `merge`; its handshake key is spent by the writes.
   *
   * @throws E2eError `e2e/bad-key-package` · `e2e/expired-key-package` · `e2e/duplicate-key` · `e2e/bad-credential` ·
   * `e2e/not-a-member` · `e2e/not-allowed` · `e2e/group-full` · `e2e/too-large`
   */
  commit(group: MlsGroup, change: Change): Promise<Pending>;
  /** The hub accepted our commit: moves on and deletes the old epoch's secrets. */
  merge(group: MlsGroup, pending: Pending): Promise<Step>;
  /** The hub took another commit for this epoch: forgets ours. */
  drop(group: MlsGroup, pending: Pending): Step;
  /** @throws E2eError `e2e/bad-welcome` · `e2e/bad-tree` · `e2e/bad-credential` · `e2e/unknown-key-package` */
  join(device: DeviceKeys, keyPackage: KeyPackage, welcome: Uint8Array, tree: Uint8Array): Promise<Step>;
  /**
   * Seals a pre-shared key to the device of a key package, post-quantum in every suite. Cost: an encapsulation; 1.2 KB.
   *
   * @throws E2eError `e2e/bad-key-package` · `e2e/expired-key-package` · `e2e/bad-credential`
   */
  sealPsk(keyPackage: Uint8Array, psk: Psk): Promise<Uint8Array>;
  /** Opens what `sealPsk` made for one of our key packages. @throws E2eError `e2e/unknown-psk` · `e2e/bad-record` */
  openPsk(keyPackage: KeyPackage, sealed: Uint8Array): Promise<Psk>;
  /**
   * Makes what an outsider needs to join this epoch by itself.
   *
   * Cost: a signature; the tree is encoded, 1.4 MB at 1,000 members with X-Wing.
   */
  groupInfo(group: MlsGroup): Promise<GroupInfo>;
  /**
   * Makes the commit by which this device joins by itself; when the tree has a leaf of this device, that leaf is removed in
   * the same commit. The group is entered once the hub took the commit (`enter`).
   *
   * @param proof at most 4,096 bytes that every member's `allow` sees
   * @throws E2eError `e2e/bad-group-info` · `e2e/bad-tree` · `e2e/bad-credential` · `e2e/duplicate-key` · `e2e/not-allowed` ·
   * `e2e/group-full` · `e2e/too-large`
   */
  joinExternal(device: DeviceKeys, groupInfo: GroupInfo, proof: Uint8Array): Promise<PendingJoin>;
  /** The joining commit in the records, if one was written and neither entered nor abandoned. */
  loadPendingJoin(device: DeviceKeys, records: GroupRecords): Promise<PendingJoin | undefined>;
  /** The hub accepted our joining commit. @throws E2eError `e2e/stale-group` when it was abandoned or entered before */
  enter(join: PendingJoin): Promise<Step>;
  /** The hub took another commit for that epoch: forgets ours. @returns the writes that forget it */
  abandon(join: PendingJoin): readonly RecordWrite[];
  /**
   * Seals content into a frame whose size is exactly the smallest bucket that holds it (512 B, 2 K, 8 K, 32 K).
   *
   * The writes hold the advanced ratchet and must be durable before the frame leaves the device.
   * @throws E2eError `e2e/too-large`
   */
  seal(group: MlsGroup, content: Uint8Array): Promise<Step & { readonly frame: Uint8Array }>;
  /**
   * Opens one frame: a message or a commit of another member.
   *
   * @throws E2eError `e2e/bad-frame` · `e2e/stale-epoch` · `e2e/future-epoch` · `e2e/replayed` · `e2e/too-far` ·
   * `e2e/bad-tag` · `e2e/bad-commit` · `e2e/bad-credential` · `e2e/bad-key-package` · `e2e/expired-key-package` ·
   * `e2e/duplicate-key` · `e2e/group-full` · `e2e/own-frame` · `e2e/not-allowed` ·
   * `e2e/unknown-psk`
   */
  open(group: MlsGroup, frame: Uint8Array): Promise<Step & { readonly incoming: Incoming }>;
  /** RFC 9420 §8.5 MLS-Exporter at the group's epoch. */
  exportSecret(group: MlsGroup, label: string, context: Uint8Array, sizeBytes: number): Promise<Uint8Array>;
}

/**
 * Says whether a credential is a live device of that identity, from op chains the caller holds.
 *
 * Called for every leaf on join and for every added leaf on commit; false refuses the whole operation. It is handed the
 * group's context bytes (the ones being joined or, on a commit, the new ones), because a first letter carries its
 * writer's op chain there, readable only to whoever can open the Welcome.
 */
export type Authenticate = (credential: DeviceCredential, context: Uint8Array) => boolean | Promise<boolean>;

/**
 * Says whether the group's own rules (roles and invites in its context) let `by` make this change.
 *
 * Called by whoever commits and by every reader, on an authentic commit before anything of it is applied; false refuses the
 * commit with `e2e/not-allowed` and leaves the group as it was. Where none is passed, members may change anything and nobody
 * joins from outside.
 */
export type Allow = (change: GroupChange) => boolean | Promise<boolean>;

/**
 * Finds the pre-shared key that a commit names (`GroupChange.psk`), or says that it is not here yet: the commit is then refused
 * with `e2e/unknown-psk`, changes nothing, and is opened again when the key has come. The commit is authentic and allowed by
 * then, so whoever has no key can say of it what everybody says who has.
 */
export type FindPsk = (change: GroupChange) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

/** Milliseconds since the epoch, from the device's clock. */
export type NowMs = () => number;
