/* R6, R7, R8, R12, R13 and R15: what reads names and fingerprints. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { NAMES, PLACES } from "../addresses.ts";
import { dnsQuestion } from "../memory/censored-network.ts";
import { helloMessage, helloRecord } from "../memory/hello.ts";
import { nodePrimitives } from "../net/node-primitives.ts";
import { parseDnsQuery } from "../parsers/dns.ts";
import { parseIp } from "../parsers/ip.ts";
import { ja3Text, ja4 } from "../parsers/ja.ts";
import { Extension, parseClientHello } from "../parsers/tls-hello.ts";
import { ascii, TestBorder } from "../testing/packets.ts";
import { r06 } from "./r06.ts";
import { r07 } from "./r07.ts";
import { portsAreInspected, r08 } from "./r08.ts";
import { CHROME_JA4, r12 } from "./r12.ts";
import { r13 } from "./r13.ts";
import { r15 } from "./r15.ts";

const listed = helloRecord({ serverName: "www.blocked.example" });
const unlisted = helloRecord({ serverName: "ordinary.example" });
const { cases } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../vectors/lab/quic-initial.json"), "utf8"),
) as {
  cases: { id: string; in: string }[];
};
/** RFC 9001's first packet; its name is example.com. */
const initial = new Uint8Array(Buffer.from(cases.find(({ id }) => id === "client initial")!.in, "hex"));

const split = (params: Record<string, unknown>, at: number): number => {
  const border = new TestBorder([[r06, { country: "turkmenistan", ...params }]]);
  const tcp = border.tcp().open();
  return tcp.up(listed.subarray(0, at)).injections.length + tcp.up(listed.subarray(at)).injections.length;
};

describe("R6", () => {
  it("gfw: three resets to each side, three quarters of the time, then 90 s on the same server and port", () => {
    const border = new TestBorder([[r06]]);
    let hit = 0;
    for (let port = 1; port <= 400; port++) {
      const { injections } = border.tcp({ port, toPort: port }).open().up(listed);
      if (injections.length > 0) hit++;
      expect([0, 6]).toContain(injections.length);
    }
    expect(hit).toBeGreaterThan(260);
    expect(hit).toBeLessThan(340);
  });

  it("gfw: a reset carries the numbers that the victim accepts", () => {
    const border = new TestBorder([[r06]], { seed: 3 });
    const tcp = border.tcp().open();
    tcp.down(ascii("hello"));
    const { injections } = tcp.up(listed);
    const toInside = injections.find(({ toward }) => toward === "inside")!;
    const packet = parseIp(toInside.bytes);
    expect(packet).toMatchObject({
      ok: true,
      value: {
        source: PLACES.foreign.address,
        destination: PLACES.client.address,
        destinationPort: 50_000,
        tcp: { rst: true, seq: 6, ackNumber: 1 + listed.byteLength },
      },
    });
  });

  it("gfw: what follows is reset too, and forgiven after 90 s", () => {
    const border = new TestBorder([[r06]], { seed: 3 });
    border.tcp({ port: 1 }).open().up(listed);
    const resets = (): number =>
      Array.from({ length: 40 }, (_, i) =>
        border
          .tcp({ port: 100 + i })
          .open()
          .up(unlisted),
      ).filter(({ injections }) => injections.length > 0).length;
    expect(resets()).toBeGreaterThan(12);
    border.nowMs += 90_001;
    const after = border.tcp({ port: 900 }).open().up(unlisted);
    expect(after.injections).toEqual([]);
  });

  it("puts a hello together from segments, unless it is a weak parser", () => {
    expect(split({}, 60)).toBe(6);
    expect(split({ reassembles: false }, 60)).toBe(0);
    // Cut behind the name, a weak parser has seen enough.
    expect(split({ reassembles: false }, 1400)).toBe(6);
  });

  it("iran: one reset to the client, none for a source that is not filtered", () => {
    const border = new TestBorder([[r06, { country: "iran" }]]);
    const outcome = border.tcp().open().up(listed);
    expect(outcome.forward).toBe(false);
    expect(outcome.injections.map(({ toward }) => toward)).toEqual(["inside"]);
    const free = new TestBorder([[r06, { country: "iran", unfiltered: [PLACES.client.address] }]]);
    expect(free.tcp().open().up(listed).forward).toBe(true);
  });

  it("reads Host and keywords of HTTP", () => {
    const border = new TestBorder([[r06, { country: "turkmenistan", keywords: ["falun"] }]]);
    const ask = (port: number, head: string): number =>
      border.tcp({ port, toPort: 80 }).open().up(ascii(head)).injections.length;
    expect(ask(1, "GET / HTTP/1.1\r\nHost: blocked.example:80\r\n\r\n")).toBe(6);
    expect(ask(2, "GET /?q=falun HTTP/1.1\r\nHost: ordinary.example\r\n\r\n")).toBe(6);
    expect(ask(3, "GET / HTTP/1.1\r\nHost: ordinary.example\r\n\r\n")).toBe(0);
  });

  it("gfw: ESNI is dropped outwards for 180 s, after a full handshake only", () => {
    const esni = helloRecord({ extra: [Extension.esni] });
    const border = new TestBorder([[r06]]);
    expect(border.tcp({ port: 1 }).up(esni).forward).toBe(true);
    const tcp = border.tcp({ port: 2 }).open();
    expect([tcp.up(esni).forward, tcp.ack().forward]).toEqual([true, false]);
    expect(border.tcp({ port: 3 }).open().up(unlisted).forward).toBe(false);
    border.nowMs += 180_001;
    expect(border.tcp({ port: 4 }).open().up(unlisted).forward).toBe(true);
  });
});

