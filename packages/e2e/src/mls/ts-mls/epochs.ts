/*
 * Moving between states: own ratchets, and entering or leaving an epoch.
 */
import type { ClientState, GenerationSecret, SecretTreeNode } from "ts-mls";
import type { RecordWrite } from "../port.ts";
import type { Environment } from "./environment.ts";
import { type RatchetKind, type ReadCredential, secretsLost, TsGroup } from "./group.ts";
import { encodeEpoch, EPOCH_KEY, PENDING_KEY } from "./records.ts";
import {
  advanceRatchet,
  dropKeys,
  type EpochKeys,
  freshKeys,
  putKeys,
  ratchetChange,
  ratchetsAt,
  seated,
  unusedTree,
} from "./secret-tree.ts";

const NO_SECRET: GenerationSecret = { secret: new Uint8Array(0), generation: 0, unusedGenerations: {} };
const NO_RATCHETS: SecretTreeNode = { handshake: NO_SECRET, application: NO_SECRET };
const EMPTY = new Uint8Array(0);

/** Leaves a tree has room for. */
export function widthOf(state: Pick<ClientState, "ratchetTree">): number {
  return (state.ratchetTree.length + 1) / 2;
}

/** The ratchets of a leaf that was used. */
export function ratchetsOf(state: Pick<ClientState, "secretTree">, leaf: number): SecretTreeNode {
  return state.secretTree[2 * leaf] ?? NO_RATCHETS;
}

/** The group's state with this device's ratchets moved past every generation that was handed out. */
export function syncedState(env: Environment, group: TsGroup): ClientState {
  const { lineage, state } = group;
  const own = ratchetsOf(state, group.ownLeaf);
  if (lineage.epoch !== group.epoch) {
    lineage.epoch = group.epoch;
    lineage.handshake = own.handshake.generation;
    lineage.application = own.application.generation;
  }
  const handshake = advanceRatchet(env.kdf, own.handshake, lineage.handshake);
  const application = advanceRatchet(env.kdf, own.application, lineage.application);
  if (handshake === own.handshake && application === own.application) return state;
  const secretTree = state.secretTree.slice();
  secretTree[2 * group.ownLeaf] = { handshake, application };
  return { ...state, secretTree };
}

/** The state to send from: its next generation of `kind` is handed out to this caller and no other. */
export function reservedState(env: Environment, group: TsGroup, kind: RatchetKind): ClientState {
  const state = syncedState(env, group);
  group.lineage[kind] = ratchetsOf(state, group.ownLeaf)[kind].generation + 1;
  return state;
}

/** Drops private keys of nodes that the tree has blanked: ts-mls keeps them, RFC 9420 §7.7 has no use for them. */
export function pruned(state: ClientState): ClientState {
  const kept = Object.entries(state.privatePath.privateKeys).filter(
    ([node]) => state.ratchetTree[Number(node)] !== undefined,
  );
  return { ...state, privatePath: { ...state.privatePath, privateKeys: Object.fromEntries(kept) } };
}

/** An epoch as it begins: one secret for all leaves but this device's own, whose ratchets stand in the state. */
export function openEpoch(
  env: Environment,
  state: ClientState,
  encryptionSecret: Uint8Array,
): { readonly keys: EpochKeys; readonly state: ClientState } {
  const { leafIndex } = state.privatePath;
  const fresh = freshKeys(Number(state.groupContext.epoch), widthOf(state), encryptionSecret.slice());
  const unused = unusedTree(fresh.width);
  const own = ratchetsAt(env.kdf, fresh, unused, leafIndex);
  const { keys, spent } = ratchetChange(env.kdf, fresh, leafIndex, own);
  for (const secret of spent) secret.fill(0);
  return { keys, state: { ...state, secretTree: seated(unused, leafIndex, own) } };
}

/** What begins an epoch: the state after the commit, and the group before it with its ratchets as they ended. */
export interface EpochStart {
  readonly before: TsGroup;
  readonly ended: ClientState;
  readonly endedKeys: EpochKeys;
  readonly next: ClientState;
  readonly encryptionSecret: Uint8Array;
  readonly context: Uint8Array;
  readonly readCredential: ReadCredential;
}

/** Enters the epoch after a commit; the former one stays readable, the one before it is deleted. */
export function enterEpoch(env: Environment, start: EpochStart): { group: TsGroup; writes: RecordWrite[] } {
  const { before, ended } = start;
  const past = {
    groupContext: ended.groupContext,
    senderDataSecret: ended.keySchedule.senderDataSecret,
    resumptionPsk: ended.keySchedule.resumptionPsk,
    ratchetTree: ended.ratchetTree,
  };
  const history = new Map([[ended.groupContext.epoch, { ...past, secretTree: ended.secretTree }]]);
  const entered: ClientState = { ...pruned(start.next), historicalReceiverData: history };
  const { keys, state } = openEpoch(env, entered, start.encryptionSecret);
  const parts = { state, keys, past: start.endedKeys };
  const group = new TsGroup({
    ...parts,
    context: start.context,
    lineage: before.lineage,
    parent: before,
    residue: [...secretsLost(before, parts), start.encryptionSecret],
    readCredential: start.readCredential,
    provisional: false,
    left: false,
  });
  const writes = [
    { key: EPOCH_KEY, value: encodeEpoch({ left: false, body: state, past }) },
    ...putKeys(keys, state.secretTree),
    ...(before.past === undefined ? [] : dropKeys(before.past)),
    { key: PENDING_KEY, value: undefined },
  ];
  return { group, writes };
}

/** The group after this device was removed: it remembers that it was there and holds no secret. */
export function leaveGroup(before: TsGroup, readCredential: ReadCredential): { group: TsGroup; writes: RecordWrite[] } {
  const state: ClientState = {
    ...before.state,
    keySchedule: {
      initSecret: EMPTY,
      senderDataSecret: EMPTY,
      exporterSecret: EMPTY,
      externalSecret: EMPTY,
      confirmationKey: EMPTY,
      membershipKey: EMPTY,
      resumptionPsk: EMPTY,
      epochAuthenticator: EMPTY,
    },
    secretTree: [],
    privatePath: { leafIndex: before.ownLeaf, privateKeys: {} },
    historicalReceiverData: new Map(),
    groupActiveState: { kind: "removedFromGroup" },
  };
  const parts = { state, keys: { ...before.keys, frontier: new Map(), touched: new Set<number>() }, past: undefined };
  const group = new TsGroup({
    ...parts,
    context: before.context,
    lineage: before.lineage,
    parent: before,
    residue: secretsLost(before, parts),
    readCredential,
    provisional: false,
    left: true,
  });
  const writes = [
    { key: EPOCH_KEY, value: encodeEpoch({ left: true, body: state, past: undefined }) },
    ...dropKeys(before.keys),
    ...(before.past === undefined ? [] : dropKeys(before.past)),
    { key: PENDING_KEY, value: undefined },
  ];
  return { group, writes };
}
