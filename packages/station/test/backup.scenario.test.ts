/* Sealed backups over real folders: made while a store is written to, restored, and refused with the folder left as it was. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "vitest";
import {
  backupSealed,
  examineFolder,
  isSealedBackup,
  readBackupKey,
  restoreStation,
  SqliteStore,
  upgradeStation,
} from "../src/node/index.ts";
import { nodeSha256 } from "../src/node/node-crypto.ts";
import { prepareDatabase } from "../src/node/sqlite-open.ts";
import { MIGRATIONS } from "../src/node/sqlite-schema.ts";

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "chapar-backup-"));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

const SECRET = new TextEncoder().encode("a secret of the station that no backup shows");

/** A station's folder with something in its database. */
async function home(seed = "station a"): Promise<string> {
  const dataDir = folder();
  writeFileSync(join(dataDir, "station.key"), nodeSha256(new TextEncoder().encode(seed)), { mode: 0o600 });
  await using store = await SqliteStore.open({ dataDir });
  await store.commit([{ kind: "meta", name: "kept", value: SECRET }]);
  return dataDir;
}

/** Files of a folder, by name, but for the lock. A restoration that was refused may leave an empty place where it makes ready. */
function contents(dataDir: string): Record<string, string> {
  const files = readdirSync(dataDir, { withFileTypes: true }).filter(
    (one) => one.isFile() && one.name !== "station.lock",
  );
  return Object.fromEntries(files.map(({ name }) => [name, readFileSync(join(dataDir, name)).toString("base64")]));
}

