/* The road into a real station: sessions over WebSockets and bursts, what strangers see of them, and their bounds. */
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BURST_PATH,
  formatLanRoute,
  LINK_PATH,
  RouteMemory,
  SEALED_PATH,
  SESSION_PATH,
  sessionCarrier,
  type Carrier,
} from "@chapar/carrier";
import {
  dnsCarrier,
  lanCarrier,
  nodeBurstCarrier,
  sessionCrypto,
  shadowsocksCarrier,
  systemClock,
  systemRng,
  webSocketCarrier,
} from "@chapar/carrier/node";
import { routesMessage } from "@chapar/wire";
import { afterEach, describe, expect, it } from "vitest";
import { startStation, type RunningStation, type StationConfig } from "../src/node/index.ts";
import { TestClient, TestPerson } from "../src/testing/index.ts";

const folders: string[] = [];
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

function start(changes: Partial<StationConfig> = {}): Promise<RunningStation> {
  const dataDir = mkdtempSync(join(tmpdir(), "chapar-road-"));
  folders.push(dataDir);
  return startStation({ dataDir, port: 0, region: "IR", name: "test", ...changes });
}

const clock = systemClock();
const rng = systemRng();
const NEVER = new AbortController().signal;
const FAST_BURSTS = { budget: { packets: 18, gapMs: 0 } };

/** Dials sessions over one kind of link. */
function sessions(station: RunningStation, inner: Carrier): Carrier {
  const memory = new RouteMemory({ clock, rng });
  const acceptorKey = (): Uint8Array => station.key;
  return sessionCarrier({ clock, rng, crypto: sessionCrypto(), memory, carriers: [inner], acceptorKey });
}

async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

async function metric(station: RunningStation, line: string): Promise<string | undefined> {
  const text = await (await fetch(`${station.url}/metrics`)).text();
  return text.split("\n").find((each) => each.startsWith(`${line} `));
}

/** What comes back for bytes sent as they are, without the time of day; and when the server closes. */
function exchange(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let answer = "";
    const settled = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer.replace(/^date: .*\r\n/im, ""));
    };
    // A server that says nothing is an answer too.
    const timer = setTimeout(settled, 500);
    socket.setEncoding("latin1").on("data", (piece: string) => (answer += piece));
    socket.once("end", settled);
    socket.once("error", reject);
  });
}

