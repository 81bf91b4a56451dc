/* One session through relays of which the first is hostile, and what is left of its malice: a link. */
import { describe, expect, it, onTestFinished } from "vitest";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import { RouteMemory, SessionAcceptor, sessionCarrier, type Link, type Session } from "../src/index.ts";
import { relayCarrier, sessionCrypto, systemClock, systemRng, webSocketCarrier } from "../src/node/index.ts";
import { pattern } from "../src/testing/peers.ts";
import { freshIdentity, sealedDoor, testRelay, type SealedDoor, type TestRelay } from "../src/testing/relay-world.ts";

const clock = systemClock();
const rng = systemRng();
const crypto = sessionCrypto();
const NEVER = new AbortController().signal;
const LETTER_BYTES = 40_000;
/** What the hostile relay passes before it shows its nature: TLS and the attach are through by then. */
const HONEST_BYTES = 12_000;

type Malice = "drop" | "delay" | "alter" | "repeat" | "reorder";

/** The station as a hostile relay passes it on. */
function spoiled(link: Link, malice: Malice): Link {
  let passedBytes = 0;
  let kept: Uint8Array | undefined;
  const send = link.send.bind(link);
  link.send = (bytes) => {
    passedBytes += bytes.byteLength;
    if (passedBytes < HONEST_BYTES) return send(bytes);
    switch (malice) {
      case "drop":
        return undefined;
      case "delay":
        void clock.sleep(300, NEVER).then(() => send(bytes));
        return undefined;
      case "alter": {
        const altered = bytes.slice();
        altered[altered.length >> 1] = (altered[altered.length >> 1] ?? 0) ^ 1;
        return send(altered);
      }
      case "repeat":
        send(bytes);
        return send(bytes.slice());
      case "reorder":
        if (kept === undefined) return void (kept = bytes.slice());
        send(bytes);
        send(kept);
        kept = undefined;
        return undefined;
    }
  };
  return link;
}

class Road {
  readonly sessions: Session[] = [];
  readonly switches: string[] = [];
  station!: SealedDoor;
  honest!: TestRelay;

  static async make(): Promise<Road> {
    const road = new Road();
    const accept = (session: Session): void => {
      road.sessions.push(session);
      session.link.receive((chunk) => session.link.send(chunk));
    };
    const acceptor = new SessionAcceptor({ clock, rng, crypto, signer: await crypto.newSigner(), accept });
    road.station = await sealedDoor((link) => acceptor.accept(link));
    road.honest = await testRelay([road.station.place]);
    onTestFinished(async () => {
      await acceptor[Symbol.asyncDispose]();
      await road.honest[Symbol.asyncDispose]();
      await road.station[Symbol.asyncDispose]();
    });
    return road;
  }

  /** Sends a letter over the first route that holds, and gives what comes back. */
  async speak(first: string): Promise<Uint8Array> {
    const routes = [first, this.honest.route(this.station.identity)];
    const carrier = sessionCarrier({
      clock,
      rng,
      crypto,
      memory: new RouteMemory({ clock, rng }),
      carriers: [relayCarrier({ carriers: [webSocketCarrier()], dialLimitMs: 3_000 })],
      alternatives: () => routes,
      onSwitch: (need, route) => this.switches.push(`${need} ${routes.indexOf(route)}`),
    });
    const link = await carrier.dial(first, { signal: NEVER });
    const parts: Uint8Array[] = [];
    let countBytes = 0;
    const whole = new Promise<void>((resolve) => {
      link.receive((chunk) => {
        parts.push(chunk.slice());
        countBytes += chunk.byteLength;
        if (countBytes >= LETTER_BYTES) resolve();
      });
    });
    const letter = pattern(LETTER_BYTES);
    for (let at = 0; at < LETTER_BYTES; at += 1_000) {
      link.send(letter.subarray(at, at + 1_000));
      await clock.sleep(5, NEVER);
    }
    await whole;
    link.close();
    await link.ended;
    return concatBytes(...parts);
  }
}

describe("hostile relays", () => {
  it.each(["drop", "delay", "alter", "repeat", "reorder"] as const)(
    "P-67 a relay that would %s costs a link, and not a byte of the session",
    async (malice) => {
      const road = await Road.make();
      const reach = webSocketCarrier({ linkPath: "/v1/sealed" });
      const hostile = await testRelay([road.station.place], {
        dial: async ({ urls }, signal) => spoiled(await reach.dial(urls[0] ?? "", { signal }), malice),
      });
      onTestFinished(() => hostile[Symbol.asyncDispose]());
      const back = await road.speak(hostile.route(road.station.identity));
      expect(equalBytes(back, pattern(LETTER_BYTES))).toBe(true);
      expect(road.sessions).toHaveLength(1);
      expect(road.sessions[0]?.fault).toBeUndefined();
      expect(road.switches[0]).toBe("first 0");
      // Who only delays is slow, and stays; who swallows is left for another; the rest breaks seals, which ends the link.
      if (malice === "delay") expect(road.switches).toHaveLength(1);
      else expect(road.switches[1]).toMatch(malice === "drop" ? /^quiet 1$/ : /^(?:lost|quiet) [01]$/);
    },
  );

  it("P-67 a relay that leads to another station is found out before a byte of the session is sent", async () => {
    const road = await Road.make();
    const told: Uint8Array[] = [];
    const impostor = await sealedDoor((link) => link.receive((chunk) => told.push(chunk)));
    const hostile = await testRelay([{ ...impostor.place, key: road.station.identity.publicKey }]);
    onTestFinished(async () => {
      await hostile[Symbol.asyncDispose]();
      await impostor[Symbol.asyncDispose]();
    });
    await expect(road.speak(hostile.route(road.station.identity))).rejects.toMatchObject({
      code: "carrier/unusable",
      reason: "key",
    });
    expect(told).toEqual([]);
    expect(road.sessions).toHaveLength(0);
  });

  it("P-67 a relay without the second one's key cannot stand in for it", async () => {
    const road = await Road.make();
    const second = freshIdentity();
    const liar = await testRelay([{ ...road.honest.place, key: second.publicKey }]);
    onTestFinished(() => liar[Symbol.asyncDispose]());
    await expect(road.speak(liar.route(road.station.identity, second))).rejects.toMatchObject({
      code: "carrier/unusable",
      reason: "key",
    });
  });
});
