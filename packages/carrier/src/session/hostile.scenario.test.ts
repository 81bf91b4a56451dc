import { describe, expect, it } from "vitest";
import type { Signer } from "@chapar/wire/bytes";
import type { Link } from "../port.ts";
import { sessionCrypto } from "../node/session-crypto.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { linkPair, type LinkPair } from "../testing/link-pair.ts";
import { SeededRng } from "../testing/seeded-rng.ts";
import { SessionAcceptor, type AcceptorBounds } from "./acceptor.ts";
import { prepareLink, requestAttach, type AttachAnswer, type PreparedLink } from "./attach.ts";
import { dialSession } from "./dialer.ts";
import type { Session } from "./driver.ts";
import { encodeFrame, REFUSAL, SEGMENT_KIND } from "./frames.ts";
import { CHAIN_START } from "./crypto.ts";
import { PROBE_BYTES } from "./limits.ts";

const crypto = sessionCrypto();
const NEVER = new AbortController().signal;
const START = [{ stream: 0, received: 0, credit: 0, chain: CHAIN_START }];

class World {
  readonly clock = new FakeClock(0);
  readonly rng = new SeededRng(1);
  readonly accepted: Session[] = [];
  readonly pairs: LinkPair[] = [];
  acceptor!: SessionAcceptor;
  signer!: Signer;

  static async make(bounds: Partial<AcceptorBounds> = {}): Promise<World> {
    const world = new World();
    const { clock, rng } = world;
    world.signer = await crypto.newSigner();
    const accept = (session: Session): void => void world.accepted.push(session);
    world.acceptor = new SessionAcceptor({ clock, rng, crypto, signer: world.signer, accept, bounds });
    return world;
  }

  link(source?: string): Link {
    const pair = linkPair({ pieceBytes: 4096 }, this.clock);
    this.pairs.push(pair);
    this.acceptor.accept(pair.acceptor, source);
    return pair.dialer;
  }

  prepared(source?: string): Promise<PreparedLink> {
    return prepareLink(this.link(source), { acceptorKey: this.signer.publicKey });
  }

  async attach(signer: Signer, number: number, mayCreate = true, source?: string): Promise<AttachAnswer> {
    const prepared = await this.prepared(source);
    return await requestAttach(prepared, { signer, crypto, number, mayCreate, states: START });
  }

  dial(findLink?: () => Promise<PreparedLink>): Promise<Session> {
    const { clock, rng } = this;
    const find = async (): Promise<{ route: string; value: PreparedLink }> => ({
      route: "memory:one",
      value: await (findLink ?? (() => this.prepared()))(),
    });
    return dialSession({ clock, rng, crypto, findLink: find, acceptorKey: this.signer.publicKey }, { signal: NEVER });
  }
}

/** Passes bytes both ways and keeps what the dialer said. */
function relay(from: Link, to: Link): { readonly said: Uint8Array[] } {
  const said: Uint8Array[] = [];
  from.receive((chunk) => {
    said.push(chunk.slice());
    to.send(chunk);
  });
  to.receive((chunk) => from.send(chunk));
  return { said };
}

