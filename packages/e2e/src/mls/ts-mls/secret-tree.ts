/*
 * The secret tree (RFC 9420 §9) as records: a puncturable tree instead of one big array.
 *
 * ts-mls expands an epoch's encryption_secret into every leaf's ratchet at once. Stored like that, either each message
 * rewrites everything, or the record keeps first secrets from which deleted messages can be read again. So the records
 * hold what §9.2 says a client may still hold: a *frontier* of node secrets, from which every leaf that never sent can be
 * derived and no other. When a leaf is first used, the frontier secret above it is replaced by those of its copath (at
 * most log2(members) of them) and its ratchets get a record of their own; from then on only that record changes.
 *
 * In memory it is the same: the array that ts-mls works on holds the ratchets of used leaves, and `seated` fills in one more
 * when it is needed. An epoch begins with one secret instead of four derivations a member.
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

/** The frontier node above a leaf that was not used yet. */
function coverOf(keys: EpochKeys, leaf: number): { readonly covering: Uint8Array; readonly node: number } {
  const target = 2 * leaf;
  let node = rootOf(keys.width);
  while (!keys.frontier.has(node) && node !== target) node = target < node ? leftOf(node) : rightOf(node);
  const covering = keys.frontier.get(node);
  if (covering === undefined) throw e2eError("e2e/bad-record");
  return { covering, node };
}

/** Takes a leaf out of the frontier; nothing when it was taken out before. @see RFC 9420 §9.2 */
function puncture(kdf: TreeKdf, keys: EpochKeys, leaf: number): KeyChange {
  const target = 2 * leaf;
  const cover = coverOf(keys, leaf);
  const { covering } = cover;
  let { node } = cover;
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

/** The array that ts-mls works on, for an epoch in which no leaf was used yet. */
export function unusedTree(width: number): SecretTree {
  return Array.from({ length: 2 * width - 1 }, () => NO_RATCHET);
}

/** A leaf's ratchets: where they stand, or as they begin. @throws E2eError `e2e/bad-record` for a leaf without secrets */
export function ratchetsAt(kdf: TreeKdf, keys: EpochKeys, tree: SecretTree, leaf: number): SecretTreeNode {
  const used = tree[2 * leaf];
  if (used !== undefined && used !== NO_RATCHET) return used;
  if (leaf >= keys.width) throw e2eError("e2e/bad-record");
  const { covering, node } = coverOf(keys, leaf);
  let [secret, at] = [covering, node];
  while (at !== 2 * leaf) {
    const children = kdf.children(secret);
    const goLeft = 2 * leaf < at;
    (goLeft ? children.right : children.left).fill(0);
    if (secret !== covering) secret.fill(0);
    secret = goLeft ? children.left : children.right;
    at = goLeft ? leftOf(at) : rightOf(at);
  }
  const ratchets = {
    handshake: generationSecret(kdf.ratchetRoot(secret, "handshake"), 0),
    application: generationSecret(kdf.ratchetRoot(secret, "application"), 0),
  };
  if (secret !== covering) secret.fill(0);
  return ratchets;
}

/** The tree with a leaf's ratchets in their place. */
export function seated(tree: SecretTree, leaf: number, ratchets: SecretTreeNode): SecretTree {
  if (tree[2 * leaf] === ratchets) return tree;
  const next = tree.slice();
  next[2 * leaf] = ratchets;
  return next;
}

/** Whether frontier and used leaves cover every leaf once. */
function covers(keys: EpochKeys): boolean {
  let met = 0;
  const stack = [rootOf(keys.width)];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (keys.frontier.has(node)) met++;
    else if (node % 2 === 1) stack.push(leftOf(node), rightOf(node));
    else if (!keys.touched.has(node / 2)) return false;
  }
  return met === keys.frontier.size;
}

/** The array that ts-mls works on, from records. Cost: the leaves that were used. */
export function readTree(keys: EpochKeys, records: ReadonlyMap<string, Uint8Array>): SecretTree {
  if (!covers(keys)) throw e2eError("e2e/bad-record");
  const tree = unusedTree(keys.width);
  for (const leaf of keys.touched) {
    const record = records.get(ratchetKey(keys.epoch, leaf));
    if (record === undefined || leaf >= keys.width) throw e2eError("e2e/bad-record");
    tree[2 * leaf] = decodeRatchet(record);
  }
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
