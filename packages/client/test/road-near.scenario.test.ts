/* The road when only the local network leads home. */
import { describe, expect, it } from "vitest";
import { A, B, NEAR, NEVER, Town } from "./road-town.ts";

describe("a home on the local network", () => {
  it("J-33 looks on the local network when nothing else leads home, never remembers it, and leaves it when another carries 64 KiB again", async () => {
    const town = await new Town().open();
    town.asksNear = true;
    const talk = await town.talk();
    await talk.say(200_000);
    expect(town.dialed).not.toContain(NEAR);
    expect([...town.believed.values()]).toEqual([A]);
    for (const pair of town.network.links(A)) pair.freeze();
    for (const route of [A, B]) town.network.set(route, "silent");
    await talk.say(1_000);
    expect(town.moved).toEqual(["web", "lan"]);
    await talk.say(200_000);
    expect([...town.believed.values()]).toEqual([A]);
    // Nothing better: the link is kept, and nobody is asked again.
    const count = town.dialed.filter((route) => route === NEAR).length;
    await talk.rest(10 * 60_000);
    expect(town.dialed.filter((route) => route === NEAR)).toHaveLength(count);
    expect(talk.session.route).toBe(NEAR);
    town.network.set(A, "open");
    await talk.rest(5 * 60_000);
    expect(talk.session.route).toBe(A);
    await talk.say(1_000);
    expect(town.accepted).toHaveLength(1);
  });

  it("J-33 asks at once when all others refuse, and never while one may lead there, where only relays are known, or where nobody can ask", async () => {
    const refused = await new Town().open();
    refused.asksNear = true;
    const begunMs = refused.clock.nowMs();
    for (const route of [A, B]) refused.network.set(route, "refusing");
    const talk = await refused.talk();
    expect(refused.dialed).toEqual([A, B, NEAR]);
    expect(refused.clock.nowMs() - begunMs).toBeLessThan(1_000);
    expect(talk.session.route).toBe(NEAR);
    const behind = await new Town().open();
    behind.asksNear = true;
    behind.secondKind = "relay";
    for (const route of [A, B]) behind.network.set(route, "refusing");
    const only = { ...behind.station, urls: [B] };
    await expect(behind.clock.runUntil(behind.road().open(() => only, NEVER))).rejects.toMatchObject({
      code: "carrier/no-route",
    });
    expect(behind.dialed).toEqual([B]);
    const browser = await new Town().open();
    for (const route of [A, B]) browser.network.set(route, "refusing");
    await expect(browser.talk()).rejects.toMatchObject({ code: "carrier/no-route" });
    expect(browser.dialed).not.toContain(NEAR);
  });

  it("J-33 a liar on the local network gains nothing: no session, no word to a person, no other way made to wait", async () => {
    const town = await new Town().open();
    const liar = await new Town().open();
    town.asksNear = true;
    // Where the home is said to be, another station answers.
    town.network.listen(NEAR, (link) => liar.answer(link));
    for (const route of [A, B]) town.network.set(route, "refusing");
    const road = town.road();
    await expect(town.talk(road)).rejects.toMatchObject({ code: "carrier/no-route" });
    expect(town.dialed).toEqual([A, B, NEAR]);
    expect([town.accepted, liar.accepted]).toEqual([[], []]);
    for (const route of [A, B]) town.network.set(route, "open");
    const talk = await town.talk(road);
    expect(talk.session.route).toBe(A);
  });
});
