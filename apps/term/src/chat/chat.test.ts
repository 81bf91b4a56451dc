import { stripVTControlCharacters } from "node:util";
import type { ConversationView } from "@chapar/client";
import { afterEach, describe, expect, it } from "vitest";
import { previewInChat } from "../preview/in-chat.ts";
import { FakeClient } from "../testing/fake-client.ts";
import { pngOf } from "../testing/small-site.ts";
import type { BidiMode } from "./bidi.ts";
import { widthOf } from "./cells.ts";
import { Chat } from "./chat.ts";
import type { Key, KeyName } from "./keys.ts";
import type { Size } from "./model.ts";
import { drawFrame } from "./view.ts";

const signal = new AbortController().signal;
const SARA = { identity: "id-sara", name: "Sara", home: { key: "k", name: "Tehran", region: "IR", urls: [] } };

interface Stage {
  readonly client: FakeClient;
  readonly app: Chat;
  readonly copied: string[];
  left(): boolean;
  lines(): string[];
  type(text: string): Promise<void>;
  press(...names: KeyName[]): Promise<void>;
}

let stop: () => void = () => undefined;
afterEach(() => stop());

/** The controller's work is promises of the fake: a few turns of the event loop end it. */
const rest = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

async function stage(size: Size, bidi: BidiMode = "visual", open = "c1"): Promise<Stage> {
  const client = new FakeClient();
  const me = await client.join("station:", "Dara");
  client.setConversation({ id: "c1", people: [SARA], atMs: 2 });
  client.setConversation({ id: "c2", people: [{ ...SARA, name: "پگاه" }], atMs: 1 });
  client.connect();
  let left = false;
  const copied: string[] = [];
  const app = new Chat(
    {
      client,
      signal,
      size: () => size,
      redraw: () => undefined,
      redrawAll: () => undefined,
      copy: (text) => copied.push(text),
      leave: () => {
        left = true;
      },
      lock: async () => "There is no lock on this profile.",
      preview: (text, wish) => previewInChat(client, text, wish, { env: {}, signal }),
      slash: {
        readFile: async (path) => ({ fileName: path, mediaType: "text/plain", from: { bytes: new Uint8Array(3) } }),
        readVoice: async (path) => {
          const facts = { kind: "voice", durationMs: 61_000, wave: Uint8Array.of(0, 255) } as const;
          return { fileName: path, mediaType: "audio/ogg", facts, from: { bytes: new Uint8Array(9) } };
        },
        readPicture: async () => pngOf(4, 4),
        saveFile: async ({ attachments }, file) => `/tmp/${attachments[file]?.fileName ?? ""}`,
        columns: size.columns,
      },
    },
    me,
    { bidi, colours: true },
  );
  stop = await app.start(open === "" ? undefined : open);
  const press = async (key: Key): Promise<void> => {
    app.press(key);
    await rest();
  };
  return {
    client,
    app,
    copied,
    left: () => left,
    lines: () => drawFrame(app.model, size).lines.map((line) => stripVTControlCharacters(line)),
    type: (text) => press({ kind: "text", text }),
    press: async (...names) => {
      for (const name of names) await press({ kind: "named", name });
    },
  };
}

const shown = (s: Stage): string => s.lines().join("\n");

