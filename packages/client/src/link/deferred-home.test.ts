/* The way home whose code comes with the first wish for it. */
import { FakeClock, SeededRng } from "@chapar/carrier/testing";
import { nodeCrypto } from "@chapar/e2e/node";
import { describe, expect, it } from "vitest";
import * as linkCode from "./link-code.ts";
import { type BringLinkCode, DeferredDirects, DeferredHome } from "./deferred-home.ts";
import type { HomeLinkPorts, Session } from "./home-link.ts";
import { sessionCryptoOf } from "./session-crypto.ts";

const crypto = nodeCrypto();
const STATION = { key: new Uint8Array(32) as never, urls: ["https://station.example"] };
const NOTHING: Session = { begin: async () => undefined, end: () => undefined };

interface Line {
  readonly clock: FakeClock;
  readonly ports: HomeLinkPorts;
  isOnline: boolean;
}

function line(): Line {
  const clock = new FakeClock();
  const made: Line = {
    clock,
    isOnline: true,
    ports: {
      clock,
      rng: new SeededRng(1),
      carriers: [],
      verify: async () => false,
      random: (sizeBytes) => crypto.random(sizeBytes),
      isOnline: () => made.isOnline,
      sessionCrypto: sessionCryptoOf(crypto),
      winners: { winner: () => undefined, believe: async () => undefined },
    },
  };
  return made;
}

/** Code that comes only at a later try. */
function comingAt(tries: number): { readonly bring: BringLinkCode; asked: number } {
  const made = {
    asked: 0,
    bring: async () => {
      made.asked += 1;
      if (made.asked < tries) throw new TypeError("the line broke");
      return linkCode;
    },
  };
  return made;
}

describe("W-73", () => {
  it("W-73 brings nothing before a link is wanted, and says what it seeks from then on", async () => {
    const { ports, clock } = line();
    const coming = comingAt(3);
    const states: string[] = [];
    const home = new DeferredHome(coming.bring, ports, NOTHING, () => states.push(home.view(0).state));
    await clock.advance(60_000);
    expect([coming.asked, home.view(2)]).toMatchObject([0, { state: "idle", queued: 2 }]);
    home.connect(() => STATION);
    expect(home.view(0).state).toBe("seeking");
    await clock.advance(60_000);
    expect(coming.asked).toBe(3);
    expect(new Set(states)).toEqual(new Set(["seeking"]));
    // From here on it is the link's own word: it has no way to drive.
    expect(home.view(0).code).toBeDefined();
    await home.close();
    expect(home.view(0).state).toBe("idle");
  });

  it("W-73 tries again at once when it is asked to, and never after it was closed", async () => {
    const { ports, clock } = line();
    const coming = comingAt(100);
    const home = new DeferredHome(coming.bring, ports, NOTHING, () => undefined);
    home.connect(() => STATION);
    await clock.advance(30_000);
    const before = coming.asked;
    home.connect(() => STATION);
    await clock.advance(0);
    expect(coming.asked).toBe(before + 1);
    await home.close();
    home.connect(() => STATION);
    await clock.advance(600_000);
    expect(coming.asked).toBe(before + 1);
  });

  it("W-73 says that there is no network where the platform knows it", () => {
    const made = line();
    const home = new DeferredHome(comingAt(100).bring, made.ports, NOTHING, () => undefined);
    made.isOnline = false;
    home.connect(() => STATION);
    expect(home.view(0).state).toBe("offline");
  });

  it("W-73 reaches no other station without the code, and asks for it again", async () => {
    const { ports, clock } = line();
    const coming = comingAt(2);
    const directs = new DeferredDirects(coming.bring, ports);
    const dial = async (): Promise<unknown> => {
      const dialed = directs.over(STATION, async () => "reached");
      await clock.advance(60_000);
      return await dialed;
    };
    expect(await dial()).toBeUndefined();
    expect(await dial()).toBeUndefined();
    expect(coming.asked).toBe(2);
  });
});
