/*
 * A backup is one file: SQLite's own copy of the database at one instant, taken while the station runs, with the small files of the
 * data folder in a table beside the others. It holds the station's key: whoever has it can be the station.
 */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { isStationError, stationError } from "../errors.ts";
import { DATABASE_NAME, storageError } from "./sqlite-open.ts";
import { writeWhole } from "./station-files.ts";

/** Files of the data folder that are in a backup, beside the database. */
const FILE_NAMES = ["station.key", "signup.token", "witnesses", "up.json"];
/** All in one step: a step that another commit follows would have to begin again. */
const ALL_PAGES = 2 ** 30;
/** Where a restoration makes everything ready; left behind by one that was killed. */
export const READY_NAME = "restoring";
const OWNER_ONLY = 0o600;

/** What of the data folder stands in a backup's table. */
export interface BackupFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function filesOf(dataDir: string): BackupFile[] {
  return FILE_NAMES.flatMap((name) => {
    try {
      return [{ name, bytes: new Uint8Array(readFileSync(join(dataDir, name))) }];
    } catch {
      return [];
    }
  });
}

/** Makes sure that what was written to a file or folder survives a power cut. */
export function syncPath(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Writes a backup of a data folder, whole or not at all; the station on it may run.
 *
 * @throws StationError `station/no-folder` there is no station in the folder · `station/storage-full` · `station/storage-failed`
 * Cost: the size of the database, read and written once
 */
export async function backupStation(dataDir: string, file: string): Promise<void> {
  const path = join(dataDir, DATABASE_NAME);
  const files = filesOf(dataDir);
  const isStation = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  if (!isStation || !files.some(({ name }) => name === "station.key")) throw stationError("station/no-folder");
  const made = `${file}.new`;
  try {
    rmSync(made, { force: true });
    writeFileSync(made, new Uint8Array(0), { mode: OWNER_ONLY });
    chmodSync(made, OWNER_ONLY);
    const from = new DatabaseSync(path, { timeout: 5_000 });
    try {
      await backup(from, made, { rate: ALL_PAGES });
    } finally {
      from.close();
    }
    const db = new DatabaseSync(made);
    try {
      db.exec("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL");
      db.exec("BEGIN; CREATE TABLE backup_files (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT");
      const add = db.prepare("INSERT INTO backup_files VALUES (?, ?)");
      for (const { name, bytes } of files) add.run(name, bytes);
      db.exec("COMMIT");
    } finally {
      db.close();
    }
    syncPath(made);
    renameSync(made, file);
  } catch (cause) {
    rmSync(made, { force: true });
    throw isStationError(cause) ? cause : storageError(cause);
  }
}

/** The files in a backup's table; none when it is not a backup. */
export function backupFiles(db: DatabaseSync): readonly BackupFile[] {
  const found = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'backup_files'").get();
  if (found === undefined) return [];
  const rows = db.prepare("SELECT name, bytes FROM backup_files").all() as unknown as readonly BackupFile[];
  return rows.filter(({ name }) => FILE_NAMES.includes(name));
}

/**
 * Takes the files of a restored backup out of the database and into the folder, where there are none. The folder is locked. What
 * was killed before is done again; a folder that was not restored is left as it is.
 */
export function takeBackupFiles(dataDir: string): void {
  const path = join(dataDir, DATABASE_NAME);
  rmSync(join(dataDir, READY_NAME), { recursive: true, force: true });
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return;
  try {
    const db = new DatabaseSync(path, { timeout: 5_000 });
    try {
      const files = backupFiles(db);
      if (files.length === 0) return;
      const held = new Set(filesOf(dataDir).map(({ name }) => name));
      for (const { name, bytes } of files) if (!held.has(name)) writeWhole(dataDir, name, bytes);
      db.exec("PRAGMA secure_delete = ON; DROP TABLE backup_files");
    } finally {
      db.close();
    }
  } catch (cause) {
    throw isStationError(cause) ? cause : storageError(cause);
  }
}
