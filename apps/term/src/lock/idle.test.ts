import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { idleMsOf, whenIdle } from "./idle.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the time after which the chat locks", () => {
  it("A-41 is minutes, or never, and nothing else", () => {
    expect([undefined, "", "off", "1", "1440"].map(idleMsOf)).toEqual([
      undefined,
      undefined,
      undefined,
      60_000,
      86_400_000,
    ]);
    for (const wrong of ["0", "1441", "-1", "5m", "1.5"])
      expect(() => idleMsOf(wrong)).toThrow(expect.objectContaining({ code: "term/usage" }));
  });

  it("A-41 begins anew with each key, ends with the sitting, and is never when none was chosen", () => {
    let times = 0;
    const act = (): void => void (times += 1);
    const idle = whenIdle(60_000, act);
    vi.advanceTimersByTime(59_999);
    idle.touched();
    vi.advanceTimersByTime(59_999);
    expect(times).toBe(0);
    vi.advanceTimersByTime(1);
    expect(times).toBe(1);
    const other = whenIdle(60_000, act);
    other.stop();
    whenIdle(undefined, act).touched();
    vi.advanceTimersByTime(86_400_000);
    expect(times).toBe(1);
  });
});
