import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openReader, openWriter, prepareDatabase, storageError } from "./sqlite-open.ts";

it("W-33 writes with a WAL and an fsync for each commit, and reads with a connection that cannot write", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "chapar-open-"));
  try {
    prepareDatabase(dataDir);
    const writer = openWriter({ dataDir });
    // A killed process loses nothing even without fsync, so no kill shows this: 2 is FULL.
    expect(writer.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    expect(writer.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(writer.prepare("PRAGMA secure_delete").get()).toEqual({ secure_delete: 1 });
    const reader = openReader({ dataDir });
    expect(() => reader.exec("DELETE FROM meta")).toThrow(/readonly/);
    reader.close();
    writer.close();
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

it("names a full disk by what SQLite and the system call it", () => {
  const codes = [
    { errcode: 13 },
    { code: "ENOSPC" },
    { code: "EDQUOT" },
    { errcode: 10 },
    { errcode: 8 },
    { code: "EACCES" },
  ];
  expect(codes.map((cause) => storageError(cause).code)).toEqual([
    ...Array<string>(3).fill("station/storage-full"),
    ...Array<string>(3).fill("station/storage-failed"),
  ]);
});
