/*
 * A hostile outsider for the MLS conformance suite: commits from outside that no client of ours would make, and GroupInfo that
 * nobody should believe. It builds on ts-mls directly, without any of our checks.
 */
import type { GroupInfo as LibraryGroupInfo, Proposal, PublicMessage, RatchetTree } from "ts-mls";
import { exportSecret, nextEpochContext } from "ts-mls/clientState.js";
import { createCommit, createGroupInfoWithExternalPub } from "ts-mls/createCommit.js";
import { createConfirmationTag, createContentCommitSignature } from "ts-mls/framedContent.js";
import { signGroupInfo } from "ts-mls/groupInfo.js";
import { initializeEpoch } from "ts-mls/keySchedule.js";
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls/message.js";
import { getCommitSecret } from "ts-mls/pathSecrets.js";
import { addLeafNode, decodeRatchetTree, removeLeafNode } from "ts-mls/ratchetTree.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { nodeToLeafIndex, toLeafIndex, toNodeIndex } from "ts-mls/treemath.js";
import { createUpdatePath } from "ts-mls/updatePath.js";
import { equalBytes } from "@chapar/wire/bytes";
import type { CryptoPort } from "../crypto/port.ts";
import { bucketBytes } from "../mls/padding.ts";
import type { DeviceCredential, DeviceKeys, GroupInfo, MlsGroup, Psk } from "../mls/port.ts";
import type { SuiteName } from "../mls/suite-names.ts";
import { type Environment, makeEnvironment } from "../mls/ts-mls/environment.ts";
import { doorKey, sealExternal } from "../mls/ts-mls/external-frame.ts";
import { inside } from "../mls/ts-mls/group.ts";
import { makeKeyPackage } from "../mls/ts-mls/join.ts";
import { chainPsk, conveyedChain, pskProposal, pskSecretOf } from "../mls/ts-mls/psk.ts";

/** What an outsider falsifies in its commit. */
export interface ExternalForgery {
  /** takes out these leaves instead of its own old one */
  readonly remove?: readonly number[];
  /** does not take out its own old leaf */
  readonly stay?: boolean;
  readonly add?: Uint8Array;
  readonly context?: Uint8Array;
  /** how many ExternalInit proposals */
  readonly inits?: number;
  /** names a pre-shared key that nobody has, in addition */
  readonly psk?: boolean;
  /** leaves out the chain key */
  readonly unchained?: boolean;
  readonly credential?: DeviceCredential;
  readonly hpkePublicKey?: Uint8Array;
  /** says that it knows no suite */
  readonly incapable?: boolean;
  readonly epoch?: bigint;
  readonly groupId?: Uint8Array;
  readonly proof?: Uint8Array;
  readonly confirmationTag?: Uint8Array;
  readonly signKey?: Uint8Array;
  readonly kemOutput?: Uint8Array;
  /** sends the PublicMessage as it is */
  readonly clear?: boolean;
}

function environment(crypto: CryptoPort, suite: SuiteName): Environment {
  return makeEnvironment({ crypto, authenticate: () => true, allow: () => true, nowMs: () => Date.now(), suite });
}

function decodeInfo({ info, tree }: GroupInfo): { info: LibraryGroupInfo; tree: RatchetTree } {
  const message = decodeMlsMessage(info, 0)?.[0];
  const decoded = decodeRatchetTree(tree, 0)?.[0];
  if (message?.wireformat !== "mls_group_info" || decoded === undefined) throw new Error("not a GroupInfo");
  return { info: message.groupInfo, tree: decoded };
}

function proposalsOf(
  env: Environment,
  forgery: ExternalForgery,
  former: number | undefined,
  kemOutput: Uint8Array,
  psks: readonly Psk[],
): Proposal[] {
  const removes = forgery.remove ?? (former === undefined || forgery.stay === true ? [] : [former]);
  const proposals = removes.map((removed): Proposal => ({ proposalType: "remove", remove: { removed } }));
  for (let i = 0; i < (forgery.inits ?? 1); i++)
    proposals.push({ proposalType: "external_init", externalInit: { kemOutput: forgery.kemOutput ?? kemOutput } });
  if (forgery.add !== undefined) {
    const message = decodeMlsMessage(forgery.add, 0)?.[0];
    if (message?.wireformat === "mls_key_package")
      proposals.push({ proposalType: "add", add: { keyPackage: message.keyPackage } });
  }
  if (forgery.context !== undefined) {
    const extensions = [{ extensionType: 0xf0c1, extensionData: forgery.context }];
    proposals.push({ proposalType: "group_context_extensions", groupContextExtensions: { extensions } });
  }
  return [...proposals, ...psks.map((psk) => pskProposal(env, psk))];
}

async function framed(env: Environment, given: GroupInfo, message: PublicMessage, clear: boolean): Promise<Uint8Array> {
  const { info } = decodeInfo(given);
  const { groupId, epoch } = info.groupContext;
  const key = info.extensions[0]?.extensionData ?? new Uint8Array(32);
  if (!clear) return sealExternal(env, { key, groupId, epoch }, message);
  const bytes = encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage: message });
  const padded = new Uint8Array(bucketBytes(bytes.byteLength));
  padded.set(bytes);
  return padded;
}

