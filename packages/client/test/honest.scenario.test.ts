/* Stations that keep their logs and their word: whatever happens to them and to their people, nobody is accused (E-31, R-6). */
import type { TestStation } from "@chapar/station/testing";
import { describe, expect, it } from "vitest";
import { type Person, World } from "./world.ts";

const NEVER = new AbortController().signal;
/** A log of its own, which nobody witnesses. */
const witnessing = { witnesses: [], post: () => Promise.reject(new Error("nobody there")) };

async function accused(people: readonly Person[]): Promise<readonly string[]> {
  const all = await Promise.all(people.map(({ client }) => client.alerts()));
  return all.flat().map(({ code }) => code);
}

async function check(world: World, people: readonly Person[]): Promise<void> {
  await world.clock.advance(12_000);
  for (const { client } of people) await world.settle(client.check({ signal: NEVER }));
}

describe("honest stations", () => {
  it("R-3 R-4 are accused of nothing while people write, links are cut, and stations and engines start again", async () => {
    const world = new World({ latencyMs: 5 });
    const stations: TestStation[] = [];
    for (const name of ["here", "there"]) stations.push(await world.stations.station(name, { witnessing }));
    const sara = await world.person("Sara", stations[0]!);
    const dara = await world.person("Dara", stations[1]!);
    const people = [sara, dara];
    const id = await sara.client.open(await dara.client.invite());
    for (const { client } of people) client.connect();
    await world.quiet(people);
    for (let round = 0; round < 4; round++) {
      for (const person of people) await person.client.send(id, { text: `round ${round}` });
      if (round === 1) world.stations.network.cut();
      if (round === 2) {
        await dara.stop();
        await world.clock.advance(70_000);
        await dara.start();
        dara.client.connect();
      }
      if (round === 3) {
        const store = stations[0]!.store;
        await stations[0]!.stop();
        await world.clock.advance(30_000);
        stations[0] = await world.stations.station("here", { witnessing, store });
      }
      await world.quiet(people);
      await check(world, people);
      expect(await accused(people)).toEqual([]);
    }
    for (const { client } of people) {
      expect(await client.watch()).toMatchObject({ paths: 1, quorum: "none", code: undefined });
      expect((await client.watch()).checkedAtMs).toBeGreaterThan(0);
      expect(await client.conversation(id)).toMatchObject({ state: "open", fault: undefined });
    }
    expect(await dara.lines(id)).toEqual(await sara.lines(id));
    for (const person of people) await person.stop();
    for (const station of stations) await station.stop();
  });
});
