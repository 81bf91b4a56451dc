/* Where data rests (S6), in a real Chromium: what was checked, what was not, and what a page of a foreign station cannot do. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadWords } from "../i18n/translate.ts";
import { SAMPLE_POLICY } from "../testing/memory-data.ts";
import { openWorld, until } from "../testing/render.ts";
import type { World } from "../testing/render.ts";
import { DataSheet } from "./data-sheet.tsx";

let world: World;
const text = (): string => world.root.innerText;

beforeEach(async () => {
  world = await openWorld("en");
  await loadWords("devices");
});

afterEach(() => world.close());

const rows = (): number => world.root.querySelectorAll("li").length;

describe("where your data rests", () => {
  it("K-7 says the law, until when, and that the home's log has it", async () => {
    world.client.data.policy = SAMPLE_POLICY;
    world.client.data.checkedAtMs = Date.parse("2026-11-28T12:00:00Z");
    world.show(DataSheet, {});
    await until(() => expect(rows()).toBe(7));
    expect(text()).toMatch(/Law\s*Iran: foreign messengers/);
    expect(text()).toMatch(/In force until\s*Sunday 28 November 2027/);
    expect(text()).toMatch(/The station’s log has this policy/);
    expect(text()).toMatch(/Messages waiting\s*by this law only in .*at most 180 days/);
    expect(text()).toMatch(/Who you write with\s*Not held/);
    expect(text()).toMatch(/Nobody can prove that no hidden copy exists/);
  });

  it("K-7 says what was not seen in the log, and what is not to be believed", async () => {
    world.client.data.policy = { ...SAMPLE_POLICY, isInLog: false, title: "<img src=x onerror=alert(1)>\u{202e}gpj" };
    world.show(DataSheet, {});
    await until(() => expect(rows()).toBe(7));
    expect(text()).toMatch(/Not seen in the station’s log yet/);
    expect(world.root.querySelector("img")).toBeNull();
    expect(world.root.querySelector("bdi")?.textContent).toContain("<img");
  });

  it("says of a home without a policy just that", async () => {
    world.show(DataSheet, {});
    await until(() => expect(rows()).toBe(7));
    expect(text()).toMatch(/It does not say which law it keeps/);
    expect(text()).toMatch(/Last asked\s*not yet/);
    expect(text()).not.toMatch(/by this law/);
  });

  it("says of a policy that is refused why it is", async () => {
    world.client.data.fault = "bad-signature";
    world.show(DataSheet, {});
    await until(() => expect(text()).toMatch(/not to be believed \(\u2068?bad-signature/));
  });
});

describe("moving", () => {
  it("M-1 M-2 is one field and one button, says why not, and how far everything has followed", async () => {
    world.show(DataSheet, {});
    await until(() => expect(text()).toMatch(/Move to another station/));
    const field = world.root.querySelector<HTMLInputElement>("form input");
    const button = [...world.root.querySelectorAll("button")].find((one) => one.textContent === "Move");
    if (field === null || button === undefined) throw new Error("nothing to move with");
    world.client.data.refusal = Object.assign(new Error("refused"), { code: "client/not-moved" });
    field.value = "https://next.example/#i/abc";
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    button.click();
    await until(() => expect(world.root.querySelector('[role="alert"]')?.textContent).toMatch(/Nothing has changed/));
    world.client.data.refusal = undefined;
    button.click();
    await until(() => expect(text()).toMatch(/You live at .* now\.\s*All your chats have come along\./));
    expect(field.value).toBe("");
  });
});

describe("deleting everything", () => {
  const button = (name: string | RegExp): HTMLButtonElement => {
    const found = [...world.root.querySelectorAll("button")].find((one) => one.textContent?.match(name));
    if (found === undefined) throw new Error(`no button ${String(name)}`);
    return found;
  };
  const type = (field: HTMLInputElement | HTMLTextAreaElement | null, value: string): void => {
    if (field === null) throw new Error("no field");
    field.value = value;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };
  const nameField = (): HTMLInputElement | null =>
    world.root.querySelector<HTMLInputElement>("section:last-of-type form input");

  it("M-27 takes a typed name, says why not, and shows the receipt with what the law keeps", async () => {
    world.show(DataSheet, {});
    await until(() => expect(text()).toMatch(/Nobody can undo this/));
    button("Delete everything…").click();
    await until(() => expect(nameField()).not.toBeNull());
    type(nameField(), "somebody else");
    button("Delete it all for good").click();
    await until(() => expect(world.root.querySelector('[role="alert"]')?.textContent).toMatch(/This is not your name/));
    expect(world.client.data.deleted).toEqual([]);
    world.client.data.refusal = Object.assign(new Error("refused"), { code: "client/not-left" });
    type(nameField(), world.client.me()?.name ?? "");
    button("Delete it all for good").click();
    await until(() =>
      expect(world.root.querySelector('[role="alert"]')?.textContent).toMatch(/Nothing was forgotten here/),
    );
    world.client.data.refusal = undefined;
    button("Delete it all for good").click();
    await until(() => expect(text()).toMatch(/Everything was deleted/));
    expect(text()).toMatch(/Messages\s*214 deleted, .1\.5 MB/);
    expect(text()).toMatch(/63 stay, .4\.1 MB., sealed, until .*2027.: the law of the region asks for it/);
    expect(text()).toMatch(/public log has this receipt/);
    expect(world.client.data.deleted).toHaveLength(1);
  });
});
