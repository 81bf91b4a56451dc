/*
 * What a session promises beyond what a link does, as tests over a world in memory: two routes to one acceptor on one
 * clock, and a hand that cuts, freezes, delays and lies.
 */
import { describe, expect, it } from "vitest";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import type { Clock, Link, Rng } from "../port.ts";
import { FakeClock } from "./fake-clock.ts";
import { MemoryNetwork } from "./memory-network.ts";
import { pattern } from "./peers.ts";
import { SeededRng } from "./seeded-rng.ts";

/** A session as the suite needs it. */
export interface SuiteSession {
  readonly link: Link;
  readonly route: string | undefined;
  readonly ended: Promise<string>;
  open(priority: "text" | "bulk", label: Uint8Array): Link | undefined;
  onStream(opened: (stream: Link & { readonly label: Uint8Array }) => void): void;
}

/** Both ends of an implementation. */
export interface SessionHarness {
  /** @returns what takes links */
  acceptor(options: {
    readonly clock: Clock;
    readonly rng: Rng;
    readonly accept: (session: SuiteSession) => void;
  }): Promise<(link: Link) => void>;
  /** Dials the first route and knows the others. */
  dial(options: {
    readonly clock: Clock;
    readonly rng: Rng;
    readonly network: MemoryNetwork;
    readonly routes: readonly string[];
    readonly onSwitch: (need: string, route: string) => void;
  }): Promise<SuiteSession>;
}

const ROUTES = ["memory:one", "memory:two"];

class Taken {
  #parts: Uint8Array[] = [];
  #size = 0;

  constructor(link: Link) {
    link.receive((chunk) => {
      this.#parts.push(chunk.slice());
      this.#size += chunk.byteLength;
    });
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): Uint8Array {
    this.#parts = [concatBytes(...this.#parts)];
    return this.#parts[0] ?? new Uint8Array(0);
  }
}

class World {
  readonly clock = new FakeClock(0);
  readonly network: MemoryNetwork;
  readonly rng: SeededRng;
  readonly accepted: SuiteSession[] = [];
  readonly switches: [need: string, route: string, atMs: number][] = [];
  session!: SuiteSession;

  constructor(seed: number, line: ConstructorParameters<typeof MemoryNetwork>[1]) {
    this.rng = new SeededRng(seed);
    this.network = new MemoryNetwork(this.clock, { ...line, rng: this.rng });
  }

  async start(harness: SessionHarness): Promise<this> {
    const { clock, rng, network } = this;
    const take = await harness.acceptor({ clock, rng, accept: (session) => void this.accepted.push(session) });
    for (const route of ROUTES) network.listen(route, take);
    const onSwitch = (need: string, route: string): void => void this.switches.push([need, route, clock.nowMs()]);
    this.session = await clock.runUntil(harness.dial({ clock, rng, network, routes: ROUTES, onSwitch }));
    return this;
  }

  get other(): SuiteSession {
    const session = this.accepted[0];
    if (session === undefined) throw new Error("nothing was accepted");
    return session;
  }

  /** Lets time pass until something holds. */
  async until(holds: () => boolean, limitMs = 120_000): Promise<void> {
    const byMs = this.clock.nowMs() + limitMs;
    while (!holds()) {
      if (this.clock.nowMs() > byMs) throw new Error("it never came to hold");
      await this.clock.advance(50);
    }
  }
}

