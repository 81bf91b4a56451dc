/* Somebody at a home that they leave, and somebody else at another station, who have talked; on a world's clock. */
import type { TestStation } from "@chapar/station/testing";
import { fromBase32 } from "@chapar/wire/bytes";
import { conversationShelf } from "../src/conversation/rows.ts";
import * as dataDesk from "../src/data/desk.ts";
import * as follow from "../src/moving/follow.ts";
import * as moving from "../src/moving/moving.ts";
import * as view from "../src/moving/view.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { Liar } from "./liar.ts";
import { type Between, type Person, World } from "./world.ts";

/** Here already: the world's clock would run on while a file is read. */
export const HERE: readonly object[] = [dataDesk, follow, moving, view];

/** Who and where. */
export interface Scene {
  readonly world: World;
  readonly old: TestStation;
  readonly next: TestStation;
  readonly there: TestStation;
  /** on everyone's way to their home */
  readonly liars: { readonly dara: Liar; readonly sara: Liar };
  /** lives at the old home */
  readonly dara: Person;
  /** lives elsewhere */
  readonly sara: Person;
  /** their conversation; its hub is the old home */
  readonly id: string;
  readonly end: (stations?: readonly TestStation[]) => Promise<void>;
}

/** They have talked, and anchors are named. */
export async function scene(
  between: { readonly dara?: Between; readonly sara?: Between; readonly logged?: boolean } = {},
): Promise<Scene> {
  const world = new World();
  const { logged = false } = between;
  const old = await world.stations.station("old", { logged });
  const next = await world.stations.station("next", { logged });
  const there = await world.stations.station("there", { region: "DE", logged });
  const liars = { dara: new Liar(), sara: new Liar() };
  const through = (liar: Liar): Between => ({ carriers: [liar.carrier(world.stations.network.carrier())] });
  const dara = await world.person("Dara", old, { ...through(liars.dara), ...between.dara });
  const sara = await world.person("Sara", there, { ...through(liars.sara), ...between.sara }, "DE");
  for (const { client } of [dara, sara]) client.connect();
  const id = await dara.client.open(await sara.client.invite());
  await dara.client.send(id, { text: "salam" });
  await world.quiet([dara, sara]);
  await sara.client.send(id, { text: "hallo" });
  await world.quiet([dara, sara]);
  await look(world, dara);
  await world.quiet([dara, sara]);
  const end = async (stations: readonly TestStation[] = [old, next, there]): Promise<void> => {
    for (const person of [dara, sara]) await person.stop();
    for (const station of stations) await station.stop();
  };
  return { world, old, next, there, liars, dara, sara, id, end };
}

/** The watch names anchors. */
export async function look(world: World, person: Person): Promise<void> {
  await world.clock.advance(20);
  await world.settle(person.client.check({ signal: new AbortController().signal }));
}

/** Where a conversation rests, as somebody knows it. */
export const roomOf = async (person: Person, id: string) =>
  (await conversationShelf.get(new MemoryStore(person.medium), fromBase32(id) ?? new Uint8Array(0)))?.room;

/** The URL of the station that orders the conversation, as somebody knows it. */
export const hubOf = async (person: Person, id: string): Promise<string | undefined> =>
  (await roomOf(person, id))?.hub.urls[0];

/** Ends a station at once, disk and all. */
export async function kill(s: Scene, station: TestStation): Promise<void> {
  s.world.stations.network.cut(station.url);
  await station.stop();
}
