/* What every store must do when bodies go and readers come; run by every implementation beside the store's suite. */
import { describe, expect } from "vitest";
import { logId } from "@chapar/wire";
import { isStationError } from "../errors.ts";
import type { Hole, Store, Write } from "../store/port.ts";
import { chunk, record, testsOf, type StoreUnderTest } from "./store-suite.ts";

const bytes = (size: number, fill: number): Uint8Array => new Uint8Array(size).fill(fill);
const LOG = logId(bytes(32, 1));
const OTHER = logId(bytes(32, 2));

function hole(first: number, count: number, status: Hole["status"] = "pruned", ledgerIndex?: number): Write {
  const tombstone = ledgerIndex === undefined ? undefined : { generation: 2, ledgerIndex };
  return { kind: "hole", log: LOG, hole: { first, count, status, tombstone } };
}

/** Chunks of 1, 3, 2 and 1 entries. */
const FILLED: readonly Write[] = [
  { kind: "log", record: record(LOG) },
  chunk(LOG, 0, 1),
  chunk(LOG, 1, 3),
  chunk(LOG, 4, 2),
  chunk(LOG, 6, 1),
];

async function pieces(store: Store, from: number, maxBytes = 1_000_000): Promise<(number | undefined)[][]> {
  return (await store.chunks(LOG, from, maxBytes)).map(({ first, entries, head }) => {
    for (const [i, entry] of entries.entries()) expect(entry[0]).toBe(first + i);
    return [first, entries.length, head[0]];
  });
}

async function spans(store: Store, after = 0, limit = 100): Promise<(number | string | undefined)[][]> {
  return (await store.holes(LOG, after, limit)).map(({ first, count, status, tombstone }) => {
    expect(tombstone?.generation ?? 2).toBe(2);
    return [first, count, status, tombstone?.ledgerIndex];
  });
}

