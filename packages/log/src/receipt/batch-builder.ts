/*
 * One signature for a whole group commit. Claims become leaf hashes as they are added; `seal` hashes the batch tree level
 * by level into one flat buffer (a lone last node rises unchanged, which is RFC 6962's tree) and signs its root. Every
 * statement's path is then a few copies out of that buffer: about two hashes a message in all, and one view.
 */
import type { Signer } from "@chapar/wire/bytes";
import { LogError } from "../errors.ts";
import { HASH_BYTES, type TreeHasher } from "../tree/hash.ts";
import { BATCH_MAX_LEAVES, encodeBatchBody } from "./batch-body.ts";
import { type AcceptClaim, type BatchClaim, createClaimHasher, type HeadClaim } from "./claim.ts";
import type { SignedStatement } from "./statement.ts";
import { encodeWithPath, type StatementForm } from "./statement-codec.ts";

/** Statements that are copied at once share memory of this size: an array of its own costs more than what is in it. */
const SLAB_BYTES = 16 * 1024;

interface TreeLevel {
  /** offset of the level's first hash in the node buffer, in bytes */
  readonly at: number;
  readonly count: number;
}

/** A signed batch: hands out each claim's statement. Keeps the batch's hashes and claims alive, 64 bytes a leaf. */
export interface SealedBatch {
  readonly timeMs: number;
  readonly leafCount: number;
  /** Encoded statement of the claim that `add` answered this leaf index for. @see L-23 */
  encode(leafIndex: number, form?: StatementForm): Uint8Array<ArrayBuffer>;
  /** The same bytes in memory shared with others of the batch: to send or copy at once, never to keep. */
  encodeShared(leafIndex: number, form?: StatementForm): Uint8Array<ArrayBuffer>;
  /** The same as a value. */
  statement(leafIndex: number): SignedStatement;
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.byteLength === HASH_BYTES;
}

function isClaimSound(claim: BatchClaim): boolean {
  if (!isHash(claim.logId) || !isHash(claim.root) || !Number.isSafeInteger(claim.size) || claim.size < 0) return false;
  if (claim.kind === "head") return true;
  return isHash(claim.leafHash) && Number.isSafeInteger(claim.index) && claim.index >= 0 && claim.index < claim.size;
}

/**
 * Collects the claims of one group commit and signs them at once.
 *
 * Use once: add, then `seal` after the commit is on disk. Claims are kept by reference until then and in the sealed
 * batch; do not change their bytes. At most 65,536 claims.
 * @see L-20, L-21
 */
export class BatchBuilder {
  readonly #hasher: TreeHasher;
  readonly #hashClaim: (claim: BatchClaim) => Uint8Array;
  readonly #claims: BatchClaim[] = [];
  #nodes: Uint8Array = new Uint8Array(64 * HASH_BYTES);

  constructor(hasher: TreeHasher) {
    this.#hasher = hasher;
    this.#hashClaim = createClaimHasher(hasher);
  }

  /** Claims added so far. */
  get size(): number {
    return this.#claims.length;
  }

  /** Adds an accepted entry; answers its leaf index in the batch. @throws LogError `log/bad-argument` */
  accept(claim: Omit<AcceptClaim, "kind">): number {
    const { logId, index, leafHash, size, root } = claim;
    return this.#add({ kind: "accept", logId, index, leafHash, size, root });
  }

  /** Adds the head of a log; answers its leaf index in the batch. @throws LogError `log/bad-argument` */
  head(claim: Omit<HeadClaim, "kind">): number {
    const { logId, size, root } = claim;
    return this.#add({ kind: "head", logId, size, root });
  }

  #add(claim: BatchClaim): number {
    if (!isClaimSound(claim)) throw new LogError("log/bad-argument", "not a claim that can be true");
    const leafIndex = this.#claims.length;
    if (leafIndex >= BATCH_MAX_LEAVES) throw new LogError("log/bad-argument", "the batch is full");
    const at = leafIndex * HASH_BYTES;
    if (at === this.#nodes.byteLength) this.#nodes = grown(this.#nodes, at * 2);
    this.#nodes.set(this.#hashClaim(claim), at);
    this.#claims.push(claim);
    return leafIndex;
  }

