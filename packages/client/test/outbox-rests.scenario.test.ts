/* A hub that is out of reach for long is asked seldom, and at once when it is worth it (F-142). */
import { isWireError } from "@chapar/wire";
import { expect, it } from "vitest";
import { type Person, World } from "./world.ts";

const MINUTE_MS = 60_000;

/** How often the home said that it does not reach the hub. */
function refusals({ failures }: Person): number {
  return failures.filter((error) => isWireError(error, "station/peer-unreachable")).length;
}

it("F-142 a hub behind a cut border is asked ever less often, and a letter leaves soon after the border opens", async () => {
  const world = new World({ latencyMs: 20 });
  const hub = await world.stations.station("hub", { region: "DE" });
  const home = await world.stations.station("home", { region: "IR" });
  const sara = await world.person("Sara", hub, {}, "DE");
  const dara = await world.person("Dara", home);
  for (const one of [sara, dara]) one.client.connect();
  const id = await sara.client.open(await dara.client.invite());
  await sara.client.send(id, { text: "hello" });
  await world.quiet([sara, dara]);
  await hub.stop();
  await dara.client.send(id, { text: "from behind the border" });
  await world.clock.advance(MINUTE_MS);
  const first = refusals(dara);
  expect(first).toBeGreaterThan(2);
  await world.clock.advance(10 * MINUTE_MS);
  // Every two seconds it was three hundred.
  expect(refusals(dara) - first).toBeLessThan(60);
  const before = refusals(dara);
  // A person who writes is not made to wait.
  await dara.client.send(id, { text: "and one more" });
  await world.clock.advance(1_000);
  expect(refusals(dara)).toBeGreaterThan(before);
  const again = await world.stations.station("hub", { region: "DE", store: hub.store });
  await world.quiet([sara, dara], 3 * MINUTE_MS);
  expect(await sara.lines(id)).toEqual(["hello", "from behind the border", "and one more"]);
  // Its receipts ended the long waits: the next border is looked at as often as the first was.
  await again.stop();
  const seen = refusals(dara);
  await dara.client.send(id, { text: "and again" });
  await world.clock.advance(15_000);
  expect(refusals(dara) - seen).toBeGreaterThan(3);
  for (const one of [sara, dara]) await one.stop();
});
