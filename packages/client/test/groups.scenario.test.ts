import { describe, expect, it } from "vitest";
import { entriesOf, friends, idOf, openWith, recordsOf, roles, said, stolen, told } from "./group-scene.ts";
import { type Person, World } from "./world.ts";

describe("a group of three at two stations", () => {
  it("F-61 F-65 is made offline, filled, and everyone reads everyone by name", async () => {
    const world = new World({ latencyMs: 20 });
    const [sara, dara, omid] = await friends(world, ["Sara", "Dara", "Omid"], 2);
    await sara!.stop();
    await sara!.start();
    const id = await sara!.client.groups.create("  Mountain  walks ", [idOf(dara!), idOf(omid!)]);
    await sara!.client.send(id, { text: "who comes on Friday?" });
    expect((await sara!.client.conversation(id))?.title).toBe("Mountain walks");
    sara!.client.connect();
    const all = [sara!, dara!, omid!];
    await world.quiet(all);
    for (const person of all) {
      expect(await roles(person, id), person.client.me()!.name).toEqual({
        Sara: "owner",
        Dara: "member",
        Omid: "member",
      });
    }
    await omid!.client.send(id, { text: "I do" });
    await world.quiet(all);
    await dara!.client.send(id, { text: "me too" });
    await world.quiet(all);
    expect(await said(sara!, id)).toEqual(["Sara: who comes on Friday?", "Omid: I do", "Dara: me too"]);
    expect((await told(dara!, id)).slice(-2)).toEqual(["Omid: I do", "Dara: me too"]);
    expect((await told(omid!, id)).at(0)).toBe("Sara added Omid");
    expect(await dara!.client.conversation(id)).toMatchObject({
      kind: "group",
      title: "Mountain walks",
      group: { people: 3, role: "member" },
    });
    for (const person of all) await person.stop();
  });

  it("F-74 who comes later misses nothing of before, and is given nothing of it", async () => {
    const world = new World({ latencyMs: 20 });
    const all = (await friends(world, ["Sara", "Dara", "Omid"], 2)) as [Person, Person, Person];
    const [sara, dara, omid] = all;
    const id = await sara.client.groups.create("Walks", [idOf(dara)]);
    await world.quiet(all);
    await sara.client.send(id, { text: "between us two" });
    await world.quiet(all);
    await sara.client.groups.add(id, [idOf(omid)]);
    await world.quiet(all);
    await sara.client.send(id, { text: "to all" });
    await world.quiet(all);
    expect(await told(omid, id)).toEqual(["Sara added Omid", "Sara: to all"]);
    expect(await said(dara, id)).toEqual(["Sara: between us two", "Sara: to all"]);
    for (const person of all) await person.stop();
  });
});

