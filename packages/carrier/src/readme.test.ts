import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { toHex, utf8 } from "@chapar/wire/bytes";
import { raceRoutes, RouteMemory } from "./index.ts";
import { FakeClock, MemoryNetwork, SeededRng } from "./testing/index.ts";

/** The example of README.md, as it stands there; typed, linted and run. */
async function example(): Promise<{ readonly route: string; readonly value: string }> {
  // example:begin
  // A station whose first address is blocked, on a network and a clock that exist in memory only.
  const clock = new FakeClock();
  const network = new MemoryNetwork(clock, { latencyMs: 40 });
  network.set("https://blocked.example", "silent");
  network.listen("https://station.example", (link) => link.send(utf8("hello")));

  const race = raceRoutes({
    routes: ["https://blocked.example", "https://station.example"],
    carriers: [network.carrier()],
    clock,
    memory: new RouteMemory({ clock, rng: new SeededRng(1) }),
    usable: (link) => new Promise<string>((resolve) => link.receive((chunk) => resolve(toHex(chunk)))),
    signal: new AbortController().signal,
  });
  const { route, value } = await clock.runUntil(race);
  // example:end
  return { route, value };
}

describe("README.md", () => {
  it("shows the example that runs here", async () => {
    expect(await example()).toEqual({ route: "https://station.example", value: toHex(utf8("hello")) });
    const page = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
    const source = readFileSync(import.meta.filename, "utf8");
    const run = /^ {2}\/\/ example:begin\n([^]*?) {2}\/\/ example:end$/m.exec(source)?.[1]?.replaceAll(/^ {2}/gm, "");
    expect(page.match(/```ts\n([^]*?)```/)?.[1]).toBe(run);
  });
});
