/* Lines about the channel that is open in the chat, against the fake engine. */
import { beforeEach, describe, expect, it } from "vitest";
import { FakeClient } from "../testing/fake-client.ts";
import type { ChatModel, OpenConversation } from "./model.ts";
import { runSlash, type SlashHost } from "./slash.ts";

const READER = { writes: false, going: false, sinceMs: 0 };
const SCREEN = { columns: 40, rows: 12 };
let client: FakeClient;
let id: string;

async function run(line: string, conversation: string | undefined = id): Promise<string> {
  const view = conversation === undefined ? undefined : await client.conversation(conversation);
  const open = view && ({ view, messages: [] } as unknown as OpenConversation);
  const host = { columns: SCREEN.columns } as SlashHost;
  const done = await runSlash(line, { open } as ChatModel, client, host, new AbortController().signal);
  if (done.kind === "panel") {
    if (line !== "/help") for (const row of done.lines) expect(row.length).toBeLessThanOrEqual(SCREEN.columns);
    return done.lines.join("\n");
  }
  return done.kind === "notice" ? done.text : done.kind;
}

beforeEach(async () => {
  client = new FakeClient();
  await client.join("station:", "Dara");
  await client.open("person:Sara");
  id = await client.channels.create({ name: "The hills" });
  const readers = Array.from({ length: 12 }, (_, at) => ({ identity: `id-${at}`, name: `Reader ${at}`, ...READER }));
  const asks = [{ identity: "id-Lale", name: "La\u001b[31mle", atMs: 1 }];
  client.channels.put({ ...client.channels.of(id)!, readers, readerCount: 12, asks });
});

describe("lines about a channel", () => {
  it("H-20 say what it is, who reads and who waits, in what fits on a small screen", async () => {
    expect(await run("/channel")).toContain("The hills  12 readers");
    const shown = await run("/readers");
    expect(shown.split("\n").length).toBeLessThanOrEqual(10);
    expect(shown).toMatch(/^La.*waits: \/admit\nReader 0\n/u);
    expect(shown).toContain("and 4 more: /readers NAME");
    expect(shown).not.toContain("\u001b");
    expect(await run("/readers der 11")).toContain("Reader 11");
    expect(await run("/help channels")).toContain("/remove NAME");
    expect(await run("/help")).toContain("/help chats · talk · channels");
  });

  it("let in, appoint, dismiss and take out by name, and make a link that leads in", async () => {
    client.channels.put({ ...client.channels.of(id)!, asks: [{ identity: "id-Lale", name: "Lale", atMs: 1 }] });
    expect(await run("/admit lale")).toBe("lale is let in.");
    expect(await run("/writer Lale")).toBe("Lale may write.");
    expect(client.channels.of(id)?.writers.map(({ name }) => name)).toContain("Lale");
    expect(await run("/reader Lale")).toBe("Lale reads only.");
    expect(await run("/remove Lale")).toBe("Lale reads nothing that comes after.");
    expect(client.channels.of(id)?.readers.map(({ name }) => name)).not.toContain("Lale");
    await expect(run("/remove Lale")).rejects.toMatchObject({ code: "term/unknown-person" });
    expect(await run("/remove")).toBe("Say who: /remove NAME");
    expect((await run("/link 7")).replace("\n", " ")).toContain("for 7 days");
    expect(client.channels.of(id)?.links.map(({ url }) => url)[0]).toContain("chapar:b/");
    expect(await run("/link soon")).toBe("Say for how many days: /link 7");
    expect(await run("/mute")).toBe("It is mute.");
  });

  it("begin one, read another's, and leave it; elsewhere they say that no channel is open", async () => {
    expect(await run("/newchannel")).toContain("/newchannel NAME");
    expect(await run("/newchannel Square")).toBe("open");
    expect(await run("/joinchannel chapar:b/any")).toBe("open");
    const others = (await client.conversations()).filter((one) => one.id !== id);
    const joined = others.find((one) => client.channels.of(one.id)?.leads === false)!;
    expect(await run("/leave", joined.id)).toBe("You left Mountain news. What was read stays.");
    await expect(run("/leave")).rejects.toMatchObject({ code: "client/not-your-role" });
    expect(await run("/readers", "conversation-Sara")).toBe("Open a channel first.");
    await expect(run("/joinchannel hello")).rejects.toMatchObject({ code: "client/bad-invite" });
  });
});
