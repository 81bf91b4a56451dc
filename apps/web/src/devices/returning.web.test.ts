/* Coming back by the words, in a real Chromium: with a file, and, when the station is gone, at another one. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { openWorld, until } from "../testing/render.ts";
import type { World } from "../testing/render.ts";
import { openReturning } from "./returning.tsx";

const WORDS = Array.from({ length: 24 }, (_, at) => `word${at}`).join(" ");
const THERE = "https://de.example/#i/abc";
let world: World;

const sheet = (): HTMLElement => document.querySelector<HTMLElement>("dialog, [role=dialog]")!;
const field = (label: string): HTMLTextAreaElement | HTMLInputElement =>
  [...sheet().querySelectorAll("label")].find((one) => one.innerText.includes(label))!.control as HTMLTextAreaElement;
const press = async (name: string): Promise<void> =>
  userEvent.click([...sheet().querySelectorAll("button")].find((one) => one.innerText.trim() === name)!);

beforeEach(async () => {
  world = await openWorld("en");
  await openReturning("https://ir.example/#i/old", () => undefined);
});

afterEach(() => world.close());

it("M-40 a file and the invite of another station are given together, and the old station's link is not asked for", async () => {
  await until(() => expect(sheet().innerText).toContain("With recovery words"));
  await userEvent.click(field("With recovery words"));
  await until(() => expect(sheet().innerText).toContain("A link of your station"));
  await userEvent.fill(field("Your 24 recovery words"), WORDS);
  const file = new File([new Uint8Array([1, 2])], "chapar.backup");
  await userEvent.upload(sheet().querySelector("input[type=file]")!, file);
  await until(() => expect(sheet().innerText).toContain("Files that lay at a lost station are lost with it."));
  expect(sheet().innerText).not.toContain("A link of your station");
  await userEvent.fill(field("If your station is gone"), ` ${THERE} `);
  await press("Bring everything back");
  await until(() => expect(world.client.devices.returns).toHaveLength(1));
  expect(world.client.devices.returns[0]).toMatchObject({ words: WORDS, to: THERE });
  expect(world.client.devices.returns[0]?.file).toEqual(new Uint8Array([1, 2]));
  expect(world.client.devices.returns[0]?.invite).toBeUndefined();
  await userEvent.fill(field("If your station is gone"), "");
  await until(() => expect(sheet().innerText).toContain("There is no backup"));
  await press("Bring everything back");
  await until(() => expect(world.client.devices.returns).toHaveLength(2));
  expect(world.client.devices.returns[1]?.to).toBeUndefined();
});
