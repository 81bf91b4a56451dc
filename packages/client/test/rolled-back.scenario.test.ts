/* A station whose folder was put back from an older copy without a word in its log (E-3 was not followed). */
import { createEvidencePorts, verifyBundle } from "@chapar/evidence";
import { nodeCrypto } from "@chapar/e2e/node";
import { MemoryStore } from "@chapar/station/testing";
import { describe, expect, it } from "vitest";
import { Liar } from "./liar.ts";
import { type Person, World } from "./world.ts";

const crypto = nodeCrypto();
const ports = createEvidencePorts(
  (bytes) => crypto.sha256(bytes),
  (key, bytes, signature) => crypto.ed25519.verify(key, bytes, signature),
);

/** @param isApart  Dara is at home at another station, which mirrors the room */
async function scene(isApart = false, liar = new Liar(), reaches: (route: string) => boolean = () => true) {
  const world = new World({ latencyMs: 5 });
  const carrier = liar.carrier(world.stations.network.carrier());
  const handles = (route: string): boolean => reaches(route) && carrier.handles(route);
  const between = isApart ? { carriers: [{ kind: carrier.kind, handles, dial: carrier.dial.bind(carrier) }] } : {};
  let station = await world.stations.station("one", { logged: true });
  const other = isApart ? await world.stations.station("two", { logged: true }) : undefined;
  const sara = await world.person("Sara", station);
  const dara = await world.person("Dara", other ?? station, between);
  const id = await sara.client.open(await dara.client.invite());
  await sara.client.send(id, { text: "before" });
  for (const { client } of [sara, dara]) client.connect();
  await world.quiet([sara, dara]);
  await world.clock.advance(70_000);
  const copied = station.store.writes.length;
  for (const text of ["lost one", "lost two"]) await sara.client.send(id, { text });
  await world.quiet([sara, dara]);
  await world.clock.advance(90_000);
  const putBack = async (): Promise<void> => {
    const { writes } = station.store;
    await station.stop();
    world.stations.network.cut();
    const store = new MemoryStore();
    await store.commit(writes.slice(0, copied));
    station = await world.stations.station("one", { logged: true, store });
  };
  const until = async (done: () => Promise<boolean>, seconds: number): Promise<number> => {
    for (let i = 0; i < seconds; i++) {
      if (await done()) return i;
      await world.clock.advance(1_000);
    }
    return seconds;
  };
  const end = async (): Promise<void> => {
    for (const person of [sara, dara]) await person.stop();
    await station.stop();
    await other?.stop();
  };
  /** Somebody new who begins to write to Dara. */
  const knock = async (name: string, invite: string): Promise<Person> => {
    const person = await world.person(name, station);
    await person.client.open(invite);
    person.client.connect();
    await world.quiet([person]);
    return person;
  };
  return { world, sara, dara, id, putBack, until, end, knock };
}

const told = async ({ client }: Person, id: string): Promise<boolean> =>
  (await client.conversation(id))?.alert !== undefined;

