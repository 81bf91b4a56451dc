import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "./virtual-clock.ts";

const never = new AbortController().signal;

describe("a clock that several processes share", () => {
  it("moves to a moment, wakes everyone on the way in order, and tells who is next", async () => {
    const clock = new VirtualClock(() => setImmediate(), 1_000);
    const woken: string[] = [];
    const sleep = async (name: string, delayMs: number): Promise<void> => {
      await clock.sleep(delayMs, never);
      woken.push(`${name} ${clock.nowMs()}`);
      if (name === "first") await sleep("child", 5);
    };
    const all = Promise.all([sleep("late", 500), sleep("second", 20), sleep("first", 10)]);
    expect(clock.nextAtMs).toBe(1_010);
    await clock.moveTo(1_100);
    expect(woken).toEqual(["first 1010", "child 1015", "second 1020"]);
    expect([clock.nowMs(), clock.nextAtMs]).toEqual([1_100, 1_500]);
    await clock.moveTo(1_500);
    await all;
    expect(woken.at(-1)).toBe("late 1500");
    expect(clock.nextAtMs).toBeUndefined();
  });
});
