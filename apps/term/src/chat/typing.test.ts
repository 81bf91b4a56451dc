import { afterEach, describe, expect, it } from "vitest";
import { FakeClient } from "../testing/fake-client.ts";
import { Chat } from "./chat.ts";
import type { Key } from "./keys.ts";
import { drawFrame } from "./view.ts";

const SIZE = { columns: 80, rows: 20 };

let stop: () => void = () => undefined;
afterEach(() => stop());

/** The controller's work is promises of the fake: a few turns of the event loop end it. */
const rest = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

async function opened(client: FakeClient): Promise<Chat> {
  await client.join("station:", "Dara");
  client.setConversation({ id: "c1", people: [] });
  const ports = {
    client,
    signal: new AbortController().signal,
    size: () => SIZE,
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
      columns: SIZE.columns,
    },
  };
  const app = new Chat(ports, client.me()!, { bidi: "visual", colours: false });
  stop = await app.start("c1");
  return app;
}

describe("typing", () => {
  it("C-125 of others is said in the line below and in the list, each name by itself and clean", async () => {
    const client = new FakeClient();
    const app = await opened(client);
    const shown = (): string => drawFrame(app.model, SIZE).lines.join("\n");
    const types = (...names: string[]): void =>
      client.emit({ type: "typing", conversation: "c1", people: names.map((name) => ({ identity: name, name })) });
    types("Sara\u202E\u001B[2J");
    expect(shown()).toContain("Sara␛[2J is typing…");
    for (const sign of ["\u202E", "\u001B"]) expect(shown()).not.toContain(sign);
    types("Sara", "Mina");
    expect(shown()).toContain("Sara and Mina are typing…");
    types("Sara", "Mina", "Nima");
    expect(shown()).toContain("Sara and 2 others are typing…");
    app.press({ kind: "named", name: "escape" });
    await rest();
    expect(app.model.open).toBeUndefined();
    expect(shown()).toContain("Sara and 2 others are typing…");
    types();
    expect(shown()).not.toContain("typing");
  });

  it("C-120 is told of a key in a letter, and not in a command", async () => {
    const client = new FakeClient();
    const app = await opened(client);
    const press = async (...keys: readonly Key[]): Promise<void> => {
      for (const key of keys) app.press(key);
      await rest();
    };
    await press({ kind: "text", text: "hi" });
    expect(client.talk.typed).toEqual(["c1"]);
    await press({ kind: "named", name: "ctrl-u" }, { kind: "text", text: "/he" }, { kind: "text", text: "lp" });
    expect(client.talk.typed).toEqual(["c1"]);
  });
});