describe("R7", () => {
  it("needs both the outer name and the extension", () => {
    const border = new TestBorder([[r07]]);
    const passes = (port: number, hello: Uint8Array): boolean => border.tcp({ port }).open().up(hello).forward;
    expect(passes(1, helloRecord({ serverName: "cloudflare-ech.com" }))).toBe(false);
    expect(passes(2, helloRecord({ serverName: "cloudflare-ech.com", kind: "node" }))).toBe(true);
    expect(passes(3, helloRecord({ serverName: "ordinary.example" }))).toBe(true);
    expect(passes(4, helloRecord({ serverName: "www.cloudflare-ech.com" }))).toBe(true);
  });
});

describe("R8", () => {
  const names = { names: ["example.com"] };

  it("opens the first datagram when the source port is the greater one, and blocks outwards for 180 s", () => {
    const border = new TestBorder([[r08, names]]);
    expect(border.udp(initial, { port: 50_000, toPort: 443 }).forward).toBe(true);
    expect(border.udp(initial, { port: 50_000, toPort: 443 }).forward).toBe(false);
    expect(border.udp(initial, { port: 50_000, toPort: 443, direction: "in" }).forward).toBe(true);
    expect(border.udp(initial, { port: 50_001, toPort: 443 }).forward).toBe(false);
    border.nowMs += 180_001;
    expect(border.udp(new Uint8Array(9), { port: 50_002, toPort: 443 }).forward).toBe(true);
  });

  it("predicts no block for equal or smaller source ports", () => {
    for (const [port, toPort] of [
      [443, 443],
      [400, 443],
      [1, 65_535],
    ] as const) {
      expect(portsAreInspected(port, toPort)).toBe(false);
      const border = new TestBorder([[r08, names]]);
      border.udp(initial, { port, toPort });
      expect(border.udp(initial, { port, toPort }).forward).toBe(true);
    }
    expect(portsAreInspected(444, 443)).toBe(true);
  });

  it("is passed by any datagram first, and looks again after 60 s of silence", () => {
    const border = new TestBorder([[r08, names]]);
    border.udp(Uint8Array.of(1), { port: 50_000 });
    border.udp(initial, { port: 50_000 });
    expect(border.udp(initial, { port: 50_000 }).forward).toBe(true);
    border.nowMs += 60_001;
    border.udp(initial, { port: 50_000 });
    expect(border.udp(initial, { port: 50_000 }).forward).toBe(false);
  });

  it("lets other names pass, and what others open", () => {
    const border = new TestBorder([[r08, { names: ["blocked.example"] }]]);
    border.udp(initial);
    expect(border.udp(initial).forward).toBe(true);
    const inward = new TestBorder([[r08, names]]);
    inward.udp(initial, { direction: "in" });
    expect(inward.udp(initial).forward).toBe(true);
  });

  it("russia-2022: version 1 on port 443 from 1001 bytes; iran-2025: all of it", () => {
    const russia = new TestBorder([[r08, { country: "russia-2022" }]]);
    expect(russia.udp(initial.subarray(0, 1000), { port: 1 }).forward).toBe(true);
    expect(russia.udp(initial.subarray(0, 1001), { port: 2 }).forward).toBe(false);
    expect(russia.udp(initial, { port: 3, toPort: 444 }).forward).toBe(true);
    const iran = new TestBorder([[r08, { country: "iran-2025" }]]);
    expect(iran.udp(initial.subarray(0, 100), { port: 1 }).forward).toBe(false);
  });
});

