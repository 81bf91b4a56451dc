/*
 * Links to other stations, one for each station in use: dialed when needed, or accepted when the other dialed us. After
 * `peer.auth` the two are the same thing, so a hub behind a firewall that dialed us is asked over that link.
 *
 *   dialer                         acceptor
 *     | <------------------- hello   |
 *     | greet, prove ------------->  |   the acceptor's key is checked before ours is shown
 *     | peer.auth ---------------->  |
 *     | <===== both sides ask =====> |
 */
import { type Carrier, type Link, mayDial, routeClass, type AddressClass } from "@chapar/carrier";
import {
  peerMessage,
  PROTOCOL_VERSIONS,
  proveMessage,
  type Hello,
  type Request,
  type Response,
  type StationKey,
  type StationRef,
} from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { bytesKey } from "../bytes-key.ts";
import { Bug, isStationError, stationError } from "../errors.ts";
import { PEER_ANSWER_LIMIT_MS, PEER_DIAL_LIMIT_MS } from "../limits.ts";
import type { StationIdentity, StationPorts } from "../ports.ts";
import type { StationBorder } from "../residency/border.ts";
import type { LinkState } from "../session/services.ts";

/** What a peer link is made with. */
export interface PeerOptions {
  readonly ports: StationPorts;
  readonly self: StationIdentity;
  readonly carrier: Carrier;
  /** judges what is asked of other stations, and has it rest at home first */
  readonly border: StationBorder;
  /** the narrowest addresses that may be dialed for a client (W-25) */
  readonly addressClass: AddressClass;
  /** URLs that the operator named: always allowed */
  readonly operatorUrls: readonly string[];
  /** makes a session of a link that was dialed */
  readonly adopt: (link: Link) => LinkState;
}

/** A station to dial: by key, or (from the operator's list) whatever key it proves. */
export interface PeerTarget {
  readonly key: StationKey | undefined;
  readonly urls: readonly string[];
}

/** Links to peers, by key. */
export class Peers {
  readonly #options: PeerOptions;
  readonly #links = new Map<string, LinkState[]>();
  /** by key and URLs */
  readonly #dialing = new Map<string, Promise<LinkState>>();
  readonly #joinListeners = new Set<(key: StationKey) => void>();

  constructor(options: PeerOptions) {
    this.#options = options;
  }

  /** Calls back whenever a link to a peer is ready. */
  onJoined(listener: (key: StationKey) => void): void {
    this.#joinListeners.add(listener);
  }

  /** A link has become a peer's. */
  joined(session: LinkState): void {
    const { peer } = session;
    if (peer === undefined) return;
    const key = bytesKey(peer.ref.key);
    this.#links.set(key, [...(this.#links.get(key) ?? []), session]);
    this.#options.ports.observer.note("peer link opened");
    for (const listener of this.#joinListeners) listener(peer.ref.key);
  }

  /** A link has ended. */
  left(session: LinkState): void {
    const { peer } = session;
    if (peer === undefined) return;
    const key = bytesKey(peer.ref.key);
    const others = (this.#links.get(key) ?? []).filter((other) => other !== session);
    if (others.length === 0) this.#links.delete(key);
    else this.#links.set(key, others);
    this.#options.ports.observer.note("peer link lost");
  }

  /** A link that is open, newest first. */
  current(key: StationKey): LinkState | undefined {
    return this.#links.get(bytesKey(key))?.findLast((session) => !session.frames.closed);
  }

  /** A link to a station: one that is open, or a new one. @throws StationError `station/peer-unreachable` · `station/peer-refused` */
  async link(ref: StationRef): Promise<LinkState> {
    const open = this.current(ref.key);
    if (open !== undefined) return open;
    // Who names a station by URLs that lead nowhere must not make those wait who name it by the true ones.
    const way = [bytesKey(ref.key), ...ref.urls].join(" ");
    const dialing = this.#dialing.get(way) ?? this.dial(ref).finally(() => this.#dialing.delete(way));
    this.#dialing.set(way, dialing);
    return await dialing;
  }

  /** Asks a station and waits for the answer, for a bounded time. An `error` answer is an answer. */
  async ask(ref: StationRef, body: Request): Promise<Response> {
    const session = await this.link(ref);
    return await this.askOn(session, body);
  }

  /** As `ask`, on a link; what residents wrote is at home before. @throws StationError `station/peer-unreachable` · `station/region-refused` */
  async askOn(session: LinkState, body: Request): Promise<Response> {
    const { peer } = session;
    if (peer !== undefined) await this.#options.border.homeFirst(peer.region, body);
    return await this.#within(PEER_ANSWER_LIMIT_MS, session.frames.ask(body));
  }

  async #within<T>(limitMs: number, work: Promise<T>): Promise<T> {
    const done = new AbortController();
    const late = this.#options.ports.clock.sleep(limitMs, done.signal).then(() => {
      throw stationError("station/peer-unreachable");
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([work, late]);
    } finally {
      done.abort();
    }
  }

