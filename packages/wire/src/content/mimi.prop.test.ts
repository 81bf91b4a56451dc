import { decode, encode, rfc8949EncodeOptions } from "cborg";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../bytes/index.ts";
import { WIRE_CODES } from "../errors.ts";
import { arbitraryDamage } from "../testing/bytes.ts";
import { CborReader } from "./cbor-reader.ts";
import { decodeDerivedValues, encodeDerivedValues } from "./derived.ts";
import type { Extensions, MimiContent, NestedPart } from "./mimi.ts";
import { decodeMimi } from "./mimi-decode.ts";
import { encodeMimi } from "./mimi-encode.ts";
import { decodeProfile } from "./profile.ts";

const text = fc.string({ unit: "grapheme", maxLength: 30 });
const blob = fc.uint8Array({ maxLength: 40 });
const id = fc.uint8Array({ minLength: 31, maxLength: 31 }).map((tail) => Uint8Array.of(1, ...tail));
const header = { disposition: fc.nat(255), language: fc.constantFrom("", "fa", "en,de") };
const nullPart = fc.record({ kind: fc.constant("null" as const), ...header });
const single = fc.record({ kind: fc.constant("single" as const), ...header, contentType: text, content: blob });
const external = fc.record({
  kind: fc.constant("external" as const),
  ...header,
  contentType: text,
  url: text,
  expires: fc.nat(0xffff_ffff),
  size: fc.bigInt(0n, 0xffff_ffff_ffff_ffffn),
  encAlg: fc.nat(0xffff),
  key: blob,
  nonce: blob,
  aad: blob,
  hashAlg: fc.nat(255),
  contentHash: blob,
  description: text,
  filename: text,
});
const leaf: fc.Arbitrary<NestedPart> = fc.oneof(nullPart, single, external);
const level = (below: fc.Arbitrary<NestedPart>): fc.Arbitrary<NestedPart> =>
  fc.oneof(
    { weight: 3, arbitrary: leaf },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("multi" as const),
        ...header,
        semantics: fc.constantFrom("choose-one" as const, "single-unit" as const, "process-all" as const),
        parts: fc.array(below, { minLength: 2, maxLength: 4 }),
      }),
    },
  );
const body = level(level(level(leaf)));

/** Values of extensions, as a library writes them; whole floats stay integers there, so floats are never whole here. */
const scalar = fc.oneof(
  fc.maxSafeInteger(),
  text,
  blob,
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true }).filter((value) => !Number.isInteger(value)),
);
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.array(fc.array(scalar, { maxLength: 2 }), { maxLength: 2 }),
);
const key = fc.oneof(
  fc.integer({ min: 3, max: 70_000 }),
  fc.integer({ min: -70_000, max: -1 }),
  fc.string({ minLength: 1, maxLength: 20 }),
);
const extensions: fc.Arbitrary<Extensions> = fc.record({
  senderUri: fc.option(text, { nil: undefined }),
  roomUri: fc.option(text, { nil: undefined }),
  others: fc
    .uniqueArray(fc.record({ key, value: value.map((item) => encode(item, rfc8949EncodeOptions)) }), {
      selector: (entry) => entry.key,
      maxLength: 4,
    })
    .map((entries) => entries.sort((a, b) => Buffer.compare(encode(a.key), encode(b.key)))),
});
const content: fc.Arbitrary<MimiContent> = fc.record({
  salt: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  replaces: fc.option(id, { nil: undefined }),
  topicId: blob,
  expires: fc.option(fc.record({ relative: fc.boolean(), time: fc.nat(0xffff_ffff) }), { nil: undefined }),
  inReplyTo: fc.option(id, { nil: undefined }),
  extensions,
  body,
});

describe("MIMI content of any shape", () => {
  it("C-1 comes back from its bytes", () => {
    fc.assert(
      fc.property(content, (message) => {
        expect(decodeMimi(encodeMimi(message))).toEqual({ ok: true, value: message });
      }),
    );
  });

  it("C-2 is written as a CBOR library writes the same values, and read as it reads them", () => {
    fc.assert(
      fc.property(content, (message) => {
        const bytes = encodeMimi(message);
        const options = { useMaps: true, strict: true, allowIndefinite: false, rejectDuplicateMapKeys: true };
        const peer: unknown[] = decode(bytes, options);
        expect(toHex(encode(peer, rfc8949EncodeOptions))).toBe(toHex(bytes));
        expect(peer[0]).toEqual(message.salt);
        expect(peer[5]).toHaveProperty(
          "size",
          Object.values(message.extensions)
            .flat()
            .filter((entry) => entry !== undefined).length,
        );
      }),
    );
  });

  it("C-3 decodes damaged bytes without throwing, and whatever it accepts has one spelling", () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), arbitraryDamage(content.map(encodeMimi))), (bytes) => {
        const decoded = decodeMimi(bytes);
        if (decoded.ok) expect(toHex(encodeMimi(decoded.value))).toBe(toHex(bytes));
        else {
          expect(Object.hasOwn(WIRE_CODES, decoded.code)).toBe(true);
          expect(decoded.offset).toBeLessThanOrEqual(bytes.length);
        }
        const derived = decodeDerivedValues(bytes);
        if (derived.ok) expect(toHex(encodeDerivedValues(derived.value))).toBe(toHex(bytes));
        expect(typeof decodeProfile(bytes).ok).toBe("boolean");
      }),
      { numRuns: 1500 },
    );
  });

  it("C-2 takes any one item only in the spelling a deterministic library gives it", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          value.map((item) => encode(item, rfc8949EncodeOptions)),
          fc.uint8Array({ minLength: 1, maxLength: 12 }),
        ),
        (bytes) => {
          const reader = new CborReader(bytes);
          const read = reader.finish(reader.raw(3));
          if (!read.ok) return;
          let peer: unknown;
          try {
            peer = decode(bytes, { useMaps: true, strict: true, allowIndefinite: false });
          } catch (error) {
            // The library knows no tags and no simple values of its own; that is why raw items are kept as bytes.
            expect(String(error)).toMatch(/tag not supported|simple value|unknown minor|no decoder|not supported/);
            return;
          }
          // A whole number in a float is the one value whose kind a library forgets.
          if (!toHex(bytes).match(/f[9ab]/)) expect(toHex(encode(peer, rfc8949EncodeOptions))).toBe(toHex(bytes));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
