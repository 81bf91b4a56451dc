/* Where the keyboard is while one goes through the settings, as wide as a phone is, in a real Chromium. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { preloadSheets, Sheets } from "../screens/sheets.tsx";
import { followHistory, openSheet, place } from "../state/navigation.ts";
import { openWorld, until } from "../testing/render.ts";
import type { World } from "../testing/render.ts";

let world: World;
let stop: () => void;

const focused = (): string => (document.activeElement as HTMLElement).innerText.trim().split("\n", 1)[0] ?? "";
const door = (title: string): HTMLElement =>
  [...world.root.querySelectorAll<HTMLElement>("dialog nav button")].find((one) => one.innerText.startsWith(title))!;

beforeEach(async () => {
  world = await openWorld("en");
  await preloadSheets();
  stop = followHistory(() => undefined);
  world.show(Sheets, { detailsDocked: false });
  openSheet("settings");
  await until(() => expect(world.root.querySelector("dialog[open]")).not.toBeNull());
});
afterEach(() => {
  stop();
  world.close();
});

describe("the settings by keys", () => {
  it("go on in the part that was chosen, and back on the row that led to it", async () => {
    door("Privacy").focus();
    expect(focused()).toBe("Privacy");
    await userEvent.keyboard("{Enter}");
    const part = (): HTMLElement | null => world.root.querySelector('dialog [role="region"]');
    await until(() => expect(part()).not.toBeNull());
    await until(() => expect(document.activeElement).toBe(part()));
    history.back();
    await until(() => expect(door("Privacy")).toBeDefined());
    await until(() => expect(focused()).toBe("Privacy"));
  });

  it("stand before the door again when what it led to is closed, and not when they are opened anew", async () => {
    door("Devices").focus();
    expect(focused()).toBe("Devices");
    await userEvent.keyboard("{Enter}");
    await until(() => expect(place.value.sheet).toBe("devices"));
    await until(() => expect(world.root.querySelector("dialog[open] h2")?.textContent).toBe("Devices"));
    await userEvent.keyboard("{Escape}");
    await until(() => expect(place.value.sheet).toBe("settings"));
    await until(() => expect(focused()).toBe("Devices"));
    await userEvent.keyboard("{Escape}");
    await until(() => expect(world.root.querySelector("dialog")).toBeNull());
    openSheet("settings");
    await until(() => expect(world.root.querySelector("dialog[open]")).not.toBeNull());
    expect(focused()).not.toBe("Devices");
  });
});
