import { describe, expect, it } from "vitest";
import { MemoryClient } from "../testing/memory-client.ts";
import { openThread, PAGE } from "./thread.ts";
import type { Thread } from "./thread.ts";

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

async function openWith(count: number, unread = 0): Promise<{ client: MemoryClient; id: string; thread: Thread }> {
  const client = new MemoryClient();
  client.become("Dara");
  const id = client.addRoom({ identity: "sara", name: "Sara", home: undefined });
  for (let at = 0; at < count; at += 1) client.addMessage(id, { text: String(at), mine: at % 2 === 1 });
  const thread = openThread(client, id, unread);
  await settle();
  return { client, id, thread };
}

describe("an open conversation", () => {
  it("has its newest rows at once, whatever its length", async () => {
    for (const count of [0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 2 * PAGE + 1, 777]) {
      const { thread } = await openWith(count);
      expect(thread.count.value).toBe(count);
      for (let at = Math.max(0, count - PAGE); at < count; at += 1) expect(thread.at(at)?.text).toBe(String(at));
    }
  });

  it("brings any other stretch when it is asked for, and forgets what is far", async () => {
    const { thread } = await openWith(2000);
    expect(thread.at(10)).toBeUndefined();
    await thread.load(0, 120);
    for (let at = 0; at <= 120; at += 1) expect(thread.at(at)?.text).toBe(String(at));
    for (let from = 200; from < 1800; from += PAGE) await thread.load(from, from + PAGE - 1);
    expect(thread.at(10)).toBeUndefined();
  });

  it("keeps queued messages last when others arrive", async () => {
    const { client, id, thread } = await openWith(3);
    client.setRoute({ state: "seeking" });
    await thread.send({ text: "waits" });
    client.addMessage(id, { text: "arrives" });
    await settle();
    expect([3, 4].map((at) => thread.at(at)?.text)).toEqual(["arrives", "waits"]);
  });

  it("follows the state of messages on pages that are not the last", async () => {
    const { client, id, thread } = await openWith(2);
    client.setRoute({ state: "seeking" });
    const first = await thread.send({ text: "first" });
    for (let at = 0; at < 3 * PAGE; at += 1) await thread.send({ text: String(at) });
    await thread.load(0, 10);
    client.setState(id, first.id, "at-station");
    await settle();
    expect(thread.at(2)?.state).toBe("at-station");
  });

  it("draws the unread line before the first message of others that was unread", async () => {
    const { thread } = await openWith(10, 2);
    // 6 and 8 are theirs; the unread line stands before 6.
    expect(thread.unreadFrom.value).toBe(6);
    await thread.send({ text: "answer" });
    expect(thread.unreadFrom.value).toBeUndefined();
  });

  it("shows what is written before it is kept, in order, and each once when it is", async () => {
    const { client, id, thread } = await openWith(2);
    const disk = Promise.withResolvers<void>();
    const keep = client.send.bind(client);
    client.send = async (to, message) => (await disk.promise, keep(to, message));
    const first = thread.send({ text: "same words" });
    const second = thread.send({ text: "same words" });
    const third = thread.send({ text: "others" });
    const shown = (): unknown[] =>
      Array.from({ length: thread.count.value ?? 0 }, (_, at) => [thread.at(at)?.text, thread.at(at)?.unkept]);
    const before = [
      ["0", undefined],
      ["1", undefined],
    ];
    const three = (unkept?: true): unknown[] => ["same words", "same words", "others"].map((text) => [text, unkept]);
    expect(shown()).toEqual([...before, ...three(true)]);
    const names = [2, 3, 4].map((at) => thread.rowOf(thread.at(at)!));
    const counts: (number | undefined)[] = [];
    const stop = thread.count.subscribe((count) => void counts.push(count));
    disk.resolve();
    await Promise.all([first, second, third]);
    stop();
    expect(shown()).toEqual([...before, ...three()]);
    // Nobody saw one twice, and a row keeps its name.
    expect(new Set(counts)).toEqual(new Set([5]));
    expect([2, 3, 4].map((at) => thread.rowOf(thread.at(at)!))).toEqual(names);
    client.addMessage(id, { text: "arrives" });
    await settle();
    expect(thread.count.value).toBe(6);
  });

  it("takes a message that could not be kept away again", async () => {
    const { client, thread } = await openWith(2);
    client.send = () => Promise.reject(new Error("the disk is full"));
    const sent = thread.send({ text: "lost" });
    expect(thread.count.value).toBe(3);
    await expect(sent).rejects.toThrow("the disk is full");
    expect(thread.count.value).toBe(2);
  });

  it("D-65 shows history that comes while it is open, in whatever order its parts come", async () => {
    const { client, id } = await openWith(3 * PAGE);
    const away = new Set(Array.from({ length: 3 * PAGE }, (_, at) => at));
    const read = client.messages.bind(client);
    client.messages = async (of, query) => (await read(of, query)).filter(({ position }) => !away.has(position));
    const thread = openThread(client, id, 0);
    await settle();
    expect(thread.count.value).toBe(0);
    const comes = async (from: number, to: number): Promise<void> => {
      for (let at = from; at < to; at += 1) away.delete(at);
      client.emit({ type: "conversation", conversation: id });
      await settle();
    };
    const shown = (): number[] =>
      Array.from({ length: 3 * PAGE }, (_, at) => at).filter((at) => thread.at(at)?.text === String(at));
    await comes(3 * PAGE - 20, 3 * PAGE);
    expect(thread.count.value).toBe(3 * PAGE);
    await thread.load(0, 3 * PAGE - 1);
    expect(shown()).toHaveLength(20);
    await comes(0, 10);
    await comes(20, 30);
    expect(shown().slice(0, 20)).toEqual(
      [...shown().keys()].slice(0, 10).concat([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]),
    );
    await comes(0, 3 * PAGE);
    expect(shown()).toHaveLength(3 * PAGE);
  });

  it("D-65 reads a page again that was being read while its history came", async () => {
    const { client, id } = await openWith(4 * PAGE);
    const away = new Set([3]);
    const read = client.messages.bind(client);
    let held = Promise.resolve();
    client.messages = async (of, query) => {
      const rows = (await read(of, query)).filter(({ position }) => !away.has(position));
      await held;
      return rows;
    };
    const thread = openThread(client, id, 0);
    await settle();
    const gate = Promise.withResolvers<void>();
    held = gate.promise;
    const loaded = thread.load(0, PAGE - 1);
    await settle();
    away.clear();
    held = Promise.resolve();
    client.emit({ type: "conversation", conversation: id });
    await settle();
    gate.resolve();
    await loaded;
    await settle();
    expect(thread.at(3)?.text).toBe("3");
  });

  it("reads nothing again that is whole when its conversation is only told of", async () => {
    const { client, id } = await openWith(PAGE + 5);
    let reads = 0;
    const read = client.messages.bind(client);
    client.messages = async (of, query) => ((reads += 1), read(of, query));
    openThread(client, id, 0);
    await settle();
    const before = reads;
    client.emit({ type: "conversation", conversation: id });
    await settle();
    expect(reads).toBe(before);
  });

  it("reads nothing after it was closed", async () => {
    const { client, id, thread } = await openWith(1);
    thread.close();
    client.addMessage(id, { text: "late" });
    await settle();
    expect(thread.count.value).toBe(1);
  });
});
