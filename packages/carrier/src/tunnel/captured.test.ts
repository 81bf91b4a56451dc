import * as fc from "fast-check";
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { decodeNameQuestion, encodeNameAnswer, isNearName, RECORD } from "./name-answer.ts";
import { ProxyHeader, type ProxyHeaderStep } from "./proxy-header.ts";
import {
  decodeAddresses,
  decodeTunnelRequest,
  encodeAddresses,
  encodeTunnelRequest,
  MAX_NAME_ANSWER_BYTES,
} from "./tunnel-stream.ts";

const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);

function header(rest: readonly number[], command = 0x21, family = 0x11): Uint8Array {
  return concatBytes(
    SIGNATURE,
    Uint8Array.of(command, family, rest.length >> 8, rest.length & 255),
    Uint8Array.from(rest),
  );
}

const FOUR = [10, 0, 0, 1, 203, 0, 113, 7, 0x80, 1, 1, 0xbb];
const SIX = [...Array.from({ length: 16 }, () => 1), 0x20, 1, 0xd, 0xb8, ...Array.from({ length: 11 }, () => 0), 9];

function pushed(...pieces: readonly Uint8Array[]): ProxyHeaderStep {
  const head = new ProxyHeader();
  let step: ProxyHeaderStep = { type: "more" };
  for (const piece of pieces) if (step.type === "more") step = head.push(piece);
  return step;
}

/** A query as a resolver writes it (RFC 1035 §4.1): one question, recursion desired. */
function query(name: string, type: number, flags = 0x0100, more: readonly number[] = []): Uint8Array {
  const labels = name.split(".").flatMap((label) => [label.length, ...utf8(label)]);
  const head = [7, 9, flags >> 8, flags & 255, 0, 1, 0, 0, 0, 0, 0, more.length > 0 ? 1 : 0];
  return Uint8Array.from([...head, ...labels, 0, 0, type, 0, 1, ...more]);
}

describe("what the near end of a captured machine reads", () => {
  it("P-89 a PROXY header says where a connection was going, in whatever pieces it comes", () => {
    const whole = concatBytes(header(FOUR), utf8("GET"));
    for (let cut = 0; cut <= whole.byteLength; cut++) {
      const step = pushed(whole.subarray(0, cut), whole.subarray(cut));
      expect(step).toMatchObject({ type: "target", target: { host: "203.0.113.7", port: 443 } });
    }
    expect(pushed(whole)).toMatchObject({ rest: utf8("GET") });
    const six = pushed(header([...SIX, 0, 1, 0, 53, 3, 0, 4, 1, 2, 3, 4], 0x21, 0x21));
    expect(six).toMatchObject({ type: "target", target: { host: "2001:db8::9", port: 53 } });
  });

  it("P-89 what is no such header is refused at its first wrong byte, and no bytes make it throw or hold more", () => {
    for (const bytes of [
      utf8("GET / HTTP/1.1\r\n"),
      utf8("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n"),
      SIGNATURE.map((byte, i) => (i === 11 ? 0 : byte)),
      header(FOUR, 0x20),
      header(FOUR, 0x11),
      header(FOUR, 0x21, 0x12),
      header(FOUR, 0x21, 0x31),
      header(FOUR.slice(0, 11)),
      header(FOUR, 0x21, 0x21),
      header([...FOUR.slice(0, 10), 0, 0]),
      header([...FOUR, ...Array.from({ length: 600 }, () => 0)]),
    ]) {
      expect(pushed(bytes)).toEqual({ type: "refused" });
    }
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.nat(16), (pieces, kept) => {
        const step = pushed(header(FOUR).subarray(0, kept), ...pieces);
        expect(["more", "refused", "target"]).toContain(step.type);
      }),
      { numRuns: 2000 },
    );
  });

  it("P-85 a question is read and answered with the addresses of the asked kind only", () => {
    const question = decodeNameQuestion(query("WWW.Example.org", RECORD.A));
    expect(question).toMatchObject({ id: 0x0709, name: "www.example.org", type: 1, isPlain: true });
    if (question === undefined) return;
    const four = Uint8Array.of(203, 0, 113, 7);
    const answer = encodeNameAnswer(question, [four, new Uint8Array(16)], 60);
    expect(Array.from(answer.subarray(0, 12))).toEqual([7, 9, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    // The name is written by pointing to the question (RFC 1035 §4.1.4).
    expect(Array.from(answer.subarray(-16))).toEqual([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...four]);
    expect(new TextDecoder().decode(answer)).toContain("Example");
    const none = decodeNameQuestion(query("a.example", 15));
    expect(none && Array.from(encodeNameAnswer(none, [four], 60).subarray(2, 8))).toEqual([0x81, 0x80, 0, 1, 0, 0]);
    expect(none && encodeNameAnswer(none, "no such name", 60)[3]).toBe(0x83);
    const many = encodeNameAnswer(
      question,
      Array.from({ length: 16 }, () => four),
      60,
    );
    expect([many[7], many.byteLength <= 512]).toEqual([8, true]);
  });

  it("P-85 extensions are read over; what is no single question deserves no answer, and nothing makes it throw", () => {
    const extended = query("a.example", 28, 0x0100, [0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0]);
    expect(decodeNameQuestion(extended)?.asked.byteLength).toBe(15);
    expect(decodeNameQuestion(query("a.example", 1, 0x1000))?.isPlain).toBe(false);
    const pointing = Uint8Array.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1);
    for (const bytes of [
      query("a.example", 1, 0x8000),
      query("a.example", 1).subarray(0, 20),
      pointing,
      query("a", 1).map((byte, i) => (i === 5 ? 2 : byte)),
      query("a", 1).map((byte, i) => (i === 13 ? 0x2e : byte)),
      query(Array.from({ length: 60 }, () => "abcd").join("."), 1),
    ]) {
      expect(decodeNameQuestion(bytes)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(12), (tail, kept) => {
        const question = decodeNameQuestion(concatBytes(query("a.example", 1).subarray(0, kept), tail));
        if (question !== undefined) expect(encodeNameAnswer(question, [], 0).byteLength).toBeLessThan(300);
      }),
      { numRuns: 2000 },
    );
    expect(["printer", "printer.local", "a.home.arpa", "x.onion", "localhost"].every(isNearName)).toBe(true);
    expect(["example.org", "local.example", "notlocal.org"].some(isNearName)).toBe(false);
  });

  it("P-85 streams that ask for a name, and the addresses that come back, have one form", () => {
    const request = { kind: "name" as const, pass: Uint8Array.of(7), name: "a.example" };
    expect(decodeTunnelRequest(encodeTunnelRequest(request))).toEqual({ ok: true, value: request });
    for (const name of ["A.example", "", "a..b"]) {
      expect(decodeTunnelRequest(encodeTunnelRequest({ ...request, name })).ok, name).toBe(false);
    }
    const withPort = encodeTunnelRequest(request);
    withPort[withPort.byteLength - 1] = 53;
    expect(decodeTunnelRequest(withPort).ok).toBe(false);
    const addresses = [Uint8Array.of(1, 2, 3, 4), new Uint8Array(16).fill(9)];
    expect(decodeAddresses(encodeAddresses(addresses))).toEqual({ ok: true, value: addresses });
    const most = encodeAddresses(Array.from({ length: 20 }, () => new Uint8Array(16)));
    expect(most.byteLength).toBeLessThanOrEqual(MAX_NAME_ANSWER_BYTES);
    expect(decodeAddresses(Uint8Array.of(1, 5, 1, 2, 3, 4, 5)).ok).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => typeof decodeAddresses(bytes).ok === "boolean"),
    );
  });
});
