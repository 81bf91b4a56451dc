/* What every store must do for the station log and the witness; run by every implementation beside the store's suite. */
import { describe, expect, it } from "vitest";
import { identityId, ledgerIdentityKey, ledgerSalt, logId, stationKey, type LogId } from "@chapar/wire";
import { isStationError } from "../errors.ts";
import { nodeSha256 } from "../node/node-crypto.ts";
import type { Store, Write } from "../store/port.ts";
import type { StoreUnderTest } from "./store-suite.ts";

const bytes = (size: number, fill: number): Uint8Array => new Uint8Array(size).fill(fill);
const leaf = (index: number): Write => ({ kind: "ledger-leaf", index, leaf: bytes(3, index) });
const row = (map: "heads" | "identities", key: number, value: number): Write => ({
  kind: "ledger-map",
  map,
  key: bytes(32, key),
  value: bytes(36, value),
});

const put = (fill: number, count: number): Write => ({
  kind: "account",
  identity: identityId(bytes(20, fill)),
  ops: Array.from({ length: count }, () => bytes(5, fill)),
});

function made(log: LogId, isMirror = false): Write {
  const hub = { key: stationKey(bytes(32, 8)), urls: ["ws://hub"] };
  const mirror = isMirror ? { hub, read: { key: bytes(32, 1), signature: bytes(64, 2) }, grant: undefined } : undefined;
  return {
    kind: "log",
    record: { log, kind: "room", genesis: bytes(87, 9), epoch: 0, writeKey: bytes(32, 5), mirror },
  };
}

function grown(log: LogId, first: number, count: number): Write {
  const entries = Array.from({ length: count }, () => bytes(9, 1));
  const range = bytes(33, first + count);
  return { kind: "chunk", chunk: { log, first, entries, leaves: bytes(32 * count, 1), range, head: bytes(4, 1) } };
}

async function keys(
  store: Store,
  from: number,
  below: number | undefined,
  limit: number,
): Promise<(number | undefined)[]> {
  const rows = await store.ledger.rows(
    "heads",
    bytes(32, from),
    below === undefined ? undefined : bytes(32, below),
    limit,
  );
  return rows.map((one) => one.key[0]);
}

