/*
 * Where people come in: sessions over WebSockets at /v1/session, sealed ones at /v1/sealed, volunteers' tabs at /v1/help, and over bursts at the burst path (protocol/8-road.md), bare
 * links at /v1/link for peers and older clients. Whatever is not a burst gets what the site gives to anybody, byte for byte
 * and in the same order of events: every POST is read before it is answered, so that waiting for a body tells nothing.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import {
  addressClass,
  BURST_PATH,
  BurstAcceptor,
  HELP_PATH,
  type HelpDesk,
  LINK_PATH,
  MAX_BURST_BODY_BYTES,
  parseIpv6,
  SEALED_LINK_PATH,
  SEALED_PATH,
  SESSION_PATH,
  SessionAcceptor,
  type Clock,
  type Link,
  type Rng,
  type Session,
} from "@chapar/carrier";
import {
  type DoorIdentity,
  openDoorLink,
  sessionCrypto,
  WEB_SOCKET_SERVER_OPTIONS,
  webSocketLink,
} from "@chapar/carrier/node";
import type { Signer } from "@chapar/wire/bytes";
import { WebSocketServer } from "ws";
import type { Observer } from "../ports.ts";

/** Paths whose POSTs read their own bodies. */
const OWN_POSTS: ReadonlySet<string> = new Set(["/witness/add-checkpoint"]);

/** For TLS to be agreed on over the slowest road there is. */
const SEAL_LIMIT_MS = 20_000;

/** What a gate needs. */
export interface RoadGateOptions {
  readonly signer: Signer;
  readonly clock: Clock;
  /** jitter of keep-alives, never for secrets */
  readonly jitter: Rng;
  readonly count: Observer["count"];
  /** takes a link whose frames begin */
  readonly accept: (link: Link) => void;
  /** takes the streams that people open in a session */
  readonly serve: (session: Session, source: string) => void;
  /** what links are sealed to (P-60, P-112) */
  readonly identity: DoorIdentity;
  /** where volunteers' tabs are taken and asked for; undefined: there is no such door here */
  readonly desk: HelpDesk | undefined;
  /** whether the station has as many links as it may */
  readonly isFull: () => boolean;
  /** sessions at once; 10,000 (P-17) */
  readonly maxSessions?: number | undefined;
}

/** The network that requests are counted by: an IPv4 address, the /64 of an IPv6 one. */
export function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  return parseIpv6(address)?.slice(0, 4).join(":") ?? address;
}

/** Whom a request is from: the address, or what a proxy on the operator's own network says it passed on. */
export function sourceOf({ headers, socket }: Pick<IncomingMessage, "headers" | "socket">): string {
  const address = socket.remoteAddress ?? "";
  const passedOn = headers["x-forwarded-for"]?.toString().split(",").at(-1)?.trim() ?? "";
  const isProxy = isIP(address) !== 0 && addressClass(address) !== "public" && isIP(passedOn) !== 0;
  return networkOf(isProxy ? passedOn : address);
}

/** What stands after the burst path in a URL's path; undefined when it is not below it. A proxy may keep a base before it. */
function burstRest(path: string): string | undefined {
  const at = path.indexOf(BURST_PATH);
  if (at < 0) return undefined;
  const rest = path.slice(at + BURST_PATH.length);
  return rest === "" ? "" : rest.startsWith("/") ? rest.slice(1) : undefined;
}

/** @returns undefined when there is more than any burst has */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    if ((sizeBytes += piece.byteLength) > MAX_BURST_BODY_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

const refuse = (socket: Duplex, status: string): void => {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
};

/** Takes links of every kind at one server. */
export class RoadGate {
  readonly sessions: SessionAcceptor;
  readonly bursts: BurstAcceptor;
  readonly #options: RoadGateOptions;
  readonly #sockets = new WebSocketServer(WEB_SOCKET_SERVER_OPTIONS);

  constructor(options: RoadGateOptions) {
    this.#options = options;
    const { clock, signer, jitter: rng, count, maxSessions, desk } = options;
    this.sessions = new SessionAcceptor({
      clock,
      rng,
      signer,
      crypto: sessionCrypto(),
      accept: (session, source) => {
        count("sessions_opened", 1);
        options.serve(session, source);
        if (options.isFull()) session.link.close();
        else options.accept(session.link);
      },
      onBound: (bound) => count("sessions_refused", 1, bound),
      ...(desk === undefined ? {} : { find: (message, source) => desk.find(message, source) }),
      ...(maxSessions === undefined ? {} : { bounds: { maxSessions } }),
    });
    this.bursts = new BurstAcceptor({
      clock,
      accept: (link, source) => {
        count("bursts_opened", 1);
        this.sessions.accept(link, source);
      },
      onBound: () => count("bursts_refused", 1),
    });
  }

  /** Takes links that come as WebSockets at a server; with `isNear` sealed ones only, those of stations too. */
  listen(server: Server, isNear = false): void {
    server.on("upgrade", (request, socket, head) => {
      socket.on("error", () => socket.destroy());
      const path = (request.url ?? "").split("?")[0] ?? "";
      const take = isNear ? this.#nearTakerOf(path, sourceOf(request)) : this.#takerOf(path, sourceOf(request));
      if (take === undefined) refuse(socket, "404 Not Found");
      else if (this.#options.isFull()) refuse(socket, "503 Service Unavailable");
      else this.#sockets.handleUpgrade(request, socket, head, (webSocket) => take(webSocketLink(webSocket)));
    });
  }

  /** What is done with a link that comes at a path; undefined: it is none of this gate's. */
  #takerOf(path: string, source: string): ((link: Link) => void) | undefined {
    const { accept, desk } = this.#options;
    if (path.endsWith(SESSION_PATH)) return (link) => this.sessions.accept(link, source);
    if (path.endsWith(SEALED_PATH)) return (link) => this.unseal(link, source);
    if (path.endsWith(HELP_PATH) && desk !== undefined) return (link) => desk.accept(link, source);
    return path.endsWith(LINK_PATH) ? accept : undefined;
  }

  #nearTakerOf(path: string, source: string): ((link: Link) => void) | undefined {
    if (path === SEALED_PATH) return (link) => this.unseal(link, source);
    return path === SEALED_LINK_PATH ? (link) => this.unseal(link, source, this.#options.accept) : undefined;
  }

  /** Takes a link that somebody on the way was not to read; one that is not sealed to this station's key ends. */
  unseal(link: Link, source: string, take = (inner: Link): void => this.sessions.accept(inner, source)): void {
    if (this.#options.isFull()) return link.close();
    openDoorLink(link, this.#options.identity, { sealLimitMs: SEAL_LIMIT_MS }).then(take, () => undefined);
    return undefined;
  }

  /**
   * Answers a request if it is a burst.
   *
   * @returns false when it is not, or when the other end went away: then nothing was written. A POST's body has been read.
   */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { method = "", url = "" } = request;
    const path = url.split("?")[0] ?? "";
    const isPost = method === "POST" && !OWN_POSTS.has(path);
    const body = isPost ? await bodyOf(request) : new Uint8Array(0);
    const rest = burstRest(path);
    if (rest === undefined || body === undefined) return false;
    const answer = await this.bursts.handle({ method, path: rest, body, source: sourceOf(request) });
    if (answer === undefined) return false;
    response.writeHead(answer.status, { ...answer.headers }).end(answer.body);
    return true;
  }

  /** Ends whatever is left. */
  async close(): Promise<void> {
    this.bursts.drop();
    await this.sessions[Symbol.asyncDispose]();
  }
}
