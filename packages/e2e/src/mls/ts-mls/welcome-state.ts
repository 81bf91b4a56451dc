/*
 * From an opened Welcome to a group state: RFC 9420 §12.4.3.1. ts-mls has this as one function, with a check of the tree that
 * refuses ordinary ones (tree-check.ts), so the steps stand here, on the library's primitives.
 */
import { equalBytes } from "@chapar/wire/bytes";
import type { ClientConfig, ClientState, GroupInfo, KeyPackage, PrivateKeyPackage, RatchetTree } from "ts-mls";
import type { CiphersuiteImpl } from "ts-mls";
import { verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } from "ts-mls/groupInfo.js";
import { deriveKeySchedule } from "ts-mls/keySchedule.js";
import { pathToRoot } from "ts-mls/pathSecrets.js";
import { toPrivateKeyPath } from "ts-mls/privateKeyPath.js";
import { findLeafIndex } from "ts-mls/ratchetTree.js";
import { toLeafIndex } from "ts-mls/treemath.js";
import { firstCommonAncestor } from "ts-mls/updatePath.js";
import { e2eError } from "../../errors.ts";
import type { Environment } from "./environment.ts";
import { checkTree } from "./tree-check.ts";

/** What a Welcome held for us. */
export interface OpenedWelcome {
  readonly info: GroupInfo;
  readonly joinerSecret: Uint8Array;
  readonly pathSecret: Uint8Array | undefined;
  /** RFC 9420 §8.4: zeros without pre-shared keys */
  readonly pskSecret: Uint8Array;
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
  const { info, joinerSecret, pskSecret } = opened;
  const { groupContext } = info;
  const signer = tree[2 * info.signer];
  if (signer?.nodeType !== "leaf") throw e2eError("e2e/bad-tree");
  const signed = await verifyGroupInfoSignature(info, signer.leaf.signaturePublicKey, provider.signature);
  if (!signed || groupContext.cipherSuite !== keyPackage.cipherSuite) throw e2eError("e2e/bad-welcome");
  await checkTree(env, tree, groupContext, config.authService);
  const ownLeaf = findLeafIndex(tree, keyPackage.leafNode);
  if (ownLeaf === undefined) throw e2eError("e2e/bad-tree");
  const [keySchedule, encryptionSecret] = await deriveKeySchedule(joinerSecret, pskSecret, groupContext, provider.kdf);
  if (!(await verifyGroupInfoConfirmationTag(info, joinerSecret, pskSecret, provider)))
    throw e2eError("e2e/bad-welcome");
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
    secretTree: [],
    historicalReceiverData: new Map(),
    groupActiveState: { kind: "active" },
    clientConfig: config,
  };
}