/** Runs the suite over stores that `make` opens; each test gets its own. */
export function describeLedgerStore(name: string, make: () => Promise<StoreUnderTest>): void {
  const run = (title: string, body: (under: StoreUnderTest) => Promise<void>): void => {
    it(title, async () => {
      const under = await make();
      try {
        await body(under);
      } finally {
        await under.dispose();
      }
    });
  };

  describe(`ledger store: ${name}`, () => {
    run(
      "S-12 appends leaves in order, and refuses a gap and a repeat with everything beside them",
      async ({ store }) => {
        await store.commit([leaf(0), leaf(1)]);
        for (const bad of [leaf(1), leaf(3), leaf(0)]) {
          const error = await store
            .commit([{ kind: "meta", name: "x", value: bytes(1, 1) }, bad])
            .catch((cause: unknown) => cause);
          expect(isStationError(error, "station/storage-failed")).toBe(true);
        }
        expect(await store.meta("x")).toBeUndefined();
        await store.commit([leaf(2)]);
        expect(await store.ledger.leaves(1, 10)).toEqual([bytes(3, 1), bytes(3, 2)]);
        expect(await store.ledger.leaves(0, 1)).toEqual([bytes(3, 0)]);
        expect(await store.ledger.leaves(3, 10)).toEqual([]);
      },
    );

    run("keeps tiles, each replaced by a wider one", async ({ store }) => {
      const tile = (index: number, width: number): Write => ({
        kind: "ledger-tile",
        level: 1,
        index,
        bytes: bytes(32 * width, width),
      });
      await store.commit([tile(0, 256), tile(1, 2)]);
      await store.commit([tile(1, 3)]);
      expect(await store.ledger.tile(1, 1)).toEqual(bytes(96, 3));
      expect((await store.ledger.tile(1, 0))?.byteLength).toBe(8192);
      expect(await store.ledger.tile(0, 0)).toBeUndefined();
    });

    run("S-16 keeps map rows by key, apart from the other map's, and replaces values", async ({ store }) => {
      await store.commit([row("heads", 9, 1), row("heads", 0xff, 1), row("identities", 5, 7), row("heads", 3, 1)]);
      await store.commit([row("heads", 3, 2)]);
      expect(await keys(store, 0, undefined, 10)).toEqual([3, 9, 0xff]);
      expect(await keys(store, 3, 9, 10)).toEqual([3]);
      expect(await keys(store, 4, undefined, 1)).toEqual([9]);
      expect([await store.ledger.rowCount("heads"), await store.ledger.rowCount("identities")]).toEqual([3, 1]);
      expect((await store.ledger.rows("heads", bytes(32, 3), undefined, 1))[0]?.value).toEqual(bytes(36, 2));
    });

    run("S-11 says what has grown since a mark: own logs, each as it is now", async ({ store }) => {
      const [ours, theirs] = [logId(bytes(32, 1)), logId(bytes(32, 2))];
      await store.commit([made(ours), made(theirs, true), grown(ours, 0, 2), grown(theirs, 0, 5), grown(ours, 2, 1)]);
      const { logs: end } = await store.ledger.marks();
      const all = await store.ledger.grownLogs(0, end, 100);
      expect(all.logs).toEqual([{ log: ours, size: 3, range: bytes(33, 3) }]);
      expect(all.mark).toBe(end);
      expect((await store.ledger.grownLogs(all.mark, end, 100)).logs).toEqual([]);
      const first = await store.ledger.grownLogs(0, end, 1);
      expect(first.logs).toEqual([{ log: ours, size: 2, range: bytes(33, 2) }]);
      const second = await store.ledger.grownLogs(first.mark, end, 1);
      expect([second.logs, second.mark > first.mark]).toEqual([[], true]);
      await store.commit([grown(ours, 3, 1)]);
      expect((await store.ledger.grownLogs(all.mark, end, 100)).logs).toEqual([]);
      const later = await store.ledger.marks();
      expect((await store.ledger.grownLogs(all.mark, later.logs, 100)).logs).toMatchObject([{ size: 4 }]);
      expect(await store.ledger.grownLogs(2 ** 40, 2 ** 40, 5)).toEqual({ mark: 2 ** 40, logs: [] });
    });

    run("E-1 has what a log was at a mark though its bodies went and it grew since", async ({ store }) => {
      const [one, other] = [logId(bytes(32, 1)), logId(bytes(32, 2))];
      await store.commit([made(one), made(other), grown(one, 0, 1), grown(other, 0, 2), grown(one, 1, 1)]);
      const { logs } = await store.ledger.marks();
      await store.commit([grown(one, 2, 1)]);
      const hole = { first: 0, count: 2, status: "pruned", tombstone: undefined } as const;
      await store.commit([{ kind: "hole", log: one, hole }]);
      const sizes = async (limit: number): Promise<Map<number | undefined, number>> => {
        const found = new Map<number | undefined, number>();
        for (let mark = 0; mark < logs;) {
          const page = await store.ledger.grownLogs(mark, logs, limit);
          for (const { log, size } of page.logs) found.set(log[0], size);
          ({ mark } = page);
        }
        return found;
      };
      for (const limit of [1, 2, 10])
        expect(await sizes(limit)).toEqual(
          new Map([
            [1, 2],
            [2, 2],
          ]),
        );
    });

    run("E-1 says which accounts changed between two marks, each as it was at the second", async ({ store }) => {
      const marks = async (): Promise<number> => (await store.ledger.marks()).accounts;
      const shape = async (after: number, upTo: number, limit = 10): Promise<[number, (number | undefined)[][]]> => {
        const { mark, chains } = await store.ledger.changedAccounts(after, upTo, limit);
        return [mark, chains.map((ops) => [ops[0]?.[0], ops.length])];
      };
      expect(await marks()).toBe(0);
      await store.commit([put(1, 1), put(2, 1), put(3, 1)]);
      const early = await marks();
      const [two, chains] = await shape(0, early, 2);
      expect(chains).toEqual([
        [1, 1],
        [2, 1],
      ]);
      await store.commit([put(1, 2), put(3, 4)]);
      await store.commit([put(1, 3)]);
      // Read later, the first mark still shows what was then.
      expect(await shape(0, early)).toEqual([
        early,
        [
          [1, 1],
          [2, 1],
          [3, 1],
        ],
      ]);
      const late = await marks();
      const [end, rest] = await shape(two, late);
      expect([end, new Map(rest as [number, number][])]).toEqual([
        late,
        new Map([
          [3, 4],
          [1, 3],
        ]),
      ]);
      expect(await shape(late, late)).toEqual([late, []]);
    });

    run("E-3 finds leaves that are neither identity ops nor epochs, by index", async ({ store }) => {
      const leaves = [0, 1, 4, 0, 8, 8].map((kind, index) => Uint8Array.of(1, kind, index));
      await store.commit(leaves.map((bytesOf, index) => ({ kind: "ledger-leaf", index, leaf: bytesOf }) as const));
      const found = async (from: number, limit: number): Promise<number[]> =>
        (await store.ledger.notable(from, limit)).map(({ index, leaf: [, , place] }) => (index === place ? index : -1));
      expect(await found(0, 10)).toEqual([2, 4, 5]);
      expect(await found(3, 1)).toEqual([4]);
      expect(await found(6, 10)).toEqual([]);
    });

    run("E-40 finds an op chain by its key in the map, as it is now, over a restart", async (under) => {
      await under.store.commit([put(1, 1), put(2, 1)]);
      await under.store.commit([put(2, 3)]);
      const store = under.reopen === undefined ? under.store : await under.reopen();
      const key = ledgerIdentityKey(ledgerSalt(bytes(5, 2), nodeSha256), nodeSha256);
      expect((await store.ledger.chain(key))?.length).toBe(3);
      expect(await store.ledger.chain(bytes(32, 2))).toBeUndefined();
    });

    run("S-16 K-21 keeps lines of egress and maps of others' logs apart from its own", async ({ store }) => {
      const [key, value] = [bytes(32, 1), bytes(36, 9)];
      for (const map of ["egress", "audit 1", "audit 2"] as const)
        await store.commit([{ kind: "ledger-map", map, key, value }]);
      await store.commit([{ kind: "ledger-map", map: "audit 2", key: bytes(32, 2), value }]);
      const counts = await Promise.all(
        (["heads", "identities", "egress", "audit 1", "audit 2"] as const).map((map) => store.ledger.rowCount(map)),
      );
      expect(counts).toEqual([0, 0, 1, 1, 2]);
    });

    run("S-22 keeps witness heads and checkpoints by origin, to the letter, over a restart", async (under) => {
      const head = (origin: string, size: number): Write => ({
        kind: "witness-head",
        origin,
        size,
        root: bytes(32, 1),
      });
      await under.store.commit([head("a/ledger", 1), head("A/ledger", 2 ** 53 - 1)]);
      await under.store.commit([
        head("a/ledger", 7),
        { kind: "witness-checkpoint", origin: "a/ledger", checkpoint: bytes(9, 4) },
        { kind: "witness-checkpoint", origin: "nobody", checkpoint: bytes(9, 4) },
      ]);
      const store = under.reopen === undefined ? under.store : await under.reopen();
      const heads = (await store.ledger.witnessHeads()).map(({ origin, size, root }) => [origin, size, root[0]]);
      expect(new Set(heads)).toEqual(
        new Set([
          ["a/ledger", 7, 1],
          ["A/ledger", 2 ** 53 - 1, 1],
        ]),
      );
      expect(await store.ledger.witnessCheckpoint("a/ledger")).toEqual(bytes(9, 4));
      expect(await store.ledger.witnessCheckpoint("A/ledger")).toBeUndefined();
      expect(await store.ledger.witnessCheckpoint("nobody")).toBeUndefined();
    });
  });
}
