/*
 * From an opened Welcome to a group state: RFC 9420 §12.4.3.1, and the validation of the ratchet tree, §7.9.2, §12.4.3.3.
 *
 * ts-mls has this as one function, but asks of a tree that all nodes above an unmerged leaf list the *same* unmerged
 * leaves, where the RFC wants each node between the leaf and the one that lists it to list that leaf as well. Ordinary
 * histories (add three, remove one, add three) give trees that it then refuses, and nobody can join such a group. So the
 * steps stand here, on the library's primitives.
 */
import { equalBytes } from "@chapar/wire/bytes";
import type {
  AuthenticationService,
  ClientConfig,
  ClientState,
  GroupContext,
  GroupInfo,
  KeyPackage,
  PrivateKeyPackage,
  RatchetTree,
} from "ts-mls";
import type { CiphersuiteImpl } from "ts-mls";
import { validateLeafNodeUpdateOrCommit } from "ts-mls/clientState.js";
import { verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } from "ts-mls/groupInfo.js";
import { deriveKeySchedule } from "ts-mls/keySchedule.js";
import { verifyLeafNodeSignatureKeyPackage } from "ts-mls/leafNode.js";
import { verifyParentHashes } from "ts-mls/parentHash.js";
import { pathToRoot } from "ts-mls/pathSecrets.js";
import { toPrivateKeyPath } from "ts-mls/privateKeyPath.js";
import { findLeafIndex } from "ts-mls/ratchetTree.js";
import { createSecretTree } from "ts-mls/secretTree.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { directPath, toLeafIndex, toNodeIndex } from "ts-mls/treemath.js";
import { firstCommonAncestor } from "ts-mls/updatePath.js";
import { e2eError } from "../../errors.ts";
import type { Environment } from "./environment.ts";
import { widthOf } from "./epochs.ts";

/** What a Welcome held for us. */
export interface OpenedWelcome {
  readonly info: GroupInfo;
  readonly joinerSecret: Uint8Array;
  readonly pathSecret: Uint8Array | undefined;
}

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

async function checkTree(
  provider: CiphersuiteImpl,
  tree: RatchetTree,
  context: GroupContext,
  service: AuthenticationService,
): Promise<void> {
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
        (await verifyLeafNodeSignatureKeyPackage(leaf, provider.signature)) &&
        (await service.validateCredential(leaf.credential, leaf.signaturePublicKey));
      if (!valid) throw e2eError("e2e/bad-tree");
    } else {
      const fault = await validateLeafNodeUpdateOrCommit(leaf, index / 2, context, service, provider.signature);
      if (fault !== undefined) throw e2eError("e2e/bad-tree", fault);
    }
  }
  const sound =
    equalBytes(await treeHashRoot(tree, provider.hash), context.treeHash) &&
    (await verifyParentHashes(tree, provider.hash));
  if (!sound) throw e2eError("e2e/bad-tree");
}

/** The private keys that the Welcome gives: our own, and those above where our path meets the committer's. */
async function privateKeys(
  env: Environment,
  provider: CiphersuiteImpl,
  tree: RatchetTree,
  ownLeaf: number,
  opened: OpenedWelcome,
  own: Uint8Array,
): Promise<Record<number, Uint8Array>> {
  if (opened.pathSecret === undefined) return { [2 * ownLeaf]: own };
  const start = firstCommonAncestor(tree, toLeafIndex(ownLeaf), toLeafIndex(opened.info.signer));
  const secrets = await pathToRoot(tree, start, opened.pathSecret, provider.kdf);
  const path = await toPrivateKeyPath(secrets, ownLeaf, provider);
  const kem = env.suite.kem(env.crypto);
  for (const [index, key] of Object.entries(path.privateKeys)) {
    const node = tree[Number(index)];
    if (node?.nodeType !== "parent" || !equalBytes(await kem.publicKey(key), node.parent.hpkePublicKey))
      throw e2eError("e2e/bad-welcome");
  }
  return { ...path.privateKeys, [2 * ownLeaf]: own };
}

/** @throws E2eError `e2e/bad-welcome` · `e2e/bad-tree` */
export async function stateFromWelcome(
  env: Environment,
  provider: CiphersuiteImpl,
  opened: OpenedWelcome,
  tree: RatchetTree,
  keyPackage: KeyPackage,
  secrets: PrivateKeyPackage,
  config: ClientConfig,
): Promise<ClientState> {
  const { info, joinerSecret } = opened;
  const { groupContext } = info;
  const signer = tree[2 * info.signer];
  if (signer?.nodeType !== "leaf") throw e2eError("e2e/bad-tree");
  const signed = await verifyGroupInfoSignature(info, signer.leaf.signaturePublicKey, provider.signature);
  if (!signed || groupContext.cipherSuite !== keyPackage.cipherSuite) throw e2eError("e2e/bad-welcome");
  await checkTree(provider, tree, groupContext, config.authService);
  const ownLeaf = findLeafIndex(tree, keyPackage.leafNode);
  if (ownLeaf === undefined) throw e2eError("e2e/bad-tree");
  const noPsk = new Uint8Array(provider.kdf.size);
  const [keySchedule, encryptionSecret] = await deriveKeySchedule(joinerSecret, noPsk, groupContext, provider.kdf);
  if (!(await verifyGroupInfoConfirmationTag(info, joinerSecret, noPsk, provider))) throw e2eError("e2e/bad-welcome");
  const secretTree = await createSecretTree(widthOf({ ratchetTree: tree }), encryptionSecret, provider.kdf);
  const keys = await privateKeys(env, provider, tree, ownLeaf, opened, secrets.hpkePrivateKey);
  encryptionSecret.fill(0);
  joinerSecret.fill(0);
  return {
    groupContext,
    ratchetTree: tree,
    privatePath: { leafIndex: ownLeaf, privateKeys: keys },
    signaturePrivateKey: secrets.signaturePrivateKey,
    confirmationTag: info.confirmationTag,
    unappliedProposals: {},
    keySchedule,
    secretTree,
    historicalReceiverData: new Map(),
    groupActiveState: { kind: "active" },
    clientConfig: config,
  };
}
