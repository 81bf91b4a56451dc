/*
 * What a platform lends the doctor. Node lends everything; a browser has carriers and pages only, and what it cannot see the doctor
 * does not name (P-123). Nothing here throws for what a network does: how it ended is the answer.
 */
import type { Carrier, Clock, Rng } from "../port.ts";
import type { Outcome } from "./seen.ts";

/** Where something listens: an address or a name, and a port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** An open TCP connection or UDP flow. */
export interface Talk {
  send(bytes: Uint8Array): void;
  /** The next bytes that come, or how it ended before any did within the time. */
  next(limitMs: number): Promise<Uint8Array | Outcome>;
  close(): void;
}

/** Sockets, where a platform has them. */
export interface Sockets {
  /** Opens a connection. @returns the talk, or why there is none */
  tcp(to: Endpoint, limitMs: number): Promise<Talk | Exclude<Outcome, "ok">>;
  /** A flow of datagrams; nothing is sent by opening it. */
  udp(to: Endpoint): Promise<Talk>;
  /** A TLS handshake with this program's own hello; the certificate does not matter. */
  ownHello(to: Endpoint, serverName: string, limitMs: number): Promise<Outcome>;
  /** addresses of the system's name servers */
  resolvers(): readonly string[];
  /** The system's own answer to a name, if any: from its files, or over TCP. */
  systemLookup(host: string, limitMs: number): Promise<string | undefined>;
  /** the network's next hop, where the platform tells it */
  gateway(): Promise<string | undefined>;
  sha256(bytes: Uint8Array): Uint8Array;
  /** A QUIC version 1 Initial that holds a ClientHello for a name (RFC 9001). */
  quicInitial(serverName: string): Uint8Array;
  randomBytes(sizeBytes: number): Uint8Array;
}

/** What a look is made with. */
export interface LookPorts {
  readonly platform: "node" | "browser";
  readonly clock: Clock;
  readonly rng: Rng;
  readonly isOnline: () => boolean;
  /** links to a station's session endpoint */
  readonly carriers: readonly Carrier[];
  readonly sockets?: Sockets | undefined;
  /** the person's settings forbid this program's own TLS hello (P-46): it is shown nowhere */
  readonly hidesOwnHello?: boolean | undefined;
  /** Whether something ordinary at a URL answers at all, where there are no sockets. */
  readonly page?: ((url: string, limitMs: number) => Promise<Outcome>) | undefined;
}
