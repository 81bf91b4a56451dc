/*
 * Branches (protocol/17-island.md): what residents write in a mirrored room while its hub is out of reach. A branch is a log of this
 * station's own, so everything it owes for a log it owes for a branch. Its letters are handed to the hub, in order, as soon as the
 * mirror follows again; the hub takes the same bytes once (W-32), so nothing comes twice, whoever else hands them over.
 */
import { backoffMs, type Rng } from "@chapar/carrier";
import { frameBytes, type EntryHeader, type GenesisEntry, type LogId } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { bytesKey } from "../bytes-key.ts";
import { stationError } from "../errors.ts";
import type { Appended } from "../hub/appender.ts";
import { readHeader } from "../hub/append-rules.ts";
import type { Access, HotLog } from "../hub/hot-log.ts";
import type { Hub } from "../hub/hub.ts";
import { MAX_READ_BYTES } from "../limits.ts";
import type { StationPorts } from "../ports.ts";

/** Letters that are handed over before the first of them is answered. */
const WINDOW = 64;
/** A branch looks after itself this often, should a wake ever be lost. */
const HEAL_MS = 3_600_000;

/** What branches are made with. */
export interface BranchParts {
  readonly ports: StationPorts;
  readonly hub: Hub;
  readonly jitter: Rng;
  readonly signal: AbortSignal;
  /** Passes an entry to the hub of a mirrored room. @throws StationError `station/peer-unreachable` */
  readonly hand: (room: HotLog, entry: Uint8Array, header: EntryHeader) => Promise<Appended>;
}

interface Branch {
  readonly id: LogId;
  readonly room: LogId;
  readonly epoch: number;
  /** entries that the hub has, or will never take */
  handed: number;
  isWoken: boolean;
  wait: AbortController | undefined;
}

/** Keeps branches, and hands them to their hubs. */
export class Branches {
  readonly #parts: BranchParts;
  /** by log */
  readonly #all = new Map<string, Branch>();
  readonly #loops = new Set<Promise<void>>();

  constructor(parts: BranchParts) {
    this.#parts = parts;
  }

  /** Goes on with the branches in the store. */
  async start(): Promise<void> {
    for (const record of await this.#parts.ports.store.mirrors()) {
      if (record.mirror !== undefined) continue;
      const read = readHeader(record.genesis);
      if (read.ok && read.header.kind === "genesis") this.#add(record.log, read.header);
    }
  }

  #add(id: LogId, { of }: GenesisEntry): void {
    const key = bytesKey(id);
    if (of === undefined || this.#all.has(key)) return;
    const { room, epoch } = of;
    const branch: Branch = { id, room, epoch, handed: 1, isWoken: true, wait: undefined };
    this.#all.set(key, branch);
    const loop = this.#keepHanding(branch).finally(() => this.#loops.delete(loop));
    this.#loops.add(loop);
  }

  /**
   * Whether a branch may be made: of a room that is mirrored here, in its present epoch, with that epoch's keys.
   *
   * @throws StationError `station/unknown-log` · `station/stale-epoch` · `station/not-allowed`
   */
  async check(room: HotLog, genesis: GenesisEntry): Promise<void> {
    const { record } = room;
    if (!room.isMirror || record.kind !== "room" || genesis.of === undefined) throw stationError("station/unknown-log");
    if (genesis.of.epoch !== record.epoch) throw stationError("station/stale-epoch", record.epoch);
    const from = await this.#parts.ports.store.readKeyFrom(room.id, genesis.readKey);
    const isOfEpoch = from !== undefined && equalBytes(genesis.writeKey, record.writeKey);
    if (!isOfEpoch || !genesis.nonce.every((byte) => byte === 0)) throw stationError("station/not-allowed");
  }

