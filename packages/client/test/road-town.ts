/* A station with ways to it on a network in memory, and a device before them, for tests of the road. */
import { type Carrier, type Link, SessionAcceptor, type Session } from "@chapar/carrier";
import { FakeClock, type LinkPairOptions, MemoryNetwork, SeededRng } from "@chapar/carrier/testing";
import { nodeCrypto } from "@chapar/e2e/node";
import { type StationRef, stationKey } from "@chapar/wire";
import { expect } from "vitest";
import { Road } from "../src/link/road.ts";
import { sessionCryptoOf } from "../src/link/session-crypto.ts";

const crypto = sessionCryptoOf(nodeCrypto());
export const A = "https://a.test";
export const B = "https://b.test";
export const NEAR = "lan://home";
export const NEVER: AbortSignal = new AbortController().signal;

/** A station that echoes, reached at two fronts, and a device before them. */
export class Town {
  readonly clock = new FakeClock();
  readonly network: MemoryNetwork;
  readonly believed = new Map<string, string>();
  readonly moved: string[] = [];
  readonly seeking: (string | undefined)[] = [];
  readonly dialed: string[] = [];
  readonly accepted: Session[] = [];
  /** bytes after which links over a route swallow everything; no limit */
  readonly freezeAfterBytes = new Map<string, number>();
  place: string | undefined = "home";
  isOnline = true;
  /** what drives the second route */
  secondKind = "ss";
  /** whether programs here can ask the local network */
  asksNear = false;
  /** takes a link as this town's station */
  answer: (link: Link) => void = () => undefined;
  #station: StationRef | undefined;

  constructor(line: LinkPairOptions = {}) {
    this.network = new MemoryNetwork(this.clock, { latencyMs: 20, ...line });
  }

  async open(): Promise<this> {
    const signer = await crypto.newSigner();
    const rng = new SeededRng(3);
    const accept = (session: Session): void => {
      this.accepted.push(session);
      session.link.receive((chunk) => session.link.send(chunk.slice()));
    };
    const acceptor = new SessionAcceptor({ clock: this.clock, rng, crypto, signer, accept });
    for (const route of [A, B, NEAR]) this.network.listen(route, (link) => acceptor.accept(link));
    this.answer = (link): void => acceptor.accept(link);
    this.#station = { key: stationKey(signer.publicKey), urls: [A, B] };
    return this;
  }

  #carrier(kind: string, host: string): Carrier {
    const inner = this.network.carrier({ kind, handles: (route) => route.includes(host) });
    return {
      ...inner,
      dial: async (route, options) => {
        this.dialed.push(route);
        const link = await inner.dial(route, options);
        const pair = this.network.links(route).at(-1);
        let leftBytes = this.freezeAfterBytes.get(route) ?? Number.POSITIVE_INFINITY;
        const receive = link.receive.bind(link);
        link.receive = (receiver) =>
          receive((chunk) => {
            if ((leftBytes -= chunk.byteLength) < 0) pair?.freeze();
            receiver(chunk);
          });
        return link;
      },
    };
  }

  road(): Road {
    return new Road({
      crypto,
      clock: this.clock,
      rng: new SeededRng(5),
      carriers: [
        this.#carrier("web", "a.test"),
        this.#carrier(this.secondKind, "b.test"),
        this.#carrier("lan", "lan://"),
      ],
      ...(this.asksNear ? { near: () => NEAR } : {}),
      network: () => Promise.resolve(this.place),
      isOnline: () => this.isOnline,
      winners: {
        winner: (network) => this.believed.get(network),
        believe: (network, route) => Promise.resolve(void this.believed.set(network, route)),
      },
      pause: (delayMs, signal) => this.clock.sleep(delayMs, signal),
      onMoved: (kind) => this.moved.push(kind),
      onSeeking: (code) => this.seeking.push(code),
    });
  }

  get station(): StationRef {
    if (this.#station === undefined) throw new Error("not open");
    return this.#station;
  }

  /** A session, and what has come back over it. */
  async talk(road = this.road()): Promise<Talk> {
    const session = await this.clock.runUntil(road.open(() => this.station, NEVER));
    return new Talk(this, road, session);
  }
}

/** A session, and what has come back over it. */
export class Talk {
  readonly session: Session;
  readonly #town: Town;
  readonly #road: Road;
  #said = 0;
  #heard = 0;
  #inOrder = true;

  constructor(town: Town, road: Road, session: Session) {
    this.#town = town;
    this.#road = road;
    this.session = session;
    session.link.receive((chunk) => {
      for (const byte of chunk) this.#inOrder &&= byte === this.#heard++ % 251;
      road.carried();
    });
  }

  /** Says so many bytes and waits until they have come back, once and in order. @returns how long it took */
  async say(sizeBytes: number, limitMs = 120_000): Promise<number> {
    const { clock } = this.#town;
    const beganAtMs = clock.nowMs();
    this.session.link.send(Uint8Array.from({ length: sizeBytes }, () => this.#said++ % 251));
    const back = async (): Promise<void> => {
      while (this.#heard < this.#said) await clock.sleep(10, NEVER);
    };
    await clock.runUntil(back(), limitMs);
    expect([this.#heard, this.#inOrder]).toEqual([this.#said, true]);
    return clock.nowMs() - beganAtMs;
  }

  /** Lets time pass in which nobody says anything. */
  async rest(durationMs: number): Promise<void> {
    await this.#town.clock.advance(durationMs);
    this.#road.carried();
  }

  get linkBytes(): number {
    return this.session.linkBytes;
  }
}
