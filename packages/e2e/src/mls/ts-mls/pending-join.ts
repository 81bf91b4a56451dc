/*
 * A joining commit between being made and being accepted: the record `joining`, and entering the group.
 *
 *   joining = u8 version, opaque signer's credential (52 bytes), varint signer's leaf, flag resync, opaque pending
 *
 * `pending` is the record of that name (records.ts) without Welcome and tree.
 */
import { ByteReader, ByteWriter, equalBytes } from "@chapar/wire/bytes";
import type { ClientState } from "ts-mls";
import { e2eError } from "../../errors.ts";
import type { DeviceKeys, GroupInfo, GroupMember, GroupRecords, PendingJoin, RecordWrite, Step } from "../port.ts";
import { readContext } from "./checks.ts";
import { authentication, clientConfig, type Environment } from "./environment.ts";
import { openEpoch } from "./epochs.ts";
import { makeJoin } from "./external-join.ts";
import { inside, Lineage, memberAt, TsGroup, wipe } from "./group.ts";
import type { SuiteName } from "../suite-names.ts";
import { suiteNamed } from "./library-suites.ts";
import { decodePending, encodeEpoch, encodePending, EPOCH_KEY, type PendingRecord, stateOf } from "./records.ts";
import { putKeys } from "./secret-tree.ts";

const JOINING_KEY = "joining";
const VERSION = 1;
const MAX_PENDING_BYTES = 33_554_432;
const CREDENTIAL_BYTES = 64;

interface Inner {
  readonly state: ClientState;
  readonly encryptionSecret: Uint8Array;
  readonly context: Uint8Array;
  /** one value for every call of `enter`, so that two callers never seal with one key */
  entered: TsGroup | undefined;
}

/** What stands behind a PendingJoin; gone once it was entered or abandoned. */
const inners = new WeakMap<PendingJoin, Inner>();

interface JoiningRecord {
  readonly pending: PendingRecord;
  readonly signer: GroupMember;
  readonly resync: boolean;
}

function encodeJoining({ pending, signer, resync }: JoiningRecord): Uint8Array {
  const writer = new ByteWriter(4096).u8(VERSION).opaque(signer.credential.identity).opaque(signer.credential.device);
  return writer.varint(signer.leaf).flag(resync).opaque(encodePending(pending)).finish();
}

function decodeJoining(bytes: Uint8Array): JoiningRecord {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const identity = reader.opaque(CREDENTIAL_BYTES).slice();
  const device = reader.opaque(CREDENTIAL_BYTES).slice();
  const signer = { leaf: reader.varint(), credential: { identity, device } };
  const resync = reader.flag();
  const read = reader.finish(reader.opaque(MAX_PENDING_BYTES));
  if (!read.ok || version !== VERSION) throw e2eError("e2e/bad-record");
  return { pending: decodePending(read.value), signer, resync };
}

/** The suite of the joining commit in the records, if there is one. */
export function joiningSuite(records: GroupRecords): SuiteName | undefined {
  const bytes = records.get(JOINING_KEY);
  return bytes && suiteNamed(decodeJoining(bytes).pending.body.groupContext.cipherSuite);
}

type InnerParts = Pick<Inner, "state" | "encryptionSecret" | "context">;

/** @param former the provisional value that this one replaces, if it is the entered group */
function valueOf(env: Environment, { state, encryptionSecret, context }: InnerParts, former?: TsGroup): TsGroup {
  return new TsGroup({
    ...openEpoch(env, state, encryptionSecret),
    past: undefined,
    context,
    lineage: new Lineage(),
    parent: undefined,
    residue: former === undefined ? [] : [encryptionSecret, ...former.keys.frontier.values()],
    readCredential: env.profile.readCredential,
    provisional: former === undefined,
    left: false,
  });
}

function makePendingJoin(env: Environment, record: JoiningRecord, state: ClientState, bytes: Uint8Array): PendingJoin {
  const { frame, follows, encryptionSecret } = record.pending;
  const context = readContext(env, state.groupContext.extensions, "e2e/bad-record");
  const inner: Inner = { state, encryptionSecret, context, entered: undefined };
  const join: PendingJoin = {
    frame,
    follows,
    next: valueOf(env, inner),
    signer: record.signer,
    resync: record.resync,
    writes: [{ key: JOINING_KEY, value: bytes }],
  };
  inners.set(join, inner);
  return join;
}

export async function joinExternal(
  env: Environment,
  device: DeviceKeys,
  given: GroupInfo,
  proof: Uint8Array,
): Promise<PendingJoin> {
  const { state, frame, follows, encryptionSecret, signer, resync } = await makeJoin(env, device, given, proof);
  const nothing = { welcome: undefined, tree: undefined, renew: false };
  const record = { pending: { ...nothing, follows, frame, encryptionSecret, body: state }, signer, resync };
  return makePendingJoin(env, record, state, encodeJoining(record));
}

export function loadPendingJoin(env: Environment, device: DeviceKeys, records: GroupRecords): PendingJoin | undefined {
  const bytes = records.get(JOINING_KEY);
  if (bytes === undefined || records.has(EPOCH_KEY)) return undefined;
  const record = decodeJoining(bytes);
  const { body } = record.pending;
  const own = memberAt(body.ratchetTree, body.privatePath.leafIndex, env.profile.readCredential);
  if (own === undefined || !equalBytes(own.credential.device, device.credential.device))
    throw e2eError("e2e/bad-record");
  const context = readContext(env, body.groupContext.extensions, "e2e/bad-record");
  const config = clientConfig(env, authentication(env, context).service);
  const state = stateOf(body, [], undefined, device.signaturePrivateKey, config);
  return makePendingJoin(env, record, state, bytes);
}

function innerOf(join: PendingJoin): Inner {
  const inner = inners.get(join);
  if (inner === undefined) throw e2eError("e2e/stale-group");
  return inner;
}

export function enter(env: Environment, join: PendingJoin): Step {
  const inner = innerOf(join);
  inner.entered ??= valueOf(env, inner, inside(join.next));
  const group = inner.entered;
  const epoch = { key: EPOCH_KEY, value: encodeEpoch({ left: false, body: inner.state, past: undefined }) };
  const writes = [epoch, ...putKeys(group.keys, group.state.secretTree), { key: JOINING_KEY, value: undefined }];
  return { group, writes };
}

export function abandon(join: PendingJoin): RecordWrite[] {
  const inner = innerOf(join);
  inners.delete(join);
  wipe(inside(join.next));
  inner.encryptionSecret.fill(0);
  return [{ key: JOINING_KEY, value: undefined }];
}
