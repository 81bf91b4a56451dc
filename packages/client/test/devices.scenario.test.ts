/* One person on several devices: linked by digits, each a leaf of every conversation, told what the others know (10-devices.md). */
import type { TestStation } from "@chapar/station/testing";
import { describe, expect, it } from "vitest";
import type { Mls } from "@chapar/e2e";
import { historyInShelf } from "../src/devices/own-letters.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { type ClientEvent, codeOf as clientCodeOf } from "../src/index.ts";
import { hasChats, linked, meet, until } from "./own-devices.ts";
import { type Between, type Person, texts, World } from "./world.ts";

interface Scene {
  readonly world: World;
  readonly station: TestStation;
  readonly sara: Person;
  readonly dara: Person;
  readonly id: string;
}

/** Sara and Dara have talked. */
async function scene(letters = 3, between: Between = {}): Promise<Scene> {
  const world = new World();
  const station = await world.stations.station("one");
  const sara = await world.person("Sara", station, between);
  const dara = await world.person("Dara", station);
  const id = await sara.client.open(await dara.client.invite());
  for (const text of texts("letter", letters)) await sara.client.send(id, { text });
  for (const { client } of [sara, dara]) client.connect();
  await world.quiet([sara, dara]);
  return { world, station, sara, dara, id };
}

const NEVER = new AbortController().signal;

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => "ok",
    (error: unknown) => clientCodeOf(error),
  );
}

async function end({ station }: Scene, people: readonly Person[]): Promise<void> {
  for (const person of people) await person.stop();
  await station.stop();
}

describe("a new device", () => {
  it("D-6 D-10 D-11 D-12 D-13 D-24 is linked by digits, has the history, and both write as one person", async () => {
    const s = await scene();
    const { device: phone, shown, taken } = await meet(s.world, s.sara, "Phone");
    expect(taken.digits).toMatch(/^\d{6}$/);
    expect(shown.digits).toBe(taken.digits);
    await s.world.settle(s.sara.client.devices.confirm(true));
    await until(s.world, phone, "done");
    expect(phone.client.me()?.identity).toBe(s.sara.client.me()?.identity);
    phone.client.connect();
    const all = [s.sara, s.dara, phone];
    await hasChats(s.world, phone, 1, all);
    expect(await phone.lines(s.id)).toEqual(texts("letter", 3));
    await phone.client.send(s.id, { text: "from the phone" });
    await s.world.quiet(all);
    await s.dara.client.send(s.id, { text: "from Dara" });
    await s.sara.client.send(s.id, { text: "from the desk" });
    await s.world.quiet(all);
    const lines = [...texts("letter", 3), "from the phone"];
    for (const device of all) {
      const read = (await device.lines(s.id)).filter((line) => line !== "");
      expect(read.slice(0, 4)).toEqual(lines);
      expect(read.slice(4).toSorted()).toEqual(["from Dara", "from the desk"]);
    }
    const mine = (await s.sara.client.messages(s.id, { limit: 50 })).filter(({ text }) => text === "from the phone");
    expect(mine.map(({ mine: isMine, state }) => [isMine, state])).toEqual([[true, "at-station"]]);
    const theirs = (await s.dara.client.messages(s.id, { limit: 50 })).filter(({ text }) => text === "from the phone");
    expect(theirs.map(({ senderName, mine: isMine }) => [senderName, isMine])).toEqual([["Sara", false]]);
    await end(s, all);
  });
});

