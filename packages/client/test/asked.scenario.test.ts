/* What a station removed overtly, or a device could not open, and what members give of it when a person asks. */
import { e2eError, type Mls } from "@chapar/e2e";
import type { RemovalOrder } from "@chapar/station";
import type { LogId, Request } from "@chapar/wire";
import { fromBase32 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import type { MessageView } from "../src/index.ts";
import { Liar } from "./liar.ts";
import { World } from "./world.ts";

const NEVER = new AbortController().signal;
/** A log of its own, which nobody witnesses. */
const witnessing = { witnesses: [], post: () => Promise.reject(new Error("nobody there")) };

/** Sara and Dara at a station that keeps a log; what Dara asks it is written down. */
async function scene(mls?: (mls: Mls) => Mls) {
  const world = new World({ latencyMs: 5 });
  const station = await world.stations.station("one", { witnessing });
  const asked: Request[] = [];
  const liar = new Liar();
  liar.answer = (request) => {
    asked.push(request);
    return undefined;
  };
  const between = { carriers: [liar.carrier(world.stations.network.carrier())], ...(mls && { mls }) };
  const sara = await world.person("Sara", station);
  const dara = await world.person("Dara", station, between);
  const id = await sara.client.open(await dara.client.invite());
  await sara.client.send(id, { text: "before" });
  for (const { client } of [sara, dara]) client.connect();
  await world.quiet([sara, dara]);
  const back = async (): Promise<void> => {
    await dara.start(between);
    dara.client.connect();
  };
  const end = async (): Promise<void> => {
    for (const person of [sara, dara]) await person.stop();
    await station.stop();
  };
  const lines = (): Promise<readonly MessageView[]> => dara.client.messages(id, { limit: 50 });
  const texts = async (): Promise<unknown[]> =>
    (await lines()).map(({ text, restored, gap }) => [gap?.code ?? text, restored ?? false]);
  const until = async (done: () => Promise<boolean>, seconds = 120): Promise<void> => {
    for (let i = 0; i < seconds && !(await done()); i++) await world.clock.advance(1_000);
  };
  /** The log that Dara made at her station: her inbox. */
  const inbox = asked.flatMap((one) => (one.type === "log.follow" ? [one.log] : []))[0]!;
  /** Requests of Dara's that went into an inbox since the last look. */
  const knocks = (): number => asked.splice(0).filter(({ type }) => type === "inbox.append").length;
  return { world, station, sara, dara, id, back, end, lines, texts, until, knocks, inbox };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** Sara writes while Dara is away, and leaves; the station removes it under an order, and Dara comes back. */
async function removed({ world, station, sara, dara, id, back }: Scene): Promise<void> {
  await dara.stop();
  const { id: message } = await sara.client.send(id, { text: "ordered away" });
  await world.quiet([sara]);
  const { log, index } = await sara.client.receipt(message, { signal: NEVER });
  const order: RemovalOrder = { log: fromBase32(log) as LogId, index, reason: "court order", reference: "12/34" };
  await sara.stop();
  await world.settle(station.station.remove(order));
  await world.clock.advance(12_000);
  await back();
  await world.quiet([dara]);
}

describe("what was removed overtly", () => {
  it("R-31 says by whose law and under which order, accuses nobody, and comes back from a member at its place", async () => {
    const s = await scene();
    await removed(s);
    expect((await s.lines())[1]?.gap).toEqual({
      code: "client/removed",
      entries: 1,
      removal: { region: "IR", reason: "court order", reference: "12/34" },
    });
    expect((await s.dara.client.alerts()).map(({ code }) => code)).toEqual([]);
    await s.sara.start();
    s.sara.client.connect();
    await s.sara.client.send(s.id, { text: "after" });
    await s.until(async () => (await s.lines()).every(({ gap }) => gap === undefined));
    expect((await s.lines())[1]?.removal).toEqual({ region: "IR", reason: "court order", reference: "12/34" });
    expect(await s.texts()).toEqual([
      ["before", false],
      ["ordered away", true],
      ["after", false],
    ]);
    expect(await s.dara.client.alerts()).toEqual([]);
    // The station counts it in its own log.
    expect(await s.station.station.ledger?.shown.tally()).toMatchObject({ orders: 1, tombstones: 1 });
    await s.end();
  });
});

describe("an inbox whose next body is gone", () => {
  it("E-17 R-23 is read past it when it is followed again, and goes on from there", async () => {
    const s = await scene();
    const invite = await s.dara.client.invite();
    await s.dara.stop();
    const nima = await s.world.person("Nima", s.station);
    await nima.client.open(invite);
    nima.client.connect();
    await s.world.quiet([nima]);
    // Behind the genesis and Sara's knock.
    const order: RemovalOrder = { log: s.inbox, index: 2, reason: "court order", reference: "12/35" };
    await s.world.settle(s.station.station.remove(order));
    await s.world.clock.advance(12_000);
    await s.back();
    await s.sara.client.send(s.id, { text: "still read" });
    await s.world.quiet([s.sara, s.dara]);
    expect(await s.texts()).toEqual([
      ["before", false],
      ["still read", false],
    ]);
    // What comes into the inbox after it is taken as before.
    const omid = await s.world.person("Omid", s.station);
    await omid.client.open(invite);
    omid.client.connect();
    await s.world.quiet([omid, s.dara]);
    const names = (await s.dara.client.conversations()).map(({ people }) => people[0]?.name);
    expect(names.toSorted()).toEqual(["Omid", "Sara"]);
    expect(await s.dara.client.alerts()).toEqual([]);
    for (const person of [nima, omid]) await person.stop();
    await s.end();
  });
});

describe("asking by hand", () => {
  it("R-25 asks the members at once, or with the next link after a restart, whatever the ladder waits for", async () => {
    const s = await scene();
    await removed(s);
    // The ladder asks twice and then waits for minutes.
    await s.world.clock.advance(120_000);
    s.knocks();
    await s.dara.client.askMembers(s.id);
    await s.world.clock.advance(1_000);
    expect(s.knocks()).toBe(1);
    s.world.stations.network.cut();
    await s.dara.client.askMembers(s.id);
    await s.dara.client.askMembers(s.id);
    await s.dara.stop();
    await s.back();
    await s.world.quiet([s.dara]);
    expect(s.knocks()).toBe(1);
    await s.world.clock.advance(10_000);
    expect(s.knocks()).toBe(0);
    await expect(s.dara.client.askMembers("a".repeat(32))).rejects.toMatchObject({
      code: "client/unknown-conversation",
    });
    await s.end();
  });

  it("R-22 brings a letter that this device could not open, to the line that stood for it", async () => {
    let refused = 0;
    const s = await scene((mls) => ({
      ...mls,
      open: async (group, frame) => {
        if (refused > 0 && refused-- > 0) throw e2eError("e2e/bad-tag");
        return mls.open(group, frame);
      },
    }));
    refused = 1;
    await s.sara.client.send(s.id, { text: "not opened" });
    await s.world.quiet([s.sara, s.dara]);
    await s.sara.client.send(s.id, { text: "after" });
    await s.until(async () => (await s.lines()).some(({ restored }) => restored === true));
    await s.world.quiet([s.sara, s.dara]);
    expect(await s.texts()).toEqual([
      ["before", false],
      ["not opened", true],
      ["after", false],
    ]);
    await s.end();
  });
});
