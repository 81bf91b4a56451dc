/*
 * What a witness does beside cosigning (S-16): it reads the logs of the stations that it witnesses, and folds them. Leaves and hash tiles
 * come from anywhere; only what leads to the very checkpoint that was cosigned is judged. A log that is false is not cosigned any
 * more, and the operator is told. Foreign logs are cosigned as C2SP says, without this.
 *
 *   cosigned head --leaves, tiles--> proved? --> fold --> true: go on · false: no cosignature any more
 */
import {
  type CompactRange,
  consistencyProof,
  createTreeHasher,
  decodeEntryBundle,
  formatTilePath,
  TILE_WIDTH,
  tileHashReader,
  tileWidth,
  type TreeHasher,
  verifyConsistency,
} from "@chapar/log";
import { parseLedgerOrigin, type StationKey } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { LogFalsehood } from "../ledger/auditor.ts";
import type { StationPorts } from "../ports.ts";
import { LogAudit } from "./log-audit.ts";

/** How often witnessed logs are looked at. */
const LOOK_EVERY_MS = 10_000;
/** Leaves proved at once, at least one epoch's: 256 bundles, and more only when no epoch is among them. */
const BATCH_LEAVES: number = 256 * TILE_WIDTH;
/** How far an epoch's time may be from our clock when its checkpoint is first seen. */
const MAX_EPOCH_SKEW_MS = 300_000;
/** How long a log with another time is not cosigned; then it is judged anew. */
const SKEW_PAUSE_MS = 600_000;
/** A log that was cosigned so recently made its epoch since. */
const IN_TOUCH_MS = 120_000;

/** Reads below a station's log: a path of tlog-tiles to its bytes. Rejects when it is not there. */
export type ReadLogFile = (station: StationKey, path: string, signal: AbortSignal) => Promise<Uint8Array>;

interface Head {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** The logs that one station's witness reads. */
export class FollowedLogs {
  readonly #ports: StationPorts;
  readonly #read: ReadLogFile;
  readonly #hasher: TreeHasher;
  readonly #audits = new Map<string, LogAudit>();
  readonly #pausedUntilMs = new Map<string, number>();
  /** when each log was cosigned last, and the time before that */
  readonly #cosignedMs = new Map<
    string,
    { readonly size: number; readonly lastMs: number; readonly beforeMs: number }
  >();

  readonly #batchLeaves: number;

  /** @param batchLeaves  leaves proved at once, a multiple of a bundle's */
  constructor(ports: StationPorts, read: ReadLogFile, batchLeaves: number = BATCH_LEAVES) {
    this.#batchLeaves = batchLeaves;
    this.#ports = ports;
    this.#read = read;
    this.#hasher = createTreeHasher(ports.sha256);
  }

