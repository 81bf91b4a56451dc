/*
 * The Mls port on ts-mls 1.6.4: the operations that are not in a file of their own, and the object that has them all.
 */
import { createGroup } from "ts-mls/clientState.js";
import { createApplicationMessage } from "ts-mls/createMessage.js";
import { mlsExporter } from "ts-mls/keySchedule.js";
import { equalBytes } from "@chapar/wire/bytes";
import { e2eError, isE2eError } from "../../errors.ts";
import { MAX_MESSAGE_BYTES } from "../padding.ts";
import type { DeviceKeys, GroupRecords, Mls, MlsGroup, Pending, Step } from "../port.ts";
import type { SuiteName } from "../suite-names.ts";
import { openPsk, sealPsk } from "./brought-psk.ts";
import { readContext, readKeyPackage } from "./checks.ts";
import { commit, drop, makePending, merge } from "./commit.ts";
import {
  authentication,
  clientConfig,
  CONTEXT_EXTENSION,
  type Environment,
  makeEnvironment,
  MAX_CONTEXT_BYTES,
  type TsMlsOptions,
} from "./environment.ts";
import { openEpoch, ratchetsOf, reservedState, widthOf } from "./epochs.ts";
import { encodeFrame, paddedContentBytes } from "./frames.ts";
import { inside, Lineage, memberAt, TsGroup, usable } from "./group.ts";
import { groupInfo } from "./external-join.ts";
import { join, keyPackage, makeKeyPackage } from "./join.ts";
import { open } from "./open.ts";
import { perSuite } from "./per-suite.ts";
import { abandon, enter, joinExternal, loadPendingJoin } from "./pending-join.ts";
import { withEncryptionSecret, withPadding } from "./provider.ts";
import { decodeEpoch, decodePending, encodeEpoch, EPOCH_KEY, PENDING_KEY, stateOf } from "./records.ts";
import { putKeys, ratchetChange, readKeys, readTree } from "./secret-tree.ts";

const MAX_GROUP_ID_BYTES = 63;

async function create(env: Environment, device: DeviceKeys, groupId: Uint8Array, context: Uint8Array): Promise<Step> {
  if (groupId.byteLength > MAX_GROUP_ID_BYTES || context.byteLength > MAX_CONTEXT_BYTES)
    throw e2eError("e2e/too-large");
  const { library, secrets } = await makeKeyPackage(env, device);
  const tap = withEncryptionSecret(env.provider);
  const ours = { extensionType: CONTEXT_EXTENSION, extensionData: context.slice() };
  const extensions = env.profile.strictContext ? [ours] : [];
  const config = clientConfig(env, authentication(env, context).service);
  const created = await createGroup(groupId.slice(), library, secrets, extensions, tap.provider, config);
  const { keys, state } = openEpoch(env, created, tap.secret());
  tap.secret().fill(0);
  const group = firstValue(env, { state, keys, past: undefined, context: context.slice(), left: false });
  const epoch = { key: EPOCH_KEY, value: encodeEpoch({ left: false, body: state, past: undefined }) };
  return { group, writes: [epoch, ...putKeys(keys, state.secretTree)] };
}

/** A value that begins a line of its own. */
function firstValue(env: Environment, parts: Pick<TsGroup, "state" | "keys" | "past" | "context" | "left">): TsGroup {
  const { readCredential } = env.profile;
  return new TsGroup({
    ...parts,
    lineage: new Lineage(),
    parent: undefined,
    residue: [],
    readCredential,
    provisional: false,
  });
}

function load(env: Environment, device: DeviceKeys, records: GroupRecords): TsGroup {
  const bytes = records.get(EPOCH_KEY);
  if (bytes === undefined) throw e2eError("e2e/bad-record");
  const record = decodeEpoch(bytes);
  const { body } = record;
  const own = memberAt(body.ratchetTree, body.privatePath.leafIndex, env.profile.readCredential);
  if (own === undefined || !equalBytes(own.credential.device, device.credential.device))
    throw e2eError("e2e/bad-record");
  const context = readContext(env, body.groupContext.extensions, "e2e/bad-record");
  const keys = readKeys(records, Number(body.groupContext.epoch), widthOf(body));
  const config = clientConfig(env, authentication(env, context).service);
  if (record.left) {
    const state = stateOf(body, [], undefined, device.signaturePrivateKey, config);
    return firstValue(env, { state, keys, past: undefined, context, left: true });
  }
  const secretTree = readTree(keys, records);
  const { past: data } = record;
  const pastKeys = data === undefined ? undefined : readKeys(records, Number(data.groupContext.epoch), widthOf(data));
  const past =
    data === undefined || pastKeys === undefined ? undefined : { data, secretTree: readTree(pastKeys, records) };
  const state = stateOf(body, secretTree, past, device.signaturePrivateKey, config);
  return firstValue(env, { state, keys, past: pastKeys, context, left: false });
}

