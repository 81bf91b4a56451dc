/* The near end of a captured machine as its helpers see it, on loopback; what the kernel and the helpers do is the lab's. */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { concatBytes, equalBytes, utf8 } from "@chapar/wire/bytes";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  AllowanceBook,
  dialSession,
  portPolicy,
  prepareLink,
  SessionAcceptor,
  type PreparedLink,
  type Session,
} from "../src/index.ts";
import {
  sessionCrypto,
  startCapturedServer,
  systemClock,
  systemRng,
  TunnelExit,
  type CapturedServer,
  type ExitOptions,
} from "../src/node/index.ts";
import { openShadowsocksDatagram, sealShadowsocksDatagram, shadowsocksKey } from "../src/node/shadowsocks-cipher.ts";
import { shadowsocksAddress } from "../src/node/shadowsocks-socket.ts";
import { linkPair } from "../src/testing/link-pair.ts";
import { readSocksAddress } from "../src/tunnel/socks.ts";

const clock = systemClock();
const rng = systemRng();
const crypto = sessionCrypto();
const NEVER = new AbortController().signal;
const PASS = Uint8Array.of(1, 2, 3);
const KEY = { method: "aes-128-gcm", password: "of this start" } as const;

interface Stage {
  readonly near: CapturedServer;
  readonly exit: TunnelExit;
  readonly socketPath: string;
  readonly asked: string[];
  readonly refusals: string[];
  readonly sessions: Session[];
}