  /**
   * Builds the batch tree and signs its root.
   *
   * @param timeMs  the station's clock, never before that of an earlier batch (L-26)
   * @throws LogError `log/bad-argument` for an empty batch; whatever the signer throws
   */
  async seal(signer: Signer, timeMs: number): Promise<SealedBatch> {
    const leafCount = this.#claims.length;
    if (leafCount === 0 || !Number.isSafeInteger(timeMs) || timeMs < 0) {
      throw new LogError("log/bad-argument", "a batch has a claim and a time");
    }
    const levels = this.#hashLevels(leafCount);
    const rootAt = levels.at(-1)?.at ?? 0;
    const root = this.#nodes.slice(rootAt, rootAt + HASH_BYTES);
    const stationKey = signer.publicKey;
    const signature = await signer.sign(encodeBatchBody({ stationKey, timeMs, leafCount, root }));
    return sealed(this.#claims, this.#nodes, levels, { stationKey, timeMs, leafCount, signature });
  }

  #hashLevels(leafCount: number): TreeLevel[] {
    const levels: TreeLevel[] = [{ at: 0, count: leafCount }];
    // A lone node is copied once a level, so the tree may take a few hashes more than twice the leaves.
    this.#nodes = grown(this.#nodes, (2 * leafCount + 32) * HASH_BYTES);
    let below: TreeLevel = { at: 0, count: leafCount };
    while (below.count > 1) {
      const level: TreeLevel = { at: below.at + below.count * HASH_BYTES, count: Math.ceil(below.count / 2) };
      for (let i = 0; i < level.count; i++) {
        const left = below.at + 2 * i * HASH_BYTES;
        const to = level.at + i * HASH_BYTES;
        if (2 * i + 1 < below.count) this.#nodes.set(this.#hasher.nodeAt(this.#nodes, left, left + HASH_BYTES), to);
        else this.#nodes.copyWithin(to, left, left + HASH_BYTES);
      }
      levels.push(level);
      below = level;
    }
    return levels;
  }
}

function grown(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  const larger = new Uint8Array(Math.max(sizeBytes, bytes.byteLength));
  larger.set(bytes);
  return larger;
}

function sealed(
  claims: readonly BatchClaim[],
  nodes: Uint8Array,
  levels: readonly TreeLevel[],
  place: { stationKey: Uint8Array; timeMs: number; leafCount: number; signature: Uint8Array },
): SealedBatch {
  const claimAt = (leafIndex: number): BatchClaim => {
    const claim = claims[leafIndex];
    if (claim === undefined) throw new LogError("log/bad-argument", `no leaf ${leafIndex}`);
    return claim;
  };
  const paths = new Paths(nodes, levels);
  let slab = new Uint8Array(0);
  let slabUsed = 0;
  const fromSlab = (sizeBytes: number): Uint8Array<ArrayBuffer> => {
    if (slab.byteLength - slabUsed < sizeBytes) {
      slab = new Uint8Array(Math.max(SLAB_BYTES, sizeBytes));
      slabUsed = 0;
    }
    return slab.subarray(slabUsed, (slabUsed += sizeBytes));
  };
  return {
    timeMs: place.timeMs,
    leafCount: place.leafCount,
    encode: (leafIndex, form = {}) =>
      encodeWithPath(claimAt(leafIndex), { ...place, leafIndex }, paths.of(leafIndex), form),
    encodeShared: (leafIndex, form = {}) =>
      encodeWithPath(claimAt(leafIndex), { ...place, leafIndex }, paths.of(leafIndex), form, fromSlab),
    statement(leafIndex) {
      const claim = claimAt(leafIndex);
      const flat = paths.of(leafIndex);
      const path = Array.from({ length: flat.byteLength / HASH_BYTES }, (_, i) =>
        flat.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES),
      );
      return { ...claim, batch: { ...place, leafIndex, path } };
    },
  };
}

/**
 * Paths out of a batch's nodes, in one buffer that is used again. Statements are asked for in the order of their leaves,
 * and neighbours share all but the lowest hashes of their paths: what stands in the buffer already is not copied again.
 */
class Paths {
  readonly #nodes: Uint8Array;
  readonly #levels: readonly TreeLevel[];
  readonly #path: Uint8Array;
  /** for each hash of the buffer, the offset it was copied from; -1 for none yet */
  readonly #copiedFrom: Int32Array;

  constructor(nodes: Uint8Array, levels: readonly TreeLevel[]) {
    this.#nodes = nodes;
    this.#levels = levels;
    this.#path = new Uint8Array(levels.length * HASH_BYTES);
    this.#copiedFrom = new Int32Array(levels.length).fill(-1);
  }

  /** The path's hashes, one after the other; good until the next call. */
  of(leafIndex: number): Uint8Array {
    let length = 0;
    let index = leafIndex;
    for (const level of this.#levels) {
      const sibling = index ^ 1;
      if (sibling < level.count) {
        const from = level.at + sibling * HASH_BYTES;
        if (this.#copiedFrom[length] !== from) {
          this.#copiedFrom[length] = from;
          this.#path.set(this.#nodes.subarray(from, from + HASH_BYTES), length * HASH_BYTES);
        }
        length++;
      }
      index >>= 1;
    }
    return this.#path.subarray(0, length * HASH_BYTES);
  }
}
