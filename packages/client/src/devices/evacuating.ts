/*
 * Coming back by the words at a new home, with the old one gone (protocol/15-moving.md §2a): what is known of the person, and the longest chain
 * that anybody has of them.
 */
import { type Invite, type RecoveryEntropy, rankZeroSeed } from "@chapar/e2e";
import { backupKeyBytes } from "@chapar/e2e/devices";
import type { IdentityState } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Core } from "../core.ts";
import type { DeskPorts } from "../desk-ports.ts";
import { ClientError, isClientError } from "../errors.ts";
import type { ProfileRow } from "../profile/profile-row.ts";
import { longestChain } from "./longest-chain.ts";
import { openAtHome, openBackupFile } from "./opening-backup.ts";
import { type OpenedBackup, restoreProfile } from "./restoring.ts";

/** What a person has, besides the words. */
export interface Known {
  /** of the new home */
  readonly to: Invite;
  readonly file: Uint8Array | undefined;
  /** of the old home, or the person's own */
  readonly from: Invite | undefined;
  readonly device: string;
}

/**
 * Makes the profile of a new device that lives at the new home.
 *
 * @throws ClientError as `client.devices.restore`; WireError what the new home refuses with
 */
export async function evacuate(
  ports: DeskPorts,
  entropy: RecoveryEntropy,
  known: Known,
  signal: AbortSignal,
): Promise<ProfileRow> {
  const { core } = ports;
  const { home, token, routes, stationName } = known.to;
  const backup = await backupOf(ports, entropy, known);
  const { station, region } = home;
  const before = await longestChain(ports, backup.head, station);
  await holdToWords(core, entropy, before);
  const to = { home: { station, region, name: stationName, routes }, token, before };
  let failure: unknown = new ClientError("client/no-route");
  const at = { key: station.key, urls: [...station.urls, ...routes] };
  const row = await ports.directs().over(at, async (link) => {
    try {
      signal.throwIfAborted();
      return await restoreProfile(core, link, backup, { entropy, device: known.device, station, to });
    } catch (error) {
      failure = error;
      return undefined;
    }
  });
  if (row === undefined) throw failure;
  return row;
}

/** From a file, from the old home while it answers, or, of the own invite, nothing but who one is (M-43). */
async function backupOf(ports: DeskPorts, entropy: RecoveryEntropy, known: Known): Promise<OpenedBackup> {
  const { core } = ports;
  const { file, from } = known;
  const key = backupKeyBytes(entropy, core.crypto);
  if (file !== undefined) return openBackupFile(core, file, key);
  if (from === undefined) throw new ClientError("client/no-backup");
  const { station } = from.home;
  let damage: unknown;
  const rests = await ports.directs().over(station, async (link) => {
    try {
      const backup = await openAtHome(core, link, key, station);
      // Read while the old home answers: what is written down later is read again from memory.
      const parts: Uint8Array[] = [];
      for (const index of backup.head.parts.keys()) parts.push(await backup.part(index));
      return { head: backup.head, part: async (index: number) => partOf(parts, index) };
    } catch (error) {
      if (isClientError(error, "client/bad-backup")) damage = error;
      return undefined;
    }
  });
  if (rests !== undefined) return rests;
  if (damage !== undefined) throw damage;
  if (from.person === undefined) throw new ClientError("client/no-backup");
  return bare(from, from.person);
}

async function partOf(parts: readonly Uint8Array[], index: number): Promise<Uint8Array> {
  const part = parts[index];
  if (part === undefined) throw new ClientError("client/bad-backup");
  return part;
}

function bare(from: Invite, { identity, name }: NonNullable<Invite["person"]>): OpenedBackup {
  const { station, region } = from.home;
  const home = { station, region, name: from.stationName, routes: from.routes };
  const none = { ops: [], people: [], own: [], conversations: [], parts: [] };
  return {
    head: { identity, name, home, token: new Uint8Array(0), madeAtMs: 0, ...none },
    part: async (index) => partOf([], index),
  };
}

/** @throws ClientError `client/bad-words` they are not rank 0 of the chain (M-42), or it has ended */
async function holdToWords({ crypto }: Core, entropy: RecoveryEntropy, state: IdentityState): Promise<void> {
  const zero = rankZeroSeed(entropy, crypto);
  try {
    const own = await crypto.ed25519.publicKey(zero.expose());
    const [first] = state.rotationKeys;
    if (first === undefined || !equalBytes(first, own)) throw new ClientError("client/bad-words");
  } finally {
    zero.wipe();
  }
}
