import type { Mls } from "@chapar/e2e";
import { identityId } from "@chapar/wire";
import { fromBase64Url, utf8 } from "@chapar/wire/bytes";
import {
  decodeLetter,
  Disposition,
  encodeLetter,
  encodeMimi,
  type MimiContent,
  type NestedPart,
  NO_EXTENSIONS,
  textPart,
} from "@chapar/wire/content";
import { FORWARDED_KEY, forwardedValue, pinPart, reactionPart, seenPart, withdrawalPart } from "@chapar/wire/talk";
import { describe, expect, it } from "vitest";
import { type Person, World } from "./world.ts";

/** Puts other content into the next letter of a member. */
class Forger {
  content: Uint8Array | undefined;

  mls = (inner: Mls): Mls => ({
    ...inner,
    seal: async (group, bytes) => {
      const letter = decodeLetter(bytes);
      const { content } = this;
      if (content === undefined || !letter.ok) return inner.seal(group, bytes);
      this.content = undefined;
      return inner.seal(group, encodeLetter({ ...letter.value, content }));
    },
  });
}

interface Scene {
  readonly world: World;
  readonly sara: Person;
  readonly dara: Person;
  readonly id: string;
  /** ids of a message of Dara's and of one of Sara's */
  readonly hers: Uint8Array;
  readonly his: Uint8Array;
  /** Sara's device says something else than she wrote. */
  readonly forge: (fields: Partial<MimiContent>) => Promise<void>;
}

const bytesOf = (id: string): Uint8Array => fromBase64Url(id) ?? new Uint8Array(0);
const nothing = (disposition: number): NestedPart => ({ kind: "null", disposition, language: "" });
const single = (contentType: string, content: Uint8Array, disposition: number = Disposition.render): NestedPart => ({
  kind: "single",
  disposition,
  language: "",
  contentType,
  content,
});

async function scene(): Promise<Scene> {
  const world = new World({ latencyMs: 5 });
  const station = await world.stations.station("one");
  const forger = new Forger();
  const sara = await world.person("Sara", station, { mls: forger.mls });
  const dara = await world.person("Dara", station);
  const id = await sara.client.open(await dara.client.invite());
  for (const person of [sara, dara]) person.client.connect();
  const hers = await sara.client.send(id, { text: "hers" });
  await world.quiet([sara, dara]);
  const his = await dara.client.send(id, { text: "his" });
  await world.quiet([sara, dara]);
  await dara.client.talk.react(his.id, "👍", true);
  await world.quiet([sara, dara]);
  const forge = async (fields: Partial<MimiContent>): Promise<void> => {
    forger.content = encodeMimi({
      salt: new Uint8Array(16).fill(1),
      replaces: undefined,
      topicId: new Uint8Array(0),
      expires: undefined,
      inReplyTo: undefined,
      extensions: NO_EXTENSIONS,
      body: textPart("forged"),
      ...fields,
    });
    await sara.client.send(id, { text: "what she wrote" });
    await world.quiet([sara, dara]);
  };
  return { world, sara, dara, id, hers: bytesOf(hers.id), his: bytesOf(his.id), forge };
}

const UNKNOWN = Uint8Array.of(1, ...new Uint8Array(31).fill(9));

type Lie = (scene: Scene) => Partial<MimiContent>;

const quietLies: readonly (readonly [string, Lie])[] = [
  ["an edit of another's letter", ({ his }) => ({ replaces: his })],
  ["a deletion of another's letter", ({ his }) => ({ replaces: his, body: nothing(1) })],
  ["a withdrawal of another's reaction", ({ his }) => ({ replaces: his, inReplyTo: his, body: withdrawalPart() })],
  ["an edit of a letter that never was", () => ({ replaces: UNKNOWN })],
  ["a deletion of a letter that never was", () => ({ replaces: UNKNOWN, body: nothing(1) })],
  ["a reaction to a letter that never was", () => ({ inReplyTo: UNKNOWN, body: reactionPart("👍") })],
  ["a pin of a letter that never was", () => ({ inReplyTo: UNKNOWN, body: pinPart(true) })],
];

