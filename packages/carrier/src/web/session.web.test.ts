import { sha256 } from "@noble/hashes/sha2.js";
import { RouteMemory } from "../route-memory.ts";
import { SessionAcceptor } from "../session/acceptor.ts";
import type { Session } from "../session/driver.ts";
import { sessionCarrier } from "../session/session-carrier.ts";
import { describeSession } from "../testing/session-suite.ts";
import { sessionCrypto } from "./index.ts";

const crypto = sessionCrypto({ sha256 });

describeSession("over memory, in Chromium", {
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
