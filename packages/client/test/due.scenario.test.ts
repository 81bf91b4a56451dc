/* Messages that disappear, that leave later, that notify nobody (protocol/5-content.md §7, 6-flows.md F-50, F-51). */
import { nodeCrypto } from "@chapar/e2e/node";
import { fromBase32 } from "@chapar/wire/bytes";
import { Disposition } from "@chapar/wire/content";
import { describe, expect, it } from "vitest";
import { composeContent, contentId, type Making } from "../src/conversation/letter.ts";
import { conversationShelf, outboxShelf } from "../src/conversation/rows.ts";
import { expiringShelf } from "../src/due/rows.ts";
import type { MessageView } from "../src/index.ts";
import { concatKey } from "../src/store/keys.ts";
import { Draft } from "../src/store/shelf.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { type Person, World } from "./world.ts";

const crypto = nodeCrypto();

/** Stops the person, puts the content into the outbox, and starts them again; they connect themselves. */
async function inject(person: Person, id: string, make: (making: Making) => Uint8Array): Promise<void> {
  const sender = fromBase32(person.client.me()!.identity)!;
  await person.stop();
  const store = new MemoryStore(person.medium);
  const row = (await conversationShelf.get(store, fromBase32(id)!))!;
  const writtenAtMs = 1_700_000_000_000;
  const content = make({ random: (size) => crypto.random(size), writtenAtMs });
  const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
  const draft = new Draft();
  outboxShelf.put(draft, concatKey(row.id, row.outNext), {
    id: contentId(content, { sender, conversation: row.id, sha256 }),
    visible: false,
    content,
    writtenAtMs,
    letter: undefined,
    sealed: undefined,
    blobs: [],
    receipted: false,
    marked: false,
  });
  conversationShelf.put(draft, row.id, { ...row, outNext: row.outNext + 1 });
  await draft.commit(store);
  await person.start();
}

const HOUR_MS = 3_600_000;
const GONE = "[client/disappeared]";

interface Scene {
  readonly world: World;
  readonly sara: Person;
  readonly dara: Person;
  readonly id: string;
}

async function scene(): Promise<Scene> {
  const world = new World({ latencyMs: 5 });
  const station = await world.stations.station("one");
  const sara = await world.person("Sara", station);
  const dara = await world.person("Dara", station);
  const id = await sara.client.open(await dara.client.invite());
  for (const person of [sara, dara]) person.client.connect();
  await sara.client.send(id, { text: "stays" });
  await world.quiet([sara, dara]);
  return { world, sara, dara, id };
}

const all = (person: Person, id: string): Promise<readonly MessageView[]> => person.client.messages(id, { limit: 50 });
const timer = async (person: Person, id: string): Promise<number | undefined> =>
  (await person.client.chats.list()).find((chat) => chat.id === id)?.timerS;
/** Waits until the time of everything that disappears here runs: the keeper looks for itself, beside what is asked of the engine. */
const allBegun = async (person: Person): Promise<void> => {
  const store = new MemoryStore(person.medium);
  const dues = async (): Promise<number[]> => (await expiringShelf.range(store, {})).map(({ value }) => value.dueMs);
  await expect.poll(dues).not.toContain(0);
};
/** Waits until the last line here has disappeared. */
const lastIsGone = (person: Person, id: string): Promise<void> =>
  expect.poll(async () => (await person.lines(id)).at(-1)).toBe(GONE);
/** Everything that a device has on its disk, as text; the memory store seals nothing. */
const disk = (person: Person): string =>
  [...person.medium.values()]
    .flatMap((table) => [...table.values()].map((row) => Buffer.from(row.value).toString("latin1")))
    .join("\n");

