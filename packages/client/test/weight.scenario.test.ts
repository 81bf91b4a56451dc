/*
 * What crosses the link of a person, by the drill's clock: the frames of a letter and of a minute without anything. Sizes are of frames; what a session
 * puts around them is told in docs/bench.md.
 */
import type { Carrier } from "@chapar/carrier";
import { decodeFrame, FrameReader } from "@chapar/wire";
import { expect, it } from "vitest";
import { type Person, World } from "./world.ts";

interface Crossed {
  readonly name: string;
  readonly bytes: number;
}

/** Notes every frame of links that are dialed from now on, both ways. */
function noting(inner: Carrier, crossed: Crossed[]): Carrier {
  const note = (way: string, reader: FrameReader) => (bytes: Uint8Array) => {
    for (const frame of reader.push(bytes).frames) {
      const decoded = decodeFrame(frame);
      const name = decoded.ok ? decoded.value.body.type : "?";
      crossed.push({ name: `${way} ${name}`, bytes: frame.byteLength + 4 });
    }
  };
  return {
    kind: inner.kind,
    handles: (route) => inner.handles(route),
    dial: async (route, options) => {
      const link = await inner.dial(route, options);
      const [out, back] = [note(">", new FrameReader()), note("<", new FrameReader())];
      return new Proxy(link, {
        get: (target, key) => {
          if (key === "send")
            return (bytes: Uint8Array) => {
              out(bytes.slice());
              target.send(bytes);
            };
          if (key === "receive")
            return (receiver: (chunk: Uint8Array) => void) => {
              target.receive((chunk) => {
                back(chunk.slice());
                receiver(chunk);
              });
            };
          const value: unknown = Reflect.get(target, key, target);
          return typeof value === "function" ? (value.bind(target) as unknown) : value;
        },
      });
    },
  };
}

const sum = (crossed: readonly Crossed[]): number => crossed.reduce((total, { bytes }) => total + bytes, 0);

/** Bytes by name, of the most first: for the message of a test that failed. */
function told(crossed: readonly Crossed[]): string {
  const groups = Object.entries(Object.groupBy(crossed, ({ name }) => name));
  const rows = groups.map(([name, all = []]) => [name, all.length, sum(all)] as const);
  return rows
    .sort((a, b) => b[2] - a[2])
    .map((row) => row.join(" "))
    .join(", ");
}

/** A station with a log of its own, which nobody witnesses. */
const witnessing = { witnesses: [], post: () => Promise.reject(new Error("nobody there")) };

async function talking(): Promise<{
  readonly world: World;
  readonly people: readonly [Person, Person];
  readonly id: string;
  readonly crossed: Crossed[];
}> {
  const world = new World({ latencyMs: 20 });
  const home = await world.stations.station("home", { witnessing });
  const crossed: Crossed[] = [];
  const sara = await world.person("Sara", home);
  const dara = await world.person("Dara", home, { carriers: [noting(world.stations.network.carrier({}), crossed)] });
  for (const one of [sara, dara]) one.client.connect();
  const id = await dara.client.open(await sara.client.invite());
  await dara.client.send(id, { text: "hello" });
  await world.quiet([sara, dara]);
  // What is looked at once after a beginning is over.
  await world.clock.advance(300_000);
  crossed.length = 0;
  return { world, people: [sara, dara], id, crossed };
}

it("W-74 a minute of an open chat in which nothing happens is at most 2,000 bytes, both ways", async () => {
  const { world, people, crossed } = await talking();
  await world.clock.advance(600_000);
  expect(sum(crossed) / 10, told(crossed)).toBeLessThan(2_000);
  // It is watched all the while.
  expect(crossed.filter(({ name }) => name === "< ledger.freshness").length).toBeGreaterThanOrEqual(8);
  for (const one of people) await one.stop();
});

it("R-3 the epoch of a watch is not asked for again by what is held against it", async () => {
  const { world, people, id, crossed } = await talking();
  await people[1].client.send(id, { text: "moved" });
  await world.quiet(people);
  await world.clock.advance(15_000);
  crossed.length = 0;
  await world.settle(people[1].client.check({ signal: new AbortController().signal }));
  const count = (name: string): number => crossed.filter((one) => one.name === name).length;
  expect(count("< ledger.proof"), told(crossed)).toBeGreaterThanOrEqual(2);
  // One for each watch, which begins with the policy.
  expect(count("< ledger.freshness"), told(crossed)).toBe(count("> ledger.policy"));
  for (const one of people) await one.stop();
});

it("W-74 a letter is one append, its push and its receipt, and nothing else", async () => {
  const { world, people, id, crossed } = await talking();
  for (let letter = 0; letter < 10; letter += 1) {
    await people[1].client.send(id, { text: "A letter of about fifty characters, as people write." });
    await world.quiet(people);
  }
  const names = ["> log.append", "< log.push", "< receipt"];
  const letters = crossed.filter(({ name }) => names.includes(name));
  expect(letters, told(crossed)).toHaveLength(30);
  // The entry of the smallest size there and back, a signed head, a receipt (docs/bench.md).
  expect(sum(letters) / 10, told(crossed)).toBeLessThan(1_440);
  for (const one of people) await one.stop();
});
