import type { MessageView } from "../src/index.ts";
import { describe, expect, it } from "vitest";
import { type Person, World } from "./world.ts";

interface Two {
  readonly world: World;
  readonly sara: Person;
  readonly dara: Person;
  readonly id: string;
  readonly quiet: () => Promise<void>;
  readonly end: () => Promise<void>;
}

/** Two people at two stations who have written to each other. */
async function two(): Promise<Two> {
  const world = new World({ latencyMs: 20 });
  const iran = await world.stations.station("iran", { region: "IR" });
  const germany = await world.stations.station("germany", { region: "DE" });
  const sara = await world.person("Sara", iran);
  const dara = await world.person("Dara", germany, {}, "DE");
  const id = await sara.client.open(await dara.client.invite());
  await sara.client.send(id, { text: "hello" });
  dara.client.connect();
  sara.client.connect();
  const quiet = (): Promise<void> => world.quiet([sara, dara]);
  await quiet();
  await dara.client.send(id, { text: "hi" });
  await quiet();
  const end = async (): Promise<void> => {
    for (const person of [sara, dara]) await person.stop();
    for (const station of [iran, germany]) await station.stop();
  };
  return { world, sara, dara, id, quiet, end };
}

async function line(person: Person, id: string, text: string): Promise<MessageView> {
  const lines = await person.client.messages(id, { limit: 50 });
  const found = lines.find((one) => one.text === text);
  if (found === undefined) throw new Error(`no "${text}" among ${lines.map((one) => one.text).join(" | ")}`);
  return found;
}

/** A message as both have it. */
const both = async ({ sara, dara }: Two, message: string): Promise<readonly [MessageView, MessageView]> => {
  const seen = await Promise.all([sara, dara].map((person) => person.client.talk.message(message)));
  const [a, b] = seen;
  if (a === undefined || b === undefined) throw new Error("not at both");
  return [a, b];
};

