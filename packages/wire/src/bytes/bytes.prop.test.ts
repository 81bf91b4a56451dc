import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryIndex } from "../testing/index.ts";
import * as encoding from "./encoding.ts";
import { ByteReader } from "./reader.ts";
import { ByteWriter } from "./writer.ts";

describe("byte cursor", () => {
  it("reads what was written, whatever the buffer's first size", () => {
    fc.assert(
      fc.property(
        fc.nat(40),
        fc.array(
          fc.record({
            u8: fc.nat(255),
            u16: fc.nat(65_535),
            u32: fc.nat(2 ** 31 - 1).map((value) => value * 2 + 1),
            u64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
            index: arbitraryIndex,
            varint: arbitraryIndex,
            opaque: fc.uint8Array({ maxLength: 90 }),
            text: fc.string({ unit: "grapheme", maxLength: 30 }),
            flag: fc.boolean(),
            maybe: fc.option(fc.nat(255), { nil: undefined }),
          }),
          { maxLength: 5 },
        ),
        (capacityBytes, items) => {
          const writer = new ByteWriter(capacityBytes).list(items, (out, item) => {
            out.u8(item.u8).u16(item.u16).u32(item.u32).u64(item.u64).index(item.index).varint(item.varint);
            out.opaque(item.opaque).text(item.text).flag(item.flag);
            out.optional(item.maybe, (inner, value) => void inner.u8(value));
          });
          const reader = new ByteReader(writer.finish());
          const got = reader.list(5, (from) => ({
            u8: from.u8(),
            u16: from.u16(),
            u32: from.u32(),
            u64: from.u64(),
            index: from.index(),
            varint: from.varint(),
            opaque: from.opaque(90),
            text: from.text(1000),
            flag: from.flag(),
            maybe: from.optional((inner) => inner.u8()),
          }));
          expect(reader.finish(got)).toEqual({ ok: true, value: items });
        },
      ),
    );
  });

  it("grows in the middle of a number of any width", () => {
    for (let before = 0; before < 10; before++) {
      const after = (write: (writer: ByteWriter) => ByteWriter): Uint8Array =>
        write(new ByteWriter(8).bytes(new Uint8Array(before)))
          .finish()
          .slice(before);
      expect(after((writer) => writer.u16(0x0102))).toEqual(Uint8Array.of(1, 2));
      expect(after((writer) => writer.u32(0x01020304))).toEqual(Uint8Array.of(1, 2, 3, 4));
      expect(after((writer) => writer.u64(1n))).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1));
      expect(after((writer) => writer.varint(2 ** 40))).toEqual(Uint8Array.of(0xc0, 0, 1, 0, 0, 0, 0, 0));
    }
  });

  it("writes a varint in its shortest form and reads no other", () => {
    const lengths = [0, 63, 64, 16383, 16384, 2 ** 30 - 1, 2 ** 30, Number.MAX_SAFE_INTEGER].map(
      (value) => new ByteWriter().varint(value).length,
    );
    expect(lengths).toEqual([1, 1, 2, 2, 4, 4, 8, 8]);
    for (const bytes of [
      [0x40, 63],
      [0x80, 0, 0x3f, 0xff],
      [0xc0, 0, 0, 0, 0x3f, 0xff, 0xff, 0xff],
    ]) {
      const reader = new ByteReader(Uint8Array.from(bytes));
      reader.varint();
      expect(reader.finish(undefined)).toEqual({ ok: false, code: "wire/not-canonical", offset: 0 });
    }
    // RFC 9000 §A.1
    const samples = new ByteReader(Uint8Array.from([0x9d, 0x7f, 0x3e, 0x7d, 0x7b, 0xbd, 0x25]));
    expect([samples.varint(), samples.varint(), samples.varint()]).toEqual([494_878_333, 15_293, 37]);
  });

  it("refuses numbers above 2^53 - 1 where they would lose digits", () => {
    const above = Uint8Array.of(0x00, 0x20, 0, 0, 0, 0, 0, 0);
    const index = new ByteReader(above);
    expect(index.index()).toBe(0);
    expect(index.finish(undefined)).toEqual({ ok: false, code: "wire/range", offset: 0 });
    const varint = new ByteReader(Uint8Array.of(0xc0, 0x20, 0, 0, 0, 0, 0, 0));
    expect(varint.varint()).toBe(0);
    expect(varint.finish(undefined)).toEqual({ ok: false, code: "wire/range", offset: 0 });
  });

  it("keeps the first fault and moves nothing after it", () => {
    const reader = new ByteReader(Uint8Array.of(2, 1, 2, 3));
    expect(reader.flag()).toBe(false);
    expect([reader.u8(), reader.u32(), reader.varint(), reader.text(9), reader.remaining]).toEqual([0, 0, 0, "", 0]);
    expect(reader.bytes(1)).toEqual(new Uint8Array(0));
    expect(reader.finish("never")).toEqual({ ok: false, code: "wire/range", offset: 0 });
  });

  it("refuses ill-formed text and keeps a byte order mark", () => {
    for (const bytes of [
      [1, 0xff],
      [2, 0xc0, 0x80],
      [3, 0xed, 0xa0, 0x80],
    ]) {
      const reader = new ByteReader(Uint8Array.from(bytes));
      expect(reader.text(9)).toBe("");
      expect(reader.finish("")).toMatchObject({ ok: false, code: "wire/bad-utf8", offset: 0 });
    }
    expect(new ByteReader(Uint8Array.of(3, 0xef, 0xbb, 0xbf)).text(9)).toBe("\ufeff");
  });

  it("refuses a length above the limit before it looks at the bytes", () => {
    const reader = new ByteReader(Uint8Array.of(0x7f, 0xff));
    expect(reader.opaque(100)).toEqual(new Uint8Array(0));
    expect(reader.finish(undefined)).toEqual({ ok: false, code: "wire/too-long", offset: 0 });
  });

  it("throws on values of ours that do not fit, and writes nothing", () => {
    const writer = new ByteWriter();
    for (const bad of [-1, 256, 1.5, Number.NaN]) expect(() => writer.u8(bad)).toThrow(RangeError);
    for (const bad of [-1, 2 ** 53, 0.5]) {
      expect(() => writer.varint(bad)).toThrow(RangeError);
      expect(() => writer.index(bad)).toThrow(RangeError);
    }
    for (const bad of [-1n, 2n ** 64n]) expect(() => writer.u64(bad)).toThrow(RangeError);
    expect(() => writer.patchU32(0, 1)).toThrow(RangeError);
    expect(() => writer.truncate(1)).toThrow(RangeError);
    expect(writer.length).toBe(0);
  });

  it("takes back, overwrites and hands over", () => {
    const writer = new ByteWriter(16);
    writer.u32(0).u8(9).u8(8).truncate(5).patchU32(0, 258);
    expect([...writer.finish()]).toEqual([0, 0, 1, 2, 9]);
    const small = writer.take();
    writer.bytes(new Uint8Array(12).fill(7));
    const large = writer.take();
    writer.bytes(new Uint8Array(16).fill(6));
    expect([...small]).toEqual([0, 0, 1, 2, 9]);
    expect(large).toEqual(new Uint8Array(12).fill(7));
  });
});

