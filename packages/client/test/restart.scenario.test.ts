import { describe, expect, it } from "vitest";
import type { TestStation } from "@chapar/station/testing";
import { DyingStore, Flight } from "./kill.ts";
import { type Person, texts, World } from "./world.ts";

/** Many runs: each is a life of two people, so they take turns rather than being one test each. */
const LIMIT_MS = 300_000;

interface Life {
  readonly world: World;
  readonly stations: readonly TestStation[];
  readonly sara: Person;
  readonly dara: Person;
  readonly flight: Flight;
}

/** Sara and Dara, at one station or at two with a mirror between them. */
async function life(count: 1 | 2): Promise<Life> {
  const world = new World({ latencyMs: 10 });
  const here = await world.stations.station("here");
  const there = count === 1 ? here : await world.stations.station("there");
  const flight = new Flight();
  const carriers = [flight.carrier(world.stations.network.carrier())];
  const sara = await world.person("Sara", here, { mls: flight.mls, carriers });
  const dara = await world.person("Dara", there, { mls: flight.mls, carriers });
  return { world, stations: [...new Set([here, there])], sara, dara, flight };
}

/** Starts a person again over the same data, with a store that dies at the n-th write; 0 never dies. */
async function startDying(
  { world, flight }: Life,
  person: Person,
  atWrite: number,
  when: "before" | "after",
): Promise<DyingStore> {
  await person.stop();
  let store: DyingStore | undefined;
  await person.start({
    mls: flight.mls,
    carriers: [flight.carrier(world.stations.network.carrier())],
    store: (inner) => (store = new DyingStore(inner, atWrite, when, () => world.stations.network.cut())),
  });
  return store!;
}

/** Connects the victim, waits until it died or is done, and lets it live again. */
async function dieAndLive(run: Life, victim: Person, other: Person, store: DyingStore): Promise<void> {
  victim.client.connect();
  other.client.connect();
  const signal = new AbortController();
  const died = (async () => {
    while (!store.isDead) await run.world.clock.sleep(50, signal.signal);
  })().catch(() => undefined);
  const done = Promise.all([victim, other].map(({ client }) => client.settled({ signal: signal.signal })));
  await run.world.settle(Promise.race([died, done.catch(() => undefined)]));
  signal.abort();
  await startDying(run, victim, 0, "before");
  victim.client.connect();
  await run.world.quiet([victim, other]);
}

async function end({ sara, dara, stations }: Life): Promise<void> {
  await sara.stop();
  await dara.stop();
  for (const station of stations) await station.stop();
}

/** Runs a life for every write of the victim until one outlives it. @returns how many deaths there were */
async function everyDeath(when: "before" | "after", one: (atWrite: number) => Promise<boolean>): Promise<number> {
  for (let atWrite = 1; ; atWrite++) {
    const died = await one(atWrite).catch((error: unknown) => {
      throw new Error(`death ${when} write ${atWrite}`, { cause: error });
    });
    if (!died) return atWrite - 1;
    if (atWrite > 500) throw new Error(`it never ends ${when}`);
  }
}

describe.each(["before", "after"] as const)("an engine killed just %s any of its writes", (when) => {
  it(
    "F-4 F-6 while it opens a conversation and sends: nothing is lost, doubled or sealed twice under one key",
    async () => {
      const deaths = await everyDeath(when, async (atWrite) => {
        const run = await life(1);
        const { sara, dara, flight } = run;
        dara.client.connect();
        await run.world.quiet([dara]);
        const id = await sara.client.open(await dara.client.invite());
        for (const text of texts("sara", 3)) await sara.client.send(id, { text });
        const store = await startDying(run, sara, atWrite, when);
        await dieAndLive(run, sara, dara, store);
        await dara.client.send(id, { text: "dara" });
        await sara.client.send(id, { text: "sara 4" });
        await run.world.quiet([sara, dara]);
        const lines = await dara.lines(id);
        expect([atWrite, lines.filter((line) => line !== "dara")]).toEqual([atWrite, texts("sara", 4)]);
        expect([atWrite, lines.length]).toEqual([atWrite, 5]);
        expect([atWrite, await sara.lines(id)]).toEqual([atWrite, lines]);
        expect([atWrite, flight.reused]).toEqual([atWrite, []]);
        const mine = (await sara.client.messages(id, { limit: 10 })).filter((line) => line.mine);
        expect([atWrite, mine.map(({ state }) => state)]).toEqual([atWrite, mine.map(() => "at-station")]);
        for (const { id: message } of mine) {
          await sara.client.receipt(message, { signal: new AbortController().signal });
        }
        await end(run);
        return store.isDead;
      });
      expect(deaths).toBeGreaterThan(12);
    },
    LIMIT_MS,
  );

  it(
    "F-7 while it registers, joins and reads: every message is shown once, in order, and the answers reach the other side",
    async () => {
      const deaths = await everyDeath(when, async (atWrite) => {
        const run = await life(2);
        const { sara, dara, flight } = run;
        const id = await sara.client.open(await dara.client.invite());
        for (const text of texts("sara", 3)) await sara.client.send(id, { text });
        const store = await startDying(run, dara, atWrite, when);
        await dieAndLive(run, dara, sara, store);
        await dara.client.send(id, { text: "dara 1" });
        await run.world.quiet([sara, dara]);
        expect([atWrite, await dara.lines(id)]).toEqual([atWrite, [...texts("sara", 3), "dara 1"]]);
        expect([atWrite, await sara.lines(id)]).toEqual([atWrite, [...texts("sara", 3), "dara 1"]]);
        expect([atWrite, flight.reused]).toEqual([atWrite, []]);
        await end(run);
        return store.isDead;
      });
      expect(deaths).toBeGreaterThan(12);
    },
    LIMIT_MS,
  );

  it(
    "F-6 while both write into a running conversation: nothing is lost, doubled or sealed twice under one key",
    async () => {
      const deaths = await everyDeath(when, async (atWrite) => {
        const run = await life(2);
        const { sara, dara, flight } = run;
        const id = await sara.client.open(await dara.client.invite());
        for (const person of [sara, dara]) person.client.connect();
        await run.world.quiet([sara, dara]);
        for (const text of texts("dara", 2)) await dara.client.send(id, { text });
        for (const text of texts("sara", 2)) await sara.client.send(id, { text });
        const store = await startDying(run, sara, atWrite, when);
        await dieAndLive(run, sara, dara, store);
        const lines = await sara.lines(id);
        expect([atWrite, [...lines].sort()]).toEqual([atWrite, [...texts("dara", 2), ...texts("sara", 2)]]);
        expect([atWrite, await dara.lines(id)]).toEqual([atWrite, lines]);
        expect([atWrite, flight.reused]).toEqual([atWrite, []]);
        await end(run);
        return store.isDead;
      });
      expect(deaths).toBeGreaterThan(1);
    },
    LIMIT_MS,
  );
});
