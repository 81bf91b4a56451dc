import { describe, expect, it } from "vitest";
import { Events } from "./events.ts";

describe("Events", () => {
  it("tells each listener until it is ended, twice when subscribed twice", async () => {
    const events = new Events();
    const seen: string[] = [];
    const listener = (): void => void seen.push("x");
    const [end] = [events.subscribe(listener), events.subscribe(listener)];
    events.emit({ type: "me" });
    await Promise.resolve();
    end();
    events.emit({ type: "me" });
    await Promise.resolve();
    expect(seen).toHaveLength(3);
  });

  it("waits until a condition holds, and ends with the signal", async () => {
    const events = new Events();
    let holds = false;
    const signal = new AbortController();
    const waiting = events.until(() => holds, signal.signal);
    events.ring();
    holds = true;
    events.ring();
    await waiting;
    holds = false;
    const aborted = events.until(() => holds, signal.signal);
    signal.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
  });

  it("misses no ring that comes while an asynchronous condition is asked", async () => {
    const events = new Events();
    let holds = false;
    const gate = Promise.withResolvers<void>();
    let asked = 0;
    const waiting = events.until(async () => {
      asked += 1;
      const answer = holds;
      if (asked === 1) await gate.promise;
      return answer;
    }, new AbortController().signal);
    holds = true;
    events.ring();
    gate.resolve();
    await waiting;
    expect(asked).toBe(2);
  });
});
