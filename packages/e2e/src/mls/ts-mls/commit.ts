/*
 * Commits of our own: making one, keeping it pending, merging it.
 *
 * Proposals travel by value inside the commit, so no proposal ever waits in a state. ts-mls 1.6.4 leaves the path out of
 * a commit that only changes the context; `Pending.renew` tells the caller to follow up with an empty commit.
 */
import type { ClientState, KeyPackage as LibraryKeyPackage, MLSMessage, Proposal } from "ts-mls";
import { createCommit } from "ts-mls/createCommit.js";
import { encodeMlsMessage } from "ts-mls/message.js";
import { e2eError, isE2eError } from "../../errors.ts";
import { MAX_COMMIT_BYTES } from "../padding.ts";
import type { Change, Pending, Psk, RecordWrite, Step } from "../port.ts";
import { type CheckedKeyPackage, KeysInUse, readContext, readKeyPackage } from "./checks.ts";
import { changeOf } from "./commit-checks.ts";
import {
  authentication,
  checkAllowed,
  clientConfig,
  CONTEXT_EXTENSION,
  type Environment,
  MAX_CONTEXT_BYTES,
  MAX_MEMBERS,
  TREE_KEY_EXTENSION,
} from "./environment.ts";
import { enterEpoch, openEpoch, pruned, ratchetsOf, reservedState, syncedState } from "./epochs.ts";
import { encodeWelcome, paddedContentBytes } from "./frames.ts";
import { inside, Lineage, memberAt, secretsLost, TsGroup, usable } from "./group.ts";
import { chainPsk, MAX_PSK_ID_BYTES, pskIndex, pskProposal, sealPsks } from "./psk.ts";
import { withEncryptionSecret, withPadding, withPathExtensions } from "./provider.ts";
import { encodePending, PENDING_KEY, type PendingRecord } from "./records.ts";
import { sealTree, TREE_KEY_BYTES } from "./sealed-tree.ts";
import { ratchetChange } from "./secret-tree.ts";

const MIN_PSK_BYTES = 32;

interface Inner {
  readonly record: PendingRecord;
  readonly state: ClientState;
  readonly context: Uint8Array;
}

/** What stands behind a Pending; the port's object itself shows no secret. */
const inners = new WeakMap<Pending, Inner>();

/** Asks whether this device may make the change that it has just checked. */
async function checkOwn(
  env: Environment,
  group: TsGroup,
  change: Change,
  added: readonly CheckedKeyPackage[],
): Promise<void> {
  const by = memberAt(group.state.ratchetTree, group.ownLeaf, env.profile.readCredential);
  if (by === undefined) throw e2eError("e2e/not-a-member");
  const proposed = {
    added: added.map(({ credential }) => credential),
    removed: change.remove,
    context: change.context ?? group.context,
    psk: change.psk?.id,
  };
  await checkAllowed(env, changeOf(group, by, proposed));
}

/** The pre-shared keys of a commit of ours: the chain key where somebody comes in, and the caller's. */
async function ownPsks(env: Environment, state: ClientState, { add, psk }: Change): Promise<Psk[]> {
  if (psk !== undefined && (psk.id.byteLength > MAX_PSK_ID_BYTES || psk.secret.byteLength < MIN_PSK_BYTES))
    throw new RangeError("psk: an id of at most 255 bytes, a secret of 32 or more");
  if (psk !== undefined && add.length > 0 && !env.chained)
    throw new RangeError("psk: joiners of this suite cannot get it");
  const chain = add.length > 0 && env.chained ? [await chainPsk(env, state)] : [];
  return [...chain, ...(psk === undefined ? [] : [psk])];
}

/** What a commit proposes, and what its Welcome needs beside it. */
interface Proposed {
  readonly proposals: Proposal[];
  readonly psks: readonly Psk[];
  readonly joiners: readonly LibraryKeyPackage[];
}

/** Checks the change against the group and turns it into proposals. */
async function proposalsOf(env: Environment, group: TsGroup, change: Change): Promise<Proposed> {
  const tree = group.state.ratchetTree;
  const removed = new Set(change.remove);
  for (const leaf of removed) {
    if (leaf === group.ownLeaf || memberAt(tree, leaf, env.profile.readCredential) === undefined)
      throw e2eError("e2e/not-a-member");
  }
  if (group.members().length - removed.size + change.add.length > MAX_MEMBERS) throw e2eError("e2e/group-full");
  const keys = new KeysInUse(tree, removed);
  const added: CheckedKeyPackage[] = [];
  for (const bytes of change.add) {
    const checked = await readKeyPackage(env, bytes);
    keys.join(checked.keyPackage);
    added.push(checked);
  }
  await checkOwn(env, group, change, added);
  const proposals: Proposal[] = [
    ...[...removed].map((leaf): Proposal => ({ proposalType: "remove", remove: { removed: leaf } })),
    ...added.map(({ keyPackage }): Proposal => ({ proposalType: "add", add: { keyPackage } })),
  ];
  if (change.context !== undefined) {
    if (change.context.byteLength > MAX_CONTEXT_BYTES) throw e2eError("e2e/too-large");
    const extensions = [{ extensionType: CONTEXT_EXTENSION, extensionData: change.context }];
    proposals.push({ proposalType: "group_context_extensions", groupContextExtensions: { extensions } });
  }
  const psks = await ownPsks(env, group.state, change);
  proposals.push(...psks.map((psk) => pskProposal(env, psk)));
  return { proposals, psks, joiners: added.map(({ keyPackage }) => keyPackage) };
}

