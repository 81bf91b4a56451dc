import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { helloMessage, helloRecord } from "../memory/hello.ts";
import { nodePrimitives } from "../net/node-primitives.ts";
import { type Parsed } from "./cursor.ts";
import { parseDnsQuery, parseDnsQueryTcp } from "./dns.ts";
import { parseDtlsClientHello } from "./dtls-hello.ts";
import { parseHttpRequest } from "./http.ts";
import { buildTcp, buildUdp, parseIp } from "./ip.ts";
import { parseOpenvpnOpcode } from "./openvpn.ts";
import { openInitial, parseQuicClientHello, parseQuicHeader } from "./quic-initial.ts";
import { parseClientHello, parseClientHelloMessage, peekServerName } from "./tls-hello.ts";
import { TlsRecordReader } from "./tls-records.ts";

const PARSERS: Readonly<Record<string, (bytes: Uint8Array) => Parsed<unknown>>> = {
  ip: parseIp,
  dns: parseDnsQuery,
  "dns over tcp": parseDnsQueryTcp,
  http: parseHttpRequest,
  "tls hello": parseClientHello,
  "tls hello message": parseClientHelloMessage,
  "dtls hello": parseDtlsClientHello,
  "quic header": parseQuicHeader,
  "quic initial": (bytes) => openInitial(bytes, "client", nodePrimitives),
  "quic hello": (bytes) => parseQuicClientHello(bytes, nodePrimitives),
  "openvpn over tcp": (bytes) => parseOpenvpnOpcode(bytes, "tcp"),
  "openvpn over udp": (bytes) => parseOpenvpnOpcode(bytes, "udp"),
};

/** Beginnings that lead deep into a parser, so that what is random comes after them. */
const BEGINNINGS: readonly Uint8Array[] = [
  new Uint8Array(0),
  helloRecord({ serverName: "a.example" }),
  helloMessage({ serverName: "a.example" }),
  buildUdp({ source: "192.0.2.2", sourcePort: 1, destination: "192.0.2.3", destinationPort: 53 }, new Uint8Array(20)),
  buildTcp({ source: "192.0.2.2", sourcePort: 1, destination: "192.0.2.3", destinationPort: 53 }, { syn: true }),
  Uint8Array.from([0xc0, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0x44, 0x9e]),
  Uint8Array.from([22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 1, 0, 0, 48, 0, 0, 0, 0, 0, 0, 0, 48]),
  Uint8Array.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3]),
];

const hostile = fc
  .tuple(
    fc.constantFrom(...BEGINNINGS),
    fc.nat(),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
  )
  .map(([beginning, cut, tail, changes]) => {
    const bytes = new Uint8Array([
      ...beginning.subarray(0, cut % (beginning.byteLength + 1) || beginning.byteLength),
      ...tail,
    ]);
    for (const [at, value] of changes) if (bytes.byteLength > 0) bytes[at % bytes.byteLength] = value;
    return bytes;
  });

describe("parsers", () => {
  for (const [name, parse] of Object.entries(PARSERS)) {
    it(`${name}: answers to any bytes, and an offset inside of them`, () => {
      fc.assert(
        fc.property(hostile, (bytes) => {
          const parsed = parse(bytes);
          if (parsed.ok) return;
          expect(["truncated", "foreign"]).toContain(parsed.code);
          expect(parsed.offset).toBeGreaterThanOrEqual(0);
          expect(parsed.offset).toBeLessThanOrEqual(Math.max(32, bytes.byteLength));
        }),
        { numRuns: 300 },
      );
    });
  }

  it("a hello cut off anywhere is truncated, never something else", () => {
    const record = helloRecord({ serverName: "blocked.example" });
    for (let size = 1; size < record.byteLength; size++) {
      expect(parseClientHello(record.subarray(0, size))).toMatchObject({ ok: false, code: "truncated" });
    }
    const whole = parseClientHello(record);
    expect(whole.ok && whole.value.serverName).toBe("blocked.example");
  });

  it("a name is seen in the first packet of a long hello, and nothing is made up from other bytes", () => {
    const record = helloRecord({ serverName: "blocked.example" });
    expect(record.byteLength).toBeGreaterThan(1460);
    expect(peekServerName(record.subarray(0, 1460))).toBe("blocked.example");
    expect(peekServerName(record.subarray(0, 100))).toBeUndefined();
    fc.assert(
      fc.property(hostile, (bytes) => {
        expect(typeof (peekServerName(bytes) ?? "")).toBe("string");
      }),
    );
  });

  it("a hello split over records is one hello", () => {
    const message = helloMessage({ serverName: "blocked.example" });
    const piece = (from: number, to: number): number[] => [
      22,
      3,
      1,
      (to - from) >> 8,
      (to - from) & 255,
      ...message.subarray(from, to),
    ];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: message.byteLength - 1 }), (at) => {
        const hello = parseClientHello(Uint8Array.from([...piece(0, at), ...piece(at, message.byteLength)]));
        expect(hello.ok && hello.value.serverName).toBe("blocked.example");
      }),
      { numRuns: 60 },
    );
  });

  it("records are the same however the stream is cut", () => {
    const record = fc.tuple(fc.integer({ min: 20, max: 24 }), fc.nat(400));
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(90), { maxLength: 40 }),
        (records, cuts) => {
          const stream = records.flatMap(([type, size]) => [
            type,
            3,
            3,
            size >> 8,
            size & 255,
            ...Array.from({ length: size }, () => 0x17),
          ]);
          const reader = new TlsRecordReader();
          const found: { type: number; sizeBytes: number }[] = [];
          let at = 0;
          for (const cut of [...cuts, stream.length]) {
            found.push(...reader.push(Uint8Array.from(stream.slice(at, at + cut))));
            at += cut;
          }
          expect(found).toEqual(records.map(([type, sizeBytes]) => ({ type, sizeBytes })));
          expect(reader.isTls).toBe(true);
        },
      ),
    );
  });

  it("an IP packet reads back as it was built", () => {
    const ends = { source: "192.0.2.2", sourcePort: 4242, destination: "198.51.100.2", destinationPort: 443 };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(0xffff_ffff), fc.boolean(), (payload, seq, fin) => {
        const udp = parseIp(buildUdp(ends, payload));
        expect(udp).toMatchObject({
          ok: true,
          value: { protocol: "udp", ...ends, sizeBytes: payload.byteLength + 28 },
        });
        expect(udp.ok && [...udp.value.payload]).toEqual([...payload]);
        const tcp = parseIp(buildTcp(ends, { seq, fin, ack: true, ackNumber: 7 }, payload));
        expect(tcp).toMatchObject({
          ok: true,
          value: { tcp: { seq, fin, ack: true, syn: false, rst: false, ackNumber: 7 } },
        });
      }),
    );
  });
});