describe("hostile relays", () => {
  it("P-13 cannot resume a session with what they saw of it", async () => {
    const world = await World.make();
    const outer = linkPair({ pieceBytes: 4096 }, world.clock);
    const { said } = relay(outer.acceptor, world.link());
    const session = await world.dial(() => prepareLink(outer.dialer, { acceptorKey: world.signer.publicKey }));
    session.link.send(Uint8Array.of(1, 2, 3));
    await world.clock.advance(100);
    expect(said.length).toBeGreaterThan(1);
    // Everything the dialer ever said, over a link of their own: the challenge is another.
    const replayed = world.link();
    for (const chunk of said) replayed.send(chunk);
    expect(await world.clock.runUntil(replayed.ended)).toBe("closed");
    expect(world.accepted).toHaveLength(1);
    // The session is where it was.
    world.accepted[0]?.link.send(Uint8Array.of(4));
    const got = new Promise<Uint8Array>((resolve) => session.link.receive(resolve));
    expect([...(await world.clock.runUntil(got))]).toEqual([4]);
  });

  it("P-13 cannot resume a session under its name with a key of their own", async () => {
    const world = await World.make();
    const victim = await crypto.newSigner();
    const thief = await crypto.newSigner();
    await world.attach(victim, 1);
    const posing: Signer = { publicKey: victim.publicKey, sign: (message) => thief.sign(message) };
    await expect(world.attach(posing, 2)).rejects.toMatchObject({ code: "carrier/unusable" });
    expect(world.acceptor.size).toBe(1);
  });

  it("P-13 an attach that comes late does not take a session back from a newer link", async () => {
    const world = await World.make();
    const signer = await crypto.newSigner();
    const late = await world.prepared();
    expect((await world.attach(signer, 2)).type).toBe("attached");
    const answer = await requestAttach(late, { signer, crypto, number: 1, mayCreate: true, states: START });
    expect(answer).toEqual({ type: "refused", code: REFUSAL.stale });
  });

  it("P-14 cannot pose as the station, at the first link or later", async () => {
    const world = await World.make();
    const impostor = await World.make();
    await expect(prepareLink(impostor.link(), { acceptorKey: world.signer.publicKey })).rejects.toMatchObject({
      code: "carrier/unusable",
    });
    // With the right key shown, and no way to sign with it.
    const posing: Signer = { publicKey: world.signer.publicKey, sign: (message) => impostor.signer.sign(message) };
    const { clock, rng } = world;
    const liar = new SessionAcceptor({ clock, rng, crypto, signer: posing, accept: () => undefined });
    const pair = linkPair({ pieceBytes: 4096 }, clock);
    liar.accept(pair.acceptor);
    await expect(
      world.dial(() => prepareLink(pair.dialer, { acceptorKey: world.signer.publicKey })),
    ).rejects.toMatchObject({ code: "carrier/unusable", reason: "proof" });
  });

  it("P-14 cannot end a session by refusing it", async () => {
    const world = await World.make();
    let dials = 0;
    const session = await world.dial(() => {
      if (++dials !== 2) return world.prepared();
      const pair = linkPair({ pieceBytes: 4096 }, world.clock);
      pair.acceptor.send(encodeFrame.challenge(new Uint8Array(16), world.signer.publicKey, 1));
      pair.acceptor.receive(() =>
        pair.acceptor.send(encodeFrame.signed("refused", Uint8Array.of(REFUSAL.gone), new Uint8Array(64))),
      );
      return prepareLink(pair.dialer, {});
    });
    for (const pair of world.pairs) pair.cut();
    session.link.send(Uint8Array.of(9));
    const got = new Promise<Uint8Array>((resolve) => world.accepted[0]?.link.receive(resolve));
    expect([...(await world.clock.runUntil(got))]).toEqual([9]);
    expect(dials).toBe(3);
  });

  it("P-10 who altered bytes ends the session at the next link, and both ends say so", async () => {
    const world = await World.make();
    const outer = linkPair({ pieceBytes: 4096 }, world.clock);
    const inner = world.link();
    let attached = false;
    outer.acceptor.receive((chunk) => {
      const altered = chunk.slice();
      if (attached) altered[altered.length - 1] = 0xee;
      inner.send(altered);
    });
    inner.receive((chunk) => outer.acceptor.send(chunk));
    let first = true;
    const session = await world.dial(() => {
      const link = first ? outer.dialer : world.link();
      first = false;
      return prepareLink(link, {});
    });
    attached = true;
    session.link.send(Uint8Array.of(1, 2, 3));
    await world.clock.advance(100);
    outer.cut();
    expect(await world.clock.runUntil(Promise.all([session.ended, world.accepted[0]?.ended]))).toEqual([
      "lost",
      "lost",
    ]);
    expect([session.fault, world.accepted[0]?.fault]).toContain("altered");
  });
});

describe("replacing a link", () => {
  it("P-8 P-11 loses nothing while both ends speak", async () => {
    const world = await World.make();
    const { clock, rng, signer } = world;
    let dials = 0;
    const findLink = async (): Promise<{ route: string; value: PreparedLink }> => {
      dials++;
      const pair = linkPair({ latencyMs: 40, bytesPerSecond: 100_000, pieceBytes: 900 }, clock);
      world.acceptor.accept(pair.acceptor);
      return { route: "memory:one", value: await prepareLink(pair.dialer, { acceptorKey: signer.publicKey }) };
    };
    const limits = { retireMs: 300 };
    const dialing = dialSession({ clock, rng, crypto, findLink, limits }, { signal: NEVER });
    const session = await clock.runUntil(dialing);
    const other = world.accepted[0]!;
    const counts = { there: 0, back: 0 };
    other.link.receive((chunk) => (counts.there += chunk.byteLength));
    session.link.receive((chunk) => (counts.back += chunk.byteLength));
    for (let i = 0; i < 100; i++) {
      session.link.send(new Uint8Array(2_000));
      other.link.send(new Uint8Array(2_000));
      await clock.advance(40);
    }
    await clock.advance(5_000);
    expect(counts).toEqual({ there: 200_000, back: 200_000 });
    expect(dials).toBeGreaterThan(5);
    expect([session.fault, other.fault]).toEqual([undefined, undefined]);
  });
});

