import type { Carrier, Link } from "../port.ts";
import { RouteMemory } from "../route-memory.ts";
import { CarrierError, isCarrierError } from "../errors.ts";
import { sessionCrypto } from "../node/session-crypto.ts";
import { describeCarrier } from "../testing/carrier-suite.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import type { LinkPairOptions } from "../testing/link-pair.ts";
import { MemoryNetwork } from "../testing/memory-network.ts";
import { conformancePeers, type PeerName } from "../testing/peers.ts";
import { SeededRng } from "../testing/seeded-rng.ts";
import { SessionAcceptor } from "./acceptor.ts";
import { sessionCarrier } from "./session-carrier.ts";

const LIMITS = { closeLimitMs: 1500, resumeLimitMs: 5000 };

/** As real carriers are, patient for a second only. */
function impatient(carrier: Carrier, clock: FakeClock): Carrier {
  return {
    ...carrier,
    async dial(route, { signal }): Promise<Link> {
      const limit = new AbortController();
      const bell = new AbortController();
      signal.addEventListener("abort", () => limit.abort(signal.reason), { once: true });
      if (signal.aborted) limit.abort(signal.reason);
      clock.sleep(1000, bell.signal).then(
        () => limit.abort(new CarrierError("carrier/timed-out")),
        () => undefined,
      );
      return await carrier.dial(route, { signal: limit.signal }).finally(() => bell.abort());
    },
  };
}

/** A first link that breaks before it is attached fails its dial; these tests are about those that do not. */
function persistent(carrier: Carrier): Carrier {
  return {
    ...carrier,
    async dial(route, options): Promise<Link> {
      try {
        return await carrier.dial(route, options);
      } catch (error) {
        if (!isCarrierError(error, "carrier/unusable")) throw error;
        return await carrier.dial(route, options);
      }
    },
  };
}

/** The suite of carriers, over sessions; `cutEveryMs` breaks every link there is, again and again. */
function describeSessions(name: string, line: LinkPairOptions, cutEveryMs?: number): void {
  describeCarrier(`session, ${name}`, async () => {
    const clock = new FakeClock();
    const rng = new SeededRng(7);
    const crypto = sessionCrypto();
    const network = new MemoryNetwork(clock, line);
    const life = new AbortController();
    for (const [peer, act] of Object.entries(conformancePeers(clock))) {
      const acceptor: SessionAcceptor = new SessionAcceptor({
        clock,
        rng,
        crypto,
        limits: LIMITS,
        signer: await crypto.newSigner(),
        accept: (session) => act(session.link, () => void acceptor[Symbol.asyncDispose]()),
      });
      network.listen(`memory:${peer}`, (link) => acceptor.accept(link));
    }
    network.set("memory:silent", "silent");
    const cutting = async (everyMs: number): Promise<void> => {
      for (;;) {
        await clock.sleep(everyMs, life.signal);
        network.cut();
      }
    };
    if (cutEveryMs !== undefined) cutting(cutEveryMs).catch(() => undefined);
    return {
      carrier: persistent(
        sessionCarrier({
          clock,
          rng,
          crypto,
          limits: LIMITS,
          memory: new RouteMemory({ clock, rng, backoff: { baseMs: 5, capMs: 20 } }),
          carriers: [
            impatient(
              network.carrier({ handles: (route) => /^[a-z]+:\S+$/.test(route) && !route.includes("//") }),
              clock,
            ),
          ],
        }),
      ),
      clock,
      canPause: true,
      route: (peer: PeerName) => `memory:${peer}`,
      refusingRoute: "memory:nobody",
      silentRoute: "memory:silent",
      foreignRoute: "not a route",
      run: (promise) => clock.runUntil(promise),
      [Symbol.asyncDispose]: async () => {
        life.abort();
        network.cut();
      },
    };
  });
}

describeSessions("an instant line", { pieceBytes: 65_536 });
describeSessions("a line that loses and cuts pieces at random", {
  latencyMs: 20,
  bytesPerSecond: 50_000_000,
  lossRate: 0.01,
  retransmitMs: 60,
  pieceBytes: 60_000,
  rng: new SeededRng(20_301_124),
});
describeSessions(
  "links that break four times a second",
  { latencyMs: 5, pieceBytes: 60_000, windowBytes: 2 ** 21 },
  257,
);
