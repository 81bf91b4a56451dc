import * as fc from "fast-check";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import { SeededRng } from "../testing/seeded-rng.ts";
import { SessionEngine, type Priority, type Role } from "./engine.ts";
import { decodeFrame, encodeFrame, FrameReader, SEGMENT_KIND, type SessionFrame } from "./frames.ts";
import { DEFAULT_SESSION_LIMITS, MAX_STREAMS } from "./limits.ts";

const LIMITS = { ...DEFAULT_SESSION_LIMITS, resendBytes: 1024 * 1024 };
const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());

/** One end, what it was sent, and a reader that may hold back. */
class End {
  readonly received = new Map<number, Uint8Array[]>();
  readonly finished = new Set<number>();
  readonly opened: [number, Priority, string][] = [];
  readonly unread: [stream: number, sizeBytes: number][] = [];
  readonly engine: SessionEngine;
  reader = new FrameReader();

  constructor(role: Role, padding?: (payloadBytes: number) => number) {
    this.engine = new SessionEngine({
      role,
      sha256,
      limits: LIMITS,
      random: () => 0.5,
      padding,
      sink: {
        opened: (id, priority, label) => this.opened.push([id, priority, Buffer.from(label).toString()]),
        arrived: (id, bytes) => {
          this.received.set(id, [...(this.received.get(id) ?? []), bytes]);
          this.unread.push([id, bytes.byteLength]);
        },
        finished: (id) => this.finished.add(id),
        progressed: () => undefined,
        settled: () => undefined,
      },
    });
  }

  bytes(stream: number): Uint8Array {
    return concatBytes(...(this.received.get(stream) ?? []));
  }

  read(nowMs: number): void {
    for (const [stream, sizeBytes] of this.unread.splice(0)) this.engine.consumed(stream, sizeBytes, nowMs);
  }

  frames(nowMs: number, most = Number.POSITIVE_INFINITY): Uint8Array {
    const out: Uint8Array[] = [];
    for (let frame = this.engine.next(nowMs); frame !== undefined; frame = this.engine.next(nowMs)) {
      out.push(frame);
      if (out.length >= most) break;
    }
    return concatBytes(...out);
  }

  /** @returns whether the link is still good */
  take(bytes: Uint8Array, nowMs: number): boolean {
    this.engine.heard(bytes.byteLength, nowMs);
    return this.reader.push(bytes, (frame) => this.engine.take(frame, nowMs));
  }
}

/** Puts both ends on a new link, as an attach does. */
function relink(dialer: End, acceptor: End, nowMs: number): void {
  for (const end of [dialer, acceptor]) {
    end.engine.detach();
    end.reader = new FrameReader();
  }
  const asked = dialer.engine.states();
  expect(acceptor.engine.attach(asked, nowMs)).toBeUndefined();
  expect(dialer.engine.attach(acceptor.engine.states(asked), nowMs)).toBeUndefined();
}

/** Two ends on a link, and three bytes that the dialer has to send. */
function speaking(): [End, End] {
  const pair: [End, End] = [new End("dialer"), new End("acceptor")];
  relink(...pair, 0);
  pair[0].engine.send(0, Uint8Array.of(1, 2, 3));
  return pair;
}

/** Lets both talk until neither has anything to say. */
function settle(dialer: End, acceptor: End, nowMs: number): void {
  for (let quiet = 0; quiet < 2;) {
    for (const end of [dialer, acceptor]) end.read(nowMs);
    const [there, back] = [dialer.frames(nowMs, 50), acceptor.frames(nowMs, 50)];
    expect(acceptor.take(there, nowMs)).toBe(true);
    expect(dialer.take(back, nowMs)).toBe(true);
    quiet = there.byteLength + back.byteLength === 0 ? quiet + 1 : 0;
  }
}