describe("the road into a station", () => {
  it("P-1 takes sessions over WebSockets and over bursts, and bare links beside them", async () => {
    await using station = await start();
    const burstRoute = station.url.replace("http://", "burst+http://");
    const ways = [
      [sessions(station, webSocketCarrier({ linkPath: SESSION_PATH })), station.url],
      [sessions(station, nodeBurstCarrier(FAST_BURSTS)), burstRoute],
      [webSocketCarrier(), station.url],
    ] as const;
    const clients: TestClient[] = [];
    for (const [index, [carrier, route]] of ways.entries()) {
      const client = new TestClient(await carrier.dial(route, { signal: NEVER }));
      await client.greet();
      const person = new TestPerson(`person ${index}`, station.ref);
      await client.expect("done", { type: "account.register", ops: person.ops, token: station.signUpToken });
      expect(await client.auth(person.identity, person.phone)).toEqual({ type: "done" });
      clients.push(client);
    }
    expect(await metric(station, "chapar_links")).toBe("chapar_links 3");
    expect(await metric(station, "chapar_sessions")).toBe("chapar_sessions 2");
    expect(await metric(station, "chapar_bursts")).toBe("chapar_bursts 1");
    expect(await metric(station, "chapar_sessions_opened_total")).toBe("chapar_sessions_opened_total 2");
    await station.close();
    for (const client of clients) {
      await client.link.ended;
      expect(client.goodbye).toBe("station/shutting-down");
    }
  });

  it("P-97 takes sessions over DNS, sealed to its key, names that route last and answers strangers as a zone does", async () => {
    const front = "burst+https://front.example";
    const dns = { domain: "t.example", host: "127.0.0.1", port: await freeUdpPort(), address: "192.0.2.9" };
    const at = `127.0.0.1:${dns.port}`;
    await using station = await start({ routes: [front], dns: { ...dns, via: [at] } });
    const [first, route = ""] = station.routes;
    expect([first, route.split("?")[0]]).toEqual([front, "dns://t.example/"]);
    const client = new TestClient(await sessions(station, dnsCarrier()).dial(route, { signal: NEVER }));
    await client.greet();
    const person = new TestPerson("far away", station.ref);
    await client.expect("done", { type: "account.register", ops: person.ops, token: station.signUpToken });
    expect(await client.auth(person.identity, person.phone)).toEqual({ type: "done" });
    const told = await client.expect("routes", { type: "routes.get" });
    expect(told.routes).toEqual([front, route]);
    expect(await metric(station, "chapar_dns_links")).toBe("chapar_dns_links 1");
    expect(await metric(station, "chapar_dns_links_opened_total")).toBe("chapar_dns_links_opened_total 1");
    const stranger = new Resolver();
    stranger.setServers([at]);
    expect((await stranger.resolveSoa("t.example")).nsname).toBe("ns.t.example");
    expect(await stranger.resolve4("ns.t.example")).toEqual(["192.0.2.9"]);
    await expect(stranger.resolveTxt("www.t.example")).rejects.toMatchObject({ code: "ENOTFOUND" });
    await expect(stranger.resolve4("elsewhere.example")).rejects.toMatchObject({ code: "EREFUSED" });
    await expect(start({ dns: { domain: "not a name" } })).rejects.toMatchObject({ code: "station/bad-config" });
    await expect(start({ dns: { domain: `${"long".repeat(9)}.example` } })).rejects.toMatchObject({
      code: "station/bad-config",
    });
    client.link.close();
    await client.link.ended;
  });

  it("P-36 takes sessions through its own Shadowsocks port, whose route outlives a restart, and passes nothing else on", async () => {
    const ss = { publicHost: "127.0.0.1", port: await freeTcpPort(), host: "127.0.0.1" };
    const dataDir = mkdtempSync(join(tmpdir(), "chapar-road-"));
    folders.push(dataDir);
    const port = await freeTcpPort();
    const station = await start({ dataDir, port, ss });
    const [route = ""] = station.routes;
    const carrier = sessions(station, shadowsocksCarrier({ linkPath: SESSION_PATH }));
    const client = new TestClient(await carrier.dial(route, { signal: NEVER }));
    await client.greet();
    expect(await metric(station, "chapar_sessions")).toBe("chapar_sessions 1");
    const elsewhere = route.replace(encodeURIComponent(`:${port}`), encodeURIComponent(`:${ss.port}`));
    await expect(shadowsocksCarrier({ dialLimitMs: 500 }).dial(elsewhere, { signal: NEVER })).rejects.toMatchObject({
      code: "carrier/timed-out",
    });
    const outcome = (name: string): Promise<string | undefined> =>
      metric(station, `chapar_shadowsocks_total{outcome="${name}"}`);
    expect([await outcome("taken"), await outcome("stranger")].map((line) => line?.split(" ")[1])).toEqual(["1", "1"]);
    await station.close();
    await client.link.ended;
    await using again = await start({ dataDir, port, ss });
    expect(again.routes).toEqual([route]);
  });

  it("P-102 P-104 is found by its key on the local network, and its door there takes sealed links and nothing else", async () => {
    const mdnsPort = await freeUdpPort();
    const lan = { interface: "127.0.0.1", mdnsPort, port: await freeTcpPort() };
    await using station = await start({ lan, routes: ["burst+https://front.example"] });
    const route = formatLanRoute(station.key);
    expect(station.routes).toEqual(["burst+https://front.example", route]);
    const near = lanCarrier({ interfaces: ["127.0.0.1"], port: mdnsPort });
    const client = new TestClient(await sessions(station, near).dial(route, { signal: NEVER }));
    await client.greet();
    expect(await metric(station, "chapar_sessions")).toBe("chapar_sessions 1");
    const door = `http://127.0.0.1:${lan.port}`;
    for (const path of ["/", "/v1/link", "/metrics", "/healthz", "/v1/burst"])
      expect((await fetch(`${door}${path}`)).status).toBe(404);
    for (const linkPath of [SESSION_PATH, LINK_PATH, `/x${SEALED_PATH}`]) {
      const dialing = webSocketCarrier({ linkPath }).dial(door, { signal: NEVER });
      await expect(dialing).rejects.toMatchObject({ code: "carrier/unreachable", reason: "http 404" });
    }
    client.link.close();
    await client.link.ended;
  });

  it("P-22 answers strangers at the burst path as anywhere else, byte for byte, also while a body is awaited", async () => {
    await using station = await start();
    const elsewhere = BURST_PATH.replace("burst", "other");
    const head = "host: station.example\r\nuser-agent: curl/7.88\r\naccept: */*\r\n";
    const probes = (path: string): readonly string[] => [
      `GET ${path} HTTP/1.1\r\n${head}\r\n`,
      `GET ${path}/AAAA HTTP/1.1\r\n${head}\r\n`,
      `GET ${path}/${"A".repeat(400)} HTTP/1.1\r\n${head}\r\n`,
      `GET ${path}?x=1 HTTP/1.1\r\n${head}\r\n`,
      `HEAD ${path} HTTP/1.1\r\n${head}\r\n`,
      `OPTIONS ${path} HTTP/1.1\r\n${head}\r\n`,
      `PUT ${path} HTTP/1.1\r\n${head}content-length: 4\r\n\r\nabcd`,
      `POST ${path} HTTP/1.1\r\n${head}content-length: 0\r\n\r\n`,
      `POST ${path} HTTP/1.1\r\n${head}content-length: 40\r\n\r\n${"x".repeat(40)}`,
      `POST ${path} HTTP/1.1\r\n${head}transfer-encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n`,
      // Half a body: neither is answered while the rest may come.
      `POST ${path} HTTP/1.1\r\n${head}content-length: 40\r\n\r\nhalf`,
      `POST ${path} HTTP/1.1\r\n${head}content-length: 3000000\r\n\r\n${"x".repeat(2_500_000)}`,
      `POST ${path} HTTP/1.0\r\n\r\n`,
    ];
    const [asked, control] = [probes(BURST_PATH), probes(elsewhere)];
    for (const [index, probe] of asked.entries()) {
      const answers = await Promise.all([exchange(station.url, probe), exchange(station.url, control[index] ?? "")]);
      expect([index, answers[0]]).toEqual([index, answers[1]]);
    }
    expect(await exchange(station.url, asked[8] ?? "")).toContain("404 Not Found");
    expect(await exchange(station.url, asked[10] ?? "")).toBe("");
    expect(await metric(station, "chapar_bursts_opened_total")).toBe("chapar_bursts_opened_total 0");
  });

  it("P-17 keeps no more sessions than it may, says so to the dialer and counts it", async () => {
    await using station = await start({ maxSessions: 1 });
    const carrier = sessions(station, webSocketCarrier({ linkPath: SESSION_PATH }));
    await using first = new TestClient(await carrier.dial(station.url, { signal: NEVER })).link;
    await expect(carrier.dial(station.url, { signal: NEVER })).rejects.toMatchObject({ code: "carrier/unusable" });
    const line = 'chapar_sessions_refused_total{bound="busy"}';
    expect(await metric(station, line)).toBe(`${line} 1`);
    first.close();
    await first.ended;
    await using second = new TestClient(await carrier.dial(station.url, { signal: NEVER })).link;
    second.close();
  });

  it("P-50 tells its further routes to those who have an account, signed and for a while, and to nobody else", async () => {
    const routes = ["burst+https://front.example", "ss://YTpi@192.0.2.7:8388/?station=https://one.example"];
    await using station = await start({ routes });
    const client = new TestClient(await webSocketCarrier().dial(station.url, { signal: NEVER }));
    await client.greet();
    expect(await client.refused({ type: "routes.get" })).toBe("station/not-authenticated");
    const person = new TestPerson("resident", station.ref);
    await client.expect("done", { type: "account.register", ops: person.ops, token: station.signUpToken });
    await client.auth(person.identity, person.phone);
    const told = await client.expect("routes", { type: "routes.get" });
    expect(told.routes).toEqual(routes);
    expect(told.expiresMs - told.issuedMs).toBe(30 * 86_400_000);
    const message = routesMessage(station.key, told.issuedMs, told.expiresMs, routes);
    expect(await sessionCrypto().verify(station.key, message, told.signature)).toBe(true);
    expect(await client.expect("routes", { type: "routes.get" })).toEqual(told);
    client.link.close();
    await expect(start({ routes: ["not a route"] })).rejects.toMatchObject({ code: "station/bad-config" });
  });
});
