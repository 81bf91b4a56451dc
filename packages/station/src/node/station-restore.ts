/*
 * Puts a backup back (E-3). Everything is made ready in a folder beside the database; then one rename puts it in place, so that a kill
 * at any instant leaves either the station as it was or the restored one with its incident.
 *
 *   copy -> bring up to date -> begin the next generation -> [old WAL into the old database] -> rename -> files out of the table
 */
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { MAX_GENERATIONS } from "@chapar/evidence";
import { equalBytes } from "@chapar/wire/bytes";
import { stationKey, type StationKey } from "@chapar/wire";
import { isStationError, stationError } from "../errors.ts";
import {
  beginGeneration,
  cosignedIn,
  keepCosigned,
  reachOf,
  type Beginning,
  type CosignedRow,
} from "./new-generation.ts";
import { nodeSigner } from "./node-crypto.ts";
import {
  backupFiles,
  backupStation,
  READY_NAME,
  syncPath,
  takeBackupFiles,
  type BackupFile,
} from "./station-backup.ts";
import { isSealedBackup, unsealBackup } from "./sealed-backup.ts";
import { DATABASE_NAME, lockFolder, prepareDatabase, storageError } from "./sqlite-open.ts";
import { readStationSeed } from "./station-files.ts";

/** How a station is restored. */
export interface RestoreOptions {
  readonly nowMs: number;
  /** the highest generation of this station's log that a witness shows, of those above one; undefined when none does */
  readonly shown?: (station: StationKey, above: number) => Promise<number | undefined>;
  /** opens a sealed backup (O-1) */
  readonly key?: Uint8Array;
}

/** What became of a restoration. */
export interface Restored {
  /** of the log that begins */
  readonly generation: number;
  /** statements with a time from here … */
  readonly fromMs: number;
  /** … to here are excused */
  readonly toMs: number;
}

/**
 * Restores a station from a backup, into its folder or an empty one. The station must not run.
 *
 * @param from  a sealed backup, a file of `backupStation`, or a whole copy of a data folder
 * @throws StationError `station/bad-backup` · `station/foreign-backup` · `station/damaged-backup` · `station/wrong-backup-key` · `station/bad-backup-key` · `station/folder-in-use` ·
 * `station/folder-newer` · `station/ledger-damaged` · `station/storage-full` · `station/storage-failed`
 */
export async function restoreStation(from: string, dataDir: string, options: RestoreOptions): Promise<Restored> {
  const unlock = lockFolder(dataDir);
  try {
    const ready = join(dataDir, READY_NAME);
    rmSync(ready, { recursive: true, force: true });
    mkdirSync(ready, { mode: 0o700 });
    const copy = join(ready, DATABASE_NAME);
    if (statSync(from, { throwIfNoEntry: false })?.isDirectory() === true) {
      await backupStation(from, copy).catch((cause: unknown) => {
        throw isStationError(cause, "station/no-folder") ? stationError("station/bad-backup", undefined, cause) : cause;
      });
    } else if (isSealedBackup(from)) {
      if (options.key === undefined) throw stationError("station/bad-backup-key");
      unsealBackup(from, copy, options.key);
    } else if (existsSync(from)) cpSync(from, copy);
    else throw stationError("station/bad-backup");
    const seed = seedIn(readFiles(copy));
    const held = readStationSeed(dataDir);
    if (held !== undefined && !equalBytes(held, seed)) throw stationError("station/foreign-backup");
    prepareDatabase(ready);
    const restored = await begin(copy, await reachOfFolder(dataDir), seed, options);
    syncPath(copy);
    syncPath(ready);
    clearWal(dataDir);
    renameSync(copy, join(dataDir, DATABASE_NAME));
    syncPath(dataDir);
    takeBackupFiles(dataDir);
    return restored;
  } catch (cause) {
    throw isStationError(cause) ? cause : storageError(cause);
  } finally {
    unlock();
  }
}

function readFiles(path: string): readonly BackupFile[] {
  try {
    const db = new DatabaseSync(path);
    try {
      return backupFiles(db);
    } finally {
      db.close();
    }
  } catch (cause) {
    throw stationError("station/bad-backup", undefined, cause);
  }
}

function seedIn(files: readonly BackupFile[]): Uint8Array {
  const seed = files.find(({ name }) => name === "station.key")?.bytes;
  if (seed?.byteLength !== 32) throw stationError("station/bad-backup");
  return seed;
}

/** What the folder's own database knows that the copy may not. */
interface Known extends Beginning {
  readonly cosigned: readonly CosignedRow[];
}

async function begin(
  copy: string,
  known: Known | undefined,
  seed: Uint8Array,
  { nowMs, shown }: RestoreOptions,
): Promise<Restored> {
  const db = new DatabaseSync(copy);
  try {
    db.exec("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL");
    const held = await reachOf(db);
    const highest = Math.max(held.generation, known?.generation ?? 1);
    const seen = await shown?.(stationKey(nodeSigner(seed).publicKey), highest);
    const generation = Math.max(highest, seen ?? 1) + 1;
    if (generation > MAX_GENERATIONS) throw stationError("station/bad-backup");
    const toMs = Math.max(nowMs, held.toMs, known?.toMs ?? 0);
    const fromMs = await beginGeneration(db, { generation, toMs });
    keepCosigned(db, known?.cosigned ?? []);
    return { generation, fromMs, toMs };
  } finally {
    db.close();
  }
}

/** How far the folder's own database has come, when it can still be read. */
async function reachOfFolder(dataDir: string): Promise<Known | undefined> {
  const path = join(dataDir, DATABASE_NAME);
  if (!existsSync(path)) return undefined;
  try {
    const db = new DatabaseSync(path, { timeout: 5_000 });
    try {
      return { ...(await reachOf(db)), cosigned: cosignedIn(db) };
    } finally {
      db.close();
    }
  } catch {
    // Damaged, which may be why it is restored.
    return undefined;
  }
}

/** Moves what is in the old database's WAL into it: a WAL beside the new one would be taken for its own. */
function clearWal(dataDir: string): void {
  const path = join(dataDir, DATABASE_NAME);
  if (existsSync(path)) {
    try {
      const db = new DatabaseSync(path, { timeout: 5_000 });
      try {
        db.exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
      } finally {
        db.close();
      }
    } catch {
      // A damaged database: nothing in its WAL can be kept either.
    }
  }
  for (const end of ["-wal", "-shm", "-journal"]) rmSync(`${path}${end}`, { force: true });
}
