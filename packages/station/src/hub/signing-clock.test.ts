import { FakeClock } from "@chapar/carrier/testing";
import { expect, it } from "vitest";
import { MemoryStore } from "../testing/memory-store.ts";
import { SigningClock } from "./signing-clock.ts";

it("never signs an earlier time than before, not even after a restart with the clock set back", async () => {
  const store = new MemoryStore();
  const clock = new FakeClock(1_000_000);
  const first = await SigningClock.open(clock, store);
  const times: number[] = [];
  const sign = async (signing: SigningClock): Promise<void> => {
    const timeMs = signing.next();
    const mark = signing.mark(timeMs);
    await store.commit(mark.writes);
    mark.reached();
    times.push(timeMs);
  };
  await sign(first);
  clock.jump(4_000);
  await sign(first);
  clock.jump(-3_000);
  await sign(first);
  clock.jump(-900_000);
  const second = await SigningClock.open(clock, store);
  await sign(second);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(store.writes.length).toBe(2);
});

it("keeps its mark on disk before what it signed may leave", async () => {
  const clock = new FakeClock(1_000_000);
  const signing = await SigningClock.open(clock, new MemoryStore());
  expect(signing.mark(signing.next()).writes.length).toBe(1);
  // The commit failed: the mark is asked for again.
  expect(signing.mark(signing.next()).writes.length).toBe(1);
});
