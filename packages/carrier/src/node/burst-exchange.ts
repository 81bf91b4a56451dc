/*
 * Exchanges of bursts in Node: each over a connection of its own, which is the point of them. TLS sessions are resumed,
 * because a resumed handshake costs half the packets.
 */
import * as http from "node:http";
import * as https from "node:https";
import type { LookupFunction } from "node:net";
import { randomBytes } from "node:crypto";
import { burstCarrier, type BurstCarrierOptions, type BurstExchange } from "../burst/burst-carrier.ts";
import { MAX_BURST_BODY_BYTES } from "../burst/burst-acceptor.ts";
import { CarrierError } from "../errors.ts";
import type { Carrier } from "../port.ts";
import { systemClock, systemRng } from "./system.ts";

/** What Node's bursts may be told beyond the bounds of all bursts. */
export interface NodeBurstOptions extends Partial<BurstCarrierOptions> {
  /** fields of each request, as an ordinary client of the front would send them */
  readonly headers?: Readonly<Record<string, string>>;
  /** options of the TLS handshake; certificates are checked unless they say otherwise */
  readonly tls?: https.AgentOptions;
  /** names to addresses, as `node:net` asks it; the system's resolver */
  readonly lookup?: LookupFunction;
}

function reasonOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Requests over Node's own client, one connection each. */
export function nodeBurstExchange({
  headers = {},
  tls = {},
  lookup,
}: Pick<NodeBurstOptions, "headers" | "tls" | "lookup"> = {}): BurstExchange {
  const finding = lookup === undefined ? {} : { lookup };
  const agents = {
    "http:": new http.Agent({ keepAlive: false }),
    "https:": new https.Agent({ ALPNProtocols: ["http/1.1"], ...tls, keepAlive: false, maxCachedSessions: 16 }),
  };
  return ({ method, url, body }, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const isTls = url.startsWith("https:");
      const fail = (error: Error): void =>
        // oxlint-disable-next-line promise/prefer-reject-errors -- a signal's reason is whatever its owner gave
        reject(
          signal.aborted ? signal.reason : new CarrierError("carrier/unreachable", reasonOf(error), { cause: error }),
        );
      const request = (isTls ? https : http).request(
        url,
        { method, agent: agents[isTls ? "https:" : "http:"], headers, signal, ...finding },
        (response) => {
          const chunks: Buffer[] = [];
          let sizeBytes = 0;
          response.on("data", (chunk: Buffer) => {
            chunks.push(chunk);
            if ((sizeBytes += chunk.byteLength) > MAX_BURST_BODY_BYTES) request.destroy(new Error("too long"));
          });
          response.on("error", fail);
          response.on("end", () => {
            const { statusCode = 0 } = response;
            if (statusCode !== 200) reject(new CarrierError("carrier/unreachable", `http ${statusCode}`));
            else resolve(new Uint8Array(Buffer.concat(chunks)));
          });
        },
      );
      request.on("error", fail);
      request.end(body);
    });
}

/** Drives `burst+https://` and `burst+http://` routes from Node. @see burstCarrier */
export function nodeBurstCarrier(options: NodeBurstOptions = {}): Carrier {
  const { headers, tls, lookup, ...bounds } = options;
  const wanted = {
    ...(headers === undefined ? {} : { headers }),
    ...(tls === undefined ? {} : { tls }),
    ...(lookup === undefined ? {} : { lookup }),
  };
  return burstCarrier({
    exchange: nodeBurstExchange(wanted),
    clock: systemClock(),
    rng: systemRng(),
    randomBytes: (sizeBytes) => new Uint8Array(randomBytes(sizeBytes)),
    ...bounds,
  });
}
