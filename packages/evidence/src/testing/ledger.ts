/*
 * A station's own log in a test, held whole in memory: leaves, epochs with the maps as they were, and the checkpoint that each
 * epoch was signed in. A copy goes on by itself, with the same key: two copies of an honest log are the two faces of a liar.
 */
import {
  createMapHasher,
  encodeCheckpointText,
  encodeCompactProof,
  encodeMapProof,
  inclusionProof,
  type MapEntry,
  MemoryTree,
  MerkleMap,
  type NoteSignature,
  signNote,
} from "@chapar/log";
import { nth, testHasher, testSha256 } from "@chapar/log/testing";
import { encodeLedgerLeaf, type LedgerLeaf, type StationKey, stationKey } from "@chapar/wire";
import { type Signer, toHex } from "@chapar/wire/bytes";
import { generationKey } from "../claims/generation.ts";
import type { LeafClaim, MapClaim, SignedCheckpoint } from "../types.ts";

const hasher = testHasher();
const mapHasher = createMapHasher(testSha256);
const ZEROS = new Uint8Array(32);

/** Entries of a map by the hex of their keys. */
export type TestMap = ReadonlyMap<string, MapEntry>;

/** A map that was built, and its buckets. */
interface BuiltMap {
  readonly map: MerkleMap;
  readonly buckets: readonly (readonly MapEntry[])[];
}

/** One epoch as it was made. */
interface TestEpoch {
  readonly leafIndex: number;
  readonly heads: BuiltMap;
  readonly identities: BuiltMap;
  /** size of the checkpoint that ends with it */
  readonly size: number;
}

/** Entries above which a map has buckets. */
const MANY = 4096;

function built(entries: TestMap): BuiltMap {
  const map = new MerkleMap(mapHasher, entries.size > MANY ? 12 : 0);
  const buckets: MapEntry[][] = Array.from({ length: 2 ** map.bits }, () => []);
  for (const entry of entries.values()) buckets[map.bucketOf(entry.key)]?.push(entry);
  for (const bucket of buckets) bucket.sort((a, b) => Buffer.compare(a.key, b.key));
  map.update(new Map(buckets.map((bucket, i) => [i, bucket])));
  return { map, buckets };
}

/** A station log whose leaves and epochs a test makes. */
export class TestLedger {
  readonly generation: number;
  readonly #signer: Signer;
  readonly #leaves: Uint8Array[] = [];
  #tree = new MemoryTree(hasher);
  readonly #epochs: TestEpoch[] = [];
  readonly #signatures = new Map<number, NoteSignature>();

  constructor(signer: Signer, generation = 1) {
    this.#signer = signer;
    this.generation = generation;
  }

  /** A log with the same leaves that goes on by itself. */
  copy(): TestLedger {
    const copy = new TestLedger(this.#signer, this.generation);
    for (const leaf of this.#leaves) copy.#append(leaf);
    copy.#epochs.push(...this.#epochs);
    for (const [size, signature] of this.#signatures) copy.#signatures.set(size, signature);
    return copy;
  }

  get size(): number {
    return this.#leaves.length;
  }

  /** Epochs made so far. */
  get epochs(): number {
    return this.#epochs.length;
  }

  get station(): StationKey {
    return stationKey(this.#signer.publicKey);
  }

  #append(leaf: Uint8Array): void {
    this.#leaves.push(leaf);
    this.#tree.append(hasher.leaf(leaf));
  }

  /** Appends a leaf that is no epoch; it is in the checkpoint of the next epoch. Answers its index. */
  record(leaf: LedgerLeaf): number {
    this.#append(encodeLedgerLeaf(leaf));
    return this.size - 1;
  }

  /** Appends an epoch over the maps as they are handed in and signs the checkpoint that ends with it; answers its number. */
  async epoch(heads: TestMap, identities: TestMap, timeMs: number, isWhole: boolean): Promise<number> {
    const number = this.#epochs.length;
    const maps = { heads: built(heads), identities: built(identities) };
    const leaf = {
      kind: "epoch",
      number,
      timeMs,
      headCount: heads.size,
      headsRoot: maps.heads.map.root(),
      identityCount: identities.size,
      identitiesRoot: maps.identities.map.root(),
      residencyRoot: ZEROS,
      egressRoot: ZEROS,
      isWhole,
    } as const;
    const leafIndex = this.record(leaf);
    this.#epochs.push({ leafIndex, ...maps, size: this.size });
    await this.#sign();
    return number;
  }

  get #key() {
    return generationKey(this.station, this.generation, testSha256);
  }

  #text(size: number): string {
    return encodeCheckpointText({ origin: this.#key.name, size, root: this.#tree.root(size) });
  }

  async #sign(): Promise<void> {
    this.#signatures.set(this.size, await signNote(this.#text(this.size), this.#key, this.#signer));
  }

  /** The checkpoint that ended with an epoch, by default the last. */
  checkpoint(epoch: number = this.epochs - 1): SignedCheckpoint {
    const { size } = nth(this.#epochs, epoch);
    const signature = this.#signatures.get(size);
    if (signature === undefined) throw new Error("a checkpoint that was not signed");
    return { size, root: this.#tree.root(size), signature: signature.signature };
  }

  /** The tree, for proofs that a test makes itself. */
  get tree(): MemoryTree {
    return this.#tree;
  }

  /** A leaf, proved in the checkpoint of an epoch, by default the last. Further signatures stand for witnesses'. */
  async leafClaim(
    index: number,
    epoch: number = this.epochs - 1,
    more: readonly NoteSignature[] = [],
  ): Promise<LeafClaim> {
    const { size, root, signature } = this.checkpoint(epoch);
    const { name, keyId } = this.#key;
    const proof = encodeCompactProof({
      index,
      inclusion: await inclusionProof(index, size, this.#tree.reader, hasher),
      checkpoint: { origin: name, size, root },
      note: { text: this.#text(size), signatures: [{ name, keyId, signature }, ...more] },
    });
    return { leaf: nth(this.#leaves, index), proof };
  }

  async #mapClaim(
    epoch: number,
    { map, buckets }: BuiltMap,
    key: Uint8Array,
    more: readonly NoteSignature[],
  ): Promise<MapClaim> {
    const mapProof = encodeMapProof(await map.prove(key, (bucket) => nth(buckets, bucket)), key);
    return { epoch: await this.leafClaim(nth(this.#epochs, epoch).leafIndex, epoch, more), mapProof };
  }

  /** What an epoch says of a log, by its key in the map. */
  headClaim(key: Uint8Array, epoch: number, more: readonly NoteSignature[] = []): Promise<MapClaim> {
    return this.#mapClaim(epoch, nth(this.#epochs, epoch).heads, key, more);
  }

  /** What an epoch says of an identity, by its key in the map. */
  identityClaim(key: Uint8Array, epoch: number, more: readonly NoteSignature[] = []): Promise<MapClaim> {
    return this.#mapClaim(epoch, nth(this.#epochs, epoch).identities, key, more);
  }
}

/** A map with an entry more or another in its place. */
export function withEntry(entries: TestMap, entry: MapEntry): TestMap {
  return new Map(entries).set(toHex(entry.key), entry);
}
