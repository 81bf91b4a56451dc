import { describe, expect, it } from "vitest";
import { concatBytes, fromHex, utf8 } from "../bytes/index.ts";
import { TEST_CHAIN_PORTS } from "../testing/op-chains.ts";
import { CborReader } from "./cbor-reader.ts";
import { contentFault, decodeDerivedValues, encodeDerivedValues } from "./derived.ts";
import { MAX_CONTENT_BYTES, MAX_PARTS } from "./limits.ts";
import { Disposition, messageId, type MimiContent, type NestedPart, NO_EXTENSIONS } from "./mimi.ts";
import { decodeMimi } from "./mimi-decode.ts";
import { encodeMimi } from "./mimi-encode.ts";
import { textPart } from "./text.ts";

const SALT = Uint8Array.from({ length: 16 }, (_, i) => i);
const PLAIN: MimiContent = {
  salt: SALT,
  replaces: undefined,
  topicId: new Uint8Array(0),
  expires: undefined,
  inReplyTo: undefined,
  extensions: NO_EXTENSIONS,
  body: textPart("سلام"),
};
/** Hex of PLAIN up to the extension map, and the part after it. */
const HEAD = "8750000102030405060708090a0b0c0d0e0ff640f6f6";
const BODY = "83016000";

const bytesOf = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);
const decodeHex = (...parts: string[]): string => {
  const decoded = decodeMimi(bytesOf(parts.join("")));
  return decoded.ok ? "ok" : decoded.code;
};
const decodeReplyTo = (idHex: string): string => decodeHex(HEAD.slice(0, -2), idHex, "a0", BODY);
const decodeExtensions = (map: string): string => decodeHex(HEAD, map, BODY);
const codeOfItem = (hex: string): string => {
  const reader = new CborReader(bytesOf(hex));
  const read = reader.finish(reader.raw(3));
  return read.ok ? "ok" : read.code;
};
const nested = (levels: number): NestedPart =>
  levels === 1
    ? textPart("x")
    : {
        kind: "multi",
        disposition: Disposition.render,
        language: "",
        semantics: "process-all",
        parts: [textPart("y"), nested(levels - 1)],
      };

