/* R9, R10, R11, R14, R16 to R20: what counts packets, times and addresses. */
import { describe, expect, it } from "vitest";
import { NAMES, PLACES } from "../addresses.ts";
import { helloRecord } from "../memory/hello.ts";
import { dnsQuestion } from "../memory/censored-network.ts";
import { joined } from "../parsers/cursor.ts";
import { ascii, TestBorder } from "../testing/packets.ts";
import { RULES, ruleById } from "./index.ts";
import { isPermittedProtocol, r09 } from "./r09.ts";
import { r10 } from "./r10.ts";
import { r11 } from "./r11.ts";
import { r14 } from "./r14.ts";
import { r16 } from "./r16.ts";
import { r17 } from "./r17.ts";
import { r18 } from "./r18.ts";
import { r19 } from "./r19.ts";
import { r20 } from "./r20.ts";

const junk = new Uint8Array(100).fill(0xa5);
const hello = (serverName: string, kind: "chrome" | "node" = "chrome"): Uint8Array => helloRecord({ serverName, kind });

function r09Passes(first: Uint8Array, second: Uint8Array): boolean {
  const tcp = new TestBorder([[r09]]).tcp().open();
  tcp.up(first);
  return tcp.up(second).forward;
}

describe("R9", () => {
  it("permits DNS, HTTP and TLS on any of its ports", () => {
    const dns = dnsQuestion(1, "ordinary.example");
    expect(isPermittedProtocol(joined(Uint8Array.of(0, dns.byteLength), dns))).toBe(true);
    expect(isPermittedProtocol(ascii("GET / HT"))).toBe(true);
    expect(isPermittedProtocol(ascii("GET / H"))).toBe(false);
    expect(isPermittedProtocol(Uint8Array.of(0x16, 3))).toBe(true);
    expect(isPermittedProtocol(junk)).toBe(false);
  });

  it("drops everything after the first packet for 60 s, outwards only", () => {
    const border = new TestBorder([[r09]]);
    const tcp = border.tcp().open();
    expect([tcp.up(junk).forward, tcp.up(junk).forward, tcp.up(junk).forward]).toEqual([true, false, false]);
    expect(tcp.down(junk).forward).toBe(true);
    border.nowMs += 59_999;
    expect(tcp.up(junk).forward).toBe(false);
    border.nowMs += 1;
    expect(tcp.up(junk).forward).toBe(true);
  });

  it("begins its 60 s anew with each bad flow of the same four numbers", () => {
    const border = new TestBorder([[r09]]);
    border.tcp().open().up(junk);
    const first = border.tcp();
    first.open();
    first.up(junk);
    first.up(junk);
    border.nowMs += 59_000;
    const second = border.tcp().open();
    second.up(junk);
    second.up(junk);
    border.nowMs += 59_000;
    expect(second.ack().forward).toBe(false);
  });

  it("is content when either of the first two packets fits, and does not put them together", () => {
    expect(r09Passes(junk, hello("a.example"))).toBe(true);
    expect(r09Passes(hello("a.example"), junk)).toBe(true);
    expect(r09Passes(ascii("GE"), ascii("T / HTTP/1.1\r\n"))).toBe(false);
  });

  it("knows other ports and other directions nothing", () => {
    const border = new TestBorder([[r09]]);
    const tcp = border.tcp({ toPort: 8443 }).open();
    tcp.up(junk);
    expect(tcp.up(junk).forward).toBe(true);
  });
});

describe("R10", () => {
  it("freezes after 25 packets of both directions together, for ever, without a reset", () => {
    const border = new TestBorder([[r10]]);
    const tcp = border.tcp().open();
    const passed = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? tcp.up(junk) : tcp.down(junk)));
    expect(passed.filter(({ forward }) => forward)).toHaveLength(22);
    expect(passed.slice(22).some(({ forward }) => forward)).toBe(false);
    expect(passed.flatMap(({ injections }) => injections)).toEqual([]);
    border.nowMs += 3_600_000;
    expect(tcp.ack().forward).toBe(false);
  });

  it("counts each flow for itself, UDP too, and only to listed providers", () => {
    const border = new TestBorder([[r10]]);
    const through = (port: number, to: string): number =>
      Array.from({ length: 30 }, () => border.udp(junk, { port, to })).filter(({ forward }) => forward).length;
    expect(through(1, PLACES.foreign.address)).toBe(25);
    expect(through(2, PLACES.foreign.address)).toBe(25);
    expect(through(3, PLACES.site.address)).toBe(30);
  });

  it("lets listed names pass, and says that nft cannot", () => {
    const border = new TestBorder([[r10, { allowedNames: ["allowed.example"] }]]);
    const tcp = border.tcp().open();
    tcp.up(hello("cdn.allowed.example"));
    expect(Array.from({ length: 40 }, () => tcp.up(junk)).every(({ forward }) => forward)).toBe(true);
    expect(r10.nft({ allowedNames: ["allowed.example"] })).toBeUndefined();
    expect(r10.nft()?.[0]).toBe("ip daddr 198.51.100.0/24 meta l4proto { tcp, udp } ct packets > 25 drop");
  });
});

