/*
 * A station that lets bodies go, killed at any instant. Whatever it had signed by then is true of what is on its disk: every
 * body is there or gone for a reason that stands, leaf hashes are what they were, and a removal has its tombstone.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { decodeAck, decodeManifest, decodeReaderWord } from "@chapar/evidence";
import { createTreeHasher } from "@chapar/log";
import { decodeLedgerLeaf, ledgerLogKey, stationKey } from "@chapar/wire";
import { fromHex, toHex } from "@chapar/wire/bytes";
import { expect, it } from "vitest";
import { nodeSha256 } from "../src/node/node-crypto.ts";
import { SqliteStore } from "../src/node/sqlite-store.ts";
import { keyOf, TestRoom } from "../src/testing/index.ts";

const CHILD = fileURLToPath(new URL("upkeep-kill-child.ts", import.meta.url));
const KILLS = 6;
const hasher = createTreeHasher(nodeSha256);
const log = new TestRoom(1).idAt(stationKey(keyOf("station a").publicKey));
const reader = keyOf("reader").publicKey;

/** One life: what it said before it was killed. */
async function live(dataDir: string, life: number): Promise<string[]> {
  const child = spawn(process.execPath, [CHILD, dataDir, String(life)], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const enough = 5 + Math.random() * 30;
  const { promise: reached, resolve, reject } = Promise.withResolvers<void>();
  child.once("exit", () => reject(new Error("it ended by itself")));
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    if (lines.length > enough) resolve();
  });
  // However slow the machine is, it dies with some of its work done, at any instant of a turn.
  await reached;
  await pause(Math.random() * 60);
  const gone = once(child, "close");
  child.kill("SIGKILL");
  await gone;
  // The last line may have been cut.
  return lines.filter((line) => /^(acked|removed|word|manifest) .*[0-9a-f]$/.test(line)).slice(0, -1);
}

/** What is on the disk must be whole, and justify everything that went. */
async function checkFolder(store: SqliteStore): Promise<{ gone: number; removed: number; leaves: Uint8Array }> {
  const size = (await store.log(log))?.size ?? 0;
  const leaves = await store.leaves(log);
  expect(leaves.byteLength).toBe(32 * size);
  const here = new Set<number>();
  for (let from = 0; from < size;) {
    const pieces = await store.chunks(log, from, 1_000_000);
    if (pieces.length === 0) break;
    for (const { first, entries } of pieces) {
      for (const [i, entry] of entries.entries()) {
        const at = first + i;
        expect(toHex(hasher.leaf(entry))).toBe(toHex(leaves.subarray(32 * at, 32 * at + 32)));
        here.add(at);
        from = at + 1;
      }
    }
  }
  const upTo = (await store.reader(log, reader))?.upTo ?? 0;
  let [gone, removed] = [0, 0];
  for (const hole of await store.holes(log, 0, 1_000_000)) {
    for (let at = hole.first; at < hole.first + hole.count; at++) {
      expect(here.has(at)).toBe(false);
      gone++;
      if (hole.status === "pruned") expect(at).toBeLessThan(upTo);
      else {
        expect(hole.status).toBe("removed");
        removed++;
        const [bytes] = await store.ledger.leaves(hole.tombstone?.ledgerIndex ?? -1, 1);
        const leafHash = leaves.slice(32 * at, 32 * at + 32);
        const value = { kind: "tombstone", log: ledgerLogKey(log, nodeSha256), index: at, leafHash };
        expect(decodeLedgerLeaf(bytes ?? new Uint8Array(0))).toMatchObject({ ok: true, value });
      }
    }
  }
  expect(here.size + gone).toBe(size);
  return { gone, removed, leaves };
}

it(
  "E-12 E-15 R-30 a station killed at any instant while bodies go has signed nothing that its disk does not bear out",
  {
    timeout: 240_000,
  },
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "chapar-upkeep-kill-"));
    try {
      const said: string[] = [];
      let last = { gone: 0, removed: 0, leaves: new Uint8Array(0) };
      for (let life = 0; life < KILLS; life++) {
        said.push(...(await live(dataDir, life)));
        await using store = await SqliteStore.open({ dataDir });
        const now = await checkFolder(store);
        expect(toHex(now.leaves.subarray(0, last.leaves.byteLength))).toBe(toHex(last.leaves));
        expect(now.gone).toBeGreaterThanOrEqual(last.gone);
        last = { ...now, leaves: new Uint8Array(now.leaves) };
        const acked = said.filter((line) => line.startsWith("acked ")).map((line) => Number(line.split(" ")[1]));
        expect((await store.reader(log, reader))?.upTo ?? 0).toBeGreaterThanOrEqual(Math.max(0, ...acked));
      }
      const froms: number[] = [];
      let manifests = 0;
      for (const line of said) {
        const [what, value = ""] = line.split(" ");
        const bytes = fromHex(value) ?? new Uint8Array(0);
        if (what === "word") {
          const word = decodeReaderWord(bytes);
          if (word.ok) froms.push(word.value.from);
        }
        if (what !== "manifest") continue;
        const manifest = decodeManifest(bytes);
        if (!manifest.ok) throw new Error(manifest.code);
        manifests++;
        const { first, items, ack, tombstones } = manifest.value;
        const upTo = ack.byteLength === 0 ? 0 : decodeAck(ack);
        const acked = typeof upTo === "number" ? upTo : upTo.ok ? upTo.value.upTo : 0;
        for (const [i, item] of items.entries()) {
          const at = first + i;
          expect(toHex(item.leafHash)).toBe(toHex(last.leaves.subarray(32 * at, 32 * at + 32)));
          // Every word says from 0 to 6: what is pruned above needs the ack that the manifest carries.
          if (item.status === "pruned") expect(at < acked || at < Math.min(...froms)).toBe(true);
          if (item.status === "removed") expect(tombstones.some((one) => one.offset === i)).toBe(true);
        }
      }
      expect(manifests).toBeGreaterThan(KILLS);
      expect(last.gone).toBeGreaterThan(20);
      expect(last.removed).toBeGreaterThan(0);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
);
