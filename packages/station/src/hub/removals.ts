/*
 * Lawful, overt removal: a tombstone that says why and under which order becomes durable in the station log, and only
 * then the body goes. What was ordered is on disk before anything else, so that a station that was stopped or killed in
 * between goes on with it, with the same tombstone when that one stands already.
 */
import { decodeLedgerLeaf, ledgerLogKey, MAX_LEDGER_TEXT_BYTES, type LedgerLeaf, type LogId } from "@chapar/wire";
import { equalBytes, utf8 } from "@chapar/wire/bytes";
import { KeyedLock } from "../account/keyed-lock.ts";
import { bytesKey } from "../bytes-key.ts";
import { Bug, stationError } from "../errors.ts";
import type { StationPorts } from "../ports.ts";
import type { Hole, Removal, TombstonePlace, Write } from "../store/port.ts";
import type { Hub } from "./hub.ts";
import { holdsMessage } from "./upkeep.ts";

const PAGE_LEAVES = 256;
/** Bytes of entries that are read at once. */
const PAGE_BYTES: number = 256 * 1024;

/** What a removal needs of the station log. */
export interface TombstoneLog {
  readonly size: number;
  readonly generation: number;
  /** resolves to the leaf's index when it is durable */
  record(leaf: Extract<LedgerLeaf, { kind: "tombstone" }>): Promise<number>;
}

/** What is to go, and why. */
export type RemovalOrder = Pick<Removal, "log" | "index" | "reason" | "reference">;

/** What goes of a log: as much as it is, and when it is gone. */
export interface Cleared {
  readonly objects: number;
  readonly bytes: number;
  readonly done: Promise<unknown>;
}

/** Removes entries of a station's logs, its mirrors among them. */
export class Removals {
  readonly #ports: StationPorts;
  readonly #hub: Hub;
  readonly #ledger: TombstoneLog;
  readonly #lock = new KeyedLock();

  constructor(ports: StationPorts, hub: Hub, ledger: TombstoneLog) {
    this.#ports = ports;
    this.#hub = hub;
    this.#ledger = ledger;
  }

