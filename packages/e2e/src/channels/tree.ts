/*
 * The key tree of a channel's readers: a logical key hierarchy (RFC 2627 §5.4, binary) of fixed depth. Every reader holds the keys on the path from
 * their leaf to the root. Whoever leads the channel derives every key from one seed and the removals that the board tells, so nothing but
 * these has to be kept. All keys go one way forward with every period, so what is held now opens nothing of before.
 */
import { ByteWriter, concatBytes, utf8 } from "@chapar/wire/bytes";
import type { CryptoPort } from "../crypto/port.ts";

/** Levels below the root. */
export const TREE_DEPTH = 16;
/** Places for readers. */
export const MAX_LEAVES: number = 2 ** TREE_DEPTH;
/** Nodes are numbered as in a heap: the root is 1, the children of `n` are `2n` and `2n + 1`. */
export const ROOT = 1;
/** Keys that a reader holds. */
export const PATH_KEYS: number = TREE_DEPTH + 1;
const KEY_BYTES = 32;
/** A sealed key. */
export const SEAL_BYTES: number = KEY_BYTES + 16;
/** Every seal has a key of its own, by purpose, period and target, and always the same content. */
const NONCE = new Uint8Array(12);
const EMPTY = new Uint8Array(0);

/** What deriving takes. */
export type Kdf = Pick<CryptoPort, "hkdfExtract" | "hkdfExpand">;
/** What sealing takes. */
export type Aead = Pick<CryptoPort, "aeadSeal" | "aeadOpen">;

/** A new key of a node, sealed under one of its children; of `child` the root: the period's key. */
export interface NodeSeal {
  readonly child: number;
  readonly sealed: Uint8Array;
}

/** What a key is sealed for. */
export interface SealUse {
  readonly use: "node" | "period" | "write";
  readonly period: number;
  /** the node that seals */
  readonly node: number;
}

/** HKDF-SHA256 with a label and numbers. */
export function derive(crypto: Kdf, secret: Uint8Array, label: string, ...numbers: readonly number[]): Uint8Array {
  const info = numbers.reduce((to, number) => to.index(number), new ByteWriter(64)).finish();
  return crypto.hkdfExpand("sha256", secret, concatBytes(utf8(`chapar channel ${label}`), info), KEY_BYTES);
}

function sealingKey(crypto: Kdf, key: Uint8Array, { use, period, node }: SealUse): Uint8Array {
  return derive(crypto, key, `seal ${use}`, period, node);
}

/** Seals a key under another one. @param key  the sealing node's key of the period */
export async function sealKey(
  crypto: Kdf & Aead,
  key: Uint8Array,
  what: SealUse,
  content: Uint8Array,
): Promise<Uint8Array> {
  return crypto.aeadSeal(sealingKey(crypto, key, what), NONCE, EMPTY, content);
}

