import { sessionCrypto } from "../node/session-crypto.ts";
import { RouteMemory } from "../route-memory.ts";
import { describeSession } from "../testing/session-suite.ts";
import { SessionAcceptor } from "./acceptor.ts";
import type { Session } from "./driver.ts";
import { sessionCarrier } from "./session-carrier.ts";

const crypto = sessionCrypto();

describeSession("over memory", {
  async acceptor({ clock, rng, accept }) {
    const acceptor = new SessionAcceptor({ clock, rng, crypto, accept, signer: await crypto.newSigner() });
    return (link) => acceptor.accept(link);
  },
  async dial({ clock, rng, network, routes, onSwitch }) {
    const found = Promise.withResolvers<Session>();
    const carrier = sessionCarrier({
      clock,
      rng,
      crypto,
      memory: new RouteMemory({ clock, rng }),
      carriers: [network.carrier()],
      alternatives: () => routes,
      onSwitch,
      onSession: found.resolve,
    });
    await carrier.dial(routes[0] ?? "", { signal: new AbortController().signal });
    return await found.promise;
  },
});
