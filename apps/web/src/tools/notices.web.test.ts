/* Notices in the settings, in a Chromium whose push service cannot be had. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { loadWords } from "../i18n/translate.ts";
import { openWorld, until } from "../testing/render.ts";
import type { World } from "../testing/render.ts";
import { NoticesPart } from "./notices-part.tsx";
import { notices } from "./notices.ts";

let world: World;

describe.each(["en", "ar"] as const)("notices, in %s", (language) => {
  beforeEach(async () => {
    world = await openWorld(language);
    await loadWords("tools");
  });
  afterEach(() => {
    notices.value = "off";
    world.close();
  });

  it("say in words what they can do here", async () => {
    const words = new Set<string>();
    for (const state of ["off", "push", "tab", "denied", "impossible"] as const) {
      notices.value = state;
      world.show(NoticesPart, {});
      await until(() => expect(world.root.querySelector("[role=status]")?.textContent).not.toBe(""));
      words.add(world.root.querySelector("[role=status]")?.textContent ?? "");
      const [on] = world.root.querySelectorAll<HTMLInputElement>("input");
      expect(on?.checked).toBe(state === "push" || state === "tab");
    }
    expect(words.size).toBe(5);
  });

  it("stay off and say so when the browser refuses", async () => {
    world.show(NoticesPart, {});
    await userEvent.click(world.root.querySelectorAll("input")[0]!);
    await until(() => expect(["off", "denied"]).toContain(notices.value));
    expect(world.client.push.endpoints).toEqual([]);
  });
});
