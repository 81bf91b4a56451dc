/*
 * Opening a frame: a message or a commit of another member.
 *
 * The sender data is opened first, so that an own frame, a replay and a gap each get their code before any key is
 * derived. A commit is looked at twice: first its content is opened and checked against our rules (checks that ts-mls
 * lacks, and codes that it cannot give), then ts-mls applies it. Nothing of the group given changes either way.
 */
import type { ClientState, Commit, EpochReceiverData, PrivateMessage, Proposal } from "ts-mls";
import { processPrivateMessage } from "ts-mls/processMessages.js";
import { emptyPskIndex } from "ts-mls/pskIndex.js";
import { unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import { CryptoVerificationError } from "ts-mls/mlsError.js";
import { decryptSenderData } from "ts-mls/privateMessage.js";
import { equalBytes } from "@chapar/wire/bytes";
import { e2eError, isE2eError } from "../../errors.ts";
import type { GroupMember, Incoming, MlsGroup, Step } from "../port.ts";
import { checkKeyPackage, KeysInUse, readContext } from "./checks.ts";
import {
  authentication,
  clientConfig,
  CONTEXT_EXTENSION,
  type Environment,
  MAX_MEMBERS,
  MAX_SKIPPED_GENERATIONS,
} from "./environment.ts";
import { enterEpoch, leaveGroup, ratchetsOf, syncedState } from "./epochs.ts";
import { decodeFrame } from "./frames.ts";
import { memberAt, membersOf, type RatchetKind, TsGroup, usable } from "./group.ts";
import { Refused, withEncryptionSecret } from "./provider.ts";
import { openPublicCommit, publicMessageIn } from "./public-commit.ts";
import { advanceRatchet, type EpochKeys, ratchetChange } from "./secret-tree.ts";

/** The epoch that a frame belongs to, current or former. */
interface Reading {
  readonly data: Pick<EpochReceiverData, "secretTree" | "ratchetTree" | "senderDataSecret" | "groupContext">;
  readonly keys: EpochKeys;
  readonly former: boolean;
}

function readingOf(group: TsGroup, state: ClientState, message: PrivateMessage): Reading {
  const { epoch } = state.groupContext;
  if (message.epoch > epoch) throw e2eError("e2e/future-epoch");
  if (message.epoch === epoch) {
    return {
      data: { ...state, senderDataSecret: state.keySchedule.senderDataSecret },
      keys: group.keys,
      former: false,
    };
  }
  const data = state.historicalReceiverData.get(message.epoch);
  if (data === undefined || group.past === undefined || message.contentType !== "application")
    throw e2eError("e2e/stale-epoch");
  return { data, keys: group.past, former: true };
}

/** Turns what the library threw into a code; a code of ours passes. */
function refusal(cause: unknown, otherwise: "e2e/bad-frame" | "e2e/bad-commit"): Error {
  if (isE2eError(cause)) return cause;
  return e2eError(
    cause instanceof Refused || cause instanceof CryptoVerificationError ? "e2e/bad-tag" : otherwise,
    cause,
  );
}

interface Sender {
  readonly member: GroupMember;
  readonly generation: number;
  readonly kind: RatchetKind;
}

async function senderOf(env: Environment, group: TsGroup, reading: Reading, message: PrivateMessage): Promise<Sender> {
  let data: Awaited<ReturnType<typeof decryptSenderData>>;
  try {
    data = await decryptSenderData(message, reading.data.senderDataSecret, env.provider);
  } catch (cause) {
    throw refusal(cause, "e2e/bad-frame");
  }
  const member =
    data === undefined ? undefined : memberAt(reading.data.ratchetTree, data.leafIndex, env.profile.readCredential);
  if (data === undefined || member === undefined) throw e2eError("e2e/bad-frame");
  if (data.leafIndex === group.ownLeaf) throw e2eError("e2e/own-frame");
  const kind: RatchetKind = message.contentType === "application" ? "application" : "handshake";
  const ahead = data.generation - ratchetsOf(reading.data, data.leafIndex)[kind].generation;
  if (ahead < 0) throw e2eError("e2e/replayed");
  if (ahead > MAX_SKIPPED_GENERATIONS) throw e2eError("e2e/too-far");
  return { member, generation: data.generation, kind };
}

async function openMessage(
  env: Environment,
  group: TsGroup,
  reading: Reading,
  sender: Sender,
  message: PrivateMessage,
): Promise<Opened> {
  const { leaf } = sender.member;
  const auth = authentication(env, group.context);
  const state = { ...group.state, clientConfig: clientConfig(env, auth.service) };
  let result: Awaited<ReturnType<typeof processPrivateMessage>>;
  try {
    result = await processPrivateMessage(state, message, emptyPskIndex, env.provider);
  } catch (cause) {
    throw refusal(cause, "e2e/bad-frame");
  }
  if (result.kind !== "applicationMessage") throw e2eError("e2e/bad-frame");
  const before = ratchetsOf(reading.data, leaf)[sender.kind].secret;
  const tree = reading.former
    ? result.newState.historicalReceiverData.get(message.epoch)?.secretTree
    : result.newState.secretTree;
  const after = ratchetsOf({ secretTree: tree ?? [] }, leaf);
  const change = ratchetChange(env.kdf, reading.keys, leaf, after);
  for (const secret of result.consumed) if (secret !== before) secret.fill(0);
  const next = new TsGroup({
    state: result.newState,
    keys: reading.former ? group.keys : change.keys,
    past: reading.former ? change.keys : group.past,
    context: group.context,
    lineage: group.lineage,
    parent: group,
    residue: [before, ...change.spent],
    readCredential: env.profile.readCredential,
    provisional: false,
    left: false,
  });
  const incoming: Incoming = {
    kind: "message",
    sender: sender.member,
    epoch: Number(message.epoch),
    generation: sender.generation,
    content: result.message.slice(),
  };
  return { group: next, writes: change.writes, incoming };
}

type Opened = Step & { readonly incoming: Incoming };

/** What a commit proposes, after every check of ours. */
interface Proposed {
  readonly added: readonly Uint8Array[];
  readonly removed: readonly number[];
  readonly context: Uint8Array;
}

function inlineProposals(commit: Commit): Proposal[] {
  return commit.proposals.map((item) => {
    if (item.proposalOrRefType !== "proposal") throw e2eError("e2e/bad-commit");
    return item.proposal;
  });
}

/** RFC 9420 §12.2 for the three kinds of proposal that groups here know. */
async function checkProposals(
  env: Environment,
  group: TsGroup,
  sender: number,
  commit: Commit,
): Promise<Proposed & { keys: KeysInUse }> {
  const proposals = inlineProposals(commit);
  const tree = group.state.ratchetTree;
  const removed = new Set<number>();
  for (const proposal of proposals) {
    if (proposal.proposalType !== "remove") continue;
    const leaf = proposal.remove.removed;
    if (leaf === sender || removed.has(leaf) || tree[2 * leaf]?.nodeType !== "leaf") throw e2eError("e2e/bad-commit");
    removed.add(leaf);
  }
  const keys = new KeysInUse(tree, removed);
  const added: Uint8Array[] = [];
  let context: Uint8Array | undefined;
  for (const proposal of proposals) {
    if (proposal.proposalType === "remove") continue;
    if (proposal.proposalType === "add") {
      const { keyPackage } = await checkKeyPackage(env, proposal.add.keyPackage);
      keys.join(keyPackage);
      added.push(keyPackage.leafNode.signaturePublicKey);
    } else if (proposal.proposalType === "group_context_extensions" && context === undefined) {
      context = readContext(env, proposal.groupContextExtensions.extensions, "e2e/bad-commit");
    } else {
      throw e2eError("e2e/bad-commit");
    }
  }
  if (group.members().length - removed.size + added.length > MAX_MEMBERS) throw e2eError("e2e/group-full");
  return { added, removed: [...removed], context: context ?? group.context, keys };
}

function removes(item: Commit["proposals"][number]): boolean {
  return item.proposalOrRefType === "proposal" && item.proposal.proposalType === "remove";
}

/** The committer may renew its keys, never become someone else (RFC 9420 §5.3.1: the successor of a credential). */
function checkPath(env: Environment, group: TsGroup, sender: number, commit: Commit, keys: KeysInUse): void {
  const { path } = commit;
  if (path === undefined) {
    // RFC 9420 §12.4: without a path the removed would go on reading, and nothing says no to them before they left
    if (commit.proposals.some(removes)) throw e2eError("e2e/bad-commit");
    return;
  }
  const old = group.state.ratchetTree[2 * sender];
  const { leafNode } = path;
  const { credential } = leafNode;
  const same =
    old?.nodeType === "leaf" &&
    "identity" in credential &&
    "identity" in old.leaf.credential &&
    equalBytes(credential.identity, old.leaf.credential.identity) &&
    equalBytes(leafNode.signaturePublicKey, old.leaf.signaturePublicKey);
  if (!same) throw e2eError("e2e/bad-credential");
  const { strictContext } = env.profile;
  if (
    strictContext &&
    (leafNode.extensions.length > 0 || !leafNode.capabilities.extensions.includes(CONTEXT_EXTENSION))
  ) {
    throw e2eError("e2e/bad-commit");
  }
  const kem = env.suite.kem(env.crypto);
  for (const key of [leafNode.hpkePublicKey, ...path.nodes.map((node) => node.hpkePublicKey)]) {
    if (key.byteLength !== kem.publicKeyBytes) throw e2eError("e2e/bad-commit");
    keys.encryption(key);
  }
}

async function openCommit(
  env: Environment,
  group: TsGroup,
  ended: ClientState,
  sender: Sender,
  message: PrivateMessage,
): Promise<Opened> {
  const { leaf } = sender.member;
  const keyRetention = clientConfig(env, authentication(env, group.context).service).keyRetentionConfig;
  let proposed: Awaited<ReturnType<typeof checkProposals>>;
  try {
    const { senderDataSecret } = ended.keySchedule;
    const opened = await unprotectPrivateMessage(
      senderDataSecret,
      message,
      ended.secretTree,
      ended.ratchetTree,
      ended.groupContext,
      keyRetention,
      env.provider,
    );
    const { content } = opened.content;
    if (content.contentType !== "commit") throw e2eError("e2e/bad-frame");
    proposed = await checkProposals(env, group, leaf, content.commit);
    checkPath(env, group, leaf, content.commit, proposed.keys);
  } catch (cause) {
    throw refusal(cause, "e2e/bad-commit");
  }
  if (proposed.removed.includes(group.ownLeaf)) return leaving(env, group, sender, proposed);
  const auth = authentication(env, proposed.context);
  const tap = withEncryptionSecret(env.provider);
  const state = { ...ended, clientConfig: clientConfig(env, auth.service) };
  let result: Awaited<ReturnType<typeof processPrivateMessage>>;
  try {
    result = await processPrivateMessage(state, message, emptyPskIndex, tap.provider, ({ kind }) =>
      kind === "commit" ? "accept" : "reject",
    );
    if (result.kind !== "newState" || result.actionTaken !== "accept") throw e2eError("e2e/bad-commit");
  } catch (cause) {
    auth.rethrow();
    throw refusal(cause, "e2e/bad-commit");
  }
  return afterCommit(env, group, ended, sender, result.newState, proposed, tap);
}

/**
 * The commit removes this device. ts-mls is not asked: a removed member can verify no more than the signature anyway, and
 * when the same commit adds someone, who takes the emptied leaf, ts-mls does not see that it was removed.
 */
function leaving(env: Environment, group: TsGroup, sender: Sender, proposed: Proposed): Opened {
  const { readCredential } = env.profile;
  const removed = group.members().filter(({ leaf }) => proposed.removed.includes(leaf));
  const incoming: Incoming = { kind: "commit", sender: sender.member, added: [], removed, left: true };
  return { ...leaveGroup(group, readCredential), incoming };
}

function afterCommit(
  env: Environment,
  group: TsGroup,
  ended: ClientState,
  sender: Sender,
  next: ClientState,
  proposed: Proposed,
  tap: { secret(): Uint8Array },
): Opened {
  const { readCredential } = env.profile;
  const before = membersOf(group.state.ratchetTree, readCredential);
  const after = membersOf(next.ratchetTree, readCredential);
  const incoming: Incoming = {
    kind: "commit",
    sender: sender.member,
    added: after.filter(({ credential }) => proposed.added.some((key) => equalBytes(key, credential.device))),
    removed: before.filter(({ leaf }) => proposed.removed.includes(leaf)),
    left: false,
  };
  // The committer's handshake key of the ended epoch is used up; its record must say so.
  const { leaf } = sender.member;
  const used = ratchetsOf(ended, leaf);
  const handshake = advanceRatchet(env.kdf, used.handshake, sender.generation + 1);
  const secretTree = ended.secretTree.slice();
  secretTree[2 * leaf] = { ...used, handshake };
  const spent = ratchetChange(env.kdf, group.keys, leaf, { ...used, handshake });
  const entered = enterEpoch(env, {
    before: group,
    ended: { ...ended, secretTree },
    endedKeys: spent.keys,
    next,
    encryptionSecret: tap.secret(),
    context: proposed.context,
    readCredential,
  });
  return { group: entered.group, writes: [...spent.writes, ...entered.writes], incoming };
}

export async function open(env: Environment, value: MlsGroup, frame: Uint8Array): Promise<Opened> {
  const group = usable(value);
  const publicMessage = publicMessageIn(env, frame);
  if (publicMessage !== undefined) return openPublicCommit(env, group, publicMessage);
  const message = decodeFrame(env, group.groupId, frame);
  const state = message.contentType === "commit" ? syncedState(env, group) : group.state;
  const reading = readingOf(group, state, message);
  const sender = await senderOf(env, group, reading, message);
  return message.contentType === "commit"
    ? openCommit(env, group, state, sender, message)
    : openMessage(env, group, reading, sender, message);
}
