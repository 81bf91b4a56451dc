/*
 * The book of what crossed every link to a peer since the station began, and the words of both sides about it
 * (protocol/14-residency.md §3). A word is asked for every ten seconds where something crossed; a pair of words becomes a line of the egress
 * map with the next epoch.
 */
import { createEvidencePorts } from "@chapar/evidence";
import type { StationKey } from "@chapar/wire";
import { bytesKey } from "../bytes-key.ts";
import type { StationPorts } from "../ports.ts";
import type { Abroad } from "./crossing.ts";
import { LinkLedger, type EgressNotice } from "./link-ledger.ts";

/** How often both sides say what crossed. */
const SETTLE_EVERY_MS = 10_000;

/** A line for the egress map of the station's log. */
export interface EgressEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** What the ledger takes lines from. */
export interface EgressSource {
  /** lines that are new, each link's newest only */
  pending(): readonly EgressEntry[];
  /** They are durable. */
  taken(entries: readonly EgressEntry[]): void;
}

/** Every link of a run. */
export class EgressBook implements EgressSource {
  readonly #ports: StationPorts;
  readonly #self: StationKey;
  readonly #links: LinkLedger[] = [];
  readonly #pending = new Map<string, EgressEntry>();

  constructor(ports: StationPorts, self: StationKey) {
    this.#ports = ports;
    this.#self = self;
  }

  /** Begins to count a link. @param say  sends a notice by it */
  open(peer: Abroad, link: Uint8Array, say: (notice: EgressNotice) => void): LinkLedger {
    const { sha256, verify, signer, clock, observer } = this.#ports;
    const made = new LinkLedger({
      self: this.#self,
      peer,
      link: link.slice(),
      evidence: createEvidencePorts(sha256, verify),
      signer,
      clock,
      say,
      settled: (entry) => void this.#pending.set(bytesKey(entry.key), entry),
      differs: () => observer.note("egress differs"),
    });
    this.#links.push(made);
    return made;
  }

  /** Every link of this run, open or ended. */
  get links(): readonly LinkLedger[] {
    return this.#links;
  }

  pending(): readonly EgressEntry[] {
    return [...this.#pending.values()];
  }

  taken(entries: readonly EgressEntry[]): void {
    for (const entry of entries) {
      const name = bytesKey(entry.key);
      if (this.#pending.get(name) === entry) this.#pending.delete(name);
    }
  }

  /** Has both sides of every open link say what crossed. */
  settle(): void {
    for (const link of this.#links) link.settle();
  }

  /** Settles, again and again, until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#ports.clock.sleep(SETTLE_EVERY_MS, signal).catch(() => undefined);
      if (!signal.aborted) this.settle();
    }
  }
}
