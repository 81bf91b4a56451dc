import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, toHex, utf8 } from "../bytes/index.ts";
import { logId, stationKey } from "../ids.ts";
import {
  BUCKETS_BYTES,
  GENESIS_ENTRY_BYTES,
  MAX_COMMIT_FRAME_BYTES,
  MAX_ENTRY_BYTES,
  MAX_GENESIS_BYTES,
} from "../limits.ts";
import { arbitraryBytes, arbitraryDamage, arbitraryEntry } from "../testing/index.ts";
import { decodeEntry, encodeEntry, logIdOf, peekEntry, type CommitEntry, type Entry } from "./entry.ts";

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());
const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const genesis: Entry = { kind: "genesis", log: "room", nonce: new Uint8Array(20), writeKey: key(1), readKey: key(2) };
const branch: Entry = { ...genesis, log: "branch", of: { room: logId(key(5)), epoch: 7 } };
const message = (sizeBytes: number): Entry => ({ kind: "message", epoch: 1, frame: new Uint8Array(sizeBytes) });

/** What holds for any bytes at all. */
function holds(bytes: Uint8Array): void {
  const decoded = decodeEntry(bytes);
  const peeked = peekEntry(bytes);
  expect(peeked.ok).toBe(decoded.ok);
  if (decoded.ok) expect(encodeEntry(decoded.value)).toEqual(bytes);
  else {
    expect(decoded.offset).toBeLessThanOrEqual(bytes.byteLength);
    expect(peeked).toEqual(decoded);
  }
}

describe("entries", () => {
  it("decode to what was encoded", () => {
    fc.assert(
      fc.property(arbitraryEntry, (entry) => {
        expect(decodeEntry(encodeEntry(entry))).toEqual({ ok: true, value: entry });
      }),
    );
  });

  it("show a station everything but the frame", () => {
    fc.assert(
      fc.property(arbitraryEntry, (entry) => {
        const peeked = peekEntry(encodeEntry(entry));
        if (!peeked.ok) throw new Error(peeked.code);
        if (entry.kind === "genesis") expect(peeked.value).toEqual(entry);
        else {
          const { frame, ...header } = entry;
          expect(peeked.value).toEqual({ ...header, frameBytes: frame.byteLength });
        }
      }),
    );
  });

  it("W-4 never throw on random or damaged bytes, and have one spelling", () => {
    fc.assert(fc.property(arbitraryBytes, holds), { numRuns: 2000 });
    fc.assert(
      fc.property(fc.nat(4), fc.nat(5), arbitraryBytes, (version, kind, rest) =>
        holds(Uint8Array.of(version, kind, ...rest)),
      ),
      {
        numRuns: 2000,
      },
    );
    const small = arbitraryEntry.filter((entry) => entry.kind !== "message" || entry.frame.byteLength <= 2048);
    fc.assert(fc.property(arbitraryDamage(small.map(encodeEntry)), holds), { numRuns: 1000 });
  });

  it("W-4 refuse every cut and every byte too many", () => {
    const commit: CommitEntry = {
      kind: "commit",
      epoch: 3,
      nextWriteKey: key(3),
      nextReadKey: key(4),
      revokesReaders: true,
      frame: new Uint8Array(70),
    };
    for (const entry of [genesis, branch, message(512), commit, { kind: "knock", frame: new Uint8Array(9) } as const]) {
      const bytes = encodeEntry(entry);
      for (let end = 0; end < bytes.byteLength; end++) {
        expect(decodeEntry(bytes.subarray(0, end))).toMatchObject({ ok: false, code: "wire/truncated" });
      }
      expect(decodeEntry(concatBytes(bytes, Uint8Array.of(0)))).toMatchObject({ code: "wire/trailing" });
    }
  });

  it("W-34 hold a message of exactly one bucket", () => {
    for (const sizeBytes of BUCKETS_BYTES) expect(decodeEntry(encodeEntry(message(sizeBytes))).ok).toBe(true);
    for (const sizeBytes of [0, 511, 513, 2047, 32767, 32769]) {
      expect(() => encodeEntry(message(sizeBytes))).toThrow(RangeError);
      const prefix = [1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0x80, 0, sizeBytes >> 8, sizeBytes & 0xff];
      const bytes = concatBytes(Uint8Array.from(prefix), new Uint8Array(sizeBytes));
      expect(decodeEntry(bytes).ok).toBe(false);
    }
    const odd = concatBytes(Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0x41, 0xff), new Uint8Array(511));
    expect(decodeEntry(odd)).toEqual({ ok: false, code: "wire/range", offset: 10 });
  });

  it("refuse other versions, kinds and logs", () => {
    const bytes = encodeEntry(genesis);
    expect(decodeEntry(Uint8Array.of(2, ...bytes.slice(1)))).toMatchObject({ code: "wire/range", offset: 0 });
    expect(decodeEntry(Uint8Array.of(1, 4, ...bytes.slice(2)))).toMatchObject({ code: "wire/range", offset: 1 });
    expect(decodeEntry(Uint8Array.of(1, 0, 3, ...bytes.slice(3)))).toMatchObject({ code: "wire/range", offset: 2 });
  });

  it("have the sizes that limits say", () => {
    expect(encodeEntry(genesis).byteLength).toBe(GENESIS_ENTRY_BYTES);
    expect(encodeEntry(branch).byteLength).toBe(MAX_GENESIS_BYTES);
    const largest = {
      kind: "commit",
      epoch: Number.MAX_SAFE_INTEGER,
      nextWriteKey: key(1),
      nextReadKey: key(2),
      revokesReaders: false,
      frame: new Uint8Array(MAX_COMMIT_FRAME_BYTES),
    } as const;
    expect(encodeEntry(largest).byteLength).toBe(MAX_ENTRY_BYTES);
    expect(() => encodeEntry({ ...largest, frame: new Uint8Array(MAX_COMMIT_FRAME_BYTES + 1) })).toThrow(RangeError);
    expect(() => encodeEntry({ ...largest, nextReadKey: new Uint8Array(31) })).toThrow(RangeError);
    expect(decodeEntry(new Uint8Array(MAX_ENTRY_BYTES + 1))).toEqual({ ok: false, code: "wire/too-long", offset: 0 });
  });

  it("J-1 name the room and the epoch of a branch, and of no other log", () => {
    expect(decodeEntry(encodeEntry(branch))).toEqual({ ok: true, value: branch });
    const asRoom = encodeEntry(branch);
    asRoom[2] = 0;
    expect(decodeEntry(asRoom)).toMatchObject({ code: "wire/trailing" });
  });

  it("W-30 begin a log whose id names its station and its genesis", () => {
    const station = stationKey(key(9));
    const bytes = encodeEntry(genesis);
    const id = logIdOf(sha256, station, bytes);
    expect(toHex(id)).toBe(toHex(sha256(concatBytes(utf8("chapar log v1"), station, bytes))));
    expect(toHex(logIdOf(sha256, stationKey(key(8)), bytes))).not.toBe(toHex(id));
  });
});
