import { describe, expect, it } from "vitest";
import { equalBytes, toHex } from "@chapar/wire/bytes";
import { BAD_LINE, Road, Taken } from "../testing/dns-road.ts";
import type { ResolverHabits } from "../testing/dns-world.ts";
import { pattern } from "../testing/peers.ts";
import { DNS_TYPE } from "./dns-message.ts";

describe("links over DNS", () => {
  const BAD: readonly [name: string, habits: readonly ResolverHabits[]][] = [
    ["that lose a tenth", [BAD_LINE]],
    ["that reorder and repeat", [{ latencyMs: 40, jitterMs: 200, repeatRate: 0.2, lossRate: 0.05 }]],
    [
      "that replay, remember and vary the case",
      [{ replayRate: 0.1, remembers: true, variesCase: true, repeatRate: 0.1 }],
    ],
    ["of three kinds at once", [BAD_LINE, { latencyMs: 20, jitterMs: 30, variesCase: true }, { lossRate: 1 }]],
    ["that forge an answer before each true one", [{ forges: true, lossRate: 0.02 }]],
    ["that limit how often they are asked", [{ mostPerSecond: 30 }]],
  ];
  for (const [name, habits] of BAD) {
    it.each([1, 2, 3])(`P-92 loses and repeats nothing through resolvers ${name} (seed %i)`, async (seed) => {
      const road = new Road(seed, habits);
      const link = await road.dial();
      const other = road.accepted[0]!;
      const [there, back] = [new Taken(other), new Taken(link)];
      const [up, down] = [pattern(8_000), pattern(40_000)];
      for (let at = 0; at < 8_000; at += 800) {
        link.send(up.subarray(at, at + 800));
        other.send(down.subarray(at * 5, at * 5 + 4_000));
        await road.clock.advance(road.rng.between(0, 400));
      }
      await road.until(() => there.size >= up.byteLength && back.size >= down.byteLength);
      await road.clock.advance(12_000);
      expect(equalBytes(there.bytes, up)).toBe(true);
      expect(equalBytes(back.bytes, down)).toBe(true);
      link.close();
      expect(await road.clock.runUntil(Promise.all([link.ended, other.ended]))).toEqual(["closed", "closed"]);
    });
  }

  it("P-90 asks in at most 72 bytes, and each name once", async () => {
    const road = new Road(4, [{ ...BAD_LINE, maxQueryBytes: 72 }]);
    const link = await road.dial();
    const got = new Taken(road.accepted[0]!);
    link.send(pattern(3_000));
    await road.until(() => got.size === 3_000);
    await road.clock.advance(20_000);
    const queries = road.world.seen.map(({ query }) => query);
    expect(Math.max(...queries.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(72);
    expect(new Set(queries.map((query) => toHex(query.subarray(12)))).size).toBe(queries.length);
    for (const answer of road.world.answers) expect(answer.byteLength).toBeLessThanOrEqual(512);
  });

  it("P-91 falls back to AAAA where TXT is refused, and carries the same", async () => {
    const quick = new Road(5, [{ refusedTypes: [DNS_TYPE.txt] }]);
    await quick.dial();
    expect(quick.clock.nowMs()).toBeLessThan(1_000);
    const road = new Road(5, [{ ...BAD_LINE, refusedTypes: [DNS_TYPE.txt] }]);
    const link = await road.dial();
    const other = road.accepted.at(-1)!;
    const [there, back] = [new Taken(other), new Taken(link)];
    link.send(pattern(1_000));
    other.send(pattern(5_000));
    await road.until(() => there.size === 1_000 && back.size === 5_000);
    expect(equalBytes(there.bytes, pattern(1_000)) && equalBytes(back.bytes, pattern(5_000))).toBe(true);
    for (const answer of road.world.answers) expect(answer.byteLength).toBeLessThanOrEqual(512);
  });

  it("P-93 takes nothing from an answer that is remembered, of another resolver or of another query", async () => {
    const old: Uint8Array[] = [];
    const road: Road = new Road(6, [{ latencyMs: 20 }], {
      carrier: {
        open: (resolvers, came) =>
          road.world.open(resolvers, (from, bytes) => {
            const altered = bytes.with(bytes.byteLength - 1, (bytes.at(-1) ?? 0) ^ 1);
            came({ ...from }, altered);
            came(from, altered.with(1, (bytes[1] ?? 0) ^ 1));
            // Its content under the name of this answer: what a resolver would do that mixes names up.
            for (const other of old.splice(0)) came(from, other);
            old.push(bytes.slice());
            came(from, bytes);
          }),
      },
    });
    const link = await road.dial();
    const other = road.accepted[0]!;
    const [there, back] = [new Taken(other), new Taken(link)];
    other.send(pattern(60_000));
    link.send(pattern(2_000));
    await road.until(() => there.size >= 2_000 && back.size >= 60_000);
    expect(equalBytes(back.bytes, pattern(60_000)) && equalBytes(there.bytes, pattern(2_000))).toBe(true);
  });
});
