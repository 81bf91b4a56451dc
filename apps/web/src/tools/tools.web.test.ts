/* The palette, the keyboard's sheet and finding, in a real Chromium. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { loadWords } from "../i18n/translate.ts";
import { ChatsPane } from "../screens/chats.tsx";
import { ConversationPane } from "../screens/conversation.tsx";
import { currentConversation, openConversation, place } from "../state/navigation.ts";
import { settings } from "../state/settings.ts";
import { openWorld, until } from "../testing/render.ts";
import type { World } from "../testing/render.ts";
import { FindBar } from "./find-bar.tsx";
import { followKeyboard } from "./keyboard.ts";
import { keyMap, resetKeys } from "./keymap.ts";
import { KeysSheet } from "./keys-sheet.tsx";
import { mountLayer } from "./layer.tsx";
import { Palette } from "./palette.tsx";
import { tool } from "./tool.ts";

let world: World;
let sara: string;
let stop: () => void;

const texts = (selector: string): string[] =>
  [...world.root.querySelectorAll<HTMLElement>(selector)].map((element) => element.innerText.trim());

beforeEach(async () => {
  world = await openWorld("en");
  await loadWords("tools");
  stop = followKeyboard();
  tool.value = undefined;
  sara = world.client.addRoom({ identity: "sara", name: "سارا کریمی", home: undefined });
  world.client.addRoom({ identity: "dara", name: "Dara", home: undefined });
  await until(() => expect(document.body).not.toBeNull());
});
afterEach(() => {
  stop();
  resetKeys();
  tool.value = undefined;
  world.close();
});

describe("the palette", () => {
  it("finds chats whatever keyboard the name was typed on, and commands, and does what is chosen", async () => {
    world.show(ChatsPane, {});
    await until(() => expect(texts("a")).toHaveLength(2));
    world.show(Palette, {});
    await userEvent.keyboard("سارا كريمي");
    await until(() => expect(texts('[role="option"]')).toEqual(["سارا کریمی"]));
    await userEvent.keyboard("{Enter}");
    await until(() => expect(currentConversation.value).toBe(sara));
  });

  it("moves by arrows around its ends and says which one is chosen", async () => {
    world.show(Palette, {});
    await userEvent.keyboard("appearance");
    const chosen = (): string | undefined =>
      world.root.querySelector<HTMLElement>('[role="option"][aria-selected="true"]')?.innerText.trim();
    await until(() => expect(chosen()).toBe("Light appearance"));
    await userEvent.keyboard("{ArrowUp}");
    await until(() => expect(chosen()).toBe("Dark appearance"));
    const field = world.root.querySelector("input")!;
    expect(document.getElementById(field.getAttribute("aria-activedescendant")!)?.innerText.trim()).toBe(
      "Dark appearance",
    );
    await userEvent.keyboard("{Enter}");
    await until(() => expect(settings.value.theme).toBe("dark"));
  });

  it("says when nothing matches", async () => {
    world.show(Palette, {});
    await userEvent.keyboard("qqq");
    await until(() => expect(world.root.innerText).toContain("Nothing matches."));
  });
});

describe("keys", () => {
  it("open what they stand for, and other ones after they were changed", async () => {
    await userEvent.keyboard("{Control>}k{/Control}");
    expect(tool.value).toBe("palette");
    tool.value = undefined;
    world.show(KeysSheet, {});
    const button = [...world.root.querySelectorAll<HTMLElement>("li button")].find((one) =>
      one.getAttribute("aria-label")?.startsWith("\u2068Commands"),
    )!;
    await userEvent.click(button);
    await userEvent.keyboard("j");
    await until(() => expect(world.root.querySelector("[role=alert]")?.textContent).toContain("Use Ctrl or Alt"));
    await userEvent.keyboard("{Control>}j{/Control}");
    await until(() => expect(keyMap.value.palette).toBe("Ctrl+J"));
  });

  it("do nothing while a text is typed without Ctrl or Alt", async () => {
    openConversation(sara);
    world.show(ConversationPane, { id: sara, isFirst: true });
    await until(() => expect(world.root.querySelector("textarea")).not.toBeNull());
    await userEvent.type(world.root.querySelector("textarea")!, "kf/,");
    expect(tool.value).toBeUndefined();
    expect(place.value.sheet).toBeUndefined();
  });
});

describe("the word that there is no connection", () => {
  it("comes with how much waits once it has been so for a while, and goes with the connection", async () => {
    const away = (): boolean => document.documentElement.hasAttribute("data-away");
    const unmount = await mountLayer();
    world.client.setRoute({ state: "seeking", queued: 3 });
    await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(away()).toBe(false);
    await until(() => expect(document.body.innerText).toContain("No connection. 3 messages wait"));
    await until(() => expect(away()).toBe(true));
    world.client.setRoute({ state: "open", queued: 0 });
    await until(() => expect(away()).toBe(false));
    expect(document.body.innerText).not.toContain("No connection");
    unmount();
  });
});

describe("finding", () => {
  beforeEach(() => {
    for (let at = 0; at < 60; at += 1)
      world.client.addMessage(sara, { text: at % 20 === 3 ? `كتاب ${at}` : `word ${at}`, atMs: 1e12 + at });
  });

  it("goes from hit to hit in a chat, newest first, and keeps the field", async () => {
    openConversation(sara);
    world.show(ConversationPane, { id: sara, isFirst: false });
    await until(() => expect(texts("article").length).toBeGreaterThan(0));
    const bar = document.body.appendChild(document.createElement("div"));
    const { h, render } = await import("preact");
    render(h(FindBar, {}), bar);
    await userEvent.type(bar.querySelector("input")!, "کتاب");
    await until(() => expect(bar.innerText).toContain("1 of 3"));
    const inView = (): string[] =>
      [...world.root.querySelectorAll<HTMLElement>("article[data-found]")].map((row) => row.dataset["position"] ?? "");
    await until(() => expect(inView()).toContain("43"));
    await userEvent.keyboard("{ArrowUp}");
    await until(() => expect(inView()).toContain("23"));
    expect(bar.innerText).toContain("2 of 3");
    await until(() => expect(document.activeElement).toBe(bar.querySelector("input")));
    render(null, bar);
    bar.remove();
  });

  it("shows messages of all chats below the names, with the words marked, and opens one", async () => {
    world.show(ChatsPane, {});
    await until(() => expect(texts("a")).toHaveLength(2));
    await userEvent.type(world.root.querySelector<HTMLElement>('input[type="search"]')!, "کتاب");
    await until(() => expect(texts("mark")).toEqual(["كتاب", "كتاب", "كتاب"]));
    await userEvent.click(world.root.querySelector<HTMLElement>("section section button")!);
    await until(() => expect(currentConversation.value).toBe(sara));
  });

  it("says when nothing is found", async () => {
    world.show(ChatsPane, {});
    await until(() => expect(texts("a")).toHaveLength(2));
    await userEvent.type(world.root.querySelector<HTMLElement>('input[type="search"]')!, "zzz");
    await until(() => expect(world.root.innerText).toContain("Not found"));
  });
});
