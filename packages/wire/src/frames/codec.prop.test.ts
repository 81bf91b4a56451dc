import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_FRAME_BYTES, MAX_REQUEST_ID } from "../limits.ts";
import { logId } from "../ids.ts";
import { arbitraryBytes, arbitraryDamage, arbitraryFrame, FRAME_ARBITRARIES } from "../testing/index.ts";
import { decodeFrame, encodeFrame, type DecodedFrame } from "./codec.ts";
import { notices } from "./notices.ts";
import { requests } from "./requests.ts";
import { responses } from "./responses.ts";
import type { Frame } from "./types.ts";

const encoded = arbitraryFrame.map(encodeFrame);

const ping = (id: number): Frame => ({ kind: "request", id, body: { type: "ping" } });

/** What holds for any bytes at all: an answer, an offset within them, and one spelling for every frame. */
function holds(bytes: Uint8Array): DecodedFrame {
  const decoded = decodeFrame(bytes);
  if (decoded.ok) expect(encodeFrame(decoded.value)).toEqual(bytes);
  else expect(decoded.offset).toBeLessThanOrEqual(bytes.byteLength);
  return decoded;
}

describe("frames", () => {
  it("decodes every frame to what was encoded", () => {
    const seen = new Set<string>();
    for (const arbitrary of FRAME_ARBITRARIES) {
      fc.assert(
        fc.property(arbitrary, (frame) => {
          seen.add(`${frame.kind} ${frame.body.type}`);
          expect(decodeFrame(encodeFrame(frame))).toEqual({ ok: true, value: frame });
        }),
        { numRuns: 50 },
      );
    }
    expect(seen.size).toBe(requests.rows.length + responses.rows.length + notices.rows.length);
  });

  it("W-4 never throws on random bytes, and what decodes has one spelling", () => {
    fc.assert(
      fc.property(arbitraryBytes, (bytes) => void holds(bytes)),
      { numRuns: 2000 },
    );
  });

  it("W-4 never throws on random bodies of every frame type", () => {
    for (let number = 0; number < 256; number++) {
      fc.assert(
        fc.property(arbitraryBytes, (body) => void holds(Uint8Array.from([number, 1, ...body]))),
        { numRuns: 20 },
      );
    }
  });

  it("W-4 never throws on damaged frames, and what decodes has one spelling", () => {
    fc.assert(
      fc.property(arbitraryDamage(encoded), (bytes) => void holds(bytes)),
      { numRuns: 3000 },
    );
  });

  it("W-4 refuses every frame cut at any byte as truncated", () => {
    for (const arbitrary of FRAME_ARBITRARIES) {
      for (const bytes of fc.sample(arbitrary.map(encodeFrame), { numRuns: 3, seed: 7 })) {
        for (let end = 0; end < bytes.byteLength; end++) {
          const decoded = decodeFrame(bytes.subarray(0, end));
          expect(decoded).toMatchObject({ ok: false, code: "wire/truncated" });
        }
      }
    }
  });

  it("W-4 refuses every frame with a byte after it", () => {
    fc.assert(
      fc.property(arbitraryFrame, fc.nat(255), (frame, byte) => {
        const bytes = encodeFrame(frame);
        const longer = Uint8Array.from([...bytes, byte]);
        expect(decodeFrame(longer)).toMatchObject({ ok: false, code: "wire/trailing", offset: bytes.byteLength });
      }),
    );
  });

  it("W-4 names the request that an unknown type asks", () => {
    const unknown = [...Array(256).keys()].filter(
      (number) => !requests.knows(number) && !responses.knows(number) && !notices.knows(number),
    );
    expect(unknown.length).toBeGreaterThan(100);
    for (const number of unknown) {
      const kind = number < 0x80 ? "request" : number < 0xc0 ? "response" : "notice";
      const id = kind === "notice" ? undefined : 300;
      expect(decodeFrame(Uint8Array.of(number, 0x41, 0x2c, 9, 9))).toEqual({
        ok: false,
        code: "wire/unknown-frame",
        offset: 0,
        kind,
        id,
      });
      expect(decodeFrame(Uint8Array.of(number))).toMatchObject({ code: "wire/unknown-frame", id: undefined });
    }
  });

  it("W-4 names the request whose body is malformed", () => {
    expect(decodeFrame(Uint8Array.of(0x01, 7))).toMatchObject({ code: "wire/truncated", kind: "request", id: 7 });
  });

  it("W-4 costs no more than a pass over the frame, whatever counts it claims", () => {
    // A count of 2048 entries, each of no bytes: as many items as a frame of this length can hold.
    const frame: Frame = {
      kind: "response",
      id: 1,
      body: {
        type: "log.entries",
        first: 0,
        entries: Array.from({ length: 2048 }, () => new Uint8Array(0)),
        head: new Uint8Array(0),
      },
    };
    const bytes = encodeFrame(frame);
    expect(bytes.byteLength).toBeLessThan(2100);
    // The same count with nothing behind it stops at the first item that is missing.
    expect(decodeFrame(bytes.subarray(0, 5))).toMatchObject({ ok: false, code: "wire/truncated", offset: 5 });
  });

  it("W-5 refuses request ids outside 1 to 2^31-1, read or written", () => {
    for (const id of [1, MAX_REQUEST_ID])
      expect(decodeFrame(encodeFrame(ping(id)))).toEqual({ ok: true, value: ping(id) });
    for (const id of [0, MAX_REQUEST_ID + 1, -1, 1.5]) expect(() => encodeFrame(ping(id))).toThrow(RangeError);
    expect(decodeFrame(Uint8Array.of(0x03, 0))).toMatchObject({ ok: false, code: "wire/range", offset: 1 });
    expect(decodeFrame(Uint8Array.of(0x03, 0xc0, 0, 0, 0, 0x80, 0, 0, 0))).toMatchObject({
      code: "wire/range",
      offset: 1,
    });
  });

  it("W-3 neither writes nor reads a frame above the limit", () => {
    const entry = new Uint8Array(512 * 1024);
    const body = { type: "log.entries" as const, first: 0, entries: [entry, entry], head: new Uint8Array(0) };
    expect(() => encodeFrame({ kind: "response", id: 1, body })).toThrow(RangeError);
    expect(decodeFrame(new Uint8Array(MAX_FRAME_BYTES + 1))).toMatchObject({
      ok: false,
      code: "wire/too-long",
      offset: 0,
    });
  });

  it("gives byte fields as views of the frame", () => {
    const log = logId(new Uint8Array(32));
    const bytes = encodeFrame({ kind: "request", id: 1, body: { type: "log.append", log, entry: new Uint8Array(99) } });
    const decoded = decodeFrame(bytes);
    if (!decoded.ok || decoded.value.body.type !== "log.append") throw new Error("not what was encoded");
    expect(decoded.value.body.entry.buffer).toBe(bytes.buffer);
  });
});