const loudLies: readonly (readonly [string, Lie])[] = [
  ["a reaction of markup", ({ his }) => ({ inReplyTo: his, body: textPart("<img src=x>", Disposition.reaction) })],
  ["a reaction of a page", ({ his }) => ({ inReplyTo: his, body: textPart("👍".repeat(3_000), Disposition.reaction) })],
  ["a reaction that is a list", ({ his }) => ({ inReplyTo: his, body: manyParts(Disposition.reaction) })],
  ["a pin that is no truth value", ({ his }) => ({ inReplyTo: his, body: single(PIN, utf8("yes")) })],
  ["an edit without anything to show", ({ hers }) => ({ replaces: hers, body: single("x/y", new Uint8Array(9)) })],
  ["a size of what was seen that is none", () => ({ body: single(SEEN, Uint8Array.of(0x82, 0x20, 0x00)) })],
];
const PIN = "application/vnd.chapar.pin+cbor";
const SEEN = "application/vnd.chapar.seen+cbor";

function manyParts(disposition: number): NestedPart {
  const parts = Array.from({ length: 900 }, () => textPart("👍"));
  return { kind: "multi", disposition, language: "", semantics: "process-all", parts };
}

/** Everything is as it was, and writing goes on. */
async function isWhole({ world, sara, dara, id }: Scene): Promise<void> {
  const shown = (await dara.client.messages(id, { limit: 50 })).filter(({ text }) => text === "hers" || text === "his");
  expect(shown.map(({ text, edited, deleted }) => [text, edited, deleted])).toEqual([
    ["hers", undefined, undefined],
    ["his", undefined, undefined],
  ]);
  expect(shown[1]?.reactions).toMatchObject([{ emoji: "👍", count: 1, mine: true }]);
  expect(await dara.client.talk.pins(id)).toEqual([]);
  await dara.client.send(id, { text: "still here" });
  await world.quiet([sara, dara]);
  expect((await sara.lines(id)).at(-1)).toBe("still here");
}

describe("marks of a contact who lies", () => {
  it.each(quietLies)("C-33 %s changes nothing and leaves no line", async (_, lie) => {
    const at = await scene();
    await at.forge(lie(at));
    expect(await at.dara.lines(at.id)).toEqual(["hers", "his"]);
    await isWhole(at);
  });

  it.each(loudLies)("F-22 C-36 %s leaves a gap line and takes nothing along", async (_, lie) => {
    const at = await scene();
    await at.forge(lie(at));
    expect((await at.dara.lines(at.id))[2]).toMatch(/^\[(?:content|client)\//);
    await isWhole(at);
  });

  it("C-40 a device cannot say that it has seen what was not written yet", async () => {
    const at = await scene();
    await at.forge({ body: seenPart({ delivered: Number.MAX_SAFE_INTEGER, read: Number.MAX_SAFE_INTEGER }) });
    const later = await at.dara.client.send(at.id, { text: "later" });
    await at.world.quiet([at.sara, at.dara]);
    const [his] = (await at.dara.client.messages(at.id, { limit: 9 })).filter(({ text }) => text === "his");
    expect(his?.readBy).toHaveLength(1);
    expect((await at.dara.client.talk.message(later.id))?.readBy).toBeUndefined();
  });

  it("C-30 C-37 C-38 names and texts that turn, hide or pretend are shown clean", async () => {
    const at = await scene();
    const writer = identityId(new Uint8Array(20).fill(4));
    const value = forwardedValue({ writer, name: "<b>Mi\u202Ena\n</b>", station: undefined });
    const uri = "chapar:u/aqcaibaeaqcaibaeaqcaibaeaqcaibae";
    await at.forge({
      inReplyTo: UNKNOWN,
      extensions: { ...NO_EXTENSIONS, others: [{ key: FORWARDED_KEY, value }] },
      body: single("text/markdown;variant=GFM-MIMI", utf8(`[@Da\u202Era](${uri}) <script>x</script>`)),
    });
    const last = (await at.dara.client.messages(at.id, { limit: 1 }))[0];
    expect(last).toMatchObject({
      text: "@Dara <script>x</script>",
      forwardedFrom: { name: "<b>Mina </b>", mine: false },
      replyTo: { is: "missing", text: "" },
      mentions: [{ start: 0, length: 5, mine: false }],
    });
    await isWhole(at);
  });
});
