import { describe, expect, it } from "vitest";
import type { Key, KeyName } from "./keys.ts";
import { type LockAnswer, LockScreen } from "./lock-screen.ts";

function stage(answers: Readonly<Record<string, LockAnswer>>) {
  const tried: string[] = [];
  const ended: string[] = [];
  const screen = new LockScreen({
    try: async (pin) => {
      tried.push(pin);
      return answers[pin] ?? { is: "refused", says: "Nothing opens with it." };
    },
    redraw: () => undefined,
    end: (how) => ended.push(how),
  });
  const press = async (...keys: (Key | KeyName)[]): Promise<void> => {
    for (const key of keys) screen.press(typeof key === "string" ? { kind: "named", name: key } : key);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const text = (typed: string): Key => ({ kind: "text", text: typed });
  return { screen, tried, ended, press, text, lines: () => screen.frame({ columns: 60, rows: 12 }).lines.join("\n") };
}

describe("the chat while it is locked", () => {
  it("A-41 shows nothing of what is typed, not even its length, and opens by the PIN", async () => {
    const { press, text, lines, tried, ended } = stage({ "1234 5": { is: "opened" } });
    const before = lines();
    await press(text("1"), text("23x"), "backspace", { kind: "paste", text: "4 5\n" });
    expect(lines()).toBe(before);
    await press("enter");
    expect(tried).toEqual(["1234 5"]);
    expect(ended).toEqual(["opened"]);
  });

  it("A-42 says why it does not open, and asks again", async () => {
    const { press, text, lines, tried, ended } = stage({});
    await press("enter");
    await press(text("0000"), "ctrl-u", text("9999"), "enter");
    expect(tried).toEqual(["9999"]);
    expect(ended).toEqual([]);
    expect(lines()).toContain("Nothing opens with it.");
    await press("ctrl-c");
    expect(ended).toEqual(["left"]);
  });

  it("A-43 ends when there is nothing any more, and fits into the smallest terminal", async () => {
    const { press, text, ended, screen } = stage({ burn: { is: "gone" } });
    await press(text("burn"), "enter");
    expect(ended).toEqual(["gone"]);
    for (const line of screen.frame({ columns: 12, rows: 4 }).lines) expect(line.length).toBeLessThanOrEqual(12);
    expect(screen.frame({ columns: 12, rows: 4 }).lines).toHaveLength(4);
  });
});
