/*
 * What this package's codecs and verifiers speak of, as values (protocol/9-rule-r.md). Statements (receipts and signed heads)
 * and contradictions are those of `@chapar/log`.
 */
import type { TreeBridge } from "@chapar/log";
import type { DecodedLeaf, EpochLeaf, LedgerHead, LedgerIdentity, LedgerLeaf, LogId, StationKey } from "@chapar/wire";

/** What became of an entry's body at a station (E-11); numbers are indexes. */
export const ITEM_STATUSES = ["present", "pruned", "expired", "removed"] as const;
/** One of ITEM_STATUSES. */
export type ItemStatus = (typeof ITEM_STATUSES)[number];

/** One entry of a manifest. */
export interface ManifestItem {
  readonly status: ItemStatus;
  /** 32 bytes */
  readonly leafHash: Uint8Array;
}

/** Where the tombstone of a removed item stands: generation and index of the station log (E-15). */
export interface TombstonePlace {
  /** of the item */
  readonly offset: number;
  readonly generation: number;
  readonly ledgerIndex: number;
}

/** A station's signed word on what it has of a range of a log (E-11). */
export interface Manifest {
  readonly kind: "manifest";
  readonly station: StationKey;
  readonly log: LogId;
  /** the reader it was made for, 32 bytes */
  readonly reader: Uint8Array | undefined;
  readonly timeMs: number;
  readonly size: number;
  readonly root: Uint8Array;
  readonly first: number;
  /** the reader's newest encoded ack; empty when there is none */
  readonly ack: Uint8Array;
  /** one for each removed item, by rising offset */
  readonly tombstones: readonly TombstonePlace[];
  readonly items: readonly ManifestItem[];
  readonly signature: Uint8Array;
}

/** A station's signed word that a reader key is registered for a log from an index on (E-10). */
export interface ReaderWord {
  readonly kind: "reader";
  readonly station: StationKey;
  readonly log: LogId;
  readonly reader: Uint8Array;
  readonly from: number;
  readonly timeMs: number;
  readonly signature: Uint8Array;
}

/** A station's signed word on an identity's chain (E-16). */
export interface IdentityWord extends LedgerIdentity {
  readonly kind: "identity";
  readonly station: StationKey;
  /** the identity's key in the map (S-3), 32 bytes */
  readonly identity: Uint8Array;
  readonly timeMs: number;
  readonly signature: Uint8Array;
}

/** A reader's signed word that it needs no body below `upTo` any more (E-12). */
export interface Ack {
  readonly kind: "ack";
  /** the reader key, which signs */
  readonly reader: Uint8Array;
  readonly station: StationKey;
  readonly log: LogId;
  readonly upTo: number;
  readonly signature: Uint8Array;
}

/** An epoch of a station's log, proved under a checkpoint that the station signed (E-20). */
export interface EpochClaim {
  readonly leaf: Uint8Array;
  /** compact proof (S-15) */
  readonly proof: Uint8Array;
}

/** What an epoch says of one key of a map (E-20). */
export interface MapClaim {
  readonly epoch: EpochClaim;
  /** encoded map proof */
  readonly mapProof: Uint8Array;
}

/** A map claim that was checked; `value` undefined: the map has nothing for the key. */
export interface CheckedClaim<Value extends LedgerHead | LedgerIdentity> {
  readonly epoch: EpochLeaf;
  /** of the epoch leaf in the log */
  readonly index: number;
  /** size of the checkpoint */
  readonly ledgerSize: number;
  /** of the log, from 1 (E-3) */
  readonly generation: number;
  readonly value: Value | undefined;
}

/** What is put to a station through a witness (§5). */
export interface Challenge {
  readonly kind: "entry" | "identity";
  readonly station: StationKey;
  /** a statement or word (`claim` false), or an encoded map claim */
  readonly basis: { readonly isClaim: boolean; readonly bytes: Uint8Array };
  /** log id, or the identity's key in the map; 32 bytes */
  readonly subject: Uint8Array;
  /** kind `entry`: the reader key that a manifest must answer; 32 bytes */
  readonly reader: Uint8Array | undefined;
  readonly index: number;
  readonly timeMs: number;
  /** 16 bytes */
  readonly nonce: Uint8Array;
}