  /** Opens the audits of logs that were found false in an earlier run, so that they are not cosigned in this one. */
  async open(): Promise<void> {
    for (const { origin } of await this.#ports.store.ledger.witnessHeads()) await this.#auditOf(origin);
  }

  /** Whether a log is known to be false, or its time is off. */
  isFalse(origin: string): boolean {
    const isPaused = (this.#pausedUntilMs.get(origin) ?? 0) > this.#ports.clock.nowMs();
    return isPaused || this.#audits.get(origin)?.falsehood !== undefined;
  }

  /** A checkpoint was cosigned. */
  cosigned(origin: string, size: number): void {
    const nowMs = this.#ports.clock.nowMs();
    const held = this.#cosignedMs.get(origin);
    if (held?.size === size) this.#cosignedMs.set(origin, { ...held, lastMs: nowMs });
    else this.#cosignedMs.set(origin, { size, lastMs: nowMs, beforeMs: held?.lastMs ?? 0 });
  }

  async #auditOf(origin: string): Promise<LogAudit | undefined> {
    if (parseLedgerOrigin(origin) === undefined) return undefined;
    const held = this.#audits.get(origin) ?? (await LogAudit.open(this.#ports, origin, this.#hasher));
    this.#audits.set(origin, held);
    return held;
  }

  /** Looks at every log that was cosigned further than it was read; one that cannot be read now is read later. */
  async look(signal: AbortSignal): Promise<void> {
    for (const head of await this.#ports.store.ledger.witnessHeads()) {
      if (signal.aborted) return;
      try {
        await this.#follow(head, signal);
      } catch {
        // Not there, or not what leads to the checkpoint: nothing is known by it.
      }
    }
  }

  /** Looks every ten seconds until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look(signal).catch(() => this.#ports.observer.note("storage failed"));
      await this.#ports.clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
    }
  }

  async #follow(head: Head, signal: AbortSignal): Promise<void> {
    const audit = await this.#auditOf(head.origin);
    if (audit === undefined || audit.falsehood !== undefined || audit.size >= head.size) return;
    const seenAtMs = this.#ports.clock.nowMs();
    for (let batch = this.#batchLeaves; audit.size < head.size && !signal.aborted;) {
      const before = audit.size;
      const end = Math.min(head.size, before + batch);
      const leaves = await this.#leaves(head, { from: before, end, range: audit.range }, signal);
      const falsehood = await audit.take(leaves);
      if (falsehood !== undefined) return this.#told(falsehood);
      if (audit.size > before) continue;
      // No epoch among them: more at once, and a checkpoint that ends without one is none of a station's (S-10).
      if (end === head.size) {
        await audit.fail("bad-epoch");
        return this.#told("bad-epoch");
      }
      batch *= 2;
    }
    this.#judgeTime(head, audit, seenAtMs);
  }

  #told(code: LogFalsehood | "clock"): void {
    this.#ports.observer.count("falsehoods", 1, code);
    this.#ports.observer.note("witnessed log is false", { code });
  }

  /** The newest epoch of a checkpoint that was seen now: made since the last one was, when that was a moment ago. */
  #judgeTime({ origin, size }: Head, { epoch }: LogAudit, seenAtMs: number): void {
    const held = this.#cosignedMs.get(origin);
    if (epoch === undefined || held?.size !== size) return;
    const isAhead = epoch.timeMs - seenAtMs > MAX_EPOCH_SKEW_MS;
    const isNew = seenAtMs - held.beforeMs < IN_TOUCH_MS;
    if (!isAhead && !(isNew && seenAtMs - epoch.timeMs > MAX_EPOCH_SKEW_MS)) return;
    this.#pausedUntilMs.set(origin, seenAtMs + SKEW_PAUSE_MS);
    this.#told("clock");
  }

  /** Leaves of a range, proved to stand in the tree that was cosigned. @throws Error when they are not to be had, or do not */
  async #leaves(
    { origin, size, root }: Head,
    { from, end, range }: { readonly from: number; readonly end: number; readonly range: CompactRange },
    signal: AbortSignal,
  ): Promise<Uint8Array[]> {
    const station = parseLedgerOrigin(origin)?.station;
    if (station === undefined) throw new Error("not a station's log");
    const leaves: Uint8Array[] = [];
    for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < end; index++) {
      const width = tileWidth("entries", index, size);
      const bytes = await this.#read(station, formatTilePath({ level: "entries", index, width }), signal);
      const bundle = decodeEntryBundle(bytes, width);
      if (!bundle.ok) throw new Error(bundle.code);
      const first = index * TILE_WIDTH;
      leaves.push(...bundle.value.slice(Math.max(0, from - first), end - first));
    }
    const grown = range.clone();
    for (const leaf of leaves) grown.append(this.#hasher.leaf(leaf));
    const isProved =
      grown.size === size
        ? equalBytes(grown.root(), root)
        : await this.#leadsTo(station, grown, { size, root }, signal);
    if (!isProved) throw new Error("leaves that do not lead to the checkpoint");
    return leaves;
  }

  async #leadsTo(
    station: StationKey,
    grown: CompactRange,
    { size, root }: { readonly size: number; readonly root: Uint8Array },
    signal: AbortSignal,
  ): Promise<boolean> {
    const hashes = tileHashReader(size, (tile) => this.#read(station, formatTilePath(tile), signal), this.#hasher);
    const proof = await consistencyProof(grown.size, size, hashes, this.#hasher);
    return verifyConsistency({ size1: grown.size, size2: size, root1: grown.root(), proof }, root, this.#hasher);
  }
}
