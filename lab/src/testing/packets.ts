/*
 * Talks to a rule as the network would: builds packets of flows, with a clock that a test sets by hand, and hands them to a
 * censor of one rule. Test-only.
 */
import { Censor, type Outcome } from "../censor.ts";
import { nodePrimitives } from "../net/node-primitives.ts";
import { seededRandom } from "../memory/seeded-random.ts";
import type { IpPacket } from "../parsers/ip.ts";
import { PLACES } from "../addresses.ts";
import type { Rule } from "../vocabulary.ts";

const NO_BYTES = new Uint8Array(0);

/** ASCII as bytes. */
export const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** A border with some rules and a hand on the clock. Off-path verdicts come after `delayMs` (0 unless told). */
export class TestBorder {
  nowMs = 1_000_000;
  readonly censor: Censor;

  constructor(
    rules: readonly (readonly [Rule, Readonly<Record<string, unknown>>?])[],
    options: { seed?: number; delayMs?: number } = {},
  ) {
    this.censor = new Censor({
      rules: rules.map(([rule, params]) => rule.arm(params)),
      primitives: nodePrimitives,
      random: seededRandom(options.seed ?? 1),
      delayMs: () => options.delayMs ?? 0,
    });
  }

  /** A TCP connection from the client, its handshake done. */
  tcp(options: { port?: number; to?: string; toPort?: number } = {}): TestTcp {
    return new TestTcp(this, options.port ?? 50_000, options.to ?? PLACES.foreign.address, options.toPort ?? 443);
  }

  /** One datagram; answers whether it passed. */
  udp(
    payload: Uint8Array,
    options: { port?: number; to?: string; toPort?: number; direction?: "out" | "in" } = {},
  ): Outcome {
    const { port = 50_000, to = PLACES.foreign.address, toPort = 443, direction = "out" } = options;
    return this.packet(
      { protocol: "udp", payload, sizeBytes: payload.byteLength + 28, tcp: undefined },
      port,
      to,
      toPort,
      direction,
    );
  }

  packet(
    inner: Pick<IpPacket, "protocol" | "payload" | "sizeBytes" | "tcp">,
    port: number,
    to: string,
    toPort: number,
    direction: "out" | "in",
  ): Outcome {
    const inside = { address: PLACES.client.address, port };
    const outside = { address: to, port: toPort };
    const [from, at] = direction === "out" ? [inside, outside] : [outside, inside];
    const packet: IpPacket = {
      ...inner,
      source: from.address,
      sourcePort: from.port,
      destination: at.address,
      destinationPort: at.port,
      ttl: 64,
    };
    return this.censor.handle(packet, direction, this.nowMs);
  }
}

/** A connection whose packets a test sends one by one. */
export class TestTcp {
  readonly #border: TestBorder;
  readonly #port: number;
  readonly #to: string;
  readonly #toPort: number;
  readonly #seq = { out: 1, in: 1 };

  constructor(border: TestBorder, port: number, to: string, toPort: number) {
    this.#border = border;
    this.#port = port;
    this.#to = to;
    this.#toPort = toPort;
  }

  #send(
    direction: "out" | "in",
    payload: Uint8Array,
    facts: { syn?: boolean; ack?: boolean; fin?: boolean },
    seq: number,
  ): Outcome {
    const tcp = {
      syn: false,
      ack: true,
      fin: false,
      rst: false,
      ...facts,
      seq,
      ackNumber: this.#seq[direction === "out" ? "in" : "out"],
    };
    const inner = { protocol: "tcp", payload, sizeBytes: 40 + payload.byteLength, tcp } as const;
    return this.#border.packet(inner, this.#port, this.#to, this.#toPort, direction);
  }

  /** The three packets of the beginning. */
  open(): this {
    this.#send("out", NO_BYTES, { syn: true, ack: false }, 0);
    this.#send("in", NO_BYTES, { syn: true }, 0);
    this.#send("out", NO_BYTES, {}, 1);
    return this;
  }

  #data(direction: "out" | "in", payload: Uint8Array): Outcome {
    const outcome = this.#send(direction, payload, {}, this.#seq[direction]);
    this.#seq[direction] += payload.byteLength;
    return outcome;
  }

  /** A segment from the client. */
  up(payload: Uint8Array): Outcome {
    return this.#data("out", payload);
  }
  /** A segment from the server. */
  down(payload: Uint8Array): Outcome {
    return this.#data("in", payload);
  }
  /** A bare acknowledgement from the client. */
  ack(): Outcome {
    return this.#send("out", NO_BYTES, {}, this.#seq.out);
  }
  /** The client's segment once more. */
  again(payload: Uint8Array): Outcome {
    return this.#send("out", payload, {}, this.#seq.out - payload.byteLength);
  }
}