describe("the shape of content", () => {
  it("C-1 takes the smallest message and refuses every other count, kind and length", () => {
    expect(decodeHex(HEAD, "a0", BODY)).toBe("ok");
    expect(decodeHex("86", HEAD.slice(2), "a0", BODY)).toBe("content/bad-shape");
    expect(decodeHex(HEAD.replace("8750", "874f").slice(0, -2), "a0", BODY)).toBe("content/bad-shape");
    expect(decodeHex(HEAD, "80", BODY)).toBe("content/bad-shape");
    expect(decodeHex(HEAD, "a0", "84016000f6")).toBe("content/bad-shape");
    expect(decodeHex(HEAD, "a0", "83016004")).toBe("content/bad-shape");
    expect(decodeHex(HEAD, "a0", "831901006000")).toBe("content/bad-shape");
    expect(decodeHex(HEAD, "a0", "85016003 0081 83016000".replaceAll(" ", ""))).toBe("content/bad-shape");
    expect(decodeHex(HEAD, "a0", "85016003 0382 83016000 83016000".replaceAll(" ", ""))).toBe(
      "content/unknown-semantics",
    );
    expect(decodeHex(HEAD, "a0", "85016003 0282 83016000 83016000".replaceAll(" ", ""))).toBe("ok");
    expect(decodeHex(HEAD, "a0", BODY, "00")).toBe("content/bad-cbor");
    expect(decodeHex(HEAD, "a0")).toBe("content/bad-cbor");
    expect(decodeHex("")).toBe("content/bad-cbor");
  });

  it("C-3 refuses message ids of an unknown hash or another length", () => {
    expect(decodeReplyTo(`582001${"00".repeat(31)}`)).toBe("ok");
    expect(decodeReplyTo(`582002${"00".repeat(31)}`)).toBe("content/unknown-hash");
    expect(decodeReplyTo(`581f01${"00".repeat(30)}`)).toBe("content/bad-shape");
  });

  it("C-2 refuses what is not deterministic: long heads, indefinite lengths, unsorted and repeated keys", () => {
    expect(decodeExtensions("a1 03 1801".replaceAll(" ", ""))).toBe("content/not-deterministic");
    expect(decodeExtensions("a1 03 190018".replaceAll(" ", ""))).toBe("content/not-deterministic");
    expect(decodeExtensions("a1 03 9f00ff".replaceAll(" ", ""))).toBe("content/not-deterministic");
    expect(decodeExtensions("bf 03 00ff".replaceAll(" ", ""))).toBe("content/not-deterministic");
    expect(decodeExtensions("a2 04 00 03 00".replaceAll(" ", ""))).toBe("content/not-deterministic");
    expect(decodeExtensions("a2 03 00 03 00".replaceAll(" ", ""))).toBe("content/not-deterministic");
    expect(decodeExtensions("a2 6161 00 03 00".replaceAll(" ", ""))).toBe("content/not-deterministic");
    expect(decodeExtensions("a3 03 00 20 00 6161 00".replaceAll(" ", ""))).toBe("ok");
    expect(decodeExtensions("a1 03 a2 02 00 01 00".replaceAll(" ", ""))).toBe("content/not-deterministic");
    expect(decodeExtensions("b8 01 03 00".replaceAll(" ", ""))).toBe("content/not-deterministic");
  });

  it("C-2 takes floats only in their shortest form and one NaN", () => {
    for (const good of [
      "f93c00",
      "f97c00",
      "f90001",
      "f97bff",
      "fa47c35000",
      "fa33000000",
      "fa38002000",
      "fb3ff199999999999a",
      "f97e00",
      "f7",
      "f8ff",
      "e0",
    ])
      expect(codeOfItem(good), good).toBe("ok");
    for (const long of [
      "fa3f800000",
      "fa7f800000",
      "fa33800000",
      "fa38004000",
      "fb3ff0000000000000",
      "fb40f86a0000000000",
      "f97e01",
      "fa7fc00000",
      "fb7ff8000000000000",
      "c24101",
      "c249000102030405060708",
    ])
      expect(codeOfItem(long), long).toBe("content/not-deterministic");
    for (const bad of ["f810", "fc", "1c", "ff", "c0", "61ff", "81", "a10001".slice(0, 4), "9bffffffffffffffff00"])
      expect(codeOfItem(bad), bad).toBe("content/bad-cbor");
    expect(codeOfItem("c249010203040506070809")).toBe("ok");
    expect(codeOfItem("a1f500")).toBe("content/bad-shape");
    expect(codeOfItem("a11b002000000000000000")).toBe("content/bad-shape");
    expect(codeOfItem("a13b001fffffffffffff00")).toBe("content/bad-shape");
    expect(codeOfItem("a13b001ffffffffffffe00")).toBe("ok");
  });

  it("C-3 bounds depth of parts and of extensions", () => {
    expect(decodeMimi(encodeMimi({ ...PLAIN, body: nested(4) }))).toMatchObject({ ok: true });
    expect(() => encodeMimi({ ...PLAIN, body: nested(5) })).toThrow(RangeError);
    const part = "85016003 0182 83016000".replaceAll(" ", "");
    expect(decodeHex(HEAD, "a0", part.repeat(3), "83016000")).toBe("ok");
    expect(decodeHex(HEAD, "a0", part.repeat(4), "83016000")).toBe("content/too-deep");
    expect(decodeHex(HEAD, "a0", part.repeat(4000), "83016000")).toBe("content/too-deep");
    expect(decodeHex(HEAD, "a103", "81".repeat(2), "d82000", BODY)).toBe("ok");
    expect(decodeHex(HEAD, "a103", "81".repeat(3), "d82000", BODY)).toBe("content/too-deep");
    expect(decodeHex(HEAD, "a103", "81".repeat(20_000), BODY)).toBe("content/too-deep");
  });

  it("C-3 bounds sizes: content, topics, parts, extension keys", () => {
    expect(decodeMimi(new Uint8Array(MAX_CONTENT_BYTES + 1))).toMatchObject({ code: "content/too-large" });
    expect(() => encodeMimi({ ...PLAIN, topicId: new Uint8Array(4097) })).toThrow(RangeError);
    expect(decodeHex(HEAD.replace("40f6f6", `591001${"00".repeat(4097)}f6f6`), "a0", BODY)).toBe("content/too-large");
    const many = (count: number): Uint8Array =>
      concatBytes(
        bytesOf(`${HEAD}a08501600302`),
        Uint8Array.of(0x99, count >> 8, count & 255),
        bytesOf("83016000".repeat(count)),
      );
    expect(decodeMimi(many(MAX_PARTS - 1))).toMatchObject({ ok: true });
    expect(decodeMimi(many(MAX_PARTS))).toMatchObject({ code: "content/too-large" });
    expect(decodeHex(HEAD, "a178ff", "61".repeat(255), "00", BODY)).toBe("ok");
    expect(decodeHex(HEAD, "a1790100", "61".repeat(256), "00", BODY)).toBe("content/bad-shape");
    expect(decodeHex(HEAD, "a16000", BODY)).toBe("content/bad-shape");
    expect(() =>
      encodeMimi({ ...PLAIN, extensions: { ...NO_EXTENSIONS, others: [{ key: 5, value: bytesOf("1801") }] } }),
    ).toThrow(RangeError);
    expect(() =>
      encodeMimi({
        ...PLAIN,
        extensions: { ...NO_EXTENSIONS, senderUri: "a", others: [{ key: 1, value: bytesOf("60") }] },
      }),
    ).toThrow(RangeError);
  });
});

