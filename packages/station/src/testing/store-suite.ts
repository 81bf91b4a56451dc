/*
 * What every store must do, whatever holds it. Each implementation runs this suite; `reopen` is undefined where there
 * is nothing to open again.
 */
import { describe, expect, it } from "vitest";
import { blobHash, deviceId, identityId, logId, stationKey, type LogId } from "@chapar/wire";
import { isStationError } from "../errors.ts";
import type { LogRecord, Store, Write } from "../store/port.ts";

/** A store under test, and how it is closed and opened again. */
export interface StoreUnderTest {
  readonly store: Store;
  readonly reopen: (() => Promise<Store>) | undefined;
  readonly dispose: () => Promise<void>;
}

const bytes = (size: number, fill: number): Uint8Array => new Uint8Array(size).fill(fill);
const LOG = logId(bytes(32, 1));
const OTHER = logId(bytes(32, 2));
const ALICE = identityId(bytes(20, 3));
const SUITE = 0xf00d;
const PHONE = deviceId(bytes(32, 4));

/** A log's record as suites store it. */
export function record(log: LogId, changes: Partial<LogRecord> = {}): LogRecord {
  return { log, kind: "room", genesis: bytes(87, 9), epoch: 0, writeKey: bytes(32, 5), mirror: undefined, ...changes };
}

/** A chunk whose bytes say which index they are of. */
export function chunk(log: LogId, first: number, count: number, entryBytes = 600): Write {
  const entries = Array.from({ length: count }, (_, i) => bytes(entryBytes, (first + i) % 251));
  const leaves = new Uint8Array(32 * count);
  for (let i = 0; i < count; i++) leaves.fill(first + i, 32 * i, 32 * (i + 1));
  return {
    kind: "chunk",
    chunk: { log, first, entries, leaves, range: bytes(33, first + count), head: bytes(40, first + count) },
  };
}

/** Makes the tests of a suite: each gets a store of its own, closed afterwards. */
export function testsOf(
  make: () => Promise<StoreUnderTest>,
): (title: string, body: (under: StoreUnderTest) => Promise<void>) => void {
  return (title: string, body: (under: StoreUnderTest) => Promise<void>): void => {
    it(title, async () => {
      const under = await make();
      try {
        await body(under);
      } finally {
        await under.dispose();
      }
    });
  };
}