/** Runs the suite over stores that `make` opens; each test gets its own. */
export function describeHoleStore(name: string, make: () => Promise<StoreUnderTest>): void {
  const run = testsOf(make);

  describe(`holes in a store: ${name}`, () => {
    run("E-17 bodies go; leaf hashes, heads, size and range stay", async (under) => {
      await under.store.commit(FILLED);
      await under.store.commit([hole(1, 4)]);
      const check = async (store: Store): Promise<void> => {
        expect(await pieces(store, 0)).toEqual([
          [0, 1, 1],
          [5, 1, 6],
          [6, 1, 7],
        ]);
        expect(await pieces(store, 2)).toEqual([
          [5, 1, 6],
          [6, 1, 7],
        ]);
        expect(await spans(store)).toEqual([[1, 4, "pruned", undefined]]);
        const leaves = await store.leaves(LOG);
        expect(Array.from({ length: 7 }, (_, i) => leaves[32 * i])).toEqual([0, 1, 2, 3, 4, 5, 6]);
        expect(leaves.byteLength).toBe(7 * 32);
        for (const size of [1, 4, 6, 7]) expect(await store.headAt(LOG, size)).toEqual(bytes(40, size));
        expect(await store.headAt(LOG, 5)).toBeUndefined();
        expect(await store.log(LOG)).toMatchObject({ size: 7, range: bytes(33, 7), head: bytes(40, 7) });
      };
      await check(under.store);
      await check(under.reopen === undefined ? under.store : await under.reopen());
    });

    run(
      "E-17 hands out what is between holes in pieces, each with its chunk's head, and nothing empty",
      async ({ store }) => {
        await store.commit([{ kind: "log", record: record(LOG) }, chunk(LOG, 0, 9)]);
        await store.commit([hole(1, 2), hole(4, 1, "removed", 77), hole(8, 1)]);
        expect(await pieces(store, 0)).toEqual([
          [0, 1, 9],
          [3, 1, 9],
          [5, 3, 9],
        ]);
        expect(await pieces(store, 4)).toEqual([[5, 3, 9]]);
        expect(await pieces(store, 6)).toEqual([[6, 2, 9]]);
        expect(await pieces(store, 8)).toEqual([]);
        expect(await spans(store, 2)).toEqual([
          [1, 2, "pruned", undefined],
          [4, 1, "removed", 77],
          [8, 1, "pruned", undefined],
        ]);
        expect(await spans(store, 3, 1)).toEqual([[4, 1, "removed", 77]]);
        expect(await spans(store, 9)).toEqual([]);
      },
    );

    run("appends go on behind a hole at the end, and what was the end goes too", async (under) => {
      await under.store.commit(FILLED);
      await under.store.commit([hole(1, 6)]);
      expect(await pieces(under.store, 1)).toEqual([]);
      await under.store.commit([chunk(LOG, 7, 2)]);
      await under.store.commit([hole(7, 1)]);
      const store = under.reopen === undefined ? under.store : await under.reopen();
      expect(await pieces(store, 0)).toEqual([
        [0, 1, 1],
        [8, 1, 9],
      ]);
      expect(await spans(store)).toEqual([[1, 7, "pruned", undefined]]);
      await store.commit([chunk(LOG, 9, 1)]);
      expect(await store.log(LOG)).toMatchObject({ size: 10 });
      expect((await store.leaves(LOG)).byteLength).toBe(320);
      expect(await store.headAt(LOG, 7)).toEqual(bytes(40, 7));
    });

    run("E-11 joins holes of one reason, keeps others apart, and each removal by itself", async ({ store }) => {
      await store.commit([{ kind: "log", record: record(LOG) }, chunk(LOG, 0, 12)]);
      await store.commit([
        hole(1, 1),
        hole(2, 1),
        hole(3, 1, "expired"),
        hole(6, 1, "removed", 5),
        hole(7, 1, "removed", 6),
      ]);
      await store.commit([hole(4, 1, "expired"), hole(5, 1)]);
      expect(await spans(store)).toEqual([
        [1, 2, "pruned", undefined],
        [3, 2, "expired", undefined],
        [5, 1, "pruned", undefined],
        [6, 1, "removed", 5],
        [7, 1, "removed", 6],
      ]);
      expect(await store.holeEnd(LOG, "pruned")).toBe(6);
      expect(await store.holeEnd(LOG, "expired")).toBe(5);
      expect(await store.holeEnd(LOG, "absent")).toBe(0);
    });

    run("refuses a hole over another, beyond the log and in no log, with everything beside it", async ({ store }) => {
      await store.commit(FILLED);
      await store.commit([hole(2, 2)]);
      const bad = [hole(2, 1), hole(1, 2), hole(3, 2), hole(0, 6), hole(6, 2), hole(7, 1)];
      for (const one of [...bad, { ...hole(0, 1), log: OTHER } as Write]) {
        const error = await store
          .commit([{ kind: "meta", name: "x", value: bytes(1, 1) }, one])
          .catch((cause: unknown) => cause);
        expect(isStationError(error, "station/storage-failed")).toBe(true);
      }
      expect(await store.meta("x")).toBeUndefined();
      expect(await pieces(store, 0)).toEqual([
        [0, 1, 1],
        [1, 1, 4],
        [4, 2, 6],
        [6, 1, 7],
      ]);
    });

    run("E-18 takes a chunk whose bodies were never here together with its hole", async ({ store }) => {
      const whole = chunk(LOG, 0, 3) as Extract<Write, { kind: "chunk" }>;
      const entries = whole.chunk.entries.map((entry, i) => (i === 1 ? new Uint8Array(0) : entry));
      const write: Write = { kind: "chunk", chunk: { ...whole.chunk, entries } };
      await store.commit([{ kind: "log", record: record(LOG) }, write, hole(1, 1, "absent")]);
      expect(await pieces(store, 0)).toEqual([
        [0, 1, 3],
        [2, 1, 3],
      ]);
      expect(await store.holeEnd(LOG, "absent")).toBe(2);
    });

    run("E-10 E-12 keeps readers by log and key, and says what all of them need", async (under) => {
      const put = (log: typeof LOG, key: number, from: number, upTo = 0): Write => ({
        kind: "reader",
        log,
        reader: { key: bytes(32, key), from, upTo, ack: bytes(upTo === 0 ? 0 : 140, key) },
      });
      await under.store.commit([...FILLED, { kind: "log", record: record(OTHER) }]);
      expect(await under.store.readerNeeds(LOG)).toEqual({ count: 0, from: undefined });
      await under.store.commit([put(LOG, 1, 4), put(LOG, 2, 1, 6), put(OTHER, 1, 0)]);
      expect(await under.store.readerNeeds(LOG)).toEqual({ count: 2, from: 4 });
      await under.store.commit([put(LOG, 1, 3, 7)]);
      const store = under.reopen === undefined ? under.store : await under.reopen();
      expect(await store.readerNeeds(LOG)).toEqual({ count: 2, from: 6 });
      expect(await store.readerNeeds(OTHER)).toEqual({ count: 1, from: 0 });
      expect(await store.reader(LOG, bytes(32, 1))).toEqual({
        key: bytes(32, 1),
        from: 3,
        upTo: 7,
        ack: bytes(140, 1),
      });
      expect(await store.reader(LOG, bytes(32, 3))).toBeUndefined();
      expect(await store.reader(OTHER, bytes(32, 2))).toBeUndefined();
    });

    run("R-30 remembers what was ordered until it is done, and walks through all logs", async (under) => {
      const removal = { log: LOG, index: 3, reason: "حکم", reference: "12/34", ledgerSize: 9 };
      await under.store.commit([...FILLED, { kind: "removal", removal }, { kind: "log", record: record(OTHER) }]);
      const store = under.reopen === undefined ? under.store : await under.reopen();
      expect(await store.removals()).toEqual([removal]);
      await store.commit([hole(3, 1, "removed", 12), { kind: "removal.done", log: LOG, index: 3 }]);
      expect(await store.removals()).toEqual([]);
      const first = await store.logs(0, 1);
      const second = await store.logs(first.mark, 5);
      expect([first.logs, second.logs]).toEqual([[LOG], [OTHER]]);
      expect(await store.logs(second.mark, 5)).toEqual({ mark: second.mark, logs: [] });
    });
  });
}