const r12Passes = (params: Record<string, unknown>, hello: Uint8Array): boolean =>
  new TestBorder([[r12, params]]).tcp().open().up(hello).forward;

describe("R12", () => {
  it("reads JA3 and JA4 as their authors write them", () => {
    const hello = parseClientHello(helloRecord({ serverName: "a.example", kind: "chrome" }));
    if (!hello.ok) throw new Error("not a hello");
    expect(ja4(hello.value, "t", nodePrimitives)).toMatch(/^t13d1516h2_8daaf6152771_[0-9a-f]{12}$/);
    expect(ja3Text(hello.value)).toMatch(/^771,4865-4866-4867-49195-.*,0-10-11-13-16-43-51-/);
    const node = parseClientHello(helloRecord({ kind: "node", alpn: ["http/1.1"] }));
    expect(node.ok && ja4(node.value, "t", nodePrimitives)).toMatch(/^t13i5211h1_/);
  });

  it("denies what is listed, or allows only that", () => {
    const chrome = helloRecord({ serverName: "a.example" });
    const node = helloRecord({ serverName: "a.example", kind: "node" });
    expect([r12Passes({}, chrome), r12Passes({}, node)]).toEqual([true, false]);
    const only = { mode: "allow", fingerprints: CHROME_JA4 };
    expect([r12Passes(only, chrome), r12Passes(only, node)]).toEqual([true, false]);
    expect(r12Passes(only, ascii("SSH-2.0-x\r\n"))).toBe(true);
  });

  it("reads DTLS hellos", () => {
    const body = helloMessage({ serverName: "a.example" }).slice(4);
    // DTLS: version fefd, random, session id, then a cookie that TLS lacks
    const [head, tail] = [body.slice(0, 67), body.slice(67)];
    head.set([0xfe, 0xfd]);
    const message = Uint8Array.from([...head, 0, ...tail]);
    const u24 = [message.byteLength >> 16, (message.byteLength >> 8) & 255, message.byteLength & 255];
    const inner = [1, ...u24, 0, 0, 0, 0, 0, ...u24, ...message];
    const datagram = Uint8Array.from([
      22,
      0xfe,
      0xfd,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      inner.length >> 8,
      inner.length & 255,
      ...inner,
    ]);
    const listed = { fingerprints: ["dd2d", "d13d15", "d12d15", "dd2d15"] };
    const border = new TestBorder([[r12, listed]]);
    expect(border.udp(datagram).forward).toBe(false);
    // … also those that come from outside, after whatever was said before.
    const inward = new TestBorder([[r12, listed]]);
    const check = ascii("a connectivity check");
    expect([inward.udp(check).forward, inward.udp(check, { direction: "in" }).forward]).toEqual([true, true]);
    expect(inward.udp(datagram, { direction: "in" }).forward).toBe(false);
    expect(inward.udp(check).forward).toBe(false);
  });
});

