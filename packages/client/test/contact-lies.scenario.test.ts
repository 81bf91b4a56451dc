import { SeededRng } from "@chapar/carrier/testing";
import type { Mls } from "@chapar/e2e";
import { conversationId } from "@chapar/wire";
import { decodeLetter, encodeLetter, encodeMimi, decodeMimi, type Letter, NO_EXTENSIONS } from "@chapar/wire/content";
import { describe, expect, it } from "vitest";
import { type Person, World } from "./world.ts";

/** Rewrites what a member seals: the plaintext of the n-th letter from now on. */
class Forger {
  #lie: ((letter: Letter, bytes: Uint8Array) => Uint8Array) | undefined;

  /** The next letter leaves changed; those after it are as they were. */
  once(lie: (letter: Letter, bytes: Uint8Array) => Uint8Array): void {
    this.#lie = lie;
  }

  mls = (inner: Mls): Mls => ({
    ...inner,
    seal: async (group, content) => {
      const letter = decodeLetter(content);
      const lie = this.#lie;
      this.#lie = undefined;
      return inner.seal(group, lie !== undefined && letter.ok ? lie(letter.value, content) : content);
    },
  });
}

async function scene(): Promise<{ world: World; sara: Person; dara: Person; forger: Forger; id: string }> {
  const world = new World({ latencyMs: 5 });
  const station = await world.stations.station("one");
  const forger = new Forger();
  const sara = await world.person("Sara", station, { mls: forger.mls });
  const dara = await world.person("Dara", station);
  const id = await sara.client.open(await dara.client.invite());
  for (const person of [sara, dara]) person.client.connect();
  await sara.client.send(id, { text: "one" });
  await world.quiet([sara, dara]);
  return { world, sara, dara, forger, id };
}

const never = { signal: new AbortController().signal };
const mimiOf = (contentType: string, content: Uint8Array): Uint8Array =>
  encodeMimi({
    salt: new Uint8Array(16),
    replaces: undefined,
    topicId: new Uint8Array(0),
    expires: undefined,
    inReplyTo: undefined,
    extensions: NO_EXTENSIONS,
    body: { kind: "single", disposition: 3, language: "", contentType, content },
  });

const longName = (): Uint8Array => {
  const name = new Uint8Array(20_000).fill(0x61);
  return Uint8Array.of(0xa1, 0x01, 0x79, name.length >> 8, name.length & 0xff, ...name);
};

const lies: readonly (readonly [string, string, (letter: Letter, bytes: Uint8Array) => Uint8Array])[] = [
  ["bytes that are no letter", "content/bad-letter", () => Uint8Array.of(1, 2, 3)],
  ["a letter of another version", "content/unknown-version", (_, bytes) => Uint8Array.of(9, ...bytes.subarray(1))],
  [
    "a letter for another conversation",
    "client/foreign-conversation",
    (letter) => encodeLetter({ ...letter, conversation: conversationId(new Uint8Array(20).fill(7)) }),
  ],
  [
    "content that is no MIMI",
    "content/",
    (letter) => encodeLetter({ ...letter, content: new Uint8Array(40).fill(0xff) }),
  ],
  [
    "content that nothing can be shown of",
    "client/not-shown",
    (letter) => encodeLetter({ ...letter, content: mimiOf("application/x-unheard-of", new Uint8Array(4)) }),
  ],
  [
    "a name of 20,000 characters",
    "client/not-shown",
    (letter) => encodeLetter({ ...letter, content: mimiOf("application/vnd.chapar.profile+cbor", longName()) }),
  ],
  [
    "a previous letter that never was",
    "client/broken-chain",
    (letter) => encodeLetter({ ...letter, prev: new Uint8Array(32).fill(3) }),
  ],
  ["a sequence used before", "client/repeated-sequence", (letter) => encodeLetter({ ...letter, seq: 0 })],
];

