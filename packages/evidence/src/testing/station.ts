/*
 * A station in a test, whole and in memory, that keeps every rule of protocol/9-rule-r.md: it appends and signs, registers readers,
 * prunes by their acks, expires, removes with a tombstone, says what it has, makes epochs, and is restored from older copies.
 *
 * It cannot be told to lie. A liar is two copies of one honest station that go different ways under the same key, and what
 * they sign is a liar's in the open.
 */
import { BatchBuilder, type NoteSignature, type Receipt, type SignedHead, type SignedStatement } from "@chapar/log";
import { nth, testHasher, testSha256, testSigner } from "@chapar/log/testing";
import {
  encodeLedgerHead,
  encodeLedgerIdentity,
  encodeOp,
  deviceId,
  ledgerIdentityKey,
  ledgerIdentityOf,
  ledgerLogKey,
  ledgerSalt,
  type LedgerLeaf,
  type LogId,
  logId,
  opCommitment,
  type StationKey,
  stationKey,
} from "@chapar/wire";
import { concatBytes, equalBytes, type Signer, toHex, utf8 } from "@chapar/wire/bytes";
import { BODY_TTL_MS } from "../bundle/judge-manifest.ts";
import type { MapClaim } from "../types.ts";
import { signIdentityWord } from "../words/identity-word.ts";
import { signManifest } from "../words/manifest.ts";
import { signAck, signReaderWord } from "../words/reader-word.ts";
import { TestLedger, type TestMap, withEntry } from "./ledger.ts";
import { type TestReader, TestRoom } from "./rooms.ts";

const hasher = testHasher();
const NOTHING = new Uint8Array(0);

/** What one group commit gave. */
export interface TestAppended {
  readonly receipts: readonly Receipt[];
  readonly head: SignedHead;
}

/** Which items a manifest is asked for. */
export interface TestRange {
  readonly reader?: Signer | undefined;
  readonly first?: number;
  readonly count?: number;
}

/** A station that keeps the rules. */
export class TestStation {
  readonly signer: Signer;
  readonly key: StationKey;
  /** signing time; never falls */
  timeMs: number;
  ledger: TestLedger;
  readonly #rooms = new Map<string, TestRoom>();
  readonly #chains = new Map<string, readonly Uint8Array[]>();
  #heads: TestMap = new Map();
  #identities: TestMap = new Map();

  /** @param key  the same number, the same key */
  constructor(key: number | Signer = 1, startMs = 1_800_000_000_000) {
    this.signer = typeof key === "number" ? testSigner(key) : key;
    this.key = stationKey(this.signer.publicKey);
    this.timeMs = startMs;
    this.ledger = new TestLedger(this.signer);
  }

