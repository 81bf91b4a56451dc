/* R1 to R5: what looks at the beginning of a connection. */
import { describe, expect, it } from "vitest";
import { seededRandom } from "../memory/seeded-random.ts";
import { helloRecord, tlsRecord } from "../memory/hello.ts";
import { ascii, TestBorder, type TestTcp } from "../testing/packets.ts";
import { joined } from "../parsers/cursor.ts";
import { judgeFirstPayload, r01 } from "./r01.ts";
import { entropyBits, interest, r02 } from "./r02.ts";
import { r03 } from "./r03.ts";
import { handshakeLike, r04 } from "./r04.ts";
import { r05 } from "./r05.ts";

const random = seededRandom(7);
const noise = (sizeBytes: number): Uint8Array =>
  Uint8Array.from({ length: sizeBytes }, () => Math.floor(random() * 256));
const alternating = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes).fill(0xaa);

describe("R1", () => {
  it("names the exemption that saves a payload", () => {
    const looksRandom = alternating(60);
    expect(judgeFirstPayload(looksRandom)).toBe("block");
    expect(judgeFirstPayload(new Uint8Array(60).fill(1))).toBe("ones");
    expect(judgeFirstPayload(new Uint8Array(60).fill(0x7f))).toBe("ones");
    expect(judgeFirstPayload(joined(ascii("ZZZZZZ"), looksRandom))).toBe("printable-prefix");
    expect(judgeFirstPayload(joined(ascii("ZZZZZ"), looksRandom))).toBe("block");
    expect(judgeFirstPayload(joined(Uint8Array.of(0xaa), ascii("k".repeat(20)), looksRandom))).toBe("block");
    expect(judgeFirstPayload(joined(Uint8Array.of(0xaa), ascii("k".repeat(21)), looksRandom))).toBe("printable-run");
    expect(judgeFirstPayload(joined(Uint8Array.of(0xaa, 0xaa), ascii("kkk"), alternating(1)))).toBe("block");
    expect(judgeFirstPayload(joined(Uint8Array.of(0xaa, 0xaa), ascii("iii")))).toBe("printable-share");
    expect(judgeFirstPayload(joined(Uint8Array.of(0x16, 3, 1), looksRandom))).toBe("tls");
    expect(judgeFirstPayload(joined(Uint8Array.of(0x17, 3, 9), looksRandom))).toBe("tls");
    expect(judgeFirstPayload(joined(Uint8Array.of(0x16, 3, 0x0a), looksRandom))).toBe("block");
    expect(judgeFirstPayload(joined(ascii("GET "), Uint8Array.of(0xaa), looksRandom))).toBe("http");
    expect(judgeFirstPayload(joined(ascii("GOT "), Uint8Array.of(0xaa), looksRandom))).toBe("block");
  });

  it("lets 3.4 and 4.6 bits a byte through and blocks one bit more or less", () => {
    const ten = (one: number, times: number, other: number): Uint8Array =>
      Uint8Array.from({ length: 10 }, (_, i) => (i < times ? one : other));
    // 0x07, 0x0f and 0x8f have three, four and five bits set, and none is printable
    expect([ten(0x07, 6, 0x0f), ten(0x07, 5, 0x0f)].map(judgeFirstPayload)).toEqual(["ones", "block"]);
    expect([ten(0x8f, 6, 0x0f), ten(0x8f, 5, 0x0f)].map(judgeFirstPayload)).toEqual(["ones", "block"]);
  });

  it("blocks 26.3 % of matching connections, to that server and port, outwards, for 180 s", () => {
    let blocked = 0;
    const border = new TestBorder([[r01]]);
    for (let port = 1; port <= 1000; port++) {
      const tcp = border.tcp({ port, toPort: port }).open();
      tcp.up(alternating(100));
      if (!tcp.up(alternating(100)).forward) blocked++;
    }
    expect(blocked).toBeGreaterThan(220);
    expect(blocked).toBeLessThan(310);

    const sure = new TestBorder([[r01, { rate: 1 }]]);
    const first = sure.tcp({ port: 1 }).open();
    expect(first.up(alternating(100)).forward).toBe(true);
    expect(first.down(alternating(100)).forward).toBe(true);
    expect(sure.tcp({ port: 2 }).open().up(helloRecord({})).forward).toBe(false);
    expect(sure.tcp({ port: 3, toPort: 8443 }).open().up(helloRecord({})).forward).toBe(true);
    sure.nowMs += 179_000;
    expect(sure.tcp({ port: 4 }).open().up(helloRecord({})).forward).toBe(false);
    sure.nowMs += 2000;
    expect(sure.tcp({ port: 5 }).open().up(helloRecord({})).forward).toBe(true);
  });

  it("looks at listed prefixes, at TCP after a handshake, and at the first payload only", () => {
    const border = new TestBorder([[r01, { rate: 1 }]]);
    const passes = (tcp: TestTcp): boolean =>
      [alternating(90), alternating(90)].every((bytes) => tcp.up(bytes).forward);
    expect(passes(border.tcp({ to: "203.0.113.2" }).open())).toBe(true);
    expect(passes(border.tcp({ port: 7 }))).toBe(true);
    const later = border.tcp({ port: 8 }).open();
    later.up(helloRecord({}));
    expect(passes(later)).toBe(true);
    expect(border.udp(alternating(90)).forward && border.udp(alternating(90)).forward).toBe(true);
    expect(passes(border.tcp({ port: 9 }).open())).toBe(false);
  });

  it("comes late, as off-path censors do", () => {
    const border = new TestBorder([[r01, { rate: 1 }]], { delayMs: 110 });
    const tcp = border.tcp().open();
    tcp.up(alternating(90));
    border.nowMs += 109;
    expect(tcp.up(alternating(90)).forward).toBe(true);
    border.nowMs += 1;
    expect(tcp.up(alternating(90)).forward).toBe(false);
  });
});

