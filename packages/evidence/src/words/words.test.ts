import { flipBit, nth, testSigner, testVerifier } from "@chapar/log/testing";
import { type LogId, logId, MAX_MANIFEST_BYTES, stationKey } from "@chapar/wire";
import { arbitraryIndex, arbitraryLog } from "@chapar/wire/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ITEM_STATUSES, type ManifestItem } from "../types.ts";
import { decodeIdentityWord, signIdentityWord, verifyIdentityWord } from "./identity-word.ts";
import { decodeManifest, type ManifestFields, signManifest, verifyManifest } from "./manifest.ts";
import { decodeAck, decodeReaderWord, signAck, signReaderWord, verifyAck, verifyReaderWord } from "./reader-word.ts";

const station = testSigner(1);
const reader = testSigner(2);
const ports = { verify: testVerifier };
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const log: LogId = logId(new Uint8Array(32).fill(5));

const item: fc.Arbitrary<ManifestItem> = fc.record({ status: fc.constantFrom(...ITEM_STATUSES), leafHash: hash });
const manifest: fc.Arbitrary<ManifestFields> = fc
  .record({
    log: arbitraryLog,
    reader: fc.option(hash, { nil: undefined }),
    timeMs: arbitraryIndex,
    first: fc.nat(2 ** 40),
    after: fc.nat(9),
    root: hash,
    ack: fc.uint8Array({ maxLength: 169 }),
    items: fc.array(item, { maxLength: 20 }),
    ledgerIndex: arbitraryIndex,
    generation: fc.integer({ min: 1, max: 64 }),
  })
  .map(({ after, generation, ledgerIndex, ack, ...rest }) => ({
    ...rest,
    size: rest.first + rest.items.length + after,
    ack: rest.reader === undefined ? new Uint8Array(0) : ack,
    tombstones: rest.items.flatMap(({ status }, offset) =>
      status === "removed" ? [{ offset, generation, ledgerIndex }] : [],
    ),
  }));

const WORDS = [
  {
    name: "manifests",
    arbitrary: manifest.map((fields) => () => signManifest(fields, station)),
    decode: decodeManifest,
    verify: async (bytes: Uint8Array) => {
      const decoded = decodeManifest(bytes);
      return decoded.ok && (await verifyManifest(decoded.value, ports));
    },
  },
  {
    name: "reader words",
    arbitrary: fc
      .record({ log: arbitraryLog, reader: hash, from: arbitraryIndex, timeMs: arbitraryIndex })
      .map((fields) => () => signReaderWord(fields, station)),
    decode: decodeReaderWord,
    verify: async (bytes: Uint8Array) => {
      const decoded = decodeReaderWord(bytes);
      return decoded.ok && (await verifyReaderWord(decoded.value, ports));
    },
  },
  {
    name: "identity words",
    arbitrary: fc
      .record({
        identity: hash,
        opCount: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        commitment: hash,
        timeMs: arbitraryIndex,
      })
      .map((fields) => () => signIdentityWord(fields, station)),
    decode: decodeIdentityWord,
    verify: async (bytes: Uint8Array) => {
      const decoded = decodeIdentityWord(bytes);
      return decoded.ok && (await verifyIdentityWord(decoded.value, ports));
    },
  },
  {
    name: "acks",
    arbitrary: fc
      .record({ log: arbitraryLog, upTo: arbitraryIndex })
      .map((fields) => () => signAck({ ...fields, station: stationKey(station.publicKey) }, reader)),
    decode: decodeAck,
    verify: async (bytes: Uint8Array) => {
      const decoded = decodeAck(bytes);
      return decoded.ok && (await verifyAck(decoded.value, ports));
    },
  },
] as const;

