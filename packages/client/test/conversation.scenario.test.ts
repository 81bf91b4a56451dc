import { SUITE_NUMBERS } from "@chapar/e2e";
import { SeededRng } from "@chapar/carrier/testing";
import { decodeReceipt, verifyReceipt, createTreeHasher } from "@chapar/log";
import { nodeCrypto } from "@chapar/e2e/node";
import { fromBase64Url } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { Liar } from "./liar.ts";
import { texts, World, type Person } from "./world.ts";

const never = new AbortController().signal;

async function two(world: World): Promise<{ sara: Person; dara: Person; end: () => Promise<void> }> {
  const iran = await world.stations.station("iran", { region: "IR" });
  const germany = await world.stations.station("germany", { region: "DE" });
  const sara = await world.person("Sara", iran);
  const dara = await world.person("Dara", germany, {}, "DE");
  const end = async (): Promise<void> => {
    for (const person of [sara, dara]) await person.stop();
    for (const station of [iran, germany]) await station.stop();
  };
  return { sara, dara, end };
}

describe("two people at one station", () => {
  it("F-30 a first letter does not wait behind key packages, which come after it", async () => {
    const world = new World({ latencyMs: 400 });
    const station = await world.stations.station("one");
    const liar = new Liar();
    const published: number[] = [];
    liar.answer = (request) => {
      if (request.type === "keys.put" && request.suite === SUITE_NUMBERS["x-wing"])
        published.push(request.packages.length);
      return undefined;
    };
    const sara = await world.person("Sara", station, { carriers: [liar.carrier(world.stations.network.carrier())] });
    const dara = await world.person("Dara", station);
    dara.client.connect();
    await world.quiet([dara]);
    const id = await sara.client.open(await dara.client.invite());
    await sara.client.send(id, { text: "hello" });
    sara.client.connect();
    const arrived = async (): Promise<boolean> => (await dara.client.conversation(id))?.last?.text === "hello";
    while (!(await arrived())) await world.clock.advance(100);
    expect(published).toEqual([2]);
    await world.quiet([sara, dara]);
    expect(published.reduce((sum, count) => sum + count, 0)).toBe(40);
    await sara.stop();
    await dara.stop();
    await station.stop();
  });

  it("F-1 write to each other, offline first", async () => {
    const world = new World({ latencyMs: 20 });
    const station = await world.stations.station("one");
    const sara = await world.person("Sara", station);
    const dara = await world.person("Dara", station);
    const id = await sara.client.open(await dara.client.invite());
    expect(await sara.client.open(await dara.client.invite())).toBe(id);
    await sara.client.send(id, { text: "hello" });
    expect(await sara.lines(id)).toEqual(["hello"]);
    const [queued] = await sara.client.messages(id, { limit: 1 });
    expect(queued).toMatchObject({ state: "queued", position: 0, mine: true, senderName: "Sara" });
    expect(sara.client.route()).toMatchObject({ state: "idle", queued: 1 });
    dara.client.connect();
    sara.client.connect();
    await world.quiet([dara, sara]);
    expect(await dara.only()).toBe(id);
    expect(await dara.lines(id)).toEqual(["hello"]);
    const [chat] = await dara.client.conversations();
    expect(chat).toMatchObject({ state: "open", unread: 1, people: [{ name: "Sara" }] });
    await dara.client.markRead(id, 0);
    expect((await dara.client.conversation(id))?.unread).toBe(0);
    const known = new Set<string>();
    const told: string[] = [];
    const states: string[] = [];
    const unsubscribe = dara.client.subscribe((event) => {
      if (event.type !== "message") return;
      told.push(event.change);
      known.add(event.message);
      void dara.client.messages(id, { limit: 1 }).then(([line]) => states.push(line!.state));
    });
    await dara.client.send(id, { text: "hi" });
    await dara.client.setName("Dara of the hills");
    await world.quiet([dara, sara]);
    unsubscribe();
    // One message was written, so one is told of: profile messages pass in silence.
    expect(known.size).toBe(1);
    expect(told[0]).toBe("added");
    expect(told.slice(1).every((change) => change === "changed")).toBe(true);
    expect(new Set(states)).toEqual(new Set(["queued", "leaving", "at-station"]));
    expect(await sara.lines(id)).toEqual(["hello", "hi"]);
    expect(await dara.lines(id)).toEqual(["hello", "hi"]);
    expect(sara.client.route()).toMatchObject({ state: "open", queued: 0, kind: "memory" });
    await sara.stop();
    await dara.stop();
    await station.stop();
  });
});

