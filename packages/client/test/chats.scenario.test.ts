/* What a person decides about chats: the list, blocks, drafts (protocol/11-chats.md §1, §2). */
import { nodeCrypto } from "@chapar/e2e/node";
import { toBase32 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import type { ChatView, Client, ClientEvent } from "../src/index.ts";
import { MUTED_ALWAYS_MS } from "../src/index.ts";
import { Draft } from "../src/store/shelf.ts";
import { OwnRegister } from "../src/own/register.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { type Person, World } from "./world.ts";

const crypto = nodeCrypto();

interface Scene {
  readonly world: World;
  readonly sara: Person;
  readonly dara: Person;
  readonly nima: Person;
  /** Dara's and Nima's conversations with Sara */
  readonly withDara: string;
  readonly withNima: string;
}

async function scene(): Promise<Scene> {
  const world = new World({ latencyMs: 5 });
  const station = await world.stations.station("one");
  const sara = await world.person("Sara", station);
  const dara = await world.person("Dara", station);
  const nima = await world.person("Nima", station);
  const withDara = await sara.client.open(await dara.client.invite());
  const withNima = await sara.client.open(await nima.client.invite());
  for (const person of [sara, dara, nima]) person.client.connect();
  await world.quiet([sara, dara, nima]);
  await say(world, dara, sara, withDara, "from Dara");
  await say(world, nima, sara, withNima, "from Nima");
  return { world, sara, dara, nima, withDara, withNima };
}

async function say(world: World, from: Person, to: Person, id: string, text: string): Promise<void> {
  await world.clock.advance(1_000);
  await from.client.send(id, { text });
  await world.quiet([from, to]);
}

const chat = async (client: Client, id: string): Promise<ChatView> =>
  (await client.chats.list()).find((one) => one.id === id)!;

describe("the list", () => {
  it("N-2 pinned chats stand first, the last pinned above the others, and survive a restart", async () => {
    const { world, sara, withDara, withNima } = await scene();
    const order = async (): Promise<string[]> => (await sara.client.chats.list()).map(({ id }) => id);
    expect(await order()).toEqual([withNima, withDara]);
    await sara.client.chats.pin(withDara, true);
    expect(await order()).toEqual([withDara, withNima]);
    await world.clock.advance(5);
    await sara.client.chats.pin(withNima, true);
    expect(await order()).toEqual([withNima, withDara]);
    await sara.stop();
    await sara.start();
    expect(await order()).toEqual([withNima, withDara]);
    await sara.client.chats.pin(withNima, false);
    expect(await order()).toEqual([withDara, withNima]);
    await expect(sara.client.chats.pin("nothing", true)).rejects.toMatchObject({ code: "client/unknown-conversation" });
  });

  it("N-3 a mute ends by itself, and one for ever does not", async () => {
    const { world, sara, withDara, withNima } = await scene();
    const until = async (id: string): Promise<number | undefined> => (await chat(sara.client, id)).mutedUntilMs;
    await sara.client.chats.mute(withDara, "1h");
    await sara.client.chats.mute(withNima, "always");
    expect(await until(withDara)).toBe(world.clock.nowMs() + 3_600_000);
    await world.clock.advance(3_599_000);
    expect(await until(withDara)).toBeDefined();
    await world.clock.advance(2_000);
    expect(await until(withDara)).toBeUndefined();
    expect(await until(withNima)).toBe(MUTED_ALWAYS_MS);
    await sara.client.chats.mute(withNima, "off");
    expect(await until(withNima)).toBeUndefined();
    await sara.client.chats.mute(withNima, "8h");
    expect(await until(withNima)).toBe(world.clock.nowMs() + 8 * 3_600_000);
    await sara.client.chats.mute(withNima, "2d");
    expect(await until(withNima)).toBe(world.clock.nowMs() + 48 * 3_600_000);
  });

  it("N-4 an archived chat comes back with the next message, unless it is mute, and then stays", async () => {
    const { world, sara, dara, nima, withDara, withNima } = await scene();
    await sara.client.chats.pin(withDara, true);
    for (const id of [withDara, withNima]) await sara.client.chats.archive(id, true);
    await sara.client.chats.mute(withNima, "always");
    expect(await chat(sara.client, withDara)).toMatchObject({ archived: true, pinnedAtMs: undefined });
    await say(world, dara, sara, withDara, "are you there?");
    await say(world, nima, sara, withNima, "are you?");
    expect((await chat(sara.client, withDara)).archived).toBe(false);
    expect((await chat(sara.client, withNima)).archived).toBe(true);
    await sara.client.chats.mute(withDara, "always");
    expect((await chat(sara.client, withDara)).archived).toBe(false);
    await sara.client.chats.archive(withNima, false);
    expect((await chat(sara.client, withNima)).archived).toBe(false);
  });

  it("N-5 a chat marked unread is read by reading it", async () => {
    const { sara, withDara } = await scene();
    await sara.client.markRead(withDara, 0);
    await sara.client.chats.markUnread(withDara, true);
    expect((await chat(sara.client, withDara)).markedUnread).toBe(true);
    await sara.client.markRead(withDara, 0);
    expect((await chat(sara.client, withDara)).markedUnread).toBe(false);
  });

  it("N-6 folders have names, an order and chats, and go without taking a chat along", async () => {
    const { sara, withDara, withNima } = await scene();
    const { chats } = sara.client;
    const work = await chats.makeFolder("  Work\u202e ");
    const home = await chats.makeFolder("خانه");
    await chats.putInFolder(work, withDara, true);
    await chats.putInFolder(work, withDara, true);
    await chats.putInFolder(work, withNima, true);
    await chats.putInFolder(home, withDara, true);
    expect(await chats.folders()).toEqual([
      { id: work, name: "Work", conversations: [withDara, withNima] },
      { id: home, name: "خانه", conversations: [withDara] },
    ]);
    expect((await chat(sara.client, withDara)).folders).toEqual([work, home]);
    await chats.moveFolder(home, 0);
    await chats.renameFolder(work, "Office");
    await chats.putInFolder(work, withDara, false);
    expect((await chats.folders()).map(({ name, conversations }) => [name, conversations.length])).toEqual([
      ["خانه", 1],
      ["Office", 1],
    ]);
    await chats.removeFolder(home);
    expect((await chats.list()).map(({ id }) => id).sort()).toEqual([withDara, withNima].sort());
    await expect(chats.removeFolder(home)).rejects.toMatchObject({ code: "client/unknown-folder" });
    await expect(chats.makeFolder("\u202e")).rejects.toMatchObject({ code: "client/bad-name" });
    for (let made = 1; made < 32; made++) await chats.makeFolder(`${made}`);
    await expect(chats.makeFolder("one more")).rejects.toMatchObject({ code: "client/too-many-folders" });
  });

  it("N-1 a row that does not decode is as if it were not there", async () => {
    const { world, sara, withDara } = await scene();
    await sara.client.chats.makeFolder("Work");
    await sara.client.chats.pin(withDara, true);
    await sara.stop();
    const store = new MemoryStore(sara.medium);
    const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
    const later = await OwnRegister.load({ store, clock: world.clock, sha256 }, new Uint8Array(32).fill(255));
    const draft = new Draft();
    const strange = Uint8Array.of(9, 9, 9);
    for (const key of ["pin", "mute", "archive", "unread", "draft"])
      later.put(draft, `chat/${key}/${withDara}`, strange);
    for (const key of ["folder/another", "folder/", "block/nobody", `block/${withDara}`])
      later.put(draft, key, strange);
    await draft.commit(store);
    await sara.start();
    expect(await chat(sara.client, withDara)).toEqual({
      id: withDara,
      pinnedAtMs: undefined,
      mutedUntilMs: undefined,
      archived: false,
      markedUnread: false,
      folders: [],
      draft: undefined,
      blocked: false,
      timerS: 0,
    });
    expect((await sara.client.chats.folders()).map(({ name }) => name)).toEqual(["Work"]);
    expect(await sara.client.chats.blocked()).toEqual([]);
    await sara.client.chats.pin(withDara, true);
    expect((await chat(sara.client, withDara)).pinnedAtMs).toBe(world.clock.nowMs());
  });

  it("N-7 a draft is kept, sealed with the profile, and goes when it is empty", async () => {
    const { sara, withDara } = await scene();
    const events: ClientEvent[] = [];
    sara.client.subscribe((event) => events.push(event));
    await sara.client.chats.draft(withDara, "سلام، I wanted to");
    expect((await chat(sara.client, withDara)).draft).toBe("سلام، I wanted to");
    expect(events).toContainEqual({ type: "own", key: `chat/draft/${withDara}`, from: "here" });
    await sara.stop();
    await sara.start();
    expect((await chat(sara.client, withDara)).draft).toBe("سلام، I wanted to");
    await sara.client.chats.draft(withDara, "é".repeat(10 * 1024 * 1024));
    const kept = (await chat(sara.client, withDara)).draft!;
    expect([kept.length, kept.replaceAll("é", "")]).toEqual([8_000, ""]);
    await sara.client.chats.draft(withDara, " \n ");
    expect((await chat(sara.client, withDara)).draft).toBeUndefined();
  });
});

describe("blocking", () => {
  it("N-10 N-12 letters of a blocked person are taken and not shown, raise nothing, and are there when the block is taken back", async () => {
    const { world, sara, dara, nima, withDara, withNima } = await scene();
    const { people } = (await sara.client.conversation(withDara))!;
    const daraId = people[0]!.identity;
    await sara.client.markRead(withDara, 10);
    await sara.client.chats.block(daraId, true);
    const before = (await sara.client.conversation(withDara))!;
    await say(world, dara, sara, withDara, "one");
    await say(world, dara, sara, withDara, "two");
    expect(await sara.lines(withDara)).toEqual(["from Dara", "[client/blocked]", "[client/blocked]"]);
    expect(await sara.client.conversation(withDara)).toMatchObject({ unread: 0, atMs: before.atMs });
    expect((await chat(sara.client, withDara)).blocked).toBe(true);
    expect(await sara.client.chats.blocked()).toMatchObject([{ identity: daraId, name: "Dara" }]);
    await say(world, nima, sara, withNima, "not blocked");
    expect((await sara.lines(withNima)).at(-1)).toBe("not blocked");
    await sara.stop();
    await sara.start();
    sara.client.connect();
    await say(world, dara, sara, withDara, "three");
    expect((await sara.lines(withDara)).at(-1)).toBe("[client/blocked]");
    await sara.client.chats.block(daraId, false);
    expect(await sara.lines(withDara)).toEqual(["from Dara", "one", "two", "three"]);
    await say(world, dara, sara, withDara, "four");
    expect((await sara.client.conversation(withDara))?.unread).toBe(1);
    expect(await dara.lines(withDara)).toEqual(["from Dara", "one", "two", "three", "four"]);
  });

  it("N-11 a blocked person opens no new conversation, and others still do", async () => {
    const world = new World({ latencyMs: 5 });
    const station = await world.stations.station("one");
    const [sara, mallory, nima] = [
      await world.person("Sara", station),
      await world.person("Mallory", station),
      await world.person("Nima", station),
    ];
    const invite = await sara.client.invite();
    await sara.client.chats.block(mallory.client.me()!.identity, true);
    const ids = [await mallory.client.open(invite), await nima.client.open(invite)];
    await mallory.client.send(ids[0]!, { text: "you must hear me" });
    for (const person of [sara, mallory, nima]) person.client.connect();
    await world.quiet([sara, nima]);
    expect((await sara.client.conversations()).map(({ id }) => id)).toEqual([ids[1]]);
    expect(sara.failures).toEqual([]);
  });

  it("N-10 nobody blocks themselves, or nobody", async () => {
    const { sara } = await scene();
    const { chats } = sara.client;
    for (const identity of [sara.client.me()!.identity, "", "not an id", toBase32(new Uint8Array(19))])
      await expect(chats.block(identity, true)).rejects.toMatchObject({ code: "client/unknown-person" });
    expect(await chats.blocked()).toEqual([]);
  });
});
