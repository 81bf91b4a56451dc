/*
 * What rule R1 says to the first packets of our own routes: each is dialed for real, at a listener on loopback that keeps what
 * comes first and hangs up. TCP only, as the rule; DNS and WebRTC begin with datagrams.
 */
import { once } from "node:events";
import { createServer, type AddressInfo, type LookupFunction, type Socket } from "node:net";
import { type Carrier, SESSION_PATH } from "@chapar/carrier";
import {
  nodeBurstExchange,
  nodeBurstCarrier,
  relayCarrier,
  shadowsocksCarrier,
  webSocketCarrier,
} from "@chapar/carrier/node";
import { type FullyEncryptedVerdict, judgeFirstPayload } from "../rules/r01.ts";

const AT_ONCE = 16;
const DIAL_LIMIT_MS = 5_000;
const SS_USER = Buffer.from("chacha20-ietf-poly1305:lab").toString("base64url");
/** A station's key that nobody has: the relay is never reached. */
const KEY = "a".repeat(52);
/** What salts may begin with (P-31): a request, a posting, a TLS record's head. */
const SS_PREFIXES = ["GET / HTTP/1.1\r\n", "POST /x HTTP/1.", "\u0016\u0003\u0001\u0000\u00a8\u0001\u0001"];

/** What came of one route's packets. */
export interface FirstPacketsRow {
  readonly route: string;
  readonly packets: number;
  readonly blocked: number;
  /** why they were let through */
  readonly verdicts: Readonly<Partial<Record<FullyEncryptedVerdict, number>>>;
  /** shortest and longest, bytes */
  readonly sizes: readonly [number, number];
}

/** Keeps what comes first over each connection. */
async function listen(take: (payload: Uint8Array) => void): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
    socket.once("data", (bytes: Buffer) => {
      take(new Uint8Array(bytes));
      socket.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Every name leads to the listener. */
const here: LookupFunction = (_name, options, done) =>
  options.all === true ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);

/** How a route's first packet is made; `i` counts them. */
type Dial = (port: number, i: number, signal: AbortSignal) => Promise<unknown>;

function dials(): Readonly<Record<string, Dial>> {
  const linkPath = SESSION_PATH;
  const web = webSocketCarrier({ linkPath, lookup: here });
  const burst = nodeBurstExchange({ lookup: here });
  const through = (carrier: Carrier, route: (port: number, i: number) => string): Dial => {
    return (port, i, signal) => carrier.dial(route(port, i), { signal });
  };
  const ss = shadowsocksCarrier({ linkPath, lookup: here });
  const relay = relayCarrier({ carriers: [web, nodeBurstCarrier({ lookup: here })] });
  const posted = (i: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(64 + (i % 1_000)));
  const exchange = (scheme: string): Dial => {
    return (port, i, signal) =>
      burst({ method: "POST", url: `${scheme}://front.example:${port}/v1/burst`, body: posted(i) }, signal);
  };
  const prefixed = (port: number, i: number): string => {
    const query = new URLSearchParams({ station: "tcp://127.0.0.1:1", prefix: SS_PREFIXES[i % 3] ?? "" });
    return `ss://${SS_USER}@ss.example:${port}/?${query.toString()}`;
  };
  return {
    "web, TLS": through(web, (port, i) => `https://s${i % 97}.example:${port}`),
    "web, bare": through(web, (port) => `http://station.example:${port}`),
    "burst, TLS": exchange("https"),
    "burst, bare": exchange("http"),
    "ss, prefixed": async (port, i, signal) => {
      // The server is believed to be there as soon as it is reached; what is sent then is the first packet.
      const link = await ss.dial(prefixed(port, i), { signal });
      link.send(posted(i));
      await link.ended;
    },
    "relay, TLS": through(relay, (port, i) => `relay+wss://r${i % 97}.example:${port}/way?station=${KEY}`),
    "relay, bare": through(relay, (port) => `relay+ws://relay.example:${port}/way?station=${KEY}`),
  };
}

async function gather(dial: Dial, count: number, take: (payload: Uint8Array) => void): Promise<void> {
  const listener = await listen(take);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const signal = AbortSignal.timeout(DIAL_LIMIT_MS);
      // The listener hangs up: a dial that fails has sent what was wanted.
      await dial(listener.port, next++, signal).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  listener.close();
}

/**
 * Makes so many first packets, spread evenly over our routes, and judges each.
 *
 * @param tell told of each route when it is through
 * Cost: about 3 ms of a core each.
 */
export async function firstPackets(count: number, tell: (row: FirstPacketsRow) => void): Promise<void> {
  const all = Object.entries(dials());
  for (const [i, [route, dial]] of all.entries()) {
    const wanted = Math.floor(count / all.length) + (i < count % all.length ? 1 : 0);
    const verdicts: Partial<Record<FullyEncryptedVerdict, number>> = {};
    let [packets, least, most] = [0, Number.POSITIVE_INFINITY, 0];
    await gather(dial, wanted, (payload) => {
      const verdict = judgeFirstPayload(payload);
      verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
      packets++;
      [least, most] = [Math.min(least, payload.byteLength), Math.max(most, payload.byteLength)];
    });
    const { block: blocked = 0, ...through } = verdicts;
    tell({ route, packets, blocked, verdicts: through, sizes: [least, most] });
  }
}
