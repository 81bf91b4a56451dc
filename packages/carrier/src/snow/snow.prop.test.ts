import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter, toHex } from "@chapar/wire/bytes";
import { addressClass } from "../address-class.ts";
import { decodeFindAnswer, decodeFindRequest, encodeFindAnswer, encodeFindRequest } from "./find.ts";
import { encodeHelp, type HelpFrame, HelpReader } from "./help-frames.ts";
import { describeParty, partyOf, readParty, type SnowParty, withinClass, writeParty } from "./party.ts";
import { formatSnowRoute, isStunPlace, snowRoute } from "./snow-route.ts";
import { answerStun } from "./stun.ts";

const BASE64 = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const iceText = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...BASE64), minLength, maxLength });
const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const address = fc.oneof(
  fc.ipV4(),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })
    .map((groups) => groups.map((group) => group.toString(16)).join(":")),
);
const candidate = fc.record({ address, port: fc.integer({ min: 1, max: 65_535 }), isReflexive: fc.boolean() });
const party: fc.Arbitrary<SnowParty> = fc.record({
  ufrag: iceText(4, 32),
  password: iceText(22, 128),
  fingerprint: bytes(32),
  candidates: fc.uniqueArray(candidate, { maxLength: 8, selector: ({ address: at, port }) => `${at} ${port}` }),
});
const anything = fc.uint8Array({ maxLength: 1200 });

describe("what travels between the ends of snow", () => {
  it("P-113 a party is read as it was written, and the browser's own form says the same", () => {
    fc.assert(
      fc.property(party, (each) => {
        const out = new ByteWriter(64);
        writeParty(out, each);
        const from = new ByteReader(out.take());
        const read = readParty(from);
        expect(from.finish(read).ok).toBe(true);
        expect(read).toEqual(each);
        const seen = partyOf(describeParty(each, "actpass"));
        expect(seen).toMatchObject({ ufrag: each.ufrag, password: each.password, fingerprint: each.fingerprint });
        expect(new Set(seen?.candidates)).toEqual(new Set(each.candidates));
      }),
    );
  });

  it("P-110 P-113 a description has one line for each field, whatever a stranger wrote, and the answering end greets", () => {
    fc.assert(
      fc.property(party, (each) => {
        const lines = describeParty(each, "active").split("\r\n");
        expect(lines.filter((line) => line.startsWith("a=setup:"))).toEqual(["a=setup:active"]);
        expect(lines).toHaveLength(15 + each.candidates.length);
        expect(lines.every((line) => /^[ -~]*$/.test(line))).toBe(true);
      }),
    );
  });

  it("P-113 fields beyond their bounds are refused: names, line ends, too many or too short ones", () => {
    const good = { ufrag: "abcd", password: "x".repeat(22), fingerprint: new Uint8Array(32), candidates: [] };
    const read = (each: SnowParty): boolean => {
      const out = new ByteWriter(64);
      writeParty(out, each);
      const from = new ByteReader(out.take());
      return from.finish(readParty(from)).ok;
    };
    expect(read(good)).toBe(true);
    expect(read({ ...good, ufrag: "abc" })).toBe(false);
    expect(read({ ...good, ufrag: "abcd\r\na=setup:passive" })).toBe(false);
    expect(read({ ...good, password: "x".repeat(21) })).toBe(false);
    expect(read({ ...good, password: "x".repeat(129) })).toBe(false);
    const one = { address: "192.0.2.1", port: 1, isReflexive: false };
    expect(read({ ...good, candidates: Array.from({ length: 9 }, () => one) })).toBe(false);
    expect(read({ ...good, candidates: [{ ...one, port: 0 }] })).toBe(false);
  });

  it("P-113 names that stand for addresses, TCP, and addresses of a narrower class are left out", () => {
    const description = [
      "a=ice-ufrag:abcd",
      `a=ice-pwd:${"p".repeat(24)}`,
      `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}`,
      "a=candidate:1 1 udp 2113937151 0d1c2b3a-aaaa-bbbb-cccc-000000000000.local 50000 typ host generation 0",
      "a=candidate:2 1 udp 1677729535 203.0.113.9 50001 typ srflx raddr 0.0.0.0 rport 0 generation 0",
      "a=candidate:3 1 udp 2113937151 192.168.1.7 50002 typ host generation 0",
      "a=candidate:4 1 udp 2113937151 127.0.0.1 50003 typ host generation 0",
      "a=candidate:5 1 tcp 1518280447 203.0.113.9 9 typ host tcptype active",
    ].join("\r\n");
    const seen = partyOf(description);
    expect(seen?.candidates.map(({ address: at }) => at)).toEqual(["203.0.113.9", "192.168.1.7", "127.0.0.1"]);
    if (seen === undefined) throw new Error("not read");
    expect(withinClass(seen, "public").candidates.map(({ address: at }) => addressClass(at))).toEqual(["public"]);
    expect(withinClass(seen, "private").candidates).toHaveLength(2);
    expect(withinClass(seen, "loopback").candidates).toHaveLength(3);
    expect(partyOf("a=ice-ufrag:abcd")).toBeUndefined();
  });

  it("P-111 questions and answers are read as they were written; nothing that is no question throws", () => {
    const request = fc.record({
      station: bytes(32),
      offer: party,
      avoid: fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 8 }),
      mayRepeat: fc.boolean(),
    });
    fc.assert(
      fc.property(request, anything, (each, junk) => {
        const encoded = encodeFindRequest(each);
        expect(encoded.byteLength).toBeLessThan(900);
        expect(decodeFindRequest(encoded)).toMatchObject({ ok: true, value: each });
        expect(decodeFindRequest(encoded.subarray(0, -1)).ok).toBe(false);
        decodeFindRequest(junk);
        decodeFindAnswer(junk);
      }),
    );
    fc.assert(
      fc.property(party, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (each, volunteer) => {
        const answer = { found: true, volunteer, party: each } as const;
        expect(decodeFindAnswer(encodeFindAnswer(answer))).toMatchObject({ ok: true, value: answer });
      }),
    );
    for (const why of ["none", "busy", "silent", "version"] as const) {
      expect(decodeFindAnswer(encodeFindAnswer({ found: false, why }))).toMatchObject({ value: { found: false, why } });
    }
  });

  it("P-115 what a station and a tab say is read in any pieces; junk ends it", () => {
    const frames: readonly HelpFrame[] = [
      { type: "welcome", list: new Uint8Array(300), stun: "203.0.113.1:3478" },
      { type: "hello", room: 8 },
      { type: "offer", number: 7, party: fc.sample(party, { numRuns: 1, seed: 1 })[0] as SnowParty },
      { type: "answer", number: 7, party: undefined },
      { type: "still" },
    ];
    const whole = new Uint8Array(frames.flatMap((frame) => [...encodeHelp(frame)]));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: whole.byteLength }), anything, (size, junk) => {
        const reader = new HelpReader(0xffff);
        const read: HelpFrame[] = [];
        for (let at = 0; at < whole.byteLength; at += size) {
          expect(reader.push(whole.subarray(at, at + size), (frame) => read.push(frame) > 0)).toBe(true);
        }
        expect(read).toEqual(frames);
        new HelpReader(1024).push(junk, () => true);
      }),
    );
    expect(new HelpReader(100).push(whole, () => true)).toBe(false);
  });

  it("P-110 a route is read as it was written, and only such", () => {
    const key = new Uint8Array(32).fill(3);
    const route = formatSnowRoute({ inner: "https://station.example", station: key, stun: "203.0.113.1:3478" });
    expect(snowRoute(route)).toMatchObject({ inner: "https://station.example", stun: "203.0.113.1:3478" });
    expect(toHex(snowRoute(route)?.at ?? new Uint8Array(0))).toBe(toHex(key));
    for (const bad of [
      route.replace("snow+", ""),
      `${route}&stun=203.0.113.1:1`,
      `${route}&other=1`,
      route.replace(/station=./, "station="),
      `snow+${route}`,
      route.replace(":3478", ":99999"),
    ]) {
      expect(snowRoute(bad)).toBeUndefined();
    }
    expect(isStunPlace("station.example:3478")).toBe(true);
    expect(isStunPlace("station.example:3478 x")).toBe(false);
    expect(isStunPlace("a b:1")).toBe(false);
  });
});

