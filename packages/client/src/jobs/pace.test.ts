import { FakeClock } from "@chapar/carrier/testing";
import { conversationId } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { Pace } from "./pace.ts";

const ROOM = conversationId(new Uint8Array(20).fill(1));
const OTHER = conversationId(new Uint8Array(20).fill(2));
/** As long as it may be. */
const LONGEST = { next: () => 1 - 2 ** -32 };

/** How long it rests, by its clock, after so many races were lost in a row. */
async function restAfter(lost: number): Promise<number> {
  const clock = new FakeClock();
  const pace = new Pace(clock, LONGEST);
  for (let at = 0; at < lost; at++) pace.lost(ROOM);
  const beganMs = clock.nowMs();
  const over = Promise.withResolvers<number>();
  if (pace.isReady(ROOM, "wish", () => over.resolve(clock.nowMs() - beganMs))) return 0;
  return clock.runUntil(over.promise);
}

describe("whoever lost a race", () => {
  it("F-140 waits up to half a second, doubled with each race lost up to thirty seconds", async () => {
    const rests = await Promise.all([0, 1, 2, 3, 6, 7, 20].map(restAfter));
    expect(rests).toEqual([0, 499, 999, 1_999, 15_999, 29_999, 29_999]);
  });

  it("F-140 a race won halves the next wait and ends this one; other conversations do not wait", async () => {
    const clock = new FakeClock();
    const pace = new Pace(clock, LONGEST);
    for (let at = 0; at < 3; at++) pace.lost(ROOM);
    expect(pace.isReady(OTHER, "wish", () => undefined)).toBe(true);
    pace.won(ROOM);
    expect(pace.isReady(ROOM, "wish", () => undefined)).toBe(true);
    pace.lost(ROOM);
    await clock.advance(1_998);
    expect(pace.isReady(ROOM, "wish", () => undefined)).toBe(false);
    await clock.advance(2);
    expect(pace.isReady(ROOM, "wish", () => undefined)).toBe(true);
  });

  it("F-140 everybody who waits on a device is told once, and nobody after the link's end", async () => {
    const clock = new FakeClock();
    const pace = new Pace(clock, LONGEST);
    const told: string[] = [];
    pace.lost(ROOM);
    for (const who of ["wish", "wish", "renewal"]) pace.isReady(ROOM, who, () => told.push(who));
    await clock.advance(60_000);
    expect(told).toEqual(["wish", "renewal"]);
    pace.lost(ROOM);
    pace.isReady(ROOM, "wish", () => told.push("after the end"));
    pace.end();
    await clock.advance(60_000);
    expect(told).toHaveLength(2);
    pace.begin();
    expect(pace.isReady(ROOM, "wish", () => undefined)).toBe(true);
  });
});
