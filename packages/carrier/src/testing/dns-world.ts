/*
 * Resolvers in memory between a dialer and a name server, over a clock: what real ones do to queries. They lose, repeat and reorder them, ask
 * again when the server is slow, change the case of names, answer from what they remember, refuse record types, forge answers.
 */
import type { DnsAcceptor } from "../dns/dns-acceptor.ts";
import type { OpenDatagrams } from "../dns/dns-carrier.ts";
import type { ResolverAddress } from "../dns/dns-route.ts";
import type { Clock } from "../port.ts";
import type { SeededRng } from "./seeded-rng.ts";

/** What one resolver does. */
export interface ResolverHabits {
  /** one way, between dialer and resolver and server together; 100 */
  readonly latencyMs?: number;
  /** added at random */
  readonly jitterMs?: number;
  /** share of messages that get lost, each way */
  readonly lossRate?: number;
  /** share of queries that reach the server twice, and of answers that reach the dialer twice */
  readonly repeatRate?: number;
  /** share of queries that reach the server once more after some seconds */
  readonly replayRate?: number;
  /** changes the case of letters in names (draft-vixie-dnsext-dns0x20) */
  readonly variesCase?: boolean;
  /** answers a name that it was asked before with what it has */
  readonly remembers?: boolean;
  /** record types that are answered REFUSED */
  readonly refusedTypes?: readonly number[];
  /** queries a second; more are answered SERVFAIL */
  readonly mostPerSecond?: number;
  /** an answer of somebody else's overtakes each true one */
  readonly forges?: boolean;
  /** longer queries are swallowed */
  readonly maxQueryBytes?: number;
}

/** What passed. */
export interface DnsTraffic {
  readonly atMs: number;
  readonly resolver: number;
  readonly query: Uint8Array;
}

const NEVER = new AbortController().signal;
const HEADER_BYTES = 12;

/** A copy of a query's answer with an error and nothing else. */
function refusing(query: Uint8Array, code: number): Uint8Array {
  const bytes = query.slice();
  bytes[2] = (bytes[2] ?? 0) | 0x80;
  bytes[3] = 0x80 | code;
  return bytes;
}

/** The network between. */
export class DnsWorld {
  readonly seen: DnsTraffic[] = [];
  /** every answer that a dialer was given */
  readonly answers: Uint8Array[] = [];
  acceptor!: DnsAcceptor;
  readonly #clock: Clock;
  readonly #rng: SeededRng;
  readonly #habits: ResolverHabits[];
  readonly #memories: Map<string, Uint8Array>[];
  readonly #asked: number[][];

  constructor(clock: Clock, rng: SeededRng, habits: readonly ResolverHabits[]) {
    this.#clock = clock;
    this.#rng = rng;
    this.#habits = [...habits];
    this.#memories = habits.map(() => new Map<string, Uint8Array>());
    this.#asked = habits.map(() => []);
  }

  /** Addresses of the resolvers. */
  get addresses(): readonly ResolverAddress[] {
    return this.#habits.map((_, i) => ({ host: `192.0.2.${i + 1}`, port: 53 }));
  }

  /** As a route names them. */
  get via(): string[] {
    return this.addresses.map(({ host }) => host);
  }

  change(index: number, habits: ResolverHabits): void {
    this.#habits[index] = habits;
  }

  readonly open: OpenDatagrams = (resolvers, came) => {
    let isOpen = true;
    const send = (to: ResolverAddress, bytes: Uint8Array): void => {
      const index = Number(to.host.split(".").at(-1)) - 1;
      const from = resolvers.find((each) => each.host === to.host) ?? to;
      this.seen.push({ atMs: this.#clock.nowMs(), resolver: index, query: bytes });
      this.#ask(index, bytes, (answer) => {
        if (!isOpen) return;
        this.answers.push(answer);
        came(from, answer);
      });
    };
    return Promise.resolve({ send, close: () => (isOpen = false) });
  };

  #later(habits: ResolverHabits, act: () => void, extraMs = 0): void {
    const { latencyMs = 100, jitterMs = 0, lossRate = 0 } = habits;
    if (this.#rng.next() < lossRate) return;
    const delayMs = latencyMs + extraMs + this.#rng.next() * jitterMs;
    void this.#clock.sleep(delayMs, NEVER).then(act);
  }

  #ask(index: number, query: Uint8Array, give: (answer: Uint8Array) => void): void {
    const habits = this.#habits[index] ?? {};
    const { repeatRate = 0, replayRate = 0, maxQueryBytes = Number.POSITIVE_INFINITY } = habits;
    if (query.byteLength > maxQueryBytes) return;
    const back = (answer: Uint8Array): void => {
      const own = answer.slice();
      own.set(query.subarray(0, 2));
      this.#later(habits, () => give(own));
      if (this.#rng.next() < repeatRate) this.#later(habits, () => give(own), 30);
    };
    const error = this.#error(index, habits, query);
    if (error !== undefined) return back(refusing(query, error));
    if (habits.forges === true) this.#later({ latencyMs: 5 }, () => give(refusing(query, 3)));
    const asked = this.#recased(habits, query);
    const key = Array.from(query.subarray(HEADER_BYTES), (byte) => String.fromCharCode(byte))
      .join("")
      .toLowerCase();
    const memory = this.#memories[index];
    const known = habits.remembers === true ? memory?.get(key) : undefined;
    if (known !== undefined) return back(known);
    const times = 1 + (this.#rng.next() < repeatRate ? 1 : 0);
    let isAnswered = false;
    const reply = (answer: Uint8Array): void => {
      // What the dialer asked stands in the answer as it asked it.
      const own = answer.slice();
      own.set(query.subarray(HEADER_BYTES), HEADER_BYTES);
      memory?.set(key, own);
      if (!isAnswered) back(own);
      isAnswered = true;
    };
    for (let i = 0; i < times; i++) this.#later(habits, () => this.acceptor.handle(asked, `r${index}`, reply), i * 40);
    if (this.#rng.next() < replayRate) {
      this.#later(
        habits,
        () => this.acceptor.handle(asked, `r${index}`, () => undefined),
        2_000 + this.#rng.next() * 8_000,
      );
    }
  }

  #error(index: number, { refusedTypes = [], mostPerSecond }: ResolverHabits, query: Uint8Array): number | undefined {
    const type = ((query.at(-4) ?? 0) << 8) | (query.at(-3) ?? 0);
    if (refusedTypes.includes(type)) return 5;
    if (mostPerSecond === undefined) return undefined;
    const nowMs = this.#clock.nowMs();
    const asked = this.#asked[index] ?? [];
    while (asked[0] !== undefined && asked[0] <= nowMs - 1000) asked.shift();
    if (asked.length >= mostPerSecond) return 2;
    asked.push(nowMs);
    return undefined;
  }

  #recased({ variesCase = false }: ResolverHabits, query: Uint8Array): Uint8Array {
    if (!variesCase) return query;
    return query.map((byte, at) => {
      const isLetter = at >= HEADER_BYTES && byte >= 0x61 && byte <= 0x7a && at < query.byteLength - 4;
      return isLetter && this.#rng.next() < 0.5 ? byte - 0x20 : byte;
    });
  }
}
