import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flipBit, nth, testHasher, testSha256, testSigner, testVerifier } from "../testing/index.ts";
import { BatchBuilder } from "./batch-builder.ts";
import {
  decodeReceipt,
  decodeStatement,
  encodeStatement,
  FULL_FORM,
  type StatementContext,
} from "./statement-codec.ts";
import { verifyReceipt, verifySignedHead, verifyStatement } from "./verify.ts";

const hasher = testHasher();
const ports = { hasher, verify: testVerifier };
const station = testSigner(1);
const TIME = 1_800_000_000_123;
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const size = fc.oneof(fc.nat({ max: 300 }), fc.maxSafeNat());
const head = fc.record({ logId: hash, size: size.filter((n) => n > 0), root: hash });
const accept = fc
  .record({ head, leafHash: hash, back: fc.nat({ max: 300 }) })
  .map(({ head, leafHash, back }) => ({ ...head, leafHash, index: Math.max(0, head.size - 1 - back) }));

/** `count` logs of one new entry each, in one group commit. */
function claims(
  count: number,
): { logId: Uint8Array; index: number; leafHash: Uint8Array; size: number; root: Uint8Array }[] {
  return Array.from({ length: count }, (_, i) => {
    const logId = testSha256(Uint8Array.of(1, i));
    return {
      logId,
      index: 99_999 + i,
      leafHash: testSha256(Uint8Array.of(2, i)),
      size: 100_000 + i,
      root: testSha256(Uint8Array.of(3, i)),
    };
  });
}

