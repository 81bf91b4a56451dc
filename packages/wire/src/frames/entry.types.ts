/*
 * Entries: what a log holds. The bytes of an entry are what is hashed into the tree and what is stored; a station reads
 * the header, never the frame. Layout: protocol/1-wire.md §5.
 */

/** Index 0 of every log; the log's id is the hash of its station's key and these bytes. */
export interface GenesisEntry {
  readonly kind: "genesis";
  readonly log: "room" | "inbox";
  /** 20 bytes: a room's conversation id; for an inbox 20 random bytes */
  readonly nonce: Uint8Array;
  /** Ed25519 public key of epoch 0's writers; all zeros for an inbox, which anyone may write to within limits */
  readonly writeKey: Uint8Array;
  /** Ed25519 public key of readers */
  readonly readKey: Uint8Array;
}

/** A sealed message: one MLS PrivateMessage, exactly one bucket long. */
export interface MessageEntry {
  readonly kind: "message";
  readonly epoch: number;
  readonly frame: Uint8Array;
}

/** A change of the group, and the keys of the epoch it begins. */
export interface CommitEntry {
  readonly kind: "commit";
  /** the epoch it ends */
  readonly epoch: number;
  readonly nextWriteKey: Uint8Array;
  readonly nextReadKey: Uint8Array;
  /** read keys of earlier epochs read up to this entry and no further (someone was removed) */
  readonly revokesReaders: boolean;
  readonly frame: Uint8Array;
}

/** A welcome or first contact left in an inbox. */
export interface KnockEntry {
  readonly kind: "knock";
  readonly frame: Uint8Array;
}

export type Entry = GenesisEntry | MessageEntry | CommitEntry | KnockEntry;
