/* Channels in a real Chromium: made, led and read by presses; names and descriptions cannot do anything to the page. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GroupSheet } from "../groups/group-sheet.tsx";
import { JoinGroupSheet } from "../groups/join-group-sheet.tsx";
import { NewGroupSheet } from "../groups/new-group-sheet.tsx";
import { loadWords } from "../i18n/translate.ts";
import { chats } from "../state/chats.ts";
import { openConversation, openSheet } from "../state/navigation.ts";
import { openWorld, until } from "../testing/render.ts";
import type { World } from "../testing/render.ts";
import { menuOf } from "../state/viewer.ts";
import { MessageMenu } from "../ui/message-menu.tsx";
import { ChannelBar } from "./channel-bar.tsx";

let world: World;
const text = (): string => world.root.innerText;
const button = (name: string): HTMLButtonElement => {
  const found = [...world.root.querySelectorAll("button")].find((one) => one.innerText.includes(name));
  if (found === undefined) throw new Error(`no button ${name}`);
  return found;
};
const write = (label: string, value: string): void => {
  const field = [...world.root.querySelectorAll("label")].find((one) => one.innerText.includes(label));
  const input = field?.control;
  if (!(input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement))
    throw new Error(`no field ${label}`);
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
};

beforeEach(async () => {
  world = await openWorld("en");
  await loadWords("groups");
});

afterEach(() => world.close());

const READER = { writes: false, going: false, sinceMs: 0 };

/** A channel that is led, with its chat in the list. */
async function led(): Promise<string> {
  const id = await world.client.channels.create({ name: "News", about: "<i>of</i> the hills" });
  const readers = [
    { identity: "omid", name: "<b>Omid</b>\u202egpj", ...READER },
    { identity: "lale", name: "Lale", ...READER },
  ];
  world.client.channels.put({ ...world.client.channels.of(id)!, readers, readerCount: 2 });
  await until(() => expect(chats.value?.find((one) => one.id === id)?.kind).toBe("channel"));
  openConversation(id);
  return id;
}

