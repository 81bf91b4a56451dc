/* Links into groups (F-75 to F-79): terms are kept by the members, stations see sealed knocks, and whoever is not let in is told why. */
import { decodeEntry } from "@chapar/wire";
import { fromBase32, fromHex, toHex, utf8 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { entriesHeld, friends, idOf, roles, said, told } from "./group-scene.ts";
import { type Person, World } from "./world.ts";

type Five = [Person, Person, Person, Person, Person];

const OPEN = { expiresMs: 0, limit: 0, approval: false };

/** Sara's group with Dara; Omid, Lale and Nima have never heard of Dara, and of Sara only by a link. */
async function scene(): Promise<{ world: World; all: Five; id: string }> {
  const world = new World({ latencyMs: 20 });
  const [sara, dara] = await friends(world, ["Sara", "Dara"], 2);
  const homes = await Promise.all(["s2", "s3"].map((name) => world.stations.station(name, { region: "IR" })));
  const others = await Promise.all(
    ["Omid", "Lale", "Nima"].map((name, at) => world.person(name, homes[at % homes.length]!)),
  );
  for (const person of others) person.client.connect();
  const all = [sara!, dara!, ...others] as Five;
  const id = await sara!.client.groups.create("Walks", [idOf(dara!)]);
  await world.quiet(all);
  await sara!.client.send(id, { text: "before" });
  await world.quiet(all);
  return { world, all, id };
}

const states = async (person: Person): Promise<string[]> =>
  (await person.client.groups.asks()).map(({ state }) => state);

describe("a link into a group", () => {
  it("F-75 F-76 F-77 lets in as many as it says, also strangers at other stations, and tells the next that it is used up", async () => {
    const { world, all, id } = await scene();
    const [sara, dara, omid, lale, nima] = all;
    const link = await sara.client.groups.makeLink(id, { ...OPEN, limit: 2 });
    await world.quiet(all);
    expect(await omid.client.groups.readLink(`  ${link}\n`)).toMatchObject({
      title: "Walks",
      by: "Sara",
      people: 2,
      approval: false,
      conversation: undefined,
      isMember: false,
    });
    expect(await omid.client.groups.ask(link)).toBe(id);
    await world.quiet(all);
    expect(await roles(omid, id)).toEqual({ Sara: "owner", Dara: "member", Omid: "member" });
    expect(await states(omid)).toEqual([]);
    expect(await told(dara, id)).toContain("Sara joined Omid");
    await lale.client.groups.ask(link);
    await world.quiet(all);
    await nima.client.groups.ask(link);
    await world.quiet(all);
    expect(await states(nima)).toEqual(["used-up"]);
    await lale.client.send(id, { text: "hello" });
    await world.quiet(all);
    for (const person of [sara, dara, omid, lale]) {
      expect(await roles(person, id)).toEqual({ Sara: "owner", Dara: "member", Omid: "member", Lale: "member" });
      expect((await said(person, id)).at(-1)).toBe("Lale: hello");
    }
    expect((await nima.client.conversations()).map(({ kind }) => kind)).toEqual([]);
    expect((await sara.client.groups.view(id)).links).toMatchObject([{ limit: 2, used: 2, url: link }]);
    expect((await dara.client.groups.view(id)).links).toMatchObject([{ limit: 2, used: 2, url: undefined }]);
    await nima.client.groups.withdraw(id);
    expect(await states(nima)).toEqual([]);
    for (const person of all) await person.stop();
  });

  it.each([1, 2])(
    "F-150 lets in by one commit who waited by it while its maker was away, as many as it says (%i), and tells the others",
    async (limit) => {
      const { world, all, id } = await scene();
      const [sara, dara, omid, lale, nima] = all;
      const link = await sara.client.groups.makeLink(id, { ...OPEN, limit });
      await world.quiet(all);
      await sara.stop();
      for (const person of [omid, lale, nima]) await person.client.groups.ask(link);
      await world.quiet([dara, omid, lale, nima]);
      await sara.start();
      sara.client.connect();
      await world.quiet(all);
      const lines = (await told(dara, id)).filter((line) => line.startsWith("Sara joined "));
      expect(lines).toHaveLength(1);
      const asked = await Promise.all([omid, lale, nima].map(async (person) => (await states(person)).join()));
      expect(asked.toSorted()).toEqual(["", "used-up", "used-up"].with(1, limit === 2 ? "" : "used-up"));
      const come = [omid, lale, nima].filter((_, at) => asked[at] === "");
      for (const person of come) {
        expect(lines[0]).toContain(person.client.me()?.name);
        expect(Object.keys(await roles(person, id))).toHaveLength(2 + limit);
      }
      expect((await sara.client.groups.view(id)).links).toMatchObject([{ limit, used: limit }]);
      for (const person of all) await person.stop();
    },
  );

  it("F-77 with approval waits for whoever made it, and says no to whom they refuse, also over restarts", async () => {
    const { world, all, id } = await scene();
    const [sara, dara, omid, lale] = all;
    const link = await sara.client.groups.makeLink(id, { ...OPEN, approval: true });
    await world.quiet(all);
    await sara.stop();
    for (const person of [omid, lale]) await person.client.groups.ask(link);
    await world.quiet([omid, lale]);
    await omid.stop();
    await omid.start();
    omid.client.connect();
    expect(await states(omid)).toEqual(["waiting"]);
    await sara.start();
    sara.client.connect();
    await world.quiet(all);
    const asked = (await sara.client.groups.view(id)).requests.map(({ name }) => name);
    expect(asked.toSorted()).toEqual(["Lale", "Omid"]);
    await expect(dara.client.groups.admit(id, idOf(omid))).rejects.toMatchObject({ code: "client/not-your-role" });
    await expect(sara.client.groups.admit(id, idOf(dara))).rejects.toMatchObject({ code: "client/unknown-person" });
    await sara.client.groups.admit(id, idOf(omid));
    await sara.client.groups.refuse(id, idOf(lale));
    await world.quiet(all);
    expect(await roles(dara, id)).toEqual({ Sara: "owner", Dara: "member", Omid: "member" });
    expect(await states(omid)).toEqual([]);
    expect(await states(lale)).toEqual(["refused"]);
    expect((await sara.client.groups.view(id)).requests).toEqual([]);
    for (const person of all) await person.stop();
  });

  it("F-77 F-68 lets nobody in once it has expired, was revoked, or its group took somebody out; nor them", async () => {
    const { world, all, id } = await scene();
    const [sara, dara, omid, lale, nima] = all;
    const { groups } = sara.client;
    const short = await groups.makeLink(id, { ...OPEN, expiresMs: world.clock.nowMs() + 60_000 });
    const open = await groups.makeLink(id, OPEN);
    const gone = await groups.makeLink(id, OPEN);
    const asks = await groups.makeLink(id, { ...OPEN, approval: true });
    await world.quiet(all);
    const found = (await groups.view(id)).links.find(({ url }) => url === gone);
    await groups.revokeLink(id, found!.id);
    await omid.client.groups.ask(open);
    await world.quiet(all);
    await world.clock.advance(60_000);
    await lale.client.groups.ask(short);
    await nima.client.groups.ask(gone);
    await world.quiet(all);
    expect([await states(lale), await states(nima)]).toEqual([["expired"], ["revoked"]]);
    await groups.remove(id, idOf(omid));
    await world.quiet(all);
    expect((await groups.view(id)).links.map(({ url }) => url)).toEqual([asks]);
    await omid.client.groups.ask(asks);
    await lale.client.groups.ask(open);
    await world.quiet(all);
    expect([await states(omid), await states(lale)]).toEqual([["refused"], ["revoked"]]);
    expect(await roles(dara, id)).toEqual({ Sara: "owner", Dara: "member" });
    await expect(dara.client.groups.makeLink(id, OPEN)).rejects.toMatchObject({ code: "client/not-your-role" });
    for (const person of all) await person.stop();
  });

  it("F-76 a damaged or strange link is refused before anything is sent, and stations see neither link nor group", async () => {
    const { world, all, id } = await scene();
    const [sara, , omid] = all;
    const link = await sara.client.groups.makeLink(id, { ...OPEN, approval: true });
    await world.quiet(all);
    const invite = await sara.client.invite();
    for (const text of [
      "",
      "hello",
      invite,
      link.slice(0, -2),
      link.replace("g/", "i/"),
      `${link}x`,
      link.repeat(200),
    ]) {
      await expect(omid.client.groups.ask(text), text.slice(0, 40)).rejects.toMatchObject({
        code: "client/bad-invite",
      });
    }
    await expect(sara.client.groups.ask(link)).rejects.toMatchObject({ code: "client/own-invite" });
    await omid.client.groups.ask(link);
    await world.quiet(all);
    expect((await sara.client.groups.view(id)).requests).toHaveLength(1);
    const [made] = (await sara.client.groups.view(id)).links;
    const secrets = [fromBase32(id)!, fromBase32(idOf(omid))!, fromHex(made!.id)!, utf8("Walks"), utf8("Omid")];
    const knocks = entriesHeld(world).filter((entry) => {
      const decoded = decodeEntry(entry);
      return decoded.ok && decoded.value.kind === "knock" && decoded.value.frame[0] === 5;
    });
    expect(knocks).toHaveLength(1);
    for (const secret of secrets) expect(toHex(knocks[0]!)).not.toContain(toHex(secret));
    for (const person of all) await person.stop();
  });
});