describe("R2 and R3 choose whom to probe", () => {
  it("finds lengths and entropy of Shadowsocks interesting", () => {
    const all = { minBytes: 161, maxBytes: 999 };
    expect(interest(noise(169 + 16), all)).toBe(1);
    expect(interest(noise(386), all)).toBe(1);
    expect(interest(noise(186), all)).toBe(0.1);
    expect(interest(alternating(185), all)).toBe(0.25);
    expect([interest(noise(160), all), interest(noise(1000), all)]).toEqual([0, 0]);
    expect(entropyBits(alternating(64))).toBe(0);
    expect(entropyBits(Uint8Array.from({ length: 256 }, (_, i) => i))).toBe(8);
  });

  it("R2 asks a server once in a while and hands over the sample", () => {
    const border = new TestBorder([[r02]], { delayMs: 0 });
    const sample = noise(185);
    const first = border.tcp({ port: 1 }).open();
    const asked = first.up(sample).probes;
    expect(asked).toEqual([{ rule: "R2", server: { address: "198.51.100.2", port: 443 }, sample }]);
    const second = border.tcp({ port: 2 }).open();
    expect(second.up(noise(185)).probes).toEqual([]);
  });

  it("R3 asks a server once, when enough have gone there", () => {
    const border = new TestBorder([[r03, { connections: 3 }]]);
    const asked = [1, 2, 3, 4].map((port) => {
      const tcp = border.tcp({ port }).open();
      return tcp.up(ascii("x")).probes.length;
    });
    expect(asked).toEqual([0, 0, 1, 0]);
  });
});

/** Four bursts in the middle of an outer TLS connection. */
function tunnelled(tcp: TestTcp, bursts: readonly number[]): boolean {
  tcp.up(helloRecord({ serverName: "ordinary.example" }));
  tcp.down(
    joined(tlsRecord(22, new Uint8Array(90)), tlsRecord(20, Uint8Array.of(1)), tlsRecord(23, new Uint8Array(2900))),
  );
  tcp.up(joined(tlsRecord(20, Uint8Array.of(1)), tlsRecord(23, new Uint8Array(53))));
  tcp.down(tlsRecord(23, new Uint8Array(250)));
  let passed = true;
  for (const [i, size] of bursts.entries()) {
    // a record's 5 + 19 bytes around it are the 24 that the rule subtracts
    const record = tlsRecord(23, new Uint8Array(size + 19));
    passed = (i % 2 === 0 ? tcp.up(record) : tcp.down(record)).forward;
  }
  return passed && tcp.ack().forward;
}

/** One standard deviation of the server's flight in the TLS 1.3 model is 1/sqrt(6.93e-7) = 1201 bytes. */
const deviant = (deviations: number): string | undefined =>
  handshakeLike([641, 4649 + deviations * 1201, 448, 1094], 1);

