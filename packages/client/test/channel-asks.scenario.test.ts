/* Many who ask into a channel together (protocol/20-channels.md H-24). */
import { describe, expect, it } from "vitest";
import { scene, standing, TERMS } from "./channel-four.ts";
import { idOf } from "./group-scene.ts";
import { hasChats, linked } from "./own-devices.ts";

describe("who asks into a channel together", () => {
  it("H-24 lets in of those who asked together as many as its link says, and every device of theirs", async () => {
    const { world, all, id, link } = await scene({ ...TERMS, limit: 2 });
    const [sara, dara, omid, lale] = all;
    await dara.client.channels.join(link);
    await world.quiet(all);
    const phone = await linked(world, dara, "phone");
    await sara.stop();
    await hasChats(world, phone, 1, [dara]);
    for (const person of [omid, lale]) await person.client.channels.join(link);
    await world.quiet([dara, phone, omid, lale]);
    await sara.start();
    sara.client.connect();
    await world.quiet([phone, ...all]);
    const stands = await Promise.all([dara, phone].map(async (person) => standing(person, id)));
    expect(stands).toEqual(["in", "in"]);
    const others = await Promise.all([omid, lale].map(async (person) => standing(person, id)));
    expect(others.toSorted()).toEqual(["in", "used-up"]);
    expect((await sara.client.channels.view(id)).links).toMatchObject([{ used: 2 }]);
    for (const person of [phone, ...all]) await person.stop();
  });

  it("H-24 asks the leader about somebody once, with however many devices they wait, and lets all of them in", async () => {
    const { world, all, id, link } = await scene({ ...TERMS, approval: true });
    const [sara, dara] = all;
    const phone = await linked(world, dara, "phone");
    await sara.stop();
    await dara.client.channels.join(link);
    await hasChats(world, phone, 1, [dara]);
    await world.quiet([dara, phone]);
    await sara.start();
    sara.client.connect();
    await world.quiet([phone, ...all]);
    expect((await sara.client.channels.view(id)).asks.map(({ name }) => name)).toEqual(["Dara"]);
    await sara.client.channels.admit(id, idOf(dara));
    await world.quiet([phone, ...all]);
    const stands = await Promise.all([dara, phone].map(async (person) => standing(person, id)));
    expect(stands).toEqual(["in", "in"]);
    expect((await sara.client.channels.view(id)).readerCount).toBe(1);
    for (const person of [phone, ...all]) await person.stop();
  });
});
