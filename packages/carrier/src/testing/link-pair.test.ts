import { describe, expect, it } from "vitest";
import { FakeClock } from "./fake-clock.ts";
import { linkPair } from "./link-pair.ts";
import { pattern } from "./peers.ts";
import { SeededRng } from "./seeded-rng.ts";

/** Lengths of the pieces that twenty sends of 100 bytes arrive in. */
async function sizes(seed: number): Promise<readonly number[]> {
  const clock = new FakeClock(0);
  const { dialer, acceptor } = linkPair({ latencyMs: 1, pieceBytes: 300, rng: new SeededRng(seed) }, clock);
  const seen: number[] = [];
  acceptor.receive((chunk) => void seen.push(chunk.byteLength));
  for (let i = 0; i < 20; i++) dialer.send(pattern(100));
  await clock.advance(1000);
  return seen;
}

describe("link pair", () => {
  it("takes the time that latency and rate say", async () => {
    const clock = new FakeClock(0);
    const { dialer, acceptor } = linkPair({ latencyMs: 100, bytesPerSecond: 1000, pieceBytes: 500 }, clock);
    const arrivals: number[] = [];
    acceptor.receive((chunk) => void arrivals.push(clock.nowMs(), chunk.byteLength));
    dialer.send(new Uint8Array(1000));
    expect(dialer.unsentBytes).toBe(1000);
    await clock.advance(599);
    expect(arrivals).toEqual([]);
    expect(dialer.unsentBytes).toBe(500);
    await clock.advance(10_000);
    expect(arrivals).toEqual([600, 500, 1100, 500]);
  });

  it("delays what is lost and everything behind it, and keeps the order", async () => {
    const clock = new FakeClock(0);
    const rng = new SeededRng(3);
    const { dialer, acceptor } = linkPair(
      { latencyMs: 10, lossRate: 0.3, retransmitMs: 200, pieceBytes: 64, rng },
      clock,
    );
    const got: number[] = [];
    let lastMs = 0;
    acceptor.receive((chunk) => {
      expect(clock.nowMs()).toBeGreaterThanOrEqual(lastMs);
      lastMs = clock.nowMs();
      got.push(...chunk);
    });
    dialer.send(pattern(4000));
    await clock.advance(100_000);
    expect(got).toEqual([...pattern(4000)]);
    expect(lastMs).toBeGreaterThan(200);
  });

  it("cuts and joins what is sent in ways that its seed repeats", async () => {
    const once = await sizes(5);
    expect(once.reduce((sum, size) => sum + size, 0)).toBe(2000);
    expect(await sizes(5)).toEqual(once);
    expect(await sizes(6)).not.toEqual(once);
    expect(once.some((size) => size > 100)).toBe(true);
    expect(once.some((size) => size < 100)).toBe(true);
  });

  it("breaks after so many bytes, both ends at once, and delivers exactly those", async () => {
    const clock = new FakeClock(0);
    const { dialer, acceptor } = linkPair({ latencyMs: 5, cutAfterBytes: 1234, pieceBytes: 100 }, clock);
    let count = 0;
    acceptor.receive((chunk) => (count += chunk.byteLength));
    dialer.send(new Uint8Array(5000));
    await clock.advance(1000);
    expect(count).toBe(1234);
    expect(await Promise.all([dialer.ended, acceptor.ended])).toEqual(["lost", "lost"]);
    expect(clock.sleeping).toBe(0);
  });

  it("tells nobody while it is frozen, and delivers when it thaws", async () => {
    const clock = new FakeClock(0);
    const pair = linkPair({ latencyMs: 5 }, clock);
    const got: number[] = [];
    pair.acceptor.receive((chunk) => got.push(...chunk));
    pair.dialer.send(Uint8Array.of(1));
    pair.freeze();
    await clock.advance(60_000);
    pair.dialer.send(Uint8Array.of(2));
    await clock.advance(60_000);
    expect(got).toEqual([]);
    pair.thaw();
    await clock.advance(100);
    expect(got).toEqual([1, 2]);
  });

  it("reads the other end's close in its turn, after what came before it", async () => {
    const clock = new FakeClock(0);
    const { dialer, acceptor } = linkPair({ latencyMs: 5 }, clock);
    const got: number[] = [];
    acceptor.receive((chunk) => got.push(...chunk));
    acceptor.pause();
    dialer.send(Uint8Array.of(1));
    dialer.close();
    await clock.advance(1000);
    expect(got).toEqual([]);
    acceptor.resume();
    expect(got).toEqual([1]);
    expect(await clock.runUntil(Promise.all([dialer.ended, acceptor.ended]))).toEqual(["closed", "closed"]);
  });

  it("is lost when it is closed while frozen, after the close limit", async () => {
    const clock = new FakeClock(0);
    const pair = linkPair({ closeLimitMs: 3000 }, clock);
    pair.freeze();
    pair.dialer.close();
    expect(await clock.runUntil(pair.dialer.ended)).toBe("lost");
    expect(clock.nowMs()).toBe(3000);
  });
});

describe("fake clock", () => {
  it("wakes sleepers in the order of their time, and those of one time in the order they came", async () => {
    const clock = new FakeClock(0);
    const signal = new AbortController().signal;
    const woken: string[] = [];
    const sleep = async (name: string, delayMs: number): Promise<void> => {
      await clock.sleep(delayMs, signal);
      woken.push(`${name} ${clock.nowMs()}`);
      if (name === "a") await sleep("a2", 5);
    };
    const all = [sleep("c", 20), sleep("a", 10), sleep("b", 10), sleep("zero", 0)];
    await clock.advance(30);
    await Promise.all(all);
    expect(woken).toEqual(["zero 0", "a 10", "b 10", "a2 15", "c 20"]);
    expect(clock.nowMs()).toBe(30);
  });

  it("ends a sleep with the signal's reason and forgets it", async () => {
    const clock = new FakeClock(0);
    const abort = new AbortController();
    const reason = new Error("enough");
    const sleeping = clock.sleep(10, abort.signal).catch((error: unknown) => error);
    expect(clock.sleeping).toBe(1);
    abort.abort(reason);
    expect(await sleeping).toBe(reason);
    expect(clock.sleeping).toBe(0);
    await expect(clock.sleep(1, abort.signal)).rejects.toBe(reason);
  });

  it("keeps sleeps their length when the time jumps", async () => {
    const clock = new FakeClock(1000);
    const done = clock.sleep(10, new AbortController().signal).then(() => clock.nowMs());
    clock.jump(-900);
    expect(clock.nowMs()).toBe(100);
    expect(await clock.runUntil(done)).toBe(110);
  });

  it("says when a promise does not settle", async () => {
    const clock = new FakeClock(0);
    void clock.sleep(5000, new AbortController().signal);
    await expect(clock.runUntil(new Promise(() => undefined), 1000)).rejects.toThrow("not settled within 1000 ms");
  });
});
