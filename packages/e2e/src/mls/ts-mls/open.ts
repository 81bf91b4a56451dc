/*
 * Opening a frame: a message or a commit of another member.
 *
 * The sender data is opened first, so that an own frame, a replay and a gap each get their code before any key is
 * derived. A commit is looked at twice: first its content is opened and checked against our rules (checks that ts-mls
 * lacks, and codes that it cannot give), then ts-mls applies it. Nothing of the group given changes either way.
 */
import type { ClientState, EpochReceiverData, PrivateMessage, SecretTreeNode } from "ts-mls";
import { encodeGroupContext } from "ts-mls/groupContext.js";
import { processPrivateMessage } from "ts-mls/processMessages.js";
import { emptyPskIndex } from "ts-mls/pskIndex.js";
import { unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import { decryptSenderData } from "ts-mls/privateMessage.js";
import { e2eError } from "../../errors.ts";
import type { GroupChange, GroupMember, Incoming, MlsGroup } from "../port.ts";
import { changeOf, checkPath, checkProposals } from "./commit-checks.ts";
import {
  authentication,
  checkAllowed,
  clientConfig,
  type Environment,
  MAX_SKIPPED_GENERATIONS,
} from "./environment.ts";
import { enterEpoch, ratchetsOf, syncedState } from "./epochs.ts";
import { openExternalFrame } from "./external-frame.ts";
import { decodeFrame } from "./frames.ts";
import { memberAt, type RatchetKind, TsGroup, usable } from "./group.ts";
import { pskIndex, pskOf } from "./psk.ts";
import { withEncryptionSecret, withSignature } from "./provider.ts";
import { committed, leaving, type Opened, refusal } from "./opened.ts";
import { openExternal } from "./open-external.ts";
import { advanceRatchet, type EpochKeys, ratchetChange, ratchetsAt, seated } from "./secret-tree.ts";

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

interface Sender {
  readonly member: GroupMember;
  /** as they stand in that epoch, or as they begin */
  readonly ratchets: SecretTreeNode;
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
  const ratchets = ratchetsAt(env.kdf, reading.keys, reading.data.secretTree, data.leafIndex);
  const ahead = data.generation - ratchets[kind].generation;
  if (ahead < 0) throw e2eError("e2e/replayed");
  if (ahead > MAX_SKIPPED_GENERATIONS) throw e2eError("e2e/too-far");
  return { member, ratchets, generation: data.generation, kind };
}

/** The state with the sender's ratchets in the tree that the library reads. */
function withSeat(state: ClientState, { data, former }: Reading, { member, ratchets }: Sender): ClientState {
  const secretTree = seated(data.secretTree, member.leaf, ratchets);
  if (!former) return { ...state, secretTree };
  const history = new Map(state.historicalReceiverData);
  const { epoch } = data.groupContext;
  const past = history.get(epoch);
  if (past !== undefined) history.set(epoch, { ...past, secretTree });
  return { ...state, historicalReceiverData: history };
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
  const state = { ...withSeat(group.state, reading, sender), clientConfig: clientConfig(env, auth.service) };
  const tap = withSignature(env.provider);
  let result: Awaited<ReturnType<typeof processPrivateMessage>>;
  try {
    result = await processPrivateMessage(state, message, emptyPskIndex, tap.provider);
  } catch (cause) {
    throw refusal(cause, "e2e/bad-frame");
  }
  if (result.kind !== "applicationMessage") throw e2eError("e2e/bad-frame");
  const before = sender.ratchets[sender.kind].secret;
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
    signed: { signature: tap.signature(), context: encodeGroupContext(reading.data.groupContext) },
  };
  return { group: next, writes: change.writes, incoming };
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
  const change = changeOf(group, sender.member, proposed);
  await checkAllowed(env, change);
  if (proposed.removed.includes(group.ownLeaf)) return leaving(env, group, change);
  const psks = await pskOf(env, group.state, proposed.named, change);
  const auth = authentication(env, proposed.context);
  const tap = withEncryptionSecret(env.provider);
  const state = { ...ended, clientConfig: clientConfig(env, auth.service) };
  let result: Awaited<ReturnType<typeof processPrivateMessage>>;
  try {
    result = await processPrivateMessage(state, message, pskIndex(psks), tap.provider, ({ kind }) =>
      kind === "commit" ? "accept" : "reject",
    );
    if (result.kind !== "newState" || result.actionTaken !== "accept") throw e2eError("e2e/bad-commit");
  } catch (cause) {
    auth.rethrow();
    throw refusal(cause, "e2e/bad-commit");
  }
  return afterCommit(env, group, ended, sender, result.newState, change, tap);
}

function afterCommit(
  env: Environment,
  group: TsGroup,
  ended: ClientState,
  sender: Sender,
  next: ClientState,
  change: GroupChange,
  tap: { secret(): Uint8Array },
): Opened {
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
    context: change.after,
    readCredential: env.profile.readCredential,
  });
  const incoming = committed(env, change, next);
  return { group: entered.group, writes: [...spent.writes, ...entered.writes], incoming };
}

export async function open(env: Environment, value: MlsGroup, frame: Uint8Array): Promise<Opened> {
  const group = usable(value);
  const ofPublic = env.profile.publicHandshakes?.(env, group, frame);
  if (ofPublic !== undefined) return ofPublic;
  const message = decodeFrame(env, group.groupId, frame);
  const state = message.contentType === "commit" ? syncedState(env, group) : group.state;
  const reading = readingOf(group, state, message);
  if (message.contentType === "commit") {
    const external = await openExternalFrame(env, state, message);
    if (external !== undefined) return openExternal(env, group, state, external);
  }
  const sender = await senderOf(env, group, reading, message);
  return message.contentType === "commit"
    ? openCommit(env, group, withSeat(state, reading, sender), sender, message)
    : openMessage(env, group, reading, sender, message);
}
