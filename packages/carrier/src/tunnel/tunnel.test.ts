import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import { AllowanceBook, portPolicy, USUAL_EXIT_PORTS } from "./exit-policy.ts";
import { HttpProxyHead, httpAnswer, type HttpStep } from "./http-proxy.ts";
import { pacFile } from "./pac.ts";
import { SocksHandshake, type SocksStep } from "./socks.ts";
import { decodeSocksDatagram, encodeSocksDatagram } from "./socks-datagram.ts";
import { parseAuthority, tunnelTarget } from "./target.ts";
import { DatagramReader, decodeTunnelRequest, encodeDatagram, encodeTunnelRequest } from "./tunnel-stream.ts";

const GREETING = Uint8Array.of(5, 1, 0);
const CONNECT_NAME = concatBytes(Uint8Array.of(5, 1, 0, 3, 6), utf8("A.test"), Uint8Array.of(1, 187));

/** Pushes bytes in pieces; the last step, and all replies. */
function socks(pieces: readonly Uint8Array[]): { readonly step: SocksStep; readonly replies: number[][] } {
  const handshake = new SocksHandshake();
  const replies: number[][] = [];
  let step: SocksStep = { type: "more" };
  for (const piece of pieces) {
    step = handshake.push(piece);
    if (step.reply !== undefined) replies.push([...step.reply]);
    if (step.type !== "more") break;
  }
  return { step, replies };
}

const bytewise = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (byte) => Uint8Array.of(byte));

function http(text: string): HttpStep {
  const head = new HttpProxyHead();
  let step: HttpStep = { type: "more" };
  for (const piece of bytewise(utf8(text))) {
    step = head.push(piece);
    if (step.type !== "more") break;
  }
  return step;
}

const reason = (step: SocksStep | HttpStep): string => (step.type === "refused" ? step.reason : step.type);

describe("SOCKS5", () => {
  it("P-81 reads CONNECT by name and by address, in whatever pieces, and what comes behind", () => {
    const { step, replies } = socks(bytewise(concatBytes(GREETING, CONNECT_NAME)));
    expect(step).toMatchObject({ type: "connect", target: { host: "a.test", port: 443 } });
    expect(replies).toEqual([[5, 0]]);
    const four = socks([concatBytes(GREETING, Uint8Array.of(5, 1, 0, 1, 192, 0, 2, 1, 0, 80, 9, 9))]);
    expect(four.step).toMatchObject({ type: "connect", target: { host: "192.0.2.1", port: 80 } });
    expect(four.step).toMatchObject({ rest: Uint8Array.of(9, 9) });
    const six = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    expect(socks([GREETING, Uint8Array.of(5, 1, 0, 4, ...six, 0, 53)]).step).toMatchObject({
      target: { host: "2001:db8::1", port: 53 },
    });
    expect(socks([GREETING, Uint8Array.of(5, 3, 0, 1, 0, 0, 0, 0, 0, 0)]).step.type).toBe("associate");
  });

  it("P-81 turns away passwords, BIND, other versions and what is no address, each by its reply", () => {
    expect(socks([Uint8Array.of(5, 1, 2)])).toMatchObject({
      step: { reason: "wants a password" },
      replies: [[5, 255]],
    });
    const bind = socks([GREETING, Uint8Array.of(5, 2, 0, 1, 1, 2, 3, 4, 0, 80)]);
    expect([reason(bind.step), bind.replies[1]?.[1]]).toEqual(["no such command", 7]);
    for (const request of [
      [5, 1, 0, 2],
      [5, 1, 0, 3, 0],
      [5, 1, 0, 1, 1, 2, 3, 4, 0, 0],
      [5, 1, 0, 3, 3, 0x61, 0, 0x62, 0, 80],
      [5, 1, 0, 3, 5, ...utf8("127.1"), 0, 80],
      [5, 1, 0, 3, 4, ...utf8("0x7f"), 0, 80],
    ]) {
      const { step, replies } = socks([GREETING, Uint8Array.from(request)]);
      expect([reason(step), replies[1]?.[1]], String(request)).toEqual(["no such address", 8]);
    }
    for (const start of ["GET / HTTP/1.1\r\n", "\u0004\u0001\u0000P", "\u0016\u0003\u0001"]) {
      expect(socks([utf8(start)])).toMatchObject({ step: { reason: "not socks5" }, replies: [] });
    }
    expect(reason(socks([Uint8Array.of(5, 0)]).step)).toBe("not socks5");
    expect(reason(socks([GREETING, Uint8Array.of(5, 1, 7)]).step)).toBe("not socks5");
  });

  it("P-81 no bytes make it throw, hold more than a handshake has, or lead to what is no target", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 30 }), fc.boolean(), (pieces, polite) => {
        const handshake = new SocksHandshake();
        if (polite) handshake.push(GREETING);
        for (const piece of pieces) {
          const step = handshake.push(piece);
          expect(handshake.heldBytes).toBeLessThan(520);
          if (step.type === "more") continue;
          if (step.type === "connect") expect(tunnelTarget(step.target.host, step.target.port)).toEqual(step.target);
          return;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("P-81 datagrams are read as they were written, and fragments are not", () => {
    const payload = Uint8Array.of(1, 2, 3);
    for (const host of ["192.0.2.1", "a.test"]) {
      const datagram = { target: { host, port: 53 }, payload };
      expect(decodeSocksDatagram(encodeSocksDatagram(datagram))).toEqual(datagram);
      const fragment = encodeSocksDatagram(datagram);
      fragment[2] = 1;
      expect(decodeSocksDatagram(fragment)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const read = decodeSocksDatagram(concatBytes(new Uint8Array(3), bytes));
        return read === undefined || read.payload.byteLength < bytes.byteLength;
      }),
    );
  });
});

