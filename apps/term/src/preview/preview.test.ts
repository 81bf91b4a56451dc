import { connect } from "node:net";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pictureIn } from "@chapar/client/pictures";
import { describe, expect, it } from "vitest";
import { pageOf, pageSite, pngOf, smallSite } from "../testing/small-site.ts";
import { isRange, ruleWith } from "./addresses.ts";
import { drawAnew } from "../picture/drawing.ts";
import { fetchOne, type FetchPorts } from "./fetching.ts";
import { makePreview, previewable } from "./make-preview.ts";

const { signal } = new AbortController();
const HERE = { env: {}, signal };
const LOOPBACK = { also: ["127.0.0.1"] };
const PAGE = { accept: "text/html", mostBytes: 1_000, whenLonger: "cut" } as const;

const ports = (more: Partial<FetchPorts> = {}): FetchPorts => ({
  allows: ruleWith(["127.0.0.1"]),
  resolve: async () => [{ address: "127.0.0.1", family: 4 }],
  via: undefined,
  mayShowHello: true,
  signal,
  ...more,
});

describe("where a preview may be fetched from", () => {
  it("C-104 is what is public on the internet, and what the person named", () => {
    const rule = ruleWith(["10.1.0.0/16", "fd00::1"]);
    for (const address of ["93.184.216.34", "2a00:1450:4001:81b::200e", "10.1.2.3", "fd00::1"])
      expect([address, rule(address)]).toEqual([address, true]);
    const ours = ["127.0.0.1", "10.2.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"];
    const ours6 = [
      "::1",
      "::",
      "fe80::1",
      "fd00::2",
      "::ffff:127.0.0.1",
      "64:ff9b::7f00:1",
      "2002:7f00:1::",
      "2001:db8::1",
    ];
    for (const address of [...ours, "255.255.255.255", ...ours6])
      expect([address, rule(address)]).toEqual([address, false]);
    expect(["1.2.3.4", "::1/128", "1.2.3.4/33", "example.org", ""].map(isRange)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it("C-104 C-105 makes a card of a page, its picture drawn anew", async () => {
    await using site = await pageSite("News");
    const preview = await makePreview(`${site.url}/a`, LOOPBACK, HERE);
    expect(preview).toMatchObject({ address: `${site.url}/a`, title: "News", description: "Of everything" });
    const { picture = new Uint8Array(0) } = preview;
    expect(picture.byteLength).toBeLessThanOrEqual(8_192);
    expect(pictureIn(picture)).toEqual({ mediaType: "image/jpeg", width: 320, height: 160 });
    expect(site.asked).toEqual(["/a", "/picture.png"]);
    for (const told of site.headers)
      expect(Object.keys(told).toSorted()).toEqual(["accept", "accept-encoding", "connection", "host", "user-agent"]);
  });

  it("C-104 asks nobody in a private network, by number, by name or by a redirect", async () => {
    await using site = await smallSite((request, response) => {
      response
        .writeHead(302, { location: request.url === "/name" ? "http://inside.example/" : "http://127.0.0.2/" })
        .end();
    });
    const none = { why: "not-public" };
    for (const address of [
      site.url,
      "http://[::1]/",
      "http://2130706433/",
      "http://localhost:1/",
      "http://a.localhost/",
    ])
      await expect(makePreview(address, { also: [] }, HERE)).rejects.toMatchObject(none);
    expect(site.asked).toEqual([]);
    const inside = ports({ resolve: async () => [{ address: "192.168.1.1", family: 4 }] });
    await expect(fetchOne(new URL("http://inside.example/"), PAGE, inside)).rejects.toMatchObject(none);
    await expect(fetchOne(new URL(site.url), PAGE, ports())).rejects.toMatchObject(none);
    await expect(fetchOne(new URL(`${site.url}/name`), PAGE, inside)).rejects.toMatchObject(none);
  });

  it("C-104 connects to what it judged: a name that leads elsewhere the second time changes nothing", async () => {
    await using site = await pageSite("News");
    let times = 0;
    const resolve = async () => [{ address: (times += 1) === 1 ? "127.0.0.1" : "127.0.0.9", family: 4 }];
    const page = await fetchOne(new URL(`http://rebound.example:${site.port}/`), PAGE, ports({ resolve }));
    expect(page.url.hostname).toBe("rebound.example");
    expect(times).toBe(1);
  });

  it("C-104 follows three redirects and not a fourth, and cuts a page that is too long", async () => {
    await using site = await smallSite((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left > 0) response.writeHead(301, { location: `/${left - 1}` }).end();
      else response.setHeader("content-type", "text/html").end("a".repeat(5_000));
    });
    const page = await fetchOne(new URL(`${site.url}/3`), PAGE, ports());
    expect(page.bytes.byteLength).toBe(1_000);
    await expect(fetchOne(new URL(`${site.url}/4`), PAGE, ports())).rejects.toMatchObject({ why: "redirects" });
    const refused = fetchOne(new URL(`${site.url}/0`), { ...PAGE, whenLonger: "refuse" }, ports());
    await expect(refused).rejects.toMatchObject({ why: "not-a-page" });
  });

  it("C-104 waits no longer than it may for a site that never ends", async () => {
    const ending = new AbortController();
    await using site = await smallSite((_, response) => {
      response.write("<title>");
      ending.abort();
    });
    await expect(fetchOne(new URL(site.url), PAGE, ports({ signal: ending.signal }))).rejects.toMatchObject({
      why: "too-slow",
    });
  });

  it("C-104 makes none of what is no page, not there, or says nothing", async () => {
    const answers: Readonly<Record<string, readonly [number, string, string]>> = {
      "/json": [200, "application/json", "{}"],
      "/gone": [404, "text/html", pageOf("Not found")],
      "/empty": [200, "text/html", "<p>nothing"],
    };
    await using site = await smallSite((request, response) => {
      const [status, type, body] = answers[request.url ?? ""] ?? [500, "", ""];
      response.writeHead(status, { "content-type": type }).end(body);
    });
    const why = async (path: string) => makePreview(path, LOOPBACK, HERE).catch((error: unknown) => error);
    expect(await why(`${site.url}/json`)).toMatchObject({ why: "not-a-page" });
    expect(await why(`${site.url}/gone`)).toMatchObject({ why: "not-there" });
    expect(await why(`${site.url}/empty`)).toMatchObject({ why: "nothing-to-show" });
    expect(await why(`http://name@127.0.0.1:${site.port}/`)).toMatchObject({ why: "not-a-web-address" });
    expect(await why("http://127.0.0.1:1/")).toMatchObject({ why: "unreachable" });
    const hidden = makePreview("https://example.org", LOOPBACK, { env: { CHAPAR_OWN_HELLO: "never" }, signal });
    await expect(hidden).rejects.toMatchObject({ why: "own-hello" });
  });

  it("C-104 asks everything of the proxy that the person named, names too", async () => {
    await using site = await pageSite("Through");
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(request.url ?? "");
      const to = new URL(request.url ?? "");
      const socket = connect(site.port, "127.0.0.1", () => {
        socket.write(`GET ${to.pathname} HTTP/1.1\r\nhost: ${to.host}\r\nconnection: close\r\n\r\n`);
        socket.pipe(response.socket ?? socket);
      });
    });
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
    try {
      const via = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const preview = await makePreview("http://nowhere.invalid/a", { also: [], via }, HERE);
      expect(preview.title).toBe("Through");
      expect(asked).toEqual(["http://nowhere.invalid/a", "http://nowhere.invalid/picture.png"]);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  it("C-104 is of the first link of a text", () => {
    expect(previewable("no link, mailto:a@b.example")).toBeUndefined();
    expect(previewable("first (https://a.example/x), then https://b.example")).toBe("https://a.example/x");
  });
});

describe("a picture that is drawn anew", () => {
  const drawing = { edgesPx: [96], isSquare: true, mostBytes: 4_096 };

  it("C-105 has nothing of the file but its pixels, square where it is to be", async () => {
    const picture = await drawAnew(pngOf(300, 100), drawing);
    expect(picture && pictureIn(picture)).toEqual({ mediaType: "image/jpeg", width: 96, height: 96 });
  });

  it("C-105 is left out when it is broken, too large or no picture", async () => {
    const huge = pngOf(40, 40).slice();
    new DataView(huge.buffer).setUint32(16, 100_000);
    for (const bytes of [huge, pngOf(40, 40).subarray(0, 60), new TextEncoder().encode("<svg>"), new Uint8Array(0)])
      expect(await drawAnew(bytes, drawing)).toBeUndefined();
    expect(await drawAnew(pngOf(40, 40), { ...drawing, mostBytes: 10 })).toBeUndefined();
  });
});
