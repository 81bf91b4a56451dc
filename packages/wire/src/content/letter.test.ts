import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../bytes/index.ts";
import { blobHash, conversationId, deviceId, identityId } from "../ids.ts";
import { arbitraryDamage } from "../testing/bytes.ts";
import { TEST_CHAIN_PORTS } from "../testing/op-chains.ts";
import {
  decodeLetter,
  encodeLetter,
  type Letter,
  LETTER_OVERHEAD_BYTES,
  letterHash,
  noPreviousLetter,
} from "./letter.ts";
import { Disposition, type NestedPart } from "./mimi.ts";
import { cleanFileName, cleanName } from "./name.ts";
import { decodeProfile, isProfile, profilePart, type ToldChain } from "./profile.ts";
import { shownParts, textPart } from "./text.ts";
import {
  blobUri,
  deviceUri,
  parseBlobUri,
  parseDeviceUri,
  parseRoomUri,
  parseUserUri,
  roomUri,
  userUri,
} from "./uri.ts";

const sized = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const letters: fc.Arbitrary<Letter> = fc.record({
  conversation: sized(20).map(conversationId),
  seq: fc.maxSafeNat(),
  prev: sized(32),
  frontier: fc.record({ size: fc.maxSafeNat(), root: sized(32) }),
  content: fc.uint8Array({ maxLength: 300 }),
});

const raw = (hex: string): ReturnType<typeof decodeProfile> => decodeProfile(Uint8Array.from(Buffer.from(hex, "hex")));
const multi = (semantics: "choose-one" | "single-unit" | "process-all", ...parts: NestedPart[]): NestedPart => ({
  kind: "multi",
  disposition: 1,
  language: "",
  semantics,
  parts,
});

describe("letters", () => {
  it("C-6 come back from their bytes; damage is a code, and what is accepted has one spelling", () => {
    fc.assert(
      fc.property(letters, (letter) => {
        expect(decodeLetter(encodeLetter(letter))).toEqual({ ok: true, value: letter });
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), arbitraryDamage(letters.map(encodeLetter))), (bytes) => {
        const decoded = decodeLetter(bytes);
        if (decoded.ok) expect(toHex(encodeLetter(decoded.value))).toBe(toHex(bytes));
        else expect(["content/bad-letter", "content/unknown-version"]).toContain(decoded.code);
      }),
      { numRuns: 500 },
    );
  });

  it("C-6 cost the stated bytes and refuse a version that is not known", () => {
    const letter: Letter = {
      conversation: conversationId(new Uint8Array(20)),
      seq: 0,
      prev: noPreviousLetter(),
      frontier: { size: 0, root: new Uint8Array(32) },
      content: new Uint8Array(100),
    };
    const bytes = encodeLetter(letter);
    expect(bytes.byteLength - 100).toBe(LETTER_OVERHEAD_BYTES);
    expect(letterHash(bytes, TEST_CHAIN_PORTS.sha256)).toEqual(TEST_CHAIN_PORTS.sha256(bytes));
    bytes[0] = 2;
    expect(decodeLetter(bytes)).toEqual({ ok: false, code: "content/unknown-version", offset: 0 });
    expect(() => encodeLetter({ ...letter, prev: new Uint8Array(31) })).toThrow(RangeError);
    expect(() => encodeLetter({ ...letter, content: new Uint8Array(65_537) })).toThrow(RangeError);
  });
});

describe("names", () => {
  it("C-9 keep every script, joiners inside words, and emoji", () => {
    for (const name of ["Sara", "سارا", "علی‌رضا", "می‌خواهم", "李小龙", "Zoë", "👩🏽‍⚕️", "नमस्ते", "O'Neil-Łoś 2"])
      expect(cleanName(name)).toBe(name);
    expect(cleanName("  Sara \n\t Dara  ")).toBe("Sara Dara");
    expect(cleanName("e\u0301")).toBe("é");
    expect(cleanName("x".repeat(64))).toHaveLength(64);
    expect(cleanName("👍".repeat(64))).toBe("👍".repeat(64));
  });

  it("C-9 lose controls, bidi controls, invisible letters and piled marks", () => {
    const hidden = [
      "\u0000",
      "\u001b[31m".slice(0, 1),
      "\u007f",
      "\u200e",
      "\u200f",
      "\u061c",
      "\u202a",
      "\u202e",
      "\u2066",
      "\u2069",
      "\u200b",
      "\ufeff",
      "\u00ad",
      "\u2060",
      "\u3164",
      "\u{e0041}",
      "\ue000",
      "\u2028",
    ];
    for (const character of hidden)
      expect(cleanName(`Sa${character}ra`)?.replace(" ", ""), character.codePointAt(0)?.toString(16)).toBe("Sara");
    expect(cleanName("\u0301\u200cSara\u200d")).toBe("Sara");
    expect(cleanName(`Z${"\u0335".repeat(50)}algo`)).toHaveLength(9);
    expect(cleanName("a\ud800b")).toBe("a\ufffdb");
  });

  it("C-9 refuse nothing to show and more than 64 characters", () => {
    for (const empty of ["", "   ", "\u202e\u200b", "\u200c", "\u3164", "\u0301"])
      expect(cleanName(empty)).toBeUndefined();
    expect(cleanName("x".repeat(65))).toBeUndefined();
    expect(cleanName(`Sara${"\u200b".repeat(2000)}`)).toBeUndefined();
  });

  it("C-9 once clean stay as they are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 70 }), (raw) => {
        const clean = cleanName(raw);
        if (clean !== undefined) expect(cleanName(clean)).toBe(clean);
      }),
      { numRuns: 500 },
    );
  });
});

