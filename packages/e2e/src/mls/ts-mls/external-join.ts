/*
 * Joining from outside, RFC 9420 §12.4.3.2: GroupInfo for others, and the commit by which this device comes in.
 *
 * ts-mls has the commit as one function, with the check of the tree that refuses ordinary trees (tree-check.ts), so the steps
 * stand here, on the library's primitives.
 */
import { equalBytes } from "@chapar/wire/bytes";
import type { ClientState, GroupInfo as LibraryGroupInfo, Proposal, PublicMessage, RatchetTree } from "ts-mls";
import type { CiphersuiteImpl } from "ts-mls";
import { exportSecret, nextEpochContext } from "ts-mls/clientState.js";
import { createGroupInfoWithExternalPub } from "ts-mls/createCommit.js";
import { createConfirmationTag, createContentCommitSignature } from "ts-mls/framedContent.js";
import { verifyGroupInfoSignature } from "ts-mls/groupInfo.js";
import { initializeEpoch } from "ts-mls/keySchedule.js";
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls/message.js";
import { getCommitSecret, pathToPathSecrets } from "ts-mls/pathSecrets.js";
import { toPrivateKeyPath, updateLeafKey } from "ts-mls/privateKeyPath.js";
import { addLeafNode, removeLeafNode } from "ts-mls/ratchetTree.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { nodeToLeafIndex, toLeafIndex, toNodeIndex } from "ts-mls/treemath.js";
import { createUpdatePath } from "ts-mls/updatePath.js";
import { e2eError, isE2eError } from "../../errors.ts";
import type { DeviceKeys, GroupChange, GroupInfo, GroupMember, MlsGroup, Psk } from "../port.ts";
import { decodeWhole, readContext } from "./checks.ts";
import {
  authentication,
  CHAIN_EXTENSION,
  checkAllowed,
  clientConfig,
  DOOR_EXTENSION,
  type Environment,
  MAX_MEMBERS,
  MAX_PROOF_BYTES,
} from "./environment.ts";
import { pruned } from "./epochs.ts";
import { DOOR_KEY_BYTES, doorKey, sealExternal } from "./external-frame.ts";
import { memberAt, membersOf, usable } from "./group.ts";
import { checkLeaves, makeKeyPackage, MAX_EPOCH } from "./join.ts";
import { CHAIN_BYTES, chainPsk, conveyedChain, pskProposal, pskSecretOf } from "./psk.ts";
import { withEncryptionSecret } from "./provider.ts";
import { decodeTree, encodeTree } from "./sealed-tree.ts";
import { checkTree } from "./tree-check.ts";

const MAX_INFO_BYTES = 131_072;

export async function groupInfo(env: Environment, value: MlsGroup): Promise<GroupInfo> {
  const { state } = usable(value);
  const door = { extensionType: DOOR_EXTENSION, extensionData: await doorKey(env, state) };
  const { secret } = await chainPsk(env, state);
  const chain = env.chained ? [{ extensionType: CHAIN_EXTENSION, extensionData: secret }] : [];
  const info = await createGroupInfoWithExternalPub(state, [door, ...chain], env.provider);
  return {
    info: encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo: info }),
    tree: encodeTree(state.ratchetTree),
  };
}

/** A GroupInfo whose form was checked, and nothing else. */
interface ReadInfo {
  readonly info: LibraryGroupInfo;
  readonly externalPub: Uint8Array;
  readonly door: Uint8Array;
  /** the chain key, where there is one */
  readonly psks: readonly Psk[];
  readonly context: Uint8Array;
}

