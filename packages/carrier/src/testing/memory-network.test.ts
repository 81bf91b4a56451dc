import { CarrierError } from "../errors.ts";
import type { Carrier } from "../port.ts";
import { describeCarrier } from "./carrier-suite.ts";
import { FakeClock } from "./fake-clock.ts";
import type { LinkPairOptions } from "./link-pair.ts";
import { MemoryNetwork } from "./memory-network.ts";
import { conformancePeers } from "./peers.ts";
import { SeededRng } from "./seeded-rng.ts";

/** A memory carrier dials for as long as it is let; real ones have a limit of their own, so this gives it one. */
function impatient(carrier: Carrier, clock: FakeClock): Carrier {
  return {
    ...carrier,
    async dial(route, { signal }) {
      const limit = new AbortController();
      const bell = new AbortController();
      signal.addEventListener("abort", () => limit.abort(signal.reason), { once: true });
      if (signal.aborted) limit.abort(signal.reason);
      clock.sleep(1000, bell.signal).then(
        () => limit.abort(new CarrierError("carrier/timed-out")),
        () => undefined,
      );
      try {
        return await carrier.dial(route, { signal: limit.signal });
      } finally {
        bell.abort();
      }
    },
  };
}

function describeMemory(name: string, options: LinkPairOptions): void {
  describeCarrier(`memory, ${name}`, async () => {
    const clock = new FakeClock();
    const network = new MemoryNetwork(clock, { closeLimitMs: 500, ...options });
    for (const [peer, act] of Object.entries(conformancePeers(clock))) {
      network.listen(`memory:${peer}`, (link) => {
        act(link, () =>
          network
            .links(`memory:${peer}`)
            .find((pair) => pair.acceptor === link)
            ?.cut(),
        );
      });
    }
    network.set("memory:silent", "silent");
    return {
      carrier: impatient(network.carrier(), clock),
      clock,
      canPause: true,
      route: (peer) => `memory:${peer}`,
      refusingRoute: "memory:nobody",
      silentRoute: "memory:silent",
      foreignRoute: "not a route",
      run: (promise) => clock.runUntil(promise),
      [Symbol.asyncDispose]: async () => network.cut(),
    };
  });
}

describeMemory("instant", { pieceBytes: 65_536 });
describeMemory("a slow line that loses and cuts at random", {
  latencyMs: 40,
  bytesPerSecond: 50_000_000,
  lossRate: 0.02,
  retransmitMs: 120,
  pieceBytes: 60_000,
  rng: new SeededRng(20_301_123),
});
