/*
 * Everything at once, by a seed: three people at two stations, links that break, engines that die at any write and come
 * back, stations that are out of reach for a while. At the end everyone has everything, once, in one order.
 */
import { SeededRng } from "@chapar/carrier/testing";
import { describe, expect, it } from "vitest";
import { DyingStore, Flight } from "./kill.ts";
import { type Person, World } from "./world.ts";

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const STEPS = 60;

async function soak(seed: number): Promise<void> {
  const rng = new SeededRng(seed);
  const world = new World({ latencyMs: rng.between(1, 80) });
  const stations = [await world.stations.station("iran"), await world.stations.station("germany")];
  const flight = new Flight();
  const carriers = [flight.carrier(world.stations.network.carrier())];
  const people: Person[] = [];
  for (const [at, name] of ["Sara", "Dara", "Nima"].entries()) {
    people.push(await world.person(name, stations[at % 2]!, { mls: flight.mls, carriers }));
  }
  const [sara, dara, nima] = people as [Person, Person, Person];
  const chats = [
    { id: await sara.client.open(await dara.client.invite()), members: [sara, dara] },
    { id: await nima.client.open(await sara.client.invite()), members: [nima, sara] },
    { id: await dara.client.open(await nima.client.invite()), members: [dara, nima] },
  ];
  const sent = new Map<string, string[]>(chats.map(({ id }) => [id, []]));
  const dying = new Map<Person, DyingStore>();

  const revive = async (person: Person): Promise<void> => {
    await person.stop();
    dying.delete(person);
    const dies = rng.next() < 0.7;
    await person.start({
      mls: flight.mls,
      carriers,
      store: (inner) => {
        const when = rng.next() < 0.5 ? "before" : "after";
        const store = new DyingStore(inner, dies ? rng.between(1, 40) : 0, when, () => world.stations.network.cut());
        dying.set(person, store);
        return store;
      },
    });
    person.client.connect();
  };
  const write = async (): Promise<void> => {
    const chat = chats[rng.between(0, chats.length - 1)]!;
    const person = chat.members[rng.between(0, 1)]!;
    const known = await person.client.conversation(chat.id).catch(() => undefined);
    if (known === undefined) return;
    const text = `${person.client.me()?.name} ${sent.get(chat.id)!.length}`;
    // A person whose device dies while they press the button sees after the restart whether it was taken.
    const taken = await person.client.send(chat.id, { text }).then(
      () => true,
      () => false,
    );
    if (!taken) {
      await revive(person);
      const [last] = await person.client.messages(chat.id, { limit: 1 }).catch(() => []);
      if (last?.text !== text) return;
    }
    sent.get(chat.id)!.push(text);
  };

  for (const person of people) person.client.connect();
  for (let step = 0; step < STEPS; step++) {
    const dice = rng.next();
    if (dice < 0.5) await write();
    else if (dice < 0.6) world.stations.network.cut();
    else if (dice < 0.7) await revive(people[rng.between(0, 2)]!);
    else if (dice < 0.75) world.stations.network.set(stations[rng.between(0, 1)]!.url, "refusing");
    else if (dice < 0.85) for (const { url } of stations) world.stations.network.set(url, "open");
    else await world.clock.advance(rng.between(1, 3_000));
    for (const [person, store] of dying) if (store.isDead) await revive(person);
  }
  for (const { url } of stations) world.stations.network.set(url, "open");
  for (const person of people) {
    await person.stop();
    await person.start({ mls: flight.mls, carriers });
    person.client.connect();
  }
  await world.quiet(people, 3_600_000);
  for (const { id, members } of chats) {
    const [one, other] = await Promise.all(members.map((person) => person.lines(id)));
    expect([seed, other]).toEqual([seed, one]);
    expect([seed, [...one!].sort()]).toEqual([seed, [...sent.get(id)!].sort()]);
  }
  expect([seed, flight.reused]).toEqual([seed, []]);
  for (const person of people) await person.stop();
  for (const station of stations) await station.stop();
}

describe("three people, two stations, and everything that can happen", () => {
  it.each(SEEDS)("seed %i ends with everyone having everything once, in one order", soak);
});
