/* Search over everything on a device: what is found, how soon what was changed is gone, and what lies on the disk. */
import { beforeEach, describe, expect, it } from "vitest";
import { idText } from "@chapar/wire";
import { textPart } from "@chapar/wire/content";
import type { Client, SearchQuery, Table } from "../src/index.ts";
import { messageShelf } from "../src/conversation/rows.ts";
import { composeContent } from "../src/conversation/letter.ts";
import { concatKey } from "../src/store/keys.ts";
import { Draft } from "../src/store/shelf.ts";
import { fillConversation, MemoryStore } from "../src/testing/index.ts";
import { type Person, World } from "./world.ts";

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);

let world: World;
let sara: Person;

/** Ends the engine, changes what lies on its disk as a transaction of the engine would, and starts it again. */
async function changed(change: (store: MemoryStore) => Promise<void>): Promise<void> {
  await sara.stop();
  await change(new MemoryStore(sara.medium));
  await sara.start();
}

const texts = async (query: Omit<SearchQuery, "words"> & { readonly words: string }, client: Client = sara.client) =>
  (await client.search.find(query)).hits.map(({ message }) => message.text);

/** Whether any row of a table holds these letters. */
function rests(table: Table, letters: string): boolean {
  const wanted = Buffer.from(letters);
  return [...(sara.medium.get(table as never)?.values() ?? [])].some((value) =>
    Buffer.from(value.value ?? value).includes(wanted),
  );
}

beforeEach(async () => {
  world = new World();
  sara = await world.person("Sara", await world.stations.station("here"));
});

describe("what is found", () => {
  it("is every message with all of the words, newest first, also those that just came", async () => {
    const dara = await world.person("Dara", await world.stations.station("there"));
    for (const { client } of [sara, dara]) client.connect();
    const id = await dara.client.open(await sara.client.invite());
    await dara.client.send(id, { text: "کتاب‌های علي رسید" });
    await dara.client.send(id, { text: "the red door" });
    await world.quiet([sara, dara]);
    const own = await sara.only();
    await sara.client.send(own, { text: "علی کتاب را خواند" });
    expect(await texts({ words: "كتاب علی" })).toEqual(["علی کتاب را خواند", "کتاب‌های علي رسید"]);
    expect(await texts({ words: "door" }, dara.client)).toEqual(["the red door"]);
    expect(await texts({ words: "oor" })).toEqual([]);
  });

  it("is taken in to its end also when a conversation has no message yet", async () => {
    const dara = await world.person("Dara", await world.stations.station("there"));
    const id = await sara.client.open(await dara.client.invite());
    expect(await sara.client.search.catchUp()).toBe(0);
    await sara.client.send(id, { text: "the first word" });
    expect(await texts({ words: "first" })).toEqual(["the first word"]);
  });

  it("is narrowed by chat, person, time and what a message carries", async () => {
    let [first, second] = [new Uint8Array(), new Uint8Array()] as Uint8Array[];
    await changed(async (store) => {
      const letters = (name: string) =>
        Array.from({ length: 300 }, (_, at) => ({
          text: at % 50 === 0 ? `${name} apple https://example.org/${at}` : `${name} apple ${at}`,
          atMs: START_MS + at * DAY_MS,
          mine: at % 3 === 0,
        }));
      first = await fillConversation(store, 1, "Mina", letters("mina"));
      second = await fillConversation(store, 2, "Reza", letters("reza"));
    });
    await sara.client.search.catchUp();
    const all = await sara.client.search.find({ words: "apple", limit: 100 });
    expect(all).toMatchObject({ more: true, waiting: 0 });
    expect(all.hits).toHaveLength(100);
    const times = all.hits.map(({ message }) => message.writtenAtMs);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    const inFirst = await sara.client.search.find({
      words: "apple",
      conversation: idText(first ?? new Uint8Array()),
      limit: 100,
    });
    expect(inFirst.hits.every(({ message }) => message.text.startsWith("mina"))).toBe(true);
    const [hit] = (await sara.client.search.find({ words: "reza 7", limit: 1 })).hits;
    const from = hit?.message.sender ?? "";
    const ofReza = await sara.client.search.find({ words: "", from, limit: 100 });
    expect(ofReza.hits.every(({ message }) => message.text.startsWith("reza") && !message.mine)).toBe(true);
    const range = { sinceMs: START_MS + 10 * DAY_MS, untilMs: START_MS + 12 * DAY_MS };
    expect((await texts({ words: "apple", ...range })).sort()).toEqual([
      "mina apple 10",
      "mina apple 11",
      "reza apple 10",
      "reza apple 11",
    ]);
    const links = await sara.client.search.find({ words: "", media: "link", limit: 100 });
    expect(links.hits).toHaveLength(12);
    expect((await sara.client.search.find({ words: "apple", skip: 590, limit: 100 })).hits).toHaveLength(10);
    expect(second).toHaveLength(20);
  });

  it("is ranked when asked for: whole words and words side by side first", async () => {
    await changed(async (store) => {
      const letters = ["a redder door", "a red house and a door", "the red door", "red doors"];
      await fillConversation(
        store,
        1,
        "Mina",
        letters.map((text, at) => ({ text, atMs: START_MS + at })),
      );
    });
    expect((await texts({ words: "red door", order: "rank" }))[0]).toBe("the red door");
    expect((await texts({ words: "red door" }))[0]).toBe("red doors");
  });
});

