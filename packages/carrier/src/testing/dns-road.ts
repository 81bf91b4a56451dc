/* A link over DNS in memory: both ends, resolvers with habits between them, and a clock. Test-only. */
import { createHash } from "node:crypto";
import { concatBytes } from "@chapar/wire/bytes";
import { DnsAcceptor, type DnsAcceptorOptions } from "../dns/dns-acceptor.ts";
import { bareDnsCarrier, type DnsCarrierOptions } from "../dns/dns-carrier.ts";
import { formatDnsRoute } from "../dns/dns-route.ts";
import type { Carrier, Link } from "../port.ts";
import { DnsWorld, type ResolverHabits } from "./dns-world.ts";
import { FakeClock } from "./fake-clock.ts";
import { SeededRng } from "./seeded-rng.ts";

const NEVER = new AbortController().signal;
/** The domain of these roads. */
export const DOMAIN: readonly string[] = ["t", "example"];
/** The station's key. */
export const STATION: Uint8Array = new Uint8Array(32).fill(7);
/** As a platform has it. */
export const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());
/** 200 ms there and back, a tenth of the queries lost on their way there or back. */
export const BAD_LINE: ResolverHabits = { latencyMs: 100, lossRate: 0.05 };

/** Both ends, and what lies between. */
export class Road {
  readonly clock = new FakeClock(0);
  readonly rng: SeededRng;
  readonly world: DnsWorld;
  readonly acceptor: DnsAcceptor;
  readonly accepted: Link[] = [];
  readonly #options: Partial<DnsCarrierOptions>;

  constructor(
    seed: number,
    habits: readonly ResolverHabits[],
    {
      acceptor = {},
      carrier = {},
    }: { acceptor?: Partial<DnsAcceptorOptions>; carrier?: Partial<DnsCarrierOptions> } = {},
  ) {
    this.rng = new SeededRng(seed);
    this.world = new DnsWorld(this.clock, this.rng, habits);
    const accept = (link: Link): void => void this.accepted.push(link);
    this.acceptor = new DnsAcceptor({
      domain: DOMAIN,
      station: STATION,
      clock: this.clock,
      sha256,
      accept,
      ...acceptor,
    });
    this.world.acceptor = this.acceptor;
    this.#options = carrier;
  }

  get route(): string {
    return formatDnsRoute(DOMAIN.join("."), STATION, this.world.via);
  }

  carrier(): Carrier {
    return bareDnsCarrier({
      open: this.world.open,
      systemResolvers: () => this.world.addresses,
      clock: this.clock,
      sha256,
      randomBytes: (sizeBytes) => this.rng.bytes(sizeBytes),
      ...this.#options,
    });
  }

  async dial(route = this.route): Promise<Link> {
    return await this.clock.runUntil(this.carrier().dial(route, { signal: NEVER }));
  }

  async until(holds: () => boolean, limitMs = 300_000): Promise<void> {
    const byMs = this.clock.nowMs() + limitMs;
    while (!holds()) {
      if (this.clock.nowMs() > byMs) throw new Error("it never came to hold");
      await this.clock.advance(50);
    }
  }
}

/** What a link brought. */
export class Taken {
  readonly #parts: Uint8Array[] = [];
  size = 0;

  constructor(link: Link) {
    link.receive((chunk) => {
      this.#parts.push(chunk.slice());
      this.size += chunk.byteLength;
    });
  }

  get bytes(): Uint8Array {
    return concatBytes(...this.#parts);
  }
}