describe("HTTP proxy", () => {
  it("P-81 reads CONNECT and nothing else, strictly", () => {
    expect(http("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n")).toMatchObject({
      type: "connect",
      target: { host: "a.test", port: 443 },
    });
    expect(http("CONNECT [2001:DB8::1]:443 HTTP/1.1\r\n\r\n")).toMatchObject({ target: { host: "2001:db8::1" } });
    const head = new HttpProxyHead();
    expect(head.push(utf8("CONNECT a.test:1 HTTP/1.0\r\n\r\nhi"))).toMatchObject({ rest: utf8("hi") });
    const refused: readonly (readonly [string, string])[] = [
      ["GET http://a.test/ HTTP/1.1\r\n\r\n", "only connect"],
      ["POST / HTTP/1.1\r\n\r\n", "only connect"],
      ["GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "not found"],
      ["CONNECT a.test HTTP/1.1\r\n\r\n", "bad request"],
      ["CONNECT a.test:0 HTTP/1.1\r\n\r\n", "bad request"],
      ["CONNECT a.test:65536 HTTP/1.1\r\n\r\n", "bad request"],
      ["CONNECT a.test:443 HTTP/2\r\n\r\n", "bad request"],
      ["CONNECT  a.test:443 HTTP/1.1\r\n\r\n", "bad request"],
      ["CONNECT user@a.test:443 HTTP/1.1\r\n\r\n", "bad request"],
      ["CONNECT a.test:443 HTTP/1.1\r\nno field\r\n\r\n", "bad request"],
      ["CONNECT a.test:443 HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", "bad request"],
      ["CONNECT a.test:443 HTTP/1.1\nHost: x\n\n\r\n\r\n", "bad request"],
      [`CONNECT a.test:443 HTTP/1.1\r\nA: ${"b".repeat(9_000)}`, "head too long"],
    ];
    for (const [text, why] of refused) expect(reason(http(text)), text.slice(0, 60)).toBe(why);
    expect(new TextDecoder().decode(httpAnswer("only connect"))).toMatch(/^HTTP\/1\.1 405 .*\r\nAllow: CONNECT\r\n/);
  });

  it("P-81 gives the PAC file to this machine's own names only, and it names no way around", () => {
    expect(http("GET /proxy.pac HTTP/1.1\r\nHost: 127.0.0.1:8118\r\n\r\n").type).toBe("pac");
    expect(reason(http("GET /proxy.pac HTTP/1.1\r\nHost: evil.example\r\n\r\n"))).toBe("not found");
    expect(reason(http("GET /proxy.pac HTTP/1.1\r\n\r\n"))).toBe("not found");
    const find = pacFunction(pacFile(1080));
    expect(find("https://a.test/", "a.test")).toBe("SOCKS5 127.0.0.1:1080");
    expect(find("http://10.0.0.1/", "10.0.0.1")).toBe("SOCKS5 127.0.0.1:1080");
    expect(find("http://localhost:3000/", "localhost")).toBe("DIRECT");
  });

  it("P-81 no bytes make it throw", () => {
    const likely = fc.constantFrom(
      "CONNECT ",
      "a.test:443",
      " HTTP/1.1",
      "\r\n",
      "\r\n\r\n",
      "Host: x",
      "GET /",
      ":",
      "[",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(likely, fc.string()), { maxLength: 12 }), (parts) => {
        const step = http(parts.join(""));
        if (step.type === "connect") expect(tunnelTarget(step.target.host, step.target.port)).toEqual(step.target);
      }),
      { numRuns: 2000 },
    );
  });
});

