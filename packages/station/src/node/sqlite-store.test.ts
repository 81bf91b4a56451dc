import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { describeLedgerStore } from "../testing/ledger-store-suite.ts";
import { describeStationStore, type StoreUnderTest } from "../testing/store-suite.ts";
import { MIGRATIONS } from "./sqlite-schema.ts";
import { SqliteStore } from "./sqlite-store.ts";

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "chapar-store-"));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

async function make(): Promise<StoreUnderTest> {
  const dataDir = folder();
  let store = await SqliteStore.open({ dataDir });
  return {
    store,
    reopen: async () => {
      await store[Symbol.asyncDispose]();
      store = await SqliteStore.open({ dataDir });
      return store;
    },
    dispose: () => store[Symbol.asyncDispose](),
  };
}
describeStationStore("sqlite", make);
describeLedgerStore("sqlite", make);

describe("sqlite store", () => {
  it("S-11 takes a folder of the version before the station log along, with every account still to be committed to", async () => {
    const dataDir = folder();
    const db = new DatabaseSync(join(dataDir, "station.sqlite"));
    db.exec(`${MIGRATIONS[0]}; PRAGMA user_version = 1`);
    // A packed list of one op: count, length, bytes.
    for (const fill of [1, 2]) {
      db.prepare("INSERT INTO accounts VALUES (?, ?)").run(
        new Uint8Array(20).fill(fill),
        Uint8Array.of(1, 2, fill, fill),
      );
    }
    db.close();
    await using store = await SqliteStore.open({ dataDir });
    const { chains } = await store.ledger.changedAccounts(0, 10);
    expect(chains.map((ops) => ops[0]?.[0])).toEqual([1, 2]);
  });

  it("lets one station at a time onto a folder", async () => {
    const dataDir = folder();
    await using first = await SqliteStore.open({ dataDir });
    await expect(SqliteStore.open({ dataDir })).rejects.toMatchObject({ code: "station/folder-in-use" });
    await first[Symbol.asyncDispose]();
    await using second = await SqliteStore.open({ dataDir });
    expect(await second.meta("a")).toBeUndefined();
  });

  it("refuses a folder written by a newer version and leaves it as it is", async () => {
    const dataDir = folder();
    await (await SqliteStore.open({ dataDir }))[Symbol.asyncDispose]();
    const db = new DatabaseSync(join(dataDir, "station.sqlite"));
    db.exec("PRAGMA user_version = 99");
    db.close();
    await expect(SqliteStore.open({ dataDir })).rejects.toMatchObject({ code: "station/folder-newer" });
  });

  it("says storage-full, stores nothing of that commit, and goes on when there is room", async () => {
    const dataDir = folder();
    {
      await using store = await SqliteStore.open({ dataDir, maxPages: 40 });
      await store.commit([{ kind: "meta", name: "small", value: new Uint8Array(10) }]);
      const large = new Uint8Array(1_000_000);
      const refused = store.commit([
        { kind: "meta", name: "beside", value: new Uint8Array(1) },
        { kind: "meta", name: "large", value: large },
      ]);
      await expect(refused).rejects.toMatchObject({ code: "station/storage-full" });
      expect(await store.meta("beside")).toBeUndefined();
      await store.commit([{ kind: "meta", name: "after", value: new Uint8Array(10) }]);
      expect(await store.meta("after")).toEqual(new Uint8Array(10));
    }
    await using roomy = await SqliteStore.open({ dataDir });
    await roomy.commit([{ kind: "meta", name: "large", value: new Uint8Array(1_000_000) }]);
    expect((await roomy.meta("large"))?.byteLength).toBe(1_000_000);
  });

  it("refuses what comes after it was closed", async () => {
    const store = await SqliteStore.open({ dataDir: folder() });
    await store[Symbol.asyncDispose]();
    await expect(store.commit([])).rejects.toMatchObject({ code: "station/closed" });
  });
});
