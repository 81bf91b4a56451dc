import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadWords, t } from "../i18n/translate.ts";
import { openWorld, until, type World } from "../testing/render.ts";
import { HelpPanel } from "./help-panel.tsx";
import { helpRecord, helpView, stopHelping } from "./helper.ts";
import { loadHelp } from "./limits.ts";

/** Nobody listens there; what the page does with that is enough here. */
const STATION = { key: undefined, urls: ["http://127.0.0.1:9"] };

for (const language of ["en", "fa"] as const) {
  describe(`helping others, ${language}`, () => {
    let world: World;
    beforeEach(async () => {
      world = await openWorld(language);
      await loadWords("help");
      world.show(HelpPanel, { station: STATION });
    });
    afterEach(() => {
      stopHelping();
      world.close();
      localStorage.removeItem("chapar.help");
    });
    const toggle = (): HTMLInputElement => world.root.querySelector<HTMLInputElement>("input[role=switch]")!;
    const state = (): string => world.root.querySelector("[data-mood]")?.textContent ?? "";

    it("P-115 is off until a person switches it on, and off at once when they switch it off", async () => {
      expect([toggle().checked, state()]).toEqual([false, t("helpOff")]);
      toggle().click();
      await until(() => expect([toggle().checked, state()]).toEqual([true, t("helpSeeking")]));
      toggle().click();
      await until(() => expect([toggle().checked, state()]).toEqual([false, t("helpOff")]));
    });

    it("P-115 limits are kept, that it was on is not", async () => {
      const [first] = world.root.querySelectorAll<HTMLInputElement>("fieldset input");
      first!.click();
      await until(() => expect(loadHelp().megabits).toBe(1));
      toggle().click();
      await until(() => expect(helpView.peek().mood).toBe("seeking"));
      // A change of a limit while it helps: it goes on under the new one.
      world.root.querySelectorAll<HTMLInputElement>("fieldset input")[1]!.click();
      await until(() => expect(loadHelp().megabits).toBe(5));
      expect(helpView.peek().mood).toBe("seeking");
      stopHelping();
      expect(Object.keys(JSON.parse(localStorage.getItem("chapar.help") ?? "{}") as object).sort()).toEqual(
        ["before", "hours", "megabits", "megabytes", "sums"].sort(),
      );
      expect(helpRecord.peek().hours).toBe("always");
    });

    it("says what a page cannot do, and numbers in the reader's digits", async () => {
      helpView.value = { mood: "ready", people: 3, spare: 1, todayPeople: 12, todayBytes: 46_300_000 };
      await until(() => expect(state()).toBe(t("helpPeople", { count: 3 })));
      const text = world.root.textContent ?? "";
      expect(text).toContain(language === "fa" ? "۱۲" : "12");
      expect(text).toContain(t("helpUseText"));
      helpView.value = { mood: "off", people: 0, spare: 0, todayPeople: 0, todayBytes: 0 };
    });
  });
}
