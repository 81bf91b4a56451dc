/*
 * A map of the station log over the store: rows lie in the store, the top of the tree in memory. Two states are at hand: what
 * is durable, which the next epoch builds on, and what was published, which proofs are about. Between an epoch's commit and
 * its publication the old values of the rows that changed are kept beside, so proofs go on without waiting.
 */
import {
  encodeMapProof,
  MAP_KEY_BYTES,
  MerkleMap,
  type BucketReader,
  type MapEntry,
  type MapHasher,
} from "@chapar/log";
import { bytesKey } from "../bytes-key.ts";
import type { LedgerMapName, LedgerReads, LedgerRow, LedgerWrite } from "../store/ledger-port.ts";

/** Rows of one bucket, about: what one changed row costs to hash. */
const BUCKET_ROWS = 16;
/** Rows a bucket may have before there are to be more buckets. */
const MAX_BUCKET_ROWS = 128;
const MAX_BITS = 16;
/** Rows read at once. */
const PAGE_ROWS = 4096;
/** Buckets hashed before others get their turn: about 10 ms. */
const PAUSE_EVERY = 256;
const FIRST_KEY: Uint8Array = new Uint8Array(MAP_KEY_BYTES);

/** Lets whatever else waits on this thread go first. */
export type Pause = () => Promise<void>;

interface MapState {
  readonly top: MerkleMap;
  readonly count: number;
}

/** What a map works with. */
export interface MapTools {
  readonly hasher: MapHasher;
  readonly pause: Pause;
}

/** What a map will be when the writes are durable. */
export interface StagedMap extends MapState {
  readonly writes: readonly LedgerWrite[];
  /** rows as they were before, undefined for those that were not */
  readonly before: ReadonlyMap<string, { readonly key: Uint8Array; readonly value: Uint8Array | undefined }>;
}

/** One map: heads or identities. */
export class StoredMap {
  readonly #name: LedgerMapName;
  readonly #reads: LedgerReads;
  readonly #hasher: MapHasher;
  readonly #pause: Pause;
  #durable: MapState;
  #shown: MapState;
  /** by key: what the published map has where the rows have gone on */
  #before = new Map<string, { readonly key: Uint8Array; readonly value: Uint8Array | undefined }>();

  private constructor(name: LedgerMapName, reads: LedgerReads, tools: MapTools, state: MapState) {
    this.#name = name;
    this.#reads = reads;
    this.#hasher = tools.hasher;
    this.#pause = tools.pause;
    this.#durable = state;
    this.#shown = state;
  }

  /** Opens a map over its rows. Cost: every row read and hashed, about 4 s for a million. */
  static async open(name: LedgerMapName, reads: LedgerReads, tools: MapTools): Promise<StoredMap> {
    return new StoredMap(name, reads, tools, await loadMap(name, reads, tools));
  }

  /** Entries that are durable. */
  get count(): number {
    return this.#durable.count;
  }

  /** Root of what is durable. */
  get root(): Uint8Array {
    return this.#durable.top.root();
  }

  /** The durable value of a key. */
  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const row = (await this.#reads.rows(this.#name, key, nextKey(key), 1))[0];
    return row?.value;
  }

