import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../bytes/index.ts";
import { logId } from "../ids.ts";
import { MAX_FRAME_BYTES } from "../limits.ts";
import { arbitraryFrame, arbitraryPieces } from "../testing/index.ts";
import { decodeFrame, encodeFrame } from "./codec.ts";
import { frameBytes, FrameReader, FrameWriter } from "./stream.ts";
import type { Frame } from "./types.ts";

const ping = (id: number): Frame => ({ kind: "request", id, body: { type: "ping" } });
const read = (bytes: Uint8Array): unknown => {
  const decoded = decodeFrame(bytes);
  return decoded.ok ? decoded.value : decoded.code;
};

describe("stream", () => {
  it("gives back every frame however the stream is cut", () => {
    const cut = fc
      .array(arbitraryFrame, { minLength: 1, maxLength: 6 })
      .chain((frames) => fc.tuple(fc.constant(frames), arbitraryPieces(frameBytes(...frames))));
    fc.assert(
      fc.property(cut, ([frames, pieces]) => {
        const reader = new FrameReader();
        const got = pieces.flatMap((piece) => {
          const batch = reader.push(piece);
          expect(batch.fault).toBeUndefined();
          return batch.frames;
        });
        expect(got.map(read)).toEqual(frames);
        expect(reader.midFrame).toBe(false);
      }),
    );
  });

  it("keeps frames that span chunks apart from the chunks and from each other", () => {
    const reader = new FrameReader();
    const first = frameBytes(ping(1));
    const second = frameBytes(ping(2));
    reader.push(first.slice(0, 5));
    const one = reader.push(first.slice(5)).frames;
    reader.push(second.slice(0, 5));
    expect(reader.midFrame).toBe(true);
    const two = reader.push(second.slice(5)).frames;
    expect([...one, ...two].map(read)).toEqual([ping(1), ping(2)]);
  });

  it("gives frames that lie within a chunk without copying them", () => {
    const chunk = frameBytes(ping(1), ping(2));
    for (const frame of new FrameReader().push(chunk).frames) expect(frame.buffer).toBe(chunk.buffer);
  });

  it("W-3 refuses a length above the limit before any of the frame has arrived, and after the frames before it", () => {
    const reader = new FrameReader();
    const tooLarge = new Uint8Array(4);
    new DataView(tooLarge.buffer).setUint32(0, MAX_FRAME_BYTES + 1);
    const batch = reader.push(concatBytes(frameBytes(ping(1)), tooLarge));
    expect(batch.frames.map(read)).toEqual([ping(1)]);
    expect(batch.fault).toBe("wire/too-large");
    expect(reader.push(frameBytes(ping(2)))).toEqual({ frames: [], fault: "wire/too-large" });
  });

  it("W-3 takes a frame of exactly the limit", () => {
    const reader = new FrameReader();
    const length = Uint8Array.of(0, 0x10, 0, 0);
    expect(reader.push(length)).toEqual({ frames: [], fault: undefined });
    const { frames } = reader.push(new Uint8Array(MAX_FRAME_BYTES));
    expect(frames[0]?.byteLength).toBe(MAX_FRAME_BYTES);
  });

  it("W-3 holds no more memory than twice what arrived, whatever length was announced", () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 2000 }, () => {
      const reader = new FrameReader();
      reader.push(Uint8Array.of(0, 0x10, 0, 0, 1));
      return reader;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2000 * 4096);
    expect(readers.every((reader) => reader.midFrame)).toBe(true);
  });

  it("copies each byte a bounded number of times when a frame comes byte by byte", () => {
    const reader = new FrameReader();
    const bytes = frameBytes({
      kind: "request",
      id: 1,
      body: { type: "blob.put", bytes: new Uint8Array(65_536).fill(7), lock: undefined },
    });
    const got = Array.from(bytes, (byte) => reader.push(Uint8Array.of(byte)).frames).flat();
    expect(got.map((frame) => frame.byteLength)).toEqual([bytes.byteLength - 4]);
    expect(read(got[0] ?? bytes)).toMatchObject({ id: 1 });
  });

  it("W-4 never throws on random chunks, and gives back every byte of a stream it took", () => {
    const chunks = fc.array(
      fc.uint8Array({ maxLength: 40 }).map((chunk) => chunk.map((byte, i) => (i % 3 === 0 ? byte : 0))),
    );
    fc.assert(
      fc.property(chunks, (given) => {
        const reader = new FrameReader(64);
        const total = concatBytes(...given);
        let taken = 0;
        for (const chunk of given) {
          for (const frame of reader.push(chunk).frames) {
            expect(frame).toEqual(total.subarray(taken + 4, taken + 4 + frame.byteLength));
            taken += 4 + frame.byteLength;
          }
        }
        expect(taken).toBeLessThanOrEqual(total.byteLength);
      }),
    );
  });

  it("takes a frame of no bytes for what it is", () => {
    expect(new FrameReader().push(new Uint8Array(8)).frames.map(read)).toEqual(["wire/truncated", "wire/truncated"]);
  });
});

describe("frame writer", () => {
  it("writes many frames into one piece, those encoded before included", () => {
    const writer = new FrameWriter(16);
    const piece = writer
      .add(ping(1))
      .addEncoded(encodeFrame(ping(2)))
      .add(ping(3))
      .take();
    expect(new FrameReader().push(piece).frames.map(read)).toEqual([ping(1), ping(2), ping(3)]);
    expect(writer.length).toBe(0);
  });

  it("adds nothing when a frame does not fit, and goes on", () => {
    const writer = new FrameWriter();
    writer.add(ping(1));
    const log = logId(new Uint8Array(32));
    const bad: Frame = { kind: "request", id: 2, body: { type: "log.append", log, entry: new Uint8Array(600_000) } };
    expect(() => writer.add(bad)).toThrow(RangeError);
    expect(() => writer.add(ping(0))).toThrow(RangeError);
    expect(writer.add(ping(3)).take()).toEqual(frameBytes(ping(1), ping(3)));
  });

  it("never changes what it gave away", () => {
    const writer = new FrameWriter(16);
    const pieces = [1, 2, 3, 4].map((id) => writer.add(ping(id)).take());
    const large = writer.addEncoded(new Uint8Array(40).fill(5)).take();
    writer.addEncoded(new Uint8Array(40).fill(6)).take();
    expect(pieces).toEqual([1, 2, 3, 4].map((id) => frameBytes(ping(id))));
    expect(large.subarray(4)).toEqual(new Uint8Array(40).fill(5));
  });
});
