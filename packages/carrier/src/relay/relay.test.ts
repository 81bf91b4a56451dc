import { describe, expect, it } from "vitest";
import { CarrierError } from "../errors.ts";
import type { Link } from "../port.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { linkPair, type LinkPair, type LinkPairOptions } from "../testing/link-pair.ts";
import type { ListedPlace, RelayList } from "./list.ts";
import { RelayMeter, type RelayLimits } from "./meter.ts";
import { encodeOpen, openThrough } from "./open.ts";
import { Relay, type RelayBounds } from "./relay.ts";

const HOUR_MS = 3_600_000;
const KEY = new Uint8Array(32).fill(1);
const OTHER = new Uint8Array(32).fill(2);
const CALENDAR = {
  hourOf: (nowMs: number) => Math.floor(nowMs / HOUR_MS) % 24,
  monthOf: (nowMs: number) => String(Math.floor(nowMs / (30 * 24 * HOUR_MS))),
};

interface WorldOptions {
  readonly limits?: RelayLimits;
  readonly bounds?: Partial<RelayBounds>;
  readonly line?: LinkPairOptions;
  readonly dial?: (place: ListedPlace) => Promise<Link>;
}

/** A relay with one station behind it, in memory. */
class World {
  readonly clock = new FakeClock(0);
  readonly far: LinkPair[] = [];
  readonly meter: RelayMeter;
  readonly relay: Relay;
  list: RelayList | undefined = {
    issuer: KEY,
    number: 1,
    issuedAtMs: 0,
    expiresAtMs: 48 * HOUR_MS,
    places: [{ kind: "station", key: KEY, urls: ["https://s.example"] }],
  };
  readonly #options: WorldOptions;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.meter = new RelayMeter(options.limits ?? {}, this.clock, CALENDAR);
    const { clock, meter } = this;
    const dial = options.dial ?? ((): Promise<Link> => Promise.resolve(this.#station()));
    this.relay = new Relay({ clock, meter, list: () => this.list, dial, bounds: options.bounds ?? {} });
  }

  #station(): Link {
    const pair = linkPair(this.#options.line ?? {}, this.clock);
    this.far.push(pair);
    return pair.dialer;
  }

  near(source?: string): Link {
    const pair = linkPair(this.#options.line ?? {}, this.clock);
    this.relay.accept(pair.acceptor, source);
    return pair.dialer;
  }

  open(source?: string, key: Uint8Array = KEY): Promise<Link> {
    const opening = openThrough(this.near(source), key);
    opening.catch(() => undefined);
    return this.clock.runUntil(opening);
  }

  refused(source?: string, key?: Uint8Array): Promise<unknown> {
    return this.open(source, key).then(
      () => "open",
      (error: unknown) => (error as CarrierError).reason,
    );
  }
}

describe("relay", () => {
  it("P-61 passes bytes both ways to what its list names, and refuses what it does not", async () => {
    const world = new World();
    const link = await world.open();
    const got: number[] = [];
    world.far[0]?.acceptor.receive((chunk) => got.push(...chunk));
    link.send(Uint8Array.of(1, 2, 3));
    const back = new Promise<Uint8Array>((resolve) => link.receive(resolve));
    world.far[0]?.acceptor.send(Uint8Array.of(9));
    expect([...(await world.clock.runUntil(back))]).toEqual([9]);
    expect(got).toEqual([1, 2, 3]);
    expect(await world.refused("", OTHER)).toBe("not listed");
    expect(world.far).toHaveLength(1);
    expect(world.meter.state.totalBytes).toBe(4);
    expect(world.meter.state.totalStreams).toBe(1);
    link.close();
    expect(await world.clock.runUntil(world.far[0]!.acceptor.ended)).toBe("closed");
    expect(world.relay.streamCount).toBe(0);
  });

  it("P-62 refuses everything once its list has expired, or while there is none", async () => {
    const world = new World();
    world.clock.jump(48 * HOUR_MS);
    expect(await world.refused()).toBe("expired");
    world.list = undefined;
    expect(await world.refused()).toBe("not listed");
    expect(world.relay.refusals).toMatchObject({ expired: 1, "not listed": 1, busy: 0 });
  });

  it("P-61 says so when the place cannot be reached, or takes too long", async () => {
    const refusing = new World({ dial: () => Promise.reject(new CarrierError("carrier/unreachable")) });
    expect(await refusing.refused()).toBe("unreachable");
    const silent = new World({ dial: () => new Promise(() => undefined) });
    expect(await silent.refused()).toBe("unreachable");
    expect(silent.relay.streamCount).toBe(0);
  });

  it("P-64 ten thousand links that ask for nothing hold no more than agreed, and are closed in time", async () => {
    const world = new World({ bounds: { maxPending: 100 } });
    const links = Array.from({ length: 10_000 }, () => world.near());
    expect(world.relay.pendingCount).toBe(100);
    expect(await world.clock.runUntil(links[0]!.ended, 1_000)).toBe("closed");
    expect(await world.refused()).toBe("open");
    await world.clock.advance(11_000);
    expect(world.relay.pendingCount).toBe(0);
    expect(await links.at(-1)?.ended).toBe("closed");
  });

  it("P-64 an open that comes byte by byte is not waited for", async () => {
    const world = new World();
    const link = world.near();
    for (const byte of encodeOpen(KEY)) {
      link.send(Uint8Array.of(byte));
      await world.clock.advance(1_000);
    }
    expect(await world.clock.runUntil(link.ended)).toBe("closed");
    expect(world.far).toHaveLength(0);
  });

  it("P-64 bounds streams, and those of one source", async () => {
    const world = new World({ bounds: { maxStreams: 4, maxStreamsOfSource: 2 } });
    const first = await world.open("a");
    await world.open("a");
    expect(await world.refused("a")).toBe("busy");
    await world.open("b");
    await world.open("c");
    expect(await world.refused("d")).toBe("busy");
    first.close();
    await world.clock.advance(10);
    expect(await world.refused("a")).toBe("open");
  });

  it("P-64 does not read a side that sends faster than the other takes", async () => {
    const line = { windowBytes: 64 * 1024, pieceBytes: 16 * 1024 };
    const world = new World({ line });
    const link = await world.open();
    world.far[0]?.acceptor.receive(() => undefined);
    world.far[0]?.acceptor.pause();
    link.send(new Uint8Array(8_000_000));
    await world.clock.advance(5_000);
    // What has left waits in two lines' windows and one relay; the rest was never read.
    expect(8_000_000 - link.unsentBytes).toBeLessThan(600_000);
    world.far[0]?.acceptor.resume();
    await world.clock.runUntil(link.drained(1));
    expect(link.unsentBytes).toBe(0);
  });

  it("P-65 keeps to its rate, over all streams together", async () => {
    const world = new World({ limits: { bytesPerSecond: 100_000 } });
    const links = [await world.open("a"), await world.open("b")];
    let count = 0;
    for (const { acceptor } of world.far) acceptor.receive((chunk) => (count += chunk.byteLength));
    for (const link of links) link.send(new Uint8Array(1_000_000));
    await world.clock.advance(10_000);
    expect(count).toBeGreaterThan(900_000);
    expect(count).toBeLessThan(1_150_000);
  });

  it("P-65 rests outside its hours, and when the month's bytes are used up, until the next month", async () => {
    const night = new World({ limits: { hours: [22, 6] } });
    expect(await night.refused()).toBe("open");
    night.clock.jump(7 * HOUR_MS);
    expect(await night.refused()).toBe("resting");
    night.clock.jump(15 * HOUR_MS);
    expect(await night.refused()).toBe("open");
    const world = new World({ limits: { bytesPerMonth: 50_000 } });
    const link = await world.open();
    world.far[0]?.acceptor.receive(() => undefined);
    link.receive(() => undefined);
    link.send(new Uint8Array(60_000));
    await world.clock.advance(100);
    world.relay.rest();
    expect(await world.clock.runUntil(link.ended)).toBe("closed");
    expect(await world.refused()).toBe("resting");
    world.list = { ...world.list!, expiresAtMs: 40 * 24 * HOUR_MS };
    world.clock.jump(31 * 24 * HOUR_MS);
    expect(await world.refused()).toBe("open");
  });

  it("P-65 the month's count goes on after a restart", () => {
    const clock = new FakeClock(0);
    const before = new RelayMeter({ bytesPerMonth: 100 }, clock, CALENDAR);
    before.passed(60);
    const after = new RelayMeter({ bytesPerMonth: 100 }, clock, CALENDAR, before.state);
    expect(after.isResting).toBe(false);
    after.passed(40);
    expect(after.isResting).toBe(true);
    expect(after.state).toMatchObject({ monthBytes: 100, totalBytes: 100 });
  });
});
