import { describe, expect, it } from "vitest";
import { isCarrierError } from "./errors.ts";
import type { Link } from "./port.ts";
import { raceRoutes, type RaceOptions } from "./racing.ts";
import { RouteMemory, type WinnerStore } from "./route-memory.ts";
import { FakeClock, MemoryNetwork, SeededRng } from "./testing/index.ts";

const HELLO = Uint8Array.of(1);
const FAST = "https://fast.test";
const SLOW = "https://slow.test";
const DEAD = "https://dead.test";

/** Usable once the other end has spoken. */
function hello(link: Link): Promise<string> {
  return new Promise((resolve) => link.receive((chunk) => resolve(`hello ${chunk.length}`)));
}

class World {
  readonly clock = new FakeClock(0);
  readonly network = new MemoryNetwork(this.clock, { latencyMs: 20 });
  readonly saved: string[] = [];
  readonly abort = new AbortController();
  /** when each route was dialed */
  readonly dialed: [route: string, atMs: number][] = [];
  readonly winners: WinnerStore = {
    load: () => Promise.resolve(this.saved.at(-1)),
    save: (route) => Promise.resolve(void this.saved.push(route)),
  };
  readonly memory = new RouteMemory({ clock: this.clock, rng: new SeededRng(1), winners: this.winners });

  /** A station that speaks after a while, or never. */
  station(route: string, speaksAfterMs: number | undefined): void {
    this.network.listen(route, (link) => {
      if (speaksAfterMs === undefined) return;
      void this.clock.sleep(speaksAfterMs, new AbortController().signal).then(() => link.send(HELLO));
    });
  }

  options(routes: readonly string[], more: Partial<RaceOptions<string>> = {}): RaceOptions<string> {
    const carrier = this.network.carrier();
    const noting = {
      ...carrier,
      dial: (route: string, options: { readonly signal: AbortSignal }): Promise<Link> => {
        this.dialed.push([route, this.clock.nowMs()]);
        return carrier.dial(route, options);
      },
    };
    const { clock, memory } = this;
    return { routes, carriers: [noting], clock, memory, usable: hello, signal: this.abort.signal, ...more };
  }

  race(
    routes: readonly string[],
    more: Partial<RaceOptions<string>> = {},
  ): Promise<{ route: string; value: string; link: Link }> {
    return this.clock.runUntil(raceRoutes(this.options(routes, more)));
  }
}

