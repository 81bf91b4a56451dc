/* The ledger's part of the store over Maps, for tests; the owner hands in the chunks and accounts as they come. */
import { logId, type LogId } from "@chapar/wire";
import { bytesKey } from "../bytes-key.ts";
import type {
  ChangedAccounts,
  GrownLogs,
  LedgerMapName,
  LedgerReads,
  LedgerRow,
  LedgerWrite,
} from "../store/ledger-port.ts";

interface Arrival {
  readonly log: LogId;
  readonly size: number;
  readonly range: Uint8Array;
}

function compare(a: Uint8Array, b: Uint8Array): number {
  return bytesKey(a) < bytesKey(b) ? -1 : 1;
}

/** Leaves, tiles, maps and witness heads in memory. */
export class MemoryLedger implements LedgerReads {
  readonly #leaves: Uint8Array[] = [];
  readonly #tiles = new Map<string, Uint8Array>();
  readonly #maps: Record<LedgerMapName, Map<string, LedgerRow>> = { heads: new Map(), identities: new Map() };
  readonly #heads = new Map<string, { readonly size: number; readonly root: Uint8Array }>();
  readonly #checkpoints = new Map<string, Uint8Array>();
  readonly #arrivals: Arrival[] = [];
  readonly #accounts: { readonly key: string; readonly ops: readonly Uint8Array[] }[] = [];
  readonly #isMirror: (log: LogId) => boolean;

  constructor(isMirror: (log: LogId) => boolean) {
    this.#isMirror = isMirror;
  }

  /** Leaves so far. */
  get size(): number {
    return this.#leaves.length;
  }

  /** A chunk was stored. */
  arrived(arrival: Arrival): void {
    this.#arrivals.push(arrival);
  }

  /** An account was stored. */
  accountChanged(key: string, ops: readonly Uint8Array[]): void {
    this.#accounts.push({ key, ops });
  }

  apply(write: LedgerWrite): void {
    switch (write.kind) {
      case "ledger-leaf":
        this.#leaves.push(write.leaf);
        return;
      case "ledger-tile":
        this.#tiles.set(`${write.level}/${write.index}`, write.bytes);
        return;
      case "ledger-map":
        this.#maps[write.map].set(bytesKey(write.key), { key: write.key, value: write.value });
        return;
      case "witness-head":
        this.#heads.set(write.origin, { size: write.size, root: write.root });
        return;
      case "witness-checkpoint":
        if (this.#heads.has(write.origin)) this.#checkpoints.set(write.origin, write.checkpoint);
    }
  }

  async leaves(first: number, count: number): Promise<readonly Uint8Array[]> {
    return this.#leaves.slice(first, first + count);
  }

  async tile(level: number, index: number): Promise<Uint8Array | undefined> {
    return this.#tiles.get(`${level}/${index}`);
  }

  async rows(
    map: LedgerMapName,
    from: Uint8Array,
    below: Uint8Array | undefined,
    limit: number,
  ): Promise<readonly LedgerRow[]> {
    return [...this.#maps[map].values()]
      .filter(({ key }) => bytesKey(key) >= bytesKey(from) && (below === undefined || bytesKey(key) < bytesKey(below)))
      .sort((a, b) => compare(a.key, b.key))
      .slice(0, limit);
  }

  async rowCount(map: LedgerMapName): Promise<number> {
    return this.#maps[map].size;
  }

  async grownLogs(after: number, limit: number): Promise<GrownLogs> {
    const seen = this.#arrivals.slice(after, after + limit);
    const latest = new Map(seen.map((one) => [bytesKey(one.log), one]));
    const logs = [...latest.values()].filter((one) => !this.#isMirror(one.log));
    return { mark: after + seen.length, logs: logs.map((one) => ({ ...one, log: logId(one.log) })) };
  }

  async changedAccounts(after: number, limit: number): Promise<ChangedAccounts> {
    // As a table has it: an account stands once, where it changed last.
    const last = new Map(this.#accounts.map(({ key }, place) => [key, place]));
    const places = [...last.values()].filter((place) => place >= after).sort((a, b) => a - b);
    const taken = places.slice(0, limit);
    const mark = (taken.at(-1) ?? after - 1) + 1;
    return { mark, chains: taken.map((place) => this.#accounts[place]?.ops ?? []) };
  }

  async witnessHeads(): Promise<readonly { origin: string; size: number; root: Uint8Array }[]> {
    return [...this.#heads].map(([origin, head]) => ({ origin, ...head }));
  }

  async witnessCheckpoint(origin: string): Promise<Uint8Array | undefined> {
    return this.#checkpoints.get(origin);
  }
}