const shake = (
  border: TestBorder,
  port: number,
  serverName = "a.example",
  kind: "chrome" | "node" = "chrome",
): boolean => border.tcp({ port }).open().up(hello(serverName, kind)).forward;

describe("R11", () => {
  it("lets three handshakes in a row pass and drops the fourth, then all for 60 s", () => {
    const border = new TestBorder([[r11]]);
    const passed = [1, 2, 3, 4, 5].map((port) => {
      border.nowMs += 300;
      return shake(border, port);
    });
    expect(passed).toEqual([true, true, true, false, false]);
    border.nowMs += 59_000;
    expect(shake(border, 6)).toBe(false);
    border.nowMs += 1001;
    expect(shake(border, 7)).toBe(true);
  });

  it("does not mind handshakes 400 ms apart, other names, or hellos that are no browser's", () => {
    const calm = new TestBorder([[r11]]);
    for (let port = 1; port < 12; port++) {
      calm.nowMs += 400;
      expect(shake(calm, port)).toBe(true);
    }
    const busy = new TestBorder([[r11]]);
    for (let port = 1; port < 12; port++) {
      busy.nowMs += 10;
      expect(shake(busy, port, `n${port}.example`)).toBe(true);
      expect(shake(busy, 100 + port, "a.example", "node")).toBe(true);
    }
    const any = new TestBorder([[r11, { fingerprints: "any" }]]);
    expect([1, 2, 3, 4].map((port) => shake(any, port, "a.example", "node"))).toEqual([true, true, true, false]);
  });

  it("does not count a hello twice when it comes again, and keeps a dropped one dropped", () => {
    const border = new TestBorder([[r11]]);
    const bytes = hello("a.example");
    for (let i = 0; i < 3; i++) {
      const tcp = border.tcp({ port: 1 + i }).open();
      tcp.up(bytes);
      expect(tcp.again(bytes).forward).toBe(true);
    }
    const fourth = border.tcp({ port: 9 }).open();
    expect([fourth.up(bytes).forward, fourth.again(bytes).forward]).toEqual([false, false]);
  });

  it("variant: so many connections to one destination at once", () => {
    const border = new TestBorder([[r11, { parallel: 12 }]]);
    const passed = Array.from({ length: 14 }, (_, i) => {
      border.nowMs += 1000;
      return border
        .tcp({ port: 1 + i })
        .open()
        .ack().forward;
    });
    expect(passed.filter(Boolean)).toHaveLength(12);
  });
});

describe("R14 and R16", () => {
  it("R14 drops listed addresses and lists new ones after a while", () => {
    const border = new TestBorder([[r14, { watched: ["203.0.113.0/24"], listAfterMs: 1000 }]]);
    expect(border.udp(junk).forward).toBe(false);
    expect(border.udp(junk, { to: PLACES.site.address }).forward).toBe(true);
    border.nowMs += 1000;
    expect(border.udp(junk, { to: PLACES.site.address }).forward).toBe(false);
    expect(border.udp(junk, { to: "192.0.2.200" }).forward).toBe(true);
    expect(r14.nft()).toEqual(["ip daddr { 198.51.100.0/24 } drop", "ip saddr { 198.51.100.0/24 } drop"]);
  });

  it("R16 drops all but its list, and names still hold for those on it", () => {
    const shut = new TestBorder([[r16]]);
    expect(shut.tcp({ to: PLACES.site.address }).open().up(hello("ordinary.example")).forward).toBe(false);
    const chosen = new TestBorder([[r16, { allowedSources: [PLACES.client.address] }]]);
    expect(chosen.tcp().open().up(hello("ordinary.example")).forward).toBe(true);
    const named = chosen.tcp({ port: 2 }).open();
    expect([named.up(hello("blocked.example")).forward, named.ack().forward]).toEqual([false, false]);
    const gap = new TestBorder([[r16, { allowedDestinations: ["203.0.113.2"] }]]);
    expect([gap.udp(junk, { to: "203.0.113.2" }).forward, gap.udp(junk).forward]).toEqual([true, false]);
    expect(r16.nft({ allowedDestinations: ["203.0.113.2"] })).toEqual([
      "ip daddr 203.0.113.2 accept",
      "ip saddr 203.0.113.2 accept",
      "drop",
    ]);
  });
});