describe("a conversation on the screen", () => {
  it("A-44 says that there is nothing to lock with, and goes on", async () => {
    const at = await stage({ columns: 80, rows: 24 });
    await at.type("/lock");
    await at.press("enter");
    expect(at.lines().join("\n")).toContain("There is no lock on this profile.");
    expect(at.left()).toBe(false);
  });

  it("C-107 says under a message where a link that may be taken for another leads", async () => {
    const at = await stage({ columns: 80, rows: 24 });
    at.client.deliver("c1", "https://bank.example@evil.example/login");
    await at.press("end");
    expect(at.lines().join("\n")).toContain("! leads to evil.example: what stands before the @ is no address");
  });

  it("C-104 asks before it fetches a preview, and sends without one on Enter", async () => {
    const at = await stage({ columns: 100, rows: 24 });
    await at.client.talk.setPreviewing({ mode: "ask", also: [] });
    await at.type("see http://192.168.0.1/");
    await at.press("enter");
    expect(at.lines().join("\n")).toContain("Ctrl-P sends it with a preview: 192.168.0.1 sees your address then.");
    expect(at.client.all("c1")).toEqual([]);
    await at.press("enter");
    expect(at.client.all("c1")).toMatchObject([{ text: "see http://192.168.0.1/" }]);
    await at.type("again http://192.168.0.1/");
    await at.press("ctrl-p");
    expect(at.lines().join("\n")).toContain("Sent without a preview: it leads into a private network.");
    expect(at.client.all("c1")).toHaveLength(2);
  });

  it("shows who, where, the way, the messages and the composer", async () => {
    const s = await stage({ columns: 60, rows: 16 });
    s.client.deliver("c1", "hello Dara");
    await rest();
    expect(s.lines()[0]).toMatch(/^Sara · Tehran \(IR\) +you: Dara$/);
    expect(s.lines()[1]).toMatch(/^●━━━━● open · direct/);
    expect(shown(s)).toContain("  hello Dara");
    expect(s.lines().at(-1)).toBe("› ");
  });

  it("sends with Enter and shows where the message stands", async () => {
    const s = await stage({ columns: 60, rows: 16 });
    s.client.setRoute({ state: "seeking", queued: 1 });
    await s.type("salaam");
    await s.press("enter");
    expect(shown(s)).toContain("◌ salaam");
    expect(shown(s)).toContain("looking for a way to your station · 1 waiting");
    const [message] = await s.client.messages("c1", { limit: 1 });
    s.client.change(message!.id, { state: "at-station" });
    await rest();
    expect(shown(s)).toContain("✓ salaam");
    expect(s.lines().at(-1)).toBe("› ");
  });

  it("keeps what was written when it cannot be kept by the engine, and says why", async () => {
    const s = await stage({ columns: 60, rows: 16 });
    s.client.send = () => Promise.reject(Object.assign(new Error("x"), { code: "client/too-large" }));
    await s.type("long");
    await s.press("enter");
    expect(shown(s)).toContain("› long");
    expect(shown(s)).toContain("too large");
  });

  it("does not send a pasted line break", async () => {
    const s = await stage({ columns: 60, rows: 16 });
    s.app.press({ kind: "paste", text: "one\rtwo" });
    await rest();
    expect(await s.client.messages("c1", { limit: 5 })).toEqual([]);
    expect(shown(s)).toContain("› one\n  two");
  });

  it("stays where the person reads when something arrives, and counts it", async () => {
    const s = await stage({ columns: 40, rows: 15 });
    for (let index = 0; index < 60; index += 1) s.client.deliver("c1", `line ${index}`);
    await rest();
    await s.press("page-up");
    const before = s.lines().slice(2, 11);
    s.client.deliver("c1", "news");
    await rest();
    expect(s.lines().slice(2, 11)).toEqual(before);
    expect(shown(s)).toContain("↓ 1 new below");
    await s.press("end");
    expect(shown(s)).toContain("news");
    expect(shown(s)).not.toContain("new below");
  });

  it("loads older messages while scrolling back, to the first", async () => {
    const s = await stage({ columns: 40, rows: 15 });
    for (let index = 0; index < 250; index += 1) s.client.deliver("c1", `line ${index}`);
    await rest();
    await s.press("escape", "enter");
    for (let turn = 0; turn < 60; turn += 1) await s.press("page-up");
    expect(shown(s)).toContain("line 0");
  });

  it("copies a message in the order it was written", async () => {
    const s = await stage({ columns: 60, rows: 16 });
    s.client.deliver("c1", "سلام (دنیا) 24");
    await rest();
    await s.press("ctrl-y");
    expect(s.copied).toEqual(["سلام (دنیا) 24"]);
  });

  it("shows a fault of the log with words", async () => {
    const s = await stage({ columns: 60, rows: 16 });
    s.client.setConversation({ id: "c1", state: "fault", fault: "log/forked" });
    await rest();
    expect(shown(s)).toContain("A check failed here (log/forked)");
  });

  it("puts no control character of another person on the terminal", async () => {
    const s = await stage({ columns: 60, rows: 16 });
    s.client.setConversation({ id: "c1", people: [{ ...SARA, name: "Sa\u001B]0;owned\u0007ra\u202E" }] });
    s.client.deliver("c1", "\u001B[2J\u001B]52;c;AAAA\u0007\u009B31m boo", { senderName: "\u001B[31mEve\r" });
    await rest();
    for (const line of drawFrame(s.app.model, { columns: 60, rows: 16 }).lines) {
      // What is left after our own colours are taken out has no control character.
      // eslint-disable-next-line no-control-regex
      expect(line.replaceAll(/\u001B\[[0-9;]*m/g, "")).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202E]/);
    }
  });

  it("F-148 opens, saves and sends files, of photos a smaller copy, and says what it does not know", async () => {
    const s = await stage({ columns: 60, rows: 16 });
    await s.type("/file photo.jpg");
    await s.press("enter");
    expect(shown(s)).toContain("[photo.jpg 3 B]");
    await s.type("/save");
    await s.press("enter");
    expect(shown(s)).toContain("Saved as /tmp/photo.jpg");
    await s.type("/file --tiny notes.txt");
    await s.press("enter");
    expect(shown(s)).toContain("[notes.txt 3 B]");
    await s.type("/file --tiny");
    await s.press("enter");
    expect(shown(s)).toContain("Say which file: /file [--tiny|--normal] PATH");
    await s.type("/nonsense");
    await s.press("enter");
    expect(shown(s)).toContain("There is no /nonsense");
    await s.type("//etc");
    await s.press("enter");
    expect((await s.client.messages("c1", { limit: 1 }))[0]?.text).toBe("/etc");
    await s.type("/help");
    await s.press("enter");
    expect(shown(s)).toContain("Alt+Enter new line");
    await s.press("escape");
    expect(shown(s)).toContain("photo.jpg");
  });
});

