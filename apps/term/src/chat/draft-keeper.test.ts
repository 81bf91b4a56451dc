import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeClient } from "../testing/fake-client.ts";
import { Chat } from "./chat.ts";
import type { KeyName } from "./keys.ts";

/** The controller's work is promises of the fake: a few turns of the event loop end it. */
const rest = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

async function opened(client: FakeClient): Promise<{ readonly app: Chat; readonly stop: () => void }> {
  const ports = {
    client,
    signal: new AbortController().signal,
    size: () => ({ columns: 80, rows: 20 }),
    redraw: () => undefined,
    redrawAll: () => undefined,
    copy: () => undefined,
    leave: () => undefined,
    lock: async () => undefined,
    preview: async () => ({}),
    slash: {
      readFile: undefined as never,
      readVoice: undefined as never,
      readPicture: undefined as never,
      saveFile: undefined as never,
      columns: 80,
    },
  };
  const app = new Chat(ports, client.me()!, { bidi: "visual", colours: false });
  return { app, stop: await app.start("c1") };
}

describe("drafts", () => {
  let client: FakeClient;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    client = new FakeClient();
    await client.join("station:", "Dara");
    client.setConversation({ id: "c1", people: [] });
  });
  afterEach(() => vi.useRealTimers());
  const kept = async (): Promise<string | undefined> => (await client.chats.list())[0]?.draft;
  const type = async (app: Chat, text: string): Promise<void> => {
    app.press({ kind: "text", text });
    await rest();
  };
  const press = async (app: Chat, name: KeyName): Promise<void> => {
    app.press({ kind: "named", name });
    await rest();
  };

  it("N-7 what is begun is kept within half a second, stands there when the chat is opened again, and goes when it is sent", async () => {
    const one = await opened(client);
    await type(one.app, "half a thou");
    await type(one.app, "ght");
    expect(await kept()).toBeUndefined();
    vi.advanceTimersByTime(500);
    await rest();
    expect(await kept()).toBe("half a thought");
    one.stop();
    const other = await opened(client);
    expect(other.app.model.open?.composer).toEqual({ text: "half a thought", at: 14 });
    await press(other.app, "enter");
    vi.advanceTimersByTime(1);
    await rest();
    expect(await kept()).toBeUndefined();
    expect((await client.messages("c1", { limit: 9 })).map(({ text }) => text)).toEqual(["half a thought"]);
  });

  it("N-7 what was typed just now is kept when the chat is left", async () => {
    const { app, stop } = await opened(client);
    await type(app, "wait");
    stop();
    await rest();
    expect(await kept()).toBe("wait");
  });
});
