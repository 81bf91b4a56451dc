import { describe, expect, it } from "vitest";
import { seededRandom } from "./memory/seeded-random.ts";
import {
  judge,
  judgeShadowsocks,
  judgeStranger,
  probesOf,
  RANDOM_LENGTHS,
  type Reaction,
  replayDelayMs,
} from "./probes.ts";

const reaction = (
  sentBytes: number,
  ending: Reaction["ending"],
  atMs: number,
  receivedBytes = 0,
  probe = `random ${sentBytes}`,
): Reaction => ({
  probe,
  sentBytes,
  receivedBytes,
  ending,
  atMs,
});

describe("probes", () => {
  it("are each their own bytes, also of what a socket handed out: a slice of a Buffer is no copy", () => {
    const sample = Buffer.alloc(100, 7);
    const [replay, changed] = probesOf("R2", sample, seededRandom(1));
    expect([...sample].every((byte) => byte === 7)).toBe(true);
    expect([replay!.bytes[0], changed!.bytes[0]]).toEqual([7, 7 ^ 0xff]);
  });

  it("replay what was seen, changed where a cipher would notice", () => {
    const sample = new Uint8Array(100).fill(7);
    const probes = probesOf("R2", sample, seededRandom(1));
    expect(probes).toHaveLength(5 + RANDOM_LENGTHS.length);
    expect(probes[0]?.bytes).toEqual(sample);
    const changedAt = (i: number): number[] =>
      [...(probes[i]?.bytes ?? [])].flatMap((byte, at) => (byte === 7 ? [] : [at]));
    expect([changedAt(1), changedAt(2), changedAt(3), changedAt(4)]).toEqual([
      [0],
      [0, 1, 2, 3, 4, 5, 6, 7, 62, 63],
      [16],
      [6, 16],
    ]);
    expect(probesOf("R20", sample, seededRandom(1))).toEqual([{ name: "replay", bytes: sample }]);
    expect(
      probesOf("R3", sample, seededRandom(1))
        .map(({ bytes }) => bytes.byteLength)
        .slice(0, 7),
    ).toEqual([0, 1, 23, 49, 50, 51, 17_408]);
  });

  it("come after 280 ms at the earliest, half of them within a minute", () => {
    const random = seededRandom(5);
    const delays = Array.from({ length: 2000 }, () => replayDelayMs(random)).sort((a, b) => a - b);
    expect(delays[0]).toBeGreaterThanOrEqual(280);
    expect(delays[1000]).toBeGreaterThan(40_000);
    expect(delays[1000]).toBeLessThan(90_000);
    expect(delays.at(-1)).toBeLessThanOrEqual(570 * 3_600_000);
  });
});

describe("judges", () => {
  it("call silence with a limit suspect: a byte count or a time", () => {
    const threshold = [reaction(49, "open", 10_000), reaction(50, "fin", 30), reaction(51, "rst", 31)];
    expect(judgeStranger(threshold)).toEqual({ suspect: true, why: "closes at a byte count" });
    expect(judgeShadowsocks(threshold).suspect).toBe(true);
    const timeout = [reaction(1, "fin", 5000), reaction(50, "fin", 5100), reaction(51, "fin", 5050)];
    expect(judgeStranger(timeout)).toEqual({ suspect: true, why: "closes after a fixed time" });
  });

  it("let those go who answer a stranger, stay open for ever, or are not there", () => {
    expect(judgeStranger([reaction(37, "fin", 20, 155, "http"), reaction(50, "fin", 20)]).suspect).toBe(false);
    expect(judgeStranger([reaction(1, "open", 10_000), reaction(17_408, "open", 10_000)]).suspect).toBe(false);
    expect(judgeStranger([reaction(1, "refused", 1)])).toEqual({ suspect: false, why: "nobody answers" });
    expect(judge("R20", []).suspect).toBe(false);
  });

  it("call an answer to a replay, and to nothing else, a proof", () => {
    const replayed = [reaction(100, "open", 9000, 40, "replay"), reaction(49, "open", 9000)];
    expect(judge("R2", replayed)).toEqual({ suspect: true, why: "answers a replay and nothing else" });
    expect(judge("R2", [...replayed, reaction(50, "fin", 3, 300)]).suspect).toBe(false);
  });
});