/** Wipes what the library used up, but for secrets that the group's value still needs. */
function wipeConsumed(consumed: readonly Uint8Array[], group: TsGroup): void {
  const own = ratchetsOf(group.state, group.ownLeaf);
  const kept = new Set([own.handshake.secret, own.application.secret, group.state.keySchedule.initSecret]);
  for (const secret of consumed) if (!kept.has(secret)) secret.fill(0);
}

interface Made {
  readonly state: ClientState;
  readonly encryptionSecret: Uint8Array;
  readonly commit: MLSMessage;
  readonly welcome: Uint8Array | undefined;
  readonly tree: Uint8Array | undefined;
}

async function makeCommit(
  env: Environment,
  group: TsGroup,
  { proposals, psks, joiners }: Proposed,
  context: Uint8Array,
): Promise<Made> {
  const auth = authentication(env, context);
  const state = reservedState(env, group, "handshake");
  const tap = withEncryptionSecret(env.provider);
  const changed = proposals.find((proposal) => proposal.proposalType === "group_context_extensions");
  const provider =
    changed?.proposalType === "group_context_extensions" && "groupContextExtensions" in changed
      ? withPathExtensions(tap.provider, changed.groupContextExtensions.extensions)
      : tap.provider;
  const cipherSuite = withPadding(provider, (contentBytes) =>
    paddedContentBytes(env, group.groupId, contentBytes, MAX_COMMIT_BYTES),
  );
  const treeKey = env.crypto.random(TREE_KEY_BYTES);
  const sealed = env.profile.sealedTree;
  try {
    const result = await createCommit(
      { state: { ...state, clientConfig: clientConfig(env, auth.service) }, cipherSuite, pskIndex: pskIndex(psks) },
      {
        extraProposals: proposals,
        ratchetTreeExtension: !sealed,
        wireAsPublicMessage: env.profile.publicHandshakes !== undefined,
        groupInfoExtensions: sealed ? [{ extensionType: TREE_KEY_EXTENSION, extensionData: treeKey }] : [],
      },
    );
    wipeConsumed(result.consumed, group);
    const next = pruned(result.newState);
    const { welcome } = result;
    const tree =
      welcome === undefined || !sealed
        ? undefined
        : await sealTree(env.crypto, treeKey, group.groupId, next.groupContext.epoch, next.ratchetTree);
    return {
      state: next,
      encryptionSecret: tap.secret(),
      commit: result.commit,
      welcome: welcome === undefined ? undefined : encodeWelcome(env, welcome, await sealPsks(env, joiners, psks)),
      tree,
    };
  } catch (cause) {
    auth.rethrow();
    throw isE2eError(cause) ? cause : e2eError("e2e/bad-commit", cause);
  } finally {
    treeKey.fill(0);
  }
}

/** The group that a pending commit will give, as far as exporting secrets goes. */
function provisional(env: Environment, state: ClientState, encryptionSecret: Uint8Array, context: Uint8Array): TsGroup {
  return new TsGroup({
    ...openEpoch(env, state, encryptionSecret),
    past: undefined,
    context,
    lineage: new Lineage(),
    parent: undefined,
    residue: [],
    readCredential: env.profile.readCredential,
    provisional: true,
    left: false,
  });
}

/** Builds the port's Pending from a record and the state it holds. */
export function makePending(
  env: Environment,
  record: PendingRecord,
  state: ClientState,
  writes: readonly RecordWrite[],
): Pending {
  const context = readContext(env, state.groupContext.extensions, "e2e/bad-record");
  const pending: Pending = {
    frame: record.frame,
    welcome: record.welcome,
    tree: record.tree,
    next: provisional(env, state, record.encryptionSecret, context),
    renew: record.renew,
    writes,
  };
  inners.set(pending, { record, state, context });
  return pending;
}

export async function commit(env: Environment, value: Parameters<typeof usable>[0], change: Change): Promise<Pending> {
  const group = usable(value);
  const proposed = await proposalsOf(env, group, change);
  const made = await makeCommit(env, group, proposed, change.context ?? group.context);
  const frame = encodeMlsMessage(made.commit);
  if (frame.byteLength > MAX_COMMIT_BYTES) throw e2eError("e2e/too-large");
  const record: PendingRecord = {
    follows: group.epoch,
    renew: change.context !== undefined && change.remove.length === 0,
    frame,
    welcome: made.welcome,
    tree: made.tree,
    encryptionSecret: made.encryptionSecret,
    body: made.state,
  };
  const spent = ratchetsOf(syncedState(env, group), group.ownLeaf);
  const { writes } = ratchetChange(env.kdf, group.keys, group.ownLeaf, spent);
  return makePending(env, record, made.state, [...writes, { key: PENDING_KEY, value: encodePending(record) }]);
}

function innerOf(pending: Pending): Inner {
  const inner = inners.get(pending);
  if (inner === undefined) throw new TypeError("a pending commit of another MLS implementation");
  return inner;
}

export function merge(env: Environment, value: Parameters<typeof usable>[0], pending: Pending): Step {
  const group = usable(value);
  const { record, state, context } = innerOf(pending);
  if (record.follows !== group.epoch || !inside(pending.next).live) throw e2eError("e2e/stale-group");
  return enterEpoch(env, {
    before: group,
    ended: syncedState(env, group),
    endedKeys: group.keys,
    next: state,
    encryptionSecret: record.encryptionSecret,
    context,
    readCredential: env.profile.readCredential,
  });
}

export function drop(value: Parameters<typeof usable>[0], pending: Pending): Step {
  const group = usable(value);
  const { record } = innerOf(pending);
  const next = inside(pending.next);
  for (const secret of secretsLost(next, group)) secret.fill(0);
  record.encryptionSecret.fill(0);
  next.lineage.head = undefined; // merging or exporting it now is refused
  return { group, writes: [{ key: PENDING_KEY, value: undefined }] };
}
