/* Groups of people with several devices: each is a leaf, follows the chain of its person, and knows what the others know (12-groups.md §8). */
import { describe, expect, it } from "vitest";
import { entriesHeld, friends, idOf, openWith, recordsOf, roles, said, stolen, told } from "./group-scene.ts";
import { HERE, linked } from "./own-devices.ts";
import { type Person, texts, World } from "./world.ts";

const NEVER = new AbortController().signal;
const ONE_DAY_MS = 86_400_000;

/** What a person calls the device. */
async function name(device: Person): Promise<string> {
  return (await device.client.devices.list()).find(({ isThis }) => isThis)?.name ?? "first";
}

/** What people wrote; without what is told of their devices. */
async function wrote(device: Person, id: string): Promise<string[]> {
  return (await said(device, id)).filter((line) => !line.endsWith(": "));
}

/** Lines of a group that stand for what could not be read. */
async function gaps(device: Person, id: string): Promise<string[]> {
  return (await told(device, id)).filter((line) => line.startsWith("["));
}

/** Until something is so, or the test gives up. */
async function until(world: World, people: readonly Person[], isSo: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 120; waited++) {
    if (await isSo()) return;
    await world.clock.advance(1_000);
  }
  throw new Error((await Promise.all(people.map((one) => one.state()))).join(" | "));
}

/** Until a device is in a group, and nobody has anything left to do. */
async function isIn(world: World, device: Person, id: string, others: readonly Person[]): Promise<void> {
  const all = [device, ...others];
  await until(world, all, async () => (await device.client.conversation(id))?.state === "open");
  await world.quiet(all);
}

async function scene(): Promise<{ world: World; people: [Person, Person, Person]; id: string }> {
  expect(HERE.length).toBeGreaterThan(0);
  const world = new World({ latencyMs: 20 });
  const people = (await friends(world, ["Sara", "Dara", "Omid"], 2)) as [Person, Person, Person];
  const [sara, dara, omid] = people;
  const id = await sara.client.groups.create("Walks", [idOf(dara), idOf(omid)]);
  await world.quiet(people);
  for (const text of texts("letter", 3)) await sara.client.send(id, { text });
  await world.quiet(people);
  return { world, people, id };
}

