import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argon2id } from "@noble/hashes/argon2.js";
import { utf8 } from "@chapar/wire/bytes";
import { afterAll, describe, expect, it } from "vitest";
import type { Lock, Unlocked } from "../lock/lock.ts";
import { STRETCH } from "../lock/port.ts";
import { openSealed } from "../store/open-sealed.ts";
import { keyFile } from "./key-file.ts";
import { folderLock, optionsOf } from "./lock-folder.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const root = mkdtempSync(join(tmpdir(), "chapar-lock-"));
let made = 0;
afterAll(() => rmSync(root, { recursive: true, force: true }));
const clock = { nowMs: () => 1_800_000_000_000 };
const ROWS = 600;

async function newProfile(): Promise<string> {
  const dir = join(root, `profile-${++made}`);
  await using store = await openSealed(openSqliteStore(dir), keyFile(dir));
  for (let at = 0; at < ROWS; at += 200)
    await store.write(
      Array.from({ length: 200 }, (_, by) => ({
        table: "kept" as const,
        key: utf8(String(at + by).padEnd(32, "x")),
        value: utf8("a row of Dara's"),
      })),
    );
  return dir;
}

async function opened(lock: Lock, pin: string): Promise<Unlocked> {
  const attempt = await lock.unlock(pin);
  if (attempt.kind !== "opened") throw new Error(attempt.kind);
  return attempt;
}

async function rowsOf(dir: string, unlocked: Unlocked): Promise<number> {
  const { storeDir, vault } = optionsOf(dir, unlocked);
  await using store = await openSealed(openSqliteStore(storeDir), vault);
  return (await store.range("kept", {})).length;
}

const filesOf = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );

describe("the lock of a profile folder", () => {
  it("A-1 leaves no bare key in the folder, and every row behind the PIN", async () => {
    const dir = await newProfile();
    const lock = folderLock(dir, clock);
    await lock.setUp("1234");
    expect(existsSync(join(dir, "profile.key"))).toBe(false);
    expect(existsSync(join(dir, "profile.db"))).toBe(false);
    const again = folderLock(dir, clock);
    expect(await again.state()).toBe("locked");
    const unlocked = await opened(again, "1234");
    expect(await rowsOf(dir, unlocked)).toBe(ROWS);
    for (const file of filesOf(dir)) {
      expect(readFileSync(file).includes(Buffer.from(unlocked.content.key))).toBe(false);
      expect(statSync(file).mode & 0o077).toBe(0);
    }
  });

  it("stretches a PIN to the same bytes as the library of the browsers", async () => {
    const dir = await newProfile();
    const lock = folderLock(dir, clock);
    await lock.setUp("گذرواژه");
    const salt = new Uint8Array(readFileSync(join(dir, "lock", "box"))).subarray(1, 17);
    const secret = argon2id("گذرواژه".normalize("NFKC"), salt, {
      t: STRETCH.passes,
      m: STRETCH.memoryKib,
      p: STRETCH.lanes,
      dkLen: STRETCH.sizeBytes,
    });
    expect((await lock.unlockWith(secret)).kind).toBe("opened");
  });

  it("A-2 has the same names and records with a second profile and without", async () => {
    const dir = await newProfile();
    const lock = folderLock(dir, clock);
    await lock.setUp("1234");
    await opened(lock, "1234");
    const before = join(root, `copy-${made}`);
    cpSync(dir, before, { recursive: true });
    await lock.setDecoy(await opened(lock, "1234"), "9999");
    const shape = (of: string): unknown =>
      filesOf(of)
        .map((file) => `${file.slice(of.length)} ${statSync(file).size}`)
        .sort();
    expect(shape(dir)).toEqual(shape(before));
    expect(await rowsOf(dir, await opened(lock, "9999"))).toBe(0);
    expect(await rowsOf(dir, await opened(lock, "1234"))).toBe(ROWS);
  });

  it("A-20 leaves no file of a profile after the word", async () => {
    const dir = await newProfile();
    const lock = folderLock(dir, clock);
    await lock.setUp("1234");
    await lock.setWipeWord(await opened(lock, "1234"), "pomegranate");
    expect(await lock.unlock("pomegranate")).toEqual({ kind: "wiped" });
    expect(filesOf(dir)).toEqual([]);
    expect(await lock.state()).toBe("none");
  });

  it("A-3 survives SIGKILL at any moment while a lock is put on", async () => {
    const dir = await newProfile();
    const kept = join(root, `kept-${made}`);
    cpSync(dir, kept, { recursive: true });
    const code = `
      const { folderLock } = await import(${JSON.stringify(new URL("lock-folder.ts", import.meta.url).href)});
      process.stdout.write("go\\n");
      await folderLock(process.argv[1], { nowMs: () => 0 }).setUp("1234", () => process.stdout.write("row\\n"));
      process.stdout.write("end\\n");`;
    // Killed at its first page, in the middle, near the end; where it was quicker, after it.
    for (const at of [1, 30, 60]) {
      rmSync(dir, { recursive: true, force: true });
      cpSync(kept, dir, { recursive: true });
      const child = spawn(process.execPath, ["--input-type=module", "-e", code, dir], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const gone = once(child, "exit");
      let seen = 0;
      for await (const piece of child.stdout.setEncoding("utf8")) {
        seen += String(piece).match(/row/gu)?.length ?? 0;
        if (seen >= at) child.kill("SIGKILL");
      }
      await gone;
      const lock = folderLock(dir, clock);
      if ((await lock.state()) === "none") {
        await using store = await openSealed(openSqliteStore(dir), keyFile(dir));
        expect(await store.range("kept", {})).toHaveLength(ROWS);
      } else expect(await rowsOf(dir, await opened(lock, "1234"))).toBe(ROWS);
    }
  });
});