function readInfo(env: Environment, bytes: Uint8Array): ReadInfo {
  const code = "e2e/bad-group-info";
  if (bytes.byteLength > MAX_INFO_BYTES) throw e2eError(code);
  const { value, sizeBytes } = decodeWhole(decodeMlsMessage, bytes.slice(), code);
  if (value.wireformat !== "mls_group_info" || sizeBytes !== bytes.byteLength) throw e2eError(code);
  const info = value.groupInfo;
  const { groupContext, extensions } = info;
  const [door, chain, externalPub, ...others] = env.chained
    ? extensions
    : [extensions[0], undefined, ...extensions.slice(1)];
  const fits =
    groupContext.cipherSuite === env.provider.name &&
    groupContext.epoch < MAX_EPOCH &&
    door?.extensionType === DOOR_EXTENSION &&
    door.extensionData.byteLength === DOOR_KEY_BYTES &&
    (!env.chained || (chain?.extensionType === CHAIN_EXTENSION && chain.extensionData.byteLength === CHAIN_BYTES)) &&
    externalPub?.extensionType === "external_pub" &&
    externalPub.extensionData.byteLength === env.suite.kem(env.crypto).publicKeyBytes &&
    others.length === 0;
  if (!fits) throw e2eError(code);
  const context = readContext(env, groupContext.extensions, code);
  const psks = chain === undefined ? [] : [conveyedChain(groupContext.epoch, chain.extensionData)];
  return { info, externalPub: externalPub.extensionData, door: door.extensionData, psks, context };
}

interface Joining {
  readonly read: ReadInfo;
  readonly tree: RatchetTree;
  readonly signer: GroupMember;
  readonly former: GroupMember | undefined;
  readonly members: readonly GroupMember[];
}

/** Everything that is checked before anyone is asked about credentials. */
async function readJoining(env: Environment, device: DeviceKeys, given: GroupInfo): Promise<Joining> {
  const read = readInfo(env, given.info);
  const tree = decodeTree(given.tree.slice());
  checkLeaves(env, tree);
  const { readCredential } = env.profile;
  const members = membersOf(tree, readCredential);
  const signer = memberAt(tree, read.info.signer, readCredential);
  if (signer === undefined) throw e2eError("e2e/bad-group-info");
  const signed = await verifyGroupInfoSignature(read.info, signer.credential.device, env.provider.signature);
  if (!signed) throw e2eError("e2e/bad-group-info");
  const former = members.find(({ credential }) => equalBytes(credential.device, device.credential.device));
  if (former !== undefined && !equalBytes(former.credential.identity, device.credential.identity))
    throw e2eError("e2e/bad-credential");
  // Alone in a group there is nobody whom a commit could reach.
  if (members.length === (former === undefined ? 0 : 1)) throw e2eError("e2e/bad-group-info");
  if (members.length - (former === undefined ? 0 : 1) >= MAX_MEMBERS) throw e2eError("e2e/group-full");
  return { read, tree, signer, former, members };
}

/** The tree with this device's path in it, RFC 9420 §12.4.3.2, and the keys of that path. */
async function takeSeat(
  env: Environment,
  provider: CiphersuiteImpl,
  device: DeviceKeys,
  { read, tree, former }: Joining,
): Promise<{
  readonly seated: RatchetTree;
  readonly path: Awaited<ReturnType<typeof createUpdatePath>>[1];
  readonly privatePath: ClientState["privatePath"];
  readonly commitSecret: Uint8Array;
}> {
  const { library } = await makeKeyPackage(env, device);
  const emptied = former === undefined ? tree : removeLeafNode(tree, toLeafIndex(former.leaf));
  const [extended, node] = addLeafNode(emptied, library.leafNode);
  const leaf = nodeToLeafIndex(node);
  const { groupContext } = read.info;
  const made = await createUpdatePath(extended, leaf, groupContext, device.signaturePrivateKey, provider);
  const [seated, path, pathSecrets, leafKey] = made;
  const above = await toPrivateKeyPath(pathToPathSecrets(pathSecrets), leaf, provider);
  const last = pathSecrets.at(-1);
  if (last === undefined) throw e2eError("e2e/bad-group-info");
  return {
    seated,
    path,
    privatePath: updateLeafKey(above, await provider.hpke.exportPrivateKey(leafKey)),
    commitSecret: await getCommitSecret(seated, toNodeIndex(last.nodeIndex), last.secret, provider.kdf),
  };
}

