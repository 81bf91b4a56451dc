/*
 * Carries out what rules say: keeps blocks, throttles flows, forges packets, delays the verdicts of off-path rules. It has no
 * clock and no sockets: an engine hands it each packet and the time, and does what comes back. The same object censors the
 * in-memory storey and the router in the path of real processes.
 */
import { FlowTable } from "./flow-table.ts";
import { FlowTracker } from "./flow-tracker.ts";
import { forgeDnsAnswer, parseDnsQuery } from "./parsers/dns.ts";
import { buildTcp, buildUdp, type Ends, type IpPacket } from "./parsers/ip.ts";
import type { Primitives } from "./parsers/primitives.ts";
import type { Action, ArmedRule, Flow, ProbeOrder, RuleId, Scope, Seen } from "./vocabulary.ts";

/** A forged packet. */
export interface Injection {
  readonly kind: "reset" | "dns";
  readonly toward: "inside" | "outside";
  readonly flowId: string;
  /** the IPv4 packet */
  readonly bytes: Uint8Array;
}

/** What an engine has to do with a packet. */
export interface Outcome {
  readonly forward: boolean;
  /** keep the packet so long before it is forwarded */
  readonly holdMs: number;
  readonly injections: readonly Injection[];
  readonly probes: readonly ProbeOrder[];
  /** rules that acted on this packet, or whose block hit it */
  readonly by: readonly RuleId[];
}

/** What came due without a packet. */
export interface Due {
  readonly injections: readonly Injection[];
  readonly probes: readonly ProbeOrder[];
}

/** What a censor is made of. */
export interface CensorOptions {
  readonly rules: readonly ArmedRule[];
  readonly primitives: Primitives;
  /** uniform in [0, 1) */
  readonly random: () => number;
  /** how late an off-path verdict comes; `offPathDelayMs` unless told otherwise */
  readonly delayMs?: (random: () => number) => number;
}

interface Block {
  readonly rule: RuleId;
  readonly untilMs: number;
  readonly action: Extract<Action, { kind: "block" }>;
}

interface Bucket {
  tokens: number;
  filledAtMs: number;
  readonly bytesPerSecond: number;
  readonly burstBytes: number;
}

interface Numbers {
  out: number;
  in: number;
}

const MAX_BLOCKS = 65_536;
const FORGET_MS = 600_000;

/** Delay of the GFW's QUIC verdicts: p10, p50, p90 = 80, 110, 189 ms (QUIC25, n = 742), with straight lines between. */
export function offPathDelayMs(random: () => number): number {
  const at = random();
  if (at < 0.5) return 80 + ((at - 0.1) / 0.4) * 30;
  return 110 + ((at - 0.5) / 0.4) * 79;
}

/** The key under which a block of some scope is kept. */
function scopeKey(scope: Scope, { id, inside, outside }: Flow): string {
  if (scope === "flow") return id;
  if (scope === "client") return inside.address;
  if (scope === "2-tuple") return `${inside.address} ${outside.address}`;
  const server = `${outside.address}:${outside.port}`;
  return scope === "server" ? server : `${inside.address} ${server}`;
}

const SCOPES: readonly Scope[] = ["flow", "3-tuple", "2-tuple", "server", "client"];