describe("a station that was put back without saying so", () => {
  it("R-1 R-3 cannot be checked any more while it signs nothing new; what it signs then is told at the conversation, with a proof", async () => {
    const s = await scene();
    await s.putBack();
    await s.until(async () => (await s.dara.client.watch()).code === "client/log-stale", 90);
    // Nothing that it has signed so far is false.
    expect(await s.dara.client.watch()).toMatchObject({ code: "client/log-stale" });
    expect(await s.dara.client.alerts()).toEqual([]);
    await s.sara.client.send(s.id, { text: "after" });
    expect(await s.until(() => told(s.dara, s.id), 120)).toBeLessThan(90);
    const about = (await s.dara.client.alerts()).find(({ conversation }) => conversation === s.id);
    expect(about?.code).toMatch(/^(?:rolled-back|hidden|forked)$/);
    const judged = await verifyBundle(await s.dara.client.proof(about!.id), ports);
    expect(judged).toMatchObject({
      ok: true,
      value: {
        fault: expect.stringMatching(
          /^(?:rolled-back|omitted|other-root|other-prefix|same-size|same-index|prefix|entry)$/,
        ),
      },
    });
    await s.end();
  });

  it("R-24 is written to all the same: its first receipt shows it, and the other gets what was lost", async () => {
    const s = await scene();
    await s.sara.client.send(s.id, { text: "lost three" });
    await s.world.quiet([s.sara, s.dara]);
    await s.dara.stop();
    for (const text of ["lost four", "lost five"]) await s.sara.client.send(s.id, { text });
    await s.world.quiet([s.sara]);
    await s.putBack();
    await s.dara.start();
    s.dara.client.connect();
    await s.sara.client.send(s.id, { text: "after" });
    expect(await s.until(() => told(s.sara, s.id), 60)).toBeLessThan(30);
    const all = ["before", "lost one", "lost two", "lost three", "lost four", "lost five", "after"];
    await s.until(async () => (await s.dara.lines(s.id)).length === all.length, 120);
    expect(await s.dara.lines(s.id)).toEqual(all);
    await s.end();
  });

  it("R-5 R-24 and has grown beyond what a reader holds: two histories are shown by a bridge, and members give what the new one has", async () => {
    const s = await scene();
    await s.dara.stop();
    await s.putBack();
    const anew = ["anew one", "anew two", "anew three", "anew four", "anew five"];
    for (const text of anew) await s.sara.client.send(s.id, { text });
    await s.until(async () => (await s.sara.client.conversation(s.id))?.last?.state === "at-station", 60);
    await s.world.clock.advance(5_000);
    await s.dara.start();
    s.dara.client.connect();
    await s.until(async () => (await s.dara.lines(s.id)).length === 3 + anew.length, 120);
    expect(await s.dara.lines(s.id)).toEqual(["before", "lost one", "lost two", ...anew]);
    await s.until(async () => (await s.dara.client.conversation(s.id))?.fault === "log/forked", 60);
    expect(await s.dara.client.conversation(s.id)).toMatchObject({ state: "fault", fault: "log/forked" });
    await s.end();
  });

  it.each([
    ["and has less of an inbox", 0],
    ["and has other knocks in an inbox", 2],
  ])("R-26 %s: whoever begins to write comes through all the same", async (_, others) => {
    const s = await scene();
    const invite = await s.dara.client.invite();
    const nima = await s.knock("Nima", invite);
    await s.world.quiet([s.dara]);
    await s.dara.stop();
    await s.putBack();
    const some: Person[] = [];
    for (let at = 0; at < others; at++) some.push(await s.knock(`Omid ${at}`, invite));
    await s.dara.start();
    s.dara.client.connect();
    await s.world.clock.advance(60_000);
    // The first key package that the station hands out again is spent: whoever gets it is not heard (F-10).
    for (const name of ["Bahar", "Eve"]) some.push(await s.knock(name, invite));
    const names = async (): Promise<readonly string[]> =>
      (await s.dara.client.conversations()).map(({ people }) => people[0]?.name ?? "");
    await s.until(async () => (await names()).includes("Eve"), 120);
    expect(await names()).toEqual(expect.arrayContaining(["Sara", "Nima", "Eve"]));
    const told = await s.dara.client.alerts();
    expect(told.some(({ conversation, code }) => conversation === undefined && code !== "log-stale")).toBe(true);
    for (const person of [nima, ...some]) await person.stop();
    await s.end();
  });

  it("R-24 W-24 takes what residents of a mirror write: they get receipts, and what was lost comes back", async () => {
    const s = await scene(true);
    await s.putBack();
    await s.dara.client.send(s.id, { text: "from the mirror" });
    await s.sara.client.send(s.id, { text: "from the hub" });
    const at = async ({ client }: Person): Promise<string | undefined> =>
      (await client.messages(s.id, { limit: 20 })).findLast(({ mine }) => mine)?.state;
    await s.until(async () => (await at(s.dara)) === "at-station" && (await at(s.sara)) === "at-station", 120);
    expect([await at(s.dara), await at(s.sara)]).toEqual(["at-station", "at-station"]);
    const all = ["before", "from the hub", "from the mirror", "lost one", "lost two"];
    const whole = async (person: Person): Promise<boolean> => (await person.lines(s.id)).length === all.length;
    await s.until(async () => (await whole(s.dara)) && (await whole(s.sara)), 240);
    for (const person of [s.sara, s.dara]) expect((await person.lines(s.id)).toSorted()).toEqual(all);
    await s.end();
  });

  it("F-21 shows another log of the same size: told at the first sync, before anything else comes", async () => {
    const s = await scene();
    await s.dara.stop();
    await s.putBack();
    for (const text of ["anew one", "anew two"]) await s.sara.client.send(s.id, { text });
    await s.until(async () => (await s.sara.client.conversation(s.id))?.last?.state === "at-station", 60);
    await s.dara.start();
    s.dara.client.connect();
    expect(await s.until(() => told(s.dara, s.id), 60)).toBeLessThan(5);
    expect(await s.dara.client.conversation(s.id)).toMatchObject({ state: "fault", fault: "log/forked" });
    await s.end();
  });

  it.each([
    ["is dialed directly", true, []],
    ["is not judged by silence when nobody can ask it", false, undefined],
  ])("R-6 and cannot be asked over the home what it was through: it %s", async (_, isReached, answer) => {
    const liar = new Liar();
    liar.answer = (request) =>
      request.type === "ledger.incidents" && request.at !== undefined
        ? { type: "error", code: "station/peer-unreachable", detail: undefined }
        : undefined;
    const s = await scene(true, liar, (route) => isReached || !route.includes("one."));
    const { key } = s.sara.client.me()!.home;
    expect(await s.world.settle(s.dara.client.incidents(key))).toEqual(answer);
    await s.end();
  });

  it("R-6 and cannot be asked at all is not judged for ten minutes, and then without its word", async () => {
    const liar = new Liar();
    liar.answer = (request) =>
      request.type === "ledger.incidents" && request.at !== undefined
        ? { type: "error", code: "station/peer-unreachable", detail: undefined }
        : undefined;
    const s = await scene(true, liar, (route) => !route.includes("one."));
    await s.putBack();
    await s.sara.client.send(s.id, { text: "after one" });
    await s.dara.client.send(s.id, { text: "after two" });
    const seconds = await s.until(() => told(s.dara, s.id), 1_200);
    expect(seconds).toBeGreaterThan(590);
    expect(seconds).toBeLessThan(780);
    await s.end();
  });
});
