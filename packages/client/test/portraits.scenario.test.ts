import type { Mls } from "@chapar/e2e";
import { decodeLetter, decodeMimi, encodeLetter, encodeMimi, profilePart } from "@chapar/wire/content";
import { describe, expect, it } from "vitest";
import { friends, idOf } from "./group-scene.ts";
import { hasChats, HERE, linked } from "./own-devices.ts";
import { type Person, World } from "./world.ts";

// Waits of the world's clock do not cover code that comes with its first use.
expect(HERE.length).toBeGreaterThan(0);

/** The head of a PNG that tells of so many pixels. */
function png(width: number, height = width, sizeBytes = 64): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  new DataView(bytes.buffer).setUint32(16, width);
  new DataView(bytes.buffer).setUint32(20, height);
  return bytes;
}

/** What a lying device of Sara's says as her picture. */
let forged: Uint8Array | undefined;

const mls = (inner: Mls): Mls => ({
  ...inner,
  seal: async (group, bytes) => {
    const letter = decodeLetter(bytes);
    const content = letter.ok ? decodeMimi(letter.value.content) : undefined;
    const picture = forged;
    if (picture === undefined || !letter.ok || content?.ok !== true) return inner.seal(group, bytes);
    forged = undefined;
    const body = profilePart({ name: "Sara the liar", picture });
    return inner.seal(group, encodeLetter({ ...letter.value, content: encodeMimi({ ...content.value, body }) }));
  },
});

async function two() {
  const world = new World({ latencyMs: 5 });
  const station = await world.stations.station("one");
  const sara = await world.person("Sara", station, { mls });
  const dara = await world.person("Dara", station);
  const id = await sara.client.open(await dara.client.invite());
  for (const person of [sara, dara]) person.client.connect();
  const quiet = (): Promise<void> => world.quiet([sara, dara]);
  await sara.client.send(id, { text: "hello" });
  await quiet();
  return { world, station, sara, dara, id, quiet };
}

const seen = async (by: Person, of: Person): Promise<Uint8Array | undefined> => {
  const { identity } = of.client.me() ?? { identity: "" };
  return (await by.client.people.pictures()).find((one) => one.identity === identity)?.bytes;
};

describe("pictures of people", () => {
  it("C-109 come with the name, change, and go", async () => {
    const { sara, dara, quiet } = await two();
    expect(await seen(dara, sara)).toBeUndefined();
    const told: string[] = [];
    dara.client.subscribe((event) => event.type === "portrait" && told.push(event.identity));
    await sara.client.people.setPicture(png(96));
    await quiet();
    expect(await seen(dara, sara)).toEqual(png(96));
    expect(await seen(sara, sara)).toEqual(png(96));
    expect(told).toEqual([sara.client.me()?.identity]);
    await sara.client.people.setPicture(png(128));
    await quiet();
    expect(await seen(dara, sara)).toEqual(png(128));
    // A name that changes says nothing against the picture.
    await sara.client.setName("Sara S.");
    await quiet();
    expect(await seen(dara, sara)).toEqual(png(128));
    await sara.client.people.setPicture(undefined);
    await quiet();
    expect(await seen(dara, sara)).toBeUndefined();
    expect(await seen(sara, sara)).toBeUndefined();
  });

  it("C-109 are told in groups, to people who are met in nothing else", async () => {
    const world = new World({ latencyMs: 5 });
    const people = await friends(world, ["Sara", "Dara", "Omid"], 1);
    const [sara, dara, omid] = people as [Person, Person, Person];
    await sara.client.groups.create("Walks", [idOf(dara), idOf(omid)]);
    await world.quiet(people);
    await omid.client.people.setPicture(png(96));
    await world.quiet(people);
    expect(await seen(dara, omid)).toEqual(png(96));
    expect(await seen(sara, omid)).toEqual(png(96));
  });

  it("C-109 the own one follows a person to a device that is linked, and is told from there to whoever is met", async () => {
    const { world, station, sara, dara } = await two();
    const phone = await linked(world, sara, "Phone");
    await hasChats(world, phone, 1, [sara, dara]);
    await sara.client.people.setPicture(png(96));
    await world.quiet([sara, dara, phone]);
    expect(await seen(phone, sara)).toEqual(png(96));
    // The first device is away: what is told now is told by the other one.
    await sara.stop();
    const omid = await world.person("Omid", station);
    omid.client.connect();
    const id = await phone.client.open(await omid.client.invite());
    await phone.client.send(id, { text: "hello" });
    await world.quiet([phone, omid]);
    expect(await seen(omid, phone)).toEqual(png(96));
  });

  it("C-108 what is no picture, or too large, is passed over, and the name holds", async () => {
    const { sara, dara, id, quiet } = await two();
    await sara.client.people.setPicture(png(96));
    await quiet();
    for (const lie of [
      png(257),
      png(10, 60_000),
      png(96, 96, 6_145),
      new TextEncoder().encode("<svg onload=alert(1)>"),
    ]) {
      forged = lie;
      await sara.client.send(id, { text: "what she wrote" });
      await quiet();
      expect(forged).toBeUndefined();
      // The letter after a forged one does not follow what its writer thinks that she wrote.
      await sara.client.send(id, { text: "and another" });
      await quiet();
      expect(await seen(dara, sara)).toEqual(png(96));
    }
    const [view] = (await dara.client.conversations()).filter((one) => one.id === id);
    expect(view?.people[0]?.name).toBe("Sara the liar");
  });

  it("C-108 nobody can set one that nobody would show", async () => {
    const { sara } = await two();
    const bad = { code: "client/bad-picture" };
    for (const wrong of [png(257), png(96, 96, 6_145), new Uint8Array(0), Uint8Array.of(1, 2, 3)])
      await expect(sara.client.people.setPicture(wrong)).rejects.toMatchObject(bad);
    expect(await sara.client.people.pictures()).toEqual([]);
  });
});
