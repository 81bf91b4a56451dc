/*
 * `./chapar bench road`: what one download gets through the tunnel (a real station with an exit, `chapar tunnel`, curl over
 * SOCKS5) and through Debian's shadowsocks-libev in the same run, in turn; and what an idle stream costs a relay in memory.
 */
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { webSocketCarrier, webSocketLink } from "@chapar/carrier/node";
import { inviteLink } from "@chapar/e2e";
import { startStation } from "@chapar/station/node";
import { WebSocketServer } from "ws";
import { benchDns } from "./road-dns.ts";
import { residentBytesOf } from "./load/process.ts";

const ROOT = join(import.meta.dirname, "..");
const BODY_BYTES = 32 * 1024 * 1024;
const RUNS = 5;
const STREAMS = 2_000;
const WARM_STREAMS = 200;
const AT_ONCE = 50;
const SS_PORTS = { server: 28_388, local: 28_389 } as const;
const SETTLE_MS = 1_000;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Throughputs in MB/s (10^6 bytes), medians of runs made in turn. */
interface TunnelResult {
  readonly case: "tunnel-throughput";
  readonly directMBs: number;
  readonly tunnelMBs: number;
  readonly shadowsocksMBs: number | undefined;
  readonly ratio: number | undefined;
  readonly bodyMB: number;
  readonly runs: number;
}

