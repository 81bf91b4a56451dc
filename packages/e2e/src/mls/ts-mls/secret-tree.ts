/*
 * The secret tree (RFC 9420 §9) as records: a puncturable tree instead of one big array.
 *
 * ts-mls expands an epoch's encryption_secret into every leaf's ratchet at once. Stored like that, either each message
 * rewrites everything, or the record keeps first secrets from which deleted messages can be read again. So the records
 * hold what §9.2 says a client may still hold: a *frontier* of node secrets, from which every leaf that never sent can be
 * derived and no other. When a leaf is first used, the frontier secret above it is replaced by those of its copath (at
 * most log2(members) of them) and its ratchets get a record of their own; from then on only that record changes.
 *
 *   secret/<epoch>/<node>    node secret, one hash
 *   ratchet/<epoch>/<leaf>   u32 handshake generation, u32 application generation, opaque secret, opaque secret
 */
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import type { GenerationSecret, SecretTree, SecretTreeNode } from "ts-mls";
import { left, right, root, toNodeIndex } from "ts-mls/treemath.js";
import { e2eError } from "../../errors.ts";
import type { TreeKdf } from "../key-derivation.ts";
import type { RecordWrite } from "../port.ts";

/** What the records of one epoch's ratchets hold. Immutable. */
export interface EpochKeys {
  readonly epoch: number;
  /** leaves of the tree, blank ones included: a power of two */
  readonly width: number;
  /** unexpanded node secrets by node index */
  readonly frontier: ReadonlyMap<number, Uint8Array>;
  /** leaves that have a ratchet record */
  readonly touched: ReadonlySet<number>;
}

/** A change of the keys: what to write, and which secrets it replaced. */
export interface KeyChange {
  readonly keys: EpochKeys;
  readonly writes: readonly RecordWrite[];
  readonly spent: readonly Uint8Array[];
}

const MAX_SECRET_BYTES = 64;

function secretKey(epoch: number, node: number): string {
  return `secret/${epoch}/${node}`;
}

function ratchetKey(epoch: number, leaf: number): string {
  return `ratchet/${epoch}/${leaf}`;
}

function rootOf(width: number): number {
  return root(width);
}

function leftOf(node: number): number {
  return left(toNodeIndex(node));
}

function rightOf(node: number): number {
  return right(toNodeIndex(node));
}

/** The keys of a fresh epoch: one secret at the root. */
export function freshKeys(epoch: number, width: number, encryptionSecret: Uint8Array): EpochKeys {
  return { epoch, width, frontier: new Map([[rootOf(width), encryptionSecret]]), touched: new Set() };
}

function encodeRatchet(node: SecretTreeNode): Uint8Array {
  return new ByteWriter(160)
    .u32(node.handshake.generation)
    .u32(node.application.generation)
    .opaque(node.handshake.secret)
    .opaque(node.application.secret)
    .finish();
}

function generationSecret(secret: Uint8Array, generation: number): GenerationSecret {
  return { secret, generation, unusedGenerations: {} };
}

function decodeRatchet(bytes: Uint8Array): SecretTreeNode {
  const reader = new ByteReader(bytes);
  const handshake = reader.u32();
  const application = reader.u32();
  const decoded = reader.finish({
    handshake: generationSecret(reader.opaque(MAX_SECRET_BYTES).slice(), handshake),
    application: generationSecret(reader.opaque(MAX_SECRET_BYTES).slice(), application),
  });
  if (!decoded.ok) throw e2eError("e2e/bad-record");
  return decoded.value;
}

/** Takes a leaf out of the frontier; nothing when it was taken out before. @see RFC 9420 §9.2 */
function puncture(kdf: TreeKdf, keys: EpochKeys, leaf: number): KeyChange {
  const target = 2 * leaf;
  let node = rootOf(keys.width);
  while (!keys.frontier.has(node) && node !== target) node = target < node ? leftOf(node) : rightOf(node);
  const covering = keys.frontier.get(node);
  if (covering === undefined) throw e2eError("e2e/bad-record");
  const frontier = new Map(keys.frontier);
  const writes: RecordWrite[] = [{ key: secretKey(keys.epoch, node), value: undefined }];
  const spent: Uint8Array[] = [covering];
  frontier.delete(node);
  for (let secret = covering; node !== target;) {
    const children = kdf.children(secret);
    const goLeft = target < node;
    const sibling = goLeft ? rightOf(node) : leftOf(node);
    const siblingSecret = goLeft ? children.right : children.left;
    frontier.set(sibling, siblingSecret);
    writes.push({ key: secretKey(keys.epoch, sibling), value: siblingSecret });
    secret = goLeft ? children.left : children.right;
    spent.push(secret);
    node = goLeft ? leftOf(node) : rightOf(node);
  }
  return { keys: { ...keys, frontier, touched: new Set([...keys.touched, leaf]) }, writes, spent };
}