describe("disappearing messages", () => {
  it("C-60 C-61 C-62 C-63 a timer holds for everyone from the line that sets it, begins when a message was read, and leaves nothing", async () => {
    const { world, sara, dara, id } = await scene();
    await sara.client.chats.setTimer(id, 3600);
    await world.quiet([sara, dara]);
    expect([await timer(sara, id), await timer(dara, id)]).toEqual([3600, 3600]);
    expect((await all(dara, id)).at(-1)).toMatchObject({ senderName: "Sara", timerS: 3600, text: "" });
    await dara.client.send(id, { text: "a-secret-word" });
    await world.quiet([sara, dara]);
    const [line] = (await all(sara, id)).slice(-1);
    expect(line).toMatchObject({ text: "a-secret-word", disappearsAfterS: 3600 });
    expect(disk(sara)).toContain("a-secret-word");
    // Dara wrote it: it disappears there an hour later, and here not before it is read.
    await allBegun(dara);
    await world.clock.advance(HOUR_MS + 10_000);
    await world.quiet([sara, dara]);
    await lastIsGone(dara, id);
    expect((await sara.lines(id)).at(-1)).toBe("a-secret-word");
    await sara.client.markRead(id, line!.position);
    await allBegun(sara);
    await world.clock.advance(HOUR_MS - 60_000);
    expect((await sara.lines(id)).at(-1)).toBe("a-secret-word");
    await world.clock.advance(120_000);
    await lastIsGone(sara, id);
    expect(await sara.lines(id)).toEqual(["stays", "", GONE]);
    for (const person of [sara, dara]) expect(disk(person)).not.toContain("a-secret-word");
    await sara.client.chats.setTimer(id, 0);
    await world.quiet([sara, dara]);
    expect([await timer(sara, id), await timer(dara, id)]).toEqual([0, 0]);
    await dara.client.send(id, { text: "stays too" });
    await world.quiet([sara, dara]);
    expect((await all(sara, id)).at(-1)?.disappearsAfterS).toBeUndefined();
  });

  it("C-60 of two timers set at once both have the one that stands last in the log", async () => {
    const { world, sara, dara, id } = await scene();
    await Promise.all([sara.client.chats.setTimer(id, 30), dara.client.chats.setTimer(id, 300)]);
    await world.quiet([sara, dara]);
    const last = (await all(sara, id)).findLast((line) => line.timerS !== undefined)?.timerS;
    expect([await timer(sara, id), await timer(dara, id)]).toEqual([last, last]);
    expect(await dara.client.chats.setTimer(id, 12).catch((error: unknown) => error)).toMatchObject({
      code: "client/bad-timer",
    });
  });

  it("F-50 it goes on over a restart, a clock that is set back keeps nothing longer, and one set forward lets it go", async () => {
    const { world, sara, dara, id } = await scene();
    await dara.client.chats.setTimer(id, 3600);
    await dara.client.send(id, { text: "short-lived" });
    await world.quiet([sara, dara]);
    await sara.client.markRead(id, (await all(sara, id)).at(-1)!.position);
    await allBegun(sara);
    await world.clock.advance(HOUR_MS / 2);
    await sara.stop();
    // Off for longer than it had left: gone as soon as it starts.
    await world.clock.advance(HOUR_MS);
    await sara.start();
    await world.clock.advance(1_000);
    await lastIsGone(sara, id);
    await expect.poll(() => expiringShelf.range(new MemoryStore(sara.medium), {})).toEqual([]);
    await sara.client.connect();
    await dara.client.send(id, { text: "again" });
    await world.quiet([sara, dara]);
    await sara.client.markRead(id, (await all(sara, id)).at(-1)!.position);
    await allBegun(sara);
    await world.clock.advance(60_000);
    await sara.stop();
    let back = 0;
    const clock = {
      nowMs: () => world.clock.nowMs() - back,
      sleep: (ms: number, signal: AbortSignal) => world.clock.sleep(ms, signal),
    };
    back = 30 * 24 * HOUR_MS;
    await sara.start({ clock });
    await world.clock.advance(HOUR_MS);
    await lastIsGone(sara, id);
  });

  it("C-5 C-60 C-64 what a contact says of time that there is not is no timer, and never kept", async () => {
    const { world, sara, dara, id } = await scene();
    const body = { kind: "null", disposition: Disposition.render, language: "" } as const;
    const text = {
      kind: "single",
      disposition: 1,
      language: "",
      contentType: "text/plain",
      content: Buffer.from("ages"),
    } as const;
    const cbor = (...bytes: number[]): { key: string; value: Uint8Array }[] => [
      { key: "chapar.timer", value: Uint8Array.of(...bytes) },
    ];
    // 12 seconds; a thousand years; a text; a negative number.
    for (const others of [cbor(0x0c), cbor(0x1b, 0, 0, 0, 7, 0x59, 0x08, 0xf6, 0xe0), cbor(0x61, 0x78), cbor(0x20)])
      await inject(dara, id, (making) => composeContent(body, { ...making, others }));
    await inject(dara, id, (making) =>
      composeContent(text as never, { ...making, expires: { relative: true, time: 4_000_000_000 } }),
    );
    dara.client.connect();
    await dara.client.send(id, { text: "after" });
    await world.quiet([sara, dara]);
    expect(await timer(sara, id)).toBe(0);
    const [stays, ...others] = await sara.lines(id);
    expect([stays, others.at(-1)]).toEqual(["stays", "after"]);
    // What is refused whole leaves a gap in its writer's chain, too.
    const codes = ["[client/not-shown]", "[content/implausible-expiry]", "[client/missing-messages]"];
    expect([...new Set(others.slice(0, -1))].sort()).toEqual(codes.sort());
  });
});

