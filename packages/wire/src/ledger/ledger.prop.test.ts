import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../bytes/index.ts";
import { MAX_LEDGER_LEAF_BYTES } from "../limits.ts";
import { arbitraryIndex, arbitraryLedgerLeaf, arbitraryLog, arbitraryStation } from "../testing/index.ts";
import { TEST_CHAIN_PORTS } from "../testing/op-chains.ts";
import {
  decodeLedgerHead,
  decodeLedgerIdentity,
  encodeLedgerHead,
  encodeLedgerIdentity,
  ledgerIdentityKey,
  ledgerIdentityOf,
  ledgerLogKey,
  ledgerOrigin,
  parseLedgerOrigin,
  ledgerSalt,
  opCommitment,
} from "./commitments.ts";
import { decodeLedgerLeaf, encodeLedgerLeaf, IDENTITY_OP, isIdentityOp } from "./leaf.ts";

const { sha256: testSha256 } = TEST_CHAIN_PORTS;
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("leaves of a station log", () => {
  it("S-2 come back from their bytes, which have one spelling", () => {
    fc.assert(
      fc.property(arbitraryLedgerLeaf, (leaf) => {
        const bytes = encodeLedgerLeaf(leaf);
        expect(bytes.byteLength).toBeLessThanOrEqual(MAX_LEDGER_LEAF_BYTES);
        expect(decodeLedgerLeaf(bytes)).toEqual({ ok: true, value: leaf });
        for (const size of [0, 1, 2, bytes.byteLength - 1])
          expect(decodeLedgerLeaf(bytes.slice(0, size))).toMatchObject({ ok: false });
        expect(decodeLedgerLeaf(Uint8Array.of(...bytes, 0))).toMatchObject({ ok: false, code: "wire/trailing" });
      }),
    );
  });

  it("S-2 answer any bytes with a value or a code, and a later kind or version with its number", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const decoded = decodeLedgerLeaf(bytes);
        if (decoded.ok && decoded.value.kind !== "unknown") expect(encodeLedgerLeaf(decoded.value)).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
    expect(decodeLedgerLeaf(Uint8Array.of(1, 200, 7))).toEqual({ ok: true, value: { kind: "unknown", number: 456 } });
    expect(decodeLedgerLeaf(Uint8Array.of(2, 1))).toEqual({ ok: true, value: { kind: "unknown", number: 513 } });
    expect(decodeLedgerLeaf(new Uint8Array(1201).fill(1))).toMatchObject({ code: "wire/too-long" });
    const incident = encodeLedgerLeaf({ kind: "incident", what: "other", fromMs: 1, toMs: 2, note: "" });
    expect(decodeLedgerLeaf(incident.with(2, 9))).toMatchObject({ code: "wire/range", offset: 2 });
  });

  it("S-2 identity ops are known by their bytes alone, and their fields stand at fixed places", () => {
    const { identityAt, seqAt, commitmentAt, sizeBytes } = IDENTITY_OP;
    const isOp = (bytes: Uint8Array): boolean => isIdentityOp(bytes, 0, bytes.byteLength);
    fc.assert(
      fc.property(arbitraryLedgerLeaf, (leaf) => {
        const bytes = encodeLedgerLeaf(leaf);
        expect(isOp(bytes)).toBe(leaf.kind === "identity-op");
        if (leaf.kind !== "identity-op") return;
        expect(bytes.slice(identityAt, identityAt + 32)).toEqual(leaf.identity);
        expect(new DataView(bytes.buffer, bytes.byteOffset).getUint32(seqAt)).toBe(leaf.seq);
        expect(bytes.slice(commitmentAt, sizeBytes)).toEqual(leaf.commitment);
        expect([isOp(bytes.with(0, 2)), isOp(bytes.with(1, 1)), isOp(bytes.slice(1))]).toEqual([false, false, false]);
      }),
    );
  });

  it("S-2 are not made of fields that do not fit", () => {
    expect(() => encodeLedgerLeaf({ kind: "evidence", hash: new Uint8Array(31) })).toThrow(RangeError);
    const leaf = { kind: "incident", what: "clock", fromMs: 0, toMs: 0 } as const;
    expect(() => encodeLedgerLeaf({ ...leaf, note: "x".repeat(513) })).toThrow(RangeError);
    expect(encodeLedgerLeaf({ ...leaf, note: "x".repeat(512) }).byteLength).toBe(533);
  });
});

describe("names in a station log", () => {
  const genesis = Uint8Array.of(1, 2, 3);

  it("S-3 follow from the genesis op alone, and tell nothing about it", () => {
    const salt = ledgerSalt(genesis, testSha256);
    expect(ledgerSalt(Uint8Array.of(1, 2, 4), testSha256)).not.toEqual(salt);
    const key = ledgerIdentityKey(salt, testSha256);
    const commitments = [0, 1].map((seq) => opCommitment(salt, seq, genesis, testSha256));
    expect(new Set([salt, key, ...commitments].map(toHex)).size).toBe(4);
    const ops = [genesis, Uint8Array.of(9)];
    expect(ledgerIdentityOf(ops, testSha256)).toEqual({
      opCount: 2,
      commitment: opCommitment(salt, 1, Uint8Array.of(9), testSha256),
    });
    expect(() => ledgerIdentityOf([], testSha256)).toThrow(RangeError);
  });

  it("S-3 and the values of both maps come back from their bytes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        arbitraryIndex,
        hash,
        arbitraryLog,
        (opCount, size, root, log) => {
          const identity = { opCount, commitment: root };
          expect(decodeLedgerIdentity(encodeLedgerIdentity(identity))).toEqual({ ok: true, value: identity });
          expect(decodeLedgerHead(encodeLedgerHead({ size, root }))).toEqual({ ok: true, value: { size, root } });
          expect(ledgerLogKey(log, testSha256)).not.toEqual(log);
        },
      ),
    );
    expect(decodeLedgerIdentity(new Uint8Array(36))).toMatchObject({ ok: false, code: "wire/range" });
    expect(decodeLedgerIdentity(new Uint8Array(35))).toMatchObject({ ok: false });
    expect(decodeLedgerHead(new Uint8Array(41))).toMatchObject({ ok: false, code: "wire/trailing" });
  });

  it("S-1 a log's origin names the station's key, in one line without a space or a plus", () => {
    fc.assert(
      fc.property(arbitraryStation, (station) => {
        expect(ledgerOrigin(station)).toMatch(/^[a-z2-7]{52}\/ledger$/);
      }),
    );
  });

  it("S-1 the origin of a later generation has its number, and each has one spelling", () => {
    fc.assert(
      fc.property(arbitraryStation, fc.integer({ min: 1, max: 999_999_999 }), (station, generation) => {
        const origin = ledgerOrigin(station, generation);
        expect(parseLedgerOrigin(origin)).toEqual({ station, generation });
        expect(origin.endsWith(generation === 1 ? "/ledger" : `/ledger.${generation}`)).toBe(true);
        const bent = [`${origin}0`.replace("/ledger0", "/ledger.1"), `${origin}.`, `${origin} `, origin.toUpperCase()];
        for (const other of [...bent, origin.replace("/ledger", "/ledger.0"), origin.slice(1)]) {
          const parsed = parseLedgerOrigin(other);
          if (parsed !== undefined) expect(ledgerOrigin(parsed.station, parsed.generation)).toBe(other);
        }
        expect(parseLedgerOrigin(`${ledgerOrigin(station)}.1`)).toBeUndefined();
        expect(parseLedgerOrigin(`${ledgerOrigin(station)}.02`)).toBeUndefined();
      }),
    );
  });
});
