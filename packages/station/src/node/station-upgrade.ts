/*
 * Bringing a data folder forward by hand, with a sealed backup of how it was first (O-4), and looking at a folder without changing it (O-6).
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isStationError, stationError } from "../errors.ts";
import { backupSealed } from "./sealed-backup.ts";
import { DATABASE_NAME, lockFolder, prepareDatabase, storageError } from "./sqlite-open.ts";
import { MIGRATIONS } from "./sqlite-schema.ts";
import { readStationSeed } from "./station-files.ts";

/** What was found in a data folder. */
export interface FolderFinding {
  readonly what: "key" | "modes" | "database" | "schema" | "left-behind" | "running";
  readonly ok: boolean;
  /** a number or names of files; never content */
  readonly detail: string;
}

const OTHERS = 0o077;
/** What work that was killed leaves, and the next start clears away. */
const LEFT_BEHIND = ["restoring", "backing-up", "station.key.new"];

function schemaOf(dataDir: string): number {
  const path = join(dataDir, DATABASE_NAME);
  if (!existsSync(path)) throw stationError("station/no-folder");
  try {
    const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    try {
      return Number(db.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
    } finally {
      db.close();
    }
  } catch (cause) {
    throw storageError(cause);
  }
}

/**
 * Brings a folder to the schema of this version. The station must not run.
 *
 * @returns the schema that it had, and the one that it has
 * @throws StationError `station/no-folder` · `station/folder-in-use` · `station/folder-newer`, all before anything is written; as `backupSealed`
 */
export async function upgradeStation(
  dataDir: string,
  backup: { readonly file: string; readonly key: string },
): Promise<{ readonly from: number; readonly to: number }> {
  const from = schemaOf(dataDir);
  const to = MIGRATIONS.length;
  if (from > to) throw stationError("station/folder-newer");
  const unlock = lockFolder(dataDir);
  try {
    await backupSealed(dataDir, backup.file, backup.key);
    prepareDatabase(dataDir);
    return { from, to };
  } finally {
    unlock();
  }
}

function databaseFinding(dataDir: string): FolderFinding {
  try {
    const db = new DatabaseSync(join(dataDir, DATABASE_NAME), { readOnly: true, timeout: 5_000 });
    try {
      const said = String(db.prepare("PRAGMA quick_check(1)").get()?.["quick_check"] ?? "");
      return { what: "database", ok: said === "ok", detail: said === "ok" ? "ok" : "damaged" };
    } finally {
      db.close();
    }
  } catch {
    return { what: "database", ok: false, detail: "cannot be read" };
  }
}

function keyFinding(dataDir: string): FolderFinding {
  try {
    const isThere = readStationSeed(dataDir) !== undefined;
    return { what: "key", ok: isThere, detail: isThere ? "ok" : "missing" };
  } catch (cause) {
    if (!isStationError(cause)) throw cause;
    return { what: "key", ok: false, detail: cause.code };
  }
}

function runningFinding(dataDir: string): FolderFinding {
  try {
    lockFolder(dataDir)();
    return { what: "running", ok: true, detail: "no" };
  } catch (cause) {
    if (!isStationError(cause, "station/folder-in-use")) throw cause;
    return { what: "running", ok: true, detail: "yes" };
  }
}

/** Looks at a data folder, whether its station runs or not, and changes nothing. @throws StationError `station/no-folder` */
export function examineFolder(dataDir: string): readonly FolderFinding[] {
  const schema = schemaOfOr(dataDir);
  const names = readdirSync(dataDir);
  const open = names.filter((name) => (statSync(join(dataDir, name)).mode & OTHERS) !== 0 && /key|token/.test(name));
  const left = names.filter((name) => LEFT_BEHIND.includes(name));
  return [
    keyFinding(dataDir),
    { what: "modes", ok: open.length === 0, detail: open.length === 0 ? "ok" : open.join(", ") },
    databaseFinding(dataDir),
    {
      what: "schema",
      ok: schema !== undefined && schema <= MIGRATIONS.length,
      detail: `${schema ?? "unknown"} of ${MIGRATIONS.length}`,
    },
    { what: "left-behind", ok: left.length === 0, detail: left.length === 0 ? "nothing" : left.join(", ") },
    runningFinding(dataDir),
  ];
}

function schemaOfOr(dataDir: string): number | undefined {
  if (!existsSync(join(dataDir, DATABASE_NAME))) throw stationError("station/no-folder");
  try {
    return schemaOf(dataDir);
  } catch {
    // What cannot be read is told of as the database.
    return undefined;
  }
}
