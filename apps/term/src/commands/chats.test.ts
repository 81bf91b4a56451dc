/* What a person decides about chats on the command line and in the chat, against the fake engine. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runSlash, type SlashHost } from "../chat/slash.ts";
import type { ChatModel } from "../chat/model.ts";
import { CommandStage } from "../testing/command-stage.ts";

const stage = new CommandStage();
const { chapar, joined } = stage;
beforeEach(() => stage.begin());
afterEach(() => stage.end());

describe("chats", () => {
  it("are listed with what was decided about them, and decided about by commands", async () => {
    const id = await joined();
    const other = String((await chapar(["open", "person:Nima", "--json"])).lines[0]?.["conversation"]);
    stage.engine.setConversation({ id, unread: 2 });
    expect((await chapar(["chats"])).stdout).toContain("Sara · 2 unread");
    expect((await chapar(["chats", "pin", other])).stdout).toBe("It stands above the others.\n");
    expect((await chapar(["chats", "mute", id, "8h", "--json"])).lines).toMatchObject([{ mutedUntilMs: 28_800_000 }]);
    await chapar(["chats", "draft", id, "I wanted to \u001b[31m"]);
    const { stdout } = await chapar(["chats"]);
    expect(stdout.split("\n")[0]).toMatch(/^\^ .*Nima$/);
    expect(stdout).toContain("muted until 1970-01-01T08:00 · draft: I wanted to \u241b[31m");
    expect((await chapar(["chats", "--unread", "--json"])).lines).toMatchObject([
      { event: "chat", conversation: id, unread: 2, pinned: false, archived: false, draft: "I wanted to \u001b[31m" },
    ]);
    await chapar(["chats", "archive", id]);
    expect((await chapar(["chats", "--json"])).lines.map((line) => line["conversation"])).toEqual([other]);
    expect((await chapar(["chats", "--archived", "--json"])).lines.map((line) => line["conversation"])).toEqual([id]);
    await chapar(["chats", "archive", id, "--off"]);
    await chapar(["chats", "unread", other]);
    expect((await chapar(["chats"])).stdout).toContain("Nima · marked unread");
    expect((await chapar(["chats", "draft", id])).stdout).toBe("I wanted to \u001b[31m\n");
    await chapar(["chats", "draft", id, ""]);
    expect(await chapar(["chats", "draft", id])).toMatchObject({ code: 66 });
    expect(await chapar(["chats", "mute", id, "3h"])).toMatchObject({ code: 64 });
    expect(await chapar(["chats", "pin", "nobody"])).toMatchObject({ code: 66 });
  });

  it("stand in folders, which are found by their names", async () => {
    const id = await joined();
    await chapar(["folders", "add", "Work"]);
    await chapar(["folders", "add", "Home"]);
    expect((await chapar(["folders", "put", "work", id])).stdout).toBe("It is in Work now.\n");
    expect((await chapar(["chats", "--folder", "Work", "--json"])).lines).toMatchObject([{ folders: ["Work"] }]);
    expect((await chapar(["chats", "--folder", "Home"])).stderr).toBe("No chats here.\n");
    expect((await chapar(["folders", "move", "Home", "1"])).stdout).toBe("Home · Work\n");
    await chapar(["folders", "rename", "Work", "Office"]);
    expect((await chapar(["folders"])).stdout).toBe("Home  0 chats\nOffice  1 chat\n");
    await chapar(["folders", "put", "Office", id, "--off"]);
    await chapar(["folders", "remove", "Office"]);
    expect((await chapar(["folders", "--json"])).lines.map((line) => line["name"])).toEqual(["Home"]);
    expect(await chapar(["folders", "remove", "Office"])).toMatchObject({ code: 66 });
    expect(await chapar(["folders", "move", "Home", "0"])).toMatchObject({ code: 64 });
  });

  it("are rid of a person who is blocked, and of nobody else", async () => {
    await joined();
    expect((await chapar(["block"])).stderr).toBe("Nobody is blocked.\n");
    expect((await chapar(["block", "Sara"])).stdout).toContain("They are not told.");
    expect((await chapar(["block", "--json"])).lines).toMatchObject([{ event: "blocked", identity: "id-Sara" }]);
    expect((await chapar(["chats"])).stdout).toContain("Sara · blocked");
    await chapar(["block", "Sara", "--off"]);
    expect((await chapar(["block", "--json"])).lines).toEqual([]);
    expect(await chapar(["block", "Mallory"])).toMatchObject({ code: 66 });
  });

  it("give one message to the operator when it is reported, and say what it shows", async () => {
    const id = await joined();
    const { id: message } = stage.engine.deliver(id, "a threat");
    const { stdout, code } = await chapar(["report", message, "--timeout", "0"]);
    expect(stdout).toBe("It is kept here and goes with the next connection, with what shows who wrote it.\n");
    expect(code).toBe(75);
    expect(await chapar(["report", "nothing"])).toMatchObject({ code: 66 });
  });
});

describe("time", () => {
  it("is set for messages that disappear and for messages that wait", async () => {
    const id = await joined();
    expect((await chapar(["chats", "timer", id, "1d"])).stdout).toContain("disappear 1d after they were read");
    expect((await chapar(["chats", "timer", id, "--json"])).lines).toMatchObject([{ event: "timer", timerS: 86_400 }]);
    expect(await chapar(["chats", "timer", id, "2d"])).toMatchObject({ code: 64 });
    const { lines } = await chapar(["send", id, "good morning", "--at", "2030-01-01T08:00Z", "--silent", "--json"]);
    const atMs = Date.UTC(2030, 0, 1, 8);
    expect(lines).toMatchObject([{ event: "scheduled", conversation: id, atMs, silent: true }]);
    const scheduled = String(lines[0]?.["scheduled"]);
    await chapar(["later", "change", scheduled, "--text", "good evening"]);
    expect((await chapar(["later", "--json"])).lines).toMatchObject([{ text: "good evening", atMs, silent: true }]);
    await chapar(["later", "cancel", scheduled]);
    expect((await chapar(["later"])).stderr).toBe("Nothing waits for its time.\n");
    expect(await chapar(["later", "cancel", scheduled])).toMatchObject({ code: 66 });
    expect(await chapar(["send", id, "x", "--at", "tomorrow"])).toMatchObject({ code: 64 });
    stage.engine.deliver(id, "", { timerS: 3600 });
    stage.engine.deliver(id, "", { gap: { code: "client/disappeared", entries: 1 } });
    const { stdout } = await chapar(["read", id]);
    expect(stdout).toContain("── Sara let messages disappear from here on, 1h after they were read");
    expect(stdout).toContain("── a message that has disappeared");
  });
});

describe("in the chat", () => {
  const host: SlashHost = {
    readFile: undefined as never,
    readVoice: undefined as never,
    readPicture: undefined as never,
    saveFile: undefined as never,
    columns: 80,
  };

  it("a slash decides about the open one, and takes it back", async () => {
    const id = await joined();
    const { engine } = stage;
    const theirs = engine.deliver(id, "a threat");
    const [view] = await engine.conversations();
    const open = { view: view!, messages: [theirs], alert: undefined };
    const model = { open } as unknown as ChatModel;
    const slash = async (line: string): Promise<unknown> => {
      const done = await runSlash(line, model, engine, host, new AbortController().signal);
      return "text" in done ? done.text : done;
    };
    const chat = async (): Promise<unknown> => (await engine.chats.list())[0];
    await slash("/pin");
    expect(await chat()).toMatchObject({ pinnedAtMs: 1 });
    await slash("/pin");
    await slash("/archive");
    expect(await chat()).toMatchObject({ pinnedAtMs: undefined, archived: true });
    await slash("/mute 1h");
    await slash("/unread");
    await engine.chats.makeFolder("Work");
    expect(await slash("/folder work")).toBe("It is in Work now.");
    expect(await chat()).toMatchObject({ mutedUntilMs: 3_600_000, markedUnread: true, folders: ["folder-Work"] });
    expect(await slash("/block")).toBe("Sara is blocked. They are not told. /block takes it back.");
    expect(await slash("/block")).toBe("Sara is not blocked any more.");
    expect(await slash("/report")).toContain("with what shows who wrote it");
    expect(await engine.chats.reports()).toMatchObject([{ message: theirs.id }]);
    await expect(slash("/mute 3h")).rejects.toMatchObject({ code: "term/usage" });
    expect(await slash("/nothing")).toContain("There is no /nothing.");
  });
});
