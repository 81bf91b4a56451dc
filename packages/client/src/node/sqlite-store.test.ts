import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import { afterAll, describe, expect, it } from "vitest";
import { u64Key } from "../store/keys.ts";
import { sealStore } from "../store/sealed.ts";
import { describeClientStore } from "../testing/describe-store.ts";
import { createVault, keyFile } from "./key-file.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const root = mkdtempSync(join(tmpdir(), "chapar-store-"));
let made = 0;
const newDir = (): string => join(root, `profile-${++made}`);
afterAll(() => rmSync(root, { recursive: true, force: true }));

describeClientStore("SqliteStore", async () => {
  const dir = newDir();
  return { open: async () => openSqliteStore(dir) };
});

describeClientStore("SqliteStore, sealed", async () => {
  const dir = newDir();
  const key = randomBytes(32);
  return { open: async () => sealStore(openSqliteStore(dir), createVault(key)) };
});

describe("SqliteStore", () => {
  it("shuts a second opener out with client/profile-in-use until the first closes", async () => {
    const dir = newDir();
    const store = openSqliteStore(dir);
    expect(() => openSqliteStore(dir)).toThrow(expect.objectContaining({ code: "client/profile-in-use" }));
    await store[Symbol.asyncDispose]();
    await openSqliteStore(dir)[Symbol.asyncDispose]();
  });

  it("makes files that only their owner may read", async () => {
    const dir = newDir();
    await using store = openSqliteStore(dir);
    await store.write([{ table: "meta", key: utf8("k"), value: utf8("v") }]);
    await keyFile(dir).unlock(true);
    for (const file of readdirSync(dir)) expect([file, statSync(join(dir, file)).mode & 0o777]).toEqual([file, 0o600]);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  it("says client/store-failed for a file that is no database", () => {
    const dir = newDir();
    const store = openSqliteStore(dir);
    void store[Symbol.asyncDispose]();
    writeFileSync(join(dir, "profile.db"), randomBytes(4096));
    expect(() => openSqliteStore(dir)).toThrow(expect.objectContaining({ code: "client/store-failed" }));
  });
});

describe("encryption at rest", () => {
  const conversation = concatBytes(utf8("a-recognisable-id-20"));

  async function write(dir: string): Promise<void> {
    await using store = sealStore(openSqliteStore(dir), await keyFile(dir).unlock(true));
    await store.write([
      { table: "meta", key: utf8("me"), value: utf8("Sara Rostami") },
      { table: "conversation", key: conversation, value: utf8("Dara") },
      { table: "message", key: concatBytes(conversation, u64Key(1)), value: utf8("meet me at the old bridge") },
    ]);
  }

  it("leaves no plaintext, name or id in any file", async () => {
    const dir = newDir();
    await write(dir);
    const raw = readdirSync(dir).map((file) => readFileSync(join(dir, file)));
    expect(raw.length).toBeGreaterThan(1);
    for (const word of ["Sara", "Rostami", "Dara", "old bridge", "a-recognisable-id-20"]) {
      for (const file of raw) expect(file.includes(word)).toBe(false);
    }
  });

  it("opens nothing under another key", async () => {
    const dir = newDir();
    await write(dir);
    await using store = sealStore(openSqliteStore(dir), createVault(randomBytes(32)));
    await expect(store.get("meta", utf8("me"))).rejects.toMatchObject({ code: "client/bad-profile" });
  });

  it("refuses a row that was moved to another key", async () => {
    const inner = openSqliteStore(newDir());
    await using store = sealStore(inner, createVault(randomBytes(32)));
    await store.write([
      { table: "message", key: concatBytes(conversation, u64Key(1)), value: utf8("one") },
      { table: "message", key: concatBytes(conversation, u64Key(2)), value: utf8("two") },
    ]);
    const [first, second] = await inner.range("message", {});
    await inner.write([{ table: "message", key: second!.key, value: first!.value }]);
    await expect(store.range("message", { prefix: conversation })).rejects.toMatchObject({
      code: "client/bad-profile",
    });
  });

  it("seals equal values differently each time", async () => {
    const inner = openSqliteStore(newDir());
    await using store = sealStore(inner, createVault(randomBytes(32)));
    const seen = new Set<string>();
    for (let i = 0; i < 50; i++) {
      await store.write([{ table: "meta", key: utf8("k"), value: utf8("same") }]);
      const [row] = await inner.range("meta", {});
      seen.add(Buffer.from(row!.value).toString("hex"));
    }
    expect(seen.size).toBe(50);
  });

  it("does not make a new key for a profile that lost its own", async () => {
    await expect(keyFile(newDir()).unlock(false)).rejects.toMatchObject({ code: "client/bad-profile" });
  });
});
