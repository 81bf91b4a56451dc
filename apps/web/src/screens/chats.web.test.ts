/*
 * The chat list in a real Chromium: order, search across keyboards, one tab stop, drafts, and the empty state's invite.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { drafts } from "../state/drafts.ts";
import { place } from "../state/navigation.ts";
import { openWorld, until } from "../testing/render.ts";
import type { World } from "../testing/render.ts";
import { ChatsPane } from "./chats.tsx";

let world: World;
const rows = (): HTMLElement[] => [...world.root.querySelectorAll<HTMLElement>('a[href^="#c/"]')];
const names = (): string[] => rows().map((row) => row.querySelector("bdi")?.textContent ?? "");

beforeEach(async () => {
  world = await openWorld("en");
});

afterEach(() => {
  drafts.value = new Map();
  world.close();
});

function addChat(identity: string, name: string, text: string, atMs: number): string {
  const id = world.client.addRoom({ identity, name, home: undefined });
  world.client.addMessage(id, { text, atMs });
  return id;
}

describe("the chats", () => {
  it("stand newest first, and one moves up when it is written in", async () => {
    const now = Date.now();
    const old = addChat("a", "Old", "x", now - 1000);
    addChat("b", "New", "y", now);
    world.show(ChatsPane, {});
    await until(() => expect(names()).toEqual(["New", "Old"]));
    world.client.addMessage(old, { text: "again", atMs: now + 1000 });
    await until(() => expect(names()).toEqual(["Old", "New"]));
    expect(rows()[0]?.innerText).toContain("again");
  });

  it("C-125 say in their row who is typing, in the place of what was written last, until nobody does", async () => {
    const conversation = addChat("a", "Sara", "hello", Date.now());
    world.show(ChatsPane, {});
    await until(() => expect(rows()[0]?.innerText).toContain("hello"));
    world.client.emit({ type: "typing", conversation, people: [{ identity: "a", name: "Sara" }] });
    await until(() => expect(rows()[0]?.innerText).toContain("typing…"));
    expect(rows()[0]?.innerText).not.toContain("hello");
    world.client.emit({ type: "typing", conversation, people: [] });
    await until(() => expect(rows()[0]?.innerText).toContain("hello"));
    expect(rows()[0]?.innerText).not.toContain("typing");
  });

  it("are drawn only near the view when there are very many, and the keyboard reaches all of them", async () => {
    for (let at = 0; at < 300; at += 1) addChat(`p${at}`, `Person ${at}`, "x", 1e12 - at * 1000);
    world.show(ChatsPane, {});
    await until(() => expect(rows().length).toBeGreaterThan(10));
    await until(() => expect(rows().length).toBeLessThan(60));
    expect(names()[0]).toBe("Person 0");
    const list = world.root.querySelector("ul")!;
    const height = list.getBoundingClientRect().height;
    expect(height).toBeGreaterThan(300 * 50);
    rows()[0]!.focus();
    await userEvent.keyboard("{End}");
    await until(() => expect(document.activeElement?.querySelector("bdi")?.textContent).toBe("Person 299"));
    expect(rows().length).toBeLessThan(60);
    expect(rows().filter((row) => row.tabIndex === 0)).toHaveLength(1);
    await userEvent.keyboard("{Home}");
    await until(() => expect(document.activeElement?.querySelector("bdi")?.textContent).toBe("Person 0"));
    for (let at = 0; at < 40; at += 1) {
      await userEvent.keyboard("{ArrowDown}");
      await until(() => expect(document.activeElement?.querySelector("bdi")?.textContent).toBe(`Person ${at + 1}`));
    }
    expect(Math.abs(list.getBoundingClientRect().height - height)).toBeLessThan(height * 0.02);
  });

  it("are found whatever the keyboard, and say so when none is", async () => {
    addChat("a", "علی کریمی", "x", 1);
    addChat("b", "Sara", "y", 2);
    world.show(ChatsPane, {});
    await until(() => expect(names()).toHaveLength(2));
    const search = world.root.querySelector<HTMLInputElement>('input[type="search"]')!;
    await userEvent.fill(search, "علي كريمي");
    await until(() => expect(names()).toEqual(["علی کریمی"]));
    await userEvent.fill(search, "nobody");
    await until(() => expect(world.root.innerText).toContain("No name matches"));
  });

  it("are one tab stop with arrow keys, and Enter opens", async () => {
    addChat("a", "One", "x", 1);
    addChat("b", "Two", "y", 2);
    world.show(ChatsPane, {});
    await until(() => expect(rows()).toHaveLength(2));
    expect(rows().map((row) => row.tabIndex)).toEqual([0, -1]);
    rows()[0]?.focus();
    await userEvent.keyboard("{ArrowDown}");
    expect(document.activeElement).toBe(rows()[1]);
    await userEvent.keyboard("{Enter}");
    expect(place.value.conversation).toBe(rows()[1]?.getAttribute("href")?.slice(3));
  });

  it("show a draft and the number unread in words", async () => {
    const id = addChat("a", "Sara", "hello", 1);
    drafts.value = new Map([[id, "half a sen"]]);
    world.show(ChatsPane, {});
    await until(() => expect(rows()[0]?.innerText).toContain("half a sen"));
    expect(rows()[0]?.textContent).toContain("1 unread message");
  });

  it("offer the invite link when there is nobody yet, never before it is known", async () => {
    world.show(ChatsPane, {});
    await until(() => expect(world.root.querySelector<HTMLInputElement>("input[readonly]")?.value).toContain("#i/"));
    expect(world.root.innerText).toContain("Nobody here yet");
  });

  it("N-2 N-3 are pinned and muted from the menu of a row, by the keyboard alone", async () => {
    addChat("a", "Old", "x", 1);
    addChat("b", "New", "y", 2);
    world.show(ChatsPane, {});
    await until(() => expect(names()).toEqual(["New", "Old"]));
    rows()[1]?.focus();
    await userEvent.keyboard("{Shift>}{F10}{/Shift}");
    await until(() => expect(document.activeElement?.textContent).toBe("Pin"));
    await userEvent.keyboard("{Enter}");
    await until(() => expect(names()).toEqual(["Old", "New"]));
    expect(rows()[0]?.textContent).toContain("Pinned");
    rows()[0]?.focus();
    await userEvent.keyboard("{Shift>}{F10}{/Shift}");
    await until(() => expect(document.activeElement?.textContent).toBe("Unpin"));
    await userEvent.keyboard("{ArrowDown}{Enter}");
    await until(() => expect(document.activeElement?.textContent).toBe("For an hour"));
    await userEvent.keyboard("{Enter}");
    await until(() => expect(rows()[0]?.textContent).toContain("Muted"));
    await until(() => expect(document.activeElement).toBe(rows()[0]));
  });

  it("N-4 go into the archive and are found there", async () => {
    const id = addChat("a", "Away", "x", 1);
    addChat("b", "Here", "y", 2);
    world.show(ChatsPane, {});
    await until(() => expect(names()).toHaveLength(2));
    await world.client.chats.archive(id, true);
    await until(() => expect(names()).toEqual(["Here"]));
    const archive = [...world.root.querySelectorAll("button")].find((one) => one.textContent?.startsWith("Archive"));
    expect(archive?.textContent).toContain("1 chat");
    archive?.click();
    await until(() => expect(names()).toEqual(["Away"]));
  });

  it("N-6 stand in folders, which are chips beside the others", async () => {
    const id = addChat("a", "Boss", "x", 1);
    addChat("b", "Friend", "y", 2);
    const folder = await world.client.chats.makeFolder("Work \u202egpj");
    await world.client.chats.putInFolder(folder, id, true);
    world.show(ChatsPane, {});
    const chip = (): HTMLButtonElement | undefined =>
      [...world.root.querySelectorAll<HTMLButtonElement>("[aria-pressed]")].find((one) =>
        one.innerText.includes("Work"),
      );
    await until(() => expect(chip()).toBeDefined());
    expect(chip()?.textContent).not.toContain("\u202e");
    chip()?.click();
    await until(() => expect(names()).toEqual(["Boss"]));
    await world.client.chats.removeFolder(folder);
    await world.client.chats.pin(id, false);
    await until(() => expect(names()).toEqual(["Friend", "Boss"]));
  });
});