describe("hostile dialers", () => {
  it("P-15 a session that is gone is refused, by the station itself", async () => {
    const world = await World.make();
    const answer = await world.attach(await crypto.newSigner(), 5, false);
    expect(answer).toEqual({ type: "refused", code: REFUSAL.gone });
    expect(world.acceptor.size).toBe(0);
  });

  it("P-16 ten thousand links that prove nothing hold no more than agreed, and are closed in time", async () => {
    const world = await World.make({ maxPending: 100 });
    const links = Array.from({ length: 10_000 }, () => world.link());
    expect(world.acceptor.pending).toBeLessThanOrEqual(100);
    expect(await world.clock.runUntil(links[0]!.ended, 1_000)).toBe("closed");
    await world.clock.advance(11_000);
    expect(world.acceptor.pending).toBe(0);
    expect(await links.at(-1)?.ended).toBe("closed");
    const session = await world.dial();
    expect(session.route).toBe("memory:one");
    // Ten seconds of one processor, when it is not shared.
  }, 120_000);

  it("P-17 a full table lets go of waiting sessions, of the source that has most of them, oldest first", async () => {
    const world = await World.make({ maxSessions: 6 });
    const detached = async (source: string): Promise<void> => {
      await world.attach(await crypto.newSigner(), 1, true, source);
      world.pairs.at(-1)?.cut();
      await world.clock.advance(10);
    };
    await detached("quiet");
    for (let i = 0; i < 5; i++) await detached("greedy");
    const [quiet, oldest, ...others] = [...world.accepted];
    await detached("greedy");
    expect(world.acceptor.size).toBe(6);
    expect(await oldest?.ended).toBe("lost");
    const open = await Promise.all([quiet, ...others].map((s) => Promise.race([s?.ended, Promise.resolve("open")])));
    expect(new Set(open)).toEqual(new Set(["open"]));
  });

  it("P-17 refuses new sessions when none of a full table waits", async () => {
    const world = await World.make({ maxSessions: 2 });
    for (let i = 0; i < 2; i++) expect((await world.attach(await crypto.newSigner(), 1)).type).toBe("attached");
    const answer = await world.attach(await crypto.newSigner(), 1);
    expect(answer).toEqual({ type: "refused", code: REFUSAL.busy });
    expect(world.acceptor.size).toBe(2);
  });

  it("P-17 lets go of waiting sessions that together hold too much", async () => {
    const world = await World.make({ maxHeldBytes: 60_000 });
    for (let i = 0; i < 10; i++) {
      await world.attach(await crypto.newSigner(), 1);
      world.accepted.at(-1)?.link.send(new Uint8Array(100_000));
      await world.clock.advance(10);
      world.pairs.at(-1)?.cut();
      await world.clock.advance(10);
    }
    expect(world.acceptor.heldBytes).toBeLessThanOrEqual(60_000);
    expect(world.acceptor.size).toBeGreaterThan(0);
  });

  it("P-16 gives back probes of 64 KiB, and no more than twice that", async () => {
    const world = await World.make();
    const probed = await prepareLink(world.link(), { probeBytes: PROBE_BYTES });
    const signer = await crypto.newSigner();
    const answer = await requestAttach(probed, { signer, crypto, number: 1, mayCreate: true, states: START });
    expect(answer.type).toBe("attached");
    const greedy = world.link();
    let echoedBytes = 0;
    greedy.receive((chunk) => (echoedBytes += chunk.byteLength));
    for (let i = 0; i < 20; i++) greedy.send(encodeFrame.echo("echo", new Uint8Array(16_384)));
    expect(await world.clock.runUntil(greedy.ended)).toBe("closed");
    expect(echoedBytes).toBeLessThan(140_000);
  });

  it("P-3 garbage on an attached link ends that link, and the session goes on over the next", async () => {
    const world = await World.make();
    let link: Link | undefined;
    const session = await world.dial(() => {
      link = world.link();
      return prepareLink(link, {});
    });
    link?.send(encodeFrame.segment(0, 99, SEGMENT_KIND.data, Uint8Array.of(1)));
    session.link.send(Uint8Array.of(5));
    const got = new Promise<Uint8Array>((resolve) => world.accepted[0]?.link.receive(resolve));
    expect([...(await world.clock.runUntil(got))]).toEqual([5]);
    expect(world.pairs).toHaveLength(2);
  });
});
