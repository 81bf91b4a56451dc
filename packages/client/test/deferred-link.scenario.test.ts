/* Engines whose link code is brought by the first link, as in a browser. */
import { expect, it } from "vitest";
import { World } from "./world.ts";

it("W-73 people whose engines bring what dials with the first link write to each other as others do", async () => {
  const world = new World({ latencyMs: 20 });
  const home = await world.stations.station("home");
  const sara = await world.person("Sara", home, { bringsLinkCode: true });
  const dara = await world.person("Dara", home, { bringsLinkCode: true });
  const id = await dara.client.open(await sara.client.invite());
  await dara.client.send(id, { text: "before any link" });
  expect(dara.client.route().state).toBe("idle");
  for (const one of [sara, dara]) one.client.connect();
  expect(dara.client.route().state).toBe("seeking");
  await world.quiet([sara, dara]);
  expect(await sara.lines(await sara.only())).toEqual(["before any link"]);
  for (const one of [sara, dara]) await one.stop();
  expect(dara.client.route().state).toBe("idle");
});