describe("a further device", () => {
  it("F-100 F-103 of a plain member comes into every group by itself, has the history, and writes as its person", async () => {
    const { world, people, id } = await scene();
    const [sara, dara, omid] = people;
    await omid.client.chats.pin(id, true);
    await omid.client.chats.mute(id, "always");
    const folder = await omid.client.chats.makeFolder("Outside");
    await omid.client.chats.putInFolder(folder, id, true);
    await omid.client.chats.draft(id, "half a thought");
    await omid.client.markRead(id, 100);
    const phone = await linked(world, omid, "Phone");
    await isIn(world, phone, id, people);
    const all = [...people, phone];
    expect(await said(phone, id)).toEqual(texts("letter", 3).map((text) => `Sara: ${text}`));
    expect(await told(phone, id)).toEqual(await told(omid, id));
    const kept = (await phone.client.chats.list()).find((chat) => chat.id === id);
    expect(kept).toMatchObject({ draft: "half a thought", folders: [folder] });
    expect(kept?.pinnedAtMs).toBeDefined();
    expect(kept?.mutedUntilMs).toBeDefined();
    expect(await roles(phone, id)).toEqual({ Sara: "owner", Dara: "member", Omid: "member" });
    expect((await phone.client.conversation(id))?.unread).toBe(0);
    await phone.client.send(id, { text: "from the phone" });
    await world.quiet(all);
    await sara.client.send(id, { text: "heard" });
    await world.quiet(all);
    for (const one of all) {
      expect((await said(one, id)).slice(-2), one.client.me()!.name).toEqual(["Omid: from the phone", "Sara: heard"]);
    }
    expect((await told(dara, id)).filter((line) => line.includes("added Omid"))).toHaveLength(0);
    // A group that is made, and one that somebody else brings the person into, reach all of their devices.
    const own = await omid.client.groups.create("Mine", [idOf(sara)]);
    const theirs = await sara.client.groups.create("Hers", [idOf(omid)]);
    await isIn(world, phone, own, people);
    await isIn(world, phone, theirs, people);
    expect(await roles(phone, own)).toEqual({ Omid: "owner", Sara: "member" });
    for (const one of all) await one.stop();
  });

  it("F-100 two own devices that see a third at once bring it in once", async () => {
    const { world, people, id } = await scene();
    const [sara, dara, omid] = people;
    const desk = await linked(world, dara, "Desk");
    await isIn(world, desk, id, people);
    const tablet = await linked(world, dara, "Tablet");
    await isIn(world, tablet, id, [...people, desk]);
    const all = [...people, desk, tablet];
    for (const one of [dara, desk, tablet]) await one.client.send(id, { text: `by ${await name(one)}` });
    await world.quiet(all);
    const read = await wrote(omid, id);
    expect(read).toHaveLength(6);
    for (const one of all) expect((await wrote(one, id)).toSorted(), await one.state()).toEqual(read.toSorted());
    expect(await roles(sara, id)).toEqual({ Sara: "owner", Dara: "member", Omid: "member" });
    for (const one of all) expect(await gaps(one, id)).toEqual([]);
    for (const one of all) await one.stop();
  });

  it("F-101 F-102 that is revoked is taken out of every group, reads nothing new with a station's help, and the others go on", async () => {
    const { world, people, id } = await scene();
    const [sara, , omid] = people;
    const phone = await linked(world, omid, "Phone");
    await isIn(world, phone, id, people);
    await phone.stop();
    const thief = stolen(phone);
    const lost = (await omid.client.devices.list()).find(({ name }) => name === "Phone");
    await world.settle(omid.client.devices.revoke(lost!.id));
    await world.quiet(people);
    await sara.client.send(id, { text: "without the phone" });
    await world.quiet(people);
    for (const one of people) expect((await said(one, id)).at(-1)).toBe("Sara: without the phone");
    expect((await openWith(thief, id, entriesHeld(world))).join()).not.toContain("without the phone");
    expect(await roles(sara, id)).toEqual({ Sara: "owner", Dara: "member", Omid: "member" });
    for (const one of people) await one.stop();
  });

  it("F-106 leaves with its person, who left on another one", async () => {
    const { world, people, id } = await scene();
    const [sara, , omid] = people;
    const phone = await linked(world, omid, "Phone");
    await isIn(world, phone, id, people);
    // Nobody is there who could take him out: each device closes by itself, and keeps no secret.
    await sara.stop();
    await phone.client.groups.leave(id);
    await until(world, [omid, phone], async () => (await omid.client.conversation(id))?.state === "closed");
    for (const one of [omid, phone]) {
      expect((await one.client.conversation(id))?.state).toBe("closed");
      expect(await recordsOf(one, id)).toBe(0);
    }
    await sara.start();
    sara.client.connect();
    const all = [...people, phone];
    await world.quiet(all);
    expect(await roles(sara, id)).toEqual({ Sara: "owner", Dara: "member" });
    for (const one of all) await one.stop();
  });

  it("F-104 that was away for half a year comes back into its groups", async () => {
    const { world, people, id } = await scene();
    const [sara, dara, omid] = people;
    const phone = await linked(world, omid, "Phone");
    await isIn(world, phone, id, people);
    await phone.stop();
    // Whom the phone does not know comes in an epoch that it never sees.
    const station = await world.stations.station("three");
    const lale = await world.person("Lale", station);
    lale.client.connect();
    await sara.client.open(await lale.client.invite());
    await world.quiet([sara, lale]);
    await sara.client.groups.add(id, [idOf(lale)]);
    await world.quiet([...people, lale]);
    await lale.stop();
    for (const half of [1, 2]) {
      await sara.client.groups.rename(id, `Walks ${half}`);
      await world.quiet(people);
      await dara.client.send(id, { text: `quarter ${half}` });
      await world.quiet(people);
      for (const person of people) await person.stop();
      world.clock.jump(100 * ONE_DAY_MS);
      await world.clock.advance(60_000);
      for (const person of people) {
        await person.start();
        person.client.connect();
      }
      await world.quiet(people);
    }
    // The person's other device is not there: it alone is asked for ten minutes, under whatever secret.
    await omid.stop();
    await phone.start();
    phone.client.connect();
    for (let second = 0; second < 420; second++) await world.clock.advance(1_000);
    expect(await said(phone, id)).not.toContain("Dara: quarter 2");
    await omid.start();
    omid.client.connect();
    const all = [...people, phone];
    await until(world, all, async () => (await said(phone, id)).includes("Dara: quarter 2"));
    await phone.client.send(id, { text: "back after half a year" });
    await until(world, all, async () => (await said(sara, id)).includes("Omid: back after half a year"));
    await world.quiet(all);
    const read = await said(phone, id);
    for (const text of [
      ...texts("letter", 3).map((one) => `Sara: ${one}`),
      ...texts("quarter", 2).map((one) => `Dara: ${one}`),
    ])
      expect(read).toContain(text);
    expect((await phone.client.conversation(id))?.title).toBe("Walks 2");
    for (const one of all) await one.stop();
  });
});

describe("every device is gone", () => {
  it("F-105 the words bring groups back: lines, people and roles, and an owner is owner", async () => {
    const { world, people, id } = await scene();
    const [sara, dara, omid] = people;
    const left = await dara.client.groups.create("Old", [idOf(sara)]);
    await world.quiet(people);
    await dara.client.groups.remove(left, idOf(sara));
    await world.quiet(people);
    const invite = await sara.client.invite();
    const words = (await sara.client.recoveryWords()).join(" ");
    await world.settle(sara.client.devices.backup({ signal: NEVER }));
    await sara.stop();
    await dara.client.send(id, { text: "while she is away" });
    await world.quiet([dara, omid]);
    const again = await world.device();
    await world.settle(again.client.devices.restore({ words, invite, device: "New" }, { signal: NEVER }));
    expect(await said(again, id)).toEqual(texts("letter", 3).map((text) => `Sara: ${text}`));
    expect(await roles(again, id)).toEqual({ Sara: "owner", Dara: "member", Omid: "member" });
    expect((await again.client.conversation(left))?.state).toBe("closed");
    await again.client.send(id, { text: "I am back" });
    again.client.connect();
    const all = [again, dara, omid];
    await until(world, all, async () => (await said(omid, id)).includes("Sara: I am back"));
    await world.quiet(all);
    expect(await roles(dara, id)).toEqual({ Sara: "owner", Dara: "member", Omid: "member" });
    await again.client.groups.rename(id, "Walks again");
    await world.quiet(all);
    for (const one of all) expect((await one.client.conversation(id))?.title).toBe("Walks again");
    await dara.client.send(id, { text: "welcome" });
    await world.quiet(all);
    expect((await said(again, id)).at(-1)).toBe("Dara: welcome");
    // Her old device, should somebody find it, opens nothing of it.
    expect((await openWith(stolen(sara), id, entriesHeld(world))).join()).not.toContain("welcome");
    for (const one of all) await one.stop();
  });
});