/** The function of a PAC file, with the one helper of its environment that it uses. */
function pacFunction(text: string): (url: string, host: string) => string {
  const helper = 'const shExpMatch = (host, glob) => host.endsWith(glob.replace("*", ""));';
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- a PAC file is code, and this is its test
  return new Function(`${helper}\n${text}\nreturn FindProxyForURL;`)() as (url: string, host: string) => string;
}

describe("targets", () => {
  it("P-80 have one spelling, and tricks with spelling are none", () => {
    expect(tunnelTarget("WWW.Example.ORG", 443)?.host).toBe("www.example.org");
    expect(tunnelTarget("2001:0DB8::0:1", 443)?.host).toBe("2001:db8::1");
    expect(parseAuthority("xn--mgbai9azgqp6j.test:443")?.port).toBe(443);
    for (const host of [
      "127.1",
      "0177.0.0.1",
      "2130706433",
      "0x7f.0.0.1",
      "0x7f000001",
      "1.2.3.4.5",
      "256.1.1.1",
      "a..b",
      "-a.test",
      "a b",
      "a/b",
      "a@b",
      "a%2e",
      "fe80::1%eth0",
      "::ffff:1.2.3",
      "ａ.test",
      "",
      "a".repeat(64),
      `${"a.".repeat(127)}aa`,
    ]) {
      expect(tunnelTarget(host, 443), host).toBeUndefined();
    }
  });

  it("P-80 streams say what was asked, and are read as one spelling only", () => {
    const pass = Uint8Array.of(7, 7);
    for (const request of [
      { kind: "tcp" as const, pass, target: { host: "a.test", port: 443 } },
      { kind: "udp" as const, pass },
    ]) {
      expect(decodeTunnelRequest(encodeTunnelRequest(request))).toEqual({ ok: true, value: request });
    }
    const upper = encodeTunnelRequest({ kind: "tcp", pass, target: { host: "A.test", port: 443 } });
    expect(decodeTunnelRequest(upper).ok).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (label) => {
        const read = decodeTunnelRequest(label);
        return !read.ok || encodeTunnelRequest(read.value).byteLength === label.byteLength;
      }),
      { numRuns: 2000 },
    );
  });

  it("P-80 datagrams on a stream are cut as they were put together, and garbage ends it", () => {
    const sent = [1, 500, 60_000].map((sizeBytes, i) => ({
      target: { host: i === 0 ? "a.test" : "2001:db8::1", port: 53 },
      payload: new Uint8Array(sizeBytes).fill(i),
    }));
    const bytes = concatBytes(...sent.map((datagram) => encodeDatagram(datagram) ?? new Uint8Array(0)));
    const got: unknown[] = [];
    const reader = new DatagramReader();
    for (let at = 0; at < bytes.byteLength; at += 777) {
      expect(
        reader.push(bytes.slice(at, at + 777), (datagram) =>
          got.push({ ...datagram, payload: datagram.payload.slice() }),
        ),
      ).toBe(true);
    }
    expect(got).toEqual(sent);
    expect(encodeDatagram({ target: { host: "a", port: 1 }, payload: new Uint8Array(65_535) })).toBeUndefined();
    expect(new DatagramReader().push(Uint8Array.of(0, 3, 0, 53, 0), () => undefined)).toBe(false);
  });
});

describe("what an exit lets out", () => {
  it("P-83 ports as its operator named them, and never 25", () => {
    const usual = portPolicy(USUAL_EXIT_PORTS);
    expect([443, 53, 22, 25].map((port) => usual?.(port))).toEqual([true, true, false, false]);
    const some = portPolicy("20-30, 1000-2000");
    expect([22, 25, 1000, 2000, 2001].map((port) => some?.(port))).toEqual([true, false, true, true, false]);
    expect(portPolicy("all")?.(25)).toBe(false);
    for (const wrong of ["", "0", "a", "5-4", "70000", "1-70000", "1,,2"])
      expect(portPolicy(wrong), wrong).toBeUndefined();
  });

  it("P-83 each user so much a period, and all anew in the next", () => {
    let period = "1";
    const book = new AllowanceBook(100, () => period);
    const [dara, sara] = [Uint8Array.of(1), Uint8Array.of(2)];
    expect([book.take(dara, 60), book.take(dara, 40), book.hasLeft(dara), book.take(dara, 1)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(book.hasLeft(sara)).toBe(true);
    period = "2";
    expect(book.hasLeft(dara)).toBe(true);
  });
});
