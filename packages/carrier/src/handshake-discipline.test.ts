import { describe, expect, it } from "vitest";
import { CarrierError } from "./errors.ts";
import { frontOfRoute, HandshakeDiscipline } from "./handshake-discipline.ts";
import type { Link } from "./port.ts";
import { raceRoutes } from "./racing.ts";
import { RouteMemory } from "./route-memory.ts";
import { FakeClock, MemoryNetwork, SeededRng } from "./testing/index.ts";

const NEVER = new AbortController().signal;
const A1 = "https://a.test/one";
const A2 = "https://a.test/two";
const B1 = "wss://b.test:8443/x";

/** Usable once the other end has spoken. */
function usable(link: Link): Promise<string> {
  return new Promise((resolve) => link.receive(() => resolve("spoke")));
}

class World {
  readonly clock = new FakeClock(0);
  readonly discipline = new HandshakeDiscipline({ clock: this.clock });

  take(...routes: readonly string[]): Promise<readonly string[]> {
    return this.clock.runUntil(this.discipline.take(routes, NEVER));
  }
}

describe("handshake discipline", () => {
  it("P-40 tries different fronts first", async () => {
    expect(await new World().take(A1, A2, B1)).toEqual([A1, B1, A2]);
  });

  it("P-40 gives a front three handshakes a minute, and waits when there is no other", async () => {
    const world = new World();
    for (let i = 0; i < 3; i++) {
      expect(await world.take(A1, B1)).toEqual([A1, B1]);
      world.discipline.started(i % 2 === 0 ? A1 : A2);
      await world.clock.advance(1_000);
    }
    expect(await world.take(A1, B1)).toEqual([B1]);
    expect(world.clock.nowMs()).toBe(3_000);
    expect(await world.take(A1)).toEqual([A1]);
    expect(world.clock.nowMs()).toBe(60_000);
  });

  it("P-40 counts no connection that was refused, and nothing on this machine", async () => {
    const world = new World();
    for (const host of ["https://a.test", "http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"]) {
      for (let i = 0; i < 9; i++) {
        world.discipline.started(host);
        if (host.includes("a.test"))
          world.discipline.failed(host, new CarrierError("carrier/unreachable", "ECONNREFUSED"));
      }
      expect(await world.take(host)).toEqual([host]);
      expect(world.clock.nowMs()).toBe(0);
    }
    for (let i = 0; i < 3; i++) {
      world.discipline.started("https://127.0.0.1.test");
      // A proxy that answers for a station that is down has shaken hands.
      world.discipline.failed("https://127.0.0.1.test", new CarrierError("carrier/unreachable", "http 502"));
    }
    await world.take("https://127.0.0.1.test");
    expect(world.clock.nowMs()).toBe(60_000);
  });

  it("P-40 lets those who wait go on when the network changes", async () => {
    const world = new World();
    for (let i = 0; i < 3; i++) world.discipline.started(A1);
    const taken = world.discipline.take([A1], NEVER);
    await world.clock.advance(1_000);
    world.discipline.forgive();
    expect(await taken).toEqual([A1]);
    expect(world.clock.nowMs()).toBe(1_000);
  });

  it("P-40 counts what one race would start itself", async () => {
    const world = new World();
    world.discipline.started(A1);
    const routes = ["https://a.test/1", "https://a.test/2", "https://a.test/3", B1];
    expect(await world.take(...routes)).toEqual(["https://a.test/1", B1, "https://a.test/2"]);
  });

  it("P-41 leaves a silent front alone for 180 s while there are others", async () => {
    const world = new World();
    world.discipline.failed(A1, new CarrierError("carrier/timed-out"));
    expect(await world.take(A1, A2, B1)).toEqual([B1]);
    expect(await world.take(A1, A2)).toEqual([A1, A2]);
    await world.clock.advance(179_999);
    expect(await world.take(A1, B1)).toEqual([B1]);
    await world.clock.advance(1);
    expect(await world.take(A1, B1)).toEqual([A1, B1]);
  });

  it("P-41 does not hold a refusal against a front, and forgives when the network changes", async () => {
    const world = new World();
    world.discipline.failed(A1, new CarrierError("carrier/unreachable", "ECONNREFUSED"));
    expect(await world.take(A1, B1)).toEqual([A1, B1]);
    world.discipline.failed(A1, new CarrierError("carrier/unusable"));
    expect(await world.take(A1, B1)).toEqual([B1]);
    world.discipline.forgive();
    expect(await world.take(A1, B1)).toEqual([A1, B1]);
  });

  it("P-41 names the silent fronts, until one speaks again", () => {
    const { discipline } = new World();
    discipline.failed(A1, new CarrierError("carrier/timed-out"));
    expect(discipline.silent([A2, B1])).toEqual([A2]);
    discipline.spoke(A2);
    expect(discipline.silent([A1, A2, B1])).toEqual([]);
  });

  it("P-41 survives a clock that jumps back", async () => {
    const world = new World();
    world.discipline.failed(A1, new CarrierError("carrier/timed-out"));
    world.clock.jump(-10_000_000);
    expect(await world.take(A1, B1)).toEqual([B1]);
    await world.clock.advance(180_001);
    expect(await world.take(A1, B1)).toEqual([A1, B1]);
  });

  it("P-40 P-41 holds in races: a blocked front is knocked at once, the other wins every time", async () => {
    const { clock, discipline } = new World();
    const network = new MemoryNetwork(clock, { latencyMs: 20 });
    const dialed: string[] = [];
    network.listen(B1, (link) => link.send(Uint8Array.of(1)));
    network.set(A1, "silent");
    const inner = network.carrier();
    const carrier: typeof inner = {
      ...inner,
      dial: (route, options) => {
        dialed.push(route);
        return inner.dial(route, options);
      },
    };
    const memory = new RouteMemory({ clock, rng: new SeededRng(1) });
    const race = { routes: [A1], carriers: [carrier], clock, memory, discipline, usable, attemptLimitMs: 2_000 };
    await expect(clock.runUntil(raceRoutes({ ...race, signal: NEVER }))).rejects.toThrow("carrier/no-route");
    for (let i = 0; i < 2; i++) {
      const won = await clock.runUntil(raceRoutes({ ...race, routes: [A1, B1], signal: NEVER }));
      expect(won.route).toBe(B1);
    }
    expect(dialed.filter((route) => route === A1)).toHaveLength(1);
  });

  it("tells fronts apart by host and port", () => {
    expect(frontOfRoute("burst+https://A.test,b.test/x")).toBe("a.test");
    expect(frontOfRoute("ss://abc@h.test:8388/?station=x")).toBe("h.test:8388");
    expect(frontOfRoute("memory:one")).toBe("memory:one");
  });
});