describe("file names", () => {
  it("C-11 are one harmless path component that keeps its extension", () => {
    for (const good of ["photo.jpg", "عکس.png", "a b (1).tar.gz", "no extension"])
      expect(cleanFileName(good)).toBe(good);
    expect(cleanFileName("../../etc/passwd")).toBe("_.._etc_passwd");
    expect(cleanFileName("C:\\x\\y.txt")).toBe("C__x_y.txt");
    expect(cleanFileName("photo\u202egpj.exe")).toBe("photogpj.exe");
    expect(cleanFileName(".bashrc")).toBe("bashrc");
    expect(cleanFileName("nul.txt")).toBe("_nul.txt");
    expect(["", "\u0000", "...", " . "].map(cleanFileName)).toEqual(["file", "file", "file", "file"]);
    const long = cleanFileName(`${"é".repeat(500)}.jpeg`);
    expect(long.endsWith("é.jpeg")).toBe(true);
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(200);
  });
});

describe("profiles", () => {
  it("C-108 say a picture, that there is none any more, or nothing of it; another item there says nothing", () => {
    const told = (picture?: Uint8Array) =>
      decodeProfile(profilePart({ name: "Sara", ...(picture && { picture }) }).content);
    for (const picture of [Uint8Array.of(1, 2, 3), new Uint8Array(0)])
      expect(told(picture)).toEqual({ ok: true, value: { name: "Sara", picture } });
    expect(told()).toEqual({ ok: true, value: { name: "Sara" } });
    const { content } = profilePart({ name: "Sara", picture: Uint8Array.of(7) });
    // A text of one letter in the place of the byte string.
    const strange = content.with(content.length - 2, 0x61).with(content.length - 1, 0x62);
    expect(decodeProfile(strange)).toEqual({ ok: true, value: { name: "Sara" } });
  });

  it("C-8 carry a name, and come out clean whatever was sent", () => {
    const part = profilePart({ name: "سارا" });
    expect(isProfile(part)).toBe(true);
    expect(part.disposition).toBe(Disposition.profile);
    expect(decodeProfile(part.content)).toEqual({ ok: true, value: { name: "سارا" } });
    expect(() => profilePart({ name: "a\u202eb" })).toThrow(RangeError);
    expect(raw("a1 01 65 61e280ae62".replaceAll(" ", ""))).toEqual({ ok: true, value: { name: "ab" } });
    expect(raw("a2 01 6161 05 8100".replaceAll(" ", ""))).toEqual({ ok: true, value: { name: "a" } });
    expect(raw("a1 01 60".replaceAll(" ", ""))).toMatchObject({ code: "content/bad-name" });
    expect(raw("a0")).toMatchObject({ code: "content/bad-name" });
    expect(raw("a2 05 00 01 6161".replaceAll(" ", ""))).toMatchObject({ code: "content/not-deterministic" });
    expect(raw("a1 61 61 6161".replaceAll(" ", ""))).toMatchObject({ code: "content/bad-shape" });
  });
});

