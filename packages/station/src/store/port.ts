/*
 * The store port: everything a station has that survives a restart. Shaped so that an embedded SQLite file and a
 * PostgreSQL server can both hold it: no SQL, no transaction handle and no lock leaks above; a caller hands in what must
 * become durable together and waits.
 *
 * Logs are stored as chunks: all entries that one group commit adds to one log, closed by the signed head after the
 * last of them. One row a log and commit instead of one an entry is what makes fifty thousand durable appends a second
 * possible on one core, and it means that whatever is read ends where a head was signed, which is all a reader can check.
 *
 * At rest nothing links accounts to rooms: no row of a log names an identity, no row of an account names a log.
 */
import type {
  BlobHash,
  DeviceId,
  GenesisEntry,
  IdentityId,
  LogId,
  ReadProof,
  StationRef,
  WriteProof,
} from "@chapar/wire";
import type { LedgerReads, LedgerWrite } from "./ledger-port.ts";

/** What a station knows of a log besides its entries. */
export interface LogRecord {
  readonly log: LogId;
  readonly kind: GenesisEntry["log"];
  /** the genesis entry, as hashed */
  readonly genesis: Uint8Array;
  /** the current epoch: 0 for an inbox and a new room */
  readonly epoch: number;
  /** Ed25519 public key that may write in the current epoch */
  readonly writeKey: Uint8Array;
  /** set when this is a mirror */
  readonly mirror: MirrorRecord | undefined;
}

/** What a mirror needs to follow its hub again after a restart. */
export interface MirrorRecord {
  readonly hub: StationRef;
  /** a resident's proof, signed for this station's key */
  readonly read: ReadProof;
  /** a resident's grant for one epoch, when one was given */
  readonly grant: WriteProof | undefined;
}

/** The entries that one commit added to one log. */
export interface Chunk {
  readonly log: LogId;
  /** index of the first entry */
  readonly first: number;
  /** entries in order, at least one; one of no bytes is a body that is not here, and a `hole` covers it in the same commit */
  readonly entries: readonly Uint8Array[];
  /** their leaf hashes, 32 bytes each, one after the other */
  readonly leaves: Uint8Array;
  /** the log's encoded compact range after the last entry */
  readonly range: Uint8Array;
  /** the signed head after the last entry; the hub's when this is a mirror */
  readonly head: Uint8Array;
}

/** Entries of one chunk that are all here, as readers get them. */
export interface StoredChunk {
  readonly first: number;
  readonly entries: readonly Uint8Array[];
  /** the head after the chunk's last entry: beyond these where bodies after them are gone */
  readonly head: Uint8Array;
}

/**
 * Why a body is not here (E-11): pruned, expired, removed; or never was, in a mirror that began behind a hole of its hub
 * (E-18).
 */
export type GoneStatus = "pruned" | "expired" | "removed" | "absent";

/** Where a tombstone stands: generation and index of the station log (E-15). */
export interface TombstonePlace {
  readonly generation: number;
  readonly ledgerIndex: number;
}

/** Entries next to each other whose bodies went for one reason. */
export interface Hole {
  readonly first: number;
  readonly count: number;
  readonly status: GoneStatus;
  /** for `removed` */
  readonly tombstone: TombstonePlace | undefined;
}

/** A reader key that is registered for a log (E-10). It names nobody, and no row of an account leads to it. */
export interface ReaderRecord {
  /** Ed25519 public key */
  readonly key: Uint8Array;
  readonly from: number;
  /** the highest index that it acknowledged; 0 for none */
  readonly upTo: number;
  /** its newest ack as it was signed; empty for none */
  readonly ack: Uint8Array;
}

/** What all readers of a log need. */
export interface ReaderNeeds {
  readonly count: number;
  /** nobody needs a body below it; undefined where nobody is registered */
  readonly from: number | undefined;
}

/** A removal that was ordered and is not done yet. */
export interface Removal {
  readonly log: LogId;
  readonly index: number;
  readonly reason: string;
  readonly reference: string;
  /** size of the station log when it was ordered: its tombstone stands behind */
  readonly ledgerSize: number;
}