describe("roles", () => {
  it("F-62 an owner appoints, an admin adds and takes out members, a member does neither", async () => {
    const world = new World({ latencyMs: 20 });
    const all = await friends(world, ["Sara", "Dara", "Omid", "Lale"], 2);
    const [sara, dara, omid, lale] = all as [Person, Person, Person, Person];
    const id = await sara.client.groups.create("Walks", [idOf(dara), idOf(omid)]);
    await world.quiet(all);
    await expect(dara.client.groups.remove(id, idOf(omid))).rejects.toMatchObject({ code: "client/not-your-role" });
    await expect(dara.client.groups.rename(id, "Mine")).rejects.toMatchObject({ code: "client/not-your-role" });
    await expect(dara.client.groups.setRole(id, idOf(dara), "owner")).rejects.toMatchObject({
      code: "client/not-your-role",
    });
    await sara.client.groups.setRole(id, idOf(dara), "admin");
    await sara.client.groups.rename(id, "Mountain walks");
    await world.quiet(all);
    expect(await roles(omid, id)).toEqual({ Sara: "owner", Dara: "admin", Omid: "member" });
    expect(await told(omid, id)).toEqual(expect.arrayContaining(["Sara admin Dara", "Sara renamed Mountain walks"]));
    expect((await omid.client.conversation(id))?.title).toBe("Mountain walks");
    // Sara knows Lale; Dara has to be in touch with her.
    await dara.client.open(await lale.client.invite());
    await world.quiet(all);
    await dara.client.groups.add(id, [idOf(lale)]);
    await world.quiet(all);
    await expect(dara.client.groups.remove(id, idOf(sara))).rejects.toMatchObject({ code: "client/not-your-role" });
    await dara.client.groups.remove(id, idOf(omid));
    await world.quiet(all);
    expect(await roles(lale, id)).toEqual({ Sara: "owner", Dara: "admin", Lale: "member" });
    expect((await omid.client.conversation(id))?.state).toBe("closed");
    expect((await told(omid, id)).at(-1)).toBe("Dara removed Omid");
    for (const person of all) await person.stop();
  });

  it("C-32 C-39 who leads deletes what others wrote and pins; a member does neither", async () => {
    const world = new World({ latencyMs: 20 });
    const all = (await friends(world, ["Sara", "Dara", "Omid"], 2)) as [Person, Person, Person];
    const [sara, dara, omid] = all;
    const id = await sara.client.groups.create("Walks", [idOf(dara), idOf(omid)]);
    await world.quiet(all);
    const { id: rude } = await omid.client.send(id, { text: "rude" });
    const { id: kind } = await omid.client.send(id, { text: "kind" });
    await world.quiet(all);
    await expect(dara.client.talk.erase(rude, "all")).rejects.toMatchObject({ code: "client/not-yours" });
    await expect(dara.client.talk.pin(kind, true)).rejects.toMatchObject({ code: "client/not-allowed" });
    await sara.client.talk.erase(rude, "all");
    await sara.client.talk.pin(kind, true);
    await world.quiet(all);
    for (const person of all) {
      expect(await person.client.talk.message(rude)).toMatchObject({ text: "", deleted: { by: { name: "Sara" } } });
      expect((await person.client.talk.pins(id)).map(({ text }) => text)).toEqual(["kind"]);
    }
    for (const person of all) await person.stop();
  });

  it("F-66 who leaves receives nothing from that moment, and an owner's client takes the leaf out; the last owner stays", async () => {
    const world = new World({ latencyMs: 20 });
    const all = await friends(world, ["Sara", "Dara", "Omid"], 2);
    const [sara, dara, omid] = all as [Person, Person, Person];
    const id = await sara.client.groups.create("Walks", [idOf(dara), idOf(omid)]);
    await world.quiet(all);
    await expect(sara.client.groups.leave(id)).rejects.toMatchObject({ code: "client/last-owner" });
    const groups = (omid.medium.get("group")?.length ?? 0) - (await recordsOf(omid, id));
    await omid.client.groups.leave(id);
    const left = await omid.client.conversation(id);
    expect(left?.state).toBe("closed");
    await dara.client.send(id, { text: "still here?" });
    await expect(omid.client.send(id, { text: "no" })).rejects.toMatchObject({ code: "client/closed-conversation" });
    await world.quiet(all);
    expect(await said(omid, id)).toEqual([]);
    expect((await omid.client.conversation(id))?.group?.role).toBeUndefined();
    expect(await roles(sara, id)).toEqual({ Sara: "owner", Dara: "member" });
    expect(await told(dara, id)).toContain("Omid left Omid");
    expect(omid.medium.get("group")?.length).toBe(groups);
    await sara.client.groups.setRole(id, idOf(dara), "owner");
    await world.quiet(all);
    await sara.client.groups.leave(id);
    await world.quiet(all);
    expect(await roles(dara, id)).toEqual({ Dara: "owner" });
    for (const person of all) await person.stop();
  });
});