  /** The same station, from here on going its own way. */
  copy(): TestStation {
    const copy = new TestStation(this.signer, this.timeMs);
    copy.ledger = this.ledger.copy();
    for (const [name, room] of this.#rooms) copy.#rooms.set(name, room.copy());
    for (const [name, chain] of this.#chains) copy.#chains.set(name, chain);
    copy.#heads = this.#heads;
    copy.#identities = this.#identities;
    return copy;
  }

  /** Lets time pass. */
  tick(ms = 1): void {
    this.timeMs += ms;
  }

  #room(name: string): TestRoom {
    const held = this.#rooms.get(name);
    if (held !== undefined) return held;
    const room = new TestRoom(this.log(name));
    this.#rooms.set(name, room);
    return room;
  }

  /** The id of a log by the name that a test gives it. */
  log(name: string): LogId {
    return logId(testSha256(concatBytes(this.key, utf8(`log ${name}`))));
  }

  /** What the log holds: for proofs that a test makes itself. */
  room(name: string): TestRoom {
    return this.#room(name);
  }

  /** One group commit: what is new is appended, what is there is receipted for its first index (W-32). */
  async append(name: string, entries: readonly string[]): Promise<TestAppended> {
    const room = this.#room(name);
    const indexes = entries.map((entry) => {
      const leafHash = hasher.leaf(utf8(entry));
      const held = room.entries.findIndex((one) => equalBytes(one.leafHash, leafHash));
      return held < 0 ? room.append(utf8(entry), this.timeMs) : held;
    });
    const builder = new BatchBuilder(hasher);
    const head = { logId: room.log, size: room.tree.size, root: room.tree.root() };
    for (const index of indexes) builder.accept({ ...head, index, leafHash: nth(room.entries, index).leafHash });
    const headPlace = builder.head(head);
    const batch = await builder.seal(this.signer, this.timeMs);
    const statements: SignedStatement[] = indexes.map((_, place) => batch.statement(place));
    const signed = batch.statement(headPlace);
    if (signed.kind !== "head") throw new Error("not a head");
    return { receipts: statements.filter((one) => one.kind === "accept"), head: signed };
  }

  /** Registers a reader from an index on (E-10); answers the station's word. */
  async register(name: string, reader: Signer, from: number): Promise<Uint8Array> {
    const room = this.#room(name);
    const held = room.readers.get(toHex(reader.publicKey));
    // Never below what was pruned: a body that is gone is promised to nobody.
    const start = Math.min(held?.from ?? from, Math.max(from, room.pruned));
    const kept: TestReader = { upTo: held?.upTo ?? 0, ack: held?.ack ?? NOTHING, from: start };
    room.readers.set(toHex(reader.publicKey), kept);
    const { log } = room;
    return signReaderWord(
      { log, reader: reader.publicKey, from: Math.max(start, room.pruned), timeMs: this.timeMs },
      this.signer,
    );
  }

  /** Takes a reader's ack when it grows (E-12); answers its bytes. */
  async ack(name: string, reader: Signer, upTo: number): Promise<Uint8Array> {
    const room = this.#room(name);
    const held = room.readers.get(toHex(reader.publicKey));
    const ack = await signAck({ station: this.key, log: room.log, upTo }, reader);
    if (held !== undefined && upTo > held.upTo) room.readers.set(toHex(reader.publicKey), { ...held, upTo, ack });
    return ack;
  }

  /** Prunes every body that no registered reader needs; where nobody is registered, nothing (E-12). */
  prune(name: string): void {
    const room = this.#room(name);
    const readers = [...room.readers.values()];
    if (readers.length === 0) return;
    const least = Math.min(...readers.map((one) => Math.max(one.upTo, one.from)), room.entries.length);
    for (let i = 0; i < least; i++) if (room.entries[i]?.status === "present") room.change(i, "pruned");
    room.pruned = Math.max(room.pruned, least);
  }

  /** Lets bodies older than the time to live expire (E-13). */
  expire(name: string): void {
    const room = this.#room(name);
    for (const [i, entry] of room.entries.entries()) {
      if (entry.status === "present" && this.timeMs - entry.sinceMs > BODY_TTL_MS) room.change(i, "expired");
    }
  }

  /** Removes a body overtly: the tombstone stands in the log first (E-15). */
  remove(name: string, index: number): void {
    const room = this.#room(name);
    const { leafHash } = nth(room.entries, index);
    const tombstone = {
      kind: "tombstone",
      log: ledgerLogKey(room.log, testSha256),
      index,
      leafHash,
      timeMs: this.timeMs,
      reason: "order",
      reference: "1",
    } as const;
    const ledgerIndex = this.ledger.record(tombstone);
    room.change(index, "removed", { generation: this.ledger.generation, ledgerIndex });
  }

  /** A manifest of a range, by default of the whole log (at most 256 entries). */
  async manifest(name: string, { reader, first = 0, count = 256 }: TestRange = {}): Promise<Uint8Array> {
    const room = this.#room(name);
    const entries = room.entries.slice(first, first + count);
    const held = reader && room.readers.get(toHex(reader.publicKey));
    return signManifest(
      {
        log: room.log,
        reader: reader?.publicKey,
        timeMs: this.timeMs,
        size: room.tree.size,
        root: room.tree.root(),
        first,
        ack: held?.ack ?? NOTHING,
        tombstones: entries.flatMap(({ tombstone }, offset) => (tombstone ? [{ offset, ...tombstone }] : [])),
        items: entries.map(({ status, leafHash }) => ({ status, leafHash })),
      },
      this.signer,
    );
  }

  /** The chain of a person by the name that a test gives it. */
  chain(person: string): readonly Uint8Array[] {
    return this.#chains.get(person) ?? [];
  }

  /** A person's key in the map. */
  identity(person: string): Uint8Array {
    return ledgerIdentityKey(ledgerSalt(nth(this.chain(person), 0), testSha256), testSha256);
  }

  /** Adds an op to a person's chain, the genesis first. Well formed, signed by nobody. */
  addOp(person: string, timeMs: number = this.timeMs): Uint8Array {
    const held = this.chain(person);
    const seq = held.length;
    const fill = testSha256(utf8(`person ${person}`));
    const unsigned = { seq, prev: new Uint8Array(32), timeMs, rank: 0, signature: new Uint8Array(64) };
    const home = { station: { key: this.key, urls: [] }, region: "IR" };
    const device = { device: deviceId(fill), inboxReadKey: fill, proof: new Uint8Array(64) };
    const op =
      seq === 0
        ? encodeOp({ ...unsigned, body: { kind: "genesis", rotationKeys: [fill], device, home } })
        : encodeOp({ ...unsigned, body: { kind: "set-home", home } });
    this.#chains.set(person, [...held, op]);
    return op;
  }

  /** The station's word on a person's chain (E-16). */
  identityWord(person: string): Promise<Uint8Array> {
    const held = ledgerIdentityOf(this.chain(person), testSha256);
    return signIdentityWord({ identity: this.identity(person), ...held, timeMs: this.timeMs }, this.signer);
  }

  /** Takes a person's new ops into the log and the map. */
  #takeOps(person: string): void {
    const chain = this.chain(person);
    const salt = ledgerSalt(nth(chain, 0), testSha256);
    const identity = ledgerIdentityKey(salt, testSha256);
    const held = this.#identities.get(toHex(identity));
    for (let seq = held ? opCountOf(held.value) : 0; seq < chain.length; seq++) {
      const commitment = opCommitment(salt, seq, nth(chain, seq), testSha256);
      this.ledger.record({ kind: "identity-op", identity, seq, commitment });
    }
    const value = encodeLedgerIdentity(ledgerIdentityOf(chain, testSha256));
    this.#identities = withEntry(this.#identities, { key: identity, value });
  }

