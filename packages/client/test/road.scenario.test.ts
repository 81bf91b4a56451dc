/* The road on networks in memory: which route carries a session, when it moves, and what is remembered. */
import { stationKey } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { A, B, NEVER, Town } from "./road-town.ts";

const SLOW_BYTES_PER_SECOND = 8_000;

describe("the road home", () => {
  it("P-42 carries the first letter before anything is proved: at 64 kbit/s it is not behind 64 KiB", async () => {
    const town = await new Town({ bytesPerSecond: SLOW_BYTES_PER_SECOND }).open();
    const beganAtMs = town.clock.nowMs();
    const talk = await town.talk();
    await talk.say(300);
    expect(town.clock.nowMs() - beganAtMs).toBeLessThan(1_000);
    await talk.rest(60_000);
    // Nor is it proved later: an echo would stand before the next letter for seconds.
    expect(talk.linkBytes).toBeLessThan(4_000);
    expect(town.believed.size).toBe(0);
  });

  it("P-42 P-45 remembers a route for its network when a link over it has carried 64 KiB", async () => {
    const town = await new Town({ bytesPerSecond: SLOW_BYTES_PER_SECOND }).open();
    const talk = await town.talk();
    await talk.say(20_000);
    expect([...town.believed]).toEqual([]);
    await talk.say(20_000);
    expect([...town.believed]).toEqual([["home", A]]);
  });

  it("P-43 proves an idle link where that is cheap, and finds a frozen route before anybody writes", async () => {
    const town = await new Town().open();
    town.freezeAfterBytes.set(A, 20_000);
    const talk = await town.talk();
    await talk.say(2_000);
    expect(town.moved).toEqual(["web"]);
    await talk.rest(20_000);
    expect(town.moved).toEqual(["web", "ss"]);
    expect(await talk.say(2_000)).toBeLessThan(200);
    await talk.rest(20_000);
    expect(talk.linkBytes).toBeGreaterThan(64 * 1024);
    expect([...town.believed]).toEqual([["home", B]]);
  });

  it("P-41 moves away from a link that froze and does not go back to its front while another leads home", async () => {
    const town = await new Town().open();
    town.freezeAfterBytes.set(A, 4_000);
    const talk = await town.talk();
    const tookMs = await talk.say(30_000);
    expect(tookMs).toBeLessThan(4_000);
    expect(town.moved).toEqual(["web", "ss"]);
    expect(town.accepted).toHaveLength(1);
    town.network.cut(B);
    await talk.say(1_000);
    expect(town.dialed.filter((route) => route === A)).toHaveLength(1);
    // Nobody was told that a way is sought while there was one.
    expect(town.seeking).toEqual([undefined]);
  });

  it("P-124 says of each way how it did: in use, fell silent, did not open; a beaten one is not blamed", async () => {
    const town = await new Town().open();
    const road = town.road();
    const states = (): unknown[] => [road.stateOf(A), road.stateOf(B)];
    expect(states()).toEqual([undefined, undefined]);
    town.network.set(A, "refusing");
    const talk = await town.talk(road);
    await talk.say(1_000);
    expect(states()).toEqual(["failed", "in-use"]);
    town.network.set(A, "open");
    town.freezeAfterBytes.set(B, 0);
    for (const pair of town.network.links(B)) pair.freeze();
    await talk.say(1_000);
    expect(states()).toEqual(["in-use", "silent"]);
  });

  it("P-41 keeps a silent link that speaks again, and its front is not held to be silent", async () => {
    const town = await new Town().open();
    town.network.set(B, "silent");
    const talk = await town.talk();
    await talk.say(100);
    const [pair] = town.network.links(A);
    pair?.freeze();
    const saying = talk.say(100);
    await town.clock.advance(3_000);
    expect(town.dialed).toContain(B);
    pair?.thaw();
    await saying;
    town.network.cut(A);
    expect(await talk.say(100)).toBeLessThan(2_000);
    expect(town.dialed.filter((route) => route === A)).toHaveLength(2);
  });

  it("P-41 tries silent fronts again when all others failed", async () => {
    const town = await new Town().open();
    town.network.set(B, "refusing");
    const talk = await town.talk();
    await talk.say(100);
    // Only this link is lost; the front itself is well.
    town.network.links(A)[0]?.freeze();
    expect(await talk.say(100)).toBeLessThan(10_000);
    expect(town.dialed.filter((route) => route === A)).toHaveLength(2);
    expect(town.seeking).toContain("carrier/no-route");
    expect(town.moved).toEqual(["web", "web"]);
  });

  it("P-45 begins with the route that worked here, alone for two seconds, and with others where it fails", async () => {
    const town = await new Town({ latencyMs: 300 }).open();
    town.believed.set("home", B);
    await town.talk();
    expect(town.dialed).toEqual([B]);
    town.network.set(B, "silent");
    const beganAtMs = town.clock.nowMs();
    await town.talk();
    expect(town.dialed).toEqual([B, B, A]);
    expect(town.clock.nowMs() - beganAtMs).toBeGreaterThanOrEqual(2_000);
    town.place = "café";
    await town.talk();
    expect(town.dialed.slice(3)[0]).toBe(A);
  });

  it("P-140 P-141 holds one more link over another front while it is used, and moves to it within two seconds of silence", async () => {
    const town = await new Town({ latencyMs: 40 }).open();
    const talk = await town.talk();
    await talk.say(50_000);
    await talk.rest(10_000);
    expect(town.dialed).toEqual([A, B]);
    expect(town.network.links(B)).toHaveLength(1);
    town.network.set(A, "silent");
    town.network.links(A)[0]?.freeze();
    expect(await talk.say(1_000)).toBeLessThan(1_500);
    expect(town.moved).toEqual(["web", "ss"]);
    // Nothing was dialed for it.
    expect(town.dialed).toEqual([A, B]);
    town.network.set(A, "open");
    town.network.set(B, "refusing");
    town.network.cut(B);
    await talk.say(1_000);
    // The front that fell silent is left alone until all others failed.
    expect(town.seeking).toEqual([undefined, "carrier/no-route"]);
    expect(town.dialed).toEqual([A, B, B, A]);
    expect(town.accepted).toHaveLength(1);
  });

  it("P-140 takes the place of a link that is cut at once", async () => {
    const town = await new Town({ latencyMs: 40 }).open();
    const talk = await town.talk();
    await talk.say(50_000);
    await talk.rest(10_000);
    town.network.links(A)[0]?.cut();
    expect(await talk.say(1_000)).toBeLessThan(500);
    expect([town.moved, town.dialed]).toEqual([
      ["web", "ss"],
      [A, B],
    ]);
  });

  it("P-140 is kept alive, replaced when it is lost, and let go when nobody uses the session", async () => {
    const town = await new Town({ latencyMs: 40 }).open();
    const talk = await town.talk();
    await talk.say(50_000);
    await talk.rest(120_000);
    expect(town.dialed).toEqual([A, B]);
    town.network.links(B)[0]?.cut();
    await talk.rest(70_000);
    expect(town.dialed).toEqual([A, B, B]);
    expect(town.network.links(B)).toHaveLength(1);
    await talk.rest(200_000);
    expect(town.network.links(B)).toHaveLength(0);
    await talk.rest(200_000);
    expect(town.dialed).toEqual([A, B, B]);
  });

  it("P-140 does not move to a spare that is silent too", async () => {
    const town = await new Town({ latencyMs: 40 }).open();
    const talk = await town.talk();
    await talk.say(50_000);
    await talk.rest(10_000);
    town.network.set(A, "silent");
    town.network.set(B, "silent");
    for (const pair of town.network.links()) pair.freeze();
    const saying = talk.say(1_000);
    await town.clock.advance(5_000);
    for (const pair of town.network.links()) pair.thaw();
    await saying;
    expect([town.moved, talk.session.route]).toEqual([["web", "web"], A]);
  });

  it("P-144 leaves a way alone over which the acceptor spoke and did not answer an attach", async () => {
    const town = await new Town({ latencyMs: 40 }).open();
    town.freezeAfterBytes.set(A, 40);
    const road = town.road();
    const beganAtMs = town.clock.nowMs();
    await expect(town.talk(road)).rejects.toMatchObject({ code: "carrier/unusable" });
    expect(town.clock.nowMs() - beganAtMs).toBeLessThan(5_000);
    const talk = await town.talk(road);
    await talk.say(1_000);
    expect([town.dialed, talk.session.route]).toEqual([[A, B], B]);
  });

  it("P-44 replaces a spent link over a better route only when that gives back 64 KiB", async () => {
    const town = await new Town().open();
    town.network.set(A, "refusing");
    const talk = await town.talk();
    await talk.say(100_000);
    town.network.set(A, "open");
    town.freezeAfterBytes.set(A, 20_000);
    await talk.rest(31 * 60_000);
    expect(town.dialed.filter((route) => route === A).length).toBeGreaterThan(1);
    expect(talk.session.route).toBe(B);
    await talk.say(1_000);
    town.freezeAfterBytes.clear();
    await talk.rest(40 * 60_000);
    expect(talk.session.route).toBe(A);
    await talk.say(1_000);
    expect(town.accepted).toHaveLength(1);
  });

  it("P-1 is lost and found: nothing is dialed without a network, and the session goes on when it is back", async () => {
    const town = await new Town().open();
    const talk = await town.talk();
    town.isOnline = false;
    town.network.cut();
    const count = town.dialed.length;
    const saying = talk.say(500, 300_000);
    await town.clock.advance(60_000);
    expect(town.dialed).toHaveLength(count);
    expect(town.seeking.at(-1)).toBe("carrier/no-route");
    town.isOnline = true;
    await saying;
    expect(town.accepted).toHaveLength(1);
  });

  it("P-98 takes DNS when nothing else leads home, never remembers it, and leaves it when another carries 64 KiB again", async () => {
    const town = await new Town().open();
    town.secondKind = "dns";
    town.believed.set("café", B);
    const talk = await town.talk();
    await talk.say(1_000);
    expect(town.dialed).toEqual([A]);
    for (const pair of town.network.links(A)) pair.freeze();
    town.network.set(A, "silent");
    await talk.say(1_000);
    expect(town.moved).toEqual(["web", "dns"]);
    await talk.say(200_000);
    expect([...town.believed]).toEqual([["café", B]]);
    // Nothing better: the link is kept, and nothing is opened over the same route.
    const count = town.dialed.filter((route) => route === B).length;
    await talk.rest(10 * 60_000);
    expect(town.dialed.filter((route) => route === B)).toHaveLength(count);
    expect(talk.session.route).toBe(B);
    // Also in the middle of a look for something better: what is lost is replaced at once.
    town.network.cut(B);
    expect(await talk.say(1_000)).toBeLessThan(6_000);
    town.network.set(A, "open");
    await talk.rest(5 * 60_000);
    expect(talk.session.route).toBe(A);
    await talk.say(1_000);
    expect(town.accepted).toHaveLength(1);
  });

  it("P-14 tells when another station answers at the address", async () => {
    const town = await new Town().open();
    const other = { ...town.station, key: stationKey(new Uint8Array(32).fill(9)) };
    const opening = town.clock.runUntil(town.road().open(() => other, NEVER));
    await expect(opening).rejects.toMatchObject({ code: "client/wrong-station" });
  });
});
