/*
 * `station backup FILE`: a copy of a station, made while it runs. `station restore BACKUP`: puts one back; the station's log then
 * begins a new generation, and says first of all that it was restored.
 */
import { resolve } from "node:path";
import { backupStation, loadWitnesses, restoreStation, shownGenerations } from "@chapar/station/node";
import { ExitCode } from "../exit-code.ts";
import type { Run } from "../run.ts";
import { prepareFolder } from "../station-settings.ts";
import { dataFolder } from "./up.ts";

interface CopyOptions {
  readonly data?: string;
}

export async function backup(run: Run, file: string, options: CopyOptions): Promise<ExitCode> {
  const path = resolve(file);
  await backupStation(dataFolder(run.root, options.data), path);
  run.out.result(
    { event: "backup", file: path },
    `The station is copied to ${path}. Keep it as you keep a key: whoever has it can be this station.`,
  );
  return ExitCode.ok;
}

export async function restore(run: Run, from: string, options: CopyOptions): Promise<ExitCode> {
  const dataDir = dataFolder(run.root, options.data);
  prepareFolder(dataDir);
  const witnesses = loadWitnesses(dataDir);
  if (witnesses.length > 0) run.out.progress("Asking the witnesses what they have seen ...");
  const { generation, fromMs, toMs } = await restoreStation(resolve(from), dataDir, {
    nowMs: Date.now(),
    shown: (station, above) => shownGenerations(witnesses, station, above),
  });
  const window = `${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`;
  run.out.result(
    { event: "restored", generation, fromMs, toMs, data: dataDir },
    `The station is restored. Its log begins generation ${generation} and says so: what it signed from ${window} may be missing.`,
  );
  return ExitCode.ok;
}
