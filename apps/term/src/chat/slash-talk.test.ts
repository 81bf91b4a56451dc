import { beforeEach, describe, expect, it } from "vitest";
import { FakeClient } from "../testing/fake-client.ts";
import type { OpenConversation } from "./model.ts";
import { isTalkWord, mentionsIn, runTalk } from "./slash-talk.ts";

const CHAT = "conversation-Sara";
let client: FakeClient;

async function run(line: string): Promise<string> {
  const [, word = "", rest = ""] = /^\/(\S+)\s*(.*)$/su.exec(line) ?? [];
  if (!isTalkWord(word)) throw new Error(`no /${word}`);
  const view = (await client.conversation(CHAT))!;
  const messages = await client.messages(CHAT, { limit: 50 });
  const open = { view, messages } as unknown as OpenConversation;
  const done = await runTalk(word, rest, open, client, 40);
  return done.kind === "panel" ? done.lines.join("\n") : done.text;
}

beforeEach(async () => {
  client = new FakeClient();
  await client.join("station:", "Dara");
  await client.open("person:Sara");
  client.deliver(CHAT, "from Sara");
  await client.send(CHAT, { text: "from Dara" });
});

describe("lines about messages", () => {
  it("mean the newest that fits, or the Nth from the end", async () => {
    await run("/reply an answer");
    expect(client.all(CHAT).at(-1)).toMatchObject({ text: "an answer", replyTo: { text: "from Sara" } });
    await run("/edit a correction");
    expect(client.all(CHAT).at(-1)).toMatchObject({ text: "a correction", edited: { versions: 1 } });
    await run("/react ^2 👍");
    expect(client.all(CHAT).at(-2)?.reactions).toMatchObject([{ emoji: "👍", mine: true }]);
    await run("/unreact ^2 👍");
    expect(client.all(CHAT).at(-2)?.reactions).toEqual([]);
    await run("/fix ^3");
    expect(await run("/fixed")).toBe("from Sara");
    await run("/unfix");
    expect(await run("/fixed")).toBe("Nothing is pinned here.");
    expect(await run("/versions")).toContain("an answer");
    await run("/delete");
    expect(client.all(CHAT).at(-1)?.deleted).toMatchObject({ of: "all" });
    expect(await run("/edit ^9 nothing")).toBe("There is no message here that fits.");
  });

  it("C-71 ask, vote on the newest poll, and close it", async () => {
    expect(await run("/poll Lunch? | rice")).toContain("/poll QUESTION");
    await run("/poll Lunch? | rice | bread");
    await client.send(CHAT, { text: "and then" });
    expect(await run("/vote 2")).toBe("Voted.");
    expect(await run("/who ^2")).toBe("rice: \nbread: you");
    expect(await run("/vote")).toBe("Vote taken back.");
    await run("/close");
    expect(client.all(CHAT).at(-2)?.poll).toMatchObject({ voters: 0, closed: {} });
  });

  it("C-77 begin a topic, show it, list them", async () => {
    expect(await run("/topics")).toContain("no topics here");
    await run("/topic ^2 a tree");
    expect(await run("/topic ^1")).toBe("Sara: from Sara\nYou: a tree");
    expect(await run("/topics")).toBe("from Sara");
  });

  it("say who reacted and who has it, and whom a text mentions", async () => {
    const [first] = client.all(CHAT);
    client.change(first!.id, {
      reactions: [{ emoji: "🎉", count: 1, mine: false, people: [{ identity: "id-Sara", name: "Sara", mine: false }] }],
    });
    expect(await run("/who ^2")).toBe("🎉 Sara");
    const view = (await client.conversation(CHAT))!;
    expect(mentionsIn("come, @Sara!", { view })).toEqual([{ identity: "id-Sara", start: 6, length: 5 }]);
    expect(mentionsIn("nobody@example", { view })).toEqual([]);
  });
});
