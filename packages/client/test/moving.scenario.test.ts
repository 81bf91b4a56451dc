/* People who move to another home (protocol/15-moving.md): from one that is alive, from one that is gone, and from one that lies. */
import type { TestStation } from "@chapar/station/testing";
import { fromBase32 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { conversationShelf } from "../src/conversation/rows.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { type Person, World } from "./world.ts";

interface Scene {
  readonly world: World;
  readonly old: TestStation;
  readonly next: TestStation;
  readonly there: TestStation;
  /** lives at the old home */
  readonly dara: Person;
  /** lives elsewhere */
  readonly sara: Person;
  /** their conversation; its hub is the old home */
  readonly id: string;
  readonly end: (stations?: readonly TestStation[]) => Promise<void>;
}

async function scene(): Promise<Scene> {
  const world = new World();
  const old = await world.stations.station("old");
  const next = await world.stations.station("next");
  const there = await world.stations.station("there", { region: "DE" });
  const dara = await world.person("Dara", old);
  const sara = await world.person("Sara", there, {}, "DE");
  for (const { client } of [dara, sara]) client.connect();
  const id = await dara.client.open(await sara.client.invite());
  await dara.client.send(id, { text: "salam" });
  await world.quiet([dara, sara]);
  await sara.client.send(id, { text: "hallo" });
  await world.quiet([dara, sara]);
  await look(world, dara);
  await world.quiet([dara, sara]);
  const end = async (stations = [old, next, there]): Promise<void> => {
    for (const person of [dara, sara]) await person.stop();
    for (const station of stations) await station.stop();
  };
  return { world, old, next, there, dara, sara, id, end };
}

/** The watch names anchors. */
async function look(world: World, person: Person): Promise<void> {
  await world.clock.advance(20);
  await world.settle(person.client.check({ signal: new AbortController().signal }));
}

/** The URL of the station that orders the conversation, as somebody knows it. */
const hubOf = async (person: Person, id: string): Promise<string | undefined> =>
  (await conversationShelf.get(new MemoryStore(person.medium), fromBase32(id)!))?.room?.hub.urls[0];

/** Ends a station at once, disk and all. */
async function kill(s: Scene, station: TestStation): Promise<void> {
  s.world.stations.network.cut(station.url);
  await station.stop();
}

describe("moving", () => {
  it("M-1 M-2 M-3 M-7 with the old home alive everything follows, in both directions, and the old home keeps no keys", async () => {
    const s = await scene();
    const moved = await s.world.settle(s.dara.client.data.move(s.world.invite(s.next)));
    expect(moved.home.key).toBe(s.dara.client.me()!.home.key);
    await s.world.quiet([s.dara, s.sara]);
    expect(await s.dara.client.data.moving()).toMatchObject({ roomsLeft: 0, isOldHomeTold: true });
    for (const person of [s.dara, s.sara]) expect(await hubOf(person, s.id)).toBe(s.next.url);
    await s.dara.client.send(s.id, { text: "from the new home" });
    await s.sara.client.send(s.id, { text: "to the new home" });
    await s.world.quiet([s.dara, s.sara]);
    for (const person of [s.dara, s.sara]) {
      const lines = await person.lines(s.id);
      expect(lines.filter((line) => line !== "")).toEqual(
        expect.arrayContaining(["salam", "hallo", "from the new home", "to the new home"]),
      );
      expect(lines.filter((line) => line.startsWith("["))).toEqual([]);
      expect((await person.client.conversation(s.id))?.state).toBe("open");
    }
    await s.end();
  });

  it("M-8 M-9 M-11 M-12 with the old home gone from one moment to the next nothing is lost, and nobody is asked", async () => {
    const s = await scene();
    await kill(s, s.old);
    await s.sara.client.send(s.id, { text: "on its way 1" });
    await s.dara.client.send(s.id, { text: "on its way 2" });
    await s.world.clock.advance(5_000);
    await s.world.settle(s.dara.client.data.move(s.world.invite(s.next)));
    await s.world.quiet([s.dara, s.sara]);
    for (const person of [s.dara, s.sara]) expect(await hubOf(person, s.id)).toBe(s.next.url);
    await s.sara.client.send(s.id, { text: "after" });
    await s.world.quiet([s.dara, s.sara]);
    for (const person of [s.dara, s.sara]) {
      const texts = (await person.lines(s.id)).filter((line) => line !== "");
      expect(texts.toSorted()).toEqual(["after", "hallo", "on its way 1", "on its way 2", "salam"]);
    }
    expect(await s.dara.client.data.moving()).toMatchObject({ roomsLeft: 0, isOldHomeTold: false });
    await s.end([s.next, s.there]);
  });
});
