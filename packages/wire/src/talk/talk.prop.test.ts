import { array, assert, constantFrom, integer, property, string, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../bytes/index.ts";
import { Disposition, type NestedPart } from "../content/mimi.ts";
import { MIMI_MARKDOWN, textPart } from "../content/text.ts";
import { identityId, stationKey } from "../ids.ts";
import { forwardedValue, readForwarded } from "./forwarded.ts";
import { emojiOf, pinPart, readPin, readSeen, seenPart } from "./marks.ts";
import { mentionPart, readMentions } from "./mentions.ts";

const SARA = identityId(new Uint8Array(20).fill(7));
const unknown = (): undefined => undefined;
const markdown = (text: string): NestedPart => ({ ...textPart(text), contentType: MIMI_MARKDOWN });
const part = (contentType: string, content: Uint8Array): NestedPart => ({
  kind: "single",
  disposition: Disposition.unspecified,
  language: "",
  contentType,
  content,
});

describe("mentions", () => {
  it("C-37 what a person wrote is what is read, wherever it mentions somebody", () => {
    const piece = string({
      unit: constantFrom(..."a @[](){}*_`~#>-+=|&!\\<1.)\n\tاب\u200c😀".split("")),
      maxLength: 30,
    });
    assert(
      property(array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
        const mentions: { identity: typeof SARA; start: number; length: number }[] = [];
        let text = "";
        for (const [at, one] of pieces.entries()) {
          if (at > 0) {
            mentions.push({ identity: SARA, start: text.length, length: 5 });
            text += "@Sara";
          }
          text += one.toWellFormed();
        }
        const read = readMentions(mentionPart(text, mentions), unknown);
        expect(read?.text).toBe(text);
        expect(read?.mentions.map(({ start, length }) => ({ start, length }))).toEqual(
          mentions.map(({ start, length }) => ({ start, length })),
        );
      }),
    );
  });

  it("C-37 shows the name that is known, else what the link says, cleaned; whatever is no link stays text", () => {
    const uri = "chapar:u/a4dqobyha4dqobyha4dqobyha4dqobyh";
    const read = readMentions(markdown(`a [@Da\u202era <b>](${uri})!`), unknown);
    expect(read).toMatchObject({ text: "a @Dara <b>!", mentions: [{ name: "Dara <b>", start: 2, length: 9 }] });
    expect(readMentions(markdown(`[@x](${uri})`), () => "Sara")?.text).toBe("@Sara");
    for (const text of ["[@x](https://x)", "[@x](chapar:u/zz)", "[@](chapar:u/a)", "[x](y)", "[@a\nb](chapar:u/a)"])
      expect(readMentions(markdown(text), unknown)).toMatchObject({ mentions: [] });
    const many = readMentions(markdown(`[@x](${uri}) `.repeat(200)), unknown);
    expect(many?.mentions).toHaveLength(64);
    expect(readMentions(textPart(`[@x](${uri})`), unknown)).toBeUndefined();
  });

  it("C-37 refuses ranges that are no mentions", () => {
    for (const [start, length] of [
      [0, 5],
      [3, 1],
      [3, 99],
      [-1, 5],
    ] as const)
      expect(() => mentionPart("hi @Sara", [{ identity: SARA, start, length }])).toThrow(RangeError);
    const twice = { identity: SARA, start: 0, length: 5 };
    expect(() => mentionPart("@Sara", [twice, twice])).toThrow(RangeError);
  });
});

describe("marks", () => {
  it("C-36 takes one emoji of every kind, and nothing else", () => {
    for (const good of ["👍", "👍🏽", "❤", "❤️", "1️⃣", "🇮🇷", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👨‍👩‍👧‍👦", "👩🏽‍❤️‍💋‍👨🏿", "🏳️‍🌈", "🕊️"])
      expect(emojiOf(utf8(good))).toBe(good);
    for (const bad of [
      "",
      "a",
      "1",
      "#",
      "👍👍",
      " 👍",
      "👍 ",
      "\u202e👍",
      "<b>",
      "👍<b>",
      "🇮",
      "ی",
      "\u200d",
      "\u{E0067}",
      "👍\n",
    ])
      expect(emojiOf(utf8(bad))).toBeUndefined();
    assert(property(uint8Array({ maxLength: 80 }), (bytes) => (emojiOf(bytes)?.length ?? 0) <= 48));
  });

  it("C-39 C-40 pins and what was seen come back as they were written; other bytes are refused", () => {
    assert(
      property(integer({ min: 0 }), integer({ min: 0 }), constantFrom(true, false), (delivered, read, on) => {
        expect(readSeen(seenPart({ delivered, read }))).toEqual({ ok: true, value: { delivered, read } });
        expect(readPin(pinPart(on))).toEqual({ ok: true, value: on });
      }),
    );
    expect(readPin(textPart("true"))).toBeUndefined();
    expect(readSeen(pinPart(true))).toBeUndefined();
    assert(
      property(uint8Array({ maxLength: 24 }), (bytes) => {
        const pin = readPin(part("application/vnd.chapar.pin+cbor", bytes));
        expect(pin?.ok).toBe(bytes.length === 1 && (bytes[0] === 0xf4 || bytes[0] === 0xf5));
        const seen = readSeen(part("application/vnd.chapar.seen+cbor", bytes));
        if (seen?.ok === true) expect(seenPart(seen.value).content).toEqual(bytes);
      }),
    );
  });
});

describe("forwards", () => {
  const station = { key: stationKey(new Uint8Array(32).fill(3)), urls: ["https://station.example"] };

  it("C-38 come back as they were written, with a clean name; whatever else is no forward", () => {
    for (const forwarded of [
      { writer: SARA, name: "Sara", station },
      { writer: SARA, name: "", station: undefined },
    ])
      expect(readForwarded(forwardedValue(forwarded))).toEqual({ ok: true, value: forwarded });
    const odd = readForwarded(forwardedValue({ writer: SARA, name: "S\u202eara\n<b>", station: undefined }));
    expect(odd).toMatchObject({ ok: true, value: { name: "Sara <b>" } });
    assert(property(uint8Array({ maxLength: 60 }), (bytes) => typeof readForwarded(bytes).ok === "boolean"));
    expect(readForwarded(Uint8Array.of(0xa0)).ok).toBe(false);
  });
});