describe("racing", () => {
  const isLast = (route: string): boolean => route === FAST;

  it("P-98 tries a last resort once all others failed, or after four seconds, wherever it stands", async () => {
    const world = new World();
    world.station(FAST, 10);
    world.network.set(DEAD, "refusing");
    world.network.set(SLOW, "refusing");
    expect((await world.race([FAST, DEAD, SLOW], { isLast })).route).toBe(FAST);
    expect(world.dialed.map(([route]) => route)).toEqual([DEAD, SLOW, FAST]);
    expect(world.dialed.at(-1)?.[1]).toBeLessThan(1_000);
    const silent = new World();
    silent.station(FAST, 10);
    silent.network.set(DEAD, "silent");
    silent.network.set(SLOW, "silent");
    expect((await silent.race([FAST, DEAD, SLOW], { isLast })).route).toBe(FAST);
    expect(silent.dialed.at(-1)).toEqual([FAST, 4_250]);
    const slow = new World();
    slow.station(FAST, 10);
    slow.station(SLOW, 3_900);
    expect((await slow.race([FAST, SLOW], { isLast })).route).toBe(SLOW);
    expect(slow.dialed.map(([route]) => route)).toEqual([SLOW]);
  });

  it("takes the first route alone when it is usable within the stagger", async () => {
    const world = new World();
    world.station(FAST, 0);
    world.station(SLOW, 0);
    const won = await world.race([FAST, SLOW]);
    expect([won.route, won.value]).toEqual([FAST, "hello 1"]);
    expect(world.dialed).toEqual([[FAST, 0]]);
    expect(world.saved).toEqual([FAST]);
  });

  it("starts the next route after the stagger, and the first usable link wins, not the first that opened", async () => {
    const world = new World();
    world.station(SLOW, 5000);
    world.station(FAST, 100);
    const won = await world.race([SLOW, FAST]);
    expect(won.route).toBe(FAST);
    expect(world.dialed).toEqual([
      [SLOW, 0],
      [FAST, 250],
    ]);
  });

  it("ends as soon as one wins, whatever was about to start", async () => {
    const world = new World();
    world.station(SLOW, 260);
    world.station(FAST, 5000);
    const won = await world.race([SLOW, FAST, DEAD]);
    expect(won.route).toBe(SLOW);
    // dialing 40 ms, the station's 260, and 20 for its hello to arrive
    expect(world.clock.nowMs()).toBe(320);
    expect(world.dialed.map(([route]) => route)).toEqual([SLOW, FAST]);
  });

  it("closes the losers and leaves nothing asleep", async () => {
    const world = new World();
    world.station(SLOW, 5000);
    world.station(FAST, 100);
    const won = await world.race([SLOW, FAST]);
    await world.clock.advance(200);
    expect(world.network.links(SLOW)).toEqual([]);
    expect(world.network.links(FAST)).toHaveLength(1);
    won.link.close();
    await world.clock.advance(10_000);
    expect(world.clock.sleeping).toBe(0);
  });

  it("keeps one link when two become usable at the same moment", async () => {
    const world = new World();
    world.station(SLOW, 0);
    world.station(FAST, 0);
    const gate = Promise.withResolvers<string>();
    const race = raceRoutes(world.options([SLOW, FAST], { usable: () => gate.promise }));
    await world.clock.advance(1000);
    expect(world.network.links()).toHaveLength(2);
    gate.resolve("both");
    expect((await world.clock.runUntil(race)).route).toBe(SLOW);
    await world.clock.advance(100);
    expect(world.network.links(FAST)).toEqual([]);
    expect(world.network.links(SLOW)).toHaveLength(1);
  });

  it("does not wait for the stagger when a route fails", async () => {
    const world = new World();
    world.station(FAST, 0);
    await world.race([DEAD, FAST]);
    expect(world.dialed).toEqual([
      [DEAD, 0],
      [FAST, 40],
    ]);
  });

  it("gives up a link over which nobody usable speaks", async () => {
    const world = new World();
    world.station(SLOW, undefined);
    const race = raceRoutes(world.options([SLOW], { attemptLimitMs: 3000 })).catch((error: unknown) => error);
    const error = await world.clock.runUntil(race);
    expect(isCarrierError(error, "carrier/no-route")).toBe(true);
    expect(world.clock.nowMs()).toBe(3000);
    await world.clock.advance(100);
    expect(world.network.links()).toEqual([]);
  });

  it("fails at once when a link dies while it is examined", async () => {
    const world = new World();
    world.station(SLOW, undefined);
    const race = raceRoutes(world.options([SLOW])).catch((error: unknown) => error);
    await world.clock.advance(100);
    world.network.cut();
    const error = await world.clock.runUntil(race);
    expect(error).toMatchObject({ code: "carrier/no-route", cause: { errors: [{ code: "carrier/unusable" }] } });
    expect(world.clock.nowMs()).toBeLessThan(200);
  });

  it("says why every route failed", async () => {
    const world = new World();
    const error = await world.race([DEAD, "mailto"]).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "carrier/no-route",
      cause: { errors: [{ code: "carrier/unreachable" }, { code: "carrier/bad-route" }] },
    });
    const none = await world.race([]).catch((caught: unknown) => caught);
    expect(isCarrierError(none, "carrier/no-route")).toBe(true);
  });

  it("never tries a route again within its back-off", async () => {
    const world = new World();
    for (let i = 0; i < 12; i++) {
      const dueAtMs = world.memory.dueAtMs([DEAD]);
      await world.race([DEAD]).catch(() => undefined);
      expect(world.dialed[i]?.[1]).toBeGreaterThanOrEqual(dueAtMs);
    }
    expect(world.dialed).toHaveLength(12);
    const minutes = (world.dialed[11]?.[1] ?? 0) / 60_000;
    expect(minutes).toBeGreaterThan(2);
  });

  it("tries the routes that may be tried, while others wait for theirs", async () => {
    const world = new World();
    world.station(FAST, 0);
    for (let i = 0; i < 8; i++) world.memory.failed(SLOW);
    expect(world.memory.dueAtMs([SLOW])).toBeGreaterThan(0);
    await world.race([SLOW, FAST]);
    expect(world.dialed).toEqual([[FAST, 0]]);
  });

  it("tries everything at once after the network changed", async () => {
    const world = new World();
    for (let i = 0; i < 8; i++) world.memory.failed(FAST);
    world.memory.forgive();
    expect(world.memory.dueAtMs([FAST])).toBe(0);
  });

  it("begins with the route that won last, also after a restart", async () => {
    const world = new World();
    world.station(FAST, 0);
    world.saved.push(FAST);
    await world.race([SLOW, DEAD, FAST]);
    expect(world.dialed).toEqual([[FAST, 0]]);
  });

  it("leaves no link behind when the winner cannot be remembered", async () => {
    const world = new World();
    world.station(FAST, 0);
    const full = new Error("no room");
    const winners = { load: () => Promise.resolve(undefined), save: () => Promise.reject(full) };
    const memory = new RouteMemory({ clock: world.clock, rng: new SeededRng(1), winners });
    await expect(world.race([FAST], { memory })).rejects.toBe(full);
    await world.clock.advance(100);
    expect(world.network.links()).toEqual([]);
  });

  it("stops with the signal's reason and closes what it opened", async () => {
    const world = new World();
    world.station(SLOW, undefined);
    const reason = new Error("enough");
    const race = raceRoutes(world.options([SLOW, DEAD])).catch((error: unknown) => error);
    await world.clock.advance(100);
    expect(world.network.links()).toHaveLength(1);
    world.abort.abort(reason);
    expect(await world.clock.runUntil(race)).toBe(reason);
    await world.clock.advance(10_000);
    expect(world.network.links()).toEqual([]);
    expect(world.clock.sleeping).toBe(0);
    await expect(raceRoutes(world.options([SLOW]))).rejects.toBe(reason);
  });

  it("P-45 leaves the first route alone for its head start, and no longer when it fails", async () => {
    const world = new World();
    world.station(FAST, 0);
    world.station(SLOW, 900);
    const won = await world.race([SLOW, FAST], { headStartMs: 2_000 });
    expect(won.route).toBe(SLOW);
    expect(world.dialed.map(([route]) => route)).toEqual([SLOW]);
    world.network.set(SLOW, "refusing");
    expect((await world.race([SLOW, FAST], { headStartMs: 2_000 })).route).toBe(FAST);
    expect(world.clock.nowMs()).toBeLessThan(1_500);
  });
});
