import { describe, expect, it } from "vitest";
import { Lane } from "./lane.ts";

describe("Lane", () => {
  it("runs tasks one after another, in order, and goes on after a failure", async () => {
    const lane = new Lane();
    const seen: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = lane.run(async () => {
      seen.push("begin");
      await gate.promise;
      seen.push("end");
    });
    const second = lane.run(async () => {
      seen.push("second");
      throw new Error("no");
    });
    const third = lane.run(async () => seen.push("third"));
    expect(lane.busy).toBe(true);
    gate.resolve();
    await first;
    await expect(second).rejects.toThrow("no");
    await third;
    expect(seen).toEqual(["begin", "end", "second", "third"]);
    expect(lane.busy).toBe(false);
  });
});
