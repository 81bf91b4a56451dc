/* People who move to another home (protocol/15-moving.md): from one that is alive, from one that is gone, and from one that lies. */
import { decodeEntry } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { decodeRoom, encodeRoom } from "../src/conversation/room-descriptor.ts";
import { loadProfile } from "../src/profile/profile-book.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { Rogue, roles } from "./group-scene.ts";
import { hubOf, kill, look, roomOf, scene } from "./moving-scene.ts";
import { linked } from "./own-devices.ts";

const NEVER = new AbortController().signal;

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

  it("M-2 M-8 M-12 an old home that hides the op and takes no commit keeps nobody: anchors say where to go", async () => {
    const s = await scene();
    const { identity } = s.dara.client.me()!;
    const before = (await loadProfile(new MemoryStore(s.dara.medium)))!.ops;
    const refused = { type: "error", code: "station/not-allowed", detail: undefined } as const;
    s.liars.dara.answer = (request) => {
      if (request.type === "identity.anchor" && request.at?.urls[0] === s.old.url) return refused;
      // Nobody is told anything either: they have to look.
      if (request.type === "inbox.append") return refused;
      const entry = request.type === "log.append" ? decodeEntry(request.entry) : undefined;
      const isOld = request.type === "log.append" && equalBytes(request.log, oldLog);
      return isOld && entry?.ok === true && entry.value.kind === "commit" ? refused : undefined;
    };
    s.liars.sara.lie = (frame, asked) => {
      const isTheirs = asked?.type === "identity.get" && asked.at?.urls[0] === s.old.url;
      if (!isTheirs || frame.kind !== "response") return [frame];
      return [{ ...frame, body: { type: "identity.ops", ops: before } }];
    };
    const oldLog = (await roomOf(s.sara, s.id))!.log;
    await s.world.settle(s.dara.client.data.move(s.world.invite(s.next)));
    await s.world.quiet([s.dara]);
    expect(await hubOf(s.dara, s.id)).toBe(s.next.url);
    for (let i = 0; i < 12 && (await hubOf(s.sara, s.id)) !== s.next.url; i++) await s.world.clock.advance(60_000);
    await s.world.quiet([s.dara, s.sara]);
    expect(await hubOf(s.sara, s.id)).toBe(s.next.url);
    expect((await s.sara.client.safety(identity)).changes.map(({ what }) => what)).toContain("home-moved");
    await s.sara.client.send(s.id, { text: "found you" });
    await s.world.quiet([s.dara, s.sara]);
    expect(await s.dara.lines(s.id)).toContain("found you");
    await s.end();
  });

  it("M-10 M-7 an edit after a move outlives one before it", async () => {
    const s = await scene();
    for (const text of ["one", "two", "three", "four"]) await s.dara.client.send(s.id, { text });
    await s.world.quiet([s.dara, s.sara]);
    const [first] = (await s.sara.client.messages(s.id, { limit: 50 })).filter(({ text }) => text === "one");
    await s.dara.client.talk.edit(first!.id, { text: "one, before" });
    await s.world.quiet([s.dara, s.sara]);
    await s.world.settle(s.dara.client.data.move(s.world.invite(s.next)));
    await s.world.quiet([s.dara, s.sara]);
    await s.dara.client.talk.edit(first!.id, { text: "one, after" });
    await s.world.quiet([s.dara, s.sara]);
    for (const person of [s.dara, s.sara]) expect(await person.lines(s.id)).toContain("one, after");
    await s.end();
  });

  it("M-4 M-8 groups follow with roles and every member, from an old home that is gone", async () => {
    const s = await scene();
    const nima = await s.world.person("Nima", s.there, {}, "DE");
    nima.client.connect();
    const with_ = await s.dara.client.open(await nima.client.invite());
    await s.dara.client.send(with_, { text: "hi Nima" });
    await s.world.quiet([s.dara, s.sara, nima]);
    const group = await s.dara.client.groups.create(
      "trip",
      [s.sara, nima].map(({ client }) => client.me()!.identity),
    );
    await s.world.quiet([s.dara, s.sara, nima]);
    await s.dara.client.groups.setRole(group, s.sara.client.me()!.identity, "admin");
    await s.world.quiet([s.dara, s.sara, nima]);
    await kill(s, s.old);
    await s.sara.client.send(group, { text: "is anybody there" });
    await nima.client.send(group, { text: "I am" });
    await s.world.clock.advance(10_000);
    await s.world.settle(s.dara.client.data.move(s.world.invite(s.next)));
    await s.world.quiet([s.dara, s.sara, nima]);
    for (const person of [s.dara, s.sara, nima]) {
      expect(await hubOf(person, group)).toBe(s.next.url);
      const lines = await person.lines(group);
      expect(lines.filter((line) => line === "is anybody there" || line === "I am").toSorted()).toEqual([
        "I am",
        "is anybody there",
      ]);
      expect(await roles(person, group)).toEqual({ Dara: "owner", Sara: "admin", Nima: "member" });
    }
    await nima.stop();
    await s.end([s.next, s.there]);
  });

  it("M-6 F-70 a member who did not move gives a group no other hub: nobody follows, and it goes on where it is", async () => {
    const rogue = new Rogue();
    const s = await scene({ sara: { mls: rogue.mls } });
    const group = await s.dara.client.groups.create("two", [s.sara.client.me()!.identity]);
    await s.world.quiet([s.dara, s.sara]);
    await s.dara.client.groups.setRole(group, s.sara.client.me()!.identity, "admin");
    await s.world.quiet([s.dara, s.sara]);
    const { log } = (await roomOf(s.sara, group))!;
    rogue.change = (asked, of) => {
      const room = decodeRoom(of.context);
      if (!room.ok) throw new Error(room.code);
      return { ...asked, context: encodeRoom({ ...room.value, hub: s.there.ref, before: { log, read: 3 } }) };
    };
    await s.sara.client.groups.rename(group, "mine");
    await s.world.clock.advance(30_000);
    await s.world.quiet([s.dara]);
    const lines = await s.dara.client.messages(group, { limit: 20 });
    expect(lines.at(-1)?.group).toMatchObject({ what: "unlawful" });
    expect(await s.dara.client.conversation(group)).toMatchObject({ state: "open", fault: undefined, title: "two" });
    expect(await hubOf(s.dara, group)).toBe(s.old.url);
    expect((await s.dara.client.conversation(s.id))?.state).toBe("open");
    await s.end();
  });

  it("M-1 a move that a station refuses changes nothing, and goes on with the same op", async () => {
    const s = await scene();
    const before = (await loadProfile(new MemoryStore(s.dara.medium)))!;
    await expect(s.dara.client.data.move("no invite")).rejects.toMatchObject({ code: "client/bad-invite" });
    await expect(s.dara.client.data.move(s.world.invite(s.old))).rejects.toMatchObject({ code: "client/same-home" });
    let asked: readonly Uint8Array[] = [];
    s.liars.dara.answer = (request) => {
      if (request.type !== "account.register") return undefined;
      asked = request.ops;
      return { type: "error", code: "station/bad-token", detail: undefined };
    };
    await expect(s.world.settle(s.dara.client.data.move(s.world.invite(s.next)))).rejects.toMatchObject({
      code: "client/not-moved",
      detail: "station/bad-token",
    });
    expect((await loadProfile(new MemoryStore(s.dara.medium)))!).toEqual(before);
    expect(await s.dara.client.data.moving()).toBeUndefined();
    s.liars.dara.repent();
    await s.dara.stop();
    await s.dara.start();
    await s.world.settle(s.dara.client.data.move(s.world.invite(s.next)));
    expect((await loadProfile(new MemoryStore(s.dara.medium)))!.ops).toEqual(asked);
    await s.world.quiet([s.dara, s.sara]);
    expect(await hubOf(s.sara, s.id)).toBe(s.next.url);
    await s.end();
  });

  it("M-12 another own device follows: to where the one that moved says, and, when the home is gone, to what anchors say", async () => {
    for (const isGone of [false, true]) {
      const s = await scene();
      const laptop = await linked(s.world, s.dara, "laptop");
      await s.world.quiet([s.dara, laptop, s.sara]);
      if (isGone) await kill(s, s.old);
      await s.world.settle(s.dara.client.data.move(s.world.invite(s.next)));
      for (let i = 0; i < 40 && laptop.client.me()!.home.key !== s.dara.client.me()!.home.key; i++)
        await s.world.clock.advance(10_000);
      await s.world.quiet([s.dara, laptop, s.sara]);
      expect(laptop.client.me()!.home.key).toBe(s.dara.client.me()!.home.key);
      await s.sara.client.send(s.id, { text: "to both" });
      await laptop.client.send(s.id, { text: "from the laptop" });
      await s.world.quiet([s.dara, laptop, s.sara]);
      for (const person of [s.dara, laptop, s.sara]) {
        expect(await hubOf(person, s.id)).toBe(s.next.url);
        expect(await person.lines(s.id)).toEqual(expect.arrayContaining(["to both", "from the laptop"]));
      }
      await laptop.stop();
      await s.end(isGone ? [s.next, s.there] : undefined);
    }
  });

  it("M-13 two who leave a home that is gone, at once and to different homes, meet in one room", async () => {
    const s = await scene();
    const other = await s.world.stations.station("other");
    const nima = await s.world.person("Nima", s.old);
    nima.client.connect();
    const id = await nima.client.open(await s.dara.client.invite());
    await nima.client.send(id, { text: "neighbour" });
    await s.world.quiet([s.dara, s.sara, nima]);
    // Both talk with Sara: her home keeps their chains.
    const hers = await nima.client.open(await s.sara.client.invite());
    await nima.client.send(hers, { text: "hello Sara" });
    await s.world.quiet([s.dara, s.sara, nima]);
    for (const person of [s.dara, nima]) await look(s.world, person);
    await s.world.quiet([s.dara, s.sara, nima]);
    await kill(s, s.old);
    await nima.client.send(id, { text: "are you leaving too" });
    await s.world.settle(
      Promise.all([s.dara.client.data.move(s.world.invite(s.next)), nima.client.data.move(s.world.invite(other))]),
    );
    await s.world.clock.advance(60_000);
    await s.world.quiet([s.dara, s.sara, nima]);
    expect(await hubOf(s.dara, id)).toBe(await hubOf(nima, id));
    await s.dara.client.send(id, { text: "I have left" });
    await s.world.quiet([s.dara, s.sara, nima]);
    for (const person of [s.dara, nima]) {
      const lines = await person.lines(id);
      expect(lines.filter((line) => line !== "")).toEqual(["neighbour", "are you leaving too", "I have left"]);
    }
    await nima.stop();
    await other.stop();
    await s.end([s.next, s.there]);
  });

  it("M-9 what the dead hub gave a receipt for, and the mover never read, is sent again and stands there once", async () => {
    const s = await scene();
    await s.dara.stop();
    for (const text of ["kept 1", "kept 2"]) await s.sara.client.send(s.id, { text });
    await s.world.quiet([s.sara]);
    expect((await s.sara.client.messages(s.id, { limit: 9 })).map(({ state }) => state)).toContain("at-station");
    await kill(s, s.old);
    await s.dara.start();
    await s.world.settle(s.dara.client.data.move(s.world.invite(s.next)));
    await s.world.quiet([s.dara, s.sara]);
    for (const person of [s.dara, s.sara]) {
      const lines = (await person.lines(s.id)).filter((line) => line !== "");
      expect(lines).toEqual(["salam", "hallo", "kept 1", "kept 2"]);
    }
    await s.end([s.next, s.there]);
  });

  it("M-14 whoever lost the only device comes back by the recovery words, and leaves", async () => {
    const s = await scene();
    const words = (await s.dara.client.recoveryWords()).join(" ");
    await s.world.settle(s.dara.client.devices.backup({ signal: NEVER }));
    await s.dara.stop();
    const again = await s.world.device();
    const from = { words, invite: s.world.invite(s.old), device: "new telephone" };
    await s.world.settle(again.client.devices.restore(from, { signal: NEVER }));
    again.client.connect();
    await s.world.quiet([again, s.sara]);
    await s.world.settle(again.client.data.move(s.world.invite(s.next)));
    await s.world.quiet([again, s.sara]);
    for (const person of [again, s.sara]) expect(await hubOf(person, s.id)).toBe(s.next.url);
    await s.sara.client.send(s.id, { text: "is it you" });
    await s.world.quiet([again, s.sara]);
    expect(await again.lines(s.id)).toEqual(expect.arrayContaining(["salam", "hallo", "is it you"]));
    // The lost one, with everything that was on it, lives nowhere any more.
    await s.dara.start();
    s.dara.client.connect();
    await s.world.clock.advance(120_000);
    expect(s.dara.client.route()).toMatchObject({ state: "refused", code: "client/device-revoked" });
    await again.stop();
    await s.end();
  });
});
