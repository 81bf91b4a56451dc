import type { Mls } from "@chapar/e2e";
import { toBase64Url, utf8 } from "@chapar/wire/bytes";
import { decodeLetter, decodeMimi, encodeLetter, encodeMimi } from "@chapar/wire/content";
import { describe, expect, it } from "vitest";
import { hasChats, linked } from "./own-devices.ts";
import { type Person, World } from "./world.ts";

/** The topic of Sara's next letters, when her program has chosen one itself. */
let chosen: Uint8Array | undefined;

const mls = (inner: Mls): Mls => ({
  ...inner,
  seal: async (group, bytes) => {
    const letter = decodeLetter(bytes);
    const content = letter.ok ? decodeMimi(letter.value.content) : undefined;
    if (chosen === undefined || !letter.ok || content?.ok !== true) return inner.seal(group, bytes);
    const other = encodeMimi({ ...content.value, topicId: chosen });
    chosen = undefined;
    return inner.seal(group, encodeLetter({ ...letter.value, content: other }));
  },
});

async function two() {
  const world = new World({ latencyMs: 5 });
  const station = await world.stations.station("one");
  const sara = await world.person("Sara", station, { mls });
  const dara = await world.person("Dara", station);
  const id = await sara.client.open(await dara.client.invite());
  for (const person of [sara, dara]) person.client.connect();
  const root = await sara.client.send(id, { text: "The garden" });
  const quiet = (): Promise<void> => world.quiet([sara, dara]);
  await quiet();
  const topic = async (person: Person, of: string) => {
    const page = await person.client.talk.topic(id, of, { limit: 50 });
    return { root: page.root?.text, lines: page.lines.map(({ text }) => text) };
  };
  return { world, sara, dara, id, root, quiet, topic };
}

describe("topics between two people", () => {
  it("C-76 C-77 C-79 letters of one stand together and in the conversation, and are counted unread until it was read", async () => {
    const { sara, dara, id, root, quiet, topic } = await two();
    expect(await dara.client.talk.topics(id)).toEqual([]);
    const first = await dara.client.send(id, { text: "a tree", topic: root.id });
    expect(first.topic).toEqual({ id: root.id, title: "The garden" });
    // At once, while it waits.
    expect(await topic(dara, root.id)).toEqual({ root: "The garden", lines: ["a tree"] });
    await quiet();
    await dara.client.send(id, { text: "of something else" });
    await dara.client.send(id, { text: "a bench", topic: root.id, replyTo: first.id });
    await quiet();
    expect(await topic(sara, root.id)).toEqual({ root: "The garden", lines: ["a tree", "a bench"] });
    expect(await sara.lines(id)).toEqual(["The garden", "a tree", "of something else", "a bench"]);
    expect(await sara.client.talk.topics(id)).toMatchObject([
      { id: root.id, title: "The garden", lines: 2, unread: 2 },
    ]);
    await sara.client.markRead(id, 1);
    expect(await sara.client.talk.topics(id)).toMatchObject([{ unread: 1 }]);
    expect(await dara.client.talk.topics(id)).toMatchObject([{ lines: 2, unread: 0 }]);
    await dara.client.talk.edit(first.id, { text: "an old tree" });
    await quiet();
    expect((await topic(sara, root.id)).lines).toEqual(["an old tree", "a bench"]);
    const page = await sara.client.talk.topic(id, root.id, { limit: 1, before: 3 });
    expect(page.lines.map(({ text }) => text)).toEqual(["an old tree"]);
  });

  it("C-78 is called by what it begins with, as that is now, and keeps its letters when that is gone", async () => {
    const { sara, dara, id, root, quiet, topic } = await two();
    await dara.client.send(id, { text: "a tree", topic: root.id });
    await quiet();
    await sara.client.talk.edit(root.id, { text: "Our garden" });
    await quiet();
    expect(await dara.client.talk.topics(id)).toMatchObject([{ title: "Our garden" }]);
    expect((await dara.client.messages(id, { limit: 1 }))[0]?.topic?.title).toBe("Our garden");
    await sara.client.talk.erase(root.id, "all");
    await quiet();
    expect(await dara.client.talk.topics(id)).toMatchObject([{ title: "", lines: 1 }]);
    expect((await topic(dara, root.id)).lines).toEqual(["a tree"]);
  });

  it("C-77 comes to another device with the history", async () => {
    const { world, sara, dara, id, root, quiet, topic } = await two();
    await dara.client.send(id, { text: "a tree", topic: root.id });
    await quiet();
    const phone = await linked(world, sara, "Phone");
    await hasChats(world, phone, 1, [sara, dara]);
    expect(await topic(phone, root.id)).toEqual({ root: "The garden", lines: ["a tree"] });
    expect(await phone.client.talk.topics(id)).toMatchObject([{ lines: 1 }]);
  });

  it("C-77 comes back with the backup", async () => {
    const { world, sara, dara, id, root, quiet, topic } = await two();
    await dara.client.send(id, { text: "a tree", topic: root.id });
    await quiet();
    const signal = new AbortController().signal;
    const [words, invite] = [(await sara.client.recoveryWords()).join(" "), await sara.client.invite()];
    await world.settle(sara.client.devices.backup({ signal }));
    await sara.stop();
    const again = await world.device();
    await world.settle(again.client.devices.restore({ words, invite, device: "New" }, { signal }));
    expect(await topic(again, root.id)).toEqual({ root: "The garden", lines: ["a tree"] });
  });

  const ids: readonly (readonly [string, Uint8Array, string | undefined])[] = [
    ["a text", utf8("Trees"), "Trees"],
    ["text that turns and hides", utf8("\u202Egpj\n\u2066 exe"), "gpj exe"],
    ["bytes that are no text", Uint8Array.of(0xff, 0xfe, 0x00), ""],
    ["65 bytes", new Uint8Array(65).fill(0x61), undefined],
    ["4,096 bytes", new Uint8Array(4096).fill(0x61), undefined],
  ];
  it.each(ids)("C-76 C-78 another program's id of %s", async (_, bytes, title) => {
    const { sara, dara, id, quiet } = await two();
    chosen = bytes;
    await sara.client.send(id, { text: "from elsewhere" });
    await quiet();
    const last = (await dara.client.messages(id, { limit: 1 }))[0];
    expect([last?.text, last?.topic?.title]).toEqual(["from elsewhere", title]);
    const listed = await dara.client.talk.topics(id);
    expect(listed.map((one) => one.title)).toEqual(title === undefined ? [] : [title]);
    const page = dara.client.talk.topic(id, toBase64Url(bytes), { limit: 9 });
    if (title === undefined) await expect(page).rejects.toMatchObject({ code: "client/unknown-message" });
    else expect((await page).lines).toHaveLength(1);
  });

  it("C-79 of 130 topics of one member the 100 newest are listed", async () => {
    const { sara, dara, id, quiet } = await two();
    for (let at = 0; at < 130; at++) await sara.client.send(id, { text: "x", topic: toBase64Url(utf8(`topic ${at}`)) });
    await quiet();
    const listed = await dara.client.talk.topics(id);
    expect([listed.length, listed[0]?.title, listed[99]?.title]).toEqual([100, "topic 129", "topic 30"]);
  });
});