describe("message ids", () => {
  const input = {
    senderUri: "mimi://a/u/é",
    roomUri: "mimi://a/r/x",
    content: encodeMimi(PLAIN),
    sha256: TEST_CHAIN_PORTS.sha256,
  };

  it("C-4 cover sender, room and message, with lengths in bytes", () => {
    const id = messageId(input);
    expect([id.length, id[0]]).toEqual([32, 1]);
    const sender = utf8(input.senderUri);
    const room = utf8(input.roomUri);
    const hashed = concatBytes(
      Uint8Array.of(0, sender.length),
      sender,
      Uint8Array.of(0, room.length),
      room,
      input.content,
      SALT,
    );
    expect(id.slice(1)).toEqual(TEST_CHAIN_PORTS.sha256(hashed).slice(0, 31));
    expect(messageId({ ...input, senderUri: "mimi://a/u/e" })).not.toEqual(id);
    expect(messageId({ ...input, roomUri: "mimi://a/r/y" })).not.toEqual(id);
    expect(messageId({ ...input, content: encodeMimi({ ...PLAIN, topicId: Uint8Array.of(1) }) })).not.toEqual(id);
    const long = "x".repeat(300);
    const longHashed = concatBytes(
      Uint8Array.of(1, 44),
      utf8(long),
      Uint8Array.of(0, room.length),
      room,
      input.content,
      SALT,
    );
    const longId = messageId({ ...input, senderUri: long });
    expect(longId.slice(1)).toEqual(TEST_CHAIN_PORTS.sha256(longHashed).slice(0, 31));
    expect(() => messageId({ ...input, content: Uint8Array.of(1, 2, 3) })).toThrow(RangeError);
    expect(() => messageId({ ...input, senderUri: "x".repeat(65_536) })).toThrow(RangeError);
  });
});

describe("what a message may not claim", () => {
  const here = { senderUri: "chapar:u/a", roomUri: "chapar:r/b", acceptedMs: 1_700_000_000_000 };
  const claim = (
    extensions: Partial<MimiContent["extensions"]>,
    expires?: MimiContent["expires"],
  ): string | undefined => contentFault({ ...PLAIN, extensions: { ...NO_EXTENSIONS, ...extensions }, expires }, here);

  it("C-5 refuses another sender or room, and an expiry more than a year away", () => {
    expect(claim({})).toBeUndefined();
    expect(claim({ senderUri: here.senderUri, roomUri: here.roomUri })).toBeUndefined();
    expect(claim({ senderUri: "chapar:u/z" })).toBe("content/false-header");
    expect(claim({ roomUri: "chapar:r/z" })).toBe("content/false-header");
    expect(claim({}, { relative: true, time: 3600 })).toBeUndefined();
    expect(claim({}, { relative: true, time: 40_000_000 })).toBe("content/implausible-expiry");
    expect(claim({}, { relative: false, time: 1_700_003_600 })).toBeUndefined();
    expect(claim({}, { relative: false, time: 3600 })).toBe("content/implausible-expiry");
  });

  it("C-5 derived values come back from their bytes, with either kind of time", () => {
    const base = {
      messageId: new Uint8Array(32).fill(1),
      mlsGroupId: SALT,
      senderLeafIndex: 4,
      senderClientUrl: "c",
      senderUserUrl: "u",
      roomUrl: "r",
    };
    for (const hubAccepted of [
      { kind: "ms", timeMs: 1_644_387_225_019n },
      { kind: "extended", value: bytesOf("d903e9a10100") },
    ] as const) {
      const values = { ...base, hubAccepted };
      expect(decodeDerivedValues(encodeDerivedValues(values))).toEqual({ ok: true, value: values });
    }
    const odd = encodeDerivedValues({ ...base, hubAccepted: { kind: "extended", value: bytesOf("d903e900") } });
    expect(decodeDerivedValues(odd)).toMatchObject({ code: "content/bad-shape" });
  });
});