describe("a sealed backup", () => {
  it("O-1 O-3 is made while the station writes, hides every byte, and brings back what stood there at one instant", async () => {
    const dataDir = await home();
    const [out, key] = [join(folder(), "b"), join(folder(), "key")];
    {
      await using store = await SqliteStore.open({ dataDir });
      const many = Array.from({ length: 40 }, (_, at) =>
        store.commit([{ kind: "meta", name: `row ${at}`, value: new Uint8Array(4000).fill(at) }]),
      );
      await backupSealed(dataDir, out, key);
      await Promise.all(many);
    }
    expect(isSealedBackup(out)).toBe(true);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(out);
    for (const hidden of [SECRET, readFileSync(join(dataDir, "station.key")), Buffer.from("SQLite format")])
      expect(bytes.includes(hidden)).toBe(false);
    expect(existsSync(join(dataDir, "backing-up"))).toBe(false);
    const empty = folder();
    const restored = await restoreStation(out, empty, { nowMs: 5, key: readBackupKey(key) });
    // O-3: the log begins anew and says so.
    expect(restored.generation).toBe(2);
    await using store = await SqliteStore.open({ dataDir: empty });
    expect(await store.meta("kept")).toEqual(SECRET);
    expect(readFileSync(join(empty, "station.key"))).toEqual(readFileSync(join(dataDir, "station.key")));
  });

  it("O-2 is refused when it was changed, cut, joined, or is of another key or station, and the folder stays as it was", async () => {
    const dataDir = await home();
    const [out, keyFile] = [join(folder(), "b"), join(folder(), "key")];
    await backupSealed(dataDir, out, keyFile);
    const key = readBackupKey(keyFile);
    const whole = readFileSync(out);
    const target = await home();
    const before = contents(target);
    const chunk = 65_536 + 16;
    const head = 24 + 32 + 16;
    expect(whole.byteLength).toBeGreaterThan(head + 2 * chunk);
    const flipped = (at: number): Buffer => {
      const copy = Buffer.from(whole);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy;
    };
    const swapped = Buffer.concat([
      whole.subarray(0, head),
      whole.subarray(head + chunk, head + 2 * chunk),
      whole.subarray(head, head + chunk),
      whole.subarray(head + 2 * chunk),
    ]);
    const cases: readonly (readonly [Buffer, string])[] = [
      [flipped(head), "station/damaged-backup"],
      [flipped(head + chunk + 7), "station/damaged-backup"],
      [flipped(whole.byteLength - 1), "station/damaged-backup"],
      [whole.subarray(0, whole.byteLength - 1), "station/damaged-backup"],
      [whole.subarray(0, head + chunk), "station/damaged-backup"],
      [whole.subarray(0, head), "station/damaged-backup"],
      [whole.subarray(0, head - 1), "station/damaged-backup"],
      [Buffer.concat([whole, Buffer.alloc(1)]), "station/damaged-backup"],
      [swapped, "station/damaged-backup"],
      [flipped(24), "station/wrong-backup-key"],
      [flipped(0), "station/bad-backup"],
    ];
    const bad = join(folder(), "bad");
    for (const [bytes, code] of cases) {
      writeFileSync(bad, bytes);
      await expect(restoreStation(bad, target, { nowMs: 5, key })).rejects.toMatchObject({ code });
    }
    const refused = async (given: Parameters<typeof restoreStation>[2], dir: string, code: string): Promise<void> =>
      expect(restoreStation(out, dir, given)).rejects.toMatchObject({ code });
    await refused({ nowMs: 5, key: new Uint8Array(32) }, target, "station/wrong-backup-key");
    await refused({ nowMs: 5 }, target, "station/bad-backup-key");
    await refused({ nowMs: 5, key }, await home("station b"), "station/foreign-backup");
    expect(contents(target)).toEqual(before);
  });

  it("O-4 a folder of every earlier schema is brought to what a new one has, and a later one is refused", () => {
    const shape = (dataDir: string): readonly unknown[] => {
      const db = new DatabaseSync(join(dataDir, "station.sqlite"), { readOnly: true });
      try {
        return [
          db.prepare("PRAGMA user_version").get(),
          ...db
            .prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name")
            .all(),
        ];
      } finally {
        db.close();
      }
    };
    const fresh = folder();
    prepareDatabase(fresh);
    for (let version = 0; version <= MIGRATIONS.length; version++) {
      const dataDir = folder();
      const db = new DatabaseSync(join(dataDir, "station.sqlite"));
      db.function("chapar_ledger_key", { deterministic: true }, (_ops) => new Uint8Array(32));
      for (const migration of MIGRATIONS.slice(0, version)) db.exec(migration);
      if (version > 0) db.prepare("INSERT INTO meta VALUES (?, ?)").run("kept", SECRET);
      db.exec(`PRAGMA user_version = ${version}`);
      db.close();
      prepareDatabase(dataDir);
      expect(shape(dataDir), `from ${version}`).toEqual(shape(fresh));
      if (version === 0) continue;
      const again = new DatabaseSync(join(dataDir, "station.sqlite"), { readOnly: true });
      expect(again.prepare("SELECT value FROM meta WHERE name = 'kept'").get()).toEqual({ value: SECRET });
      again.close();
    }
    const later = folder();
    cpSync(fresh, later, { recursive: true });
    const db = new DatabaseSync(join(later, "station.sqlite"));
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    db.close();
    expect(() => prepareDatabase(later)).toThrow(expect.objectContaining({ code: "station/folder-newer" }));
  });

  it("O-6 a folder is looked at without changing it, and brought forward with a backup of how it was", async () => {
    const dataDir = await home();
    const names = (): string[] => examineFolder(dataDir).flatMap(({ what, ok }) => (ok ? [] : [what]));
    expect(names()).toEqual([]);
    const before = contents(dataDir);
    expect(names()).toEqual([]);
    expect(contents(dataDir)).toEqual(before);
    chmodSync(join(dataDir, "station.key"), 0o644);
    expect(names()).toEqual(["modes"]);
    chmodSync(join(dataDir, "station.key"), 0o600);
    const [file, key] = [join(folder(), "b"), join(folder(), "key")];
    {
      await using _ = await SqliteStore.open({ dataDir });
      expect(examineFolder(dataDir)).toContainEqual({ what: "running", ok: true, detail: "yes" });
      await expect(upgradeStation(dataDir, { file, key })).rejects.toMatchObject({ code: "station/folder-in-use" });
      expect(existsSync(file)).toBe(false);
    }
    expect(await upgradeStation(dataDir, { file, key })).toEqual({ from: MIGRATIONS.length, to: MIGRATIONS.length });
    expect((await restoreStation(file, folder(), { nowMs: 5, key: readBackupKey(key) })).generation).toBe(2);
    const db = new DatabaseSync(join(dataDir, "station.sqlite"));
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    db.close();
    expect(names()).toEqual(["schema"]);
    await expect(upgradeStation(dataDir, { file, key })).rejects.toMatchObject({ code: "station/folder-newer" });
    writeFileSync(
      join(dataDir, "station.sqlite"),
      "no database at all, but a text that is long enough to be read as one",
    );
    expect(names()).toContain("database");
    expect(() => examineFolder(folder())).toThrow(expect.objectContaining({ code: "station/no-folder" }));
  });
});
