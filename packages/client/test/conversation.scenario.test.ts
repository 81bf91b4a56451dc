import { describe, expect, it } from "vitest";
import { World } from "./world.ts";

describe("two people at one station", () => {
  it("F-1 write to each other, offline first", async () => {
    const world = new World({ latencyMs: 20 });
    const station = await world.stations.station("one");
    const sara = await world.person("Sara", station);
    const dara = await world.person("Dara", station);
    const id = await sara.client.open(await dara.client.invite());
    await sara.client.send(id, { text: "hello" });
    expect(await sara.lines(id)).toEqual(["hello"]);
    expect((await sara.client.messages(id, { limit: 1 }))[0]).toMatchObject({ state: "queued", position: 0, mine: true });
    dara.client.connect();
    sara.client.connect();
    await world.quiet([dara, sara]);
    console.log(sara.failures, dara.failures);
    expect(await dara.only()).toBe(id);
    expect(await dara.lines(id)).toEqual(["hello"]);
    await dara.client.send(id, { text: "hi" });
    await world.quiet([dara, sara]);
    expect(await sara.lines(id)).toEqual(["hello", "hi"]);
    expect(await dara.lines(id)).toEqual(["hello", "hi"]);
    await sara.stop();
    await dara.stop();
    await station.stop();
  });
});