describe.each(WORDS)("$name", ({ arbitrary, decode, verify }) => {
  it("E-11 are signed, come back from their bytes, and are cut, lengthened or altered by nobody", async () => {
    await fc.assert(
      fc.asyncProperty(arbitrary, fc.nat(), async (sign, place) => {
        const bytes = await sign();
        const decoded = decode(bytes);
        expect(decoded.ok).toBe(true);
        expect(await verify(bytes)).toBe(true);
        expect(decode(Uint8Array.of(...bytes, 0))).toMatchObject({ ok: false });
        expect(decode(bytes.slice(0, place % bytes.byteLength))).toMatchObject({ ok: false });
        expect(await verify(flipBit(bytes, place % (8 * bytes.byteLength)))).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  it("E-11 answer any bytes with a value or a code", () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 2, 3, 16), fc.uint8Array({ maxLength: 400 }), (kind, rest) => {
        expect(typeof decode(Uint8Array.of(kind, ...rest)).ok).toBe("boolean");
      }),
      { numRuns: 500 },
    );
    expect(decode(new Uint8Array(MAX_MANIFEST_BYTES + 1))).toMatchObject({ ok: false, code: "wire/too-long" });
  });
});

describe("a manifest", () => {
  const fields: ManifestFields = {
    log,
    reader: reader.publicKey,
    timeMs: 2 ** 41,
    size: 2 ** 40,
    root: new Uint8Array(32).fill(6),
    first: 2 ** 40 - 256,
    ack: new Uint8Array(0),
    tombstones: [],
    items: Array.from({ length: 256 }, () => ({ status: "pruned", leafHash: new Uint8Array(32) })),
  };

  it("E-14 takes 224 bytes at most, 33 for each item, its ack, and 3 to 18 for each tombstone", async () => {
    const full = await signManifest(fields, station);
    expect(full.byteLength).toBeLessThanOrEqual(224 + 33 * 256);
    const ack = await signAck({ station: stationKey(station.publicKey), log, upTo: 2 ** 40 }, reader);
    expect(ack.byteLength).toBe(169);
    expect((await signManifest({ ...fields, ack }, station)).byteLength - full.byteLength).toBeLessThanOrEqual(170);
    const items = fields.items.map((one, i) => (i < 64 ? { ...one, status: "removed" as const } : one));
    const tombstones = items.flatMap(({ status }, offset) =>
      status === "removed" ? [{ offset, generation: 1, ledgerIndex: 2 ** 29 }] : [],
    );
    const removed = await signManifest({ ...fields, ack, items, tombstones }, station);
    expect(removed.byteLength).toBeLessThanOrEqual(224 + 33 * 256 + 170 + 64 * 7 + 1);
    expect(removed.byteLength).toBeLessThan(MAX_MANIFEST_BYTES);
  });

  it("E-11 names the tombstone of each removed item and of no other, by rising offset", async () => {
    const one = { status: "removed", leafHash: new Uint8Array(32) } as const;
    const place = { offset: 1, generation: 1, ledgerIndex: 7 };
    const good = { ...fields, items: [nth(fields.items, 0), one], tombstones: [place] };
    expect((await signManifest(good, station)).byteLength).toBeGreaterThan(0);
    for (const tombstones of [[], [{ ...place, offset: 0 }], [place, place]])
      await expect(signManifest({ ...good, tombstones }, station)).rejects.toMatchObject({
        code: "evidence/bad-argument",
      });
  });

  it("E-11 covers entries below its size, and has an ack only of the reader that it names", async () => {
    for (const bad of [
      { ...fields, first: fields.first + 1 },
      { ...fields, reader: undefined, ack: Uint8Array.of(1) },
      { ...fields, root: new Uint8Array(31) },
      { ...fields, items: [...fields.items, nth(fields.items, 0)], size: fields.size + 1 },
    ])
      await expect(signManifest(bad, station)).rejects.toMatchObject({ code: "evidence/bad-argument" });
    // What nobody here would sign is refused when it comes from elsewhere.
    const bytes = await signManifest({ ...fields, size: 300, first: 44 }, station);
    const at = 1 + 32 + 32 + 33 + 8;
    expect([...bytes.subarray(at, at + 2)]).toEqual([0x41, 0x2c]);
    expect(decodeManifest(bytes.with(at + 1, 0x2b))).toMatchObject({ ok: false, code: "evidence/malformed" });
  });
});

it("E-11 a word of one kind is not one of another, and one of a person's chain has an op", async () => {
  const word = await signReaderWord({ log, reader: reader.publicKey, from: 0, timeMs: 1 }, station);
  expect(decodeIdentityWord(word)).toMatchObject({ ok: false, code: "evidence/malformed" });
  const none = { identity: log, opCount: 0, commitment: log, timeMs: 1 };
  await expect(signIdentityWord(none, station)).rejects.toMatchObject({ code: "evidence/bad-argument" });
});
