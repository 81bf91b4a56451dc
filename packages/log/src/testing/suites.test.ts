/* The suites of the ports, run on the implementations of this package. */
import { buildTile, tileHashReader } from "../tiles/tile.ts";
import { MemoryTree } from "../tree/memory-tree.ts";
import { describeHashReader } from "./describe-hash-reader.ts";
import { testHasher } from "./primitives.ts";

const hasher = testHasher();

function treeOf(leaves: readonly Uint8Array[]): MemoryTree {
  const tree = new MemoryTree(hasher);
  for (const leaf of leaves) tree.append(leaf);
  return tree;
}

describeHashReader("MemoryTree", async (leaves) => treeOf(leaves).reader);
describeHashReader("tiles", async (leaves) => {
  const tree = treeOf(leaves);
  return tileHashReader(tree.size, (tile) => buildTile(tile, tree.reader), hasher);
});
