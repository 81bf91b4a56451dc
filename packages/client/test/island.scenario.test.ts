/* The border between two regions of two stations each is cut (protocol/17-island.md): what goes on inside, and how it comes together again. */
import { describe, expect, it } from "vitest";
import { equalBytes } from "@chapar/wire/bytes";
import { BRANCH_INDEX } from "../src/island/branch-index.ts";
import { HERE, group, island, reads, somebody } from "./island-scene.ts";
import { bytesOf, file, last, never } from "./media-scene.ts";
import type { Person } from "./world.ts";

/** Lines that people wrote. */
async function said(person: Person, id: string): Promise<string[]> {
  const lines = await person.client.messages(id, { limit: 200 });
  return lines.filter((line) => line.group === undefined && line.text !== "").map(({ text }) => text);
}

const gaps = async (person: Person, id: string): Promise<string[]> =>
  (await person.lines(id)).filter((line) => line.startsWith("["));

describe("inside a border that is cut", () => {
  it("J-8 people sign up, write to each other and in groups, send files, search, and move between stations", async () => {
    expect(HERE.length).toBeGreaterThan(0);
    const s = await island();
    s.border.cut();
    const omid = await somebody(s, "Omid", s.stations[3]!, "IR");
    const id = await s.dara.client.open(await omid.client.invite());
    await s.dara.client.send(id, { text: "inside" });
    await s.world.quiet([s.dara, omid]);
    expect(await omid.lines(id)).toContain("inside");
    // Of several chunks, so that it does not travel in the letter: Omid's station asks Dara's for it.
    const film = bytesOf(1, 600_000);
    await s.world.settle(s.dara.client.media.send(id, { text: "a film", files: [file({ bytes: film })] }, never));
    await s.world.quiet([s.dara, omid]);
    const message = (await last(omid, id)).id;
    expect((await omid.client.media.files(message)).map(({ isHere }) => isHere)).toEqual([false]);
    await s.world.settle(omid.client.media.fetch(message, 0, never));
    const read = await s.world.settle(omid.client.media.read(message, 0, 0, film.length, never));
    expect(equalBytes(read, film)).toBe(true);
    await s.world.settle(omid.client.search.catchUp());
    const { hits } = await s.world.settle(omid.client.search.find({ words: "film" }));
    expect(hits.map(({ message: { text } }) => text)).toEqual(["a film"]);
    const all = await group(s, s.dara, [s.sara, s.nima]);
    await s.nima.client.send(all, { text: "in the group" });
    await s.world.quiet([s.dara, s.sara, s.nima]);
    expect(await s.sara.lines(all)).toContain("in the group");
    await s.world.settle(omid.client.data.move(s.world.invite(s.stations[2]!)));
    await s.world.quiet([s.dara, omid]);
    await omid.client.send(id, { text: "from another station" });
    await s.world.quiet([s.dara, omid]);
    expect(await s.dara.lines(id)).toContain("from another station");
    await omid.stop();
    await s.end();
  });

  it("J-4 J-5 J-7 J-9 a group whose hub is abroad goes on, and comes together again: nothing lost, nothing twice", async () => {
    const s = await island();
    const all = await group(s, s.anna, [s.dara, s.sara, s.nima]);
    expect(await s.dara.client.data.island()).toBeUndefined();
    s.border.cut();
    await s.dara.client.send(all, { text: "inside 1" });
    await reads(s, s.sara, all, ["inside 1"]);
    await s.sara.client.send(all, { text: "inside 2" });
    await reads(s, s.dara, all, ["inside 1", "inside 2"]);
    // In the order in which they were written, own lines among them.
    expect((await said(s.dara, all)).slice(-2)).toEqual(["inside 1", "inside 2"]);
    await s.nima.client.send(all, { text: "from the neighbours" });
    for (const person of [s.dara, s.sara]) await reads(s, person, all, ["from the neighbours"]);
    await reads(s, s.nima, all, ["inside 1", "inside 2"]);
    await s.anna.client.send(all, { text: "abroad" });
    await s.world.clock.advance(60_000);
    expect(await said(s.anna, all)).not.toContain("inside 1");
    const told = await s.dara.client.data.island();
    expect(told).toMatchObject({ chats: 2, letters: 1, stations: [{ region: "DE" }] });
    const [own] = (await s.dara.client.messages(all, { limit: 50 })).filter(({ text }) => text === "inside 1");
    expect(own?.state).toBe("leaving");

    s.border.join();
    const people = [s.anna, s.dara, s.sara, s.nima];
    await s.world.clock.advance(120_000);
    await s.world.quiet(people);
    const everything = ["abroad", "from the neighbours", "inside 1", "inside 2"];
    for (const person of people) {
      expect((await said(person, all)).filter((text) => everything.includes(text)).toSorted()).toEqual(everything);
      expect(await gaps(person, all)).toEqual([]);
      expect((await person.client.conversation(all))?.state).toBe("open");
      expect(await person.client.data.island()).toBeUndefined();
      expect(await person.client.alerts()).toEqual([]);
    }
    const [after] = (await s.dara.client.messages(all, { limit: 50 })).filter(({ text }) => text === "inside 1");
    expect(after).toMatchObject({ id: own!.id, state: "at-station" });
    const receipt = await s.world.settle(s.dara.client.receipt(own!.id, { signal: new AbortController().signal }));
    expect(receipt.index).toBeLessThan(BRANCH_INDEX);
    await s.dara.client.send(all, { text: "together" });
    await s.world.quiet(people);
    for (const person of people) expect(await said(person, all)).toContain("together");
    await s.end();
  });

  it("J-3 J-6 a change of members abroad meanwhile: letters and edits of the branch are sealed anew, and changes of this side wait", async () => {
    const s = await island();
    const all = await group(s, s.anna, [s.dara, s.sara]);
    const berta = await somebody(s, "Berta", s.stations[1]!, "DE");
    await s.anna.client.send(await s.anna.client.open(await berta.client.invite()), { text: "hello" });
    await s.world.quiet([s.anna, berta]);
    await s.anna.client.groups.setRole(all, s.dara.client.me()!.identity, "admin");
    await s.world.quiet([s.anna, s.dara, s.sara]);
    s.border.cut();
    await s.dara.client.send(all, { text: "inside" });
    await reads(s, s.sara, all, ["inside"]);
    const [own] = (await s.dara.client.messages(all, { limit: 50 })).filter(({ text }) => text === "inside");
    await s.dara.client.talk.edit(own!.id, { text: "inside, mended" });
    await reads(s, s.sara, all, ["inside, mended"]);
    await s.dara.client.groups.rename(all, "another name");
    await s.world.clock.advance(30_000);
    expect(await s.dara.client.data.island()).toMatchObject({ changes: 1 });
    await s.anna.client.groups.add(all, [berta.client.me()!.identity]);
    await s.world.quiet([s.anna, berta]);
    expect((await s.anna.client.groups.view(all)).people).toHaveLength(4);
    // The device of one of them is started anew in between.
    await s.dara.stop();
    await s.dara.start(s.border.between("IR"));
    s.dara.client.connect();
    s.border.join();
    await s.world.clock.advance(120_000);
    const people = [s.anna, s.dara, s.sara, berta];
    await s.world.quiet(people);
    for (const person of people) {
      expect((await said(person, all)).filter((text) => text.startsWith("inside"))).toEqual(["inside, mended"]);
      expect(await gaps(person, all)).toEqual([]);
      expect((await person.client.groups.view(all)).people).toHaveLength(4);
      expect((await person.client.groups.view(all)).title).toBe("another name");
      expect(await person.client.alerts()).toEqual([]);
    }
    await berta.stop();
    await s.end();
  });
});