describe("R13", () => {
  const ask = dnsQuestion(77, "blocked.example");
  const toResolver = { to: PLACES.dns.address, toPort: 53 };

  it("iran: forges an answer and lets the question pass", () => {
    const border = new TestBorder([[r13]]);
    const { forward, injections } = border.udp(ask, toResolver);
    expect(forward).toBe(true);
    const packet = parseIp(injections[0]!.bytes);
    if (!packet.ok) throw new Error("not a packet");
    expect(packet.value).toMatchObject({ source: PLACES.dns.address, sourcePort: 53, destinationPort: 50_000 });
    expect([...packet.value.payload.subarray(0, 8)]).toEqual([0, 77, 0x81, 0x80, 0, 1, 0, 1]);
    expect(packet.value.payload.slice(-4, -1)).toEqual(Uint8Array.of(10, 10, 34));
  });

  it("leaves other names and other types alone", () => {
    const border = new TestBorder([[r13]]);
    expect(border.udp(dnsQuestion(1, "ordinary.example"), toResolver).injections).toEqual([]);
    const txt = ask.slice();
    txt[txt.byteLength - 3] = 16;
    expect(parseDnsQuery(txt)).toMatchObject({ ok: true, value: { type: 16 } });
    expect(border.udp(txt, toResolver).injections).toEqual([]);
  });

  it("drops DNS over TLS, the names of resolvers, and long questions when told to", () => {
    const border = new TestBorder([[r13, { maxQueryBytes: 72 }]]);
    expect(
      border.packet(
        {
          protocol: "tcp",
          payload: new Uint8Array(0),
          sizeBytes: 40,
          tcp: { syn: true, ack: false, fin: false, rst: false, seq: 0, ackNumber: 0 },
        },
        5,
        NAMES["ordinary.example"]!,
        853,
        "out",
      ).forward,
    ).toBe(false);
    expect(
      border
        .tcp()
        .open()
        .up(helloRecord({ serverName: "dns.google" })).forward,
    ).toBe(false);
    expect(border.udp(dnsQuestion(1, `${"a".repeat(60)}.example`), toResolver).forward).toBe(false);
    expect(border.udp(dnsQuestion(1, "ordinary.example"), toResolver).forward).toBe(true);
  });
});

describe("R15", () => {
  const segment = new Uint8Array(1460).fill(1);

  it("polices a listed name to 128 kbit/s and leaves others alone", () => {
    const border = new TestBorder([[r15]]);
    const passed = (port: number, name: string): number => {
      const tcp = border.tcp({ port }).open();
      tcp.up(helloRecord({ serverName: name }));
      let bytes = 0;
      for (let i = 0; i < 1000; i++) {
        border.nowMs += 10;
        if (tcp.down(segment).forward) bytes += segment.byteLength;
      }
      return bytes;
    };
    const throttled = passed(1, "blocked.example");
    expect(throttled / 10).toBeGreaterThan(14_000);
    expect(throttled / 10).toBeLessThan(19_500);
    expect(passed(2, "ordinary.example")).toBe(1000 * 1460);
  });

  it("compares names as substrings, which is the mistake that was made", () => {
    const border = new TestBorder([[r15, { names: ["t.co"], burstBytes: 3500 }]]);
    const tcp = border.tcp().open();
    tcp.up(helloRecord({ serverName: "reddit.com" }));
    expect([1, 2, 3].map(() => tcp.down(segment).forward)).toEqual([true, false, false]);
  });

  it("resets long flows when told to", () => {
    const border = new TestBorder([[r15, { resetAfterMs: 300_000 }]]);
    const tcp = border.tcp().open();
    tcp.up(unlisted);
    border.nowMs += 299_000;
    expect(tcp.up(segment).injections).toHaveLength(0);
    border.nowMs += 2000;
    expect(tcp.up(segment).injections).toHaveLength(2);
  });
});