  /** Whether a URL may be dialed (W-25). */
  mayDialUrl(url: string): boolean {
    if (this.#options.operatorUrls.includes(url)) return true;
    const target = routeClass(url);
    return target !== undefined && mayDial(this.#options.addressClass, target);
  }

  /** Dials a station, URL by URL. @throws StationError `station/peer-unreachable` · `station/peer-refused` */
  async dial(target: PeerTarget): Promise<LinkState> {
    let failure = stationError("station/peer-unreachable");
    for (const url of target.urls) {
      if (!this.#options.carrier.handles(url) || !this.mayDialUrl(url)) continue;
      try {
        return await this.#dialUrl(url, target.key);
      } catch (error) {
        failure = isStationError(error) ? error : stationError("station/peer-unreachable", undefined, error);
      }
    }
    throw failure;
  }

  async #dialUrl(url: string, expected: StationKey | undefined): Promise<LinkState> {
    const late = new AbortController();
    const timer = this.#options.ports.clock.sleep(PEER_DIAL_LIMIT_MS, late.signal).then(() => late.abort());
    timer.catch(() => undefined);
    let link: Link;
    try {
      link = await this.#options.carrier.dial(url, { signal: late.signal });
    } finally {
      late.abort();
    }
    const session = this.#options.adopt(link);
    try {
      await this.#within(PEER_ANSWER_LIMIT_MS, this.#introduce(session, url, expected));
      return session;
    } catch (error) {
      session.frames.goodbye("station/bad-signature");
      throw error;
    }
  }

  async #introduce(session: LinkState, url: string, expected: StationKey | undefined): Promise<void> {
    const { ports, self } = this.#options;
    const hello = await session.hello;
    if (hello === undefined) throw new Bug("introduced on a link that the other side dialed");
    const isOther = expected !== undefined && !equalBytes(hello.station, expected);
    if (isOther || equalBytes(hello.station, self.ref.key)) throw stationError("station/peer-refused");
    await this.#greet(session, hello);
    const nonce = ports.rng(32);
    const proof = await session.frames.ask({ type: "prove", nonce });
    const isProved =
      proof.type === "proof" &&
      (await ports.verify(hello.station, proveMessage(hello.station, nonce), proof.signature));
    if (!isProved) throw stationError("station/peer-refused");
    const signature = await ports.signer.sign(peerMessage(hello.station, hello.nonce, self.ref.key));
    // Ready before the answer comes: the other side may ask as soon as it has said `done`.
    session.becomePeer({ ref: { key: hello.station, urls: [url] }, region: hello.region }, hello.nonce);
    const answer = await session.frames.ask({ type: "peer.auth", self: self.ref, region: self.region, signature });
    if (answer.type !== "done") throw stationError("station/peer-refused");
    this.joined(session);
  }

  async #greet(session: LinkState, hello: Hello): Promise<void> {
    const version = Math.min(PROTOCOL_VERSIONS[1], hello.versions[1]);
    if (version < PROTOCOL_VERSIONS[0] || version < hello.versions[0]) throw stationError("station/peer-refused");
    const answer = await session.frames.ask({ type: "greet", version });
    if (answer.type !== "done") throw stationError("station/peer-refused");
  }
}