describe("messages for later", () => {
  it("F-51 leave at their time, once, also when it passed while the device was off, and can be changed and taken back", async () => {
    const { world, sara, dara, id } = await scene();
    const { chats } = sara.client;
    const nowMs = world.clock.nowMs();
    const first = await chats.schedule(id, { text: "good morning" }, nowMs + HOUR_MS);
    const second = await chats.schedule(id, { text: "never" }, nowMs + 2 * HOUR_MS);
    const third = await chats.schedule(id, { text: "later", silent: true }, nowMs + 3 * HOUR_MS);
    expect((await chats.scheduled()).map(({ text }) => text)).toEqual(["good morning", "never", "later"]);
    await chats.reschedule(third, { text: "in the evening" });
    await chats.unschedule(second);
    await expect(chats.unschedule(second)).rejects.toMatchObject({ code: "client/unknown-scheduled" });
    await expect(chats.schedule(id, { text: " " }, nowMs)).rejects.toMatchObject({ code: "client/empty" });
    await expect(chats.schedule(id, { text: "x" }, nowMs + 1e12)).rejects.toMatchObject({ code: "client/bad-time" });
    await expect(chats.schedule(id, { text: "x".repeat(1e7) }, nowMs)).rejects.toMatchObject({
      code: "client/too-large",
    });
    await world.clock.advance(HOUR_MS - 1_000);
    expect(await dara.lines(id)).toEqual(["stays"]);
    await world.clock.advance(2_000);
    await world.quiet([sara, dara]);
    expect(await dara.lines(id)).toEqual(["stays", "good morning"]);
    await expect(chats.unschedule(first)).rejects.toMatchObject({ code: "client/unknown-scheduled" });
    await sara.stop();
    await world.clock.advance(3 * HOUR_MS);
    expect(await dara.lines(id)).toEqual(["stays", "good morning"]);
    await sara.start();
    sara.client.connect();
    await world.clock.advance(1_000);
    await world.quiet([sara, dara]);
    expect(await dara.lines(id)).toEqual(["stays", "good morning", "in the evening"]);
    expect((await all(dara, id)).map(({ silent }) => silent)).toEqual([undefined, undefined, true]);
    await sara.stop();
    await sara.start();
    sara.client.connect();
    await world.quiet([sara, dara]);
    expect(await dara.lines(id)).toEqual(["stays", "good morning", "in the evening"]);
    expect(await sara.client.chats.scheduled()).toEqual([]);
  });

  it("C-65 a silent message says so to the other side, and to nobody else", async () => {
    const { world, sara, dara, id } = await scene();
    await sara.client.send(id, { text: "quietly", silent: true });
    await sara.client.send(id, { text: "aloud" });
    await world.quiet([sara, dara]);
    expect((await all(dara, id)).map(({ text, silent }) => [text, silent])).toEqual([
      ["stays", undefined],
      ["quietly", true],
      ["aloud", undefined],
    ]);
  });
});