/** What to write after a leaf's ratchet moved. */
export function ratchetChange(kdf: TreeKdf, keys: EpochKeys, leaf: number, node: SecretTreeNode): KeyChange {
  const write = { key: ratchetKey(keys.epoch, leaf), value: encodeRatchet(node) };
  if (keys.touched.has(leaf)) return { keys, writes: [write], spent: [] };
  const punctured = puncture(kdf, keys, leaf);
  return { ...punctured, writes: [write, ...punctured.writes] };
}

/** Writes that put every record of the keys. */
export function putKeys(keys: EpochKeys, tree: SecretTree): RecordWrite[] {
  const writes: RecordWrite[] = [];
  for (const [node, secret] of keys.frontier) writes.push({ key: secretKey(keys.epoch, node), value: secret });
  for (const leaf of keys.touched) {
    const node = tree[2 * leaf];
    if (node !== undefined) writes.push({ key: ratchetKey(keys.epoch, leaf), value: encodeRatchet(node) });
  }
  return writes;
}

/** Writes that delete every record of the keys. */
export function dropKeys(keys: EpochKeys): RecordWrite[] {
  return [
    ...[...keys.frontier.keys()].map((node) => ({ key: secretKey(keys.epoch, node), value: undefined })),
    ...[...keys.touched].map((leaf) => ({ key: ratchetKey(keys.epoch, leaf), value: undefined })),
  ];
}

/** The keys that the records of one epoch hold. */
export function readKeys(records: ReadonlyMap<string, Uint8Array>, epoch: number, width: number): EpochKeys {
  const frontier = new Map<number, Uint8Array>();
  const touched = new Set<number>();
  for (const [key, value] of records) {
    const [kind, at, index] = key.split("/");
    if (at !== String(epoch) || index === undefined) continue;
    if (kind === "secret") frontier.set(Number(index), value.slice()); // wiping must not reach the caller's records
    if (kind === "ratchet") touched.add(Number(index));
  }
  return { epoch, width, frontier, touched };
}

const NO_RATCHET: SecretTreeNode = {
  handshake: generationSecret(new Uint8Array(0), 0),
  application: generationSecret(new Uint8Array(0), 0),
};

/** The array that ts-mls works on, from records. Parents hold nothing: only leaves have ratchets. Cost: O(leaves). */
export function expandTree(kdf: TreeKdf, keys: EpochKeys, records: ReadonlyMap<string, Uint8Array>): SecretTree {
  const tree: SecretTree = Array.from({ length: 2 * keys.width - 1 }, () => NO_RATCHET);
  const stack = [...keys.frontier];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const [node, secret] = item;
    if (node < 0 || node >= tree.length || !Number.isInteger(node)) throw e2eError("e2e/bad-record");
    if (node % 2 === 0) {
      tree[node] = {
        handshake: generationSecret(kdf.ratchetRoot(secret, "handshake"), 0),
        application: generationSecret(kdf.ratchetRoot(secret, "application"), 0),
      };
    } else {
      const children = kdf.children(secret);
      stack.push([leftOf(node), children.left], [rightOf(node), children.right]);
    }
  }
  for (const leaf of keys.touched) {
    const record = records.get(ratchetKey(keys.epoch, leaf));
    if (record === undefined || leaf >= keys.width) throw e2eError("e2e/bad-record");
    tree[2 * leaf] = decodeRatchet(record);
  }
  for (let leaf = 0; leaf < keys.width; leaf++) if (tree[2 * leaf] === NO_RATCHET) throw e2eError("e2e/bad-record");
  return tree;
}

/** Moves one of a leaf's ratchets forward to `generation`; itself when it is there or beyond. */
export function advanceRatchet(kdf: TreeKdf, ratchet: GenerationSecret, generation: number): GenerationSecret {
  let current = ratchet;
  while (current.generation < generation) {
    current = generationSecret(kdf.next(current.secret, current.generation), current.generation + 1);
  }
  return current;
}