  /**
   * Removes the body of a message; resolves to the tombstone's place when the body is gone.
   *
   * @throws StationError `station/unknown-log` · `station/out-of-range` · `station/bad-removal` · `station/pruned` its body is
   * not here any more · `station/closed` it is done after the next start · of the store
   */
  async order(order: RemovalOrder): Promise<TombstonePlace> {
    const { log, index, reason, reference } = order;
    return await this.#lock.run(`${bytesKey(log)} ${index}`, async () => {
      for (const text of [reason, reference]) {
        if (text.trim() === "" || utf8(text).byteLength > MAX_LEDGER_TEXT_BYTES)
          throw stationError("station/bad-removal");
      }
      const { store } = this.#ports;
      const stored = await store.log(log);
      if (stored === undefined || stored.size === 0) throw stationError("station/unknown-log");
      if (index >= stored.size) throw stationError("station/out-of-range", stored.size);
      const body = await this.#body(log, index);
      if (body === undefined) throw stationError("station/pruned", 1);
      // Genesis entries and commits carry keys that the log cannot go on without, and no message.
      if (!holdsMessage(body)) throw stationError("station/bad-removal");
      const removal = { log, index, reason, reference, ledgerSize: this.#ledger.size };
      await store.commit([{ kind: "removal", removal }]);
      return await this.#finish(removal);
    });
  }

  /** Messages of a log that are here, and their bytes. Cost: reads all of it */
  async messages(log: LogId): Promise<{ readonly objects: number; readonly bytes: number; readonly at: number[] }> {
    const at: number[] = [];
    let bytes = 0;
    for (let from = 1; ;) {
      const pieces = await this.#ports.store.chunks(log, from, PAGE_BYTES);
      for (const { first, entries } of pieces) {
        for (const [i, entry] of entries.entries()) {
          if (!holdsMessage(entry)) continue;
          at.push(first + i);
          bytes += entry.byteLength;
        }
      }
      const last = pieces.at(-1);
      if (last === undefined) return { objects: at.length, bytes, at };
      from = last.first + last.entries.length;
    }
  }

  /** Begins to remove every message of a log, each with its tombstone; `done` rejects as `order` does. */
  async clear(log: LogId, why: Pick<RemovalOrder, "reason" | "reference">): Promise<Cleared> {
    const { at, objects, bytes } = await this.messages(log);
    const done = Promise.all(at.map((index) => this.order({ log, index, ...why })));
    done.catch(() => undefined);
    return { objects, bytes, done };
  }

  /** Lets go of every message of a mirror that nobody reads any more. */
  async prune(log: LogId): Promise<{ readonly objects: number; readonly bytes: number }> {
    return await this.#hub.care.run(bytesKey(log), async () => {
      const { at, objects, bytes } = await this.messages(log);
      const holes: Hole[] = [];
      for (const first of at) {
        const last = holes.at(-1);
        if (last !== undefined && last.first + last.count === first)
          holes[holes.length - 1] = { ...last, count: last.count + 1 };
        else holes.push({ first, count: 1, status: "pruned", tombstone: undefined });
      }
      if (holes.length > 0) await this.#ports.store.commit(holes.map((hole): Write => ({ kind: "hole", log, hole })));
      return { objects, bytes };
    });
  }

  /** Goes on with what was ordered before a stop. Never rejects: what cannot be done now stays ordered. */
  async resume(): Promise<void> {
    for (const removal of await this.#ports.store.removals().catch(() => [])) {
      const key = `${bytesKey(removal.log)} ${removal.index}`;
      await this.#lock.run(key, () => this.#finish(removal)).catch(() => undefined);
    }
  }

  async #body(log: LogId, index: number): Promise<Uint8Array | undefined> {
    const [piece] = await this.#ports.store.chunks(log, index, 1);
    return piece?.first === index ? piece.entries[0] : undefined;
  }

  async #finish(removal: Removal): Promise<TombstonePlace> {
    const { store, sha256, clock } = this.#ports;
    const { log, index, reason, reference } = removal;
    const key = ledgerLogKey(log, sha256);
    const { generation } = this.#ledger;
    let ledgerIndex = await this.#recorded(key, removal);
    if (ledgerIndex === undefined) {
      const leaves = await store.leaves(log);
      const leafHash = leaves.slice(32 * index, 32 * index + 32);
      if (leafHash.byteLength !== 32) throw new Bug("a removal beyond its log");
      const leaf = { kind: "tombstone", log: key, index, leafHash, timeMs: clock.nowMs(), reason, reference } as const;
      ledgerIndex = await this.#ledger.record(leaf);
    }
    const tombstone = { generation, ledgerIndex };
    await this.#hub.care.run(bytesKey(log), async () => {
      const writes: Write[] = [{ kind: "removal.done", log, index }];
      // It may have been pruned or have expired meanwhile.
      if ((await this.#body(log, index)) !== undefined) {
        writes.push({ kind: "hole", log, hole: { first: index, count: 1, status: "removed", tombstone } });
      }
      await store.commit(writes);
    });
    return tombstone;
  }

  /** Where the tombstone stands when it was recorded before a stop. */
  async #recorded(log: Uint8Array, { index, ledgerSize }: Removal): Promise<number | undefined> {
    const { ledger } = this.#ports.store;
    for (let first = Math.min(ledgerSize, this.#ledger.size); first < this.#ledger.size; first += PAGE_LEAVES) {
      for (const [i, bytes] of (await ledger.leaves(first, PAGE_LEAVES)).entries()) {
        const leaf = decodeLedgerLeaf(bytes);
        if (!leaf.ok || leaf.value.kind !== "tombstone") continue;
        if (leaf.value.index === index && equalBytes(leaf.value.log, log)) return first + i;
      }
    }
    return undefined;
  }
}
