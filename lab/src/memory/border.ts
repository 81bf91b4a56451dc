/*
 * The wire of the in-memory storey: packets travel half way, meet the censor, and travel on if they may. Whoever owns a flow
 * is told of forged packets for it.
 */
import type { Censor, Injection } from "../censor.ts";
import type { IpPacket } from "../parsers/ip.ts";
import type { ProbeOrder, RuleId } from "../vocabulary.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** One way from end to end; the border is in the middle. */
export const ONE_WAY_MS = 40;

/** What the border does with one packet of a flow. */
export type Deliver = (packet: IpPacket) => void;

/** The border with its censor. */
export class MemoryBorder {
  readonly clock: VirtualClock;
  /** rules that acted, in order */
  readonly acted: RuleId[] = [];
  /** servers that a prober would ask; nobody asks in memory */
  readonly probes: ProbeOrder[] = [];
  readonly #censor: Censor;
  readonly #owners = new Map<string, (injection: Injection) => void>();

  constructor(clock: VirtualClock, censor: Censor) {
    this.clock = clock;
    this.#censor = censor;
  }

  /** Tells the owner of a flow about forged packets, until the returned function is called. */
  own(flowId: string, forged: (injection: Injection) => void): () => void {
    this.#owners.set(flowId, forged);
    return () => this.#owners.delete(flowId);
  }

  /** Sends a packet across. */
  send(packet: IpPacket, direction: "out" | "in", deliver: Deliver): void {
    const half = ONE_WAY_MS / 2;
    this.clock.at(this.clock.nowMs() + half, () => {
      const { forward, holdMs, injections, probes, by } = this.#censor.handle(packet, direction, this.clock.nowMs());
      this.acted.push(...by);
      this.probes.push(...probes);
      this.#inject(injections);
      this.#awaitLateVerdicts();
      if (forward) this.clock.at(this.clock.nowMs() + half + holdMs, () => deliver(packet));
    });
  }

  #inject(injections: readonly Injection[]): void {
    for (const injection of injections) {
      const forged = this.#owners.get(injection.flowId);
      if (forged !== undefined) this.clock.at(this.clock.nowMs() + ONE_WAY_MS / 2, () => forged(injection));
    }
  }

  #awaitLateVerdicts(): void {
    const atMs = this.#censor.nextDueMs;
    if (atMs === undefined) return;
    this.clock.at(atMs, () => {
      const { injections, probes } = this.#censor.due(this.clock.nowMs());
      this.probes.push(...probes);
      this.#inject(injections);
    });
  }
}
