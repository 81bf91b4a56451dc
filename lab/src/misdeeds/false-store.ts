/*
 * A store that answers falsely about some logs: reads of these come from what a mode made of them, and what the station goes
 * on to write to them stays with the falsehood. Everything else is asked of the true store, whatever its port has.
 */
import type { Chunk, Store, StoredChunk, StoredLog, Write } from "@chapar/station";
import { idText, type LogId } from "@chapar/wire";
import { LabError } from "../errors.ts";
import type { FalseLog } from "./false-log.ts";

const EMPTY = new Uint8Array(0);
const HASH_BYTES = 32;

type GrownLogs = Awaited<ReturnType<Store["ledger"]["grownLogs"]>>;

/** What is said of one log. */
export interface Falsehood {
  readonly shown: FalseLog;
  /** reading entries fails */
  readonly refuses: boolean;
  /** the station log is told of it as well */
  readonly isLogged: boolean;
}

/** Some methods of an object replaced, all others its own. */
export function over<T extends object>(own: T, replaced: Partial<T>): T {
  return new Proxy(own, {
    get: (target, name) => {
      const from = Reflect.has(replaced, name) ? replaced : target;
      const value: unknown = Reflect.get(from, name);
      return typeof value === "function" ? (value.bind(from) as unknown) : value;
    },
  });
}

/** The logs that are lied about. */
export class Falsehoods {
  readonly #logs: ReadonlyMap<string, Falsehood>;
  /** logs of which the station log was not told yet */
  readonly #untold: Set<string>;

  /** @param logs  by log, `idText` */
  constructor(logs: ReadonlyMap<string, Falsehood>) {
    this.#logs = logs;
    this.#untold = new Set([...logs].filter(([, one]) => one.isLogged).map(([log]) => log));
  }

  #of(log: LogId): Falsehood | undefined {
    return this.#logs.get(idText(log));
  }

  /** The store of a station that lies. */
  over(own: Store): Store {
    const ledger = over(own.ledger, {
      grownLogs: async (...range) => this.#grown(await own.ledger.grownLogs(...range)),
    });
    return over(own, {
      ledger,
      commit: async (writes: readonly Write[]) => {
        const rest = writes.filter((write) => !this.#isFalse(write));
        if (rest.length > 0) await own.commit(rest);
        for (const write of writes) this.#keep(write);
      },
      log: async (log) => this.#log(log) ?? (await own.log(log)),
      chunks: async (log, from, maxBytes) =>
        this.#chunks(log, from, maxBytes) ?? (await own.chunks(log, from, maxBytes)),
      leaves: async (log) => this.#leaves(log) ?? (await own.leaves(log)),
      headAt: async (log, size) => {
        const held = this.#of(log);
        if (held === undefined) return await own.headAt(log, size);
        return held.shown.chunks.find((chunk) => endOf(chunk) === size)?.head;
      },
    });
  }

  /** What the station log is told: of false logs what is shown, if anything, of others the truth. */
  #grown(truth: GrownLogs): GrownLogs {
    const logs = truth.logs.filter(({ log }) => this.#of(log) === undefined);
    for (const name of this.#untold) {
      const chunk = this.#logs.get(name)?.shown.chunks.at(-1);
      if (chunk !== undefined) logs.push({ log: chunk.log, size: endOf(chunk), range: chunk.range });
    }
    this.#untold.clear();
    return { ...truth, logs };
  }

  #isFalse(write: Write): boolean {
    if (write.kind === "chunk") return this.#of(write.chunk.log) !== undefined;
    return write.kind === "log" && this.#of(write.record.log) !== undefined;
  }

  #keep(write: Write): void {
    if (write.kind !== "log" && write.kind !== "chunk") return;
    const log = write.kind === "log" ? write.record.log : write.chunk.log;
    const held = this.#of(log);
    if (held === undefined) return;
    if (write.kind === "log") held.shown.record = write.record;
    else held.shown.chunks.push(write.chunk);
    if (write.kind === "chunk" && held.isLogged) this.#untold.add(idText(log));
  }

  #log(log: LogId): StoredLog | undefined {
    const held = this.#of(log);
    if (held === undefined) return undefined;
    const last = held.shown.chunks.at(-1);
    const size = last === undefined ? 0 : endOf(last);
    return { record: held.shown.record, size, range: last?.range ?? EMPTY, head: last?.head ?? EMPTY };
  }

  #chunks(log: LogId, from: number, maxBytes: number): readonly StoredChunk[] | undefined {
    const held = this.#of(log);
    if (held === undefined) return undefined;
    if (held.refuses) throw new LabError("lab/not-ready", "refused");
    const out: StoredChunk[] = [];
    let sizeBytes = 0;
    for (const chunk of held.shown.chunks) {
      const skip = Math.max(0, from - chunk.first);
      if (chunk.first + skip >= endOf(chunk)) continue;
      const entries = chunk.entries.slice(skip);
      sizeBytes += entries.reduce((sum, entry) => sum + entry.byteLength, 0);
      if (out.length > 0 && sizeBytes > maxBytes) break;
      out.push({ first: chunk.first + skip, entries, head: chunk.head });
    }
    return out;
  }

  #leaves(log: LogId): Uint8Array | undefined {
    const held = this.#of(log);
    return held && new Uint8Array(Buffer.concat(held.shown.chunks.map((chunk) => chunk.leaves)));
  }
}

/** A store that tells how many commits are not on disk yet. */
export function tallied(own: Store, count: (by: 1 | -1) => void): Store {
  return over(own, {
    commit: async (writes: readonly Write[]) => {
      count(1);
      try {
        await own.commit(writes);
      } finally {
        count(-1);
      }
    },
  });
}

/** Size of the log after a chunk; by its leaves, because a liar may show fewer entries than it counts. */
function endOf(chunk: Chunk): number {
  return chunk.first + chunk.leaves.byteLength / HASH_BYTES;
}
