/*
 * The log as it was published last, proved: any leaf, the way from one size to another, the incidents. What is durable and not
 * yet signed is not shown.
 */
import { encodeCompactProof } from "@chapar/log";
import { decodeLedgerLeaf, MAX_INCIDENTS, type LoggedLeaf } from "@chapar/wire";
import { stationError } from "../errors.ts";
import type { LedgerReads } from "../store/ledger-port.ts";
import type { Published } from "./checkpoints.ts";
import type { TileLog } from "./tile-log.ts";

const PAGE_LEAVES = 1024;

/** What has happened to a log, counted from its leaves. */
export interface LogTally {
  readonly tombstones: number;
  /** different references among the tombstones: orders that were received */
  readonly orders: number;
  readonly incidents: number;
  readonly unanswered: number;
  readonly evidence: number;
}

/** What a shown log is made of. */
export interface ShownLogParts {
  readonly log: TileLog;
  readonly reads: LedgerReads;
  /** resolves with the first checkpoint, and then at once with the newest */
  readonly shown: () => Promise<Published>;
  /** incidents of generations before this one, proved in them (E-3); oldest first */
  readonly earlier: readonly LoggedLeaf[];
}

/** Proofs about the published log. */
export class ShownLog {
  readonly #parts: ShownLogParts;
  readonly #incidents: number[] = [];
  readonly #orders = new Set<string>();
  #tally = { tombstones: 0, unanswered: 0, evidence: 0 };
  #looked = 0;
  #looking: Promise<void> = Promise.resolve();

  constructor(parts: ShownLogParts) {
    this.#parts = parts;
  }

  /** A leaf and its compact proof (S-15). @throws StationError `station/out-of-range` beyond the published size, in `detail` */
  async leaf(index: number): Promise<LoggedLeaf> {
    return await this.#prove(index, await this.#parts.shown());
  }

  async #prove(index: number, { checkpoint, note }: Published): Promise<LoggedLeaf> {
    if (index >= checkpoint.size) throw stationError("station/out-of-range", checkpoint.size);
    const { log } = this.#parts;
    const inclusion = await log.inclusion(index, checkpoint.size);
    return { leaf: await log.leaf(index), proof: encodeCompactProof({ index, inclusion, checkpoint, note }) };
  }

  /** @throws StationError `station/out-of-range` */
  async consistency(from: number, to: number): Promise<readonly Uint8Array[]> {
    const { checkpoint } = await this.#parts.shown();
    if (from < 1 || from > to || to > checkpoint.size) throw stationError("station/out-of-range", checkpoint.size);
    return from === to ? [] : await this.#parts.log.consistency(from, to);
  }

  /** Incidents of this generation and those before, newest last; the newest MAX_INCIDENTS. */
  async incidents(): Promise<readonly LoggedLeaf[]> {
    const published = await this.#parts.shown();
    await this.#look(published.checkpoint.size);
    const places = this.#incidents.filter((index) => index < published.checkpoint.size).slice(-MAX_INCIDENTS);
    const proved: LoggedLeaf[] = [];
    for (const index of places) proved.push(await this.#prove(index, published));
    return [...this.#parts.earlier, ...proved].slice(-MAX_INCIDENTS);
  }

  /** Counts of the published leaves. Cost: the leaves of these kinds that came since it was asked last */
  async tally(): Promise<LogTally> {
    const { checkpoint } = await this.#parts.shown();
    await this.#look(checkpoint.size);
    const incidents = this.#incidents.length + this.#parts.earlier.length;
    return { ...this.#tally, orders: this.#orders.size, incidents };
  }

  /** Takes notice of leaves below a size, each once, in order. */
  async #look(size: number): Promise<void> {
    const look = async (): Promise<void> => {
      while (this.#looked < size) {
        const page = await this.#parts.reads.notable(this.#looked, PAGE_LEAVES);
        const known = page.filter(({ index }) => index < size);
        for (const { index, leaf } of known) this.#take(index, leaf);
        this.#looked = known.length < PAGE_LEAVES ? size : (known.at(-1)?.index ?? size) + 1;
      }
    };
    await (this.#looking = this.#looking.catch(() => undefined).then(look));
  }

  #take(index: number, bytes: Uint8Array): void {
    const decoded = decodeLedgerLeaf(bytes);
    if (!decoded.ok) return;
    const leaf = decoded.value;
    if (leaf.kind === "incident") this.#incidents.push(index);
    else if (leaf.kind === "tombstone") {
      this.#tally.tombstones++;
      this.#orders.add(leaf.reference);
    } else if (leaf.kind === "unanswered" || leaf.kind === "evidence") this.#tally[leaf.kind]++;
  }
}