describe("who was taken out", () => {
  it("F-68 reads nothing new with all the help of a station, and is not heard with an old write key", async () => {
    const world = new World({ latencyMs: 20 });
    const all = await friends(world, ["Sara", "Dara", "Omid"], 1);
    const [sara, dara, omid] = all as [Person, Person, Person];
    const id = await sara.client.groups.create("Walks", [idOf(dara), idOf(omid)]);
    await world.quiet(all);
    await sara.client.send(id, { text: "before" });
    await world.quiet(all);
    await dara.client.send(id, { text: "still all of us" });
    const open = stolen(omid);
    await world.quiet(all);
    // What the test opens with does open what Omid may read.
    expect((await openWith(open, id, await entriesOf(dara, id))).join()).toContain("still all of us");
    // Omid's device as it was, kept by somebody who then gets every entry of the log.
    const kept = stolen(omid);
    await sara.client.groups.remove(id, idOf(omid));
    await world.quiet(all);
    await sara.client.send(id, { text: "after" });
    await dara.client.send(id, { text: "only us" });
    await world.quiet(all);
    expect(await said(omid, id)).toEqual(["Sara: before", "Dara: still all of us"]);
    expect(await said(dara, id)).toEqual(["Sara: before", "Dara: still all of us", "Sara: after", "Dara: only us"]);
    await omid.stop();
    const frames = await entriesOf(dara, id);
    const opened = await openWith(kept, id, frames);
    expect(opened.join()).not.toContain("after");
    expect(opened.join()).not.toContain("only us");
    for (const person of [sara, dara]) await person.stop();
  });
});

describe("many changes at once", () => {
  it("F-67 adds, removals, names and letters of several engines end in one line of epochs, with no letter lost", async () => {
    const world = new World({ latencyMs: 25 });
    const names = ["Sara", "Dara", "Omid", "Lale", "Nima", "Pari"];
    const all = await friends(world, names, 2);
    const [sara, dara, omid, lale, nima, pari] = all as [Person, Person, Person, Person, Person, Person];
    const id = await sara.client.groups.create("Race", [idOf(dara), idOf(omid), idOf(nima)]);
    await world.quiet(all);
    for (const person of [dara, omid]) await sara.client.groups.setRole(id, idOf(person), "admin");
    await world.quiet(all);
    await dara.client.open(await lale.client.invite());
    await omid.client.open(await pari.client.invite());
    await world.quiet(all);
    const texts: string[] = [];
    for (let round = 0; round < 4; round++) {
      await Promise.all([
        sara.client.groups.rename(id, `Race ${round}`),
        dara.client.groups.rename(id, `Run ${round}`),
        ...(round === 0 ? [dara.client.groups.add(id, [idOf(lale)]), omid.client.groups.add(id, [idOf(pari)])] : []),
        ...(round === 1 ? [sara.client.groups.remove(id, idOf(nima)), omid.client.groups.remove(id, idOf(nima))] : []),
        ...(round === 2
          ? [sara.client.groups.setMembersAdd(id, true), omid.client.groups.setMembersAdd(id, true)]
          : []),
        ...[sara, dara, omid].map(async (person) => {
          const text = `${person.client.me()!.name} ${round}`;
          texts.push(`${person.client.me()!.name}: ${text}`);
          await person.client.send(id, { text });
        }),
      ]);
      await world.clock.advance(70 * round);
    }
    // A wish survives its engine: Dara's goes away with one, and comes back.
    await dara.client.groups.rename(id, "The end");
    await dara.stop();
    await dara.start();
    dara.client.connect();
    await world.quiet([sara, dara, omid, lale, pari]);
    const here = { Sara: "owner", Dara: "admin", Omid: "admin", Lale: "member", Pari: "member" };
    const titles = new Set<string | undefined>();
    for (const person of [sara, dara, omid, lale, pari]) {
      expect(await roles(person, id)).toEqual(here);
      titles.add((await person.client.conversation(id))?.title);
      expect((await person.client.conversation(id))?.state).toBe("open");
    }
    expect(titles).toEqual(new Set(["The end"]));
    for (const person of [sara, dara, omid]) expect((await said(person, id)).toSorted()).toEqual(texts.toSorted());
    expect(await said(sara, id)).toEqual(await said(omid, id));
    expect((await nima.client.conversation(id))?.state).toBe("closed");
    for (const person of all) await person.stop();
  });
});
