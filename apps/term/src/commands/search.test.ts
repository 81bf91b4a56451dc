/* `search` and `/search` against the fake engine. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandStage } from "../testing/command-stage.ts";
import { dayMs, foundWords } from "./search.ts";

const stage = new CommandStage();
const { chapar, joined } = stage;
beforeEach(() => stage.begin());
afterEach(() => stage.end());

describe("search", () => {
  it("prints what was found, newest first, and says when nothing was", async () => {
    const conversation = await joined();
    await stage.engine.send(conversation, { text: "the red door" });
    await stage.engine.send(conversation, { text: "كتاب‌های علي" });
    const found = await chapar(["search", "کتاب", "علی", "--json"]);
    expect(found).toMatchObject({
      code: 0,
      lines: [{ event: "found", text: "كتاب‌های علي", conversation, mine: true }],
    });
    expect((await chapar(["search", "door"])).stdout).toContain("You: the red door");
    expect((await chapar(["search", "window", "--json"])).lines).toEqual([{ event: "found-nothing" }]);
    expect((await chapar(["search", "door", "--from", "Sara", "--json"])).lines).toEqual([{ event: "found-nothing" }]);
    expect((await chapar(["search", "--limit", "1", "--json"])).lines).toMatchObject([
      { event: "found" },
      { event: "found-more" },
    ]);
  });

  it("says what is wrong with a day or a person", async () => {
    await joined();
    const day = await chapar(["search", "door", "--since", "yesterday"]);
    expect(day.code).toBe(64);
    expect(day.stderr).toContain("write it as 2026-11-28");
    expect((await chapar(["search", "door", "--from", "Nobody"])).code).toBe(64);
  });

  it("reads a day as the first moment of it here", () => {
    expect(dayMs("2026-11-28")).toBe(new Date(2026, 10, 28).getTime());
    expect(() => dayMs("2026-13-90")).toThrow();
  });

  it("shows a long text around what was found", () => {
    const text = `${"word ".repeat(40)}needle ${"word ".repeat(40)}`;
    const message = { text } as never;
    const shown = foundWords({ message, stretches: [{ at: text.indexOf("needle"), length: 6 }] });
    expect(shown).toContain("needle");
    expect(shown.length).toBeLessThan(130);
    expect(shown.startsWith("…") && shown.endsWith("…")).toBe(true);
  });
});