describe("stun", () => {
  // RFC 5769 §2.1 without its attributes: type, length, cookie, transaction.
  const request = Uint8Array.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...Array.from({ length: 12 }, (_, i) => i + 1)]);

  it("P-118 tells a sender its address as RFC 8489 hides it, and is no longer than it may be", () => {
    const answer = answerStun(request, "192.0.2.1", 32_853);
    // RFC 5769 §2.2: 192.0.2.1 port 32853 under the cookie.
    expect(toHex(answer ?? new Uint8Array(0)).slice(40)).toBe("002000080001a147e112a643");
    expect(answer?.byteLength).toBe(request.byteLength + 12);
    expect(toHex(answer?.subarray(4, 20) ?? new Uint8Array(0))).toBe(toHex(request.subarray(4)));
    expect(answerStun(request, "::ffff:192.0.2.1", 32_853)).toEqual(answer);
    expect(answerStun(request, "2001:db8::1", 1)?.byteLength).toBe(request.byteLength + 24);
  });

  it("P-118 answers nothing but whole Binding requests", () => {
    fc.assert(
      fc.property(anything, (junk) => {
        if (junk.byteLength >= 8 && toHex(junk.subarray(4, 8)) === "2112a442") return;
        expect(answerStun(junk, "192.0.2.1", 1)).toBeUndefined();
      }),
    );
    for (const [at, value] of [
      [0, 1],
      [1, 3],
      [3, 4],
      [4, 0],
    ] as const) {
      const other = request.slice();
      other[at] = value;
      expect(answerStun(other, "192.0.2.1", 1)).toBeUndefined();
    }
  });
});
