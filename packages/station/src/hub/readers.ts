/*
 * Readers of a log (E-10, E-12): keys that name nobody, each with the index from which on it needs bodies, and the newest
 * ack that it signed. What is pruned follows from these alone.
 */
import { decodeAck, signReaderWord, verifyAck } from "@chapar/evidence";
import type { LogId } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import { MAX_LOG_READERS } from "../limits.ts";
import type { StationIdentity, StationPorts } from "../ports.ts";
import { readableSize, type Access } from "./hot-log.ts";
import type { Hub } from "./hub.ts";

/** Registers readers and takes their acks. */
export class Readers {
  readonly #ports: StationPorts;
  readonly #self: StationIdentity;
  readonly #hub: Hub;
  readonly #acknowledged: (log: LogId) => void;

  /** @param parts  `acknowledged` is called when an ack has moved on, after it is on disk */
  constructor(parts: {
    readonly ports: StationPorts;
    readonly self: StationIdentity;
    readonly hub: Hub;
    readonly acknowledged: (log: LogId) => void;
  }) {
    this.#ports = parts.ports;
    this.#self = parts.self;
    this.#hub = parts.hub;
    this.#acknowledged = parts.acknowledged;
  }

  /**
   * Registers a reader key whose proof was checked; again: the smaller `from` is kept. What is pruned already is promised
   * to nobody: the word then says a higher `from` than the one asked for.
   *
   * @returns the signed reader word, after the registration is on disk
   * @throws StationError `station/out-of-range` · `station/quota` · of the store
   */
  async register(access: Access, key: Uint8Array, from: number): Promise<Uint8Array> {
    const { log } = access;
    const size = readableSize(access);
    if (from > size) throw stationError("station/out-of-range", size);
    const { signer } = this.#ports;
    // What pruning looks at must not change between its look and its write, nor what is looked at here.
    return await this.#hub.care.run(log.key, async () => {
      const kept = await this.#keep(log.id, key, from);
      // A registration only ever reaches further back, so a word about it stays true at any later time.
      const { timeMs } = await this.#hub.time.word(() => Promise.resolve());
      return await signReaderWord({ log: log.id, reader: key, from: kept, timeMs }, signer);
    });
  }

  async #keep(log: LogId, key: Uint8Array, from: number): Promise<number> {
    const { store } = this.#ports;
    const held = await store.reader(log, key);
    if (held === undefined && (await store.readerNeeds(log)).count >= MAX_LOG_READERS) {
      throw stationError("station/quota", MAX_LOG_READERS);
    }
    const asked = Math.max(from, await store.holeEnd(log, "pruned"));
    const kept = held === undefined ? asked : Math.min(held.from, asked);
    if (kept !== held?.from) {
      const reader = { key: key.slice(), from: kept, upTo: held?.upTo ?? 0, ack: held?.ack ?? new Uint8Array(0) };
      await store.commit([{ kind: "reader", log, reader }]);
    }
    return kept;
  }

  /**
   * Takes an ack; one that says no more than what is known changes nothing.
   *
   * @throws StationError `station/bad-signature` not an ack of this log at this station, or not its reader's ·
   * `station/out-of-range` above what the link may see · `station/not-allowed` the key is not registered
   */
  async acknowledge(access: Access, bytes: Uint8Array): Promise<void> {
    const { log } = access;
    const { store } = this.#ports;
    const ack = decodeAck(bytes);
    const isOurs = ack.ok && equalBytes(ack.value.station, this.#self.ref.key) && equalBytes(ack.value.log, log.id);
    if (!isOurs || !(await verifyAck(ack.value, this.#ports))) throw stationError("station/bad-signature");
    const { reader: key, upTo } = ack.value;
    const size = readableSize(access);
    if (upTo > size) throw stationError("station/out-of-range", size);
    const isNew = await this.#hub.care.run(log.key, async () => {
      const held = await store.reader(log.id, key);
      if (held === undefined) throw stationError("station/not-allowed");
      if (upTo <= held.upTo) return false;
      await store.commit([{ kind: "reader", log: log.id, reader: { ...held, upTo, ack: bytes.slice() } }]);
      return true;
    });
    if (isNew) this.#acknowledged(log.id);
  }
}