/** A log as it stands on disk. */
export interface StoredLog {
  readonly record: LogRecord;
  /** number of entries */
  readonly size: number;
  /** encoded compact range at `size`; empty before the first chunk */
  readonly range: Uint8Array;
  /** signed head at `size`; empty before the first chunk */
  readonly head: Uint8Array;
}

/** One key package of a device, in order of `sequence`, which runs over all its suites. */
export interface KeyPackage {
  readonly sequence: number;
  /** number of the MLS suite that it was put under; what it is of is the takers' to check */
  readonly suite: number;
  readonly bytes: Uint8Array;
  /** it was the last one and has been given before (W-23) */
  readonly given: boolean;
}

/** What is left of a device's key packages of one suite. */
export interface KeyPackageShelf {
  /** the one to give next: never given before if there is such a one */
  readonly next: KeyPackage | undefined;
  /** packages never given */
  readonly count: number;
  /** packages of the device's other suites */
  readonly others: number;
  /** highest sequence in use, of any suite; 0 for none */
  readonly lastSequence: number;
}

/** One thing that is to go at a time. It names nobody, and no row has two things. */
export interface Leaving {
  readonly what: "log" | "blob";
  /** 32 bytes: the log's id, the chunk's hash */
  readonly id: Uint8Array;
  readonly dueMs: number;
}

/** A station this one has spoken to or was told of by its operator. */
export interface PeerRecord {
  readonly ref: StationRef;
  readonly region: string;
}

/** One durable change. Changes of one `commit` take effect together and in order. */
export type Write =
  | { readonly kind: "meta"; readonly name: string; readonly value: Uint8Array }
  | { readonly kind: "account"; readonly identity: IdentityId; readonly ops: readonly Uint8Array[] }
  /** adds a package, or replaces the one with the same sequence */
  | {
      readonly kind: "key-package";
      readonly identity: IdentityId;
      readonly device: DeviceId;
      readonly package: KeyPackage;
    }
  | {
      readonly kind: "key-package.drop";
      readonly identity: IdentityId;
      readonly device: DeviceId;
      readonly sequence: number;
    }
  | { readonly kind: "key-package.drop-all"; readonly identity: IdentityId; readonly device: DeviceId }
  /** adds a log, or replaces what was known of it; its entries stay */
  | { readonly kind: "log"; readonly record: LogRecord }
  /** appends; `first` must be the log's size */
  | { readonly kind: "chunk"; readonly chunk: Chunk }
  /**
   * drops bodies that are here, or were never: leaf hashes, heads and ranges stay. Never above the log's size, and never
   * what a hole covers already
   */
  | { readonly kind: "hole"; readonly log: LogId; readonly hole: Hole }
  /** adds a reader of a log, or replaces what was known of it */
  | { readonly kind: "reader"; readonly log: LogId; readonly reader: ReaderRecord }
  | { readonly kind: "removal"; readonly removal: Removal }
  | { readonly kind: "removal.done"; readonly log: LogId; readonly index: number }
  /** a read key and the index of the entry that named it last */
  | { readonly kind: "read-key"; readonly log: LogId; readonly key: Uint8Array; readonly from: number }
  /** index of a commit that revokes the read keys named before it */
  | { readonly kind: "revocation"; readonly log: LogId; readonly at: number }
  /** keeps a chunk; one that is here stays as it is, but for one that was sealed: that is given again, and has the new lock */
  | {
      readonly kind: "blob";
      readonly hash: BlobHash;
      readonly bytes: Uint8Array;
      readonly lock?: Uint8Array | undefined;
    }
  /** deletes a chunk */
  | { readonly kind: "blob.drop"; readonly hash: BlobHash }
  /** from here on nobody is given the chunk, which is deleted when its time has come */
  | { readonly kind: "blob.seal"; readonly hash: BlobHash }
  | { readonly kind: "reader.drop"; readonly log: LogId; readonly key: Uint8Array }
  /** what a law makes the station keep of somebody who left, until a time (protocol/15-moving.md M-24) */
  | { readonly kind: "leaving"; readonly leaving: Leaving }
  | { readonly kind: "leaving.done"; readonly leaving: Pick<Leaving, "what" | "id"> }
  | { readonly kind: "peer"; readonly peer: PeerRecord }
  | LedgerWrite;