describe("batches", () => {
  it("L-20 L-21 every claim of a random batch verifies, as value and through its bytes in every form", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(accept, head), { minLength: 1, maxLength: 40 }),
        fc.nat({ max: 7 }),
        async (all, bits) => {
          const builder = new BatchBuilder(hasher);
          const places = all.map((claim) => ("leafHash" in claim ? builder.accept(claim) : builder.head(claim)));
          const batch = await builder.seal(station, TIME);
          const form = { stationKey: (bits & 1) > 0, logId: (bits & 2) > 0, leafHash: (bits & 4) > 0 };
          for (const [i, claim] of all.entries()) {
            const bytes = batch.encode(nth(places, i), form);
            const decoded = decodeStatement(bytes, { stationKey: station.publicKey, ...claim });
            if (!decoded.ok) throw new Error(decoded.code);
            expect(decoded.value).toMatchObject({ ...claim, batch: { timeMs: TIME, leafCount: all.length } });
            expect(decoded.value).toEqual(batch.statement(nth(places, i)));
            expect(encodeStatement(decoded.value, form)).toEqual(bytes);
            expect(await verifyStatement(decoded.value, station.publicKey, ports)).toMatchObject({ ok: true });
          }
          // Shared memory is never written twice, whatever order statements are asked for in.
          const order = places.toReversed();
          const shared = order.map((place) => batch.encodeShared(place, form));
          expect(shared).toEqual(order.map((place) => batch.encode(place, form)));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("L-24 no flipped bit of a full receipt or head verifies", async () => {
    const builder = new BatchBuilder(hasher);
    const claim = nth(claims(1), 0);
    builder.accept(claim);
    builder.head(claim);
    builder.head({ ...claim, size: 7 });
    const batch = await builder.seal(station, TIME);
    for (const place of [0, 1, 2]) {
      const bytes = batch.encode(place, FULL_FORM);
      for (let bit = 0; bit < bytes.byteLength * 8; bit++) {
        const decoded = decodeStatement(flipBit(bytes, bit));
        const checked = decoded.ok ? await verifyStatement(decoded.value, station.publicKey, ports) : decoded;
        expect({ bit, ok: checked.ok }).toEqual({ bit, ok: false });
      }
    }
  });

  it("L-25 a receipt for one message in its commit takes at most 192 bytes", async () => {
    const builder = new BatchBuilder(hasher);
    const claim = nth(claims(1), 0);
    const place = builder.accept({ ...claim, index: 2 ** 29, size: 2 ** 29 + 1 });
    const headPlace = builder.head({ ...claim, size: 2 ** 29 + 1 });
    const batch = await builder.seal(station, TIME);
    expect(batch.encode(place).byteLength).toBe(1 + 8 + 4 + 1 + 32 + 1 + 1 + 32 + 64);
    expect(batch.encode(place, { leafHash: true }).byteLength).toBeLessThanOrEqual(192);
    expect(batch.encode(headPlace).byteLength).toBeLessThanOrEqual(192);
  });

  it("L-25 at a batch of 32 the evidence for a message takes at most 350 bytes for each side", async () => {
    for (const withHeads of [true, false]) {
      const builder = new BatchBuilder(hasher);
      const places = claims(32).map((claim) => [builder.accept(claim), withHeads ? builder.head(claim) : -1] as const);
      const batch = await builder.seal(station, TIME);
      for (const [accepted, headed] of places) {
        expect(batch.encode(accepted).byteLength).toBe(withHeads ? 305 : 272);
        if (withHeads) expect(batch.encode(headed).byteLength).toBeLessThanOrEqual(350);
        // Without a head leaf the receipt is what readers get as the head, with the leaf hash they may not have yet.
        else expect(batch.encode(accepted, { leafHash: true }).byteLength).toBeLessThanOrEqual(350);
      }
    }
  });

  it("L-21 costs one signature and about two hashes a claim", async () => {
    let hashes = 0;
    let signatures = 0;
    const builder = new BatchBuilder({
      ...hasher,
      leaf: (data) => (hashes++, hasher.leaf(data)),
      nodeAt: (bytes, left, right) => (hashes++, hasher.nodeAt(bytes, left, right)),
    });
    for (const claim of claims(200)) builder.accept(claim);
    const batch = await builder.seal(
      { publicKey: station.publicKey, sign: (m) => (signatures++, station.sign(m)) },
      TIME,
    );
    for (let i = 0; i < 200; i++) batch.encode(i);
    expect({ hashes, signatures }).toEqual({ hashes: 399, signatures: 1 });
  });

  it("L-20 refuses claims that cannot be true, empty and overfull batches", async () => {
    const builder = new BatchBuilder(hasher);
    const claim = nth(claims(1), 0);
    await expect(builder.seal(station, TIME)).rejects.toMatchObject({ code: "log/bad-argument" });
    expect(() => builder.accept({ ...claim, index: claim.size })).toThrow("log/bad-argument");
    expect(() => builder.head({ ...claim, size: -1 })).toThrow("log/bad-argument");
    expect(() => builder.head({ ...claim, root: new Uint8Array(31) })).toThrow("log/bad-argument");
  });
});

function code(bytes: Uint8Array, known: StatementContext = {}): string {
  const decoded = decodeReceipt(bytes, known);
  return decoded.ok ? "ok" : decoded.code;
}

describe("decoding statements", () => {
  const context = { stationKey: new Uint8Array(32), logId: new Uint8Array(32), leafHash: new Uint8Array(32) };

  it("L-23 never throws, has one spelling for each value, and refuses anything after it", () => {
    const kinds = fc.constantFrom(0x01, 0x02, 0x71, 0x32, 0x81, 0x42, 0x00);
    fc.assert(
      fc.property(kinds, fc.uint8Array({ maxLength: 500 }), (first, rest) => {
        const bytes = Uint8Array.of(first, ...rest);
        const decoded = decodeStatement(bytes, context);
        if (!decoded.ok) return;
        const form = { stationKey: (first & 0x10) > 0, logId: (first & 0x20) > 0, leafHash: (first & 0x40) > 0 };
        expect(encodeStatement(decoded.value, form)).toEqual(bytes);
        expect(decodeStatement(Uint8Array.of(...bytes, 0), context)).toMatchObject({
          ok: false,
          code: "wire/trailing",
        });
      }),
      { numRuns: 500 },
    );
  });

  it("L-23 names what is wrong with a statement", async () => {
    const builder = new BatchBuilder(hasher);
    const claim = nth(claims(1), 0);
    const accepted = builder.accept(claim);
    const headed = builder.head(claim);
    const batch = await builder.seal(station, TIME);
    const full = batch.encode(accepted, FULL_FORM);
    const other = new Uint8Array(32).fill(9);
    expect(code(full)).toBe("ok");
    expect(code(full, { stationKey: other })).toBe("log/wrong-station");
    expect(code(full, { logId: other })).toBe("log/wrong-log");
    expect(code(full, { leafHash: other })).toBe("log/wrong-entry");
    expect(code(batch.encode(accepted))).toBe("log/missing-context");
    expect(code(batch.encode(headed, FULL_FORM))).toBe("log/bad-statement");
    expect(code(Uint8Array.of(0x42))).toBe("log/bad-statement");
    expect(code(Uint8Array.of(0x81))).toBe("log/bad-statement");
    expect(code(full.subarray(0, -1))).toBe("wire/truncated");
    const many = Uint8Array.of(0x02, 0, 0, ...other, 0, 0x80, 1, 0, 1, ...new Uint8Array(700));
    expect(code(many, context)).toBe("wire/range");
    const beyond = Uint8Array.of(0x02, 0, 0, ...other, 5, 5, ...new Uint8Array(3 * 32 + 64));
    expect(code(beyond, context)).toBe("wire/range");
  });

  it("L-24 names why a statement does not verify", async () => {
    const builder = new BatchBuilder(hasher);
    const claim = nth(claims(1), 0);
    builder.accept(claim);
    builder.head({ ...claim, size: 0 });
    const batch = await builder.seal(station, TIME);
    const receipt = batch.statement(0);
    const other = testSigner(2).publicKey;
    if (receipt.kind !== "accept") throw new Error("not a receipt");
    expect(await verifyReceipt(receipt, other, ports)).toEqual({ ok: false, code: "log/wrong-station" });
    const short = { ...receipt, batch: { ...receipt.batch, path: [] } };
    expect(await verifyReceipt(short, station.publicKey, ports)).toEqual({ ok: false, code: "log/bad-proof" });
    const moved = { ...receipt, index: receipt.index - 1 };
    expect(await verifyReceipt(moved, station.publicKey, ports)).toEqual({ ok: false, code: "log/bad-signature" });
    expect(await verifySignedHead(batch.statement(1), station.publicKey, ports)).toEqual({
      ok: false,
      code: "log/bad-root",
    });
  });
});
