/*
 * Everybody changes a group at once: one line of epochs, no fork, no letter lost (F-67). `CHAPAR_RACE=50x20` lets so many people make so many
 * changes each; `./chapar lab race` does the same with stations and links that are real.
 */
import { decodeEntry } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import type { Mls } from "@chapar/e2e";
import { restarted, entriesOf, friends, idOf } from "./group-scene.ts";
import { type Person, World } from "./world.ts";

const [PEOPLE = 8, ROUNDS = 3] = (process.env["CHAPAR_RACE"] ?? "").split("x").map((part) => Number(part) || undefined);

/** As every scenario has it, and more for a larger race. */
const LIMIT_MS = Math.max(240_000, PEOPLE * ROUNDS * 10_000);

/** Epochs that the commits of a log end, in its order. */
function epochsOf(entries: readonly Uint8Array[]): readonly number[] {
  return entries.flatMap((bytes) => {
    const entry = decodeEntry(bytes);
    return entry.ok && entry.value.kind === "commit" ? [entry.value.epoch] : [];
  });
}

/** How many commits were made, those that came too late among them. */
class Made {
  count = 0;

  readonly mls = (inner: Mls): Mls => ({
    ...inner,
    commit: (group, change) => {
      this.count += 1;
      return inner.commit(group, change);
    },
  });
}

/** What happens to people and stations in the middle of it. */
async function disturb(world: World, people: readonly Person[], round: number): Promise<void> {
  if (round === 0) world.stations.network.cut();
  if (round === 1) await restarted(world, 0);
  if (round !== 2) return;
  const [, second, , fourth] = people;
  for (const one of [second, fourth]) {
    if (one === undefined) continue;
    await one.stop();
    (await one.start()).connect();
  }
}

/** What people wrote, in the order in which it is shown. */
async function letters(person: Person, id: string): Promise<string[]> {
  return (await person.lines(id)).filter((line) => line !== "");
}

describe("a race of everybody", () => {
  it(
    "F-67 F-140 commits that all make at once end in one line of epochs, few of them made for nothing, and every letter between them is read by all in one order, also when links break and a station and engines begin anew",
    async () => {
      const world = new World({ latencyMs: 25 });
      const names = Array.from({ length: PEOPLE }, (_, at) => `P${at}`);
      const made = new Made();
      const all = await friends(world, names, 2, Object.fromEntries(names.map((name) => [name, { mls: made.mls }])));
      const [first, ...others] = all;
      const id = await first!.client.groups.create(
        "Race",
        others.map((one) => idOf(one)),
      );
      await world.quiet(all, 3_600_000);
      for (const one of others) await first!.client.groups.setRole(id, idOf(one), "admin");
      await world.quiet(all, 3_600_000);
      const before = epochsOf(await entriesOf(first!, id)).length;
      const madeBefore = made.count;
      const texts: string[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const done = all.map(async ({ client }, at) => {
          await client.groups.rename(id, `${round} by ${at}`);
          const text = `letter ${round} of ${at}`;
          texts.push(text);
          await client.send(id, { text });
        });
        await Promise.all(done);
        await world.clock.advance(40);
        await disturb(world, all, round);
      }
      await world.quiet(all, 86_400_000);
      const line = epochsOf(await entriesOf(first!, id));
      // Each change is a commit, and what changes the state alone is followed by one that renews the leaf (G-1), once for several.
      expect(line.length - before).toBeGreaterThanOrEqual(PEOPLE * ROUNDS);
      expect(line).toEqual(line.map((_, at) => line[0]! + at));
      // Without waits it is more than three for each epoch, and more with more people.
      expect(made.count - madeBefore).toBeLessThan(2 * (line.length - before));
      const read = await letters(first!, id);
      expect(read.toSorted()).toEqual(texts.toSorted());
      const title = (await first!.client.conversation(id))?.title;
      for (const one of others) {
        expect(epochsOf(await entriesOf(one, id)).at(-1)).toBe(line.at(-1));
        expect(await letters(one, id)).toEqual(read);
        expect(await one.client.conversation(id)).toMatchObject({ state: "open", fault: undefined, title });
      }
      for (const one of all) await one.stop();
    },
    LIMIT_MS,
  );
});