function loadPending(env: Environment, device: DeviceKeys, records: GroupRecords): Pending | undefined {
  const [epochBytes, pendingBytes] = [records.get(EPOCH_KEY), records.get(PENDING_KEY)];
  if (epochBytes === undefined || pendingBytes === undefined) return undefined;
  const record = decodePending(pendingBytes);
  const { body } = decodeEpoch(epochBytes);
  // Another commit took the epoch and the record survived: it can never be merged.
  if (Number(body.groupContext.epoch) !== record.follows) return undefined;
  const context = readContext(env, record.body.groupContext.extensions, "e2e/bad-record");
  const config = clientConfig(env, authentication(env, context).service);
  const state = stateOf(record.body, [], undefined, device.signaturePrivateKey, config);
  return makePending(env, record, state, [{ key: PENDING_KEY, value: pendingBytes }]);
}

/** Whatever goes wrong while reading records means that they are damaged. */
function fromRecords<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw isE2eError(cause) ? cause : e2eError("e2e/bad-record", cause);
  }
}

async function seal(
  env: Environment,
  value: MlsGroup,
  content: Uint8Array,
): Promise<Step & { readonly frame: Uint8Array }> {
  const group = usable(value);
  if (content.byteLength > MAX_MESSAGE_BYTES) throw e2eError("e2e/too-large");
  const state = reservedState(env, group, "application");
  const provider = withPadding(env.provider, (contentBytes) =>
    paddedContentBytes(env, group.groupId, contentBytes, MAX_MESSAGE_BYTES),
  );
  const result = await createApplicationMessage(state, content, provider);
  const before = ratchetsOf(group.state, group.ownLeaf);
  const after = ratchetsOf(result.newState, group.ownLeaf);
  const shared = new Set([before.handshake.secret, before.application.secret]);
  for (const secret of result.consumed) if (!shared.has(secret)) secret.fill(0);
  const change = ratchetChange(env.kdf, group.keys, group.ownLeaf, after);
  shared.delete(after.handshake.secret);
  const next = new TsGroup({
    state: result.newState,
    keys: change.keys,
    past: group.past,
    context: group.context,
    lineage: group.lineage,
    parent: group,
    residue: [...shared, ...change.spent],
    readCredential: env.profile.readCredential,
    provisional: false,
    left: false,
  });
  return { group: next, writes: change.writes, frame: encodeFrame(result.privateMessage) };
}

async function exportSecret(
  env: Environment,
  value: MlsGroup,
  label: string,
  context: Uint8Array,
  sizeBytes: number,
): Promise<Uint8Array> {
  const group = inside(value);
  if (group.left) throw e2eError("e2e/not-a-member");
  if (!group.live) throw e2eError("e2e/stale-group");
  return mlsExporter(group.state.keySchedule.exporterSecret, label, context, sizeBytes, env.provider);
}

/**
 * MLS on ts-mls 1.6.4 with every mitigation of protocol/4-groups.md. Without a suite it speaks both, each group in its own, `x-wing` first.
 *
 * Cost in Node on one core, hybrid suite: seal of 1 KiB about 0.15 ms, open 0.2 ms at any group size; a commit grows with
 * the group (25 ms at 10 members, seconds at 1,000).
 */
export function tsMls(options: TsMlsOptions): Mls {
  if (options.suite !== undefined) return ofSuite(options, options.suite);
  const made = new Map<SuiteName, Mls>();
  return perSuite((suite) => {
    const known = made.get(suite) ?? ofSuite(options, suite);
    made.set(suite, known);
    return known;
  });
}

function ofSuite(options: TsMlsOptions, suite: SuiteName): Mls {
  const env = makeEnvironment({ ...options, suite });
  return {
    keyPackage: (device) => keyPackage(env, device),
    inspect: async (bytes) => {
      const { ref, credential, notAfterMs } = await readKeyPackage(env, bytes.slice());
      return { ref, suite, credential, notAfterMs };
    },
    create: (device, groupId, context) => create(env, device, groupId, context),
    load: async (device, records) => fromRecords(() => load(env, device, records)),
    loadPending: async (device, records) => fromRecords(() => loadPending(env, device, records)),
    commit: (group, change) => commit(env, group, change),
    merge: async (group, pending) => merge(env, group, pending),
    drop: (group, pending) => drop(group, pending),
    join: (device, own, welcome, tree) => join(env, device, own, welcome, tree),
    sealPsk: (bytes, psk) => sealPsk(env, bytes, psk),
    openPsk: (own, sealed) => openPsk(env, own, sealed),
    groupInfo: (group) => groupInfo(env, group),
    joinExternal: (device, given, proof) => joinExternal(env, device, given, proof),
    loadPendingJoin: async (device, records) => fromRecords(() => loadPendingJoin(env, device, records)),
    enter: async (pending) => enter(env, pending),
    abandon: (pending) => abandon(pending),
    seal: (group, content) => seal(env, group, content),
    open: (group, frame) => open(env, group, frame),
    exportSecret: (group, label, context, sizeBytes) => exportSecret(env, group, label, context, sizeBytes),
  };
}