/** An answer to a challenge (E-40). */
export type ChallengeAnswer =
  | { readonly kind: "entry"; readonly entry: Uint8Array; readonly inclusion: readonly Uint8Array[] }
  | { readonly kind: "manifest"; readonly manifest: Uint8Array }
  | { readonly kind: "op"; readonly genesis: Uint8Array; readonly op: Uint8Array };

/** A leaf of a station log and its compact proof. */
export interface LeafClaim {
  readonly leaf: Uint8Array;
  readonly proof: Uint8Array;
}

/** A leaf of a station log that was checked. */
export interface CheckedLeaf {
  readonly leaf: DecodedLeaf;
  readonly index: number;
  /** of the checkpoint that it was proved under */
  readonly size: number;
  /** of the log, from 1 (E-3) */
  readonly generation: number;
}

/** A checkpoint by its log's signature alone. */
export interface SignedCheckpoint {
  readonly size: number;
  readonly root: Uint8Array;
  readonly signature: Uint8Array;
}

/** Why a manifest is false, with what shows it (§4, shape 6). */
export type ManifestFault =
  | { readonly reason: "pruned-early"; readonly word: Uint8Array }
  | { readonly reason: "expired-early"; readonly statement: Uint8Array }
  | {
      readonly reason: "other-leaf";
      /** a receipt for the index; or a statement with an inclusion proof of `leafHash` */
      readonly statement: Uint8Array;
      readonly inclusion: TreeBridge | undefined;
    }
  | { readonly reason: "no-tombstone"; readonly leaf: LeafClaim };

/** A proof of misbehaviour, or a witness's word on a challenge (§4). */
export type Bundle = { readonly station: StationKey } & (
  | { readonly shape: "statements"; readonly contradiction: Uint8Array }
  | {
      readonly shape: "log";
      readonly statement: Uint8Array;
      readonly claim: MapClaim;
      readonly bridge: TreeBridge | undefined;
    }
  | { readonly shape: "heads"; readonly log: LogId; readonly earlier: MapClaim; readonly later: MapClaim }
  | {
      readonly shape: "checkpoints";
      readonly generation: number;
      readonly a: SignedCheckpoint;
      readonly b: SignedCheckpoint;
      readonly bridge: TreeBridge | undefined;
    }
  | { readonly shape: "identity"; readonly word: Uint8Array; readonly other: Uint8Array | MapClaim }
  | {
      readonly shape: "manifest";
      readonly manifest: Uint8Array;
      /** offset of the item */
      readonly item: number;
      readonly fault: ManifestFault;
    }
  | {
      readonly shape: "unanswered";
      readonly challenge: Uint8Array;
      readonly witness: StationKey;
      readonly leaf: LeafClaim;
    }
  | {
      readonly shape: "duplicate";
      readonly statement: Uint8Array;
      readonly leafHash: Uint8Array;
      readonly places: readonly [Place, Place];
    }
  | { readonly shape: "fold"; readonly leaf: LeafClaim; readonly claim: MapClaim }
);

/** An index and the inclusion proof of a leaf hash there. */
export interface Place {
  readonly index: number;
  readonly proof: readonly Uint8Array[];
}

/** Every way in which a bundle of each shape can show something false (§4). */
export const FAULTS = {
  statements: ["same-size", "same-index", "rolled-back", "prefix", "entry"],
  log: ["other-root", "omitted", "rolled-back", "other-prefix"],
  heads: ["other-root", "lost", "rolled-back"],
  checkpoints: ["other-root", "other-prefix"],
  identity: ["other-commitment", "omitted", "rolled-back"],
  manifest: ["pruned-early", "expired-early", "other-leaf", "no-tombstone"],
  unanswered: ["unanswered"],
  duplicate: ["twice"],
  fold: ["lost", "other-commitment"],
} as const;

/** What a verified bundle establishes. */
export type Verdict = {
  [Shape in Bundle["shape"]]: {
    readonly shape: Shape;
    readonly station: StationKey;
    /** which way of being false, for a sentence */
    readonly fault: (typeof FAULTS)[Shape][number];
    /** signed times of the two objects, older first; undefined where one has none */
    readonly sinceMs: number | undefined;
    readonly untilMs: number | undefined;
    /** a restoration may excuse it: ask for the station's incidents first (E-31) */
    readonly excusable: boolean;
  };
}[Bundle["shape"]];

/** An incident that a station logged; `openIncident` checks one (E-3). */
export type Incident = Extract<LedgerLeaf, { readonly kind: "incident" }>;