describe("the list of chats", () => {
  it("shows people, the newest first, and opens one", async () => {
    const s = await stage({ columns: 60, rows: 16 }, "logical", "");
    expect(s.lines()[2]).toContain("› Sara");
    expect(s.lines()[4]).toContain("پگاه");
    await s.press("down", "enter");
    expect(s.lines()[0]).toContain("پگاه");
    await s.press("escape");
    expect(s.lines()[0]).toContain("Chats");
    await s.type("q");
    expect(s.left()).toBe(true);
  });

  it("keeps a draft for each conversation", async () => {
    const s = await stage({ columns: 60, rows: 16 });
    await s.type("half a thought");
    await s.press("alt-down");
    expect(s.lines().at(-1)).toBe("› ");
    await s.press("alt-up");
    expect(s.lines().at(-1)).toBe("› half a thought");
  });

  it("shows the own invite and takes a pasted one", async () => {
    const s = await stage({ columns: 60, rows: 16 }, "visual", "");
    await s.type("i");
    expect(shown(s)).toContain("person:Dara");
    await s.press("escape");
    s.client.open = async () => {
      s.client.setConversation({ id: "c9", people: [{ ...SARA, name: "Nima" }] });
      return "c9";
    };
    s.app.press({ kind: "paste", text: "https://station.example/#i/abc" });
    await rest();
    expect(s.lines()[0]).toContain("Nima");
  });

  it("says what to do when there is nobody yet", async () => {
    const s = await stage({ columns: 40, rows: 15 }, "visual", "");
    const empty = { ...s.app.model, conversations: [] as ConversationView[] };
    expect(drawFrame(empty, { columns: 40, rows: 15 }).lines.join("\n")).toContain("No conversations yet.");
  });
});

describe("the frame", () => {
  it("is as wide and as high as the terminal, whatever stands in it", async () => {
    const texts = [
      "hello",
      "سلام دنیا، این یک متن بلند است برای شکستن خط 24 (آزمون)",
      "世界人权宣言".repeat(9),
      "👩‍💻".repeat(30),
      "x".repeat(300),
      "\n\n",
      "a\u0301".repeat(50),
    ];
    for (const size of [
      { columns: 80, rows: 24 },
      { columns: 40, rows: 15 },
      { columns: 20, rows: 8 },
    ]) {
      for (const bidi of ["terminal", "visual", "logical"] as const) {
        const s = await stage(size, bidi);
        for (const text of texts) s.client.deliver("c1", text, { senderName: text });
        s.client.setConversation({ id: "c1", people: [{ ...SARA, name: texts[1]! }] });
        await rest();
        for (const text of texts) {
          s.app.press({ kind: "paste", text });
          for (let turn = 0; turn < 3; turn += 1) {
            const frame = drawFrame(s.app.model, size);
            expect(frame.lines).toHaveLength(size.rows);
            for (const line of frame.lines)
              expect(widthOf(stripVTControlCharacters(line))).toBeLessThanOrEqual(size.columns);
            expect(frame.cursor!.row).toBeLessThan(size.rows);
            expect(frame.cursor!.column).toBeLessThan(size.columns);
            s.app.press({ kind: "named", name: "left" });
          }
        }
        await s.press("escape");
        const list = drawFrame(s.app.model, size);
        expect(list.lines).toHaveLength(size.rows);
        for (const line of list.lines)
          expect(widthOf(stripVTControlCharacters(line))).toBeLessThanOrEqual(size.columns);
        stop();
      }
    }
  });

  it("uses no colour when asked not to", async () => {
    const s = await stage({ columns: 60, rows: 16 });
    s.client.deliver("c1", "hello");
    await rest();
    const { lines } = drawFrame({ ...s.app.model, colours: false }, { columns: 60, rows: 16 });
    expect(lines.join("")).not.toContain("\u001B");
  });
});