/** A commit from outside with something wrong in it, correctly built otherwise. */
export async function forgeExternal(
  crypto: CryptoPort,
  suite: SuiteName,
  device: DeviceKeys,
  given: GroupInfo,
  forgery: ExternalForgery,
): Promise<Uint8Array> {
  const env = environment(crypto, suite);
  const { provider } = env;
  const { info, tree } = decodeInfo(given);
  const former = tree.findIndex(
    (node) => node?.nodeType === "leaf" && equalBytes(node.leaf.signaturePublicKey, device.credential.device),
  );
  const returns = former >= 0 && forgery.stay !== true;
  const emptied = returns ? removeLeafNode(tree, toLeafIndex(former / 2)) : tree;
  const { library } = await makeKeyPackage(env, { ...device, credential: forgery.credential ?? device.credential });
  const leafNode = { ...library.leafNode, signaturePublicKey: device.credential.device };
  const [extended, node] = addLeafNode(emptied, leafNode);
  const leaf = nodeToLeafIndex(node);
  const made = await createUpdatePath(extended, leaf, info.groupContext, device.signaturePrivateKey, provider);
  const [seated, honestPath, pathSecrets] = made;
  const path = honestPath!;
  const { capabilities } = path.leafNode;
  const forgedLeaf = {
    ...path.leafNode,
    hpkePublicKey: forgery.hpkePublicKey ?? path.leafNode.hpkePublicKey,
    capabilities: forgery.incapable === true ? { ...capabilities, ciphersuites: [] } : capabilities,
  };
  const last = pathSecrets.at(-1)!;
  const commitSecret = await getCommitSecret(seated, toNodeIndex(last.nodeIndex), last.secret, provider.kdf);
  const external = info.extensions.at(-1)!.extensionData;
  const chain = info.extensions.find(({ extensionType }) => extensionType === 0xf0c5);
  const { epoch } = info.groupContext;
  const psks = [
    ...(chain === undefined || forgery.unchained === true ? [] : [conveyedChain(epoch, chain.extensionData)]),
    ...(forgery.psk === true ? [{ id: new Uint8Array(4), secret: new Uint8Array(32) }] : []),
  ];
  const { enc, secret } = await exportSecret(external, provider);
  const proposals = proposalsOf(env, forgery, former >= 0 ? former / 2 : undefined, enc, psks);
  const context = {
    ...info.groupContext,
    epoch: forgery.epoch ?? epoch,
    groupId: forgery.groupId ?? info.groupContext.groupId,
  };
  const { framedContent, signature } = await createContentCommitSignature(
    context,
    "mls_public_message",
    {
      proposals: proposals.map((proposal) => ({ proposalOrRefType: "proposal" as const, proposal })),
      path: { ...path, leafNode: forgedLeaf },
    },
    { senderType: "new_member_commit" },
    forgery.proof ?? new Uint8Array(0),
    forgery.signKey ?? device.signaturePrivateKey,
    provider.signature,
  );
  const treeHash = await treeHashRoot(seated, provider.hash);
  const { confirmationTag: before } = info;
  const next = await nextEpochContext(
    context,
    "mls_public_message",
    framedContent,
    signature,
    treeHash,
    before,
    provider.hash,
  );
  const pskSecret = await pskSecretOf(provider, proposals, psks);
  const { keySchedule } = await initializeEpoch(secret, commitSecret, next, pskSecret, provider.kdf);
  const { confirmationKey } = keySchedule;
  const tag = await createConfirmationTag(confirmationKey, next.confirmedTranscriptHash, provider.hash);
  const auth = { contentType: "commit" as const, signature, confirmationTag: forgery.confirmationTag ?? tag };
  const message: PublicMessage = { content: framedContent, auth, senderType: "new_member_commit" };
  return framed(env, given, message, forgery.clear === true);
}

/** A member's own commit as a PublicMessage under the door key. */
export async function forgeMemberAtDoor(crypto: CryptoPort, suite: SuiteName, from: MlsGroup): Promise<Uint8Array> {
  const env = environment(crypto, suite);
  const { state } = inside(from);
  const { commit } = await createCommit({ state, cipherSuite: env.provider }, { wireAsPublicMessage: true });
  if (commit.wireformat !== "mls_public_message") throw new Error("not public");
  const { groupId, epoch } = state.groupContext;
  return sealExternal(env, { key: await doorKey(env, state), groupId, epoch }, commit.publicMessage);
}

/** What is wrong in a GroupInfo. */
export interface GroupInfoForgery {
  readonly signKey?: Uint8Array;
  readonly signer?: number;
  readonly extensions?: "none" | "no door" | "more";
}

/** A member's GroupInfo, encoded, with something wrong in it and signed anew. */
export async function forgeGroupInfo(
  crypto: CryptoPort,
  from: MlsGroup,
  suite: SuiteName,
  forgery: GroupInfoForgery,
): Promise<Uint8Array> {
  const env = environment(crypto, suite);
  const { state } = inside(from);
  const door = { extensionType: 0xf0c3, extensionData: await doorKey(env, state) };
  const chain = { extensionType: 0xf0c5, extensionData: (await chainPsk(env, state)).secret };
  const honest = await createGroupInfoWithExternalPub(state, env.chained ? [door, chain] : [door], env.provider);
  const extensions = {
    none: [],
    "no door": honest.extensions.slice(1),
    more: [...honest.extensions, { extensionType: 0xf0c4, extensionData: new Uint8Array(4) }],
    honest: honest.extensions,
  }[forgery.extensions ?? "honest"];
  const tbs = { ...honest, extensions, signer: forgery.signer ?? honest.signer };
  const key = forgery.signKey ?? state.signaturePrivateKey;
  const groupInfo = await signGroupInfo(tbs, key, env.provider.signature);
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo });
}