describe("R17", () => {
  it("drops ICMP after three, then everything of that client's for a minute", () => {
    const border = new TestBorder([[r17]]);
    const ping = (): boolean =>
      border.packet(
        { protocol: "icmp", payload: junk, sizeBytes: 120, tcp: undefined },
        0,
        PLACES.site.address,
        0,
        "out",
      ).forward;
    expect(border.tcp({ port: 1 }).open().up(hello("a.example")).forward).toBe(true);
    expect([ping(), ping(), ping(), ping()]).toEqual([true, true, true, false]);
    expect(border.tcp({ port: 2 }).open().up(hello("a.example")).forward).toBe(false);
    border.nowMs += 60_001;
    expect(border.tcp({ port: 3 }).open().up(hello("a.example")).forward).toBe(true);
  });

  it("drops UDP that it does not know, and the ServerHello when told to", () => {
    const border = new TestBorder([[r17, { dropsServerHello: true }]]);
    expect(border.udp(junk).forward).toBe(false);
    expect(border.udp(junk, { toPort: 53 }).forward).toBe(false);
    expect(border.udp(dnsQuestion(1, "a.example"), { toPort: 53 }).forward).toBe(true);
    const tcp = border.tcp().open();
    expect(tcp.up(hello("a.example")).forward).toBe(true);
    expect(tcp.down(Uint8Array.of(22, 3, 3, 0, 90, 2, 0, 0, 86)).forward).toBe(false);
  });
});

describe("R18, R19 and R20", () => {
  const large = new Uint8Array(411).fill(0xa5);

  it("R18 freezes unknown TCP with three large packets and an answer", () => {
    const run = (first: Uint8Array, size: number, answered: boolean): boolean => {
      const tcp = new TestBorder([[r18]]).tcp().open();
      tcp.up(first);
      if (answered) tcp.down(junk);
      for (let i = 0; i < 3; i++) tcp.up(large.subarray(0, size));
      return tcp.ack().forward;
    };
    expect(run(large, 411, true)).toBe(false);
    expect(run(large, 410, true)).toBe(true);
    expect(run(large, 411, false)).toBe(true);
    expect(run(hello("a.example"), 411, true)).toBe(true);
  });

  it("R19 knows WireGuard's first message, OpenVPN and its list of addresses", () => {
    const border = new TestBorder([[r19, { prefixes: ["203.0.113.2"] }]]);
    const wireguard = new Uint8Array(148);
    wireguard[0] = 1;
    expect(border.udp(wireguard.subarray(0, 147), { port: 1 }).forward).toBe(true);
    expect(border.udp(wireguard, { port: 2, toPort: 51_820 }).forward).toBe(false);
    expect(border.udp(junk, { port: 3, toPort: 51_820 }).forward).toBe(false);
    expect(border.udp(junk, { port: 4, to: "203.0.113.2" }).forward).toBe(false);
  });

  it("R20 has the first packet replayed before it lets it go", () => {
    const tcp = new TestBorder([[r20]]).tcp().open();
    const { forward, holdMs, probes } = tcp.up(junk);
    expect({ forward, holdMs, probes }).toEqual({
      forward: true,
      holdMs: 400,
      probes: [{ rule: "R20", server: { address: PLACES.foreign.address, port: 443 }, sample: junk }],
    });
    expect(tcp.up(junk).probes).toEqual([]);
  });
});

describe("rules", () => {
  it("are twenty, each with a source, an engine and parameters of its own", () => {
    expect(RULES.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, i) => `R${i + 1}`));
    for (const rule of RULES) {
      expect(rule.source).not.toBe("");
      expect(rule.engines.length).toBeGreaterThan(0);
      expect(rule.nft() !== undefined).toBe(rule.engines.includes("nft"));
    }
    expect([ruleById("r7")?.id, ruleById("R21")]).toEqual(["R7", undefined]);
  });

  it("combine: a packet passes when it passes all of them", () => {
    const border = new TestBorder([[r10], [r14, { prefixes: ["203.0.113.0/25"] }]]);
    expect(border.udp(junk, { to: NAMES["ordinary.example"]! }).forward).toBe(false);
    const through = Array.from({ length: 30 }, () => border.udp(junk)).filter(({ forward }) => forward).length;
    expect(through).toBe(25);
  });

  it("let an ordinary visit pass: a lookup, a hello, a page", () => {
    // R16 is the one that lets nobody pass.
    for (const rule of RULES.filter(({ id }) => id !== "R16")) {
      const border = new TestBorder([[rule]]);
      const visit = [border.udp(dnsQuestion(1, "ordinary.example"), { to: PLACES.dns.address, toPort: 53 })];
      const tcp = border.tcp({ to: PLACES.site.address }).open();
      visit.push(tcp.up(hello("ordinary.example")));
      for (let i = 0; i < 60; i++) visit.push(tcp.down(new Uint8Array(1400).fill(0x17)), tcp.ack());
      expect([rule.id, visit.every(({ forward, injections }) => forward && injections.length === 0)]).toEqual([
        rule.id,
        true,
      ]);
    }
  });
});