/** A censor of several rules. Memory is bounded; what is oldest is forgotten first. */
export class Censor {
  readonly #options: CensorOptions;
  readonly #tracker = new FlowTracker();
  readonly #blocks = new FlowTable<Block>(MAX_BLOCKS, Number.POSITIVE_INFINITY);
  readonly #buckets = new FlowTable<Bucket>(MAX_BLOCKS, FORGET_MS);
  readonly #numbers = new FlowTable<Numbers>(MAX_BLOCKS, FORGET_MS);
  #pending: {
    readonly atMs: number;
    readonly rule: RuleId;
    readonly actions: readonly Action[];
    readonly seen: Seen;
  }[] = [];

  constructor(options: CensorOptions) {
    this.#options = options;
  }

  /** When the next off-path verdict comes due; undefined when none is pending. */
  get nextDueMs(): number | undefined {
    return this.#pending.length === 0 ? undefined : Math.min(...this.#pending.map(({ atMs }) => atMs));
  }

  /** Judges one packet that crosses the border. */
  handle(packet: IpPacket, direction: "out" | "in", nowMs: number): Outcome {
    const seen = this.#tracker.see(packet, direction, nowMs);
    this.#noteNumbers(seen, nowMs);
    const due = this.due(nowMs);
    const work: Work = { forward: true, holdMs: 0, injections: [...due.injections], probes: [...due.probes], by: [] };
    this.#applyBlocks(seen, nowMs, work);
    const around = { nowMs, random: this.#options.random, primitives: this.#options.primitives };
    for (const rule of this.#options.rules) {
      const { pass, actions } = rule.inspect(seen, around);
      if (actions.length > 0 || !pass) work.by.push(rule.id);
      const isInPath = rule.position === "in-path";
      if (isInPath && !pass) work.forward = false;
      const delayMs = isInPath || actions.length === 0 ? 0 : this.#delayMs();
      if (delayMs <= 0) this.#act(rule.id, actions, seen, nowMs, work);
      // The client's first bytes must not change under a verdict that waits.
      else
        this.#pending.push({
          atMs: nowMs + delayMs,
          rule: rule.id,
          actions,
          seen: { ...seen, payload: seen.payload.slice() },
        });
    }
    if (work.forward && !this.#withinRate(seen, nowMs)) work.forward = false;
    return work;
  }

  /** Carries out the off-path verdicts that have come due. */
  due(nowMs: number): Due {
    const work: Work = { forward: true, holdMs: 0, injections: [], probes: [], by: [] };
    const due = this.#pending.filter(({ atMs }) => atMs <= nowMs);
    if (due.length === 0) return work;
    this.#pending = this.#pending.filter(({ atMs }) => atMs > nowMs);
    for (const { atMs, rule, actions, seen } of due) this.#act(rule, actions, seen, atMs, work);
    return work;
  }

  /** Blocks a server for everybody: what a prober does with one that it has recognised. */
  blockServer(
    rule: RuleId,
    server: { readonly address: string; readonly port: number },
    forMs: number,
    nowMs: number,
  ): void {
    const action = { kind: "block", scope: "server", direction: "both", forMs, how: "drop" } as const;
    this.#blocks.set(`server ${server.address}:${server.port}`, { rule, untilMs: nowMs + forMs, action }, nowMs);
  }

  #delayMs(): number {
    return (this.#options.delayMs ?? offPathDelayMs)(this.#options.random);
  }

  #act(rule: RuleId, actions: readonly Action[], seen: Seen, nowMs: number, work: Work): void {
    for (const action of actions) {
      if (action.kind === "block") {
        const key = `${action.scope} ${scopeKey(action.scope, seen.flow)}`;
        this.#blocks.set(key, { rule, untilMs: nowMs + action.forMs, action }, nowMs);
      } else if (action.kind === "reset") this.#reset(seen.flow, action, nowMs, work);
      else if (action.kind === "throttle") {
        const { bytesPerSecond, burstBytes } = action;
        this.#buckets.set(seen.flow.id, { tokens: burstBytes, filledAtMs: nowMs, bytesPerSecond, burstBytes }, nowMs);
      } else if (action.kind === "probe") work.probes.push(action.probe);
      else if (action.kind === "hold") work.holdMs = Math.max(work.holdMs, action.forMs);
      else this.#answerDns(seen, action.address, work);
    }
  }

  #applyBlocks(seen: Seen, nowMs: number, work: Work): void {
    for (const scope of SCOPES) {
      const key = `${scope} ${scopeKey(scope, seen.flow)}`;
      const found = this.#blocks.get(key, nowMs);
      if (found === undefined) continue;
      if (found.untilMs <= nowMs) {
        this.#blocks.delete(key);
        continue;
      }
      const { direction, how, rate = 1 } = found.action;
      if (direction !== "both" && direction !== seen.direction) continue;
      if (rate < 1 && this.#options.random() >= rate) continue;
      work.by.push(found.rule);
      if (how === "drop") work.forward = false;
      // A reset never answers a reset.
      else if (seen.tcp?.rst === false) this.#reset(seen.flow, { toInside: 1, toOutside: 1 }, nowMs, work);
    }
  }

  #noteNumbers({ flow, direction, tcp, payload }: Seen, nowMs: number): void {
    if (tcp === undefined || tcp.rst) return;
    const numbers = this.#numbers.of(flow.id, nowMs, () => ({ out: 0, in: 0 }));
    numbers[direction] = (tcp.seq + payload.byteLength + (tcp.syn || tcp.fin ? 1 : 0)) >>> 0;
    if (tcp.ack) numbers[direction === "out" ? "in" : "out"] = tcp.ackNumber;
  }

  #reset(
    flow: Flow,
    counts: { readonly toInside: number; readonly toOutside: number },
    nowMs: number,
    work: Work,
  ): void {
    const numbers = this.#numbers.get(flow.id, nowMs);
    if (numbers === undefined) return;
    const forge = (toward: "inside" | "outside"): Injection => {
      const [from, to] = toward === "inside" ? [flow.outside, flow.inside] : [flow.inside, flow.outside];
      const [seq, ackNumber] = toward === "inside" ? [numbers.in, numbers.out] : [numbers.out, numbers.in];
      const ends: Ends = {
        source: from.address,
        sourcePort: from.port,
        destination: to.address,
        destinationPort: to.port,
      };
      return {
        kind: "reset",
        toward,
        flowId: flow.id,
        bytes: buildTcp(ends, { rst: true, ack: true, seq, ackNumber }),
      };
    };
    for (let i = 0; i < counts.toInside; i++) work.injections.push(forge("inside"));
    for (let i = 0; i < counts.toOutside; i++) work.injections.push(forge("outside"));
  }

  #answerDns({ flow, payload }: Seen, address: string, work: Work): void {
    const question = parseDnsQuery(payload);
    if (!question.ok) return;
    const ends: Ends = {
      source: flow.outside.address,
      sourcePort: flow.outside.port,
      destination: flow.inside.address,
      destinationPort: flow.inside.port,
    };
    const bytes = buildUdp(ends, forgeDnsAnswer(payload, question.value, address));
    work.injections.push({ kind: "dns", toward: "inside", flowId: flow.id, bytes });
  }

  /** A token bucket that drops what is over the rate: policing, not shaping. */
  #withinRate({ flow, sizeBytes }: Seen, nowMs: number): boolean {
    const bucket = this.#buckets.get(flow.id, nowMs);
    if (bucket === undefined) return true;
    const earned = ((nowMs - bucket.filledAtMs) / 1000) * bucket.bytesPerSecond;
    bucket.tokens = Math.min(bucket.burstBytes, bucket.tokens + earned);
    bucket.filledAtMs = nowMs;
    if (bucket.tokens < sizeBytes) return false;
    bucket.tokens -= sizeBytes;
    return true;
  }
}

interface Work {
  forward: boolean;
  holdMs: number;
  readonly injections: Injection[];
  readonly probes: ProbeOrder[];
  readonly by: RuleId[];
}
