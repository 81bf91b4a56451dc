/*
 * What this device orders of a station that its person leaves (protocol/15-moving.md §4): for each thing what shows that it is theirs, in as many orders as it
 * takes, and the receipt with the proof that it stands in the station's log.
 */
import { checkReceiptFile, decodeLeaving, encodeReceiptFile } from "@chapar/evidence";
import { type BlobHash, deviceId, type LogId, logId, type StationRef } from "@chapar/wire";
import {
  encodeLeaveOrder,
  LEAVE_THINGS,
  leaveMessage,
  type LeaveOrder,
  type LeavingReader,
  readerLeavesMessage,
} from "@chapar/wire/leaving";
import { equalBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { backupKey } from "../devices/backup-key.ts";
import { BackupLog } from "../devices/backup-log.ts";
import { ClientError } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import { readerSeeds } from "../repair/readers.ts";
import { ask } from "../trust/asking.ts";
import { blobKey, putChunks } from "./locks.ts";

/** How long the proof is waited for: epochs are made every 10 s, and shown within 5 s more. */
const PROOF_TRIES = 20;
const PROOF_EVERY_MS = 1000;

/** What is ordered of a station. */
export interface Ordered {
  /** the chain with the op by which the person leaves */
  readonly ops: readonly Uint8Array[];
  /** chunks too: of a home that was only left, contacts may still fetch them */
  readonly withChunks: boolean;
}

async function readersOn(member: Member, link: StationLink): Promise<readonly LeavingReader[]> {
  const { ed25519 } = member.crypto;
  const { station, nonce } = link.hello;
  const readers: LeavingReader[] = [];
  for (const { log, seed } of await readerSeeds(member.store)) {
    const key = await ed25519.publicKey(seed);
    const message = readerLeavesMessage(station, nonce, logId(log));
    readers.push({ log: logId(log), key, signature: await ed25519.sign(seed, message) });
  }
  return readers;
}

async function backupOn(member: Member, link: StationLink, at: StationRef): Promise<readonly LogId[]> {
  const key = await backupKey(member);
  const log = key && (await new BackupLog(member, key, at).opened(link));
  return log === undefined ? [] : [log];
}

function pieces<T>(things: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(things.length / LEAVE_THINGS);
  return Array.from({ length: count }, (_, at) => things.slice(at * LEAVE_THINGS, (at + 1) * LEAVE_THINGS));
}

/** The proof that the receipt's tombstone stands in the station's log, when it comes in time. */
async function withProof(member: Member, link: StationLink, receipt: Uint8Array): Promise<Uint8Array> {
  const word = decodeLeaving(receipt);
  const without = encodeReceiptFile({ word: receipt, leaf: undefined });
  if (!word.ok) throw new ClientError("client/unexpected-answer");
  const index = word.value.ledgerIndex;
  for (let tries = 0; tries < PROOF_TRIES; tries++) {
    const leaf = await ask(link, { type: "ledger.leaf", at: undefined, index }, "ledger.leaf").catch(() => undefined);
    const file = leaf && encodeReceiptFile({ word: receipt, leaf });
    if (file !== undefined && (await checkReceiptFile(file, member.evidence)).ok) return file;
    await member.clock.sleep(PROOF_EVERY_MS, new AbortController().signal);
  }
  return without;
}

/**
 * Orders it over a link to the station, and waits until it is done.
 *
 * @returns the receipt file, checked
 * @throws WireError what the station refused with · ClientError `client/unexpected-answer` its receipt does not hold
 */
export async function orderLeaving(
  member: Member,
  link: StationLink,
  at: StationRef,
  { ops, withChunks }: Ordered,
): Promise<Uint8Array> {
  const { profile, device, sha256, evidence, crypto } = member;
  const { station, nonce } = link.hello;
  const base = { identity: profile.row.identity, device: deviceId(device.credential.device), ops };
  const nothing = { readers: [], backups: [], blobs: [], isLast: false };
  const order = async (changes: Partial<LeaveOrder>): Promise<Uint8Array | undefined> => {
    const whole: LeaveOrder = { ...base, ...nothing, ...changes };
    const message = leaveMessage(station, nonce, whole, sha256);
    const signature = await crypto.ed25519.sign(device.signaturePrivateKey, message);
    const request = { type: "account.leave", order: encodeLeaveOrder(whole, signature) } as const;
    const answer = await link.ask(request, "done", "account.left");
    return answer.type === "account.left" ? answer.receipt.slice() : undefined;
  };
  for (const readers of pieces(await readersOn(member, link))) await order({ readers });
  const chunks: readonly BlobHash[] = withChunks ? await putChunks(member) : [];
  for (const hashes of pieces(chunks)) {
    const blobs = await Promise.all(hashes.map(async (hash) => ({ hash, key: await blobKey(member, hash) })));
    await order({ blobs });
  }
  const receipt = await order({ backups: await backupOn(member, link, at), isLast: true });
  if (receipt === undefined) throw new ClientError("client/unexpected-answer");
  const file = await withProof(member, link, receipt);
  const checked = await checkReceiptFile(file, evidence);
  if (!checked.ok || !equalBytes(checked.value.word.station, station))
    throw new ClientError("client/unexpected-answer");
  return file;
}
