import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ledgerIdentityKey, ledgerSalt, logId } from "@chapar/wire";
import { afterEach, describe, expect, it } from "vitest";
import { describeHoleStore } from "../testing/hole-store-suite.ts";
import { describeLedgerStore } from "../testing/ledger-store-suite.ts";
import { chunk, describeStationStore, record, type StoreUnderTest } from "../testing/store-suite.ts";
import { nodeSha256 } from "./node-crypto.ts";
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
describeHoleStore("sqlite", make);

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
    const { accounts } = await store.ledger.marks();
    const { chains } = await store.ledger.changedAccounts(0, accounts, 10);
    expect(chains.map((ops) => ops[0]?.[0])).toEqual([1, 2]);
    const key = ledgerIdentityKey(ledgerSalt(Uint8Array.of(2, 2), nodeSha256), nodeSha256);
    expect(await store.ledger.chain(key)).toEqual([Uint8Array.of(2, 2)]);
  });

  it("E-17 takes a folder of the version before holes along, with everything in it, and lets its bodies go", async () => {
    const dataDir = folder();
    const log = logId(new Uint8Array(32).fill(1));
    const db = new DatabaseSync(join(dataDir, "station.sqlite"));
    db.exec(`${MIGRATIONS[0]}; ${MIGRATIONS[1]}; PRAGMA user_version = 2`);
    const fill = (size: number, value: number): Uint8Array => new Uint8Array(size).fill(value);
    db.prepare("INSERT INTO logs VALUES (1, ?, 0, ?, 0, ?, NULL)").run(log, fill(87, 9), fill(32, 5));
    for (const [first, value] of [10, 11].entries()) {
      // A packed list of one entry: count, length, bytes.
      const row = [
        first,
        fill(33, value),
        fill(40, value),
        fill(32, value),
        Uint8Array.of(1, 2, value, value),
      ] as const;
      db.prepare(
        "INSERT INTO chunks (log, first, size, range, head, leaves, entries) VALUES (1, ?, 1, ?, ?, ?, ?)",
      ).run(...row);
    }
    db.close();
    await using store = await SqliteStore.open({ dataDir });
    expect((await store.chunks(log, 0, 1000)).map((one) => one.entries[0]?.[0])).toEqual([10, 11]);
    await store.commit([{ kind: "hole", log, hole: { first: 0, count: 1, status: "pruned", tombstone: undefined } }]);
    expect((await store.chunks(log, 0, 1000)).map((one) => one.first)).toEqual([1]);
    expect((await store.leaves(log)).byteLength).toBe(64);
    expect(await store.headAt(log, 1)).toEqual(fill(40, 10));
  });

  it("E-17 gives the room of bodies that went to those that come", async () => {
    const dataDir = folder();
    const logs = Array.from({ length: 8 }, (_, i) => logId(new Uint8Array(32).fill(i + 1)));
    const CHUNKS = 150;
    const pages = (): Record<string, unknown> => {
      const db = new DatabaseSync(join(dataDir, "station.sqlite"), { readOnly: true });
      const free = db.prepare("PRAGMA freelist_count").get();
      const out = { ...db.prepare("PRAGMA page_count").get(), ...free };
      db.close();
      return out;
    };
    // As conversations come: one message of the smallest size for each, in turn, each a commit of its own.
    const write = async (store: SqliteStore, from: number): Promise<void> => {
      for (let first = from; first < from + CHUNKS; first++) {
        await store.commit(logs.map((log) => chunk(log, first, 1, 600)));
      }
    };
    const drop = async (store: SqliteStore, first: number): Promise<void> => {
      for (const log of logs) {
        await store.commit([
          { kind: "hole", log, hole: { first, count: CHUNKS, status: "pruned", tombstone: undefined } },
        ]);
      }
    };
    const life = async (body: (store: SqliteStore) => Promise<void>): Promise<Record<string, unknown>> => {
      const store = await SqliteStore.open({ dataDir });
      await body(store);
      await store[Symbol.asyncDispose]();
      return pages();
    };
    const first = await life(async (store) => {
      await store.commit(logs.map((log) => ({ kind: "log", record: record(log) })));
      await write(store, 0);
    });
    const dropped = await life((store) => drop(store, 0));
    // Bodies are more than half of what such a chunk takes; their pages are free.
    expect(Number(dropped["freelist_count"])).toBeGreaterThan(Number(first["page_count"]) * 0.4);
    let last = dropped;
    for (let round = 1; round <= 4; round++) {
      last = await life(async (store) => {
        await write(store, round * CHUNKS);
        await drop(store, round * CHUNKS);
      });
    }
    // Four times as much again came and went: what grew is leaf hashes, heads and ranges.
    const kept = Number(last["page_count"]) - Number(last["freelist_count"]);
    expect(Number(last["page_count"])).toBeLessThan(Number(first["page_count"]) * 2);
    expect(kept).toBeLessThan(Number(first["page_count"]) * 1.6);
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