async function stage(options: Partial<ExitOptions> = {}): Promise<Stage> {
  const asked: string[] = [];
  const exit = new TunnelExit({
    allowsPort: portPolicy("all") ?? (() => false),
    allowance: new AllowanceBook(1e9, () => "now"),
    userOf: (pass) => (equalBytes(pass, PASS) ? pass : undefined),
    reach: "loopback",
    resolve: async (name) => {
      asked.push(name);
      if (name === "six.example") return [{ address: "::1", family: 6 }];
      if (name !== "site.example") throw new Error("ENOTFOUND");
      return [
        { address: "127.0.0.1", family: 4 },
        { address: "::1", family: 6 },
      ];
    },
    ...options,
  });
  const signer = await crypto.newSigner();
  const acceptor = new SessionAcceptor({
    clock,
    rng,
    crypto,
    signer,
    accept: (session) => session.onStream((stream) => exit.take(stream)),
  });
  const findLink = async (): Promise<{ route: string; value: PreparedLink }> => {
    const pair = linkPair({}, clock);
    acceptor.accept(pair.acceptor);
    return { route: "memory:one", value: await prepareLink(pair.dialer, {}) };
  };
  const another = (): Promise<Session> => dialSession({ clock, rng, crypto, findLink }, { signal: NEVER });
  const sessions = [await another()];
  const refusals: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), "chapar-captured-"));
  const socketPath = join(folder, "near.sock");
  const near = await startCapturedServer({
    sessions: () => sessions,
    grow: async () => {
      if (sessions.length < 2) sessions.push(await another());
    },
    pass: PASS,
    socketPath,
    datagramKey: KEY,
    onRefused: (reason) => refusals.push(reason),
  });
  onTestFinished(async () => {
    await near[Symbol.asyncDispose]();
    await acceptor[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  return { near, exit, socketPath, asked, refusals, sessions };
}

/** As HAProxy writes it (PROXY protocol §2.2). */
function proxied(address: readonly number[], port: number): Uint8Array {
  const signature = [0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
  return Uint8Array.from([...signature, 0x21, 0x11, 0, 12, 10, 0, 0, 1, ...address, 9, 9, port >> 8, port & 255]);
}

async function echo(): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function opened(path: string): Socket {
  const socket = connect(path);
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

async function answered(socket: Socket, sizeBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of socket) {
    parts.push(part as Buffer);
    if (Buffer.concat(parts).byteLength >= sizeBytes) break;
  }
  return Buffer.concat(parts);
}

/** A socket of ss-redir's: what it sends is sealed, what comes back is opened. */
class Redir {
  readonly socket: UdpSocket = createSocket("udp4");
  readonly #key = shadowsocksKey(KEY.method, KEY.password);
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
    onTestFinished(() => void this.socket.close());
  }

  send(host: string, port: number, payload: Uint8Array, key: Uint8Array = this.#key): void {
    const plain = concatBytes(shadowsocksAddress({ host, port }), payload);
    this.socket.send(sealShadowsocksDatagram(KEY.method, key, plain), this.#port, "127.0.0.1");
  }

  async heard(): Promise<{ from: unknown; payload: Uint8Array }> {
    const [bytes] = (await once(this.socket, "message")) as [Buffer];
    const plain = openShadowsocksDatagram(KEY.method, this.#key, new Uint8Array(bytes)) ?? new Uint8Array(0);
    const from = readSocksAddress(plain, 0);
    if (from === undefined || from === "more") throw new Error("no address");
    return { from: `${from.host} ${from.port}`, payload: new Uint8Array(plain.subarray(from.sizeBytes)) };
  }
}

/** A query of DNS for one name (RFC 1035 §4.1). */
function question(name: string, type: number): Uint8Array {
  const labels = name.split(".").flatMap((label) => [label.length, ...utf8(label)]);
  const head = Uint8Array.of(0, 5, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0);
  return concatBytes(head, Uint8Array.from(labels), Uint8Array.of(0, 0, type, 0, 1));
}

describe("a captured machine's near end", () => {
  it("P-89 connects where the header says, and drops whoever brings none", async () => {
    const { socketPath, near, refusals } = await stage();
    const port = await echo();
    const socket = opened(socketPath);
    socket.write(concatBytes(proxied([127, 0, 0, 1], port), utf8("salaam")));
    expect((await answered(socket, 6)).toString()).toBe("salaam");
    const stranger = opened(socketPath);
    stranger.write("GET / HTTP/1.1\r\n\r\n");
    await once(stranger, "close");
    const nowhere = opened(socketPath);
    nowhere.write(proxied([127, 0, 0, 1], 1));
    await once(nowhere, "close");
    expect(refusals).toEqual(["refused"]);
    expect(near.connectionCount).toBeLessThanOrEqual(1);
  });

  it("P-85 answers names from the exit by datagram and over TCP, asks for each once, and keeps near ones to itself", async () => {
    const { socketPath, near, asked } = await stage();
    const redir = new Redir(near.datagramPort);
    const ask = async (name: string, type: number): Promise<Uint8Array> => {
      redir.send("192.168.1.1", 53, question(name, type));
      const { from, payload } = await redir.heard();
      expect(from).toBe("192.168.1.1 53");
      return payload;
    };
    expect(Array.from((await ask("site.example", 1)).subarray(-4))).toEqual([127, 0, 0, 1]);
    // It has an IPv4 address, so that it has no other.
    expect((await ask("site.example", 28))[7]).toBe(0);
    expect((await ask("six.example", 28))[7]).toBe(1);
    expect((await ask("gone.example", 1))[3]).toBe(0x83);
    expect((await ask("printer.local", 1))[3]).toBe(0x83);
    expect(asked).toEqual(["site.example", "six.example", "gone.example"]);
    const socket = opened(socketPath);
    const sent = question("site.example", 1);
    socket.write(concatBytes(proxied([9, 9, 9, 9], 53), Uint8Array.of(0, sent.byteLength), sent));
    const answer = await answered(socket, 2 + sent.byteLength + 16);
    expect(Array.from(answer.subarray(-4))).toEqual([127, 0, 0, 1]);
    expect(asked).toHaveLength(3);
  });

  it("P-82 P-85 a name that leads inward has no addresses", async () => {
    const { near } = await stage({ reach: "public" });
    const redir = new Redir(near.datagramPort);
    redir.send("9.9.9.9", 53, question("site.example", 1));
    expect((await redir.heard()).payload[3]).toBe(0x85);
  });

  it("P-89 carries datagrams of many sockets, each answered by whom it asked, and at most 64 flows", async () => {
    const server = createSocket("udp4");
    server.on("message", (bytes, from) => server.send(bytes, from.port, from.address));
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address();
    const { near, exit } = await stage();
    for (let i = 0; i < 70; i++) {
      const redir = new Redir(near.datagramPort);
      redir.send("127.0.0.1", port, utf8(`datagram ${i}`));
      expect(await redir.heard()).toEqual({ from: `127.0.0.1 ${port}`, payload: utf8(`datagram ${i}`) });
    }
    while (exit.streamCount > 64) await clock.sleep(5, NEVER);
    expect(exit.streamCount).toBe(64);
  });

  it("P-89 datagrams under another key are dropped unanswered", async () => {
    const { near, exit, asked } = await stage();
    const redir = new Redir(near.datagramPort);
    redir.send("9.9.9.9", 53, question("other.example", 1), shadowsocksKey(KEY.method, "of another"));
    redir.socket.send(new Uint8Array(20), near.datagramPort, "127.0.0.1");
    redir.send("9.9.9.9", 53, question("site.example", 1));
    expect((await redir.heard()).payload[3]).toBe(0x80);
    expect([asked, exit.streamCount]).toEqual([["site.example"], 0]);
  });

  it("P-89 opens another session when the first one's streams are all taken", async () => {
    const { socketPath, sessions, refusals } = await stage();
    const port = await echo();
    const sockets = Array.from({ length: 140 }, () => opened(socketPath));
    const all = sockets.map(async (socket, i) => {
      socket.write(concatBytes(proxied([127, 0, 0, 1], port), utf8(`n${i}`)));
      const [bytes] = (await once(socket, "data")) as [Buffer];
      return bytes.toString();
    });
    expect(await Promise.all(all)).toEqual(sockets.map((_socket, i) => `n${i}`));
    expect([sessions.length, refusals]).toEqual([2, []]);
  });
});
