import { describe, expect, it } from "vitest";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import type { Link } from "../port.ts";
import { Relay } from "../relay/relay.ts";
import { RelayMeter } from "../relay/meter.ts";
import { encodeOpen } from "../relay/open.ts";
import { FakeClock, linkPair, type LinkPair } from "../testing/index.ts";
import { pattern } from "../testing/peers.ts";
import { listOf } from "../testing/relay-world.ts";
import { heldLink } from "./held-link.ts";

/** A pair whose dialer cannot stop reading, as in a browser. */
function unstoppable(clock: FakeClock): LinkPair {
  const pair = linkPair({}, clock);
  Object.assign(pair.dialer, { pause: () => undefined, resume: () => undefined });
  return pair;
}

describe("a link that is held", () => {
  it("P-115 stands still over a link that cannot, and gives everything in order afterwards", async () => {
    const clock = new FakeClock();
    const { dialer, acceptor } = unstoppable(clock);
    const held = heldLink(dialer);
    const got: Uint8Array[] = [];
    held.receive((chunk) => got.push(chunk.slice()));
    held.pause();
    acceptor.send(pattern(50_000));
    await clock.advance(100);
    expect(got).toEqual([]);
    held.resume();
    expect(equalBytes(concatBytes(...got), pattern(50_000))).toBe(true);
  });

  it("P-115 ends after what came before the end was read, and at once when nobody will", async () => {
    for (const isRead of [true, false]) {
      const clock = new FakeClock();
      const { dialer, acceptor } = unstoppable(clock);
      const held = heldLink(dialer);
      let gotBytes = 0;
      let how = "";
      held.receive((chunk) => (gotBytes += chunk.byteLength));
      void held.ended.then((end) => (how = end));
      held.pause();
      acceptor.send(new Uint8Array(1_000));
      acceptor.close();
      await clock.advance(1_000);
      expect([gotBytes, how]).toEqual([0, ""]);
      if (isRead) held.resume();
      else held.close();
      await clock.advance(10);
      expect([gotBytes, how]).toEqual([isRead ? 1_000 : 0, "closed"]);
    }
  });

  it("P-115 lets go who sends beyond the bound while it is held", async () => {
    const clock = new FakeClock();
    const { dialer, acceptor } = unstoppable(clock);
    const held = heldLink(dialer, 100_000);
    held.receive(() => undefined);
    held.pause();
    for (let i = 0; i < 11; i++) acceptor.send(new Uint8Array(10_000));
    expect(await clock.runUntil(acceptor.ended)).toBe("closed");
  });

  it("P-115 a volunteer's rate holds for what comes from the station, too", async () => {
    const clock = new FakeClock();
    const station = unstoppable(clock);
    const place = { kind: "station", key: new Uint8Array(32).fill(1), urls: [] } as const;
    const calendar = { hourOf: () => 12, monthOf: () => "2030-01-01" };
    const list = { ...listOf([place]), expiresAtMs: clock.nowMs() + 1e9 };
    const dial = (): Promise<Link> => Promise.resolve(heldLink(station.dialer));
    const relay = new Relay({
      clock,
      list: () => list,
      dial,
      meter: new RelayMeter({ bytesPerSecond: 10_000 }, clock, calendar),
    });
    const person = linkPair({}, clock);
    let cameBytes = 0;
    person.dialer.receive((chunk) => (cameBytes += chunk.byteLength));
    relay.accept(person.acceptor);
    person.dialer.send(encodeOpen(place.key));
    await clock.advance(10);
    for (let i = 0; i < 100; i++) station.acceptor.send(new Uint8Array(1_000));
    await clock.advance(3_000);
    // Three seconds of 10 kB, a burst of a quarter, a chunk that was under way.
    expect(cameBytes).toBeGreaterThan(25_000);
    expect(cameBytes).toBeLessThan(40_000);
    await clock.advance(10_000);
    expect(cameBytes).toBe(100_002);
  });
});