describe("what two people do with messages", () => {
  it("C-30 a reply shows what it answers from the reader's own store, also when that was edited or deleted", async () => {
    const scene = await two();
    const { sara, dara, id, quiet } = scene;
    const hi = await line(sara, id, "hi");
    const reply = await sara.client.send(id, { text: "an answer", replyTo: hi.id });
    expect(reply.replyTo).toMatchObject({ id: hi.id, is: "here", text: "hi", position: hi.position });
    await quiet();
    const got = await line(dara, id, "an answer");
    expect(got.replyTo).toMatchObject({ is: "here", text: "hi", sender: { name: "Dara", mine: true } });
    await dara.client.talk.edit(hi.id, { text: "hi there" });
    await quiet();
    expect((await line(sara, id, "an answer")).replyTo).toMatchObject({ is: "here", text: "hi there" });
    await dara.client.talk.erase(hi.id, "all");
    await quiet();
    expect((await line(sara, id, "an answer")).replyTo).toMatchObject({ is: "deleted", text: "" });
    const unknown = `AQ${"A".repeat(41)}`;
    await dara.client.send(id, { text: "to nothing", replyTo: unknown });
    await quiet();
    expect((await line(sara, id, "to nothing")).replyTo).toMatchObject({ is: "missing", sender: undefined });
    await scene.end();
  });

  it("C-31 an edit shows everywhere, at once and offline, keeps what was said before, and is its writer's alone", async () => {
    const scene = await two();
    const { sara, dara, id, quiet } = scene;
    const hello = await line(sara, id, "hello");
    await sara.client.talk.edit(hello.id, { text: "hello, Dara" });
    expect(await sara.client.talk.message(hello.id)).toMatchObject({ text: "hello, Dara", edited: { versions: 1 } });
    await sara.client.talk.edit(hello.id, { text: "hello, dear Dara" });
    await quiet();
    for (const view of await both(scene, hello.id))
      expect(view).toMatchObject({ text: "hello, dear Dara", edited: { versions: 2 }, position: 0 });
    const said = (await dara.client.talk.versions(hello.id)).map(({ text }) => text);
    expect(said).toEqual(["hello", "hello, Dara", "hello, dear Dara"]);
    const refused = { code: "client/not-yours" };
    await expect(dara.client.talk.edit(hello.id, { text: "no" })).rejects.toMatchObject(refused);
    await expect(sara.client.talk.edit(hello.id, { text: "" })).rejects.toMatchObject({ code: "client/empty" });
    expect((await sara.client.conversation(id))?.unread).toBe(1);
    expect(await sara.lines(id)).toEqual(["hello, dear Dara", "hi"]);
    await scene.end();
  });

  it("C-32 a deletion takes the content from both stores; what has not left leaves no trace", async () => {
    const scene = await two();
    const { sara, dara, id, quiet } = scene;
    const secret = await sara.client.send(id, { text: "a secret word" });
    await quiet();
    await dara.client.talk.react(secret.id, "👍", true);
    await sara.client.talk.edit(secret.id, { text: "a secret sentence" });
    await quiet();
    const told: string[] = [];
    dara.client.subscribe((event) => event.type === "message" && told.push(`${event.message} ${event.change}`));
    await sara.client.talk.erase(secret.id, "all");
    await quiet();
    expect(told).toContain(`${secret.id} deleted`);
    for (const view of await both(scene, secret.id)) {
      expect(view).toMatchObject({ text: "", deleted: { of: "all", by: { name: "Sara" } } });
      expect(view.reactions ?? view.edited).toBeUndefined();
    }
    for (const { medium } of [sara, dara]) expect(holds(medium, "a secret")).toBe(false);
    await dara.client.talk.react(secret.id, "👍", true).catch(() => undefined);
    await expect(dara.client.talk.erase((await line(dara, id, "hello")).id, "all")).rejects.toMatchObject({
      code: "client/not-yours",
    });
    await scene.end();
  });

  it("C-32 C-41 a message that has not left goes without a trace; one deleted for oneself stays with the other", async () => {
    const scene = await two();
    const { sara, dara, id, quiet } = scene;
    await sara.stop();
    await sara.start();
    const never = await sara.client.send(id, { text: "never sent" });
    await sara.client.send(id, { text: "sent" });
    await sara.client.talk.erase(never.id, "all");
    expect(await sara.lines(id)).toEqual(["hello", "hi", "sent"]);
    sara.client.connect();
    await quiet();
    expect(await dara.lines(id)).toEqual(["hello", "hi", "sent"]);
    const word = await dara.client.send(id, { text: "a word of Dara" });
    await quiet();
    await sara.client.talk.erase(word.id, "me");
    expect(await sara.client.talk.message(word.id)).toMatchObject({ text: "", deleted: { of: "me" } });
    await quiet();
    expect(await dara.lines(id)).toEqual(["hello", "hi", "sent", "a word of Dara"]);
    expect(holds(sara.medium, "a word of Dara")).toBe(false);
    expect(holds(dara.medium, "a word of Dara")).toBe(true);
    await scene.end();
  });

  it("C-36 reactions of both are counted, one's own can be taken back, and only emoji are", async () => {
    const scene = await two();
    const { sara, dara, id, quiet } = scene;
    const hello = await line(dara, id, "hello");
    await dara.client.talk.react(hello.id, "❤️", true);
    await dara.client.talk.react(hello.id, "❤️", true);
    await sara.client.talk.react(hello.id, "❤️", true);
    await sara.client.talk.react(hello.id, "👨‍👩‍👧‍👦", true);
    await quiet();
    for (const view of await both(scene, hello.id)) {
      expect(view.reactions?.map(({ emoji, count }) => `${emoji}${count}`)).toEqual(["❤️2", "👨‍👩‍👧‍👦1"]);
      expect(new Set(view.reactions?.[0]?.people.map(({ name }) => name))).toEqual(new Set(["Sara", "Dara"]));
    }
    await dara.client.talk.react(hello.id, "❤️", false);
    await quiet();
    const [mine, theirs] = await both(scene, hello.id);
    expect(mine.reactions?.[0]).toMatchObject({ emoji: "❤️", count: 1, mine: true });
    expect(theirs.reactions?.find(({ emoji }) => emoji === "❤️")).toMatchObject({ count: 1, mine: false });
    const refused = { code: "client/bad-reaction" };
    for (const bad of ["x", "1", "👍👍", "<b>", "", "\u202e👍"])
      await expect(dara.client.talk.react(hello.id, bad, true)).rejects.toMatchObject(refused);
    expect(await sara.lines(id)).toEqual(["hello", "hi"]);
    await scene.end();
  });

  it("C-37 a mention stands in the text, and is counted apart from what is unread until it was seen", async () => {
    const scene = await two();
    const { sara, dara, id, quiet } = scene;
    const { identity } = dara.client.me()!;
    const text = "*look*, @Dara: [a](b) \\ 1. _x_\n# no heading";
    const sent = await sara.client.send(id, { text, mentions: [{ identity, start: 8, length: 5 }] });
    expect(sent).toMatchObject({ text, mentions: [{ identity, start: 8, length: 5, mine: false }] });
    await sara.client.send(id, { text: "and no mention" });
    await quiet();
    const got = (await dara.client.messages(id, { limit: 2 }))[0]!;
    expect(got).toMatchObject({ text, mentions: [{ identity, start: 8, length: 5, mine: true }] });
    expect(await dara.client.conversation(id)).toMatchObject({ unread: 3, mentions: 1 });
    await dara.client.markRead(id, got.position);
    const after = await dara.client.conversation(id);
    expect([after?.unread, after?.mentions]).toEqual([1, undefined]);
    const bad = sara.client.send(id, { text: "no sign", mentions: [{ identity, start: 0, length: 2 }] });
    await expect(bad).rejects.toMatchObject({ code: "client/bad-mention" });
    await scene.end();
  });

  it("C-38 a forwarded file is not uploaded again, says whom it is from, and is had from where it rests", async () => {
    const scene = await two();
    const { world, sara, dara, id, quiet } = scene;
    const third = await world.stations.station("austria", { region: "AT" });
    const mina = await world.person("Mina", third, {}, "AT");
    mina.client.connect();
    const other = await dara.client.open(await mina.client.invite());
    const bytes = new Uint8Array(70_000).map((_, at) => at);
    const never = { signal: new AbortController().signal };
    const files = [{ fileName: "a.bin", mediaType: "application/x-test", from: { bytes } }];
    const sent = await world.settle(sara.client.media.send(id, { text: "a file", files }, never));
    await world.quiet([sara, dara, mina]);
    const forwarded = await dara.client.talk.forward(sent.id, other);
    expect(forwarded).toMatchObject({ text: "a file", forwardedFrom: { name: "Sara", mine: false } });
    await world.quiet([sara, dara, mina]);
    const got = await line(mina, other, "a file");
    expect(got).toMatchObject({
      forwardedFrom: { name: "Sara" },
      attachments: [{ fileName: "a.bin", sizeBytes: 70_000 }],
    });
    expect(await world.settle(mina.client.media.read(got.id, 0, 0, 70_000, never))).toEqual(bytes);
    const again = await mina.client.talk.forward(got.id, other);
    expect(again.forwardedFrom?.name).toBe("Sara");
    await quiet();
    await mina.stop();
    await scene.end();
    await third.stop();
  });

  it("C-39 both pin and unpin; the list shows the newest first and nothing that was deleted", async () => {
    const scene = await two();
    const { sara, dara, id, quiet } = scene;
    const [hello, hi] = [await line(sara, id, "hello"), await line(sara, id, "hi")];
    await sara.client.talk.pin(hello.id, true);
    await quiet();
    await dara.client.talk.pin(hi.id, true);
    await quiet();
    for (const person of [sara, dara])
      expect((await person.client.talk.pins(id)).map(({ text }) => text)).toEqual(["hi", "hello"]);
    expect((await both(scene, hello.id))[1].pinned?.by).toMatchObject({ name: "Sara" });
    await dara.client.talk.pin(hello.id, false);
    await dara.client.talk.erase(hi.id, "all");
    await quiet();
    for (const person of [sara, dara]) expect(await person.client.talk.pins(id)).toEqual([]);
    await scene.end();
  });

  it("C-40 what arrived and what was seen is told in few letters, and not by whom it was switched off", async () => {
    const scene = await two();
    const { world, sara, dara, id, quiet } = scene;
    const { identity } = dara.client.me()!;
    await dara.client.talk.setTelling({ delivered: true, read: true });
    await quiet();
    for (let at = 0; at < 20; at++) await sara.client.send(id, { text: `letter ${at}` });
    await quiet();
    await world.clock.advance(5_000);
    await quiet();
    expect(await line(sara, id, "letter 19")).toMatchObject({ deliveredTo: [identity] });
    expect((await line(sara, id, "letter 19")).readBy).toBeUndefined();
    const seen = await line(dara, id, "letter 9");
    await dara.client.markRead(id, seen.position);
    await world.clock.advance(5_000);
    await quiet();
    expect(await line(sara, id, "letter 9")).toMatchObject({ readBy: [identity] });
    expect((await line(sara, id, "letter 10")).readBy).toBeUndefined();
    // Twenty letters were answered by two, and nobody answers what is no line.
    const last = await dara.client.send(id, { text: "last" });
    await quiet();
    await world.clock.advance(60_000);
    await quiet();
    const signal = new AbortController().signal;
    const receipt = await world.settle(dara.client.receipt(last.id, { signal }));
    const first = await world.settle(sara.client.receipt((await line(sara, id, "letter 0")).id, { signal }));
    expect(receipt.index - first.index).toBe(22);
    await sara.client.markRead(id, last.position);
    await world.clock.advance(60_000);
    await quiet();
    const told = await line(dara, id, "last");
    expect([told.deliveredTo, told.readBy]).toEqual([undefined, undefined]);
    await scene.end();
  });
});

/** Whether a text stands anywhere in a store, as UTF-8. */
function holds(medium: Person["medium"], text: string): boolean {
  const wanted = Buffer.from(text);
  return [...medium.values()].some((rows) => rows.some(({ value }) => Buffer.from(value).includes(wanted)));
}
