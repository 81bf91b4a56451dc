import { describe, expect, it } from "vitest";
import { FakeClock } from "../testing/fake-clock.ts";
import { HANDSHAKE_GAP_MS, HANDSHAKES_PER_LOOK, Pace } from "./pace.ts";

describe("the doctor's pace", () => {
  it("P-121 one handshake at a time to a front, a second after the end of the last, eight in all", async () => {
    const clock = new FakeClock();
    const pace = new Pace(clock);
    const { signal } = new AbortController();
    const begun: number[] = [];
    let [running, most] = [0, 0];
    const act = async (): Promise<string> => {
      begun.push(clock.nowMs());
      most = Math.max(most, ++running);
      await clock.sleep(300, signal);
      running--;
      return "done";
    };
    const all = Promise.all(
      Array.from({ length: HANDSHAKES_PER_LOOK + 2 }, () => pace.handshake("a:443", signal, act)),
    );
    await clock.advance(20_000);
    expect((await all).filter((one) => one === "done")).toHaveLength(HANDSHAKES_PER_LOOK);
    expect(most).toBe(1);
    const gaps = begun.slice(1).map((atMs, i) => atMs - begun[i]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(300 + HANDSHAKE_GAP_MS);
  });

  it("P-121 fronts do not wait for each other, and a failure is no reason to hurry", async () => {
    const clock = new FakeClock();
    const pace = new Pace(clock);
    const { signal } = new AbortController();
    const at: string[] = [];
    const fail = pace.handshake("a:443", signal, () => Promise.reject(new Error("no"))).catch(() => at.push("failed"));
    const second = pace.handshake("a:443", signal, () => Promise.resolve(at.push(`a ${clock.nowMs()}`)));
    const other = pace.handshake("b:443", signal, () => Promise.resolve(at.push(`b ${clock.nowMs()}`)));
    const beganMs = clock.nowMs();
    await clock.advance(5_000);
    await Promise.all([fail, second, other]);
    expect(at).toContain(`b ${beganMs}`);
    expect(at).toContain(`a ${beganMs + HANDSHAKE_GAP_MS}`);
  });
});