/** Memory of a relay's process for each idle stream. */
interface IdleResult {
  readonly case: "relay-idle";
  readonly streams: number;
  readonly bytesPerStream: number;
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

/** One download with curl. @returns MB/s */
function download(url: string, ...through: readonly string[]): Promise<number> {
  const child = spawn("curl", ["-s", "-f", "-o", "/dev/null", "-w", "%{speed_download}", ...through, url], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let out = "";
  child.stdout.on("data", (piece: Buffer) => (out += piece.toString()));
  return new Promise((resolve, reject) => {
    child.once("close", (code) =>
      code === 0 ? resolve(Number(out) / 1e6) : reject(new Error(`curl ended with ${String(code)}`)),
    );
  });
}

async function stationWithExit(dataDir: string): Promise<{ readonly invite: string } & AsyncDisposable> {
  const station = await startStation({
    dataDir,
    port: 0,
    region: "DE",
    name: "bench",
    exit: { ports: "all", reach: "loopback" },
  });
  const invite = inviteLink(
    {
      home: { station: station.ref, region: "DE" },
      stationName: "bench",
      token: station.signUpToken,
      person: undefined,
      routes: [],
    },
    (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()),
  );
  return { invite, [Symbol.asyncDispose]: () => station.close() };
}

/** `chapar tunnel`, as a process. @returns the address of its SOCKS5 */
async function startTunnel(invite: string): Promise<{ readonly child: ChildProcess; readonly socks: string }> {
  const words = ["tunnel", "--via", invite, "--socks-port", "0", "--http-port", "0", "--json"];
  const child = spawn(process.execPath, [join(ROOT, "apps/term/src/main.ts"), ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as { readonly event: string; readonly socks?: string };
    if (said.event === "ready" && said.socks !== undefined) return { child, socks: said.socks };
  }
  throw new Error("the tunnel did not open");
}

function startShadowsocks(): readonly ChildProcess[] | undefined {
  if (spawnSync("ss-server", ["-h"]).error !== undefined) return undefined;
  const common = ["-p", String(SS_PORTS.server), "-k", "bench", "-m", "aes-256-gcm"];
  return [
    spawn("ss-server", ["-s", "127.0.0.1", ...common], { stdio: "ignore" }),
    spawn("ss-local", ["-s", "127.0.0.1", ...common, "-b", "127.0.0.1", "-l", String(SS_PORTS.local)], {
      stdio: "ignore",
    }),
  ];
}

const pause = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));

async function benchTunnel(): Promise<TunnelResult> {
  const folder = mkdtempSync(join(tmpdir(), "chapar-bench-road-"));
  const site = fork(join(import.meta.dirname, "load/site-main.ts"), [String(BODY_BYTES)]);
  const [sitePort] = (await once(site, "message")) as [number];
  const url = `http://127.0.0.1:${sitePort}/`;
  await using station = await stationWithExit(join(folder, "station"));
  const { child, socks } = await startTunnel(station.invite);
  const shadowsocks = startShadowsocks();
  await pause(SETTLE_MS);
  const figures = { direct: [] as number[], tunnel: [] as number[], shadowsocks: [] as number[] };
  for (let run = 0; run <= RUNS; run++) {
    const direct = await download(url);
    const tunnel = await download(url, "--socks5-hostname", socks);
    const other =
      shadowsocks === undefined ? 0 : await download(url, "--socks5-hostname", `127.0.0.1:${SS_PORTS.local}`);
    // The first round warms all of them up.
    if (run === 0) continue;
    figures.direct.push(direct);
    figures.tunnel.push(tunnel);
    figures.shadowsocks.push(other);
  }
  for (const each of [child, site, ...(shadowsocks ?? [])]) each.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
  const shadowsocksMBs = shadowsocks === undefined ? undefined : Math.round(median(figures.shadowsocks));
  const tunnelMBs = Math.round(median(figures.tunnel));
  return {
    case: "tunnel-throughput",
    directMBs: Math.round(median(figures.direct)),
    tunnelMBs,
    shadowsocksMBs,
    ratio: shadowsocksMBs === undefined ? undefined : Math.round((100 * tunnelMBs) / shadowsocksMBs) / 100,
    bodyMB: BODY_BYTES / 1e6,
    runs: RUNS,
  };
}

async function benchIdle(): Promise<IdleResult> {
  const sockets = new WebSocketServer({ noServer: true });
  const station = createServer();
  station.on("upgrade", (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (accepted) => void webSocketLink(accepted));
  });
  const stationPort = await listening(station);
  const key = new Uint8Array(32).fill(7);
  const relay = fork(
    join(import.meta.dirname, "load/relay-main.ts"),
    [Buffer.from(key).toString("hex"), `http://127.0.0.1:${stationPort}`],
    { execArgv: ["--expose-gc"] },
  );
  const [port] = (await once(relay, "message")) as [number];
  const carrier = webSocketCarrier();
  const open = async (): Promise<void> => {
    const link = await carrier.dial(`ws://127.0.0.1:${port}/way`, { signal: new AbortController().signal });
    const answered = new Promise<Uint8Array>((resolve) => link.receive(resolve));
    const ask = new Uint8Array(33);
    ask[0] = 1;
    ask.set(key, 1);
    link.send(ask);
    if ((await answered)[1] !== 0) throw new Error("the relay refused");
  };
  const resident = async (): Promise<{ readonly bytes: number; readonly streams: number }> => {
    await pause(SETTLE_MS);
    const told = once(relay, "message") as Promise<[{ readonly streams: number }]>;
    relay.send("count");
    const [{ streams }] = await told;
    return { bytes: residentBytesOf(relay.pid ?? 0), streams };
  };
  // What a process takes for its first streams is not what a stream costs.
  const openAll = async (count: number): Promise<void> => {
    for (let at = 0; at < count; at += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, open));
  };
  await openAll(WARM_STREAMS);
  const before = await resident();
  await openAll(STREAMS);
  const after = await resident();
  relay.kill("SIGTERM");
  station.closeAllConnections();
  station.close();
  const streams = after.streams - before.streams;
  return { case: "relay-idle", streams, bytesPerStream: Math.round((after.bytes - before.bytes) / streams) };
}

/** Measures all, or those of `tunnel`, `idle` and `dns` that were asked for; prints each as it comes. */
export async function benchRoad(only: ReadonlySet<string> | undefined, print: (result: object) => void): Promise<void> {
  if (only?.has("tunnel") !== false) print(await benchTunnel());
  if (only?.has("idle") !== false) print(await benchIdle());
  if (only?.has("dns") !== false) print(await benchDns());
}