describe("what was noticed", () => {
  const held = { id: "held", code: "withheld", missing: 7, conversation: "c1" } as const;

  it("stands above the messages with the way to the rest, which is never cut off", async () => {
    const s = await stage({ columns: 44, rows: 16 });
    s.client.setAlert(held);
    s.client.setConversation({ id: "c1", alert: { id: held.id, code: held.code } });
    await rest();
    expect(s.lines()[2]).toMatch(/^! Tehran \(IR\) is holding back 7 mess.* \/alert$/);
    expect(widthOf(s.lines()[2] ?? "")).toBeLessThanOrEqual(44);
    expect(s.lines()).toHaveLength(16);
    await s.type("/alert");
    await s.press("enter");
    expect(shown(s)).toContain("It is the station that did this;");
    expect(s.client.calls).toContain("markAlertSeen held");
    s.client.setConversation({ id: "c1", alert: undefined } as never);
    await s.press("escape");
    expect(s.lines()[2]).not.toContain("holding back");
  });

  it("marks the conversation in the list", async () => {
    const s = await stage({ columns: 60, rows: 16 });
    s.client.setConversation({ id: "c2", alert: { id: "x", code: "altered" } });
    await s.press("escape");
    expect(shown(s)).toContain("something was noticed here");
  });

  it("says under a missing line what can be asked: what it means, and the others for it", async () => {
    const s = await stage({ columns: 44, rows: 16 });
    await s.type("/ask");
    await s.press("enter");
    expect(shown(s)).toContain("Nothing is missing here");
    s.client.deliver("c1", "", { gap: { code: "client/pruned", entries: 1 } });
    await rest();
    expect(shown(s)).toContain("the station deleted a message before");
    expect(shown(s)).toContain("  /why /ask");
    await s.type("/why");
    await s.press("enter");
    expect(shown(s)).toContain("Esc back to the conversation");
    expect(shown(s)).toContain("A station may delete a message once every");
    await s.press("escape");
    await s.type("/ask");
    await s.press("enter");
    expect(shown(s)).toContain("The others are asked.");
    expect(s.client.calls).toContain("askMembers c1");
  });

  it("shows restored, removed, missing and changed lines without a writer of their own", async () => {
    const s = await stage({ columns: 76, rows: 20 });
    s.client.deliver("c1", "kept by Dara", { restored: true });
    const removal = { region: "DE", reason: "", reference: "354 Gs 1/26" };
    s.client.deliver("c1", "ordered away", { restored: true, removal });
    s.client.deliver("c1", "", {
      gap: { code: "station/removed", entries: 2, removal: { region: "DE", reason: "", reference: "353 Gs 1/26" } },
    });
    s.client.deliver("c1", "", { personChange: { identity: "id-sara", what: "home-moved", sinceMs: undefined } });
    s.client.deliver("c1", "after");
    await rest();
    expect(shown(s)).toContain("↺ restored: the station held it back, a member gave it back");
    expect(shown(s)).toContain("↺ restored: removed by the station of DE, reference 354 Gs 1/26");
    expect(shown(s)).toContain("2 messages removed by the station of DE, reference 353 Gs 1/26");
    expect(shown(s)).toContain("Sara moved to another station");
    expect(s.lines().filter((line) => /^ {2}Sara {2}\d/.test(line))).toHaveLength(2);
  });
});