describe("two people at two stations", () => {
  it("F-8 write across the mirror; receipts are the hub's and verify", async () => {
    const world = new World({ latencyMs: 30 });
    const { sara, dara, end } = await two(world);
    const id = await sara.client.open(await dara.client.invite());
    const sent = await sara.client.send(id, { text: "salam" });
    for (const person of [sara, dara]) person.client.connect();
    await world.quiet([sara, dara]);
    const answer = await dara.client.send(id, { text: "hallo" });
    await world.quiet([sara, dara]);
    expect(await sara.lines(id)).toEqual(["salam", "hallo"]);
    expect(await dara.lines(id)).toEqual(["salam", "hallo"]);

    const crypto = nodeCrypto();
    const hub = (await sara.client.conversations())[0]!;
    expect(hub.state).toBe("open");
    for (const [person, message] of [
      [sara, sent],
      [dara, answer],
    ] as const) {
      const view = await person.client.receipt(message.id, { signal: never });
      expect(view.station).toBe(sara.client.me()!.home.key);
      const decoded = decodeReceipt(fromBase64Url(view.proof)!);
      if (!decoded.ok) throw new Error(decoded.code);
      const verified = await verifyReceipt(decoded.value, decoded.value.batch.stationKey, {
        hasher: createTreeHasher((bytes) => crypto.sha256(bytes)),
        verify: (key, bytes, signature) => crypto.ed25519.verify(key, bytes, signature),
      });
      expect(verified.ok).toBe(true);
      expect(decoded.value.index).toBe(view.index);
    }
    expect((await dara.client.conversation(id))?.people[0]).toMatchObject({ name: "Sara", home: { region: "IR" } });
    expect((await sara.client.conversation(id))?.people[0]).toMatchObject({ name: "Dara", home: { region: "DE" } });
    await end();
  });

  it("F-12 both write at once, and both see one order", async () => {
    const world = new World({ latencyMs: 25 });
    const { sara, dara, end } = await two(world);
    const id = await sara.client.open(await dara.client.invite());
    for (const text of texts("sara", 20)) await sara.client.send(id, { text });
    for (const person of [sara, dara]) person.client.connect();
    await world.quiet([sara, dara]);
    const both = texts("x", 20).map(async (text) => {
      await sara.client.send(id, { text: `sara ${text}` });
      await dara.client.send(id, { text: `dara ${text}` });
    });
    await Promise.all(both);
    await world.quiet([sara, dara]);
    const lines = await sara.lines(id);
    expect(lines).toHaveLength(60);
    expect(await dara.lines(id)).toEqual(lines);
    expect(lines.filter((line) => line.startsWith("dara"))).toEqual(texts("dara x", 20));
    await end();
  });

  it("F-5 meet when each opens the other's invite: both conversations work", async () => {
    const world = new World({ latencyMs: 10 });
    const { sara, dara, end } = await two(world);
    const mine = await sara.client.open(await dara.client.invite());
    const theirs = await dara.client.open(await sara.client.invite());
    await sara.client.send(mine, { text: "from sara" });
    await dara.client.send(theirs, { text: "from dara" });
    for (const person of [sara, dara]) person.client.connect();
    await world.quiet([sara, dara]);
    expect(await dara.lines(mine)).toEqual(["from sara"]);
    expect(await sara.lines(theirs)).toEqual(["from dara"]);
    await end();
  });

  it("a new name reaches everyone", async () => {
    const world = new World({ latencyMs: 5 });
    const { sara, dara, end } = await two(world);
    const id = await sara.client.open(await dara.client.invite());
    for (const person of [sara, dara]) person.client.connect();
    await world.quiet([sara, dara]);
    await sara.client.setName("Sara the Second");
    await world.quiet([sara, dara]);
    expect((await dara.client.conversation(id))?.people[0]?.name).toBe("Sara the Second");
    expect(await dara.lines(id)).toEqual([]);
    await end();
  });

  it("links that freeze without ending are given up, and everything goes on over new ones", async () => {
    const world = new World({ latencyMs: 5 });
    const { sara, dara, end } = await two(world);
    const id = await sara.client.open(await dara.client.invite());
    for (const person of [sara, dara]) person.client.connect();
    await world.quiet([sara, dara]);
    for (const link of world.stations.network.links()) link.freeze();
    await sara.client.send(id, { text: "into the ice" });
    await world.clock.advance(10_000);
    expect((await sara.client.messages(id, { limit: 1 }))[0]!.state).toBe("leaving");
    await world.quiet([sara, dara]);
    await world.clock.advance(300_000);
    expect(await dara.lines(id)).toEqual(["into the ice"]);
    const [message] = await dara.client.messages(id, { limit: 1 });
    const received = dara.client.receipt(message!.id, { signal: never });
    await expect(received).rejects.toMatchObject({ code: "client/unknown-message" });
    await end();
  });

  it("1,000 queued messages drain in order over a slow line", async () => {
    const world = new World({ latencyMs: 150 });
    const { sara, dara, end } = await two(world);
    const id = await sara.client.open(await dara.client.invite());
    const all = texts("m", 1000);
    for (const text of all) await sara.client.send(id, { text });
    expect(sara.client.route().queued).toBe(1000);
    const startedAtMs = world.clock.nowMs();
    for (const person of [sara, dara]) person.client.connect();
    await world.quiet([sara, dara]);
    expect(await dara.lines(id)).toEqual(all);
    // Windows of 64 over a round trip of 300 ms: five seconds of waiting, not five minutes.
    expect(world.clock.nowMs() - startedAtMs).toBeLessThan(60_000);
    await end();
  });

  it("200 messages both ways over links that are cut at random, in order, once each", async () => {
    const rng = new SeededRng(20_260_101);
    const world = new World({ latencyMs: 20, cutAfterBytes: 150_000 });
    const { sara, dara, end } = await two(world);
    const id = await sara.client.open(await dara.client.invite());
    for (const person of [sara, dara]) person.client.connect();
    await world.quiet([sara, dara]);
    for (let i = 1; i <= 200; i++) {
      await sara.client.send(id, { text: `sara ${i}` });
      await dara.client.send(id, { text: `dara ${i}` });
      if (rng.next() < 0.1) world.stations.network.cut();
      if (rng.next() < 0.3) await world.clock.advance(rng.between(1, 400));
    }
    await world.quiet([sara, dara]);
    const lines = await sara.lines(id);
    expect(await dara.lines(id)).toEqual(lines);
    expect(lines.filter((line) => line.startsWith("sara"))).toEqual(texts("sara", 200));
    expect(lines.filter((line) => line.startsWith("dara"))).toEqual(texts("dara", 200));
    const views = await sara.client.messages(id, { limit: 400 });
    expect(new Set(views.filter(({ mine }) => mine).map(({ state }) => state))).toEqual(new Set(["at-station"]));
    expect(views.map(({ position }) => position)).toEqual(views.map((_, at) => at));
    await end();
  });
});