  /**
   * Makes an epoch of this instant; signing time is greater from then on (E-1). Answers its number.
   *
   * @param taken  how many of the rooms and of the people are looked at: fewer than there are make it not whole (E-2)
   */
  async epoch(taken = Number.POSITIVE_INFINITY): Promise<number> {
    const rooms = [...this.#rooms.values()].filter((room) => room.tree.size > 0);
    const people = [...this.#chains.keys()];
    for (const room of rooms.slice(0, taken)) {
      const value = encodeLedgerHead({ size: room.tree.size, root: room.tree.root() });
      this.#heads = withEntry(this.#heads, { key: ledgerLogKey(room.log, testSha256), value });
    }
    for (const person of people.slice(0, taken)) this.#takeOps(person);
    const isWhole = taken >= rooms.length && taken >= people.length;
    const number = await this.ledger.epoch(this.#heads, this.#identities, this.timeMs, isWhole);
    this.tick();
    return number;
  }

  /** The map of people as the last epoch has it. */
  get people(): TestMap {
    return this.#identities;
  }

  /** What an epoch, by default the last, says of a log. */
  headClaim(name: string, epoch?: number, more: readonly NoteSignature[] = []): Promise<MapClaim> {
    return this.ledger.headClaim(ledgerLogKey(this.log(name), testSha256), epoch ?? this.ledger.epochs - 1, more);
  }

  /** What an epoch, by default the last, says of a person. */
  identityClaim(person: string, epoch?: number, more: readonly NoteSignature[] = []): Promise<MapClaim> {
    return this.ledger.identityClaim(this.identity(person), epoch ?? this.ledger.epochs - 1, more);
  }

  /**
   * This copy is what a restoration found: a new generation of the log begins with an incident (E-3).
   *
   * @param toMs  time of the restoration, not before anything that the station has signed
   * @param generation  one that no witness has seen
   */
  restore(toMs: number, generation: number): LedgerLeaf {
    const incident = { kind: "incident", what: "restored", fromMs: this.timeMs, toMs, note: "" } as const;
    this.ledger = new TestLedger(this.signer, generation);
    this.ledger.record(incident);
    this.#heads = new Map();
    this.#identities = new Map();
    this.timeMs = toMs + 1;
    return incident;
  }
}

function opCountOf(value: Uint8Array): number {
  return new DataView(value.buffer, value.byteOffset).getUint32(0);
}
