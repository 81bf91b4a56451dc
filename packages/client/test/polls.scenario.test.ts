import type { Mls } from "@chapar/e2e";
import { fromBase64Url } from "@chapar/wire/bytes";
import {
  decodeLetter,
  encodeLetter,
  encodeMimi,
  type MimiContent,
  type NestedPart,
  NO_EXTENSIONS,
  textPart,
} from "@chapar/wire/content";
import { pollExtension, votePart } from "@chapar/wire/talk";
import { describe, expect, it } from "vitest";
import type { MessageView, PollView } from "../src/index.ts";
import { friends, idOf } from "./group-scene.ts";
import { type Person, World } from "./world.ts";

/** What a lying device of Sara's says in the place of her next letter. */
let forged: Partial<MimiContent> | undefined;

const mls = (inner: Mls): Mls => ({
  ...inner,
  seal: async (group, bytes) => {
    const letter = decodeLetter(bytes);
    const fields = forged;
    if (fields === undefined || !letter.ok) return inner.seal(group, bytes);
    forged = undefined;
    const content = encodeMimi({
      salt: new Uint8Array(16).fill(5),
      replaces: undefined,
      topicId: new Uint8Array(0),
      expires: undefined,
      inReplyTo: undefined,
      extensions: NO_EXTENSIONS,
      body: textPart("forged"),
      ...fields,
    });
    return inner.seal(group, encodeLetter({ ...letter.value, content }));
  },
});

async function two() {
  const world = new World({ latencyMs: 5 });
  const station = await world.stations.station("one");
  const sara = await world.person("Sara", station, { mls });
  const dara = await world.person("Dara", station);
  const id = await sara.client.open(await dara.client.invite());
  for (const person of [sara, dara]) person.client.connect();
  await sara.client.send(id, { text: "hello" });
  const quiet = (): Promise<void> => world.quiet([sara, dara]);
  await quiet();
  const forge = async (fields: Partial<MimiContent>): Promise<void> => {
    forged = fields;
    await sara.client.send(id, { text: "what she wrote" });
    await quiet();
  };
  return { world, sara, dara, id, quiet, forge };
}

async function pollOf(person: Person, message: MessageView): Promise<PollView> {
  const view = await person.client.talk.message(message.id);
  if (view?.poll === undefined) throw new Error("no poll");
  return view.poll;
}

/** How many chose each option, as each of them counts. */
const counts = async (people: readonly Person[], message: MessageView): Promise<readonly number[][]> =>
  Promise.all(people.map(async (person) => (await pollOf(person, message)).options.map(({ count }) => count)));

/** What was said; the letter after a forged one does not follow what its writer thinks that she wrote. */
const heard = async (person: Person, id: string): Promise<string[]> =>
  (await person.lines(id)).filter((text) => text !== "[client/broken-chain]");

const LUNCH = { question: "Lunch?", options: ["rice", "bread", "نان"] };
const bytesOf = (id: string): Uint8Array => fromBase64Url(id) ?? new Uint8Array(0);

