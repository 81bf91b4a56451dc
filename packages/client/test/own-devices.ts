/* People with several devices: a new one that is linked to an old one, on a world's clock. */
import * as backing from "../src/devices/backing.ts";
import * as daily from "../src/devices/daily.ts";
import * as desk from "../src/devices/desk.ts";
import * as exporting from "../src/devices/exporting.ts";
import * as openingBackup from "../src/devices/opening-backup.ts";
import * as restoreDesk from "../src/devices/restore-desk.ts";
import type { LinkView } from "../src/devices-api.ts";
import type { Between, Person, World } from "./world.ts";

/** Here already: the world's clock would run on while a file is read. */
export const HERE: readonly object[] = [backing, daily, desk, exporting, openingBackup, restoreDesk];

const NEVER = new AbortController().signal;

/** Lets time pass until a device's linking stands as asked. */
export async function until(
  world: World,
  device: Person,
  state: LinkView["state"],
  limitMs = 660_000,
): Promise<LinkView> {
  let view = await device.client.devices.link();
  for (let waited = 0; view?.state !== state && waited < limitMs; waited += 250) {
    await world.clock.advance(250);
    view = await device.client.devices.link();
  }
  if (view?.state !== state) throw new Error(`linking is ${view?.state} ${view?.code ?? ""}, not ${state}`);
  return view;
}

/** A new device of a person, up to where both show digits. */
export async function meet(
  world: World,
  old: Person,
  name: string,
  between: Between = {},
): Promise<{ readonly device: Person; readonly shown: LinkView; readonly taken: LinkView }> {
  const device = await world.device(between);
  const asked = await device.client.devices.ask(await old.client.invite(), name);
  const taken = await world.settle(old.client.devices.take(asked.link ?? "", { signal: NEVER }));
  const shown = await until(world, device, "compare");
  return { device, shown, taken };
}

/** A new device of a person, linked and connected. */
export async function linked(world: World, old: Person, name: string, between: Between = {}): Promise<Person> {
  const { device } = await meet(world, old, name, between);
  await world.settle(old.client.devices.confirm(true));
  await until(world, device, "done");
  device.client.connect();
  return device;
}

/** Lets time pass until a device has as many conversations; then until nobody has anything left to do. */
export async function hasChats(world: World, device: Person, count: number, others: readonly Person[]): Promise<void> {
  for (let waited = 0; waited < 300; waited++) {
    if ((await device.client.conversations()).length >= count) return world.quiet([device, ...others]);
    await world.clock.advance(1_000);
  }
  throw new Error(`not ${count} conversations: ${await device.state()}`);
}