  /** Works out a change; changes nothing. @param entries  each key once. Cost: one bucket read and hashed for each */
  async stage(entries: readonly MapEntry[]): Promise<StagedMap> {
    const top = this.#durable.top.copy();
    const byBucket = new Map<number, MapEntry[]>();
    for (const entry of entries) {
      const bucket = top.bucketOf(entry.key);
      const others = byBucket.get(bucket);
      if (others === undefined) byBucket.set(bucket, [entry]);
      else others.push(entry);
    }
    const before = new Map<string, { key: Uint8Array; value: Uint8Array | undefined }>();
    const contents = new Map<number, readonly MapEntry[]>();
    let count = this.#durable.count;
    let done = 0;
    for (const [bucket, changed] of byBucket) {
      if (++done % PAUSE_EVERY === 0) {
        top.update(contents);
        contents.clear();
        await this.#pause();
      }
      const rows = new Map((await this.#rowsOf(top.bits, bucket)).map((row) => [bytesKey(row.key), row]));
      for (const entry of changed) {
        const key = bytesKey(entry.key);
        const held = rows.get(key);
        if (held === undefined) count++;
        before.set(key, { key: entry.key, value: held?.value });
        rows.set(key, entry);
      }
      contents.set(bucket, sorted(rows));
    }
    top.update(contents);
    const writes = entries.map(({ key, value }) => ({ kind: "ledger-map", map: this.#name, key, value }) as const);
    return { top, count, writes, before };
  }

  /** The staged rows are about to be written: proofs about the published map must find the old ones. */
  expect(staged: StagedMap): void {
    for (const [key, row] of staged.before) if (!this.#before.has(key)) this.#before.set(key, row);
  }

  /** The staged rows are durable. */
  advance(staged: StagedMap): void {
    this.#durable = staged;
  }

  /** Takes more buckets when the map has outgrown those it has. Cost: then, every row read again; eightfold growth apart */
  async grow(): Promise<void> {
    const { top, count } = this.#durable;
    if (count <= MAX_BUCKET_ROWS * 2 ** top.bits || top.bits >= MAX_BITS) return;
    this.#durable = await loadMap(this.#name, this.#reads, { hasher: this.#hasher, pause: this.#pause });
  }

  /** What is durable is published. */
  publish(): void {
    this.#shown = this.#durable;
    this.#before = new Map();
  }

  /** An encoded proof about a key in the published map. Cost: one bucket read and hashed. */
  async prove(key: Uint8Array): Promise<Uint8Array> {
    const { top } = this.#shown;
    const before = this.#before;
    const read: BucketReader = async (bucket) => {
      const rows = new Map((await this.#rowsOf(top.bits, bucket)).map((row) => [bytesKey(row.key), row]));
      for (const [name, row] of before) {
        if (top.bucketOf(row.key) !== bucket) continue;
        if (row.value === undefined) rows.delete(name);
        else rows.set(name, { key: row.key, value: row.value });
      }
      return sorted(rows);
    };
    return encodeMapProof(await top.prove(key, read), key);
  }

  async #rowsOf(bits: number, bucket: number): Promise<readonly LedgerRow[]> {
    const below = bucket + 1 === 2 ** bits ? undefined : firstKey(bits, bucket + 1);
    return await this.#reads.rows(this.#name, firstKey(bits, bucket), below, Number.MAX_SAFE_INTEGER);
  }
}

function sorted(rows: ReadonlyMap<string, MapEntry>): MapEntry[] {
  // bytesKey orders as the bytes do: two of them a UTF-16 unit, high byte first.
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

/** The lowest key of a bucket. */
function firstKey(bits: number, bucket: number): Uint8Array {
  const key = new Uint8Array(MAP_KEY_BYTES);
  for (let i = 0; i < bits; i++) {
    if (Math.floor(bucket / 2 ** (bits - 1 - i)) % 2 === 1) key[i >> 3] = (key[i >> 3] ?? 0) | (0x80 >> (i & 7));
  }
  return key;
}

/** The key after one; undefined after the last. */
function nextKey(key: Uint8Array): Uint8Array | undefined {
  const next = key.slice();
  for (let i = next.byteLength - 1; i >= 0; i--) {
    const byte = ((next[i] ?? 0) + 1) & 0xff;
    next[i] = byte;
    if (byte !== 0) return next;
  }
  return undefined;
}

async function loadMap(name: LedgerMapName, reads: LedgerReads, { hasher, pause }: MapTools): Promise<MapState> {
  const expected = await reads.rowCount(name);
  const bits = Math.min(MAX_BITS, Math.max(0, Math.ceil(Math.log2(Math.max(1, expected) / BUCKET_ROWS))));
  const top = new MerkleMap(hasher, bits);
  let count = 0;
  let contents = new Map<number, LedgerRow[]>();
  for (let from: Uint8Array | undefined = FIRST_KEY; from !== undefined;) {
    const rows: readonly LedgerRow[] = await reads.rows(name, from, undefined, PAGE_ROWS);
    for (const row of rows) {
      const bucket = top.bucketOf(row.key);
      const others = contents.get(bucket);
      if (others === undefined) contents.set(bucket, [row]);
      else others.push(row);
    }
    count += rows.length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) break;
    // The last bucket may go on in the next page.
    const open = top.bucketOf(last.key);
    const rest = contents.get(open) ?? [];
    contents.delete(open);
    top.update(contents);
    contents = new Map([[open, rest]]);
    from = nextKey(last.key);
    await pause();
  }
  top.update(contents);
  return { top, count };
}
