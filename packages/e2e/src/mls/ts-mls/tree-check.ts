/*
 * The validation of a ratchet tree by whoever joins: RFC 9420 §7.9.2, §12.4.3.3.
 *
 * ts-mls asks of a tree that all nodes above an unmerged leaf list the *same* unmerged leaves, where the RFC wants each node
 * between the leaf and the one that lists it to list that leaf as well. Ordinary histories (add three, remove one, add three)
 * give trees that it then refuses, and nobody can join such a group.
 */
import { equalBytes } from "@chapar/wire/bytes";
import type { AuthenticationService, GroupContext, RatchetTree } from "ts-mls";
import { validateLeafNodeUpdateOrCommit } from "ts-mls/clientState.js";
import { verifyLeafNodeSignatureKeyPackage } from "ts-mls/leafNode.js";
import { directPath, toNodeIndex } from "ts-mls/treemath.js";
import { e2eError } from "../../errors.ts";
import type { Environment } from "./environment.ts";
import { widthOf } from "./epochs.ts";
import { hashTree } from "./tree-hash.ts";

/** §7.9.2: each unmerged leaf is filled, below the node, and listed by every filled node in between. */
function checkUnmerged(tree: RatchetTree, index: number, unmerged: readonly number[]): void {
  for (const [at, leaf] of unmerged.entries()) {
    const path = directPath(toNodeIndex(2 * leaf), widthOf({ ratchetTree: tree }));
    const above = path.findIndex((node) => node === index);
    const between = path.slice(0, Math.max(0, above)).map((node) => tree[node]);
    const sound =
      (at === 0 || (unmerged[at - 1] ?? 0) < leaf) &&
      tree[2 * leaf]?.nodeType === "leaf" &&
      above >= 0 &&
      between.every(
        (node) => node === undefined || (node.nodeType === "parent" && node.parent.unmergedLeaves.includes(leaf)),
      );
    if (!sound) throw e2eError("e2e/bad-tree");
  }
}

/** @throws E2eError `e2e/bad-tree`; a refused credential is remembered by the service */
export async function checkTree(
  env: Environment,
  tree: RatchetTree,
  context: GroupContext,
  service: AuthenticationService,
): Promise<void> {
  const { signature } = env.provider;
  for (const [index, node] of tree.entries()) {
    if (node === undefined) continue;
    if ((node.nodeType === "leaf") !== (index % 2 === 0)) throw e2eError("e2e/bad-tree");
    if (node.nodeType === "parent") {
      checkUnmerged(tree, index, node.parent.unmergedLeaves);
      continue;
    }
    const { leaf } = node;
    if (!leaf.capabilities.credentials.includes("basic")) throw e2eError("e2e/bad-tree");
    if (leaf.leafNodeSource === "key_package") {
      const valid =
        (await verifyLeafNodeSignatureKeyPackage(leaf, signature)) &&
        (await service.validateCredential(leaf.credential, leaf.signaturePublicKey));
      if (!valid) throw e2eError("e2e/bad-tree");
    } else {
      const fault = await validateLeafNodeUpdateOrCommit(leaf, index / 2, context, service, signature);
      if (fault !== undefined) throw e2eError("e2e/bad-tree", fault);
    }
  }
  const hashed = hashTree(tree, env.digest);
  if (!equalBytes(hashed.rootHash, context.treeHash) || !hashed.parentHashesHold()) throw e2eError("e2e/bad-tree");
}