/** The signed commit and the state after it. */
async function makeExternal(
  env: Environment,
  provider: CiphersuiteImpl,
  device: DeviceKeys,
  joining: Joining,
  proof: Uint8Array,
): Promise<{ readonly message: PublicMessage; readonly state: ClientState }> {
  const { info, externalPub, psks, context } = joining.read;
  const { enc, secret: initSecret } = await exportSecret(externalPub, provider);
  const { seated, path, privatePath, commitSecret } = await takeSeat(env, provider, device, joining);
  const proposals: Proposal[] = [{ proposalType: "external_init", externalInit: { kemOutput: enc } }];
  if (joining.former !== undefined)
    proposals.unshift({ proposalType: "remove", remove: { removed: joining.former.leaf } });
  proposals.push(...psks.map((psk) => pskProposal(env, psk)));
  const { framedContent, signature } = await createContentCommitSignature(
    info.groupContext,
    "mls_public_message",
    { proposals: proposals.map((proposal) => ({ proposalOrRefType: "proposal", proposal })), path },
    { senderType: "new_member_commit" },
    proof.slice(),
    device.signaturePrivateKey,
    provider.signature,
  );
  const groupContext = await nextEpochContext(
    info.groupContext,
    "mls_public_message",
    framedContent,
    signature,
    await treeHashRoot(seated, provider.hash),
    info.confirmationTag,
    provider.hash,
  );
  const pskSecret = await pskSecretOf(provider, proposals, psks);
  const secrets = await initializeEpoch(initSecret, commitSecret, groupContext, pskSecret, provider.kdf);
  const { keySchedule, encryptionSecret } = secrets;
  const confirmationTag = await createConfirmationTag(
    keySchedule.confirmationKey,
    groupContext.confirmedTranscriptHash,
    provider.hash,
  );
  const state: ClientState = {
    groupContext,
    ratchetTree: seated,
    privatePath,
    signaturePrivateKey: device.signaturePrivateKey,
    confirmationTag,
    unappliedProposals: {},
    keySchedule,
    secretTree: [],
    historicalReceiverData: new Map(),
    groupActiveState: { kind: "active" },
    clientConfig: clientConfig(env, authentication(env, context).service),
  };
  for (const secret of [initSecret, commitSecret, encryptionSecret, secrets.joinerSecret]) secret.fill(0);
  const auth = { contentType: "commit" as const, signature, confirmationTag };
  return { message: { content: framedContent, auth, senderType: "new_member_commit" }, state };
}

/** A joining commit as it was made, before it becomes a value and a record. */
export interface MadeJoin {
  readonly frame: Uint8Array;
  readonly state: ClientState;
  readonly encryptionSecret: Uint8Array;
  readonly signer: GroupMember;
  readonly resync: boolean;
  readonly follows: number;
}

/** What everybody will be asked about this commit, and its maker first. */
function changeOf(
  env: Environment,
  { read, former, members }: Joining,
  state: ClientState,
  proof: Uint8Array,
): GroupChange {
  const { groupId, epoch } = read.info.groupContext;
  const by = memberAt(state.ratchetTree, state.privatePath.leafIndex, env.profile.readCredential);
  if (by === undefined) throw e2eError("e2e/bad-credential");
  return {
    kind: former === undefined ? "join" : "resync",
    groupId,
    epoch: Number(epoch),
    by,
    added: [],
    removed: former === undefined ? [] : [former],
    before: read.context,
    after: read.context,
    members,
    proof,
    psk: undefined,
  };
}

async function checkedJoin(
  env: Environment,
  provider: CiphersuiteImpl,
  device: DeviceKeys,
  joining: Joining,
  proof: Uint8Array,
): ReturnType<typeof makeExternal> {
  const { info, context } = joining.read;
  const auth = authentication(env, context);
  try {
    await checkTree(env, joining.tree, info.groupContext, auth.service);
    return await makeExternal(env, provider, device, joining, proof);
  } catch (cause) {
    auth.rethrow();
    throw isE2eError(cause) ? cause : e2eError("e2e/bad-group-info", cause);
  }
}

export async function makeJoin(
  env: Environment,
  device: DeviceKeys,
  given: GroupInfo,
  proof: Uint8Array,
): Promise<MadeJoin> {
  if (proof.byteLength > MAX_PROOF_BYTES) throw e2eError("e2e/too-large");
  const joining = await readJoining(env, device, given);
  const { groupId, epoch } = joining.read.info.groupContext;
  const tap = withEncryptionSecret(env.provider);
  const { message, state } = await checkedJoin(env, tap.provider, device, joining, proof);
  await checkAllowed(env, changeOf(env, joining, state, proof));
  return {
    frame: await sealExternal(env, { key: joining.read.door, groupId, epoch }, message),
    state: pruned(state),
    encryptionSecret: tap.secret(),
    signer: joining.signer,
    resync: joining.former !== undefined,
    follows: Number(epoch),
  };
}