describe("R4", () => {
  it("knows the means of its three models and not what is far from them", () => {
    expect(handshakeLike([1850, 4903, 785, 1051], 2)).toBe("Chrome, post-quantum");
    expect(handshakeLike([641, 4649, 448, 1094], 1)).toBe("TLS 1.3");
    expect(handshakeLike([213, 4515, 108, 308], 1)).toBe("TLS 1.2");
    expect(handshakeLike([1850, 4903, 785, 1051], 4)).toBeUndefined();
    expect(handshakeLike([1850, 12_000, 785, 1051], 2)).toBeUndefined();
    expect(handshakeLike([40, 900, 40, 900], 1)).toBeUndefined();
  });

  it("keeps the published distances", () => {
    expect(deviant(2.9)).toBe("TLS 1.3");
    expect(deviant(4.5)).toBeUndefined();
    expect(handshakeLike([516, 4649, 448, 1094], 1)).not.toBe("TLS 1.3");
  });

  it("finds a handshake inside TLS by records, and blocks; ordinary browsing passes", () => {
    const border = new TestBorder([[r04]]);
    expect(tunnelled(border.tcp({ port: 1, toPort: 1 }).open(), [1850, 4903, 785, 1051, 300])).toBe(false);
    expect(tunnelled(border.tcp({ port: 2, toPort: 2 }).open(), [450, 12_000, 450, 14_000, 450])).toBe(true);
    expect(tunnelled(border.tcp({ port: 3, toPort: 3 }).open(), [90, 300, 1850, 4903, 785, 1051, 300])).toBe(false);
  });

  it("finds one in a stream without TLS by packets", () => {
    const border = new TestBorder([[r04]]);
    const tcp = border.tcp().open();
    tcp.up(noise(641));
    for (let left = 4649; left > 0; left -= 1460) tcp.down(noise(Math.min(1460, left)));
    tcp.up(noise(448));
    tcp.down(noise(1094));
    tcp.up(noise(200));
    expect(tcp.ack().forward).toBe(false);
  });

  it("stops looking after 25 packets", () => {
    const border = new TestBorder([[r04]]);
    const tcp = border.tcp().open();
    for (let i = 0; i < 26; i++) tcp.up(noise(1000));
    for (const [i, size] of [4903, 1850, 4903, 785, 1051].entries()) {
      if (i % 2 === 0) tcp.down(noise(size));
      else tcp.up(noise(size));
    }
    expect(tcp.ack().forward).toBe(true);
  });
});

const packet = (opcode: number, sizeBytes = 60): Uint8Array => joined(Uint8Array.of(opcode << 3), noise(sizeBytes));

describe("R5", () => {
  /** As OpenVPN 2.6 was seen to open: resets, control both ways, acknowledgements, data. */
  const SESSION: readonly (readonly ["out" | "in", number])[] = [
    ["out", 7],
    ["in", 8],
    ["out", 4],
    ["in", 4],
    ["out", 4],
    ["in", 4],
    ["in", 4],
    ["out", 5],
    ["out", 5],
    ["out", 9],
  ];

  it("recognises a session by its kinds, over UDP and over TCP", () => {
    const border = new TestBorder([[r05]]);
    for (const [direction, opcode] of SESSION) border.udp(packet(opcode), { direction, toPort: 1194 });
    expect(border.udp(packet(9), { toPort: 1194 }).forward).toBe(false);

    const tcp = border.tcp({ toPort: 1195 }).open();
    const framed = (opcode: number): Uint8Array => joined(Uint8Array.of(0, 61), packet(opcode));
    for (const [direction, opcode] of SESSION) {
      if (direction === "out") tcp.up(framed(opcode));
      else tcp.down(framed(opcode));
    }
    expect(tcp.up(framed(9)).forward).toBe(false);
  });

  it("lets go of what begins, answers or goes on otherwise", () => {
    const except = (at: number, direction: "out" | "in", opcode: number): (readonly ["out" | "in", number])[] =>
      SESSION.map((packet, i) => (i === at ? [direction, opcode] : packet));
    const onlyControl = SESSION.map(
      ([direction, opcode]) => [direction, opcode === 7 || opcode === 8 ? opcode : 4] as const,
    );
    const wrong = [except(0, "out", 4), except(1, "in", 4), except(6, "in", 8), onlyControl];
    for (const [i, session] of wrong.entries()) {
      const border = new TestBorder([[r05]]);
      for (const [direction, opcode] of session)
        border.udp(packet(opcode), { direction, port: 50_000 + i, toPort: 1194 });
      expect(border.udp(packet(9), { port: 50_000 + i, toPort: 1194 }).forward).toBe(true);
    }
  });
});