describe("channels", () => {
  it("H-1 H-3 are made with a name, what they are about, and who may read them, which is said before", async () => {
    openSheet("new-group", "channel");
    world.show(NewGroupSheet, {});
    await until(() => expect(text()).toContain("Readers come by links that you make"));
    button("Make the channel").click();
    await until(() => expect(text()).toContain("1 to 64 characters"));
    write("Name of the channel", "Square");
    write("What it is about", "All of it");
    [...world.root.querySelectorAll("label")].find((one) => one.innerText === "Anyone with the link")?.click();
    await until(() => expect(text()).toContain("nobody can be taken out"));
    button("Make the channel").click();
    await until(() => expect(chats.value?.some(({ title }) => title === "Square")).toBe(true));
    const [made] = (chats.value ?? []).filter(({ title }) => title === "Square");
    expect(await world.client.channels.view(made!.id)).toMatchObject({ open: true, about: "All of it", leads: true });
  });

  it("H-10 H-11 show whoever leads them who reads; readers are let in, made writers, and taken out", async () => {
    const id = await led();
    const { channels } = world.client;
    channels.put({ ...channels.of(id)!, asks: [{ identity: "nima", name: "Nima", atMs: 0 }] });
    world.show(GroupSheet, {});
    await until(() => expect(text()).toContain("2 readers"));
    await until(() => expect(text()).toContain("<b>Omid</b>"));
    expect(text()).toContain("<i>of</i> the hills");
    expect(text()).not.toContain("\u202e");
    expect(world.root.querySelector("b, i")).toBeNull();
    button("Let in").click();
    await until(() => expect(text()).toContain("3 readers"));
    button("Lale").click();
    await until(() => expect(text()).toContain("Let them write"));
    button("Let them write").click();
    await expect.poll(async () => (await channels.view(id)).writers.map(({ name }) => name)).toContain("Lale");
    button("Take out of the channel").click();
    await until(() => expect(text()).toContain("reads nothing that is published after this"));
    button("Take out of the channel").click();
    await until(() => expect(text()).toContain("2 readers"));
    button("Make a link").click();
    await until(() => expect(text()).toContain("I let each person in myself"));
    button("Make a link").click();
    await until(() => expect(world.root.querySelector<HTMLInputElement>("li input[readonly]")?.value).toContain("b/"));
    write("Name of the channel", "Hills");
    await until(() => expect(text()).toContain("Save the changes"));
    button("Save the changes").click();
    await expect.poll(async () => (await channels.view(id)).name).toBe("Hills");
  });

  it("H-20 list ten thousand readers, of whom those near the view are drawn, and find any of them by name", async () => {
    const id = await led();
    const { channels } = world.client;
    const readers = Array.from({ length: 10_000 }, (_, at) => ({
      identity: `r${at}`,
      name: `Reader ${at}`,
      ...READER,
    }));
    channels.put({ ...channels.of(id)!, readers, readerCount: readers.length });
    world.show(GroupSheet, {});
    await until(() => expect(text()).toContain("10,000 readers"));
    const shown = (): NodeListOf<Element> => world.root.querySelectorAll("li button[aria-expanded]");
    await until(() => expect(text()).toContain("Reader 3"));
    expect(shown().length).toBeLessThanOrEqual(50);
    const list = world.root.querySelector("li[aria-posinset]")?.parentElement?.parentElement;
    if (!list) throw new Error("no list");
    list.scrollTop = list.scrollHeight;
    await until(() => expect(text()).toContain("Reader 9999"));
    expect(shown().length).toBeLessThanOrEqual(50);
    expect(world.root.querySelector('li[aria-posinset="10000"]')?.textContent).toContain("Reader 9999");
    write("Find a reader", "nobody of that name");
    await until(() => expect(text()).toContain("Nobody of that name reads it"));
    write("Find a reader", "reader 9876");
    await until(() => expect(world.root.querySelectorAll("li button[aria-expanded]")).toHaveLength(1));
    expect(text()).toContain("Reader 9876");
  });

  it("H-10 H-11 say what a link leads to before anything is sent; who reads sees how many do, and leaves", async () => {
    openSheet("join-group", "https://tehran.example/#b/any.me");
    world.show(JoinGroupSheet, {});
    await until(() => expect(text()).toContain("What happens up there"));
    expect(text()).toMatch(/Led by \S*Sara/u);
    expect(chats.value).toEqual([]);
    button("Read the channel").click();
    await until(() => expect(chats.value).toHaveLength(1));
    const [chat] = chats.value ?? [];
    world.show(ChannelBar, { id: chat!.id });
    await until(() => expect(text()).toMatch(/You read this channel.*128 readers/su));
    openConversation(chat!.id);
    world.show(GroupSheet, {});
    await until(() => expect(text()).toContain("Leave the channel"));
    expect(text()).not.toContain("Find a reader");
    button("Leave the channel").click();
    await until(() => expect(text()).toContain("Nothing more of this channel is received"));
    button("Leave the channel").click();
    await expect.poll(async () => (await world.client.channels.view(chat!.id)).standing).toBe("left");
    world.show(ChannelBar, { id: chat!.id });
    await until(() => expect(text()).toContain("You left this channel"));
  });

  it("H-23 offer whoever reads only nothing that would be refused: a post is passed on, copied and reported, and not answered", async () => {
    await loadWords("talk");
    const { channels } = world.client;
    const id = await channels.join("chapar:b/any.me");
    const host = { identity: "id-Sara", name: "Sara", home: undefined };
    world.client.addMessage(id, { text: "The pass is open.", from: host, atMs: world.client.nowMs });
    await until(() => expect(chats.value?.find((one) => one.id === id)?.state).toBe("closed"));
    const [message] = await world.client.messages(id, { limit: 1 });
    world.show(MessageMenu, {});
    const anchor = document.body;
    menuOf.value = { message: message!, anchor };
    await until(() => expect(text()).toContain("Forward"));
    expect(text()).toContain("Copy");
    expect(text()).not.toMatch(/Reply|Pin|topic|👍/u);
    menuOf.value = undefined;
  });
});
