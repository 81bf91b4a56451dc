/*
 * A conversation in a real Chromium: what is written, what is announced, what stays in view, where the keyboard leads.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import type { MessageView } from "../state/client-types.ts";
import { draftOf, flushDrafts, keepDraft } from "../state/drafts.ts";
import { isQuiet } from "../state/companion.ts";
import { announce, announcement } from "../state/announcer.ts";
import { followIncoming } from "../state/incoming.ts";
import { openConversation } from "../state/navigation.ts";
import { changeSettings } from "../state/settings.ts";
import { menuOf } from "../state/viewer.ts";
import { openWorld, until } from "../testing/render.ts";
import type { World } from "../testing/render.ts";
import { ConversationPane } from "./conversation.tsx";

let world: World;
let id: string;

const field = (): HTMLTextAreaElement => world.root.querySelector("textarea")!;
const rows = (): HTMLElement[] => [...world.root.querySelectorAll<HTMLElement>("article")];
const log = (): HTMLElement => world.root.querySelector('[role="log"]')!;

async function open(): Promise<void> {
  openConversation(id);
  world.show(ConversationPane, { id, isFirst: true });
  await until(() => expect(log()).not.toBeNull());
}

beforeEach(async () => {
  world = await openWorld("en");
  changeSettings({ sendKey: "enter" });
  id = world.client.addRoom({ identity: "sara", name: "Sara", home: undefined });
});

afterEach(() => {
  keepDraft(id, "");
  world.close();
});

describe("writing", () => {
  it("sends with Enter, makes a line with Shift+Enter, and keeps the field", async () => {
    await open();
    await userEvent.type(field(), "one{Shift>}{Enter}{/Shift}two{Enter}");
    await until(() => expect(rows().map((row) => row.innerText)).toEqual([expect.stringContaining("one\ntwo")]));
    expect(field().value).toBe("");
    expect(document.activeElement).toBe(field());
  });

  it("sends with Ctrl+Enter when so chosen, and Enter makes a line", async () => {
    changeSettings({ sendKey: "ctrl" });
    await open();
    await userEvent.type(field(), "one{Enter}two");
    expect(field().value).toBe("one\ntwo");
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    await until(() => expect(rows()).toHaveLength(1));
  });

  it("takes the direction of what is typed, paragraph by paragraph", async () => {
    await open();
    await userEvent.type(field(), "سلام");
    expect(getComputedStyle(field()).direction).toBe("rtl");
    await userEvent.clear(field());
    await userEvent.type(field(), "hello");
    expect(getComputedStyle(field()).direction).toBe("ltr");
  });

  it("grows to six lines and not beyond", async () => {
    await open();
    const one = field().offsetHeight;
    await userEvent.fill(field(), "1\n2\n3");
    const three = field().offsetHeight;
    await userEvent.fill(field(), Array.from({ length: 30 }, (_, at) => at).join("\n"));
    expect(three).toBeGreaterThan(one + 40);
    expect(field().offsetHeight).toBeLessThan(one + 24 * 6);
  });

  it("keeps the draft of each conversation, and gives a text back that could not be sent", async () => {
    await open();
    await userEvent.type(field(), "not yet");
    expect(draftOf(id)).toBe("not yet");
    await userEvent.fill(field(), "x".repeat(60_001));
    await userEvent.keyboard("{Enter}");
    await until(() => expect(field().value).toHaveLength(60_001));
    expect(rows()).toHaveLength(0);
  });
});

describe("a tab that may end at any moment", () => {
  const onDisk = async (): Promise<string | undefined> =>
    (await world.client.chats.list()).find((chat) => chat.id === id)?.draft;

  it("draws what is sent at once and says that it is being kept; until it is, its text is the draft on the disk", async () => {
    await open();
    const disk = Promise.withResolvers<void>();
    const keep = world.client.send.bind(world.client);
    world.client.send = async (to, message) => (await disk.promise, keep(to, message));
    world.client.setRoute({ state: "seeking" });
    await userEvent.type(field(), "do not lose me{Enter}");
    expect(rows().map((row) => row.innerText)).toEqual([expect.stringContaining("do not lose me")]);
    expect(field().value).toBe("");
    const label = (): string | null | undefined => rows()[0]?.querySelector('[role="img"]')?.getAttribute("aria-label");
    expect(label()).toBe("Being kept on this device");
    await userEvent.type(field(), "and me");
    flushDrafts();
    await expect.poll(onDisk).toBe("do not lose me\nand me");
    // What is asked of it waits with it.
    rows()[0]?.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true }));
    expect(menuOf.value).toBeUndefined();
    disk.resolve();
    await until(() => expect(menuOf.value?.message).toMatchObject({ text: "do not lose me" }));
    expect(menuOf.value?.message.id).not.toContain("unkept");
    menuOf.value = undefined;
    await until(() => expect(label()).toBe("Waiting for a route"));
    await expect.poll(onDisk).toBe("and me");
    expect(rows()).toHaveLength(1);
  });

  it("gives a text back that could not be kept, before what was written since", async () => {
    await open();
    const disk = Promise.withResolvers<MessageView>();
    world.client.send = () => disk.promise;
    await userEvent.type(field(), "first{Enter}second");
    disk.reject(new Error("the disk is full"));
    await until(() => expect(field().value).toBe("first\nsecond"));
    expect(rows()).toHaveLength(0);
  });
});

describe("delivery", () => {
  it("tells each state in words", async () => {
    const message = world.client.addMessage(id, { mine: true, text: "a", state: "queued" });
    await open();
    const label = (): string | null | undefined => rows()[0]?.querySelector('[role="img"]')?.getAttribute("aria-label");
    await until(() => expect(label()).toBe("Waiting for a route"));
    world.client.setState(id, message.id, "leaving");
    await until(() => expect(label()).toBe("Leaving"));
    world.client.setState(id, message.id, "at-station");
    await until(() => expect(label()).toBe("At the station"));
    expect(rows()[0]?.getAttribute("aria-label")).toContain("At the station");
  });

  it("says how many wait for a route", async () => {
    world.client.setRoute({ state: "seeking", queued: 3 });
    await open();
    await until(() => expect(world.root.innerText).toContain("3 waiting for a route"));
  });
});

describe("reading", () => {
  it("opens at the unread line and marks what was seen", async () => {
    for (let at = 0; at < 30; at += 1) world.client.addMessage(id, { text: `old ${at}`, mine: true });
    for (let at = 0; at < 3; at += 1) world.client.addMessage(id, { text: `new ${at}` });
    await open();
    await until(() => expect(world.root.innerText).toContain("New messages"));
    await until(async () => expect((await world.client.conversation(id))?.unread).toBe(0));
  });

  it("stays at the end while messages come, and stays put when one reads above", async () => {
    for (let at = 0; at < 60; at += 1) world.client.addMessage(id, { text: `line ${at}`, mine: true });
    await open();
    await until(() => expect(log().scrollTop + log().clientHeight).toBeGreaterThan(log().scrollHeight - 4));
    world.client.addMessage(id, { text: "at the end" });
    await until(() => expect(rows().at(-1)?.innerText).toContain("at the end"));
    await until(() => expect(log().scrollTop + log().clientHeight).toBeGreaterThan(log().scrollHeight - 4));
    log().scrollTop = 200;
    await until(() => expect(world.root.querySelector('[aria-label="To the latest message"]')).not.toBeNull());
    world.client.addMessage(id, { text: "below" });
    await until(() => expect(rows().at(-1)?.innerText).toContain("below"));
    expect(log().scrollTop).toBe(200);
    await until(() => expect(world.root.querySelector('[aria-label="1 new message, to the latest"]')).not.toBeNull());
  });

  it("announces what arrives once, politely", async () => {
    const stop = followIncoming();
    await open();
    world.client.addMessage(id, { text: "hear this" });
    await until(() => expect(announcement.value).toContain("hear this"));
    stop();
  });

  it("draws only what is near the view of three thousand messages", async () => {
    for (let at = 0; at < 3000; at += 1)
      world.client.addMessage(id, { text: `${at} ${"word ".repeat(at % 17)}`, mine: true });
    await open();
    await until(() => expect(rows().at(-1)?.innerText).toContain("2999"));
    expect(rows().length).toBeLessThan(60);
    expect(world.root.querySelectorAll("*").length).toBeLessThan(1500);
    await until(() => expect(log().scrollTop + log().clientHeight).toBeGreaterThan(log().scrollHeight - 4));
    log().scrollTop = log().scrollHeight / 2;
    await until(() => expect(Number(rows()[0]?.dataset["position"])).toBeLessThan(2000));
    await until(() => expect(rows().length).toBeGreaterThan(5));
  });
});

describe("the keyboard", () => {
  it("leads from the empty field up into the messages, and opens their menu", async () => {
    world.client.addMessage(id, { text: "first" });
    world.client.addMessage(id, { text: "second" });
    await open();
    await until(() => expect(rows()).toHaveLength(2));
    await userEvent.click(field());
    await userEvent.keyboard("{ArrowUp}");
    // What the key does there is brought when it is first pressed.
    await until(() => expect(document.activeElement).toBe(rows()[1]));
    await userEvent.keyboard("{ArrowUp}");
    expect(document.activeElement).toBe(rows()[0]);
  });
});

describe("names and texts of others", () => {
  it("cannot turn the line around", async () => {
    world.close();
    world = await openWorld("fa");
    id = world.client.addRoom({ identity: "x", name: "Mina \u202Egpj.exe", home: undefined });
    world.client.addMessage(id, { text: "24\u202E 42 https://example.org" });
    await open();
    await until(() => expect(rows()).toHaveLength(1));
    expect(world.root.textContent).not.toMatch(/[\u202D\u202E]/u);
    expect(world.root.querySelector("h2 bdi")?.textContent).toBe("Mina gpj.exe");
    expect(world.root.querySelector("article a")?.getAttribute("rel")).toContain("noreferrer");
  });
});

describe("mentions", () => {
  it("C-37 puts the caret behind a chosen name at once, so that what is typed next follows it", async () => {
    isQuiet.value = true;
    await open();
    await until(() => {
      field().value = "";
      field().focus();
      field().setRangeText("come, @s", 0, 0, "end");
      field().dispatchEvent(new InputEvent("input", { bubbles: true }));
      expect(world.root.querySelector('[role="option"]')).not.toBeNull();
    });
    field().dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    expect(field().value).toBe("come, @Sara ");
    expect(field().selectionStart).toBe("come, @Sara ".length);
    expect(draftOf(id)).toBe("come, @Sara ");
  });
});

describe("typing", () => {
  const line = (): HTMLElement | null => world.root.querySelector<HTMLElement>("header [data-typing]");
  const types = (...names: string[]): void =>
    world.client.emit({
      type: "typing",
      conversation: id,
      people: names.map((name) => ({ identity: `of ${name}`, name })),
    });

  it("C-125 of the other stands in the header in the place of where it rests, and is said once", async () => {
    await open();
    const rests = world.root.querySelector<HTMLElement>("header h2 + span");
    expect(rests?.checkVisibility()).toBe(true);
    types("Sara");
    await until(() => expect(line()?.textContent).toBe("typing…"));
    expect(rests?.checkVisibility()).toBe(false);
    await until(() => expect(announcement.value).toBe("typing…"));
    announcement.value = "";
    types();
    await until(() => expect(line()).toBeNull());
    expect(rests?.checkVisibility()).toBe(true);
    types("Sara");
    await until(() => expect(line()).not.toBeNull());
    // Two sentences would be told as their number.
    announce("something else");
    await until(() => expect(announcement.value).toBe("something else"));
  });

  it("C-120 is told when a person writes, and not of a draft that the program puts there", async () => {
    isQuiet.value = true;
    keepDraft(id, "begun before");
    await open();
    await until(() => expect(field().value).toBe("begun before"));
    expect(world.client.talk.typed).toEqual([]);
    await userEvent.type(field(), "x");
    await until(() => expect(world.client.talk.typed).toEqual([id]));
  });
});
