/*
 * The words that every censor of the lab speaks: what it sees (packets of flows), what it says (verdicts), and what a rule
 * is. Rules only decide; `Censor` carries out what they say, the same way in every storey (memory, router, monitor), so that
 * a rule proved against recorded verdicts is the very code that stands in the path of a real client.
 *
 * "Inside" is the censored side. A packet goes `out` when it leaves that side, whoever opened the flow.
 */
import type { Primitives } from "./parsers/primitives.ts";
import type { TcpFacts } from "./parsers/ip.ts";

/** Names of the rules, as docs/lab.md numbers them. */
export type RuleId = `R${number}`;

/** Where a censor stands: in the path, or beside it with copies of the packets. */
export type Position = "in-path" | "off-path";

/** What can carry a rule out. */
export type Engine = "nft" | "router" | "monitor" | "prober";

/** An end of a flow. The port is 0 for ICMP. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A flow and what has been seen of it so far, the packet in hand included. */
export interface Flow {
  readonly id: string;
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly inside: Endpoint;
  readonly outside: Endpoint;
  readonly opener: "inside" | "outside";
  readonly openedAtMs: number;
  /** packets in both directions, those without data and those sent again included */
  readonly packets: number;
  readonly packetsOut: number;
  /** packets with data, without those sent again */
  readonly dataOut: number;
  readonly dataIn: number;
  /** a full TCP handshake was seen */
  readonly established: boolean;
  /** the first bytes of each direction in order, as much as is kept */
  readonly headOut: Uint8Array;
  readonly headIn: Uint8Array;
}

/** One packet. */
export interface Seen {
  readonly flow: Flow;
  readonly direction: "out" | "in";
  /** what is above TCP or UDP; for ICMP the message */
  readonly payload: Uint8Array;
  /** on the wire, with IP header */
  readonly sizeBytes: number;
  readonly tcp: TcpFacts | undefined;
  /** false for data that was seen before (TCP sent it again) */
  readonly fresh: boolean;
}

/**
 * To whom a block applies. `flow`: this flow; `3-tuple`: client address, server address and port; `2-tuple`: both addresses;
 * `server`: server address and port, whoever asks; `client`: everything of the client's.
 */
export type Scope = "flow" | "3-tuple" | "2-tuple" | "server" | "client";

/** What a rule wants done. */
export type Action =
  | {
      readonly kind: "block";
      readonly scope: Scope;
      readonly direction: "out" | "in" | "both";
      readonly forMs: number;
      readonly how: "drop" | "reset";
      /** share of the packets that are hit; 1 */
      readonly rate?: number;
    }
  | { readonly kind: "reset"; readonly toInside: number; readonly toOutside: number }
  | { readonly kind: "answer-dns"; readonly address: string }
  | { readonly kind: "throttle"; readonly bytesPerSecond: number; readonly burstBytes: number }
  | { readonly kind: "probe"; readonly probe: ProbeOrder }
  | { readonly kind: "hold"; readonly forMs: number };

/** A server to be probed, and why. */
export interface ProbeOrder {
  readonly rule: RuleId;
  readonly server: Endpoint;
  /** the client's first bytes, for replays */
  readonly sample: Uint8Array;
}

/** A rule's answer to one packet: may it pass, and what else. Only a censor in the path can keep a packet from passing. */
export interface Verdict {
  readonly pass: boolean;
  readonly actions: readonly Action[];
}

/** What a rule is handed with each packet. */
export interface Surroundings<Params> {
  readonly params: Params;
  readonly nowMs: number;
  /** uniform in [0, 1) */
  readonly random: () => number;
  readonly primitives: Primitives;
}

/** How well a rule does according to its source. */
export interface Accuracy {
  readonly what: string;
  readonly value: string;
  readonly source: string;
}

/** What makes a rule. `State` belongs to the rule alone, is made by `start` and changed by `inspect` only. */
export interface RuleSpec<State, Params extends object> {
  readonly id: RuleId;
  readonly title: string;
  readonly source: string;
  readonly accuracy: readonly Accuracy[];
  readonly engines: readonly Engine[];
  /** `off-path` censors see copies: they cannot keep a packet, and their verdicts come late */
  readonly position: Position;
  /** where the parameters decide it: one rule, several countries */
  positionOf?(params: Params): Position;
  readonly defaults: Params;
  start(params: Params): State;
  inspect(seen: Seen, state: State, around: Surroundings<Params>): Verdict;
  /** nft expressions, each one rule of the border's forward chain; undefined where nft cannot say it */
  nft?(params: Params): readonly string[] | undefined;
}

/** A rule in force: it has its state. */
export interface ArmedRule {
  readonly id: RuleId;
  readonly position: Position;
  inspect(seen: Seen, around: Omit<Surroundings<unknown>, "params">): Verdict;
}

/** A rule as lists and commands handle it, whatever its parameters are. */
export interface Rule {
  readonly id: RuleId;
  readonly title: string;
  readonly source: string;
  readonly accuracy: readonly Accuracy[];
  readonly engines: readonly Engine[];
  readonly position: Position;
  readonly defaults: Readonly<Record<string, unknown>>;
  arm(overrides?: Readonly<Record<string, unknown>>): ArmedRule;
  /** undefined where the rule has no nft form */
  nft(overrides?: Readonly<Record<string, unknown>>): readonly string[] | undefined;
}

/** A rule whose state and parameters are known by type: what a rule's own file exports. */
export interface RuleModule<State, Params extends object> extends Rule {
  readonly spec: RuleSpec<State, Params>;
}

/** Makes a rule from what it is. */
export function defineRule<State, Params extends object>(spec: RuleSpec<State, Params>): RuleModule<State, Params> {
  const { id, title, source, accuracy, engines, position } = spec;
  const merged = (overrides: Readonly<Record<string, unknown>> = {}): Params => ({ ...spec.defaults, ...overrides });
  return {
    spec,
    id,
    title,
    source,
    accuracy,
    engines,
    position,
    defaults: Object.fromEntries(Object.entries(spec.defaults)),
    arm(overrides) {
      const params = merged(overrides);
      const state = spec.start(params);
      return {
        id,
        position: spec.positionOf?.(params) ?? position,
        inspect: (seen, around) => spec.inspect(seen, state, { ...around, params }),
      };
    },
    nft: (overrides) => spec.nft?.(merged(overrides)),
  };
}

/** The packet passes and nothing happens. */
export const ALLOW: Verdict = { pass: true, actions: [] };
/** The packet is lost. */
export const DROP: Verdict = { pass: false, actions: [] };

/** Further packets of a scope are dropped for a time; this one too unless `pass`. */
export function block(
  scope: Scope,
  forMs: number,
  options: { readonly direction?: "out" | "in" | "both"; readonly pass?: boolean } = {},
): Verdict {
  const action: Action = { kind: "block", scope, forMs, how: "drop", direction: options.direction ?? "both" };
  return { pass: options.pass ?? false, actions: [action] };
}

/** The flow stands still from here on, for ever, and nobody is told. */
export const freeze = (): Verdict => block("flow", Number.POSITIVE_INFINITY);

/** The worst of several verdicts: what one loses is lost, what each wants done is done. */
export function combine(verdicts: readonly Verdict[]): Verdict {
  return { pass: verdicts.every(({ pass }) => pass), actions: verdicts.flatMap(({ actions }) => actions) };
}