describe("polls between two people", () => {
  it("C-70 C-71 C-72 each is counted once, by the last vote, which may be changed and taken back", async () => {
    const { sara, dara, id, quiet } = await two();
    const asked = await dara.client.talk.poll(id, LUNCH);
    expect(asked).toMatchObject({ text: "Lunch?", mine: true, poll: { voters: 0, multiple: false } });
    await quiet();
    expect((await sara.client.messages(id, { limit: 1 }))[0]).toMatchObject({ text: "Lunch?", mine: false });
    await sara.client.talk.vote(asked.id, [2]);
    expect((await pollOf(sara, asked)).options[2]).toMatchObject({ text: "نان", count: 1, mine: true });
    await dara.client.talk.vote(asked.id, [2]);
    await quiet();
    expect(await counts([sara, dara], asked)).toEqual([
      [0, 0, 2],
      [0, 0, 2],
    ]);
    await sara.client.talk.vote(asked.id, [0]);
    await dara.client.talk.vote(asked.id, []);
    await quiet();
    expect(await counts([sara, dara], asked)).toEqual([
      [1, 0, 0],
      [1, 0, 0],
    ]);
    expect((await pollOf(dara, asked)).options[0]).toMatchObject({ mine: false, people: [{ name: "Sara" }] });
    // Votes are no lines, and are not unread.
    expect(await dara.lines(id)).toEqual(["hello", "Lunch?"]);
    for (const choices of [[3], [-1], [0.5], [0, 1]])
      await expect(sara.client.talk.vote(asked.id, choices)).rejects.toMatchObject({ code: "client/bad-vote" });
  });

  it("C-73 only its author closes it, and what comes into the log after that is not counted", async () => {
    const { world, sara, dara, id, quiet } = await two();
    const asked = await dara.client.talk.poll(id, { ...LUNCH, multiple: true });
    await quiet();
    await sara.client.talk.vote(asked.id, [1, 0]);
    await quiet();
    await expect(sara.client.talk.closePoll(asked.id)).rejects.toMatchObject({ code: "client/not-yours" });
    // She votes again without having heard that it is closed.
    await sara.stop();
    await dara.client.talk.closePoll(asked.id);
    await world.quiet([dara]);
    const again = await sara.start();
    await again.talk.vote(asked.id, [2]);
    again.connect();
    await quiet();
    expect(await counts([sara, dara], asked)).toEqual([
      [1, 1, 0],
      [1, 1, 0],
    ]);
    for (const person of [sara, dara]) {
      expect((await pollOf(person, asked)).closed?.by.name).toBe("Dara");
      const refused = { code: "client/not-allowed" };
      await expect(person.client.talk.vote(asked.id, [0])).rejects.toMatchObject(refused);
    }
    const hello = (await sara.client.messages(id, { limit: 9 }))[0]!;
    await expect(sara.client.talk.vote(hello.id, [0])).rejects.toMatchObject({ code: "client/not-allowed" });
  });

  it("C-70 an asked question is clean, of 2 to 12 options, is never edited, and goes on as a text", async () => {
    const { dara, sara, id, quiet } = await two();
    const bad = { code: "client/bad-poll" };
    for (const options of [["a"], Array<string>(13).fill("a"), ["a", "a"], ["a", " "], ["a", "b".repeat(401)]])
      await expect(dara.client.talk.poll(id, { question: "?", options })).rejects.toMatchObject(bad);
    const empty = dara.client.talk.poll(id, { ...LUNCH, question: " " });
    await expect(empty).rejects.toMatchObject({ code: "client/empty" });
    const asked = await dara.client.talk.poll(id, { question: "Which?", options: ["\u202egpj.exe", "b"] });
    expect(asked.poll?.options.map(({ text }) => text)).toEqual(["gpj.exe", "b"]);
    await expect(dara.client.talk.edit(asked.id, { text: "x" })).rejects.toMatchObject({ code: "client/not-allowed" });
    const on = await dara.client.talk.forward(asked.id, id);
    expect(on).toMatchObject({ text: "Which?\n• gpj.exe\n• b" });
    expect(on.poll).toBeUndefined();
    await dara.client.talk.erase(asked.id, "all");
    await quiet();
    for (const { client } of [sara, dara]) expect((await client.talk.message(asked.id))?.poll).toBeUndefined();
  });

  const lies: readonly (readonly [string, NestedPart])[] = [
    ["an option that there is not", votePart([7])],
    ["two where one may be chosen", votePart([0, 1])],
  ];
  it.each(lies)("C-72 a vote for %s counts as one for nothing", async (_, body) => {
    const { sara, dara, id, quiet, forge } = await two();
    const asked = await dara.client.talk.poll(id, LUNCH);
    await quiet();
    await sara.client.talk.vote(asked.id, [1]);
    await forge({ inReplyTo: bytesOf(asked.id), body });
    expect((await counts([dara], asked))[0]).toEqual([0, 0, 0]);
    expect(await heard(dara, id)).toEqual(["hello", "Lunch?"]);
  });

  it("C-73 a stranger to the poll cannot close it, and votes on what is no poll change nothing", async () => {
    const { dara, id, quiet, forge } = await two();
    const asked = await dara.client.talk.poll(id, LUNCH);
    await quiet();
    await forge({ inReplyTo: bytesOf(asked.id), body: votePart(undefined) });
    expect((await pollOf(dara, asked)).closed).toBeUndefined();
    expect(await heard(dara, id)).toEqual(["hello", "Lunch?"]);
  });

  it.each([[[0]], [undefined]])("C-73 a vote of %s on what is no poll changes nothing", async (vote) => {
    const { dara, id, quiet, forge } = await two();
    const word = await dara.client.send(id, { text: "a word" });
    await quiet();
    await forge({ inReplyTo: bytesOf(word.id), body: votePart(vote) });
    expect(await heard(dara, id)).toEqual(["hello", "a word"]);
    const view = await dara.client.talk.message(word.id);
    expect([view?.text, view?.poll, view?.edited]).toEqual(["a word", undefined, undefined]);
  });

  it("C-70 an edit of a poll that a changed program sends changes nothing", async () => {
    const { sara, dara, id, quiet, forge } = await two();
    const asked = await sara.client.talk.poll(id, LUNCH);
    await quiet();
    await dara.client.talk.vote(asked.id, [0]);
    await quiet();
    const extensions = { ...NO_EXTENSIONS, others: [pollExtension({ multiple: false, options: ["war", "peace"] })] };
    await forge({ replaces: bytesOf(asked.id), extensions, body: textPart("War?") });
    const view = await dara.client.talk.message(asked.id);
    expect(view).toMatchObject({ text: "Lunch?", poll: { options: [{ text: "rice", count: 1 }, {}, {}] } });
    expect(view?.edited).toBeUndefined();
  });
});

describe("polls in a group", () => {
  it("C-71 C-73 C-74 everyone votes and sees who voted for what; its author closes it, and whoever leads does not", async () => {
    const world = new World({ latencyMs: 20 });
    const all = (await friends(world, ["Sara", "Dara", "Omid"], 2)) as [Person, Person, Person];
    const [sara, dara, omid] = all;
    const id = await sara.client.groups.create("Walks", [idOf(dara), idOf(omid)]);
    await world.quiet(all);
    const asked = await dara.client.talk.poll(id, LUNCH);
    await world.quiet(all);
    for (const [at, { client }] of all.entries()) await client.talk.vote(asked.id, [at === 2 ? 1 : 0]);
    await world.quiet(all);
    for (const person of all) {
      const poll = await pollOf(person, asked);
      const named = poll.options.map(({ people }) => people.map(({ name }) => name).toSorted());
      expect([poll.voters, named]).toEqual([3, [["Dara", "Sara"], ["Omid"], []]]);
    }
    await expect(sara.client.talk.closePoll(asked.id)).rejects.toMatchObject({ code: "client/not-yours" });
    // What was voted stands, also of whoever is in the group no more.
    await sara.client.groups.remove(id, idOf(omid));
    await world.quiet(all);
    await dara.client.talk.closePoll(asked.id);
    await world.quiet(all);
    const left = await counts([sara, dara], asked);
    expect(left).toEqual([
      [2, 1, 0],
      [2, 1, 0],
    ]);
    expect((await pollOf(sara, asked)).closed?.by.name).toBe("Dara");
    for (const person of all) await person.stop();
  });
});