/** Runs the suite over stores that `make` opens; each test gets its own. */
export function describeStationStore(name: string, make: () => Promise<StoreUnderTest>): void {
  const run = testsOf(make);

  describe(`station store: ${name}`, () => {
    run("answers nothing for what it does not have", async ({ store }) => {
      expect(await store.meta("key")).toBeUndefined();
      expect(await store.account(ALICE)).toBeUndefined();
      expect(await store.log(LOG)).toBeUndefined();
      expect(await store.chunks(LOG, 0, 1000)).toEqual([]);
      expect(await store.leaves(LOG)).toEqual(new Uint8Array(0));
      expect(await store.blob(blobHash(bytes(32, 7)))).toBeUndefined();
      expect(await store.keyPackages(ALICE, PHONE, SUITE)).toEqual({
        next: undefined,
        count: 0,
        others: 0,
        lastSequence: 0,
      });
      expect(await store.peers()).toEqual([]);
      expect(await store.mirrors()).toEqual([]);
      expect(await store.readKeyFrom(LOG, bytes(32, 1))).toBeUndefined();
      expect(await store.revocationAfter(LOG, 0)).toBeUndefined();
    });

    run("M-23 M-24 locks, seals and drops chunks, and keeps what is to go until its day", async ({ store, reopen }) => {
      const [locked, free] = [blobHash(bytes(32, 7)), blobHash(bytes(32, 8))];
      const blob = { kind: "blob", hash: locked, bytes: bytes(100, 2), lock: bytes(32, 9) } as const;
      await store.commit([blob, { kind: "blob", hash: free, bytes: bytes(50, 3) }]);
      // Whoever puts it again does not become its owner.
      await store.commit([{ ...blob, lock: bytes(32, 1) }]);
      expect(await store.blobLock(locked)).toEqual({ lock: bytes(32, 9), sizeBytes: 100 });
      expect(await store.blobLock(free)).toBeUndefined();
      const log = { what: "log", id: LOG, dueMs: 20 } as const;
      const piece = { what: "blob", id: locked, dueMs: 10 } as const;
      await store.commit([
        { kind: "blob.seal", hash: locked },
        { kind: "leaving", leaving: log },
        { kind: "leaving", leaving: piece },
      ]);
      expect([await store.blob(locked), await store.hasBlob(locked)]).toEqual([undefined, false]);
      expect(await store.sealedBlobBytes(locked)).toBe(100);
      const held = (await reopen?.()) ?? store;
      expect(await held.leavings(9, 10)).toEqual([]);
      expect(await held.leavings(30, 10)).toEqual([piece, log]);
      // Somebody else stores the same: it is given again, under their lock.
      await held.commit([{ ...blob, lock: bytes(32, 1) }]);
      expect(await held.blobLock(locked)).toEqual({ lock: bytes(32, 1), sizeBytes: 100 });
      await held.commit([
        { kind: "blob.drop", hash: locked },
        { kind: "leaving.done", leaving: piece },
      ]);
      expect(await held.blob(locked)).toBeUndefined();
      expect(await held.leavings(30, 10)).toEqual([log]);
      const reader = { key: bytes(32, 4), from: 0, upTo: 0, ack: bytes(0, 0) };
      await held.commit([
        { kind: "log", record: record(LOG) },
        { kind: "reader", log: LOG, reader },
      ]);
      await held.commit([{ kind: "reader.drop", log: LOG, key: reader.key }]);
      expect((await held.readerNeeds(LOG)).count).toBe(0);
    });

    run("keeps meta, accounts, blobs and peers, and replaces what may be replaced", async ({ store }) => {
      const peer = { ref: { key: stationKey(bytes(32, 8)), urls: ["wss://a.example/v1/link"] }, region: "DE" };
      const hash = blobHash(bytes(32, 7));
      await store.commit([
        { kind: "meta", name: "a", value: bytes(3, 1) },
        { kind: "account", identity: ALICE, ops: [bytes(10, 1)] },
        { kind: "blob", hash, bytes: bytes(100, 2) },
        { kind: "peer", peer },
      ]);
      await store.commit([
        { kind: "meta", name: "a", value: bytes(4, 2) },
        { kind: "account", identity: ALICE, ops: [bytes(10, 1), bytes(0, 0)] },
        { kind: "blob", hash, bytes: bytes(100, 2) },
        { kind: "peer", peer: { ...peer, region: "IR" } },
      ]);
      expect(await store.meta("a")).toEqual(bytes(4, 2));
      expect(await store.account(ALICE)).toEqual([bytes(10, 1), bytes(0, 0)]);
      expect(await store.blob(hash)).toEqual(bytes(100, 2));
      expect(await store.hasBlob(hash)).toBe(true);
      expect(await store.hasBlob(blobHash(bytes(32, 8)))).toBe(false);
      expect(await store.peers()).toEqual([{ ...peer, region: "IR" }]);
    });

    run("W-23 gives fresh key packages in order and a given one only when no other is left", async ({ store }) => {
      const put = (sequence: number, given: boolean): Write => ({
        kind: "key-package",
        identity: ALICE,
        device: PHONE,
        package: { sequence, suite: SUITE, bytes: bytes(20, sequence), given },
      });
      await store.commit([put(1, false), put(2, false)]);
      expect(await store.keyPackages(ALICE, PHONE, SUITE)).toEqual({
        next: { sequence: 1, suite: SUITE, bytes: bytes(20, 1), given: false },
        count: 2,
        others: 0,
        lastSequence: 2,
      });
      await store.commit([{ kind: "key-package.drop", identity: ALICE, device: PHONE, sequence: 1 }, put(2, true)]);
      expect(await store.keyPackages(ALICE, PHONE, SUITE)).toMatchObject({
        next: { sequence: 2, given: true },
        count: 0,
      });
      await store.commit([put(3, false)]);
      expect(await store.keyPackages(ALICE, PHONE, SUITE)).toMatchObject({
        next: { sequence: 3, given: false },
        count: 1,
      });
    });

    run(
      "G-65 key packages of one suite are nothing to those of another, until a device goes with all of them",
      async ({ store }) => {
        const put = (sequence: number, suite: number, given: boolean): Write => ({
          kind: "key-package",
          identity: ALICE,
          device: PHONE,
          package: { sequence, suite, bytes: bytes(20, sequence), given },
        });
        await store.commit([put(1, SUITE, true), put(2, 1, false), put(3, 1, false)]);
        expect(await store.keyPackages(ALICE, PHONE, SUITE)).toMatchObject({
          next: { sequence: 1 },
          count: 0,
          others: 2,
        });
        expect(await store.keyPackages(ALICE, PHONE, 1)).toEqual({
          next: { sequence: 2, suite: 1, bytes: bytes(20, 2), given: false },
          count: 2,
          others: 1,
          lastSequence: 3,
        });
        expect(await store.keyPackages(ALICE, PHONE, 2)).toMatchObject({ next: undefined, count: 0, others: 3 });
        await store.commit([{ kind: "key-package.drop-all", identity: ALICE, device: PHONE }]);
        expect(await store.keyPackages(ALICE, PHONE, 1)).toEqual({
          next: undefined,
          count: 0,
          others: 0,
          lastSequence: 0,
        });
      },
    );

    run("keeps a log's record and state, and says what is a mirror", async ({ store }) => {
      const mirror = {
        hub: { key: stationKey(bytes(32, 8)), urls: ["ws://hub"] },
        read: { key: bytes(32, 1), signature: bytes(64, 2) },
        grant: { epoch: 7, signature: bytes(64, 3) },
      };
      await store.commit([{ kind: "log", record: record(LOG) }, chunk(LOG, 0, 3)]);
      await store.commit([{ kind: "log", record: record(OTHER, { kind: "inbox", mirror }) }]);
      await store.commit([{ kind: "log", record: record(LOG, { epoch: 1, writeKey: bytes(32, 6) }) }]);
      expect(await store.log(LOG)).toEqual({
        record: record(LOG, { epoch: 1, writeKey: bytes(32, 6) }),
        size: 3,
        range: bytes(33, 3),
        head: bytes(40, 3),
      });
      expect(await store.mirrors()).toEqual([record(OTHER, { kind: "inbox", mirror })]);
      expect(await store.log(OTHER)).toMatchObject({ size: 0, head: new Uint8Array(0) });
    });

    run("reads whole chunks from any index, at least one, within the bytes asked for", async ({ store }) => {
      await store.commit([
        { kind: "log", record: record(LOG) },
        { kind: "log", record: record(OTHER) },
      ]);
      await store.commit([chunk(LOG, 0, 2), chunk(OTHER, 0, 1), chunk(LOG, 2, 3)]);
      await store.commit([chunk(LOG, 5, 1)]);
      const shape = async (from: number, maxBytes: number): Promise<number[][]> =>
        (await store.chunks(LOG, from, maxBytes)).map((one) => [one.first, one.entries.length]);
      expect(await shape(0, 1_000_000)).toEqual([
        [0, 2],
        [2, 3],
        [5, 1],
      ]);
      expect(await shape(3, 1_000_000)).toEqual([
        [3, 2],
        [5, 1],
      ]);
      expect(await shape(0, 1)).toEqual([[0, 2]]);
      expect(await shape(2, 1)).toEqual([[2, 3]]);
      expect(await shape(6, 1_000_000)).toEqual([]);
      const [first] = await store.chunks(LOG, 3, 1);
      expect(first).toEqual({ first: 3, entries: [bytes(600, 3), bytes(600, 4)], head: bytes(40, 5) });
      expect((await store.leaves(LOG)).byteLength).toBe(6 * 32);
      expect((await store.leaves(LOG))[5 * 32]).toBe(5);
    });

    run("W-13 finds heads at chunk ends, read keys and the revocation after an index", async ({ store }) => {
      await store.commit([
        { kind: "log", record: record(LOG) },
        chunk(LOG, 0, 2),
        { kind: "read-key", log: LOG, key: bytes(32, 1), from: 0 },
        { kind: "read-key", log: LOG, key: bytes(32, 2), from: 1 },
        { kind: "revocation", log: LOG, at: 1 },
      ]);
      await store.commit([chunk(LOG, 2, 2), { kind: "revocation", log: LOG, at: 3 }]);
      expect(await store.headAt(LOG, 2)).toEqual(bytes(40, 2));
      expect(await store.headAt(LOG, 3)).toBeUndefined();
      expect(await store.headAt(LOG, 4)).toEqual(bytes(40, 4));
      expect(await store.readKeyFrom(LOG, bytes(32, 2))).toBe(1);
      expect(await store.readKeyFrom(LOG, bytes(32, 3))).toBeUndefined();
      expect(await store.revocationAfter(LOG, 0)).toBe(1);
      expect(await store.revocationAfter(LOG, 1)).toBe(3);
      expect(await store.revocationAfter(LOG, 3)).toBeUndefined();
      await store.commit([chunk(LOG, 4, 1), { kind: "read-key", log: LOG, key: bytes(32, 2), from: 4 }]);
      expect(await store.readKeyFrom(LOG, bytes(32, 2))).toBe(4);
    });

    run("refuses a chunk that does not begin where the log ends, with everything beside it", async ({ store }) => {
      await store.commit([{ kind: "log", record: record(LOG) }, chunk(LOG, 0, 2)]);
      for (const bad of [chunk(LOG, 1, 1), chunk(LOG, 3, 1), chunk(OTHER, 0, 1)]) {
        const error = await store
          .commit([{ kind: "meta", name: "x", value: bytes(1, 1) }, bad])
          .catch((cause: unknown) => cause);
        expect(isStationError(error, "station/storage-failed")).toBe(true);
      }
      expect(await store.meta("x")).toBeUndefined();
      expect(await store.log(LOG)).toMatchObject({ size: 2 });
    });

    run("lets many callers commit at once, in order", async ({ store }) => {
      await store.commit([{ kind: "log", record: record(LOG) }]);
      await Promise.all(Array.from({ length: 200 }, (_, i) => store.commit([chunk(LOG, i, 1)])));
      expect(await store.log(LOG)).toMatchObject({ size: 200, head: bytes(40, 200) });
    });

    run("has everything after it was closed and opened again", async (under) => {
      await under.store.commit([{ kind: "log", record: record(LOG) }, chunk(LOG, 0, 2)]);
      const store = under.reopen === undefined ? under.store : await under.reopen();
      expect(await store.log(LOG)).toMatchObject({ size: 2, head: bytes(40, 2) });
      await store.commit([chunk(LOG, 2, 1)]);
      expect((await store.chunks(LOG, 0, 1_000_000)).length).toBe(2);
    });
  });
}
