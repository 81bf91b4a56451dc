/*
 * Reads a station log as a stranger does, leaf by leaf, and folds its identities (S-4, S-16): whether each epoch says what the
 * leaves before it say. Needs nothing but the log; memory is 150 bytes an identity.
 */
import { createMapHasher, MerkleMap, type MapEntry } from "@chapar/log";
import { decodeLedgerLeaf, encodeLedgerIdentity, type EpochLeaf, type LedgerLeaf } from "@chapar/wire";
import { equalBytes, type Sha256 } from "@chapar/wire/bytes";
import { bytesKey } from "../bytes-key.ts";

/**
 * Why a log is false: a leaf of a known kind does not decode · an identity's ops do not come as 0, 1, 2 … (S-4) · epochs are not
 * numbered 0, 1, 2 …, or go back in time (S-10) · the identities' root or count is not the fold of the leaves (S-16) · there
 * are fewer logs than before (S-16). The order is that of their numbers in the store.
 */
export const LOG_FALSEHOODS = ["bad-leaf", "bad-sequence", "bad-epoch", "bad-fold", "lost-head"] as const;
/** One of LOG_FALSEHOODS. */
export type LogFalsehood = (typeof LOG_FALSEHOODS)[number];

/** Whether an epoch says what the leaves before it say. @param last  the epoch before; @param fold  of all identity-op leaves before */
export function epochFalsehood(
  epoch: EpochLeaf,
  last: EpochLeaf | undefined,
  fold: { readonly count: number; readonly root: Uint8Array },
): LogFalsehood | undefined {
  if (epoch.number !== (last?.number ?? -1) + 1 || epoch.timeMs < (last?.timeMs ?? 0)) return "bad-epoch";
  if (epoch.identityCount !== fold.count || !equalBytes(epoch.identitiesRoot, fold.root)) return "bad-fold";
  return epoch.headCount < (last?.headCount ?? 0) ? "lost-head" : undefined;
}

interface Row {
  readonly entry: MapEntry;
  readonly opCount: number;
}

/** Folds a log. */
export class LedgerAuditor {
  readonly #top: MerkleMap;
  readonly #buckets = new Map<number, Map<string, Row>>();
  readonly #changed = new Set<number>();
  #count = 0;
  #epoch: EpochLeaf | undefined;

  /** @param bits  2^bits buckets: 16 for a million identities, 0 for a few */
  constructor(sha256: Sha256, bits = 12) {
    this.#top = new MerkleMap(createMapHasher(sha256), bits);
  }

  /** Identities so far. */
  get count(): number {
    return this.#count;
  }

  /** The last epoch. */
  get epoch(): EpochLeaf | undefined {
    return this.#epoch;
  }

  /** Root of the identities so far. Cost: what changed since it was asked last. */
  root(): Uint8Array {
    const contents = new Map<number, readonly MapEntry[]>();
    for (const bucket of this.#changed) {
      const rows = [...(this.#buckets.get(bucket) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
      contents.set(
        bucket,
        rows.map(([, row]) => row.entry),
      );
    }
    this.#changed.clear();
    this.#top.update(contents);
    return this.#top.root();
  }

  /** Takes the next leaf; what is false is named, and nothing is taken. @param bytes  untrusted, proved to be in the log */
  take(bytes: Uint8Array): LogFalsehood | undefined {
    const decoded = decodeLedgerLeaf(bytes);
    if (!decoded.ok) return "bad-leaf";
    if (decoded.value.kind === "identity-op") return this.#takeOp(decoded.value);
    return decoded.value.kind === "epoch" ? this.#takeEpoch(decoded.value) : undefined;
  }

  #takeOp({ identity, seq, commitment }: Extract<LedgerLeaf, { kind: "identity-op" }>): LogFalsehood | undefined {
    const bucket = this.#top.bucketOf(identity);
    const rows = this.#buckets.get(bucket) ?? new Map<string, Row>();
    const key = bytesKey(identity);
    const held = rows.get(key);
    if ((held?.opCount ?? 0) !== seq) return "bad-sequence";
    const value = encodeLedgerIdentity({ opCount: seq + 1, commitment });
    rows.set(key, { entry: { key: identity.slice(), value }, opCount: seq + 1 });
    this.#buckets.set(bucket, rows);
    this.#changed.add(bucket);
    if (held === undefined) this.#count++;
    return undefined;
  }

  #takeEpoch(epoch: EpochLeaf): LogFalsehood | undefined {
    const falsehood = epochFalsehood(epoch, this.#epoch, { count: this.#count, root: this.root() });
    if (falsehood !== undefined) return falsehood;
    this.#epoch = { ...epoch, identitiesRoot: epoch.identitiesRoot.slice() };
    return undefined;
  }
}
