/* E-3 over real folders: backups of stations that run, what a restoration says and excuses, and kills in the middle of one. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createEvidencePorts, openIncident, openLeafClaim } from "@chapar/evidence";
import { createTreeHasher } from "@chapar/log";
import { decodeLedgerLeaf, ledgerLogKey, ledgerOrigin, stationKey, type DecodedLeaf, type LogId } from "@chapar/wire";
import { afterEach, expect, it } from "vitest";
import { loadState } from "../src/ledger/state.ts";
import { backupStation, restoreStation, SqliteStore } from "../src/node/index.ts";
import { takeBackupFiles } from "../src/node/station-backup.ts";
import { nodeSha256, nodeSigner, nodeVerifier } from "../src/node/node-crypto.ts";
import { GrowingLogs, LedgerWorld, type TestLedger } from "../src/testing/ledger-world.ts";

const KILLS = 10;
const CHILD = fileURLToPath(new URL("restore-kill-child.ts", import.meta.url));
const SEED = nodeSha256(new TextEncoder().encode("key station a"));
const STATION = stationKey(nodeSigner(SEED).publicKey);
const hasher = createTreeHasher(nodeSha256);
const evidence = createEvidencePorts(nodeSha256, nodeVerifier());

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "chapar-restore-"));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

/** A folder with the key of station "a". */
function home(): string {
  const dataDir = folder();
  writeFileSync(join(dataDir, "station.key"), SEED, { mode: 0o600 });
  return dataDir;
}

async function withLedger<T>(
  world: LedgerWorld,
  dataDir: string,
  witnesses: readonly TestLedger[],
  body: (station: TestLedger) => Promise<T>,
): Promise<T> {
  await using store = await SqliteStore.open({ dataDir });
  const station = await world.ledger("a", { store, witnesses, peek: world.peek });
  await station.ledger.begin();
  return await body(station);
}

async function leavesOf({ ports, ledger }: TestLedger): Promise<(DecodedLeaf | undefined)[]> {
  const leaves = await ports.store.ledger.leaves(0, ledger.size);
  return leaves.map((leaf) => {
    const decoded = decodeLedgerLeaf(leaf);
    return decoded.ok ? decoded.value : undefined;
  });
}

const tombstone = (log: LogId) =>
  ({
    kind: "tombstone",
    log: ledgerLogKey(log, nodeSha256),
    index: 0,
    leafHash: hasher.leaf(Uint8Array.of(1, 0)),
    timeMs: 5,
    reason: "court order",
    reference: "17/4",
  }) as const;

