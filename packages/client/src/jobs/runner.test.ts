import { FakeClock, SeededRng } from "@chapar/carrier/testing";
import { describe, expect, it } from "vitest";
import { Runner } from "./runner.ts";

/** A link on which nothing is asked: jobs here only look whether it has ended. */
const LINK = { isEnded: false };

describe("Runner", () => {
  it("tries again with a wait between, tells of each failure, and is idle when done", async () => {
    const clock = new FakeClock();
    const failures: string[] = [];
    const runner = new Runner(
      clock,
      new SeededRng(1),
      (name) => failures.push(name),
      () => undefined,
    );
    runner.run("before any link", async () => failures.push("never") as unknown as void);
    runner.begin(LINK);
    let tries = 0;
    runner.run("job", async () => {
      tries += 1;
      if (tries < 4) throw new Error("not yet");
    });
    expect(runner.isIdle).toBe(false);
    await clock.advance(15_000);
    expect(tries).toBe(4);
    expect(failures).toEqual(["job", "job", "job"]);
    expect(runner.isIdle).toBe(true);
  });

  it("runs once more when asked while it runs, never twice at a time, and stops with the link", async () => {
    const clock = new FakeClock();
    const runner = new Runner(
      clock,
      new SeededRng(1),
      () => undefined,
      () => undefined,
    );
    runner.begin(LINK);
    let [running, most, runs] = [0, 0, 0];
    const job = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await clock.sleep(10, new AbortController().signal);
      running -= 1;
      runs += 1;
    };
    for (let i = 0; i < 5; i++) runner.run("job", job);
    await clock.advance(100);
    expect([runs, most]).toEqual([2, 1]);
    runner.run("failing", () => Promise.reject(new Error("always")));
    await clock.advance(1_000);
    runner.end();
    expect(runner.isIdle).toBe(true);
  });
});
