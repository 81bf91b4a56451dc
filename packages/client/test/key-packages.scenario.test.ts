/* The last key package at a home may be given twice (W-23): whoever was given it is heard, however late. */
import { expect, it } from "vitest";
import { keyPackageOf } from "./group-scene.ts";
import type { TestStation } from "@chapar/station/testing";
import { World } from "./world.ts";

/** Stocks that a device keeps at its home, and how many are left here. */
const [STOCK, LEFT] = [40, 2];

/** Line of somebody who is far away; the one who asks first is near enough to be heard before the others. */
const far = (latencyMs: number): { readonly line: { readonly latencyMs: number } } => ({ line: { latencyMs } });

it("F-141 the last key package was given to two: both are heard, though new ones came when a third was heard before them", async () => {
  const world = new World({ latencyMs: 5 });
  const home: TestStation = await world.stations.station("s0", { region: "DE" });
  const [asked] = [await world.person("Asked", home, {}, "DE")];
  const openers = [
    await world.person("Near", home, far(600), "DE"),
    await world.person("Far", home, far(1_000), "DE"),
    await world.person("Farther", home, far(1_000), "DE"),
  ];
  const all = [asked, ...openers];
  for (const one of all) one.client.connect();
  await world.quiet(all, 3_600_000);
  for (let at = STOCK; at > LEFT; at--) await keyPackageOf(world, asked, home);
  const invite = await asked.client.invite();
  for (const { client } of openers)
    await client.send(await client.open(invite), { text: `hello from ${client.me()?.name}` });
  await world.quiet(all, 3_600_000);
  const heard = (await asked.client.conversations()).map(({ last }) => last?.text ?? "");
  expect(heard.toSorted()).toEqual(["hello from Far", "hello from Farther", "hello from Near"]);
  for (const one of all) await one.stop();
});
