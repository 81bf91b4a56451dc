/* A member whose engine makes commits that are not theirs to make: they do not count, and the group goes on (F-63, F-70 to F-73). */
import type { Change, MlsGroup } from "@chapar/e2e";
import { describe, expect, it } from "vitest";
import { asOwner, friends, idOf, keyPackageOf, leafOf, Rogue, roles, said, told } from "./group-scene.ts";
import { type Person, World } from "./world.ts";

type Four = [Person, Person, Person, Person];

/** Sara and Omid are in a group; Dara's first commit as a member of it is to be another than the engine's. Lale waits. */
async function scene(stations: number): Promise<{ world: World; rogue: Rogue; all: Four; id: string }> {
  const world = new World({ latencyMs: 20 });
  const rogue = new Rogue();
  const names = ["Sara", "Dara", "Omid", "Lale"];
  const all = (await friends(world, names, stations, { Dara: { mls: rogue.mls } })) as Four;
  const [sara, , omid] = all;
  const id = await sara.client.groups.create("Walks", [idOf(omid)]);
  await world.quiet(all);
  await sara.client.send(id, { text: "before" });
  await world.quiet(all);
  return { world, rogue, all, id };
}

/** The group has gone on without what Dara did: letters of all of it, a newcomer, and Dara taken out. */
async function goesOn(world: World, [sara, dara, omid, lale]: Four, id: string): Promise<void> {
  await omid.client.send(id, { text: "still here" });
  await sara.client.send(id, { text: "so am I" });
  await world.quiet([sara, omid]);
  const texts = ["Sara: before", "Omid: queued", "Omid: still here", "Sara: so am I"];
  for (const person of [sara, omid]) {
    expect(await said(person, id)).toEqual(texts);
    expect(await person.client.conversation(id)).toMatchObject({ state: "open", fault: undefined });
    expect(await roles(person, id)).toEqual({ Sara: "owner", Omid: "member", Dara: "member" });
  }
  await sara.client.groups.add(id, [idOf(lale)]);
  await world.quiet([sara, omid, lale]);
  await sara.client.groups.remove(id, idOf(dara));
  await world.quiet([sara, omid, lale]);
  await lale.client.send(id, { text: "hello all" });
  await world.quiet([sara, omid, lale]);
  for (const person of [sara, omid]) expect(await said(person, id)).toEqual([...texts, "Lale: hello all"]);
  // Who joins later judges the same line, and sees nothing of the other one.
  expect((await told(lale, id)).filter((line) => line.startsWith("["))).toEqual([]);
  for (const person of [sara, omid, lale]) {
    expect(await roles(person, id)).toEqual({ Sara: "owner", Omid: "member", Lale: "member" });
    expect(await person.client.conversation(id)).toMatchObject({ state: "open", fault: undefined });
  }
}

const DEEDS: Readonly<Record<string, (asked: Change, group: MlsGroup, people: Four, guest: Uint8Array) => Change>> = {
  "appoints itself": (asked, group, [, dara]) => ({ ...asked, context: asOwner(group.context, dara) }),
  adds: (asked, _group, _people, guest) => ({ ...asked, add: [guest] }),
  "takes out a member": (asked, group, [, , omid]) => ({ ...asked, remove: [leafOf(group, omid)] }),
  "takes out the owner": (asked, group, [sara]) => ({ ...asked, remove: [leafOf(group, sara)] }),
};

describe("a member who does what their role does not allow", () => {
  it.each([
    ["appoints itself", 2],
    ["adds", 1],
    ["takes out a member", 1],
    ["takes out the owner", 1],
    ["takes out the owner", 2],
  ] as const)(
    "F-63 F-70 F-72 F-73 %s (%i stations): nobody takes it, it is told whose it was, and the group goes on",
    async (what, stations) => {
      const { world, rogue, all, id } = await scene(stations);
      const [sara, dara, omid, lale] = all;
      await dara.client.open(await lale.client.invite());
      await world.quiet(all);
      const guest = await keyPackageOf(world, lale);
      rogue.change = (asked, group) => DEEDS[what]!(asked, group, all, guest);
      // The first commit of a joiner only renews its leaf; this one does more.
      await sara.client.groups.add(id, [idOf(dara)]);
      await world.clock.advance(1_000);
      await omid.client.send(id, { text: "queued" });
      await world.quiet([sara, omid]);
      expect(rogue.change).toBeUndefined();
      // Omid was not introduced to whom Dara adds, which is refused before anything else is looked at.
      const knows = what === "adds" ? [sara] : [sara, omid];
      for (const person of knows) expect((await told(person, id)).join("; ")).toMatch(/Dara unlawful/);
      expect((await lale.client.conversations()).map(({ kind }) => kind)).not.toContain("group");
      await goesOn(world, all, id);
      for (const person of all) await person.stop();
    },
  );

  it.each([
    ["garbage", (frame: Uint8Array) => frame.map((byte, at) => (at < 64 ? byte : byte ^ 0x5a))],
    ["nothing", () => new Uint8Array(512)],
  ] as const)("F-70 F-72 hands over %s as a commit: the group goes on", async (_what, frame) => {
    const { world, rogue, all, id } = await scene(2);
    const [sara, dara, omid] = all;
    rogue.frame = frame;
    rogue.change = (asked) => asked;
    await sara.client.groups.add(id, [idOf(dara)]);
    await world.clock.advance(1_000);
    await omid.client.send(id, { text: "queued" });
    await world.quiet([sara, omid]);
    await goesOn(world, all, id);
    for (const person of all) await person.stop();
  });

  it("F-70 F-72 while the group's founder is away nothing is lost, also over a restart, and a change that waits is made then", async () => {
    const { world, rogue, all, id } = await scene(2);
    const [sara, dara, omid, lale] = all;
    await sara.client.groups.setRole(id, idOf(omid), "admin");
    await world.quiet(all);
    rogue.change = (asked, group) => ({ ...asked, context: asOwner(group.context, dara) });
    await dara.stop();
    await sara.client.groups.add(id, [idOf(dara)]);
    await world.quiet([sara, omid]);
    await sara.stop();
    await dara.start({ mls: rogue.mls });
    dara.client.connect();
    await world.clock.advance(20_000);
    await omid.client.send(id, { text: "queued" });
    await omid.client.groups.rename(id, "Mountains");
    await world.clock.advance(20_000);
    expect(rogue.change).toBeUndefined();
    expect(await omid.client.conversation(id)).toMatchObject({ state: "fault", fault: "client/unlawful-change" });
    expect((await told(omid, id)).join("; ")).toMatch(/Dara unlawful/);
    await omid.stop();
    await omid.start();
    omid.client.connect();
    await world.clock.advance(20_000);
    expect((await omid.client.messages(id, { limit: 5 })).at(-1)).toMatchObject({ text: "queued", state: "queued" });
    await sara.start();
    sara.client.connect();
    await world.quiet([sara, omid]);
    expect(await said(sara, id)).toEqual(["Sara: before", "Omid: queued"]);
    for (const person of [sara, omid]) {
      expect(await person.client.conversation(id)).toMatchObject({ state: "open", title: "Mountains" });
      expect(await roles(person, id)).toEqual({ Sara: "owner", Omid: "admin", Dara: "member" });
    }
    for (const person of [omid, dara, sara, lale]) await person.stop();
  });
});