/**
 * Everything durable a station has.
 *
 * Reads see every commit that has resolved. Arrays handed in are not changed afterwards by either side.
 */
export interface Store extends AsyncDisposable {
  /**
   * Makes the changes durable, all or none; resolves after they are on disk (fsync). Calls made while another is being
   * written share one transaction, and then share its fate.
   *
   * @throws StationError `station/storage-full` · `station/storage-failed`: nothing was stored, the next call may work
   */
  commit(writes: readonly Write[]): Promise<void>;

  /** reads for the station log and the witness */
  readonly ledger: LedgerReads;
  meta(name: string): Promise<Uint8Array | undefined>;
  /** an identity's op chain */
  account(identity: IdentityId): Promise<readonly Uint8Array[] | undefined>;
  keyPackages(identity: IdentityId, device: DeviceId, suite: number): Promise<KeyPackageShelf>;
  log(log: LogId): Promise<StoredLog | undefined>;
  /** every log that is a mirror or a branch of one: what a station goes on with when it starts */
  mirrors(): Promise<readonly LogRecord[]>;
  /** logs in the order in which they came, after a mark; the first mark is 0 */
  logs(after: number, limit: number): Promise<{ readonly mark: number; readonly logs: readonly LogId[] }>;
  /**
   * Entries from an index on, in whole chunks but for the front of the first, and in pieces where bodies are gone: at
   * least one piece when there is one, then as many as fit in `maxBytes`. What is between two pieces is a hole.
   */
  chunks(log: LogId, from: number, maxBytes: number): Promise<readonly StoredChunk[]>;
  /** holes of a log that end after an index, in order */
  holes(log: LogId, after: number, limit: number): Promise<readonly Hole[]>;
  /** end of the last hole of a status; 0 for none */
  holeEnd(log: LogId, status: GoneStatus): Promise<number>;
  reader(log: LogId, key: Uint8Array): Promise<ReaderRecord | undefined>;
  readerNeeds(log: LogId): Promise<ReaderNeeds>;
  /** removals that were ordered and are not done */
  removals(): Promise<readonly Removal[]>;
  /** leaf hashes of all entries, 32 bytes each */
  leaves(log: LogId): Promise<Uint8Array>;
  /** the head signed when the log had this size, if one was */
  headAt(log: LogId, size: number): Promise<Uint8Array | undefined>;
  /** index of the entry that named a read key */
  readKeyFrom(log: LogId, key: Uint8Array): Promise<number | undefined>;
  /** index of the first commit after `index` that revoked readers */
  revocationAfter(log: LogId, index: number): Promise<number | undefined>;
  blob(hash: BlobHash): Promise<Uint8Array | undefined>;
  /** the lock under which a chunk was put, and its size; undefined: none is here that is given, or it has no lock */
  blobLock(hash: BlobHash): Promise<{ readonly lock: Uint8Array; readonly sizeBytes: number } | undefined>;
  /** bytes of a sealed chunk; undefined: it is not here, or not sealed */
  sealedBlobBytes(hash: BlobHash): Promise<number | undefined>;
  /** what is to go by a time, the earliest first */
  leavings(dueMs: number, limit: number): Promise<readonly Leaving[]>;
  /** all key packages of a device, in bytes */
  keyPackageBytes(
    identity: IdentityId,
    device: DeviceId,
  ): Promise<{ readonly objects: number; readonly bytes: number }>;
  /** whether a chunk is here, without reading it */
  hasBlob(hash: BlobHash): Promise<boolean>;
  peers(): Promise<readonly PeerRecord[]>;
}
