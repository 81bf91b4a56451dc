import { array, assert, boolean, constantFrom, integer, property, string, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { CborWriter } from "../content/cbor-writer.ts";
import { Disposition, type MimiContent, type NestedPart, NO_EXTENSIONS } from "../content/mimi.ts";
import { textPart } from "../content/text.ts";
import { fitsPoll, MAX_OPTIONS, optionOf, pollExtension, pollIn, readVote, votePart } from "./polls.ts";

const within = (value: Uint8Array): Pick<MimiContent, "extensions"> => ({
  extensions: { ...NO_EXTENSIONS, others: [{ key: "chapar.poll", value }] },
});

function written(multiple: boolean, options: readonly string[]): Uint8Array {
  const writer = new CborWriter().array(2).bool(multiple).array(options.length);
  for (const option of options) writer.text(option);
  return writer.finish();
}

const vote = (content: Uint8Array): NestedPart => ({
  kind: "single",
  disposition: Disposition.unspecified,
  language: "",
  contentType: "application/vnd.chapar.vote+cbor",
  content,
});

describe("polls", () => {
  it("C-70 come back as they were asked", () => {
    const option = string({
      unit: constantFrom("a", "b", " ", "آ", "ب", "\u200c", "😀", "<", "&"),
      minLength: 1,
      maxLength: 40,
    })
      .map(optionOf)
      .filter((one) => one !== undefined);
    assert(
      property(boolean(), array(option, { minLength: 2, maxLength: MAX_OPTIONS }), (multiple, options) => {
        expect(pollIn(within(pollExtension({ multiple, options }).value))).toEqual({ multiple, options });
      }),
    );
  });

  it("C-70 shows options without what turns or hides, and takes no poll of none, one or too many", () => {
    expect(pollIn(within(written(false, ["\u202egpj.exe\u2066", " a\n b "])))?.options).toEqual(["gpj.exe", "a b"]);
    const many = (count: number): string[] => Array.from({ length: count }, (_, at) => `option ${at}`);
    expect(pollIn(within(written(true, many(MAX_OPTIONS))))?.options).toHaveLength(MAX_OPTIONS);
    for (const options of [[], ["one"], many(MAX_OPTIONS + 1), many(4_000), ["a", "\u202e"], ["a", "x".repeat(401)]])
      expect(pollIn(within(written(false, options)))).toBeUndefined();
    expect(pollIn({ extensions: NO_EXTENSIONS })).toBeUndefined();
    for (const options of [["a"], many(MAX_OPTIONS + 1), ["a", ""], ["a", "b\nc"], ["a", "x".repeat(401)]])
      expect(() => pollExtension({ multiple: false, options })).toThrow(RangeError);
    assert(
      property(uint8Array({ maxLength: 80 }), (bytes) => {
        const poll = pollIn(within(bytes));
        expect(poll === undefined || poll.options.length >= 2).toBe(true);
      }),
    );
  });

  it("C-71 C-72 a vote has one spelling, and fits a poll or does not", () => {
    for (const choices of [[], [0], [3, 5, 11]])
      expect(readVote(votePart(choices))).toEqual({ ok: true, value: { vote: choices } });
    expect(readVote(votePart(undefined))).toEqual({ ok: true, value: { vote: undefined } });
    for (const choices of [[1, 1], [2, 1], [12], [-1], Array.from({ length: 13 }, (_, at) => at)])
      expect(() => votePart(choices)).toThrow(RangeError);
    expect(readVote(textPart("[0]"))).toBeUndefined();
    const poll = { multiple: false, options: ["a", "b"] };
    expect([[], [1], [2], [0, 1]].map((one) => fitsPoll(one, poll))).toEqual([true, true, false, false]);
    expect(fitsPoll([0, 1], { ...poll, multiple: true })).toBe(true);
    assert(
      property(uint8Array({ maxLength: 20 }), (bytes) => {
        const read = readVote(vote(bytes));
        if (read?.ok === true) expect(votePart(read.value.vote).content).toEqual(bytes);
      }),
    );
    assert(
      property(array(integer({ min: 0, max: 30 }), { maxLength: 30 }), (numbers) => {
        const writer = new CborWriter().array(numbers.length);
        for (const number of numbers) writer.uint(number);
        const isAscending = numbers.every((one, at) => one < MAX_OPTIONS && one > (numbers[at - 1] ?? -1));
        expect(readVote(vote(writer.finish()))?.ok).toBe(isAscending);
      }),
    );
  });
});
