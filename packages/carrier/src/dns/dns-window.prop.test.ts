import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import { DOMAIN, Road } from "../testing/dns-road.ts";
import { pattern } from "../testing/peers.ts";
import { SeededRng } from "../testing/seeded-rng.ts";
import { CHUNK_MASK, decodeAnswerFrame, decodeQueryFrame, QUERY_MASK } from "./dns-frames.ts";
import { decodeDnsMessage, DNS_TYPE } from "./dns-message.ts";
import { ANSWER_ROOM_BYTES, bytesOfName, bytesOfRecords, carryingName, carryingRecords } from "./dns-names.ts";
import { ReceiveWindow, SendWindow } from "./dns-window.ts";

describe("windows and messages of links over DNS", () => {
  it("P-92 delivers chunks once and in order, whatever is lost, repeated or late", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 40 }), (seed, room) => {
        const rng = new SeededRng(seed);
        const [out, into] = [new SendWindow(64), new ReceiveWindow(64)];
        const sent = pattern(3_000);
        out.push(sent);
        out.end();
        const got: Uint8Array[] = [];
        const acks: [number, bigint][] = [];
        const late: [number, Uint8Array][] = [];
        for (let nowMs = 0; !(out.isDone && into.hasEnded); nowMs += 10) {
          expect(nowMs).toBeLessThan(200_000);
          const chunk = out.next(room, nowMs, () => 50);
          if (chunk !== undefined) {
            out.sent(chunk, nowMs, nowMs + 300);
            if (rng.next() < 0.8) late.push([chunk.number, chunk.data]);
          }
          while (late.length > 0 && rng.next() < 0.6) {
            const at = Math.floor(rng.next() * Math.min(late.length, 20));
            const [seq, data] = late[at]!;
            if (rng.next() < 0.9) late.splice(at, 1);
            got.push(...(into.take(seq, data) ?? []));
            acks.push([into.received & QUERY_MASK, into.have(8)]);
          }
          const ack = acks.splice(Math.floor(rng.next() * acks.length), 1)[0];
          if (ack !== undefined && rng.next() < 0.8) out.acknowledge(ack[0], ack[1], 8, QUERY_MASK);
          if (acks.length > 20) acks.splice(0, 10);
          if (late.length > 40) late.splice(0, 20);
          if (rng.next() < 0.05) out.acknowledge(into.received & QUERY_MASK, into.have(8), 8, QUERY_MASK);
        }
        expect(equalBytes(concatBytes(...got), sent)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("P-92 ignores acknowledgements that cannot be", () => {
    const out = new SendWindow(64);
    out.push(pattern(100));
    for (let i = 0; i < 5; i++)
      out.sent(
        out.next(10, 0, () => 1e6)!,
        0,
        1e6,
      );
    expect(out.acknowledge(77, 0xffn, 8, 0xff)).toEqual([]);
    expect(out.acknowledge(255, 0n, 8, 0xff)).toEqual([]);
    expect(out.waitingBytes).toBe(100);
    expect(out.acknowledge(2, 0b10n, 8, 0xff).map(({ number }) => number)).toEqual([0, 1, 4]);
  });

  it("P-92 takes an answer for what it is when it comes late, hundreds of chunks after its time", () => {
    const [out, into] = [new SendWindow(64), new ReceiveWindow(64)];
    out.push(pattern(4_000));
    const [first] = [out.next(10, 0, () => 1e6)!];
    out.sent(first, 0, 1e6);
    for (let i = 0; i < 300; i++) {
      const chunk = i === 0 ? first : out.next(10, 0, () => 1e6)!;
      out.sent(chunk, 0, 1e6);
      expect(into.take(chunk.number & CHUNK_MASK, chunk.data)).toEqual([chunk.data]);
      out.acknowledge(into.received & CHUNK_MASK, 0n, 8, CHUNK_MASK);
    }
    // Of eight bits 44 to 63 would be numbers that are just awaited.
    for (let number = 0; number < 300; number++) expect(into.take(number, Uint8Array.of(9))).toBeUndefined();
    for (let number = 0; number < 300; number++) expect(out.acknowledge(number, 0xffn, 8, CHUNK_MASK)).toEqual([]);
  });

  it("P-91 reads any message, name and answer without throwing, and what it writes as it was", () => {
    const bytes = fc.uint8Array({ maxLength: 120 });
    fc.assert(
      fc.property(bytes, fc.constantFrom(DNS_TYPE.txt, DNS_TYPE.aaaa), (some, type) => {
        for (const read of [decodeDnsMessage(some), decodeQueryFrame(some), decodeAnswerFrame(some)]) {
          if (!read.ok) expect(read.offset).toBeLessThanOrEqual(some.byteLength);
        }
        const own = some.subarray(0, ANSWER_ROOM_BYTES[type]);
        const records = carryingRecords(own, type, DOMAIN).toReversed();
        expect(bytesOfRecords(records, type)).toEqual(own);
        const name = carryingName(some.subarray(0, 38), DOMAIN).map((label) => label.toUpperCase());
        expect(bytesOfName(name, DOMAIN)).toEqual(some.subarray(0, 38));
        const road = new Road(1, []);
        road.acceptor.handle(some, "x", (answer) => expect(decodeDnsMessage(answer).ok).toBe(true));
      }),
      { numRuns: 400 },
    );
  });
});
