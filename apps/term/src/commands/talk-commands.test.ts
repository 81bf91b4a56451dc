/* Commands about messages against the fake engine: what they print, how they end. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandStage } from "../testing/command-stage.ts";
import type { FakeClient } from "../testing/fake-client.ts";

const stage = new CommandStage();
const { chapar, joined } = stage;
const engine = (): FakeClient => stage.engine;
beforeEach(() => stage.begin());
afterEach(() => stage.end());

const CHAT = "conversation-Sara";

async function talked(): Promise<void> {
  await joined();
  await chapar(["open", "person:Sara"]);
  engine().deliver(CHAT, "hello");
  await chapar(["send", CHAT, "good day"]);
}

describe("what is done with messages", () => {
  it("answers one that is named by its place or its id", async () => {
    await talked();
    expect(await chapar(["reply", CHAT, "^2", "hello to you"])).toMatchObject({ code: 0 });
    const last = engine().all(CHAT).at(-1);
    expect(last).toMatchObject({ text: "hello to you", replyTo: { is: "here", text: "hello" } });
    const read = await chapar(["read", CHAT]);
    expect(read.stdout).toContain("│ Sara: hello");
    expect(await chapar(["reply", CHAT, "^9", "x"])).toMatchObject({ code: 66, stdout: "" });
    expect((await chapar(["reply", CHAT, "nothing", "x", "--json"])).lines).toMatchObject([
      { event: "error", code: "term/no-message" },
    ]);
  });

  it("corrects, shows what was said before, and deletes", async () => {
    await talked();
    const edited = await chapar(["edit", CHAT, "^1", "good evening", "--json"]);
    expect(edited).toMatchObject({ code: 0, lines: [{ text: "good evening", edited: { versions: 1 } }] });
    expect((await chapar(["read", CHAT])).stdout).toContain("good evening · edited");
    const versions = await chapar(["versions", CHAT, "^1", "--json"]);
    expect(versions.lines).toMatchObject([{ number: 1, text: "good day" }, { text: "good evening" }]);
    expect(await chapar(["edit", CHAT, "^2", "x"])).toMatchObject({ code: 77 });
    expect((await chapar(["delete", CHAT, "^1"])).stdout).toContain("(deleted by you)");
    expect((await chapar(["delete", CHAT, "^1", "--for-me", "--json"])).lines).toMatchObject([
      { text: "", deleted: { of: "me" } },
    ]);
  });

  it("reacts, takes back, pins, sends on", async () => {
    await talked();
    expect((await chapar(["react", CHAT, "^2", "👍"])).stdout).toContain("👍 1*");
    expect((await chapar(["react", CHAT, "^2", "👍", "--off", "--json"])).lines).toMatchObject([{ reactions: [] }]);
    expect(await chapar(["react", CHAT, "^2", "ok"])).toMatchObject({ code: 64 });
    await chapar(["pins", CHAT, "--add", "^2"]);
    expect((await chapar(["pins", CHAT, "--json"])).lines).toMatchObject([{ text: "hello", pinned: {} }]);
    await chapar(["pins", CHAT, "--remove", "^2"]);
    expect((await chapar(["pins", CHAT, "--json"])).lines).toEqual([]);
    const forwarded = await chapar(["forward", CHAT, "^2", CHAT, "--json"]);
    expect(forwarded.lines).toMatchObject([{ text: "hello", forwardedFrom: { name: "Sara" } }]);
    expect(await chapar(["forward", CHAT, "^2", "nowhere"])).toMatchObject({ code: 66 });
  });

  it("C-71 C-73 asks, votes by number, takes the vote back, closes", async () => {
    await talked();
    const asked = await chapar(["poll", CHAT, "Lunch?", "rice", "نان", "--multiple", "--json"]);
    expect(asked).toMatchObject({ code: 0, lines: [{ text: "Lunch?", poll: { multiple: true, voters: 0 } }] });
    const voted = await chapar(["vote", CHAT, "^1", "2", "1"]);
    expect(voted.stdout).toContain("1. rice · 1*");
    expect(voted.stdout).toContain("1 person voted · choose one or more");
    const taken = await chapar(["vote", CHAT, "^1", "--json"]);
    expect(taken.lines).toMatchObject([{ poll: { voters: 0, options: [{ count: 0 }, { count: 0 }] } }]);
    for (const number of ["3", "0", "one", "1.5"])
      expect(await chapar(["vote", CHAT, "^1", number])).toMatchObject({ code: 64 });
    expect((await chapar(["close-poll", CHAT, "^1"])).stdout).toContain("0 people voted · closed");
    expect(await chapar(["vote", CHAT, "^1", "1"])).toMatchObject({ code: 77 });
    expect(await chapar(["poll", CHAT, "Lunch?", "rice"])).toMatchObject({ code: 64 });
  });

  it("C-77 C-79 begins a topic with a message, shows it, and lists what is unread", async () => {
    await talked();
    expect(await chapar(["topic", CHAT, "^2", "a tree"])).toMatchObject({ code: 0 });
    const root = engine().all(CHAT).at(-3);
    engine().deliver(CHAT, "a bench", { topic: { id: root!.id, title: "hello" } });
    const shown = await chapar(["topic", CHAT, "^1", "--json"]);
    expect(shown.lines.map((line) => line["text"])).toEqual(["hello", "a tree", "a bench"]);
    expect((await chapar(["topics", CHAT])).stdout).toBe("hello · 2 messages, 1 unread\n");
    expect((await chapar(["read", CHAT])).stdout).toContain("in the topic hello");
    expect((await chapar(["topics", CHAT, "--json"])).lines).toMatchObject([{ event: "topic", lines: 2, unread: 1 }]);
  });

  it("C-70 shows options of others without their controls", async () => {
    await talked();
    const option = { count: 0, mine: false, people: [] };
    const options = [
      { ...option, text: "a\u001B[2Jb\u202E" },
      { ...option, text: "b" },
    ];
    engine().deliver(CHAT, "which", { poll: { multiple: false, voters: 0, options } });
    const { stdout } = await chapar(["read", CHAT]);
    for (const sign of ["\u001B", "\u202E"]) expect(stdout).not.toContain(sign);
    expect(stdout).toContain("2. b · 0");
  });

  it("says and changes what is told by itself", async () => {
    await joined();
    expect((await chapar(["telling", "--read", "off", "--json"])).lines).toMatchObject([
      { event: "telling", delivered: true, read: false },
    ]);
    expect((await chapar(["telling"])).stdout).toContain("That they were read: not told. That you are typing: told.");
    expect((await chapar(["telling", "--typing", "off", "--json"])).lines).toMatchObject([
      { event: "telling", delivered: true, read: false, typing: false },
    ]);
  });

  it("shows names and texts of others without their controls", async () => {
    await talked();
    engine().deliver(CHAT, "x", {
      forwardedFrom: { identity: "e", name: "Mi\u001B[31mna\u202E", mine: false },
      deleted: undefined as never,
      replyTo: {
        id: "m",
        is: "here",
        sender: { identity: "e", name: "\u001B]0;x\u0007", mine: false },
        text: "a\u001B[2Jb",
        fileName: undefined,
        mediaType: undefined,
        position: 0,
      },
    });
    const { stdout } = await chapar(["read", CHAT]);
    for (const sign of ["\u001B", "\u0007", "\u202E"]) expect(stdout).not.toContain(sign);
    expect(stdout).toContain("forwarded from");
  });
});