describe("session engine", () => {
  it("P-1 P-8 loses and repeats nothing, wherever links are cut, however often", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 25 }), (seed, rounds) => {
        const rng = new SeededRng(seed);
        const dialer = new End("dialer", () => (rng.next() < 0.2 ? rng.between(0, 300) : 0));
        const acceptor = new End("acceptor");
        const sent = new Map<string, Uint8Array[]>();
        const streams: [End, number][] = [
          [dialer, 0],
          [acceptor, 0],
        ];
        let nowMs = 0;
        relink(dialer, acceptor, nowMs);
        for (let round = 0; round < rounds; round++) {
          nowMs += rng.between(0, 300);
          if (rng.next() < 0.3) {
            const opener = rng.next() < 0.5 ? dialer : acceptor;
            const id = opener.engine.open(rng.next() < 0.5 ? "text" : "bulk", rng.bytes(rng.between(0, 20)));
            if (id !== undefined) streams.push([opener, id]);
          }
          for (const [end, id] of streams) {
            if (rng.next() < 0.5) continue;
            const bytes = rng.bytes(rng.between(1, rng.next() < 0.2 ? 60_000 : 500));
            end.engine.send(id, bytes);
            const key = `${end === dialer ? "d" : "a"}${id}`;
            sent.set(key, [...(sent.get(key) ?? []), bytes]);
          }
          const there = dialer.frames(nowMs, rng.between(1, 30));
          const back = acceptor.frames(nowMs, rng.between(1, 30));
          const isCut = rng.next() < 0.5;
          acceptor.take(isCut ? there.subarray(0, rng.between(0, there.byteLength)) : there, nowMs);
          dialer.take(isCut ? back.subarray(0, rng.between(0, back.byteLength)) : back, nowMs);
          if (rng.next() < 0.7) for (const end of [dialer, acceptor]) end.read(nowMs);
          if (isCut) relink(dialer, acceptor, nowMs);
        }
        for (const [end, id] of streams) end.engine.finish(id);
        settle(dialer, acceptor, nowMs);
        for (const [key, parts] of sent) {
          const other = key.startsWith("d") ? acceptor : dialer;
          const got = other.bytes(Number(key.slice(1)));
          expect(got.byteLength).toBe(concatBytes(...parts).byteLength);
          expect(equalBytes(got, concatBytes(...parts))).toBe(true);
        }
        for (const end of [dialer, acceptor]) expect(end.engine.heldBytes).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it("P-1 takes a segment that comes twice once", () => {
    const [dialer, acceptor] = speaking();
    const frames = dialer.frames(0);
    for (let i = 0; i < 3; i++) expect(acceptor.take(frames, 0)).toBe(true);
    expect([...acceptor.bytes(0)]).toEqual([1, 2, 3]);
    dialer.engine.send(0, Uint8Array.of(4));
    expect(acceptor.take(dialer.frames(0), 0)).toBe(true);
    expect([...acceptor.bytes(0)]).toEqual([1, 2, 3, 4]);
  });

  it("P-4 holds no more than its windows say, whatever the other end does", () => {
    const [dialer, acceptor] = [new End("dialer"), new End("acceptor")];
    relink(dialer, acceptor, 0);
    dialer.engine.send(0, new Uint8Array(8_000_000));
    for (let nowMs = 0; nowMs < 2000; nowMs += 10) {
      acceptor.take(dialer.frames(nowMs, 20), nowMs);
      dialer.take(acceptor.frames(nowMs), nowMs);
      expect(dialer.engine.heldBytes).toBeLessThanOrEqual(LIMITS.resendBytes + 100);
    }
    // Nobody read: exactly the first window arrived, and not a byte beyond.
    const unreadBytes = acceptor.bytes(0).byteLength;
    expect(unreadBytes).toBeGreaterThan(250_000);
    expect(unreadBytes).toBeLessThanOrEqual(256 * 1024);
    expect(acceptor.take(encodeFrame.segment(0, 1000, SEGMENT_KIND.data, new Uint8Array(1)), 2000)).toBe(false);
  });

  it("P-4 ends the link at bytes beyond the credit", () => {
    const acceptor = new End("acceptor");
    acceptor.engine.attach([], 0);
    const taken = Array.from({ length: 17 }, (_, seq) =>
      acceptor.take(encodeFrame.segment(0, seq, SEGMENT_KIND.data, new Uint8Array(16_000)), 0),
    );
    expect(taken.lastIndexOf(true)).toBe(15);
    expect(taken.at(16)).toBe(false);
  });

  it("P-4 charges small segments for what it costs to hold them", () => {
    const acceptor = new End("acceptor");
    acceptor.engine.attach([], 0);
    let seq = 0;
    while (acceptor.take(encodeFrame.segment(0, seq, SEGMENT_KIND.data, Uint8Array.of(1)), 0)) seq++;
    expect(seq).toBe(Math.floor((256 * 1024) / 65));
  });

  it("P-5 windows grow while the reader keeps up, within a bound shared by all streams", () => {
    const [dialer, acceptor] = [new End("dialer"), new End("acceptor")];
    relink(dialer, acceptor, 0);
    const before = acceptor.engine.windowBytes;
    dialer.engine.send(0, new Uint8Array(40_000_000));
    for (let nowMs = 0; nowMs < 4000 && dialer.engine.unsentBytes(0) > 0; nowMs += 50) {
      acceptor.take(dialer.frames(nowMs), nowMs);
      acceptor.read(nowMs + 50);
      dialer.take(acceptor.frames(nowMs + 50), nowMs + 50);
    }
    expect(acceptor.engine.windowBytes).toBe(LIMITS.windowBytes);
    expect(acceptor.engine.windowBytes - before).toBeLessThanOrEqual(LIMITS.growthBytes);
  });

  it("P-6 sends text before bulk, always", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const rng = new SeededRng(seed);
        const [dialer, acceptor] = [new End("dialer"), new End("acceptor")];
        relink(dialer, acceptor, 0);
        const bulk = dialer.engine.open("bulk", new Uint8Array(0)) ?? -1;
        const text = dialer.engine.open("text", new Uint8Array(0)) ?? -1;
        dialer.engine.send(bulk, new Uint8Array(200_000));
        acceptor.take(dialer.frames(0, rng.between(1, 8)), 0);
        dialer.engine.send(text, new Uint8Array(9_000));
        const order: number[] = [];
        new FrameReader().push(dialer.frames(0), (frame) => {
          if (frame.type === "segment" && frame.kind === SEGMENT_KIND.data) order.push(frame.stream);
          return true;
        });
        expect(order.lastIndexOf(text)).toBe(order.filter((id) => id === text).length - 1);
        expect(order).toContain(text);
      }),
      { numRuns: 20 },
    );
  });

  it("P-6 shares a link among streams of one priority", () => {
    const [dialer, acceptor] = [new End("dialer"), new End("acceptor")];
    relink(dialer, acceptor, 0);
    const ids = [1, 2, 3].map(() => dialer.engine.open("bulk", new Uint8Array(0)) ?? -1);
    for (const id of ids) dialer.engine.send(id, new Uint8Array(100_000));
    acceptor.take(dialer.frames(0), 0);
    const sizes = ids.map((id) => acceptor.bytes(id).byteLength);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1200);
  });

  it("P-7 opens streams in order with what their opener says of them, and at most 128", () => {
    const [dialer, acceptor] = [new End("dialer"), new End("acceptor")];
    relink(dialer, acceptor, 0);
    const ids = Array.from({ length: MAX_STREAMS + 2 }, (_, i) =>
      dialer.engine.open(i % 2 === 0 ? "bulk" : "text", new TextEncoder().encode(`to ${i}`)),
    );
    expect(ids.filter((id) => id === undefined)).toHaveLength(2);
    settle(dialer, acceptor, 0);
    expect(acceptor.opened).toHaveLength(MAX_STREAMS);
    expect(acceptor.opened.slice(0, 2)).toEqual([
      [1, "bulk", "to 0"],
      [3, "text", "to 1"],
    ]);
    const open = Uint8Array.of(1);
    expect(acceptor.take(encodeFrame.segment(1001, 0, SEGMENT_KIND.open, open), 0)).toBe(false);
    expect(dialer.take(encodeFrame.segment(7, 0, SEGMENT_KIND.open, open), 0)).toBe(false);
  });

  it("P-7 keeps half a stream open, and forgets it when both halves have ended", () => {
    const [dialer, acceptor] = [new End("dialer"), new End("acceptor")];
    relink(dialer, acceptor, 0);
    const id = dialer.engine.open("text", new Uint8Array(0)) ?? -1;
    dialer.engine.send(id, Uint8Array.of(1));
    dialer.engine.finish(id);
    settle(dialer, acceptor, 0);
    expect(acceptor.finished).toContain(id);
    acceptor.engine.send(id, Uint8Array.of(2, 3));
    settle(dialer, acceptor, 0);
    expect([...dialer.bytes(id)]).toEqual([2, 3]);
    acceptor.engine.finish(id);
    settle(dialer, acceptor, 0);
    expect([dialer.engine.streamCount, acceptor.engine.streamCount]).toEqual([1, 1]);
  });

  it("P-7 a stream that is given up ends at both, though its queue was full", () => {
    const [dialer, acceptor] = [new End("dialer"), new End("acceptor")];
    relink(dialer, acceptor, 0);
    const id = dialer.engine.open("bulk", new Uint8Array(0)) ?? -1;
    dialer.engine.send(id, new Uint8Array(5_000_000));
    acceptor.take(dialer.frames(0), 0);
    acceptor.engine.reset(id);
    settle(dialer, acceptor, 0);
    expect([dialer.engine.streamCount, acceptor.engine.streamCount]).toEqual([1, 1]);
    expect(dialer.engine.heldBytes).toBe(0);
  });

  it("P-8 a stream whose last acknowledgement was lost ends on the next link", () => {
    for (const [opener, cutAck] of [
      ["dialer", 0],
      ["acceptor", 1],
    ] as const) {
      const [dialer, acceptor] = [new End("dialer"), new End("acceptor")];
      relink(dialer, acceptor, 0);
      const from = opener === "dialer" ? dialer : acceptor;
      const to = opener === "dialer" ? acceptor : dialer;
      const id = from.engine.open("text", new Uint8Array(0)) ?? -1;
      from.engine.finish(id);
      to.take(from.frames(0), 0);
      to.engine.finish(id);
      from.take(to.frames(0), 0);
      expect(from.engine.streamCount).toBe(1);
      from.frames(0); // … and it never arrives
      expect(to.engine.streamCount).toBe(2);
      relink(dialer, acceptor, 1);
      settle(dialer, acceptor, 1);
      expect([cutAck, to.engine.streamCount]).toEqual([cutAck, 1]);
    }
  });

  it("P-10 ends the session when a signed state contradicts what was sent", () => {
    // A relay alters a byte.
    const [dialer, acceptor] = speaking();
    const frames = dialer.frames(0);
    frames[frames.length - 1] = 9;
    expect(acceptor.take(frames, 0)).toBe(true);
    expect(dialer.engine.attach(acceptor.engine.states(), 1)).toBe("altered");
    // A relay acknowledges what it swallowed.
    const [second, other] = speaking();
    second.frames(0);
    second.take(encodeFrame.ack([{ stream: 0, received: 1, credit: 0 }]), 0);
    expect(second.engine.heldBytes).toBe(0);
    expect(second.engine.attach(other.engine.states(), 1)).toBe("behind");
    // The other end claims what was never sent.
    const [third] = speaking();
    const states = [{ stream: 0, received: 7, credit: 0, chain: new Uint8Array(16) }];
    expect(third.engine.attach(states, 1)).toBe("ahead");
  });

  it("P-3 any bytes at all end the link or are read, and never throw", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 20 }), fc.nat(0x20), (chunks, type) => {
        const end = new End("acceptor");
        end.engine.attach([], 0);
        for (const [i, chunk] of chunks.entries()) {
          const framed = i % 2 === 0 ? chunk : concatBytes(Uint8Array.of(type, 0, chunk.byteLength), chunk);
          if (!end.take(framed, 0)) return;
          end.frames(0);
        }
        expect(end.engine.streamCount).toBeLessThan(40);
      }),
      { numRuns: 1500 },
    );
  });

  it("P-2 reads frames whatever pieces they come in", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const rng = new SeededRng(seed);
        const frames = Array.from({ length: 12 }, (_, i) => [
          encodeFrame.segment(2 * i, i * 70_000, SEGMENT_KIND.data, rng.bytes(rng.between(1, 600)), rng.between(0, 99)),
          encodeFrame.ack([{ stream: i, received: i, credit: 2 ** 40 }]),
          encodeFrame.padding(rng.between(0, 40)),
          encodeFrame.echo("echo", rng.bytes(rng.between(0, 300))),
        ]).flat();
        const whole: SessionFrame[] = [];
        const cut: SessionFrame[] = [];
        const bytes = concatBytes(...frames);
        expect(new FrameReader().push(bytes, (frame) => whole.push(frame) > 0)).toBe(true);
        const reader = new FrameReader();
        for (let at = 0; at < bytes.byteLength;) {
          const next = at + rng.between(1, 700);
          expect(reader.push(bytes.slice(at, next), (frame) => cut.push(frame) > 0)).toBe(true);
          at = next;
        }
        expect(whole).toHaveLength(frames.length);
        expect(cut).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it("P-2 refuses lengths and fields beyond their bounds", () => {
    expect(new FrameReader().push(Uint8Array.of(0x14, 0x80, 0x01), () => true)).toBe(false);
    const refused = [
      [0x99, []],
      [0x10, [0, 0, 9, 0, 1]],
      [0x10, [0, 0, 0, 0]],
      [0x10, [0, 0, 0, 0x7f, 0xff, 1]],
      [0x11, [0x7f, 0xff]],
      [0x02, [1, 2, 3]],
    ] as const;
    for (const [type, body] of refused) expect(decodeFrame(type, Uint8Array.from(body)).ok).toBe(false);
  });
});
