/* Restoring as a person asks for it: by words, with the home's backup or a file. */
import { type Invite, parseInvite } from "@chapar/e2e";
import { backupKeyBytes } from "@chapar/e2e/devices";
import { idText } from "@chapar/wire";
import { cleanName } from "@chapar/wire/content";
import type { Core } from "../core.ts";
import type { DeskPorts } from "../desk-ports.ts";
import type { BackupView } from "../devices-api.ts";
import { ClientError } from "../errors.ts";
import type { ProfileRow } from "../profile/profile-row.ts";
import { openAtHome, openBackupFile } from "./opening-backup.ts";
import { type OpenedBackup, restoreProfile, wordsOrRefuse } from "./restoring.ts";

/** What a person gives to come back. */
export interface RestoreFrom {
  readonly words: string;
  readonly invite?: string;
  readonly file?: Uint8Array;
  /** of a new home, when the one before is gone */
  readonly to?: string;
  readonly device: string;
}

function inviteOf(core: Core, invite: string): Invite {
  const parsed = parseInvite(invite, core.sha256);
  if (!parsed.ok) throw new ClientError("client/bad-invite", parsed.code);
  return parsed.value.invite;
}

/** Makes the profile of a new device. @throws ClientError as `client.devices.restore` */
export async function restoreFrom(ports: DeskPorts, from: RestoreFrom, signal: AbortSignal): Promise<ProfileRow> {
  const { core } = ports;
  const device = cleanName(from.device);
  if (device === undefined) throw new ClientError("client/bad-name");
  const invite = from.invite === undefined ? undefined : inviteOf(core, from.invite);
  const given = invite?.home.station;
  if (given === undefined && from.file === undefined) throw new ClientError("client/bad-invite");
  const to = from.to === undefined ? undefined : inviteOf(core, from.to);
  const entropy = await wordsOrRefuse(from.words);
  try {
    if (to !== undefined) {
      const { evacuate } = await import("./evacuating.ts");
      return await evacuate(ports, entropy, { to, file: from.file, from: invite, device }, signal);
    }
    const key = backupKeyBytes(entropy, core.crypto);
    const inFile = from.file === undefined ? undefined : await openBackupFile(core, from.file, key);
    const station = inFile?.head.home.station ?? given;
    if (station === undefined) throw new ClientError("client/bad-invite");
    let failure: unknown = new ClientError("client/no-route");
    const row = await ports.directs().over(station, async (link) => {
      try {
        signal.throwIfAborted();
        const backup = inFile ?? (await openAtHome(core, link, key, station));
        return await restoreProfile(core, link, backup, { entropy, device, station });
      } catch (error) {
        failure = error;
        return undefined;
      }
    });
    if (row === undefined) throw failure;
    return row;
  } finally {
    entropy.wipe();
  }
}

/** Opens all of a backup file, and says what is in it. @throws ClientError `client/bad-words` · `client/bad-backup` */
export async function verified(core: Core, file: Uint8Array, words: string): Promise<BackupView> {
  const entropy = await wordsOrRefuse(words);
  try {
    const backup = await openBackupFile(core, file, backupKeyBytes(entropy, core.crypto));
    return { ...(await counted(backup)), sizeBytes: file.byteLength };
  } finally {
    entropy.wipe();
  }
}

async function counted(backup: OpenedBackup): Promise<Omit<BackupView, "sizeBytes">> {
  const { head } = backup;
  for (const index of head.parts.keys()) await backup.part(index);
  return {
    identity: idText(head.identity),
    name: head.name,
    madeAtMs: head.madeAtMs,
    contacts: head.people.length,
    conversations: head.conversations.length,
    messages: head.parts.reduce((sum, { lines }) => sum + lines, 0),
  };
}