describe("a contact who lies", () => {
  it.each(lies)("F-22 %s becomes a gap line (%s), and what follows is shown", async (_, code, lie) => {
    const { world, sara, dara, forger, id } = await scene();
    forger.once(lie);
    await sara.client.send(id, { text: "forged" });
    await world.quiet([sara, dara]);
    await sara.client.send(id, { text: "three" });
    await world.quiet([sara, dara]);
    const lines = await dara.lines(id);
    expect(lines[0]).toBe("one");
    expect(lines[1]).toMatch(new RegExp(`^\\[${code}`));
    expect(lines.at(-1)).toBe("three");
    // What the contact's device has in the place of the lie comes from its chain, as what is given back.
    const forged = (await dara.client.messages(id, { limit: 9 })).filter(({ text }) => text === "forged");
    expect(forged.every(({ restored }) => restored === true)).toBe(true);
    expect(forged.length).toBeLessThanOrEqual(1);
    expect(await dara.client.conversation(id)).toMatchObject({ state: "open", people: [{ name: "Sara" }] });
    await dara.client.send(id, { text: "still here" });
    await world.quiet([sara, dara]);
    expect((await sara.lines(id)).at(-1)).toBe("still here");
  });

  it("F-24 a sequence far ahead is shown, with a line for each that is missing", async () => {
    const { world, sara, dara, forger, id } = await scene();
    forger.once((letter) => encodeLetter({ ...letter, seq: letter.seq + 5 }));
    await sara.client.send(id, { text: "ahead" });
    await world.quiet([sara, dara]);
    const lines = await dara.client.messages(id, { limit: 9 });
    const gap = { text: "", gap: { code: "client/missing-messages", entries: 1 } };
    expect(lines).toMatchObject([{ text: "one" }, gap, gap, gap, gap, gap, { text: "ahead", state: "received" }]);
  });

  it("F-24 of very many that are missing one line says how many", async () => {
    const { world, sara, dara, forger, id } = await scene();
    forger.once((letter) => encodeLetter({ ...letter, seq: letter.seq + 1_000_000 }));
    await sara.client.send(id, { text: "ahead" });
    await world.quiet([sara, dara]);
    const lines = await dara.client.messages(id, { limit: 99 });
    expect(lines).toHaveLength(2 + 65);
    expect(lines[1]).toMatchObject({ gap: { code: "client/missing-messages", entries: 1_000_000 - 64 } });
  });

  it("F-22 the same content sealed again is shown once", async () => {
    const { world, sara, dara, forger, id } = await scene();
    let kept: Letter | undefined;
    forger.once((letter, bytes) => ((kept = letter), bytes));
    await sara.client.send(id, { text: "only once" });
    await world.quiet([sara, dara]);
    forger.once((letter) => encodeLetter({ ...letter, content: kept!.content }));
    await sara.client.send(id, { text: "changed into the one before" });
    await world.quiet([sara, dara]);
    expect(await dara.lines(id)).toEqual(["one", "only once"]);
  });

  it("F-22 a thousand lies take one line", async () => {
    const { world, sara, dara, forger, id } = await scene();
    for (let i = 0; i < 50; i++) {
      forger.once(() => Uint8Array.of(1, 2, 3));
      await sara.client.send(id, { text: `lie ${i}` });
      await world.quiet([sara]);
    }
    await world.quiet([sara, dara]);
    expect(await dara.lines(id)).toEqual(["one", "[content/bad-letter]"]);
    const [line] = await dara.client.messages(id, { limit: 1 });
    expect(line!.gap).toEqual({ code: "content/bad-letter", entries: 50 });
    expect((await dara.client.conversation(id))?.unread).toBe(1);
  });

  it("C-11 a file name that turns the text around it, or leads elsewhere, comes out clean", async () => {
    const { world, sara, dara, forger, id } = await scene();
    forger.once((letter) => {
      const mimi = decodeMimi(letter.content);
      if (!mimi.ok || mimi.value.body.kind !== "external") throw new Error("no file");
      const body = { ...mimi.value.body, filename: "../photo\u202egpj.exe" };
      return encodeLetter({ ...letter, content: encodeMimi({ ...mimi.value, body }) });
    });
    const bytes = new Uint8Array(10);
    const files = [{ fileName: "a", mediaType: "a/b", from: { bytes } }];
    await world.settle(sara.client.media.send(id, { text: "", files }, never));
    await world.quiet([sara, dara]);
    const [message] = await dara.client.messages(id, { limit: 1 });
    expect(message?.attachments[0]?.fileName).toBe("_photogpj.exe");
  });

  it("a file that is not what its message says is refused", async () => {
    const { world, sara, dara, forger, id } = await scene();
    forger.once((letter) => {
      const mimi = decodeMimi(letter.content);
      if (!mimi.ok || mimi.value.body.kind !== "external") throw new Error("no file");
      const body = { ...mimi.value.body, size: 7n };
      return encodeLetter({ ...letter, content: encodeMimi({ ...mimi.value, body }) });
    });
    const bytes = new SeededRng(3).bytes(100);
    const files = [{ fileName: "a", mediaType: "a/b", from: { bytes } }];
    await world.settle(sara.client.media.send(id, { text: "", files }, never));
    await world.quiet([sara, dara]);
    const [message] = await dara.client.messages(id, { limit: 1 });
    await expect(world.settle(dara.client.media.fetch(message!.id, 0, never))).rejects.toMatchObject({
      code: "client/bad-attachment",
    });
  });
});
