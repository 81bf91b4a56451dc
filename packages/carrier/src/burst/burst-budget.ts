/*
 * How much one connection may carry, and how often one may be opened. Since 2025 flows to listed networks freeze after 25
 * packets, both directions together (3-road.md R10), and since 2026 more than three TLS handshakes to one name less than
 * 400 ms apart are dropped (R11). So an exchange is planned in packets, and connections to one host keep their distance.
 */
import type { Clock, Rng } from "../port.ts";

/** What a connection may cost. */
export interface BurstBudget {
  /** packets of a connection, both directions, handshakes and acknowledgements included */
  readonly packets: number;
  /** time between two connections to one host, at least; up to a fifth more at random */
  readonly gapMs: number;
}

/** Under 25 packets with a reserve for what the network sends twice; TCP and request heads alone. */
export const PLAIN_BUDGET: BurstBudget = { packets: 18, gapMs: 200 };
/** As PLAIN_BUDGET; a TLS 1.3 handshake with a post-quantum key and a usual chain takes ten of them, so little is spare. */
export const TLS_BUDGET: BurstBudget = { packets: 22, gapMs: 420 };

const PACKET_BYTES = 1400;
const MOST_BYTES = 12_000;
/** SYN, SYN-ACK, ACK; closing happens when everything has arrived. */
const TCP_PACKETS = 3;
/** ClientHello 2, server's flight 4, acknowledgements 2, Finished 1, tickets 1. */
const TLS_PACKETS = 10;
/** Request line, response line and fields, both ends. */
const HEAD_BYTES = 700;

/** How much a connection carries up, and leaves room for down. */
export interface BurstPlan {
  readonly upBytes: number;
  readonly downBytes: number;
}

/** Every second packet of data is acknowledged by one of its own. */
function packetsFor(sizeBytes: number): number {
  return Math.ceil(Math.ceil((sizeBytes + HEAD_BYTES) / PACKET_BYTES) * 1.5);
}

function bytesFor(packets: number): number {
  return Math.max(0, Math.min(MOST_BYTES, Math.floor(packets / 1.5) * PACKET_BYTES - HEAD_BYTES));
}

/** How a budget that is not for a censored network is meant: no bound worth speaking of. */
function isUnbounded(budget: BurstBudget): boolean {
  return budget.packets >= 1000;
}

/**
 * Splits a connection's budget: what waits goes up, the rest is room for the answer, and a third is always left for it.
 */
export function planBurst(waitingBytes: number, isTls: boolean, budget: BurstBudget): BurstPlan {
  if (isUnbounded(budget)) {
    const mostBytes = Math.min(1_000_000, budget.packets * PACKET_BYTES);
    return { upBytes: Math.min(waitingBytes, mostBytes), downBytes: mostBytes };
  }
  const packets = budget.packets - TCP_PACKETS - (isTls ? TLS_PACKETS : 0);
  const upBytes = Math.min(waitingBytes, bytesFor((packets * 2) / 3));
  return { upBytes, downBytes: bytesFor(packets - packetsFor(upBytes)) };
}

/** Keeps connections to one host apart. */
export class BurstPacer {
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #gapMs: number;
  readonly #freeAtMs = new Map<string, number>();

  constructor(clock: Clock, rng: Rng, gapMs: number) {
    this.#clock = clock;
    this.#rng = rng;
    this.#gapMs = gapMs;
  }

  /**
   * Waits for a turn at the host that is free first.
   *
   * @throws the signal's reason when aborted
   */
  async turn(hosts: readonly string[], signal: AbortSignal): Promise<string> {
    let host = hosts[0] ?? "";
    for (const other of hosts) if (this.#freeAt(other) < this.#freeAt(host)) host = other;
    const nowMs = this.#clock.nowMs();
    // A clock that jumped back must not stop the link for longer than a few turns.
    const atMs = Math.min(Math.max(nowMs, this.#freeAt(host)), nowMs + 20 * this.#gapMs);
    this.#freeAtMs.set(host, atMs + this.#gapMs * (1 + this.#rng.next() / 5));
    if (atMs > nowMs) await this.#clock.sleep(atMs - nowMs, signal);
    signal.throwIfAborted();
    return host;
  }

  #freeAt(host: string): number {
    return this.#freeAtMs.get(host) ?? 0;
  }
}