describe("history that is faster than its conversation", () => {
  it("D-25 waits for it, and is whole", async () => {
    const s = await scene();
    const [joining, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let joins = 0;
    // The own room comes first; the welcome to the conversation takes this device longer than the own room's letters.
    const mls = (inner: Mls): Mls => ({
      ...inner,
      join: async (...of) => {
        joins += 1;
        if (joins === 2) {
          joining.resolve();
          await gate.promise;
        }
        return inner.join(...of);
      },
    });
    const phone = await linked(s.world, s.sara, "Phone", { mls });
    await s.world.settle(joining.promise);
    const disk = new MemoryStore(phone.medium);
    for (let waited = 0; (await historyInShelf.range(disk, {})).length === 0; waited++) {
      expect(waited).toBeLessThan(60);
      await s.world.clock.advance(1_000);
    }
    await s.world.clock.advance(5_000);
    expect(await phone.client.conversations()).toEqual([]);
    gate.resolve();
    await hasChats(s.world, phone, 1, [s.sara, s.dara]);
    expect(await phone.lines(s.id)).toEqual(texts("letter", 3));
    expect(await historyInShelf.range(disk, {})).toEqual([]);
    await end(s, [s.sara, s.dara, phone]);
  });
});

describe("what a program is told", () => {
  it("D-65 D-66 history that came, and another device's name and time when they came", async () => {
    const s = await scene();
    const { device: phone } = await meet(s.world, s.sara, "Phone");
    const heard: (() => Promise<void>)[] = [];
    /** What a screen shows that reads with each event of a kind, and by itself never. */
    const follow = <Shown>(
      { client }: Person,
      is: (event: ClientEvent) => boolean,
      read: () => Promise<Shown>,
    ): { readonly shown: Shown | undefined } => {
      const screen: { shown: Shown | undefined } = { shown: undefined };
      let reading = Promise.resolve();
      client.subscribe((event) => {
        if (is(event)) reading = reading.then(async () => void (screen.shown = await read()));
      });
      heard.push(() => reading);
      return screen;
    };
    const isOfDevices = (event: ClientEvent): boolean => event.type === "devices";
    const isOfChat = (event: ClientEvent): boolean => event.type === "conversation" && event.conversation === s.id;
    const list = follow(s.sara, isOfDevices, () => s.sara.client.devices.list());
    await s.world.settle(s.sara.client.devices.confirm(true));
    await until(s.world, phone, "done");
    const lines = follow(phone, isOfChat, () => phone.lines(s.id));
    const history = follow(phone, isOfDevices, () => phone.client.devices.history());
    phone.client.connect();
    await hasChats(s.world, phone, 1, [s.sara, s.dara]);
    for (const read of heard) await read();
    expect(lines.shown).toEqual(texts("letter", 3));
    expect(history.shown?.total).toBeGreaterThan(0);
    expect(history.shown?.done).toBe(history.shown?.total);
    const other = list.shown?.find(({ isThis }) => !isThis);
    expect([other?.name, other?.seenAtMs === undefined]).toEqual(["Phone", false]);
    await end(s, [s.sara, s.dara, phone]);
  });
});

describe("a conversation that is faster than the own room", () => {
  it("D-26 has its history told when the new device can read there", async () => {
    let refusals = 0;
    // The own room is opened before the new device has keys; taking it in there fails for a while, in the conversation at once.
    const mls = (inner: Mls): Mls => ({
      ...inner,
      commit: async (group, change) => {
        const isOwnRoom = new Set(group.members().map(({ credential }) => String(credential.identity))).size === 1;
        if (isOwnRoom && group.epoch > 0 && change.add.length > 0 && refusals < 5) {
          refusals += 1;
          throw new TypeError("not now");
        }
        return inner.commit(group, change);
      },
    });
    const s = await scene(3, { mls });
    const { device: phone } = await meet(s.world, s.sara, "Phone");
    await s.world.settle(s.sara.client.devices.confirm(true));
    await until(s.world, phone, "done");
    await s.world.clock.advance(10_000);
    phone.client.connect();
    await hasChats(s.world, phone, 1, [s.sara, s.dara]);
    expect(refusals).toBe(5);
    expect(await phone.lines(s.id)).toEqual(texts("letter", 3));
    await end(s, [s.sara, s.dara, phone]);
  });
});

describe("linking that is not to be", () => {
  it("D-4 D-8 a code holds for ten minutes on both devices, and leaves nothing behind", async () => {
    const s = await scene(1);
    const phone = await s.world.device();
    const asked = await phone.client.devices.ask(await s.sara.client.invite(), "Phone");
    await s.world.clock.advance(600_000);
    expect(await codeOf(s.sara.client.devices.take(asked.link!, { signal: NEVER }))).toBe("client/link-expired");
    expect((await until(s.world, phone, "failed")).code).toBe("client/link-expired");
    expect(phone.client.me()).toBeUndefined();
    expect(await s.sara.client.devices.list()).toHaveLength(1);
    await end(s, [s.sara, s.dara, phone]);
  });

  it("D-4 digits that differ end it on both devices, and the code is spent", async () => {
    const s = await scene(1);
    const { device: phone, taken } = await meet(s.world, s.sara, "Phone");
    expect(taken.state).toBe("compare");
    expect((await s.world.settle(s.sara.client.devices.confirm(false))).state).toBe("failed");
    expect((await until(s.world, phone, "failed")).code).toBe("client/link-refused");
    expect(await codeOf(s.sara.client.devices.confirm(true))).toBe("client/no-link");
    expect(await s.sara.client.devices.list()).toHaveLength(1);
    await end(s, [s.sara, s.dara, phone]);
  });

  it("D-4 a code that was taken is taken by nobody else", async () => {
    const s = await scene(1);
    const phone = await s.world.device();
    const asked = await phone.client.devices.ask(await s.sara.client.invite(), "Phone");
    await s.world.settle(s.sara.client.devices.take(asked.link!, { signal: NEVER }));
    const second = codeOf(s.world.settle(s.dara.client.devices.take(asked.link!, { signal: NEVER })));
    expect(await second).toBe("client/link-broken");
    await end(s, [s.sara, s.dara, phone]);
  });

  it("D-2 D-5 who puts a code of their own in its place shows other digits, and gets nothing", async () => {
    const s = await scene(1);
    const invite = await s.sara.client.invite();
    const [phone, mallory] = [await s.world.device(), await s.world.device()];
    const real = await phone.client.devices.ask(invite, "Phone");
    const swapped = await mallory.client.devices.ask(invite, "Phone");
    const sees = await s.world.settle(s.sara.client.devices.take(swapped.link!, { signal: NEVER }));
    // Dara stands between: he takes the real code, so that the phone shows digits as well.
    await s.world.settle(s.dara.client.devices.take(real.link!, { signal: NEVER }));
    const shows = await until(s.world, phone, "compare");
    expect(shows.digits).not.toBe(sees.digits);
    await s.world.settle(s.sara.client.devices.confirm(false));
    expect((await until(s.world, mallory, "failed")).code).toBe("client/link-refused");
    expect(mallory.client.me()).toBeUndefined();
    expect(await s.sara.client.devices.list()).toHaveLength(1);
    await end(s, [s.sara, s.dara, phone, mallory]);
  });

  it("D-1 D-3 a code of another home, an invite, and text are refused; asking needs no account", async () => {
    const s = await scene(1);
    const other = await s.world.stations.station("two");
    const maryam = await s.world.person("Maryam", other);
    const phone = await s.world.device();
    const asked = await phone.client.devices.ask(await maryam.client.invite(), "Phone");
    expect(phone.client.me()).toBeUndefined();
    const take = (code: string): Promise<string | undefined> =>
      codeOf(s.sara.client.devices.take(code, { signal: NEVER }));
    expect(await take(asked.link!)).toBe("client/other-station");
    expect(await take(await s.dara.client.invite())).toBe("client/bad-code");
    expect(await take("chapar:d/AAAA")).toBe("client/bad-code");
    await end(s, [s.sara, s.dara, phone, maryam]);
    await other.stop();
  });

  it("D-8 goes on over links that end, and after the old device was started anew", async () => {
    const s = await scene(1);
    const phone = await s.world.device();
    const asked = await phone.client.devices.ask(await s.sara.client.invite(), "Phone");
    await s.world.settle(s.sara.client.devices.take(asked.link!, { signal: NEVER }));
    await until(s.world, phone, "compare");
    s.world.stations.network.cut();
    await s.world.quiet([s.sara]);
    await s.world.settle(s.sara.client.devices.confirm(true));
    // The old device ends before the new one has come; it goes on to bring it in.
    await s.sara.stop();
    await until(s.world, phone, "done");
    await s.sara.start();
    phone.client.connect();
    s.sara.client.connect();
    await s.world.clock.advance(3_700_000);
    await hasChats(s.world, phone, 1, [s.sara, s.dara]);
    expect(await phone.lines(s.id)).toEqual(["letter 1"]);
    await end(s, [s.sara, s.dara, phone]);
  });
});

describe("own devices", () => {
  it("D-20 D-21 D-23 D-30 know each other's names and marks, and their room is no chat", async () => {
    const s = await scene(1);
    const phone = await linked(s.world, s.sara, "Phone");
    const all = [s.sara, s.dara, phone];
    await hasChats(s.world, phone, 1, all);
    const [desk] = await s.sara.client.devices.list();
    await s.sara.client.devices.rename(desk!.id, "Desk");
    await s.world.quiet(all);
    const named = (await phone.client.devices.list()).map(({ name, isThis }) => [name, isThis]);
    expect(named).toEqual([
      ["Phone", true],
      ["Desk", false],
    ]);
    expect((await s.sara.client.devices.list()).every(({ seenAtMs }) => seenAtMs !== undefined)).toBe(true);
    expect(await codeOf(phone.client.devices.rename("aaaa", "x"))).toBe("client/unknown-device");
    expect((await s.sara.client.conversations()).map(({ id }) => id)).toEqual([s.id]);
    await end(s, all);
  });

  it("N-38 what was read on one is read on the other, also what comes after the word of it, and never less", async () => {
    const s = await scene(1);
    const phone = await linked(s.world, s.sara, "Phone");
    const all = [s.sara, s.dara, phone];
    await hasChats(s.world, phone, 1, all);
    const unread = async ({ client }: Person): Promise<number | undefined> =>
      (await client.conversations()).find(({ id }) => id === s.id)?.unread;
    const newest = async ({ client }: Person): Promise<number> =>
      (await client.messages(s.id, { limit: 1 }))[0]?.position ?? -1;
    for (const text of texts("news", 3)) await s.dara.client.send(s.id, { text });
    await s.world.quiet(all);
    expect([await unread(s.sara), await unread(phone)]).toEqual([3, 3]);
    await s.sara.client.markRead(s.id, (await newest(s.sara)) - 1);
    await s.world.quiet(all);
    expect([await unread(s.sara), await unread(phone)]).toEqual([1, 1]);

    await phone.stop();
    await s.dara.client.send(s.id, { text: "while the phone is off" });
    await s.world.quiet([s.sara, s.dara]);
    await s.sara.client.markRead(s.id, await newest(s.sara));
    await s.world.quiet([s.sara, s.dara]);
    await s.dara.client.send(s.id, { text: "not read yet" });
    await s.world.quiet([s.sara, s.dara]);
    await phone.start();
    phone.client.connect();
    await s.world.quiet(all);
    expect([await unread(s.sara), await unread(phone)]).toEqual([1, 1]);
    // Who was away, read less and says so later does not take back what the other has read.
    for (const text of texts("more", 3)) await s.dara.client.send(s.id, { text });
    await s.world.quiet(all);
    await phone.stop();
    await s.sara.client.markRead(s.id, await newest(s.sara));
    await s.world.quiet([s.sara, s.dara]);
    await phone.start();
    await s.world.clock.advance(60_000);
    await phone.client.markRead(s.id, (await newest(phone)) - 1);
    expect([await unread(s.sara), await unread(phone)]).toEqual([0, 1]);
    phone.client.connect();
    await s.world.quiet(all);
    expect([await unread(s.sara), await unread(phone)]).toEqual([0, 0]);
    await end(s, all);
  });

  it("N-39 a new device of somebody who was compared stops what is sent to them until the person says that it is theirs", async () => {
    const s = await scene(1);
    const { identity } = s.sara.client.me()!;
    await s.dara.client.markCompared(identity);
    const phone = await linked(s.world, s.sara, "Phone");
    const all = [s.sara, phone];
    await hasChats(s.world, phone, 1, all);
    expect(await s.dara.client.safety(identity)).toMatchObject({ devices: 2, paused: true, pausedBy: "device" });
    const peer = async (): Promise<unknown> => (await s.dara.client.conversations())[0]?.people[0]?.paused;
    expect(await peer()).toBe(true);
    await s.dara.client.send(s.id, { text: "not before I know" });
    await s.world.clock.advance(10_000);
    expect(await s.sara.lines(s.id)).not.toContain("not before I know");
    await s.sara.client.send(s.id, { text: "it is my phone" });
    await s.world.quiet(all);
    expect(await s.dara.lines(s.id)).toContain("it is my phone");
    await s.dara.client.markCompared(identity);
    await s.world.quiet([...all, s.dara]);
    expect(await peer()).toBeUndefined();
    for (const { lines } of [s.sara, phone].map((one) => ({ lines: one.lines(s.id) })))
      expect(await lines).toContain("not before I know");
    // Whoever was not compared is written to as before.
    expect((await s.sara.client.safety(s.dara.client.me()!.identity)).paused).toBe(false);
    await end(s, [...all, s.dara]);
  });

  it("D-31 D-32 one is revoked: it reads nothing new, is told so, and the others go on", async () => {
    const s = await scene(1);
    const phone = await linked(s.world, s.sara, "Phone");
    const tablet = await linked(s.world, s.sara, "Tablet");
    const all = [s.sara, s.dara, phone, tablet];
    await hasChats(s.world, phone, 1, all);
    await hasChats(s.world, tablet, 1, all);
    const lost = (await s.sara.client.devices.list()).find(({ name }) => name === "Phone");
    await s.world.settle(s.sara.client.devices.revoke(lost!.id));
    const left = [s.sara, s.dara, tablet];
    await s.world.quiet(left);
    await s.world.clock.advance(10_000);
    await s.world.quiet(left);
    await s.dara.client.send(s.id, { text: "after" });
    await s.world.quiet(left);
    expect(await tablet.lines(s.id)).toContain("after");
    expect(await phone.lines(s.id)).not.toContain("after");
    // The tablet holds the new everyday key: it can revoke and link as well.
    const other = await linked(s.world, tablet, "Watch");
    await hasChats(s.world, other, 1, left);
    expect(await s.sara.client.devices.list()).toHaveLength(3);
    s.world.stations.network.cut();
    await s.world.clock.advance(400_000);
    expect(phone.client.route()).toMatchObject({ state: "refused", code: "client/device-revoked" });
    expect(await phone.lines(s.id)).not.toContain("after");
    await end(s, [...all, other]);
  });
});