it("E-3 a restored station begins a new generation with the incident first, proved, and takes tombstones along", async () => {
  const world = new LedgerWorld();
  const witness = await world.ledger("w");
  const [dataDir, file] = [home(), join(folder(), "backup")];
  const logs = new GrowingLogs();
  const log = logs.id(1);
  const lastMs = await withLedger(world, dataDir, [witness], async (station) => {
    await world.introduce(station, witness);
    const { store } = station.ports;
    await store.commit([...logs.grow(1, 3), ...logs.grow(2, 1)]);
    const recorded = station.ledger.record(tombstone(log));
    await world.turn(station);
    const place = { generation: 1, ledgerIndex: await recorded };
    await store.commit([{ kind: "hole", log, hole: { first: 0, count: 1, status: "removed", tombstone: place } }]);
    const known = (await loadState(store, hasher)).timeMs;
    // While it runs.
    await backupStation(dataDir, file);
    world.clock.jump(3_000);
    await store.commit(logs.grow(2, 5));
    await store.commit([
      { kind: "witness-head", origin: "other/ledger", size: 77, root: nodeSha256(new Uint8Array(1)) },
    ]);
    await world.turn(station);
    return known;
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);

  world.clock.jump(60_000);
  const nowMs = world.clock.nowMs();
  const restored = await restoreStation(file, dataDir, { nowMs });
  expect(restored).toEqual({ generation: 2, fromMs: lastMs, toMs: restored.toMs });
  expect(restored.toMs).toBeGreaterThanOrEqual(nowMs);
  await withLedger(world, dataDir, [witness], async (station) => {
    const { store } = station.ports;
    const [incident, carried] = await leavesOf(station);
    expect(incident).toMatchObject({ kind: "incident", what: "restored", fromMs: lastMs, toMs: restored.toMs });
    expect(carried).toMatchObject({ kind: "tombstone", reference: "17/4" });
    expect((await store.holes(log, 0, 9))[0]?.tombstone).toEqual({ generation: 2, ledgerIndex: 1 });
    expect((await store.log(logs.id(2)))?.size).toBe(1);
    // Its witness has forgotten nothing that it cosigned.
    expect(await store.ledger.witnessHeads()).toMatchObject([{ origin: "other/ledger", size: 77 }]);
    await world.turn(station);
    const { published, witnesses } = station.ledger.checkpoints;
    expect(published?.checkpoint.origin).toBe(ledgerOrigin(STATION, 2));
    expect(witnesses[0]?.reply).toBe("cosigned");
    expect((await station.time.word(async () => 0)).timeMs).toBeGreaterThan(restored.toMs);
    const [claim] = await station.ledger.shown.incidents();
    expect(await openIncident(claim!, STATION, evidence)).toMatchObject({ ok: true, value: { fromMs: lastMs } });
    expect(await station.ledger.shown.tally()).toMatchObject({ tombstones: 1, orders: 1, incidents: 1 });
  });
  // The generation that ended is not cosigned any more, whoever shows it; and it is not signed on: an older copy of the folder stops.
  const old = folder();
  await restoreOld(file, old);
  await withLedger(world, old, [witness], async (station) => {
    await station.ports.store.commit(logs.grow(3, 1));
    await world.turn(station);
    expect(station.observer.notes.map((note) => note.event)).toContain("ledger behind its witness");
  });
  const again = await restoreStation(file, dataDir, { nowMs: nowMs + 9 });
  expect(again.generation).toBe(3);
  await withLedger(world, dataDir, [witness], async (station) => {
    await world.turn(station);
    expect(station.ledger.checkpoints.witnesses[0]?.reply).toBe("cosigned");
  });
});

/** What an operator does who knows no better: the copy's files into a folder, and a start. */
async function restoreOld(file: string, dataDir: string): Promise<void> {
  cpSync(file, join(dataDir, "station.sqlite"));
  writeFileSync(join(dataDir, "station.key"), SEED);
}

it("E-3 incidents of earlier generations stay provable in the ones after", async () => {
  const world = new LedgerWorld();
  const [dataDir, dir] = [home(), folder()];
  const logs = new GrowingLogs();
  await withLedger(world, dataDir, [], async (station) => {
    await station.ports.store.commit(logs.grow(1, 1));
    await world.turn(station);
  });
  const windows: number[] = [];
  for (let round = 0; round < 3; round++) {
    await backupStation(dataDir, join(dir, `${round}`));
    world.clock.jump(60_000);
    windows.push((await restoreStation(join(dir, `${round}`), dataDir, { nowMs: world.clock.nowMs() })).toMs);
    await withLedger(world, dataDir, [], (station) => world.turn(station));
  }
  await withLedger(world, dataDir, [], async (station) => {
    await world.turn(station);
    const claims = await station.ledger.shown.incidents();
    const opened = await Promise.all(claims.map((claim) => openLeafClaim(claim, STATION, evidence)));
    expect(opened.map((one) => one.ok && [one.value.generation, one.value.index])).toEqual([
      [2, 0],
      [3, 0],
      [4, 0],
    ]);
    expect(opened.map((one) => one.ok && one.value.leaf.kind === "incident" && one.value.leaf.toMs)).toEqual(windows);
  });
});

it("E-3 chooses a generation that no witness has seen, and refuses what is no backup of this station", async () => {
  const world = new LedgerWorld();
  const [dataDir, dir] = [home(), folder()];
  await withLedger(world, dataDir, [], (station) => world.turn(station));
  const file = join(dir, "backup");
  await backupStation(dataDir, file);
  const empty = folder();
  const shown = async (_station: unknown, above: number): Promise<number> => above + 4;
  expect((await restoreStation(file, empty, { nowMs: 1, shown })).generation).toBe(6);
  expect(readdirSync(empty).toSorted()).toEqual(["station.key", "station.lock", "station.sqlite"]);
  const other = folder();
  writeFileSync(join(other, "station.key"), new Uint8Array(32));
  await expect(restoreStation(file, other, { nowMs: 1 })).rejects.toMatchObject({ code: "station/foreign-backup" });
  writeFileSync(join(dir, "page"), "<html>");
  for (const bad of [join(dir, "page"), join(dir, "none"), folder()])
    await expect(restoreStation(bad, dataDir, { nowMs: 1 })).rejects.toMatchObject({ code: "station/bad-backup" });
  await expect(backupStation(folder(), file)).rejects.toMatchObject({ code: "station/no-folder" });
  await withLedger(world, dataDir, [], async (station) => {
    await expect(restoreStation(file, dataDir, { nowMs: 1 })).rejects.toMatchObject({ code: "station/folder-in-use" });
    expect((await leavesOf(station))[0]).toMatchObject({ kind: "epoch", number: 0 });
  });
});

it(
  "E-3 killed at any instant, a restoration has happened with its incident or not at all",
  { timeout: 240_000 },
  async () => {
    const world = new LedgerWorld();
    const logs = new GrowingLogs();
    const [dataDir, dir] = [home(), folder()];
    const file = join(dir, "backup");
    await withLedger(world, dataDir, [], async (station) => {
      for (let number = 0; number < 40; number++) await station.ports.store.commit(logs.grow(number, 2));
      await world.turn(station);
      await backupStation(dataDir, file);
      await station.ports.store.commit(logs.grow(0, 7));
      await world.turn(station);
    });
    const seen = new Set<string>();
    let wholeMs = 0;
    for (let kills = 0; kills < KILLS; kills++) {
      const work = join(folder(), "data");
      // Every other one into an empty folder, as after a disk that was lost.
      if (kills % 2 === 0) cpSync(dataDir, work, { recursive: true });
      const child = spawn(process.execPath, [CHILD, file, work], { stdio: ["ignore", "pipe", "inherit"] });
      const gone = once(child, "close");
      await once(child.stdout, "data");
      const beganMs = performance.now();
      // The first is let end by itself, every fifth is killed at once, the others within the time that it takes: both outcomes are
      // seen, however slow or fast the machine.
      if (kills > 0) {
        if (kills % 5 !== 0) await pause(Math.random() * wholeMs);
        child.kill("SIGKILL");
      }
      await gone;
      if (kills === 0) wholeMs = performance.now() - beganMs;
      const isThere = statSync(join(work, "station.sqlite"), { throwIfNoEntry: false }) !== undefined;
      if (!isThere) {
        seen.add("nothing");
        expect(statSync(join(work, "station.key"), { throwIfNoEntry: false })).toBeUndefined();
        continue;
      }
      // As a start does it: files that are still in the table come out of it, and the incident is on disk before anything is served.
      takeBackupFiles(work);
      expect(new Uint8Array(readFileSync(join(work, "station.key")))).toEqual(SEED);
      const [generation, first, size] = await withLedger(world, work, [], async (station) => {
        const [leaf] = await leavesOf(station);
        const { store } = station.ports;
        return [(await loadState(store, hasher)).generation, leaf?.kind, (await store.log(logs.id(0)))?.size] as const;
      });
      seen.add(`${generation}`);
      expect([generation, first, size]).toEqual(generation === 2 ? [2, "incident", 2] : [1, "epoch", 9]);
    }
    expect(seen.has("2") && seen.size > 1).toBe(true);
  },
);
