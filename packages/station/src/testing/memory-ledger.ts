/* The ledger's part of the store over Maps, for tests; the owner hands in the chunks and accounts as they come. */
import { ledgerIdentityKey, ledgerSalt, logId, type LogId } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { bytesKey } from "../bytes-key.ts";
import { nodeSha256 } from "../node/node-crypto.ts";
import type {
  ArrivalMarks,
  ChangedAccounts,
  GrownLogs,
  LedgerMapName,
  LedgerReads,
  LedgerRow,
  LedgerWrite,
  NotableLeaf,
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
  readonly #maps = new Map<LedgerMapName, Map<string, LedgerRow>>();
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
        this.#map(write.map).set(bytesKey(write.key), { key: write.key, value: write.value });
        return;
      case "witness-head":
        this.#heads.set(write.origin, { size: write.size, root: write.root });
        return;
      case "witness-checkpoint":
        if (this.#heads.has(write.origin)) this.#checkpoints.set(write.origin, write.checkpoint);
    }
  }

  #map(name: LedgerMapName): Map<string, LedgerRow> {
    const held = this.#maps.get(name) ?? new Map<string, LedgerRow>();
    this.#maps.set(name, held);
    return held;
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
    return [...this.#map(map).values()]
      .filter(({ key }) => bytesKey(key) >= bytesKey(from) && (below === undefined || bytesKey(key) < bytesKey(below)))
      .sort((a, b) => compare(a.key, b.key))
      .slice(0, limit);
  }

  async rowCount(map: LedgerMapName): Promise<number> {
    return this.#map(map).size;
  }

  async marks(): Promise<ArrivalMarks> {
    return { logs: this.#arrivals.length, accounts: this.#accounts.length };
  }

  async grownLogs(after: number, upTo: number, limit: number): Promise<GrownLogs> {
    const seen = this.#arrivals.slice(after, Math.min(after + limit, upTo));
    const latest = new Map(seen.map((one) => [bytesKey(one.log), one]));
    const logs = [...latest.values()].filter((one) => !this.#isMirror(one.log));
    const mark = seen.length < limit ? upTo : after + seen.length;
    return { mark, logs: logs.map((one) => ({ ...one, log: logId(one.log) })) };
  }

  async changedAccounts(after: number, upTo: number, limit: number): Promise<ChangedAccounts> {
    const seen = this.#accounts.slice(after, Math.min(after + limit, upTo));
    const latest = new Map(seen.map(({ key, ops }) => [key, ops]));
    return { mark: seen.length < limit ? upTo : after + seen.length, chains: [...latest.values()] };
  }

  async notable(from: number, limit: number): Promise<readonly NotableLeaf[]> {
    const all = this.#leaves.map((leaf, index) => ({ index, leaf }));
    return all.filter(({ index, leaf }) => index >= from && (leaf[1] ?? 0) > 1).slice(0, limit);
  }

  async chain(identity: Uint8Array): Promise<readonly Uint8Array[] | undefined> {
    return this.#accounts.findLast(({ ops: [genesis] }) => {
      const key = genesis && ledgerIdentityKey(ledgerSalt(genesis, nodeSha256), nodeSha256);
      return key !== undefined && equalBytes(key, identity);
    })?.ops;
  }

  async witnessHeads(): Promise<readonly { origin: string; size: number; root: Uint8Array }[]> {
    return [...this.#heads].map(([origin, head]) => ({ origin, ...head }));
  }

  async witnessCheckpoint(origin: string): Promise<Uint8Array | undefined> {
    return this.#checkpoints.get(origin);
  }
}