/** Opens a sealed key; undefined when it was sealed under another one. */
export async function openKey(
  crypto: Kdf & Aead,
  key: Uint8Array,
  what: SealUse,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> {
  const content = await crypto.aeadOpen(sealingKey(crypto, key, what), NONCE, EMPTY, sealed);
  return content?.byteLength === KEY_BYTES ? content : undefined;
}

/** A node's key of the next period, when it is not made anew in it. */
export function nextKey(crypto: Kdf, key: Uint8Array): Uint8Array {
  return derive(crypto, key, "next");
}

/** The node of a leaf. */
export function leafNode(leaf: number): number {
  return MAX_LEAVES + leaf;
}

/** The nodes from a leaf to the root, both included. */
export function pathOf(leaf: number): readonly number[] {
  const nodes: number[] = [];
  for (let node = leafNode(leaf); node >= ROOT; node = Math.floor(node / 2)) nodes.push(node);
  return nodes;
}

/** The leader's side of the tree. */
export class LeaderTree {
  readonly #crypto: Kdf & Aead;
  readonly #secret: Uint8Array;
  /** the period in which a node's key was made anew last; those of the first period are not in it */
  readonly #made = new Map<number, number>();

  constructor(crypto: Kdf & Aead, seed: Uint8Array) {
    this.#crypto = crypto;
    this.#secret = crypto.hkdfExtract("sha256", utf8("chapar channel tree"), seed);
  }

  /** A period has begun in which the keys of these leaves went. Periods come in their order. */
  removed(period: number, leaves: readonly number[]): void {
    for (const leaf of leaves) for (const node of pathOf(leaf)) this.#made.set(node, period);
  }

  /** The last period in which a leaf's keys went; 0 for none. */
  removedAt(leaf: number): number {
    return this.#made.get(leafNode(leaf)) ?? 0;
  }

  /** A node's key in a period. Cost: one HMAC for each period since it was made anew. */
  key(node: number, period: number): Uint8Array {
    const made = this.#made.get(node) ?? 0;
    let key = derive(this.#crypto, this.#secret, "node", node, made);
    for (let at = made; at < period; at++) key = nextKey(this.#crypto, key);
    return key;
  }

  /** What a reader at a leaf holds, from the leaf up. */
  path(leaf: number, period: number): readonly Uint8Array[] {
    return pathOf(leaf).map((node) => this.key(node, period));
  }

  /**
   * Begins a period without some leaves: their keys go, and every key on their paths is sealed under each child below which a reader remains.
   * Cost: O(readers + removed · log readers).
   *
   * @param present  leaves of the readers who remain
   * @param periodKey  sealed under the root, when anybody remains
   */
  async rekey(
    period: number,
    removed: readonly number[],
    present: Iterable<number>,
    periodKey: Uint8Array,
  ): Promise<readonly NodeSeal[]> {
    this.removed(period, removed);
    const occupied = new Set<number>();
    for (const leaf of present) {
      for (let node = leafNode(leaf); node >= ROOT && !occupied.has(node); node = Math.floor(node / 2))
        occupied.add(node);
    }
    const nodes = new Set(removed.flatMap((leaf) => pathOf(leaf).slice(1)));
    const seals: NodeSeal[] = [];
    const add = async (child: number, use: SealUse["use"], content: Uint8Array): Promise<void> => {
      if (!occupied.has(child)) return;
      const sealed = await sealKey(this.#crypto, this.key(child, period), { use, period, node: child }, content);
      seals.push({ child, sealed });
    };
    for (const node of nodes) {
      const key = this.key(node, period);
      for (const child of [2 * node, 2 * node + 1]) await add(child, "node", key);
    }
    await add(ROOT, "period", periodKey);
    return seals;
  }
}

/** A reader's keys after a period has begun, and the period's key; undefined: the reader is not in it. */
export async function followTree(
  crypto: Kdf & Aead,
  reader: { readonly leaf: number; readonly keys: readonly Uint8Array[] },
  period: number,
  seals: readonly NodeSeal[],
): Promise<{ readonly keys: readonly Uint8Array[]; readonly periodKey: Uint8Array } | undefined> {
  const bySeal = new Map(seals.map(({ child, sealed }) => [child, sealed]));
  const keys: Uint8Array[] = [];
  for (const [level, node] of pathOf(reader.leaf).entries()) {
    const held = reader.keys[level];
    if (held === undefined) return undefined;
    const child = Math.floor(leafNode(reader.leaf) / 2 ** (level - 1));
    const below = keys.at(-1);
    const sealed = level === 0 ? undefined : bySeal.get(child);
    const opened =
      sealed === undefined || below === undefined
        ? undefined
        : await openKey(crypto, below, { use: "node", period, node: child }, sealed);
    // A seal that does not open is for whoever has this place now.
    if (sealed !== undefined && opened === undefined) return undefined;
    keys.push(opened ?? nextKey(crypto, held));
    if (node === ROOT) break;
  }
  const top = keys.at(-1);
  const sealed = bySeal.get(ROOT);
  const periodKey =
    top === undefined || sealed === undefined
      ? undefined
      : await openKey(crypto, top, { use: "period", period, node: ROOT }, sealed);
  return periodKey === undefined ? undefined : { keys, periodKey };
}