  /** A branch was made: it is told to whoever follows the room here. */
  made(id: LogId, genesis: GenesisEntry): void {
    if (this.#all.has(bytesKey(id))) return;
    this.#add(id, genesis);
    const room = genesis.of && this.#parts.hub.cache.peek(genesis.of.room);
    for (const access of room?.accesses ?? []) if (access.feed !== undefined) void this.#tell(access, id);
  }

  /** Somebody has begun to follow a room: its branches of the present epoch are told (J-2). */
  followed(access: Access): void {
    const { log } = access;
    for (const { id, room, epoch } of this.#all.values())
      if (epoch === log.record.epoch && equalBytes(room, log.id)) void this.#tell(access, id);
  }

  /** The genesis, with the newest head: whoever wants more opens the branch. */
  async #tell(access: Access, id: LogId): Promise<void> {
    const branch = await this.#parts.hub.cache.get(id).catch(() => undefined);
    if (branch === undefined || branch.size === 0 || access.outlet.closed) return;
    const { genesis } = branch.record;
    const push = { type: "log.push", log: id, first: 0, entries: [genesis], head: branch.head } as const;
    access.outlet.sendShared(frameBytes({ kind: "notice", body: push }));
  }

  /** Something new is on disk in a log, or the mirror of a room follows its hub again. */
  came(log: string): void {
    const branch = this.#all.get(log);
    if (branch !== undefined) wake(branch);
  }

  /** The hub of a room is within reach. */
  reached(room: LogId): void {
    for (const branch of this.#all.values()) if (equalBytes(branch.room, room)) wake(branch);
  }

  async #keepHanding(branch: Branch): Promise<void> {
    const { signal, ports, jitter } = this.#parts;
    let failures = 0;
    while (!signal.aborted) {
      branch.isWoken = false;
      let waitMs = HEAL_MS;
      try {
        const room = await this.#parts.hub.cache.get(branch.room);
        // Of an epoch that is over: who wrote what the hub did not take seals it anew (J-6).
        if (room === undefined || room.record.epoch > branch.epoch) return this.#over(branch);
        await this.#hand(branch, room);
        failures = 0;
      } catch {
        waitMs = backoffMs(++failures, jitter);
      }
      if ((branch.isWoken && failures === 0) || signal.aborted) continue;
      branch.wait = new AbortController();
      await ports.clock.sleep(waitMs, branch.wait.signal).catch(() => undefined);
      branch.wait = undefined;
    }
  }

  #over(branch: Branch): void {
    this.#all.delete(bytesKey(branch.id));
    this.#parts.ports.observer.note("branch over");
  }

  /** Hands over everything that the room has not. @throws StationError when the hub cannot be asked now */
  async #hand(branch: Branch, room: HotLog): Promise<void> {
    const { hub, ports } = this.#parts;
    room.pins++;
    try {
      const leaves = await hub.cache.leaves(room);
      for (;;) {
        const [chunk] = await ports.store.chunks(branch.id, branch.handed, MAX_READ_BYTES);
        if (chunk === undefined) return;
        // Bodies that are gone expired or were removed: there is nothing to hand over.
        const skipped = Math.max(0, branch.handed - chunk.first);
        const entries = chunk.entries.slice(skipped);
        branch.handed = Math.max(branch.handed, chunk.first);
        for (let at = 0; at < entries.length; at += WINDOW) {
          const some = entries.slice(at, at + WINDOW);
          const missing = some.filter((entry) => leaves.find(hub.hasher.leaf(entry)) < 0);
          await Promise.all(missing.map((entry) => this.#handOne(room, entry)));
          branch.handed += some.length;
        }
        ports.observer.count("branch_letters", entries.length);
      }
    } finally {
      room.pins--;
    }
  }

  /** @throws StationError for a refusal that passes: what the hub will never take is its writer's to seal anew */
  async #handOne(room: HotLog, entry: Uint8Array): Promise<void> {
    const read = readHeader(entry);
    if (!read.ok) return;
    const outcome = await this.#parts.hand(room, entry, read.header);
    const isForGood = outcome.ok || outcome.code === "station/stale-epoch" || outcome.code === "station/bad-entry";
    if (!isForGood) throw stationError(outcome.code, outcome.detail);
  }

  /** Resolves when every loop has ended; the signal must be aborted first. */
  async stopped(): Promise<void> {
    for (const branch of this.#all.values()) wake(branch);
    await Promise.all(this.#loops);
  }
}

function wake(branch: Branch): void {
  branch.isWoken = true;
  branch.wait?.abort();
}
