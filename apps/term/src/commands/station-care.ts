/*
 * `station doctor`: looks at a station's folder and changes nothing. `station upgrade`: brings a folder to this version, with a sealed
 * backup of how it was first.
 */
import { join, resolve } from "node:path";
import { examineFolder, type FolderFinding, upgradeStation } from "@chapar/station/node";
import { ExitCode } from "../exit-code.ts";
import type { Run } from "../run.ts";
import { dataFolder } from "./up.ts";

const WORDS: Readonly<Record<FolderFinding["what"], string>> = {
  key: "The station's key",
  modes: "Secrets readable by their owner only",
  database: "The database",
  schema: "The schema, and that of this version",
  "left-behind": "Left behind by what was killed",
  running: "A station runs on it",
};

export async function doctor(run: Run, options: { readonly data?: string }): Promise<ExitCode> {
  const findings = examineFolder(dataFolder(run.root, options.data));
  for (const { what, ok, detail } of findings)
    run.out.result({ event: "folder", what, ok, detail }, `${ok ? "ok " : "BAD"}  ${WORDS[what]}: ${detail}`);
  return Promise.resolve(findings.every(({ ok }) => ok) ? ExitCode.ok : ExitCode.unavailable);
}

export async function upgrade(
  run: Run,
  file: string,
  options: { readonly data?: string; readonly key?: string },
): Promise<ExitCode> {
  const dataDir = dataFolder(run.root, options.data);
  const backup = { file: resolve(file), key: resolve(options.key ?? join(dataDir, "backup.key")) };
  const { from, to } = await upgradeStation(dataDir, backup);
  run.out.result(
    { event: "upgraded", from, to, ...backup },
    from === to
      ? `The folder is of this version already (schema ${to}). A backup is in ${backup.file}.`
      : `The folder is brought from schema ${from} to ${to}. How it was is in ${backup.file}.`,
  );
  return ExitCode.ok;
}
