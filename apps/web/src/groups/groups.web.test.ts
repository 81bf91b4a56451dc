/* Groups in a real Chromium: made from people one knows, changed by presses, told in lines; names cannot do anything to the page. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadWords } from "../i18n/translate.ts";
import { chats } from "../state/chats.ts";
import { openConversation, openSheet } from "../state/navigation.ts";
import { openWorld, until } from "../testing/render.ts";
import type { World } from "../testing/render.ts";
import { GroupLine } from "./group-line.tsx";
import { GroupSheet } from "./group-sheet.tsx";
import { MemberList } from "./member-list.tsx";
import { JoinGroupSheet } from "./join-group-sheet.tsx";
import { NewGroupSheet } from "./new-group-sheet.tsx";

let world: World;
const text = (): string => world.root.innerText;
const button = (name: string): HTMLButtonElement => {
  const found = [...world.root.querySelectorAll("button")].find((one) => one.innerText.includes(name));
  if (found === undefined) throw new Error(`no button ${name}`);
  return found;
};

beforeEach(async () => {
  world = await openWorld("en");
  await loadWords("groups");
  world.client.addRoom({ identity: "sara", name: "Sara", home: undefined });
  world.client.addRoom({ identity: "omid", name: "<b>Omid</b>\u202egpj", home: undefined });
  await until(() => expect(chats.value).toHaveLength(2));
});

afterEach(() => world.close());

describe("groups", () => {
  it("are made with a name and the people who are chosen", async () => {
    world.show(NewGroupSheet, {});
    await until(() => expect(world.root.querySelectorAll("fieldset input")).toHaveLength(2));
    expect(world.root.querySelector("b")).toBeNull();
    button("Make the group").click();
    await until(() => expect(text()).toContain("1 to 64 characters"));
    const name = world.root.querySelector<HTMLInputElement>("input:not([type=checkbox])");
    if (name === null) throw new Error("no field");
    name.value = "Walks";
    name.dispatchEvent(new Event("input", { bubbles: true }));
    world.root.querySelector<HTMLInputElement>("fieldset input")?.click();
    button("Make the group").click();
    await until(() => expect(chats.value?.map(({ title }) => title)).toContain("Walks"));
    const made = chats.value?.find(({ title }) => title === "Walks");
    expect(made?.group?.people).toBe(2);
  });

  it("show who is in them and what each may do; taking out asks once more, the last owner is kept", async () => {
    const id = await world.client.groups.create("Walks", ["sara", "omid"]);
    openConversation(id);
    world.show(GroupSheet, {});
    await until(() => expect(world.root.querySelectorAll("li")).toHaveLength(3));
    expect(text()).toMatch(/You\s*Owner/);
    button("Sara").click();
    await until(() => expect(text()).toContain("Make admin"));
    button("Make admin").click();
    await until(() => expect(text()).toMatch(/Sara\s*Admin/));
    button("Take out of the group").click();
    await until(() => expect(text()).toContain("reads nothing that is written after this"));
    button("Take out of the group").click();
    await until(() => expect(world.root.querySelectorAll("li")).toHaveLength(2));
    button("Leave the group").click();
    await until(() => expect(text()).toContain("Nothing more of this group is received"));
    button("Leave the group").click();
    await until(async () => expect((await world.client.groups.view(id)).role).toBe("owner"));
  });

  it("show a thousand people in some forty rows, to whoever is scrolled to, and find them by a part of their names", async () => {
    const small = await world.client.groups.create("Walks", ["sara"]);
    const view = await world.client.groups.view(small);
    const person = (at: number) => ({
      identity: `p${at}`,
      name: at === 777 ? "Nilufar <b>نیلوفر</b>" : `Person ${at}`,
      home: undefined,
      role: at === 999 ? ("admin" as const) : ("member" as const),
      me: false,
      leaving: false,
    });
    const group = {
      ...view,
      people: [...view.people.slice(0, 1), ...Array.from({ length: 1000 }, (_, at) => person(at))],
    };
    world.show(MemberList, { group, act: () => undefined });
    const names = (): string[] =>
      [...world.root.querySelectorAll("li bdi")].map((one) => (one as HTMLElement).innerText);
    await until(() => expect(names().slice(0, 3)).toEqual(["You", "Person 999", "Person 0"]));
    expect(world.root.querySelectorAll("li").length).toBeLessThan(80);
    world.root.querySelector("ul")?.scrollIntoView({ block: "end" });
    await until(() => expect(names()).toContain("Person 998"));
    expect(names()).not.toContain("Person 0");
    expect(world.root.querySelectorAll("li").length).toBeLessThan(80);
    expect(world.root.querySelector("li:last-of-type")?.getAttribute("aria-posinset")).toBe("1001");
    const field = world.root.querySelector("input");
    if (field === null) throw new Error("no field");
    field.value = "نيلوفر";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await until(() => expect(names()).toEqual(["Nilufar <b>نیلوفر</b>"]));
    field.value = "nobody at all";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await until(() => expect(text()).toContain("Nobody here"));
  });

  it("tell what became of them in lines that are text and nothing else", async () => {
    const people = [{ identity: "omid", name: "<b>Omid</b>\u202egpj" }];
    const id = await world.client.groups.create("Walks", ["sara"]);
    const message = world.client.addMessage(id, { more: { group: { what: "added", people, text: "" } } });
    world.show(GroupLine, { message });
    await until(() => expect(text()).toMatch(/Sara\S* added \S*<b>Omid<\/b>/u));
    expect(text()).not.toContain("\u202e");
    expect(world.root.querySelector("b")).toBeNull();
  });

  it("F-75 F-77 are led into by links that say what they let in and end; who waits is let in or not", async () => {
    const id = await world.client.groups.create("Walks", ["sara"]);
    openConversation(id);
    world.show(GroupSheet, {});
    await until(() => expect(text()).toContain("Invite links"));
    button("Make a link").click();
    await until(() => expect(text()).toContain("I let each person in myself"));
    button("Make a link").click();
    await until(() => expect(text()).toMatch(/nobody came yet · until .+ · with approval/));
    const address = world.root.querySelector<HTMLInputElement>("li input[readonly]");
    expect(address?.value).toContain("#g/");
    expect(address?.dir).toBe("ltr");
    await world.client.groups.request(id, "<b>Nima</b>\u202egpj");
    await world.client.groups.request(id, "Lale");
    await until(() => expect(text()).toContain("<b>Nima</b>"));
    expect(text()).not.toContain("\u202e");
    button("Let in").click();
    await until(() => expect(text()).toMatch(/<b>Nima<\/b>\S*\s*Member/u));
    button("Do not let in").click();
    await until(() => expect(text()).not.toContain("Lale"));
    button("End this link").click();
    await until(() => expect(world.root.querySelector("li input[readonly]")).toBeNull());
  });

  it("F-76 F-77 a link says what it leads to before anything is done, and what became of the wish to come in", async () => {
    openSheet("join-group", "https://tehran.example/#g/ask.me");
    world.show(JoinGroupSheet, {});
    await until(() => expect(text()).toMatch(/invites you · 4 people/));
    expect(await world.client.groups.asks()).toEqual([]);
    button("Ask to join").click();
    await until(() => expect(text()).toContain("You asked to join"));
    button("Forget this request").click();
    await expect.poll(() => world.client.groups.asks()).toEqual([]);
    openSheet("join-group", "https://tehran.example/#g/ended.me");
    world.show(JoinGroupSheet, {});
    await until(() => expect(button("Join")).toBeDefined());
    button("Join").click();
    await until(() => expect(text()).toContain("This link is too old"));
    openSheet("join-group", "https://tehran.example/#x/none");
    world.show(JoinGroupSheet, {});
    await until(() => expect(world.root.querySelector("p[role=alert]")).not.toBeNull());
  });
});
