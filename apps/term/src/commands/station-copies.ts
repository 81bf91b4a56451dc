/*
 * `station backup FILE`: a copy of a station, made while it runs. `station restore BACKUP`: puts one back; the station's log then
 * begins a new generation, and says first of all that it was restored.
 */
import { join, resolve } from "node:path";
import {
  backupSealed,
  isSealedBackup,
  loadWitnesses,
  readBackupKey,
  restoreStation,
  shownGenerations,
} from "@chapar/station/node";
import { ExitCode } from "../exit-code.ts";
import type { Run } from "../run.ts";
import { prepareFolder } from "../station-settings.ts";
import { dataFolder } from "./up.ts";

interface CopyOptions {
  readonly data?: string;
  readonly key?: string;
}

/** Where the key of backups is when it is not named: in the data folder, which is not where it should stay. */
const KEY_NAME = "backup.key";

export async function backup(run: Run, file: string, options: CopyOptions): Promise<ExitCode> {
  const path = resolve(file);
  const dataDir = dataFolder(run.root, options.data);
  const keyFile = resolve(options.key ?? join(dataDir, KEY_NAME));
  await backupSealed(dataDir, path, keyFile);
  run.out.result(
    { event: "backup", file: path, key: keyFile },
    `The station is copied to ${path}, sealed under the key in ${keyFile}. Keep that key elsewhere as well: without it nothing opens the backup, and with it whoever has the backup can be this station.`,
  );
  return ExitCode.ok;
}

export async function restore(run: Run, from: string, options: CopyOptions): Promise<ExitCode> {
  const dataDir = dataFolder(run.root, options.data);
  const path = resolve(from);
  prepareFolder(dataDir);
  const witnesses = loadWitnesses(dataDir);
  if (witnesses.length > 0) run.out.progress("Asking the witnesses what they have seen ...");
  const { generation, fromMs, toMs } = await restoreStation(path, dataDir, {
    nowMs: Date.now(),
    shown: (station, above) => shownGenerations(witnesses, station, above),
    ...(isSealedBackup(path) ? { key: readBackupKey(resolve(options.key ?? join(dataDir, KEY_NAME))) } : {}),
  });
  const window = `${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`;
  run.out.result(
    { event: "restored", generation, fromMs, toMs, data: dataDir },
    `The station is restored. Its log begins generation ${generation} and says so: what it signed from ${window} may be missing.`,
  );
  return ExitCode.ok;
}
