/*
 * The port over both suites at once: each call goes to the implementation of the suite that its group, key package, records or GroupInfo is
 * of. The bytes say which, unchecked; whatever they say, the implementation that is asked checks all of them.
 */
import { ByteReader } from "@chapar/wire/bytes";
import { type E2eCode, e2eError } from "../../errors.ts";
import type { GroupRecords, Mls, MlsGroup } from "../port.ts";
import { type SuiteName, suiteName } from "../suite-names.ts";
import { joiningSuite } from "./pending-join.ts";
import { EPOCH_KEY, suiteOfEpoch } from "./records.ts";

/** An MLSMessage has its version and form before what it holds, and key packages and GroupInfos begin with version and suite (RFC 9420 §6, §8.1, §10). */
const BEFORE_SUITE_BYTES = 6;

function suiteOfMessage(bytes: Uint8Array, code: E2eCode): SuiteName {
  const reader = new ByteReader(bytes);
  reader.bytes(BEFORE_SUITE_BYTES);
  const suite = suiteName(reader.u8() * 256 + reader.u8());
  if (reader.failed || suite === undefined) throw e2eError(code);
  return suite;
}

function suiteOfRecords(records: GroupRecords): SuiteName {
  const bytes = records.get(EPOCH_KEY);
  if (bytes === undefined) throw e2eError("e2e/bad-record");
  return suiteOfEpoch(bytes);
}

/** @param of  the implementation of one suite, always the same */
export function perSuite(of: (suite: SuiteName) => Mls): Mls {
  const ofGroup = ({ suite }: MlsGroup): Mls => of(suite);
  const ofPackage = (bytes: Uint8Array): Mls => of(suiteOfMessage(bytes, "e2e/bad-key-package"));
  return {
    keyPackage: async (device, suite = "x-wing") => of(suite).keyPackage(device),
    inspect: async (bytes) => ofPackage(bytes).inspect(bytes),
    create: async (device, groupId, context, suite = "x-wing") => of(suite).create(device, groupId, context),
    load: async (device, records) => of(suiteOfRecords(records)).load(device, records),
    loadPending: async (device, records) =>
      records.has(EPOCH_KEY) ? of(suiteOfRecords(records)).loadPending(device, records) : undefined,
    commit: async (group, change) => ofGroup(group).commit(group, change),
    merge: async (group, pending) => ofGroup(group).merge(group, pending),
    drop: (group, pending) => ofGroup(group).drop(group, pending),
    join: async (device, own, welcome, tree) => ofPackage(own.publicBytes).join(device, own, welcome, tree),
    sealPsk: async (bytes, psk) => ofPackage(bytes).sealPsk(bytes, psk),
    openPsk: async (own, sealed) => ofPackage(own.publicBytes).openPsk(own, sealed),
    groupInfo: async (group) => ofGroup(group).groupInfo(group),
    joinExternal: async (device, given, proof) =>
      of(suiteOfMessage(given.info, "e2e/bad-group-info")).joinExternal(device, given, proof),
    loadPendingJoin: async (device, records) => {
      const suite = joiningSuite(records);
      return suite === undefined ? undefined : of(suite).loadPendingJoin(device, records);
    },
    enter: async (join) => ofGroup(join.next).enter(join),
    abandon: (join) => ofGroup(join.next).abandon(join),
    seal: async (group, content) => ofGroup(group).seal(group, content),
    open: async (group, frame) => ofGroup(group).open(group, frame),
    exportSecret: async (group, label, context, sizeBytes) =>
      ofGroup(group).exportSecret(group, label, context, sizeBytes),
  };
}
