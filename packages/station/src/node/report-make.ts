/*
 * Makes a residency report from a data folder (protocol/14-residency.md K-30), whether a station runs on it or not: one reading of the database at
 * one instant, in which the published checkpoint is of the log as it is.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { CompactRange, createTreeHasher, decodeCheckpoint } from "@chapar/log";
import { decodeLedgerLeaf, type EpochLeaf, idText, stationKey } from "@chapar/wire";
import { toBase64Url, toHex } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import { LEDGER_CHECKPOINT_NAME, loadState } from "../ledger/state.ts";
import { REPORT_FORMAT, type ReportBody } from "../report/terms.ts";
import { signReport } from "../report/text.ts";
import type { LedgerRow } from "../store/ledger-port.ts";
import { metaOf } from "./new-generation.ts";
import { nodeSha256, nodeSigner } from "./node-crypto.ts";
import { peekPolicy } from "./region-policy.ts";
import { SqliteLedger } from "./sqlite-ledger.ts";
import { openReader } from "./sqlite-open.ts";
import { readStationSeed } from "./station-files.ts";

const PAGE = 4096;
/** An epoch is published some seconds after it is durable: so often, so long after each other, it is looked again. */
const TRIES = 120;
const TRY_EVERY_MS = 500;
const hasher = createTreeHasher(nodeSha256);

/** What a report is made of besides the folder. */
export interface ReportOrder {
  /** days, `YYYY-MM-DD` */
  readonly from: string;
  readonly to: string;
  readonly region: string;
  readonly madeMs: number;
}

interface Sizes {
  readonly count: number;
  readonly bytes: number;
}

function sizesOf(db: DatabaseSync, sql: string): Sizes {
  const row = db.prepare(sql).get() as { readonly count: number; readonly bytes: number | null } | undefined;
  return { count: row?.count ?? 0, bytes: row?.bytes ?? 0 };
}

function fileSizes(folder: string, ending: string): Sizes {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(ending));
  } catch {
    names = [];
  }
  return { count: names.length, bytes: names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) };
}

function blobRoot(db: DatabaseSync): string {
  const range = new CompactRange(hasher);
  for (const row of db.prepare("SELECT hash FROM blobs ORDER BY hash").iterate())
    range.append(hasher.leaf((row as unknown as { readonly hash: Uint8Array }).hash));
  return range.size === 0 ? "" : toHex(range.root());
}

async function packedLog(reads: SqliteLedger, size: number): Promise<{ packed: Uint8Array; last: EpochLeaf }> {
  const pieces: Uint8Array[] = [];
  let last: Uint8Array | undefined;
  for (let first = 0; first < size; first += PAGE) {
    for (const leaf of await reads.leaves(first, Math.min(PAGE, size - first))) {
      pieces.push(Uint8Array.of(leaf.byteLength >> 8, leaf.byteLength & 0xff), leaf);
      last = leaf;
    }
  }
  const decoded = last && decodeLedgerLeaf(last);
  if (decoded?.ok !== true || decoded.value.kind !== "epoch") throw stationError("station/ledger-damaged");
  return { packed: Buffer.concat(pieces), last: decoded.value };
}

async function allRows(reads: SqliteLedger): Promise<readonly LedgerRow[]> {
  return await reads.rows("egress", new Uint8Array(32), undefined, Number.MAX_SAFE_INTEGER);
}

/** The body of a report, or undefined while the newest epoch is not published yet. */
async function bodyAt(
  db: DatabaseSync,
  dataDir: string,
  seed: Uint8Array,
  order: ReportOrder,
): Promise<ReportBody | undefined> {
  const meta = metaOf(db);
  const state = await loadState(meta, hasher);
  const stored = await meta.meta(LEDGER_CHECKPOINT_NAME);
  const shown = stored && decodeCheckpoint(stored);
  if (stored === undefined || shown?.ok !== true || shown.value.checkpoint.size !== state.range.size) return undefined;
  const reads = new SqliteLedger(db);
  const { size } = state.range;
  const { packed, last } = await packedLog(reads, size);
  const policy = await peekPolicy(dataDir);
  // A station records its policy with the epoch after its start: a report before that would say that there is none.
  if (policy !== undefined && !Buffer.from(packed).includes(Buffer.from(policy.hash))) return undefined;
  const accounts = sizesOf(db, "SELECT count(*) AS count, sum(length(ops)) AS bytes FROM accounts");
  const packages = sizesOf(db, "SELECT count(*) AS count, sum(length(bytes)) AS bytes FROM packages");
  const chunks = sizesOf(db, "SELECT count(*) AS count, sum(length(entries)) AS bytes FROM chunks");
  const blobs = sizesOf(db, "SELECT count(*) AS count, sum(length(bytes)) AS bytes FROM blobs");
  const logRoot = toHex(state.range.root());
  const { from, to, region, madeMs } = order;
  return {
    format: REPORT_FORMAT,
    station: idText(stationKey(nodeSigner(seed).publicKey)),
    region: policy?.policy.region ?? region,
    from,
    to,
    madeMs,
    generation: state.generation,
    checkpoint: Buffer.from(stored).toString("utf8"),
    log: toBase64Url(packed),
    classes: {
      account: { count: last.identityCount, bytes: accounts.bytes + packages.bytes, root: toHex(last.identitiesRoot) },
      envelope: { count: last.headCount, bytes: chunks.bytes, root: toHex(last.headsRoot) },
      blob: { ...blobs, root: blobRoot(db) },
      backup: { count: 0, bytes: 0, root: "" },
      commitment: { count: size, bytes: packed.byteLength - 2 * size, root: logRoot },
      logs: { ...fileSizes(join(dataDir, "reports"), ".report"), root: "" },
    },
    policies: policy === undefined ? [] : [Buffer.from(policy.bytes).toString("utf8")],
    egress: (await allRows(reads)).map(({ key, value }) => ({ key: toBase64Url(key), value: toBase64Url(value) })),
  };
}

/**
 * Makes and signs a report.
 *
 * @returns the text of its file
 * @throws StationError `station/no-folder` · `station/not-published`: no checkpoint of the log as it is, with the folder's policy in it, was published within 60 s · of the store
 */
export async function makeReport(dataDir: string, order: ReportOrder): Promise<string> {
  const seed = readStationSeed(dataDir);
  if (seed === undefined) throw stationError("station/no-folder");
  for (let i = 0; i < TRIES; i++) {
    const db = openReader({ dataDir });
    try {
      db.exec("BEGIN");
      const body = await bodyAt(db, dataDir, seed, order);
      if (body !== undefined) return await signReport(body, nodeSigner(seed), nodeSha256);
    } finally {
      db.close();
    }
    await sleep(TRY_EVERY_MS);
  }
  throw stationError("station/not-published");
}
