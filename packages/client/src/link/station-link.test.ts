import { FakeClock, linkPair, type LinkPair } from "@chapar/carrier/testing";
import { blobHash, type Frame, decodeFrame, frameBytes, FrameReader, stationKey } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { FROZEN_AFTER_MS, GREETING_LIMIT_MS, StationLink } from "./station-link.ts";

const KEY = stationKey(new Uint8Array(32).fill(5));

/** A station played by the test: answers by type, or not at all. */
function play(clock: FakeClock, answer: (frame: Frame) => Frame | undefined): LinkPair & { heard: string[] } {
  const pair = linkPair({ latencyMs: 5 }, clock);
  const reader = new FrameReader();
  const heard: string[] = [];
  pair.acceptor.receive((chunk) => {
    for (const bytes of reader.push(chunk).frames) {
      const frame = decodeFrame(bytes);
      if (!frame.ok) throw new Error(frame.code);
      heard.push(frame.value.body.type);
      const said = answer(frame.value);
      if (said !== undefined) pair.acceptor.send(frameBytes(said));
    }
  });
  return { ...pair, heard };
}

const hello = (versions: readonly [number, number] = [1, 1]): Frame => ({
  kind: "notice",
  body: { type: "hello", versions, station: KEY, region: "IR", name: "t", nonce: new Uint8Array(32), timeMs: 0 },
});

function polite(frame: Frame): Frame | undefined {
  if (frame.kind !== "request") return undefined;
  const { id, body } = frame;
  if (body.type === "greet") return { kind: "response", id, body: { type: "done" } };
  if (body.type === "prove") return { kind: "response", id, body: { type: "proof", signature: new Uint8Array(64) } };
  if (body.type === "ping") return { kind: "response", id, body: { type: "pong" } };
  return undefined;
}

const portsOf = (clock: FakeClock) => ({
  clock,
  random: (sizeBytes: number) => new Uint8Array(sizeBytes),
  verify: () => true,
  counted: () => undefined,
});

async function greeted(clock: FakeClock, station: LinkPair): Promise<StationLink> {
  station.acceptor.send(frameBytes(hello()));
  return clock.runUntil(StationLink.greet(station.dialer, KEY, portsOf(clock)));
}

describe("StationLink", () => {
  it("F-2 ends a greeting that never comes", async () => {
    const clock = new FakeClock();
    const station = play(clock, polite);
    const greeting = StationLink.greet(station.dialer, KEY, portsOf(clock));
    const startedAtMs = clock.nowMs();
    await expect(clock.runUntil(greeting)).rejects.toMatchObject({ code: "client/link-frozen" });
    expect(clock.nowMs() - startedAtMs).toBeLessThan(GREETING_LIMIT_MS + 6_000);
  });

  it("W-2 refuses a station that speaks no version of ours", async () => {
    const clock = new FakeClock();
    const station = play(clock, polite);
    station.acceptor.send(frameBytes(hello([7, 9])));
    const greeting = StationLink.greet(station.dialer, KEY, portsOf(clock));
    await expect(clock.runUntil(greeting)).rejects.toMatchObject({ code: "wire/unknown-version" });
  });

  it("gives up a link that owes an answer and is silent, and rejects what was asked", async () => {
    const clock = new FakeClock();
    const station = play(clock, polite);
    const link = await greeted(clock, station);
    const asked = link.ask({ type: "keys.count", suite: 0xf00d }, "keys.count");
    const startedAtMs = clock.nowMs();
    await expect(clock.runUntil(asked)).rejects.toMatchObject({ code: "wire/link-ended" });
    expect(clock.nowMs() - startedAtMs).toBeGreaterThanOrEqual(FROZEN_AFTER_MS - 5_000);
    expect(clock.nowMs() - startedAtMs).toBeLessThan(FROZEN_AFTER_MS + 6_000);
    expect(await link.ended).toBe("client/link-frozen");
    await expect(link.ask({ type: "ping" }, "pong")).rejects.toMatchObject({ code: "wire/link-ended" });
  });

  it("a request that does not fit its frame is refused at once, and the link owes nothing for it", async () => {
    const clock = new FakeClock();
    const station = play(clock, polite);
    const link = await greeted(clock, station);
    const at = { key: KEY, urls: ["no url at all"] };
    const asked = link.ask({ type: "blob.get", hash: blobHash(new Uint8Array(32)), at }, "blob");
    await expect(asked).rejects.toBeInstanceOf(RangeError);
    await clock.advance(2 * FROZEN_AFTER_MS);
    expect(link.isEnded).toBe(false);
  });

  it("W-6 pings a quiet link and keeps it", async () => {
    const clock = new FakeClock();
    const station = play(clock, polite);
    const link = await greeted(clock, station);
    await clock.advance(200_000);
    expect(link.isEnded).toBe(false);
    expect(station.heard.filter((type) => type === "ping").length).toBeGreaterThan(2);
  });

  it.each([
    ["a frame of no bytes", Uint8Array.of(0, 0, 0, 0)],
    ["a frame above the limit", Uint8Array.of(0x7f, 0, 0, 0)],
    ["a request", frameBytes({ kind: "request", id: 1, body: { type: "ping" } })],
    ["an answer that nobody asked for", frameBytes({ kind: "response", id: 77, body: { type: "pong" } })],
    ["a second hello", frameBytes(hello())],
  ])("W-4 ends the link for %s", async (_, bytes) => {
    const clock = new FakeClock();
    const station = play(clock, polite);
    const link = await greeted(clock, station);
    station.acceptor.send(bytes);
    expect(await clock.runUntil(link.ended)).toMatch(/^wire\//);
  });

  it("says client/unexpected-answer for an answer of the wrong type", async () => {
    const clock = new FakeClock();
    const station = play(clock, (frame) =>
      frame.kind === "request" && frame.body.type === "keys.count"
        ? { kind: "response", id: frame.id, body: { type: "pong" } }
        : polite(frame),
    );
    const link = await greeted(clock, station);
    const asked = link.ask({ type: "keys.count", suite: 0xf00d }, "keys.count");
    await expect(clock.runUntil(asked)).rejects.toMatchObject({ code: "client/unexpected-answer" });
  });
});