/** Defines the tests of a session layer. */
export function describeSession(name: string, harness: SessionHarness): void {
  describe(`session: ${name}`, () => {
    it.each([1, 2, 3, 4, 5, 6])(
      "P-1 loses and repeats nothing under cuts and freezes at random (seed %i)",
      async (seed) => {
        const world = await new World(seed, { latencyMs: 20, bytesPerSecond: 120_000, pieceBytes: 3_000 }).start(
          harness,
        );
        const { clock, network, rng, session } = world;
        const other = world.other;
        const [there, back] = [pattern(700_000), pattern(500_000)];
        const [atOther, atSession] = [new Taken(other.link), new Taken(session.link)];
        for (let at = 0; at < 700_000; at += 7_000) session.link.send(there.subarray(at, at + 7_000));
        for (let at = 0; at < 500_000; at += 5_000) other.link.send(back.subarray(at, at + 5_000));
        for (let round = 0; atOther.size < 700_000 || atSession.size < 500_000; round++) {
          if (round > 400) throw new Error("it does not come through");
          await clock.advance(rng.between(20, 900));
          const what = rng.next();
          if (what < 0.4) network.cut();
          else if (what < 0.6) for (const pair of network.links()) pair.freeze();
          else for (const pair of network.links()) pair.thaw();
        }
        expect(equalBytes(atOther.bytes, there)).toBe(true);
        expect(equalBytes(atSession.bytes, back)).toBe(true);
        expect(world.accepted).toHaveLength(1);
        expect(world.switches.length).toBeGreaterThan(1);
        session.link.close();
        expect(await clock.runUntil(Promise.all([session.ended, other.ended]))).toEqual(["closed", "closed"]);
      },
    );

    it("P-9 moves to another route within five seconds when a route falls silent in the middle", async () => {
      const world = await new World(9, { latencyMs: 30, bytesPerSecond: 200_000 }).start(harness);
      const { clock, network, session } = world;
      const got = new Taken(world.other.link);
      session.link.send(pattern(400_000));
      await world.until(() => got.size > 50_000);
      for (const pair of network.links("memory:one")) pair.freeze();
      network.set("memory:one", "silent");
      const fromMs = clock.nowMs();
      await world.until(() => world.switches.length > 1);
      expect(world.switches[1]?.slice(0, 2)).toEqual(["quiet", "memory:two"]);
      expect(clock.nowMs() - fromMs).toBeLessThan(5_000);
      await world.until(() => got.size === 400_000);
      expect(equalBytes(got.bytes, pattern(400_000))).toBe(true);
      expect(session.route).toBe("memory:two");
    });

    it("P-9 stays where it is when a silent link speaks again before another was found", async () => {
      const world = await new World(10, { latencyMs: 30 }).start(harness);
      const { clock, network, session } = world;
      const got = new Taken(world.other.link);
      network.set("memory:one", "silent");
      network.set("memory:two", "silent");
      for (const pair of network.links()) pair.freeze();
      session.link.send(pattern(10_000));
      await clock.advance(6_000);
      for (const pair of network.links()) pair.thaw();
      await world.until(() => got.size === 10_000);
      // Nobody looks for another any more, though there would be one.
      for (const route of ROUTES) network.set(route, "open");
      await clock.advance(90_000);
      expect(world.switches).toHaveLength(1);
      expect(session.route).toBe("memory:one");
    });

    it("P-9 does not take a slow link for a frozen one", async () => {
      const world = await new World(11, { latencyMs: 300, bytesPerSecond: 2_000, pieceBytes: 1_400 }).start(harness);
      const got = new Taken(world.other.link);
      world.session.link.send(pattern(30_000));
      await world.until(() => got.size === 30_000);
      expect(world.switches).toHaveLength(1);
    });

    it("P-6 a letter passes within three seconds at 2 kB/s while a download runs", async () => {
      const world = await new World(12, { latencyMs: 150, bytesPerSecond: 2_000, pieceBytes: 1_400 }).start(harness);
      const { clock, session } = world;
      world.other.onStream((stream) => stream.receive(() => undefined));
      const got = new Taken(world.other.link);
      const bulk = session.open("bulk", new Uint8Array(0));
      bulk?.send(new Uint8Array(500_000));
      await clock.advance(20_000);
      for (let letter = 1; letter <= 5; letter++) {
        const fromMs = clock.nowMs();
        session.link.send(new Uint8Array(400));
        await world.until(() => got.size === letter * 400);
        expect(clock.nowMs() - fromMs).toBeLessThan(3_000);
        await clock.advance(2_000);
      }
    });

    it("P-7 streams survive the links they began on, in both directions, half open", async () => {
      const world = await new World(13, { latencyMs: 10, bytesPerSecond: 300_000 }).start(harness);
      const { network, session } = world;
      const streams: (Link & { readonly label: Uint8Array })[] = [];
      world.other.onStream((stream) => {
        stream.receive((chunk) => stream.send(chunk));
        streams.push(stream);
      });
      const opened = session.open("bulk", Uint8Array.of(1, 2))!;
      const got = new Taken(opened);
      opened.send(pattern(200_000));
      while (got.size < 200_000) {
        await world.clock.advance(150);
        network.cut();
      }
      expect(equalBytes(got.bytes, pattern(200_000))).toBe(true);
      expect([...streams[0]!.label]).toEqual([1, 2]);
      streams[0]!.close();
      opened.close();
      expect(await world.clock.runUntil(Promise.all([opened.ended, streams[0]!.ended]))).toEqual(["closed", "closed"]);
    });

    it("P-11 a link that says nothing is asked whether it lives", async () => {
      const world = await new World(14, { latencyMs: 10 }).start(harness);
      await world.clock.advance(60_000);
      expect(world.switches).toHaveLength(1);
      for (const pair of world.network.links()) pair.freeze();
      world.network.set("memory:one", "silent");
      await world.clock.advance(60_000);
      expect(world.session.route).toBe("memory:two");
    });

    it("P-12 gives up when no link was found for as long as agreed, at both ends", async () => {
      const world = await new World(15, { latencyMs: 10 }).start(harness);
      for (const route of ROUTES) world.network.set(route, "refusing");
      world.session.link.send(Uint8Array.of(1));
      world.network.cut();
      const ends = Promise.all([world.session.ended, world.other.ended]);
      expect(await world.clock.runUntil(ends, 1_000_000)).toEqual(["lost", "lost"]);
      expect(world.clock.nowMs()).toBeGreaterThan(290_000);
    });

    it("P-11 replaces a link that has lived long by a fresh one, without losing anything", async () => {
      const world = await new World(16, { latencyMs: 10 }).start(harness);
      const got = new Taken(world.other.link);
      for (let i = 0; i < 40; i++) {
        world.session.link.send(pattern(1_000));
        await world.clock.advance(60_000);
      }
      expect(got.size).toBe(40_000);
      expect(world.switches.some(([need]) => need === "spent")).toBe(true);
      expect(world.network.links()).toHaveLength(1);
    });
  });
}
