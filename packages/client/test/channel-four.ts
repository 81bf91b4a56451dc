/* A channel of Sara's, and three people at other stations who may read it. */
import type { TestStation } from "@chapar/station/testing";
import { expect } from "vitest";
import * as desk from "../src/channels/desk.ts";
import * as work from "../src/channels/work.ts";
import { HERE } from "./own-devices.ts";
import { type Person, World } from "./world.ts";

// Their code is here already: the clock of a world would run on while a file is read.
expect([...HERE, desk, work].length).toBeGreaterThan(0);

/** A link's terms: anybody, for ever. */
export const TERMS: { readonly expiresMs: number; readonly limit: number; readonly approval: boolean } = {
  expiresMs: 0,
  limit: 0,
  approval: false,
};

type Four = [Person, Person, Person, Person];

/** Sara leads a channel; Dara is at her station's, Omid and Lale at another one in another region. Nobody but Dara knows her. */
export async function scene(
  terms = TERMS,
): Promise<{ world: World; all: Four; id: string; link: string; stations: readonly TestStation[] }> {
  const world = new World({ latencyMs: 20 });
  const [hub, near, far] = await Promise.all([
    world.stations.station("s4", { region: "DE" }),
    world.stations.station("s5", { region: "DE" }),
    world.stations.station("s6", { region: "IR" }),
  ]);
  const sara = await world.person("Sara", hub, {}, "DE");
  const dara = await world.person("Dara", near, {}, "DE");
  const omid = await world.person("Omid", far);
  const lale = await world.person("Lale", far);
  const all: Four = [sara, dara, omid, lale];
  for (const person of all) person.client.connect();
  await world.quiet(all);
  const id = await sara.client.channels.create({ name: "Mountain news", about: "What happens up there" });
  await world.quiet(all);
  const link = await sara.client.channels.makeLink(id, terms);
  await world.quiet(all);
  return { world, all, id, link, stations: [hub, near, far] };
}

/** How somebody stands to a channel. */
export const standing = async (person: Person, id: string): Promise<string> =>
  (await person.client.channels.view(id)).standing;
