/* Channels (protocol/20-channels.md) between real stations of two regions: who reads, who writes, and who no more. */
import { nodeCrypto } from "@chapar/e2e/node";
import { sealPeriod } from "@chapar/e2e/channels";
import { describe, expect, it } from "vitest";
import { scene, standing, TERMS } from "./channel-four.ts";
import { appendWith, entriesOf, heldBy, openBoardWith, periodOf } from "./channel-scene.ts";
import { idOf, said, stolen, told } from "./group-scene.ts";
import { hasChats, linked } from "./own-devices.ts";

const crypto = nodeCrypto();

describe("a channel", () => {
  it("H-1 H-10 is read by who comes by its link at other stations, from the period on in which they come; none knows of another", async () => {
    const { world, all, id, link } = await scene();
    const [sara, dara, omid, lale] = all;
    expect(await omid.client.channels.readLink(`  ${link}\n`)).toMatchObject({
      name: "Mountain news",
      about: "What happens up there",
      by: "Sara",
      open: false,
      conversation: undefined,
    });
    await sara.client.send(id, { text: "the pass is open" });
    await world.quiet(all);
    for (const person of [dara, omid, lale]) expect(await person.client.channels.join(link)).toBe(id);
    await world.quiet(all);
    await sara.client.send(id, { text: "snow tonight" });
    await world.quiet(all);
    for (const person of all) {
      expect(await said(person, id), person.client.me()!.name).toEqual([
        "Sara: the pass is open",
        "Sara: snow tonight",
      ]);
      const view = await person.client.channels.view(id);
      expect(view).toMatchObject({ name: "Mountain news", standing: "in" });
      expect(view.writers.map(({ name }) => name)).toEqual(["Sara"]);
    }
    expect((await sara.client.channels.view(id)).readers.map(({ name }) => name).toSorted()).toEqual([
      "Dara",
      "Lale",
      "Omid",
    ]);
    expect((await sara.client.channels.view(id)).readerCount).toBe(3);
    expect(await omid.client.channels.view(id)).toMatchObject({ readers: [], asks: [], links: [], writes: false });
    await expect(omid.client.send(id, { text: "I cannot" })).rejects.toMatchObject({
      code: "client/closed-conversation",
    });
    const chats = await omid.client.conversations();
    expect(chats.map(({ kind, title }) => ({ kind, title }))).toEqual([{ kind: "channel", title: "Mountain news" }]);
    expect(all.flatMap(({ failures }) => failures).map(String)).toEqual([]);
    for (const person of all) await person.stop();
  });

  it("H-6 H-11 whoever is removed reads nothing that is published after it, also not with everything that the stations hold", async () => {
    const { world, all, id, link, stations } = await scene();
    const [sara, dara, omid, lale] = all;
    for (const person of [dara, omid, lale]) await person.client.channels.join(link);
    await world.quiet(all);
    await sara.client.send(id, { text: "for all" });
    await world.quiet(all);
    const [before, lales] = [stolen(omid), stolen(lale)];
    await sara.client.channels.remove(id, [idOf(omid)]);
    await world.quiet(all);
    await sara.client.send(id, { text: "not for Omid" });
    await world.quiet(all);
    expect(await standing(omid, id)).toBe("removed");
    expect(await said(omid, id)).toEqual(["Sara: for all"]);
    for (const person of [dara, lale]) expect(await said(person, id)).toEqual(["Sara: for all", "Sara: not for Omid"]);
    expect((await sara.client.channels.view(id)).readerCount).toBe(2);
    expect((await dara.client.channels.view(id)).readerCount).toBe(2);
    // The stations give Omid's old device everything that they have, and nobody else's keys open.
    const entries = stations.flatMap(({ store }) => entriesOf(store.writes));
    expect(await openBoardWith(before, id, entries)).toEqual([]);
    // The same, with what a reader had who stays: the entries are there. With what she has now, nothing of it opens again.
    expect((await openBoardWith(lales, id, entries)).join()).toMatch(/period 1.*not for Omid/su);
    expect(await openBoardWith(stolen(lale), id, entries)).toEqual([]);
    // Neither the link nor a new ask brings them back.
    await omid.client.channels.join(link);
    await world.quiet(all);
    expect(await standing(omid, id)).toBe("refused");
    for (const person of all) await person.stop();
  });

  it("H-10 a link lets in as many as it says, until it expires, or whom the leader admits, and tells the others why not", async () => {
    const { world, all, id, link } = await scene({ ...TERMS, limit: 1 });
    const [sara, dara, omid, lale] = all;
    await dara.client.channels.join(link);
    await world.quiet(all);
    await omid.client.channels.join(link);
    await world.quiet(all);
    expect([await standing(dara, id), await standing(omid, id)]).toEqual(["in", "used-up"]);
    const { channels } = sara.client;
    const short = await channels.makeLink(id, { ...TERMS, expiresMs: world.clock.nowMs() + 60_000 });
    const gone = await channels.makeLink(id, TERMS);
    const asks = await channels.makeLink(id, { ...TERMS, approval: true });
    await channels.revokeLink(id, (await channels.view(id)).links.find(({ url }) => url === gone)!.id);
    await world.clock.advance(60_000);
    await omid.client.channels.join(short);
    await lale.client.channels.join(gone);
    await world.quiet(all);
    expect([await standing(omid, id), await standing(lale, id)]).toEqual(["expired", "revoked"]);
    for (const person of [omid, lale]) await person.client.channels.join(asks);
    await world.quiet(all);
    expect([await standing(omid, id), await standing(lale, id)]).toEqual(["asking", "asking"]);
    expect((await channels.view(id)).asks.map(({ name }) => name).toSorted()).toEqual(["Lale", "Omid"]);
    await channels.admit(id, idOf(omid));
    await channels.refuse(id, idOf(lale));
    await world.quiet(all);
    expect([await standing(omid, id), await standing(lale, id)]).toEqual(["in", "refused"]);
    expect((await channels.view(id)).asks).toEqual([]);
    await expect(omid.client.channels.makeLink(id, TERMS)).rejects.toMatchObject({ code: "client/not-your-role" });
    await expect(sara.client.channels.join(asks)).resolves.toBe(id);
    for (const text of [
      "",
      "hello",
      link.slice(0, -2),
      `${link}x`,
      link.replace("b/", "g/"),
      await sara.client.invite(),
    ])
      await expect(lale.client.channels.join(text)).rejects.toMatchObject({ code: "client/bad-invite" });
    for (const person of all) await person.stop();
  });

  it("H-8 whom the leader appoints writes, also from another station, and no more when they are dismissed", async () => {
    const { world, all, id, link } = await scene();
    const [sara, dara, omid, lale] = all;
    for (const person of [dara, omid, lale]) await person.client.channels.join(link);
    await world.quiet(all);
    await sara.client.channels.setWriter(id, idOf(omid), true);
    await world.quiet(all);
    expect((await omid.client.channels.view(id)).writes).toBe(true);
    const message = await omid.client.send(id, { text: "from Tehran" });
    await sara.client.send(id, { text: "thank you" });
    await world.quiet(all);
    for (const person of all)
      expect((await said(person, id)).toSorted(), person.client.me()!.name).toEqual([
        "Omid: from Tehran",
        "Sara: thank you",
      ]);
    const signal = new AbortController().signal;
    const receipt = await world.settle(omid.client.receipt(message.id, { signal }));
    expect(receipt).toMatchObject({ conversation: id, station: sara.client.me()!.home.key });
    expect((await lale.client.channels.view(id)).writers).toMatchObject([
      { name: "Sara", leads: true },
      { name: "Omid" },
    ]);
    await omid.stop();
    await sara.client.channels.setWriter(id, idOf(omid), false);
    await world.quiet([sara, dara, lale]);
    await omid.start();
    await omid.client.send(id, { text: "too late" });
    omid.client.connect();
    await world.quiet(all);
    expect((await omid.client.channels.view(id)).writes).toBe(false);
    await expect(omid.client.send(id, { text: "no more" })).rejects.toMatchObject({
      code: "client/closed-conversation",
    });
    expect(await said(lale, id)).not.toContain("Omid: too late");
    for (const person of all) await person.stop();
  });

  it("H-2 H-4 goes on over restarts, new periods and a change of its name, for who was away as well", async () => {
    const { world, all, id, link } = await scene();
    const [sara, dara, omid, lale] = all;
    for (const person of [dara, omid, lale]) await person.client.channels.join(link);
    await world.quiet(all);
    await omid.stop();
    await sara.client.send(id, { text: "one" });
    await world.quiet([sara, dara, lale]);
    for (let day = 0; day < 3; day++) {
      await sara.stop();
      await sara.start();
      await sara.client.channels.describe(id, { name: `Day ${day}`, about: "" });
      await sara.client.send(id, { text: `day ${day}` });
      sara.client.connect();
      await world.quiet([sara, dara, lale]);
    }
    await omid.start();
    omid.client.connect();
    await world.quiet(all);
    for (const person of all) {
      expect((await said(person, id)).toSorted()).toEqual(["Sara: day 0", "Sara: day 1", "Sara: day 2", "Sara: one"]);
      expect(await person.client.channels.view(id)).toMatchObject({ name: "Day 2", about: "", readerCount: 3 });
      expect((await person.client.conversations()).find((one) => one.id === id)?.title).toBe("Day 2");
    }
    for (const person of all) await person.stop();
  });

  it("H-4 begins a period a week after the last by itself, and readers come to it", async () => {
    const { world, all, id, link } = await scene();
    const [sara, dara, omid] = all;
    for (const person of [dara, omid]) await person.client.channels.join(link);
    await world.quiet(all);
    expect(await periodOf(dara, id)).toBe(0);
    await sara.stop();
    const { clock } = world;
    const later = { nowMs: () => clock.nowMs() + 8 * 86_400_000, sleep: clock.sleep.bind(clock) };
    await sara.start({ clock: later });
    sara.client.connect();
    await world.quiet(all);
    for (const person of [sara, dara, omid]) expect(await periodOf(person, id)).toBe(1);
    for (const person of all) await person.stop();
  });

  it("H-11 whoever leaves keeps what they read and no key, is counted no more, and may come again", async () => {
    const { world, all, id, link } = await scene();
    const [sara, dara, omid] = all;
    for (const person of [dara, omid]) await person.client.channels.join(link);
    await world.quiet(all);
    await sara.client.send(id, { text: "before" });
    await world.quiet(all);
    await omid.client.channels.leave(id);
    await world.quiet(all);
    await sara.client.send(id, { text: "after" });
    await world.quiet(all);
    expect([await standing(omid, id), await said(omid, id)]).toEqual(["left", ["Sara: before"]]);
    expect((await sara.client.channels.view(id)).readers.map(({ name }) => name)).toEqual(["Dara"]);
    await expect(sara.client.channels.leave(id)).rejects.toMatchObject({ code: "client/not-your-role" });
    await omid.client.channels.join(link);
    await world.quiet(all);
    await sara.client.send(id, { text: "again" });
    await world.quiet(all);
    // What the period that they came back in had before is theirs again; what is between is not.
    expect(await said(omid, id)).toEqual(["Sara: before", "Sara: after", "Sara: again"]);
    for (const person of all) await person.stop();
  });

  it("H-3 an open channel is read from its beginning by whoever has the link, and nobody learns who they are", async () => {
    const { world, all } = await scene();
    const [sara, , omid] = all;
    const id = await sara.client.channels.create({ name: "Square", open: true });
    await sara.client.send(id, { text: "one" });
    await world.quiet(all);
    const link = await sara.client.channels.makeLink(id, TERMS);
    await sara.client.channels.describe(id, { name: "The square", about: "" });
    await world.quiet(all);
    expect(await periodOf(sara, id)).toBe(1);
    await sara.client.send(id, { text: "two" });
    await world.quiet(all);
    await omid.client.channels.join(link);
    await world.quiet(all);
    expect(await said(omid, id)).toEqual(["Sara: one", "Sara: two"]);
    expect(await omid.client.channels.view(id)).toMatchObject({ open: true, readerCount: undefined, standing: "in" });
    expect(await sara.client.channels.view(id)).toMatchObject({ readers: [], asks: [], readerCount: undefined });
    for (const person of all) await person.stop();
  });

  it("H-9 H-12 a writer who ends the period by a commit of their own, or writes what is no letter of theirs, stops nothing for good", async () => {
    const { world, all, id, link, stations } = await scene();
    const [sara, dara, omid, lale] = all;
    for (const person of [dara, omid, lale]) await person.client.channels.join(link);
    await world.quiet(all);
    await sara.client.channels.setWriter(id, idOf(omid), true);
    await world.quiet(all);
    const held = await heldBy(omid, id);
    const { period } = held.channel;
    const junk = { kind: "message", epoch: period, frame: crypto.random(512) } as const;
    await appendWith(world, stations[0]!, held, junk);
    // As the leader's in form, signed by the writer.
    const nextWriteKey = await crypto.ed25519.publicKey(crypto.random(32));
    const nextReadKey = await crypto.ed25519.publicKey(crypto.random(32));
    const of = { log: held.room.log, ends: period, nextWriteKey, nextReadKey, revokesReaders: true };
    const body = { period: period + 1, name: "Mine now", about: "", readers: 0, writers: [] };
    const none = { people: new Uint8Array(1), seats: [], seals: [], note: new Uint8Array(0) };
    const seed = crypto.random(32);
    const signer = {
      device: await crypto.ed25519.publicKey(seed),
      sign: async (m: Uint8Array) => crypto.ed25519.sign(seed, m),
    };
    const frame = await sealPeriod(
      crypto,
      held.channel.commitKey,
      of,
      { ...body, ...none, frontier: { size: 0, root: new Uint8Array(32) } },
      signer,
    );
    const { ends: epoch, log: _, ...named } = of;
    await sara.stop();
    await appendWith(world, stations[0]!, held, { kind: "commit", epoch, ...named, frame });
    await world.clock.advance(5_000);
    await sara.start();
    await sara.client.send(id, { text: "still mine" });
    sara.client.connect();
    await world.quiet(all);
    for (const person of all) {
      expect(await said(person, id), person.client.me()!.name).toEqual(["Sara: still mine"]);
      expect(await person.client.channels.view(id)).toMatchObject({ name: "Mountain news", standing: "in" });
      expect((await told(person, id)).slice(0, 2)).toEqual(["[e2e/bad-tag]", "[client/unlawful-change]"]);
    }
    await sara.client.channels.setWriter(id, idOf(omid), false);
    await world.quiet(all);
    expect((await omid.client.channels.view(id)).writes).toBe(false);
    for (const person of all) await person.stop();
  });

  it("H-1 H-10 is led and read from every own device, and by one that came back", async () => {
    const { world, all, id, link } = await scene();
    const [sara, dara, omid] = all;
    await dara.client.channels.join(link);
    await world.quiet(all);
    const tablet = await linked(world, sara, "tablet");
    const phone = await linked(world, dara, "phone");
    await hasChats(world, phone, 1, all);
    await hasChats(world, tablet, 1, [phone, ...all]);
    await sara.stop();
    await omid.client.channels.join(link);
    await world.quiet([tablet, phone, dara, omid]);
    expect(await standing(omid, id)).toBe("in");
    await tablet.client.send(id, { text: "from the tablet" });
    await world.quiet([tablet, phone, dara, omid]);
    for (const person of [tablet, phone, dara, omid]) expect(await said(person, id)).toEqual(["Sara: from the tablet"]);
    expect((await tablet.client.channels.view(id)).readers.map(({ name }) => name).toSorted()).toEqual([
      "Dara",
      "Omid",
    ]);
    await tablet.client.channels.remove(id, [idOf(dara)]);
    await world.quiet([tablet, phone, dara, omid]);
    expect([await standing(dara, id), await standing(phone, id), await standing(omid, id)]).toEqual([
      "removed",
      "removed",
      "in",
    ]);
    for (const person of [tablet, phone, dara, omid]) await person.stop();
  });
});
