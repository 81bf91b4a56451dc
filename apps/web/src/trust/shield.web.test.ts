import { afterEach, expect, it } from "vitest";
import { loadWords } from "../i18n/translate.ts";
import { openWorld, until } from "../testing/render.ts";
import type { World } from "../testing/render.ts";
import { ShieldPart } from "./shield-part.tsx";

let world: World;
afterEach(() => world.close());

it("U-4 the shield is put up and taken down in the settings, and whether the address is hidden stands under it", async () => {
  world = await openWorld("en");
  await loadWords("trust");
  world.show(ShieldPart, {});
  const options = (): HTMLInputElement[] => [...world.root.querySelectorAll<HTMLInputElement>('input[type="radio"]')];
  await until(() => expect(options().length).toBe(2));
  expect(options().map(({ checked }) => checked)).toEqual([true, false]);
  expect(world.root.innerText).not.toContain("still see your address");
  options()[1]?.click();
  await until(() => expect(world.root.innerText).toContain("still see your address"));
  expect(await world.client.ways.shield()).toEqual({ on: true, relays: 0 });
  options()[0]?.click();
  await until(() => expect(world.root.innerText).not.toContain("still see your address"));
  expect((await world.client.ways.shield()).on).toBe(false);
});