describe("text forms", () => {
  it("give back every byte", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(encoding.fromBase32(encoding.toBase32(bytes))).toEqual(bytes);
        expect(encoding.fromBase64(encoding.toBase64(bytes))).toEqual(bytes);
        expect(encoding.fromBase64Url(encoding.toBase64Url(bytes))).toEqual(bytes);
        expect(encoding.fromHex(encoding.toHex(bytes))).toEqual(bytes);
        expect(encoding.toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
        expect(encoding.toBase64Url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
        expect(encoding.toHex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
      }),
    );
  });

  it("have the spellings of RFC 4648 §10", () => {
    const base32 = ["", "my", "mzxq", "mzxw6", "mzxw6yq", "mzxw6ytb", "mzxw6ytboi"];
    expect(base32.map((_, i) => encoding.toBase32(encoding.utf8("foobar".slice(0, i))))).toEqual(base32);
  });

  it("have one spelling: what decodes is what encodes", () => {
    const decoders = [
      [encoding.fromBase32, encoding.toBase32],
      [encoding.fromBase64, encoding.toBase64],
      [encoding.fromBase64Url, encoding.toBase64Url],
      [encoding.fromHex, encoding.toHex],
    ] as const;
    const near = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[a-z2-7=]{0,9}$/),
      fc.stringMatching(/^[A-Za-z0-9+/=_-]{0,9}$/),
    );
    fc.assert(
      fc.property(near, (text) => {
        for (const [decode, encode] of decoders) {
          const bytes = decode(text);
          if (bytes !== undefined) expect(encode(bytes)).toBe(text);
        }
      }),
      { numRuns: 2000 },
    );
    const refused = ["MY", "mz=", "m", "mzx", "my1", "mz"].map((text) => encoding.fromBase32(text));
    expect(refused).toEqual(refused.map(() => undefined));
  });

  it("compare and join", () => {
    expect(encoding.equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(encoding.equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(encoding.equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false);
    expect([...encoding.concatBytes(Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3))]).toEqual([1, 2, 3]);
  });
});
