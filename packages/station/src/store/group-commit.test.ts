import { describe, expect, it } from "vitest";
import { GroupCommit } from "./group-commit.ts";

describe("GroupCommit", () => {
  it("lets everybody who asks during a write share the next, in order, one write at a time", async () => {
    const groups: number[][] = [];
    const gates: (() => void)[] = [];
    const commit = new GroupCommit<number>(async (items) => {
      groups.push([...items]);
      await new Promise<void>((resolve) => gates.push(resolve));
    });
    const done: number[] = [];
    const ask = (...items: number[]): Promise<number> => commit.commit(items).then(() => done.push(...items));
    const all = [ask(1), ask(2, 3)];
    await Promise.resolve();
    await Promise.resolve();
    all.push(ask(4), ask(5));
    expect([groups, done]).toEqual([[[1, 2, 3]], []]);
    gates.shift()?.();
    await Promise.all(all.slice(0, 2));
    await Promise.resolve();
    expect([groups, done]).toEqual([
      [
        [1, 2, 3],
        [4, 5],
      ],
      [1, 2, 3],
    ]);
    gates.shift()?.();
    await Promise.all(all);
    await commit.idle();
    expect(done).toEqual([1, 2, 3, 4, 5]);
  });

  it("fails everybody of a failed write and goes on with the next", async () => {
    let fails = true;
    const commit = new GroupCommit<number>(() => (fails ? Promise.reject(new Error("full")) : Promise.resolve()));
    await expect(Promise.all([commit.commit([1]), commit.commit([2])])).rejects.toThrow("full");
    fails = false;
    await expect(commit.commit([3])).resolves.toBeUndefined();
  });
});
