/*
 * Tree hashes (RFC 9420 §7.8) and parent hashes (§7.9) of a whole tree, each subtree hashed once. ts-mls hashes anew for every
 * node on every path, which costs a joiner of a warm tree of 1,000 most of a second.
 *
 *   tree hash of a leaf    H(u8 1, u32 leaf index, optional LeafNode)
 *   tree hash of a parent  H(u8 2, optional ParentNode, opaque left hash, opaque right hash)
 *   parent hash            H(opaque encryption key, opaque parent hash, opaque original sibling tree hash)
 */
import { ByteWriter, equalBytes } from "@chapar/wire/bytes";
import type { Node, RatchetTree } from "ts-mls";
import { left, right, root, toNodeIndex } from "ts-mls/treemath.js";
import { nodeBytes } from "./records.ts";

type Digest = (bytes: Uint8Array) => Uint8Array;
type NodeParent = Extract<Node, { nodeType: "parent" }>;

const leftOf = (node: number): number => left(toNodeIndex(node));
const rightOf = (node: number): number => right(toNodeIndex(node));

/** How many levels a node is above the leaves (§C): its trailing ones. */
function levelOf(node: number): number {
  let level = 0;
  while (((node >> level) & 1) === 1) level++;
  return level;
}

/** Whether a leaf is in the subtree of a node. */
function holds(node: number, leaf: number): boolean {
  const level = levelOf(node);
  return (2 * leaf) >> (level + 1) === node >> (level + 1);
}

function writeNode(writer: ByteWriter, node: Node | undefined): void {
  writer.flag(node !== undefined);
  if (node !== undefined) writer.bytes(nodeBytes(node).subarray(1)); // the first byte is the node's type
}

/** A tree with its hashes. */
export interface HashedTree {
  readonly rootHash: Uint8Array;
  /** §7.9.2: every filled parent has exactly one node below that vouches for it */
  parentHashesHold(): boolean;
}

class Hasher implements HashedTree {
  readonly #tree: RatchetTree;
  readonly #digest: Digest;
  readonly #hashes: Uint8Array[];
  readonly rootHash: Uint8Array;

  constructor(tree: RatchetTree, digest: Digest) {
    this.#tree = tree;
    this.#digest = digest;
    this.#hashes = Array.from({ length: tree.length });
    this.rootHash = this.#hash(root((tree.length + 1) / 2), []);
  }

  /** The hash of a subtree from which leaves were taken out; kept when none was. */
  #hash(node: number, without: readonly number[]): Uint8Array {
    const gone = without.filter((leaf) => holds(node, leaf));
    const known = gone.length === 0 ? this.#hashes[node] : undefined;
    if (known !== undefined) return known;
    const writer = new ByteWriter(512);
    const at = this.#tree[node];
    if (node % 2 === 0) {
      writer.u8(1).u32(node / 2);
      writeNode(writer, gone.length === 0 ? at : undefined);
    } else {
      writer.u8(2);
      writeNode(writer, at?.nodeType === "parent" && gone.length > 0 ? withoutLeaves(at, gone) : at);
      writer.opaque(this.#hash(leftOf(node), gone)).opaque(this.#hash(rightOf(node), gone));
    }
    const hash = this.#digest(writer.finish());
    if (gone.length === 0) this.#hashes[node] = hash;
    return hash;
  }

  /** §4.1.1 */
  #resolution(node: number): number[] {
    const at = this.#tree[node];
    if (at?.nodeType === "parent") return [node, ...at.parent.unmergedLeaves.map((leaf) => 2 * leaf)];
    if (at !== undefined) return [node];
    return node % 2 === 0 ? [] : [...this.#resolution(leftOf(node)), ...this.#resolution(rightOf(node))];
  }

  /** Whether a node under `child` vouches for the parent: alone there, but for leaves that the parent lists as unmerged. */
  #vouched(parent: NodeParent["parent"], child: number, sibling: number): boolean {
    const unmerged = parent.unmergedLeaves.filter((leaf) => holds(child, leaf));
    const resolution = this.#resolution(child);
    const [voucher, ...others] = resolution.filter((node) => node % 2 === 1 || !unmerged.includes(node / 2));
    if (voucher === undefined || others.length > 0 || resolution.length !== unmerged.length + 1) return false;
    const claimed = parentHashOf(this.#tree[voucher]);
    if (claimed === undefined) return false;
    const writer = new ByteWriter(256).opaque(parent.hpkePublicKey).opaque(parent.parentHash);
    writer.opaque(this.#hash(sibling, parent.unmergedLeaves));
    return equalBytes(claimed, this.#digest(writer.finish()));
  }

  parentHashesHold(): boolean {
    return this.#tree.every((node, index) => {
      if (node?.nodeType !== "parent") return true;
      const [below, beside] = [leftOf(index), rightOf(index)];
      return this.#vouched(node.parent, below, beside) !== this.#vouched(node.parent, beside, below);
    });
  }
}

function withoutLeaves(node: NodeParent, leaves: readonly number[]): NodeParent {
  const unmergedLeaves = node.parent.unmergedLeaves.filter((leaf) => !leaves.includes(leaf));
  return { nodeType: "parent", parent: { ...node.parent, unmergedLeaves } };
}

function parentHashOf(node: Node | undefined): Uint8Array | undefined {
  if (node?.nodeType === "parent") return node.parent.parentHash;
  return node?.leaf.leafNodeSource === "commit" ? node.leaf.parentHash : undefined;
}

/**
 * Hashes a tree of full width whose nodes are of the right type for their place. Cost: a hash a node.
 *
 * @param digest the suite's hash
 */
export function hashTree(tree: RatchetTree, digest: Digest): HashedTree {
  return new Hasher(tree, digest);
}
