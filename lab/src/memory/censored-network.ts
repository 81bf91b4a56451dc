/*
 * A network in memory with a censor at its border: stations listen at URLs, clients dial them through a `Carrier`, and every
 * packet of every connection is judged by the rules. Names are looked up across the border too, so that forged answers
 * lead where they lead in the world: nowhere.
 */
import { type Carrier, CarrierError, type Link } from "@chapar/carrier";
import { NAMES, PLACES } from "../addresses.ts";
import type { Injection } from "../censor.ts";
import { joined } from "../parsers/cursor.ts";
import { parseDnsQuery } from "../parsers/dns.ts";
import { type IpPacket, parseIp } from "../parsers/ip.ts";
import type { Endpoint } from "../vocabulary.ts";
import type { MemoryBorder } from "./border.ts";
import { dressAcceptor, dressDialer } from "./dressed-link.ts";
import type { HelloKind } from "./hello.ts";
import { TcpSide } from "./tcp.ts";

const HTTPS_PORT = 443;
const DNS_PORT = 53;
const DNS_TIMEOUT_MS = 5000;
const FIRST_PORT = 40_000;
const UDP_HEADERS_BYTES = 28;

/** How a client dials. */
export interface DialOptions {
  readonly hello?: HelloKind;
}

/** Encodes a question for an A record. */
export function dnsQuestion(id: number, name: string): Uint8Array {
  const labels = name.split(".").map((label) =>
    joined(
      Uint8Array.of(label.length),
      Uint8Array.from(label, (c) => c.charCodeAt(0)),
    ),
  );
  return joined(
    Uint8Array.of(id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0),
    ...labels,
    Uint8Array.of(0, 0, 1, 0, 1),
  );
}

const datagram = (from: Endpoint, to: Endpoint, payload: Uint8Array): IpPacket => ({
  protocol: "udp",
  source: from.address,
  sourcePort: from.port,
  destination: to.address,
  destinationPort: to.port,
  ttl: 64,
  sizeBytes: UDP_HEADERS_BYTES + payload.byteLength,
  tcp: undefined,
  payload,
});

/** A network of one border. */
export class CensoredNetwork {
  readonly #border: MemoryBorder;
  readonly #listeners = new Map<string, (link: Link) => void>();
  #nextPort = FIRST_PORT;

  constructor(border: MemoryBorder) {
    this.#border = border;
  }

  /** Takes links at an address (port 443). */
  listen(address: string, accept: (link: Link) => void): void {
    this.#listeners.set(address, accept);
  }

  /** A carrier from the client's place: drives `https://name` below the lab's names. */
  carrier(options: DialOptions = {}): Carrier {
    return {
      kind: "web",
      handles: (route) => /^https:\/\/[a-z0-9.-]+$/.test(route),
      dial: (route, { signal }) => this.#dial(route, options, signal),
    };
  }

  async #dial(route: string, { hello = "chrome" }: DialOptions, signal: AbortSignal): Promise<Link> {
    signal.throwIfAborted();
    const serverName = /^https:\/\/([a-z0-9.-]+)$/.exec(route)?.[1];
    if (serverName === undefined) throw new CarrierError("carrier/bad-route");
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    signal.addEventListener("abort", abort, { once: true });
    try {
      const address = await this.#lookUp(serverName, stop.signal);
      signal.throwIfAborted();
      if (address === undefined) throw new CarrierError("carrier/unreachable", "ENOTFOUND");
      const side = this.#connect({ address, port: HTTPS_PORT });
      stop.signal.addEventListener("abort", () => side.end("closed"), { once: true });
      if (!(await side.open())) throw signal.aborted ? signal.reason : new CarrierError("carrier/timed-out");
      const link = await dressDialer(side, { serverName, kind: hello, alpn: ["http/1.1"] });
      if (typeof link !== "string") return link;
      signal.throwIfAborted();
      throw link === "timed-out"
        ? new CarrierError("carrier/timed-out")
        : new CarrierError("carrier/unreachable", "ECONNRESET");
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** One question, one datagram each way; the first answer wins, as resolvers do it. */
  #lookUp(name: string, signal: AbortSignal): Promise<string | undefined> {
    const { clock } = this.#border;
    const client: Endpoint = { address: PLACES.client.address, port: this.#nextPort++ };
    const resolver: Endpoint = { address: PLACES.dns.address, port: DNS_PORT };
    const query = dnsQuestion(client.port, name);
    const flowId = `udp ${client.address}:${client.port} ${resolver.address}:${resolver.port}`;
    return new Promise((resolve) => {
      const settle = (address: string | undefined): void => {
        release();
        stopTimer();
        resolve(address);
      };
      const release = this.#border.own(flowId, ({ kind, bytes }) => {
        const forged = parseIp(bytes);
        if (kind === "dns" && forged.ok) settle(forged.value.payload.slice(-4).join("."));
      });
      const stopTimer = clock.at(clock.nowMs() + DNS_TIMEOUT_MS, () => settle(undefined));
      signal.addEventListener("abort", () => settle(undefined), { once: true });
      this.#border.send(datagram(client, resolver, query), "out", () => {
        const question = parseDnsQuery(query);
        const address = question.ok ? NAMES[question.value.name] : undefined;
        this.#border.send(datagram(resolver, client, query), "in", () => settle(address));
      });
    });
  }

  #connect(server: Endpoint): TcpSide {
    const client: Endpoint = { address: PLACES.client.address, port: this.#nextPort++ };
    const dialer = new TcpSide(this.#border, "out", client, server);
    const acceptor = new TcpSide(this.#border, "in", server, client);
    TcpSide.join(dialer, acceptor);
    const flowId = `tcp ${client.address}:${client.port} ${server.address}:${server.port}`;
    const forged = (injection: Injection): void =>
      (injection.toward === "inside" ? dialer : acceptor).forged(injection);
    const release = this.#border.own(flowId, forged);
    void Promise.all([dialer.ended, acceptor.ended]).then(release);
    const accept = this.#listeners.get(server.address);
    if (accept !== undefined) dressAcceptor(acceptor, accept);
    else acceptor.isListening = false;
    return dialer;
  }
}
