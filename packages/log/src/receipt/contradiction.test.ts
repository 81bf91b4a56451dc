import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { consistencyProof } from "../proof/consistency.ts";
import { inclusionProof } from "../proof/inclusion.ts";
import { nth, testHasher, testSigner, TestStationLog, testVerifier } from "../testing/index.ts";
import {
  type Contradiction,
  contradiction,
  contradictionByProof,
  CONTRADICTION_MAX_BYTES,
  decodeContradiction,
  encodeContradiction,
  verifyContradiction,
} from "./contradiction.ts";

const hasher = testHasher();
const ports = { hasher, verify: testVerifier };
const signer = testSigner(1);
const logId = new Uint8Array(32).fill(5);
const log = (): TestStationLog => new TestStationLog(hasher, signer, logId);

async function proves(found: Contradiction | undefined, shape: string): Promise<void> {
  if (found === undefined) throw new Error("no contradiction found");
  const bytes = encodeContradiction(found);
  expect(bytes.byteLength).toBeLessThanOrEqual(CONTRADICTION_MAX_BYTES);
  const decoded = decodeContradiction(bytes);
  if (!decoded.ok) throw new Error(decoded.code);
  expect(await verifyContradiction(decoded.value, signer.publicKey, ports)).toEqual({ ok: true, value: shape });
  expect(await verifyContradiction(decoded.value, testSigner(2).publicKey, ports)).toMatchObject({
    code: "log/wrong-station",
  });
  expect(decodeContradiction(Uint8Array.of(...bytes, 0))).toMatchObject({ ok: false, code: "wire/trailing" });
}

describe("contradictions", () => {
  it("L-27 two roots at one size prove a fork", async () => {
    const a = await log().commit(["one", "two"], 1000);
    const b = await log().commit(["one", "TWO"], 1001);
    await proves(contradiction(a.head, b.head), "same-size");
    await proves(contradiction(a.head, nth(b.receipts, 0)), "same-size");
  });

  it("L-27 two entries at one index prove a rewrite even at different sizes", async () => {
    const a = await log().commit(["one"], 1000);
    const b = await log().commit(["ONE", "two"], 1001);
    await proves(contradiction(nth(a.receipts, 0), nth(b.receipts, 0)), "same-index");
  });

  it("L-26 L-27 a smaller log at a later time proves a roll-back, in either order", async () => {
    const station = log();
    const small = await station.commit(["one"], 2000);
    const large = await log().commit(["one", "two"], 1000);
    await proves(contradiction(large.head, small.head), "rolled-back");
    await proves(contradiction(small.head, large.head), "rolled-back");
  });

  it("L-27 a consistency proof from another root proves that the prefix was rewritten", async () => {
    const a = await log().commit(["one", "two", "three"], 1000);
    const liar = log();
    const b = await liar.commit(["one", "TWO", "three", "four", "five"], 1001);
    const proof = await consistencyProof(3, 5, liar.tree.reader, hasher);
    expect(contradiction(a.head, b.head)).toBeUndefined();
    await proves(contradictionByProof(a.head, b.head, { other: liar.tree.root(3), proof }, hasher), "prefix");
  });

  it("L-27 an inclusion proof of another leaf proves that an accepted entry was replaced", async () => {
    const a = await log().commit(["one", "two", "three"], 1000);
    const liar = log();
    const b = await liar.commit(["one", "three"], 1001);
    const proof = await inclusionProof(1, 2, liar.tree.reader, hasher);
    const found = contradictionByProof(nth(a.receipts, 1), b.head, { other: nth(liar.leaves, 1), proof }, hasher);
    await proves(found, "entry");
  });

  it("L-28 an honest station cannot be accused, whatever pair of its statements is taken", async () => {
    const station = log();
    const said = [];
    for (let i = 0; i < 6; i++) {
      const commit = await station.commit([`entry ${i}`, `more ${i}`], 1000 + Math.floor(i / 2));
      said.push(commit.head, ...commit.receipts);
    }
    for (const a of said) {
      for (const b of said) {
        expect(contradiction(a, b)).toBeUndefined();
        if (a.size >= b.size) continue;
        const proof = await consistencyProof(a.size, b.size, station.tree.reader, hasher);
        expect(contradictionByProof(a, b, { other: station.tree.root(a.size), proof }, hasher)).toBeUndefined();
        const shape = { shape: "prefix", a, b, bridge: { other: b.root, proof } } as const;
        expect(await verifyContradiction(shape, signer.publicKey, ports)).toMatchObject({
          code: "log/no-contradiction",
        });
      }
    }
  });

  it("L-28 statements about different logs or by different stations never contradict", async () => {
    const a = await log().commit(["one"], 1000);
    const elsewhere = await new TestStationLog(hasher, signer, new Uint8Array(32)).commit(["ONE"], 1000);
    const others = await new TestStationLog(hasher, testSigner(2), logId).commit(["ONE"], 1000);
    expect(contradiction(a.head, elsewhere.head)).toBeUndefined();
    expect(contradiction(a.head, others.head)).toBeUndefined();
  });

  it("L-27 a proof that names another shape than the one it has is refused", async () => {
    const a = await log().commit(["one", "two"], 1000);
    const b = await log().commit(["one", "TWO"], 1001);
    const found = contradiction(a.head, b.head);
    if (found === undefined) throw new Error("no contradiction found");
    const renamed = { ...found, shape: "rolled-back" } as const;
    expect(await verifyContradiction(renamed, signer.publicKey, ports)).toEqual({
      ok: false,
      code: "log/no-contradiction",
    });
  });

  it("L-28 a forged half is refused", async () => {
    const a = await log().commit(["one"], 1000);
    const b = await new TestStationLog(hasher, testSigner(2), logId).commit(["ONE"], 1000);
    const forged = { ...b.head, batch: { ...b.head.batch, stationKey: signer.publicKey } };
    const found = contradiction(a.head, forged);
    if (found === undefined) throw new Error("no contradiction found");
    expect(await verifyContradiction(found, signer.publicKey, ports)).toEqual({
      ok: false,
      code: "log/bad-signature",
    });
  });

  it("L-27 decoding never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 900 }), fc.constantFrom(0, 1, 2, 4, 6), (junk, shape) => {
        expect(decodeContradiction(Uint8Array.of(1, shape, ...junk)).ok).toBe(false);
      }),
    );
    expect(decodeContradiction(new Uint8Array(CONTRADICTION_MAX_BYTES + 1))).toMatchObject({ code: "wire/too-long" });
  });
});
