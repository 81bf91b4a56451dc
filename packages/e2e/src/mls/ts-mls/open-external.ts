/*
 * Reading a commit from outside: an external join, or a device that takes its own lost leaf out and comes in anew
 * (RFC 9420 §12.4.3.2). Everything is checked before the library applies anything, as for a member's commit.
 */
import { equalBytes } from "@chapar/wire/bytes";
import type { ClientState, Commit, PublicMessage } from "ts-mls";
import { unprotectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import { processPublicMessage } from "ts-mls/processMessages.js";
import { findBlankLeafNodeIndexOrExtend, removeLeafNode } from "ts-mls/ratchetTree.js";
import { nodeToLeafIndex, toLeafIndex } from "ts-mls/treemath.js";
import { e2eError } from "../../errors.ts";
import type { DeviceCredential, GroupChange, GroupMember, Psk } from "../port.ts";
import { KeysInUse } from "./checks.ts";
import { checkPathKeys, inlineProposals } from "./commit-checks.ts";
import {
  authentication,
  checkAllowed,
  clientConfig,
  type Environment,
  MAX_MEMBERS,
  MAX_PROOF_BYTES,
} from "./environment.ts";
import { enterEpoch } from "./epochs.ts";
import type { TsGroup } from "./group.ts";
import { committed, leaving, type Opened, refusal } from "./opened.ts";
import { pskIdsOf, pskIndex, pskOf } from "./psk.ts";
import { withEncryptionSecret } from "./provider.ts";

/** The one form an external commit has here: of this epoch, with exactly one ExternalInit and at most one Remove. */
function commitIn(
  env: Environment,
  group: TsGroup,
  { content }: PublicMessage,
): Commit & { readonly path: NonNullable<Commit["path"]> } {
  const { sender, epoch, groupId, authenticatedData } = content;
  if (content.contentType !== "commit" || content.commit.path === undefined) throw e2eError("e2e/bad-commit");
  const { commit } = content;
  const kinds = inlineProposals(commit).map(({ proposalType }) => proposalType);
  const fits =
    sender.senderType === "new_member_commit" &&
    epoch === group.state.groupContext.epoch &&
    equalBytes(groupId, group.groupId) &&
    authenticatedData.byteLength <= MAX_PROOF_BYTES &&
    kinds.filter((kind) => kind === "external_init").length === 1 &&
    kinds.filter((kind) => kind === "remove").length <= 1 &&
    kinds.filter((kind) => kind === "psk").length === (env.chained ? 1 : 0) &&
    kinds.every((kind) => kind === "external_init" || kind === "remove" || kind === "psk");
  if (!fits) throw e2eError("e2e/bad-commit");
  return { ...commit, path: content.commit.path };
}

function credentialIn(env: Environment, { path }: ReturnType<typeof commitIn>): DeviceCredential {
  const { credential, signaturePublicKey, capabilities } = path.leafNode;
  const capable =
    capabilities.versions.includes("mls10") &&
    capabilities.ciphersuites.includes(env.provider.name) &&
    capabilities.credentials.includes("basic");
  if (!capable) throw e2eError("e2e/bad-commit");
  const parsed =
    credential.credentialType === "basic" && "identity" in credential
      ? env.profile.readCredential(credential.identity, signaturePublicKey)
      : undefined;
  if (parsed === undefined) throw e2eError("e2e/bad-credential");
  return parsed;
}

/** Who comes in, where, and whom it takes out: nobody, or the same device's old leaf. */
function externalChange(env: Environment, group: TsGroup, message: PublicMessage): GroupChange {
  const commit = commitIn(env, group, message);
  const credential = credentialIn(env, commit);
  const members = group.members();
  const removes = inlineProposals(commit).flatMap((item) =>
    item.proposalType === "remove" ? [item.remove.removed] : [],
  );
  const [removed] = removes;
  const former = members.find(({ leaf }) => leaf === removed);
  if (removed !== undefined && !(former !== undefined && sameDevice(former.credential, credential)))
    throw e2eError("e2e/bad-commit");
  const tree = group.state.ratchetTree;
  const emptied = former === undefined ? tree : removeLeafNode(tree, toLeafIndex(former.leaf));
  const keys = new KeysInUse(tree, new Set(removes));
  keys.signature(credential.device);
  checkPathKeys(env, commit.path, keys);
  if (members.length - removes.length >= MAX_MEMBERS) throw e2eError("e2e/group-full");
  const by: GroupMember = { leaf: nodeToLeafIndex(findBlankLeafNodeIndexOrExtend(emptied)), credential };
  return {
    kind: former === undefined ? "join" : "resync",
    groupId: group.groupId,
    epoch: group.epoch,
    by,
    added: [],
    removed: former === undefined ? [] : [former],
    before: group.context,
    after: group.context,
    members,
    proof: message.content.authenticatedData.slice(),
    psk: undefined,
  };
}

function sameDevice(a: DeviceCredential, b: DeviceCredential): boolean {
  return equalBytes(a.identity, b.identity) && equalBytes(a.device, b.device);
}

/** The change of a commit whose form and signature are right; nobody was asked about it yet. */
async function authentic(
  env: Environment,
  group: TsGroup,
  { keySchedule, groupContext, ratchetTree }: ClientState,
  message: PublicMessage,
): Promise<{ readonly change: GroupChange; readonly psks: readonly Psk[] }> {
  try {
    const change = externalChange(env, group, message);
    await unprotectPublicMessage(keySchedule.membershipKey, groupContext, ratchetTree, message, env.provider);
    const named = pskIdsOf(env, group.state, inlineProposals(commitIn(env, group, message)), true);
    return { change, psks: await pskOf(env, group.state, named, change) };
  } catch (cause) {
    throw refusal(cause, "e2e/bad-commit");
  }
}

export async function openExternal(
  env: Environment,
  group: TsGroup,
  ended: ClientState,
  message: PublicMessage,
): Promise<Opened> {
  const { change, psks } = await authentic(env, group, ended, message);
  await checkAllowed(env, change);
  // A removed leaf's holder cannot follow: its own leaf is another device's state now.
  if (change.removed.some(({ leaf }) => leaf === group.ownLeaf)) return leaving(env, group, change);
  const auth = authentication(env, group.context);
  const tap = withEncryptionSecret(env.provider);
  const state = { ...ended, clientConfig: clientConfig(env, auth.service) };
  try {
    const { newState } = await processPublicMessage(state, message, pskIndex(psks), tap.provider);
    const entered = enterEpoch(env, {
      before: group,
      ended,
      endedKeys: group.keys,
      next: newState,
      encryptionSecret: tap.secret(),
      context: group.context,
      readCredential: env.profile.readCredential,
    });
    return { ...entered, incoming: committed(env, change, newState) };
  } catch (cause) {
    auth.rethrow();
    throw refusal(cause, "e2e/bad-commit");
  }
}
