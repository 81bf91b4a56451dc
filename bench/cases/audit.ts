/*
 * An audit of a station with a million entries: how soon it shows what a nonce draws, and the auditor has checked it.
 * Run: node bench/cases/audit.ts [logs] [entries of each]. Prints one JSON object with its origin; nothing is kept.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { createEvidencePorts } from "@chapar/evidence";
import { CompactRange, createTreeHasher } from "@chapar/log";
import { AUDIT_MAX_COUNT, checkAudit } from "@chapar/station";
import { loadAuditKey, nodeSha256, nodeVerifier, SqliteStore, startStation } from "@chapar/station/node";
import { logId } from "@chapar/wire";
import { origin } from "../record.ts";

const LOGS = Number(process.argv[2] ?? 10_000);
const ENTRIES = Number(process.argv[3] ?? 100);
const ENTRY_BYTES = 600;
const ROUNDS = 5;
/** What `chapar audit` draws when nothing is said, and the most. */
const COUNTS = [8, AUDIT_MAX_COUNT];
/** Logs of one commit. */
const BATCH = 50;
/** A station answers five audits at once and one in five seconds after them (K-43). */
const BETWEEN_MS = 5_500;
const ports = createEvidencePorts(nodeSha256, nodeVerifier());
const hasher = createTreeHasher(nodeSha256);

function logOf(number: number): Parameters<SqliteStore["commit"]>[0] {
  const log = logId(nodeSha256(Buffer.from(`log ${number}`)));
  const entries = Array.from({ length: ENTRIES }, () => new Uint8Array(randomBytes(ENTRY_BYTES)));
  const range = new CompactRange(hasher);
  const leaves = new Uint8Array(32 * ENTRIES);
  for (const [i, entry] of entries.entries()) {
    const hash = hasher.leaf(entry);
    leaves.set(hash, 32 * i);
    range.append(hash);
  }
  const record = { log, kind: "room", genesis: entries[0] ?? new Uint8Array(1), epoch: 0 } as const;
  return [
    { kind: "log", record: { ...record, writeKey: new Uint8Array(32), mirror: undefined } },
    { kind: "chunk", chunk: { log, first: 0, entries, leaves, range: range.encode(), head: new Uint8Array(1) } },
  ];
}

async function fill(dataDir: string): Promise<void> {
  await using store = await SqliteStore.open({ dataDir });
  for (let done = 0; done < LOGS; done += BATCH)
    await store.commit(Array.from({ length: Math.min(BATCH, LOGS - done) }, (_, i) => logOf(done + i)).flat());
}

const folder = mkdtempSync(join(tmpdir(), "chapar-bench-audit-"));
await fill(folder);
const station = await startStation({ dataDir: folder, port: 0, region: "IR", name: "bench", signUp: "closed" });
const key = loadAuditKey(folder);

async function ask(count: number): Promise<{ ms: number; checkedMs: number; proven: number }> {
  const nonce = new Uint8Array(randomBytes(32));
  const headers = { authorization: `Bearer ${key}` };
  const checkpoint = new Uint8Array(await (await fetch(`${station.url}/log/checkpoint`)).arrayBuffer());
  const beganMs = performance.now();
  const said = await fetch(`${station.url}/audit?nonce=${Buffer.from(nonce).toString("hex")}&count=${count}`, {
    headers,
  });
  if (!said.ok) return { ms: 0, checkedMs: 0, proven: 0 };
  const answer = new Uint8Array(await said.arrayBuffer());
  const ms = performance.now() - beganMs;
  const checked = await checkAudit(answer, { nonce, count }, { station: undefined, checkpoint }, ports);
  const proven = checked.ok ? checked.value.proven : 0;
  return { ms, checkedMs: performance.now() - beganMs, proven };
}

// The log takes in what was there before its first epoch, some ten seconds after the start.
while ((await ask(1)).proven === 0) await pause(BETWEEN_MS);
const result: Record<string, unknown> = { entries: LOGS * ENTRIES, logs: LOGS };
for (const count of COUNTS) {
  const rounds = [];
  for (let i = 0; i < ROUNDS; i++) {
    await pause(BETWEEN_MS);
    rounds.push(await ask(count));
  }
  if (rounds.some(({ proven }) => proven !== count)) throw new Error("something that is there was not shown");
  const sorted = rounds.map(({ ms }) => Math.round(ms)).sort((a, b) => a - b);
  const checkedMs = Math.round(Math.max(...rounds.map((one) => one.checkedMs)));
  result[`of ${count}`] = { medianMs: sorted[ROUNDS >> 1], mostMs: sorted.at(-1), mostCheckedMs: checkedMs };
}
process.stdout.write(`${JSON.stringify({ ...result, ...origin() })}\n`);
await station.close();
rmSync(folder, { recursive: true });
