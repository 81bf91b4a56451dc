/* Commands against the fake engine: what they print, how they end. Real processes: test/. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandStage } from "../testing/command-stage.ts";
import type { FakeClient } from "../testing/fake-client.ts";

const stage = new CommandStage();
const { chapar, joined } = stage;
const engine = (): FakeClient => stage.engine;
beforeEach(() => stage.begin());
afterEach(() => stage.end());

describe("join", () => {
  it("makes an identity and waits until the station has it", async () => {
    const result = await chapar(["join", "station:", "--name", "Dara", "--json"]);
    expect(result.code).toBe(0);
    expect(result.lines).toEqual([
      expect.objectContaining({
        event: "joined",
        identity: "id-Dara",
        name: "Dara",
        accepted: true,
        profile: stage.folder,
      }),
    ]);
  });
  it("keeps the identity and says 75 when the station is not reached", async () => {
    await stage.profiles.openClient(stage.folder).then((client) => client[Symbol.asyncDispose]());
    engine().reachable = false;
    const result = await chapar(["join", "station:", "--name", "Dara", "--timeout", "0.05", "--json"]);
    expect(result.code).toBe(75);
    expect(result.lines).toMatchObject([
      { event: "joined", accepted: false },
      { event: "error", code: "term/not-reached" },
    ]);
    engine().reachable = true;
    expect((await chapar(["join", "station:", "--name", "Dara"])).code).toBe(0);
  });
  it("does not wait when told not to", async () => {
    await stage.profiles.openClient(stage.folder).then((client) => client[Symbol.asyncDispose]());
    engine().reachable = false;
    expect((await chapar(["join", "station:", "--name", "Dara", "--timeout", "0"])).code).toBe(0);
  });
  it("never takes a profile over", async () => {
    await chapar(["join", "station:", "--name", "Dara"]);
    const result = await chapar(["join", "station:", "--name", "Nima"]);
    expect(result).toMatchObject({ code: 73, stdout: "" });
    expect(result.stderr).toContain("already belongs to Dara at Tehran (IR)");
  });
  it("says what is wrong with an invite", async () => {
    expect(await chapar(["join", "nonsense", "--name", "Dara"])).toMatchObject({ code: 65 });
  });
  it("ends when the station says no, with its reason", async () => {
    await stage.profiles.openClient(stage.folder).then((client) => client[Symbol.asyncDispose]());
    engine().reachable = false;
    const waiting = chapar(["join", "station:", "--name", "Dara", "--json"]);
    while (!engine().calls.includes("connect")) await new Promise((resolve) => setImmediate(resolve));
    engine().setRoute({ state: "refused", code: "station/bad-token" });
    expect(await waiting).toMatchObject({ code: 77, lines: [{ accepted: false }, { code: "term/refused" }] });
  });
  it("P-46 ends at once when the settings forbid every way", async () => {
    await stage.profiles.openClient(stage.folder).then((client) => client[Symbol.asyncDispose]());
    engine().reachable = false;
    const waiting = chapar(["join", "station:", "--name", "Dara", "--json"]);
    while (!engine().calls.includes("connect")) await new Promise((resolve) => setImmediate(resolve));
    engine().setRoute({ state: "seeking", code: "carrier/own-hello" });
    expect(await waiting).toMatchObject({ code: 69, lines: [{ accepted: false }, { code: "term/own-hello" }] });
  });
});

describe("open", () => {
  it("prints the conversation", async () => {
    await joined();
    const result = await chapar(["open", "person:Sara", "--json"]);
    expect(result).toMatchObject({ code: 0, lines: [{ event: "opened", conversation: "conversation-Sara" }] });
    expect((await chapar(["open", "person:Sara"])).stdout).toBe("conversation-Sara\n");
  });
  it("has printed it also when nobody is reached", async () => {
    await joined();
    engine().reachable = false;
    engine().setRoute({ state: "seeking" });
    const result = await chapar(["open", "person:Nima", "--timeout", "0.05", "--json"]);
    expect(result).toMatchObject({
      code: 75,
      lines: [{ conversation: "conversation-Nima" }, { code: "term/not-reached" }],
    });
  });
});

describe("send", () => {
  it("prints the checked receipt", async () => {
    const id = await joined();
    const result = await chapar(["send", id, "salaam", "--json"]);
    expect(result.code).toBe(0);
    expect(result.lines).toMatchObject([{ event: "receipt", conversation: id, index: 0, proof: "proof" }]);
  });
  it("sends standard input byte for byte", async () => {
    const id = await joined();
    const text = "\uFEFFسلام\r\n\n";
    await chapar(["send", id, "-"], { input: new TextEncoder().encode(text) });
    expect((await engine().messages(id, { limit: 1 }))[0]?.text).toBe(text);
  });
  it("refuses input that is not UTF-8, before anything is kept", async () => {
    const id = await joined();
    expect((await chapar(["send", id, "-"], { input: new Uint8Array([0xff, 0xfe]) })).code).toBe(65);
    expect(await engine().messages(id, { limit: 1 })).toEqual([]);
  });
  it("attaches a file", async () => {
    const id = await joined();
    await writeFile(join(stage.folder, "notes.txt"), "four");
    await chapar(["send", id, "look", "--file", join(stage.folder, "notes.txt")]);
    const [message] = await engine().messages(id, { limit: 1 });
    expect(message).toMatchObject({
      text: "look",
      attachments: [{ fileName: "notes.txt", mediaType: "text/plain", sizeBytes: 4, facts: { kind: "file" } }],
    });
    expect((await chapar(["send", id, "--file", join(stage.folder, "none")])).code).toBe(66);
  });
  it("C-95 sends a picture without what a camera wrote into it, and says so of one that it cannot follow", async () => {
    const id = await joined();
    const exif = [0xff, 0xe1, 0, 12, ...Buffer.from("Exif\0\0home")];
    const rest = [0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9];
    await writeFile(join(stage.folder, "photo.jpg"), Uint8Array.of(0xff, 0xd8, ...exif, ...rest));
    await writeFile(join(stage.folder, "odd.png"), "no picture");
    const files = ["photo.jpg", "odd.png"].flatMap((name) => ["--file", join(stage.folder, name)]);
    const { lines } = await chapar(["send", id, ...files, "--json"]);
    expect(lines[0]).toEqual({ event: "sent-whole", fileName: "odd.png" });
    const [message] = await engine().messages(id, { limit: 1 });
    expect(message?.attachments).toMatchObject([
      { fileName: "photo.jpg", sizeBytes: 2 + rest.length, facts: { kind: "photo" } },
      { fileName: "odd.png", sizeBytes: 10, facts: { kind: "file" } },
    ]);
  });
  it("keeps the message and says 75 when the station is not reached", async () => {
    const id = await joined();
    engine().reachable = false;
    engine().setRoute({ state: "offline" });
    const result = await chapar(["send", id, "later", "--timeout", "0.05", "--json"]);
    expect(result).toMatchObject({
      code: 75,
      lines: [{ event: "queued", conversation: id }, { code: "term/not-reached" }],
    });
    expect(await chapar(["send", id, "later", "--timeout", "0", "--json"])).toMatchObject({
      code: 0,
      lines: [{ event: "queued" }],
    });
  });
  it("says 77 when the station refuses the message", async () => {
    const id = await joined();
    engine().setRoute({ state: "seeking" });
    engine().reachable = false;
    const sending = chapar(["send", id, "x", "--json"]);
    while ((await engine().messages(id, { limit: 1 })).length === 0)
      await new Promise((resolve) => setImmediate(resolve));
    engine().change("m1", { state: "refused", refusal: "station/quota" });
    const result = await sending;
    expect(result).toMatchObject({ code: 77, lines: [{ code: "term/message-refused" }] });
    expect(result.stdout).toContain("used up its space");
  });
  it("takes the beginning of an id, when it fits only one", async () => {
    const id = await joined();
    expect((await chapar(["send", id.slice(0, 14), "x"])).code).toBe(0);
    await chapar(["open", "person:Sam"]);
    expect((await chapar(["send", "conversation-Sa", "x"])).code).toBe(66);
  });
});

describe("read", () => {
  it("prints every message once, oldest first, also over many pages", async () => {
    const id = await joined();
    for (let index = 0; index < 450; index += 1) engine().deliver(id, `m${index}`);
    const result = await chapar(["read", id, "--json"]);
    expect(result.code).toBe(0);
    expect(result.lines.map((line) => line["text"])).toEqual(Array.from({ length: 450 }, (_, index) => `m${index}`));
    expect(Object.keys(result.lines[0] ?? {})).toEqual(
      "event id conversation position sender senderName mine text attachment attachments writtenAtMs arrivedAtMs state refusal restored gap personChange replyTo edited deleted reactions mentions forwardedFrom pinned deliveredTo readBy poll topic doubts preview group".split(
        " ",
      ),
    );
    expect(engine().calls).toContain(`markRead ${id}`);
  });
  it("prints what is here, then says that the station was not reached", async () => {
    const id = await joined();
    engine().deliver(id, "old");
    engine().reachable = false;
    engine().setRoute({ state: "offline" });
    const result = await chapar(["read", "--timeout", "0.05", "--json"]);
    expect(result).toMatchObject({ code: 75, lines: [{ text: "old" }, { code: "term/not-reached" }] });
    expect((await chapar(["read", "--timeout", "0"])).code).toBe(0);
  });
  it("follows, own messages at their settled place, until Ctrl-C", async () => {
    const id = await joined();
    engine().deliver(id, "one");
    const ctrlC = new AbortController();
    const seen: string[] = [];
    const following = chapar(["read", id, "--follow", "--json"], {
      signal: ctrlC.signal,
      onLine: (line) => {
        seen.push((JSON.parse(line) as { text: string }).text);
        if (seen.length === 4) ctrlC.abort();
      },
    });
    while (seen.length < 1) await new Promise((resolve) => setImmediate(resolve));
    engine().setRoute({ state: "seeking" });
    const mine = await engine().send(id, { text: "mine" });
    engine().deliver(id, "two");
    while (!seen.includes("two")) await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual(["one", "two"]);
    engine().change(mine.id, { state: "at-station" });
    while (!seen.includes("mine")) await new Promise((resolve) => setImmediate(resolve));
    engine().deliver(id, "three");
    expect((await following).code).toBe(0);
    expect(seen).toEqual(["one", "two", "mine", "three"]);
  });
  it("saves attachments under names that reach nowhere else", async () => {
    const id = await joined();
    const facts = { kind: "file" } as const;
    const attachments = [{ fileName: "../../evil.sh", mediaType: "text/plain", sizeBytes: 2, facts }];
    engine().deliver(id, "", { attachments }, new Uint8Array([1, 2]));
    engine().deliver(id, "", { attachments }, new Uint8Array([3]));
    const result = await chapar(["read", id, "--save", join(stage.folder, "files"), "--json"]);
    expect((await readdir(join(stage.folder, "files"))).toSorted()).toEqual(["evil (2).sh", "evil.sh"]);
    expect(result.lines[0]).toMatchObject({ attachments: [{ savedTo: join(stage.folder, "files/evil.sh") }] });
    expect(result.lines[0]).toMatchObject({ attachment: { savedTo: join(stage.folder, "files/evil.sh") } });
    expect([...(await readFile(join(stage.folder, "files/evil (2).sh")))]).toEqual([3]);
  });
  it("goes on with others when one conversation has a fault, and says 76 at the end", async () => {
    const id = await joined();
    engine().deliver(id, "sound");
    engine().setConversation({ id, state: "fault", fault: "log/forked" });
    const result = await chapar(["read", "--json"]);
    expect(result).toMatchObject({ code: 76, lines: [{ text: "sound" }, { event: "fault", code: "log/forked" }] });
  });
  it("is calm for people", async () => {
    const id = await joined();
    engine().deliver(id, "salaam\nkhoobi?\u001B[2J", { senderName: "Sara\u001B" });
    const { stdout } = await chapar(["read", id]);
    expect(stdout).toMatch(
      /^── Sara · conversation-Sara\n1970-01-01 \d\d:\d\d {2}Sara␛: salaam\n {18}khoobi\?␛\[2J\n$/,
    );
  });
});

describe("whoami and invite", () => {
  it("say who and how to be found", async () => {
    await joined();
    expect(await chapar(["whoami", "--json"])).toMatchObject({
      code: 0,
      lines: [{ event: "me", name: "Dara", identity: "id-Dara" }],
    });
    expect((await chapar(["whoami"])).stdout).toContain("home      Tehran (IR), http://127.0.0.1:1");
    expect(await chapar(["invite", "--json"])).toMatchObject({ lines: [{ event: "invite", invite: "person:Dara" }] });
  });
});