describe("how a sender's chain stands", () => {
  const headHash = new Uint8Array(32).fill(7);
  const op = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes).fill(9);
  const told = (chain: ToldChain): ReturnType<typeof decodeProfile> =>
    decodeProfile(profilePart({ name: "Sara", chain }).content);

  it("C-12 travels with the name, with every op or with none", () => {
    const chain = { opCount: 2, headHash, ops: [op(300), op(150)] };
    expect(told(chain)).toEqual({ ok: true, value: { name: "Sara", chain } });
    const long = { opCount: 9, headHash, ops: Array.from({ length: 9 }, () => op(2048)) };
    expect(told(long)).toEqual({ ok: true, value: { name: "Sara", chain: { ...long, ops: [] } } });
    expect(() => profilePart({ name: "Sara", chain: { opCount: 0, headHash, ops: [] } })).toThrow(RangeError);
    expect(() => profilePart({ name: "Sara", chain: { opCount: 257, headHash, ops: [] } })).toThrow(RangeError);
  });

  it("C-12 is refused when it is no chain: another count than ops, no op, a short hash, too much", () => {
    const hash = "07".repeat(32);
    const chain = (hex: string): ReturnType<typeof decodeProfile> => raw(`a2 01 6161 02 ${hex}`.replaceAll(" ", ""));
    expect(chain(`83 01 5820 ${hash} 81 41 09`)).toMatchObject({ ok: true, value: { chain: { opCount: 1 } } });
    expect(chain(`83 02 5820 ${hash} 81 41 09`)).toMatchObject({ code: "content/bad-shape" });
    expect(chain(`83 00 5820 ${hash} 80`)).toMatchObject({ code: "content/bad-shape" });
    expect(chain(`83 01 581f ${hash.slice(2)} 80`)).toMatchObject({ ok: false });
    expect(chain(`83 190101 5820 ${hash} 80`)).toMatchObject({ ok: false });
    expect(chain(`82 01 5820 ${hash}`)).toMatchObject({ code: "content/bad-shape" });
    expect(chain(`83 01 5820 ${hash} 81 590801 ${"09".repeat(2049)}`)).toMatchObject({ code: "content/too-large" });
  });
});

describe("text to show", () => {
  const unknown: NestedPart = {
    kind: "single",
    disposition: 1,
    language: "",
    contentType: "application/x",
    content: new Uint8Array(1),
  };
  const markdown: NestedPart = {
    kind: "single",
    disposition: 1,
    language: "",
    contentType: "Text/Markdown; variant=GFM-MIMI",
    content: textPart("md").content,
  };

  it("C-7 follows choice, unit and list", () => {
    expect(shownParts(textPart("hi"))?.texts).toEqual(["hi"]);
    expect(shownParts(markdown)?.texts).toEqual(["md"]);
    expect(shownParts(unknown)).toBeUndefined();
    expect(shownParts({ kind: "null", disposition: 1, language: "" })).toEqual({
      texts: [],
      externals: [],
      isMarkdown: false,
    });
    expect(shownParts(multi("choose-one", unknown, markdown, textPart("no")))?.texts).toEqual(["md"]);
    expect(shownParts(multi("single-unit", textPart("a"), unknown))).toBeUndefined();
    expect(shownParts(multi("single-unit", textPart("a"), textPart("b")))?.texts).toEqual(["a", "b"]);
    expect(shownParts(multi("process-all", textPart("a"), unknown))?.texts).toEqual(["a"]);
  });

  it("C-7 refuses to send more than 16 KiB of text in one message", () => {
    expect(textPart("x".repeat(16_384)).content).toHaveLength(16_384);
    expect(() => textPart("é".repeat(8193))).toThrow(RangeError);
  });
});

describe("URIs", () => {
  it("C-10 name people, devices, rooms and chunks, in one spelling", () => {
    const person = identityId(new Uint8Array(20).fill(7));
    const device = deviceId(new Uint8Array(32).fill(8));
    const room = conversationId(new Uint8Array(20).fill(9));
    const chunk = blobHash(new Uint8Array(32).fill(1));
    expect(parseUserUri(userUri(person))).toEqual({ ok: true, value: person });
    expect(parseRoomUri(roomUri(room))).toEqual({ ok: true, value: room });
    expect(parseBlobUri(blobUri(chunk))).toEqual({ ok: true, value: chunk });
    expect(parseDeviceUri(deviceUri(person, device))).toEqual({ ok: true, value: { identity: person, device } });
    for (const bad of [userUri(person).toUpperCase(), `${userUri(person)}/`, roomUri(room), "", "chapar:u/"])
      expect(parseUserUri(bad)).toMatchObject({ ok: false, code: "content/bad-uri" });
    for (const bad of [userUri(person), `chapar:d/${"a".repeat(32)}/x`, `chapar:d//`, "/"])
      expect(parseDeviceUri(bad)).toMatchObject({ ok: false, code: "content/bad-uri" });
  });
});