describe("what was changed", () => {
  it("is found as it is now, and its old words leave the disk's index at once, also when the engine ended between", async () => {
    let id = new Uint8Array() as Uint8Array;
    await changed(async (store) => {
      const letters = Array.from({ length: 700 }, (_, at) => ({
        text: at === 3 ? "zanzibarqx secret" : `word${at % 40} filler`,
        atMs: START_MS + at,
      }));
      id = await fillConversation(store, 1, "Mina", letters);
    });
    await sara.client.search.catchUp();
    expect(await texts({ words: "zanzibar" })).toEqual(["zanzibarqx secret"]);
    expect(rests("search", "zanzibarqx")).toBe(true);
    await changed(async (store) => {
      const key = concatKey(id, 3);
      const line = await messageShelf.get(store, key);
      const draft = new Draft();
      const content = composeContent(textPart("quokkawy instead"), {
        random: (size) => new Uint8Array(size),
        writtenAtMs: START_MS,
      });
      if (line !== undefined) messageShelf.put(draft, key, { ...line, content });
      await draft.commit(store);
    });
    await sara.client.search.catchUp();
    expect(rests("search", "zanzibarqx")).toBe(false);
    expect(await texts({ words: "zanzibar" })).toEqual([]);
    expect(await texts({ words: "quokka" })).toEqual(["quokkawy instead"]);
    await changed(async (store) => {
      const draft = new Draft();
      messageShelf.remove(draft, concatKey(id, 3));
      await draft.commit(store);
    });
    await sara.client.search.catchUp();
    expect(await texts({ words: "quokka" })).toEqual([]);
    expect(await texts({ words: "word7", limit: 100 })).toHaveLength(18);
  });

  it("is not shown by an index that is behind", async () => {
    let id = new Uint8Array() as Uint8Array;
    await changed(async (store) => {
      id = await fillConversation(
        store,
        1,
        "Mina",
        Array.from({ length: 200 }, (_, at) => ({ text: `pear ${at}`, atMs: START_MS + at })),
      );
    });
    await sara.client.search.catchUp();
    await changed(async (store) => {
      const draft = new Draft();
      messageShelf.remove(draft, concatKey(id, 150));
      await draft.commit(store);
    });
    expect(await texts({ words: "pear 150" })).toEqual([]);
  });
});

describe("the index", () => {
  it("takes in a device's old messages and merges them, and finds each by each of its words", async () => {
    const letters = Array.from({ length: 5000 }, (_, at) => ({
      text: `common n${at} t${at % 7}`,
      atMs: START_MS + at * 1000,
    }));
    await changed(async (store) => {
      await fillConversation(store, 1, "Mina", letters);
      // As a profile that is older than the index: no notes.
      sara.medium.delete("unindexed");
    });
    expect(await sara.client.search.catchUp()).toBe(5000);
    for (const at of [0, 511, 512, 4095, 4096, 4999])
      expect(await texts({ words: `n${at}`, order: "rank", limit: 1 })).toEqual([`common n${at} t${at % 7}`]);
    expect((await texts({ words: "common", limit: 3 })).map((text) => text.split(" ")[1])).toEqual([
      "n4999",
      "n4998",
      "n4997",
    ]);
    const rows = sara.medium.get("search")?.length ?? 0;
    expect(rows).toBeLessThan(60);
    expect(await sara.client.search.catchUp()).toBe(0);
  });
});
