/*
 * One session over real connections of three kinds, which are taken away one after the other while it speaks: WebSocket,
 * bursts, WebSocket through Debian's Shadowsocks server where it is installed.
 */
import { spawn, spawnSync } from "node:child_process";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { concatBytes, equalBytes, toBase64Url, utf8 } from "@chapar/wire/bytes";
import { BurstAcceptor, RouteMemory, SessionAcceptor, sessionCarrier, type Session } from "../src/index.ts";
import {
  nodeBurstCarrier,
  serveBurst,
  sessionCrypto,
  shadowsocksCarrier,
  systemClock,
  systemRng,
  WEB_SOCKET_SERVER_OPTIONS,
  webSocketCarrier,
  webSocketLink,
} from "../src/node/index.ts";
import { pattern } from "../src/testing/peers.ts";

const clock = systemClock();
const rng = systemRng();
const crypto = sessionCrypto();
const NEVER = new AbortController().signal;
const hasShadowsocks = spawnSync("ss-server", ["-h"]).error === undefined;

function listen(server: Server, port = 0): Promise<number> {
  return new Promise((resolve) => {
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

/** A web server that takes sessions over WebSockets and bursts, behind a censor that can swallow all that passes. */
async function station(acceptor: SessionAcceptor): Promise<{ readonly port: number; block(): void; stop(): void }> {
  const bursts = new BurstAcceptor({ clock, holdMs: 2_000, accept: (link, source) => acceptor.accept(link, source) });
  const upgrades = new WebSocketServer(WEB_SOCKET_SERVER_OPTIONS);
  const http = createServer((request, response) => {
    void serveBurst(bursts, request, response).then((was) => (was ? undefined : response.writeHead(404).end()));
  });
  http.on("upgrade", (request, socket, head) => {
    upgrades.handleUpgrade(request, socket, head, (accepted) => acceptor.accept(webSocketLink(accepted)));
  });
  const httpPort = await listen(http);
  const pairs = new Set<readonly [Socket, Socket]>();
  let isBlocked = false;
  const censor = createTcpServer((client) => {
    client.on("error", () => undefined);
    const server = connect(httpPort, "127.0.0.1");
    server.on("error", () => undefined);
    pairs.add([client, server]);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on("data", (bytes) => (isBlocked ? undefined : to.write(bytes)));
      from.once("close", () => (isBlocked ? undefined : to.destroy()));
    }
  });
  return {
    port: await listen(censor),
    block: () => (isBlocked = true),
    stop() {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      censor.close();
      http.close();
    },
  };
}

describe("a session over real connections", () => {
  it("P-1 P-9 speaks on while its routes fall silent one after the other", async () => {
    const sessions: Session[] = [];
    const signer = await crypto.newSigner();
    const accept = (session: Session): void => {
      sessions.push(session);
      session.link.receive((chunk) => session.link.send(chunk));
    };
    const acceptor = new SessionAcceptor({ clock, rng, crypto, signer, accept });
    const [web, burst, behind] = await Promise.all([station(acceptor), station(acceptor), station(acceptor)]);
    const routes = [`http://127.0.0.1:${web.port}`, `burst+http://127.0.0.1:${burst.port}`];
    const unused = createTcpServer();
    const ssPort = await listen(unused);
    await new Promise((resolve) => unused.close(resolve));
    const args = ["-s", "127.0.0.1", "-p", String(ssPort), "-k", "road", "-m", "aes-256-gcm"];
    const shadowsocks = hasShadowsocks ? spawn("ss-server", args, { stdio: "ignore" }) : undefined;
    if (hasShadowsocks) {
      const query = new URLSearchParams({ station: `http://127.0.0.1:${behind.port}`, prefix: "GET / HTTP/1.1\r\n" });
      routes.push(`ss://${toBase64Url(utf8("aes-256-gcm:road"))}@127.0.0.1:${ssPort}/?${query.toString()}`);
    }
    const switches: string[] = [];
    const carrier = sessionCarrier({
      clock,
      rng,
      crypto,
      memory: new RouteMemory({ clock, rng }),
      carriers: [
        webSocketCarrier({ dialLimitMs: 3_000 }),
        nodeBurstCarrier({ dialLimitMs: 3_000 }),
        shadowsocksCarrier(),
      ],
      alternatives: () => routes,
      acceptorKey: () => signer.publicKey,
      probeBytes: 16_384,
      onSwitch: (_need, route) => switches.push(route.slice(0, route.indexOf(":"))),
    });
    const link = await carrier.dial(routes[0] ?? "", { signal: NEVER });
    const parts: Uint8Array[] = [];
    const got = { size: 0 };
    link.receive((chunk) => {
      parts.push(chunk.slice());
      got.size += chunk.byteLength;
    });
    const letters = pattern(30_000);
    const speak = async (from: number, until: number): Promise<void> => {
      for (let sent = from; sent < until; sent += 500) {
        link.send(letters.subarray(sent, sent + 500));
        await clock.sleep(20, NEVER);
      }
      while (got.size < until) await clock.sleep(20, NEVER);
    };
    await speak(0, 10_000);
    web.block();
    await speak(10_000, 20_000);
    // Whichever it moved to is next; without Shadowsocks there is none left to move to then.
    const second = switches.at(-1);
    if (hasShadowsocks) (second === "ss" ? behind : burst).block();
    await speak(20_000, 30_000);
    expect(equalBytes(concatBytes(...parts), letters)).toBe(true);
    expect(sessions).toHaveLength(1);
    expect(switches[0]).toBe("http");
    expect(["ss", "burst+http"]).toContain(second);
    if (hasShadowsocks) expect(switches.at(-1)).toBe(second === "ss" ? "burst+http" : "ss");
    link.close();
    expect(await link.ended).toBe("closed");
    shadowsocks?.kill("SIGKILL");
    for (const each of [web, burst, behind]) each.stop();
  });
});
