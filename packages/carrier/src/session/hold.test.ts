import type { Signer } from "@chapar/wire/bytes";
import { concatBytes } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { sessionCrypto } from "../node/session-crypto.ts";
import type { Link } from "../port.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { linkPair, type LinkPair } from "../testing/link-pair.ts";
import { SeededRng } from "../testing/seeded-rng.ts";
import { SessionAcceptor } from "./acceptor.ts";
import { prepareLink, requestAttach, requestHold, type PreparedLink } from "./attach.ts";
import { CHAIN_START, holdMessage } from "./crypto.ts";
import { dialSession } from "./dialer.ts";
import type { Session } from "./driver.ts";
import { encodeFrame, NONCE_BYTES } from "./frames.ts";
import { loadPage } from "./preamble.ts";

const crypto = sessionCrypto();
const START = [{ stream: 0, received: 0, credit: 0, chain: CHAIN_START }];

/** An acceptor, and links to it. */
async function world() {
  const clock = new FakeClock(0);
  const accepted: Session[] = [];
  const signer = await crypto.newSigner();
  const accept = (session: Session): void => void accepted.push(session);
  const acceptor = new SessionAcceptor({ clock, rng: new SeededRng(1), crypto, signer, accept });
  const link = (): Link => {
    const pair = linkPair({ pieceBytes: 4096 }, clock);
    acceptor.accept(pair.acceptor);
    return pair.dialer;
  };
  const prepared = (): Promise<PreparedLink> => prepareLink(link(), { acceptorKey: signer.publicKey });
  const attach = async (on: PreparedLink, key: Signer, number: number) =>
    await requestAttach(on, { signer: key, crypto, number, mayCreate: number === 1, states: START });
  const hold = async (key: Signer): Promise<PreparedLink> => {
    const on = await prepared();
    await requestHold(on, key, crypto);
    return on;
  };
  const isOpen = async ({ framed }: PreparedLink): Promise<boolean> => {
    let isEnded = false;
    void framed.link.ended.then(() => (isEnded = true));
    await clock.advance(1);
    return !isEnded;
  };
  return { clock, accepted, acceptor, prepared, attach, hold, isOpen };
}

describe("a link that is held for a session", () => {
  it("P-140 waits as long as it takes, counts as proved, and is attached by the session's key alone", async () => {
    const w = await world();
    const [own, other] = [await crypto.newSigner(), await crypto.newSigner()];
    expect(await w.attach(await w.prepared(), own, 1)).toMatchObject({ type: "attached" });
    const spare = await w.hold(own);
    expect(await spare.framed.next()).toEqual({ type: "held" });
    await w.clock.advance(240_000);
    expect([await w.isOpen(spare), w.acceptor.pending, w.acceptor.size]).toEqual([true, 0, 1]);
    // Nothing of the session moved by it.
    expect(w.accepted[0]?.route).toBeUndefined();
    await expect(w.attach(spare, other, 1)).rejects.toMatchObject({ code: "carrier/unusable" });
    expect(await w.attach(await w.hold(own), own, 2)).toMatchObject({ type: "attached" });
    expect(w.acceptor.size).toBe(1);
  });

  it("P-140 is one: the newest; it goes with its session", async () => {
    const w = await world();
    const own = await crypto.newSigner();
    const first = await w.prepared();
    await w.attach(first, own, 1);
    const [older, newer] = [await w.hold(own), await w.hold(own)];
    expect([await w.isOpen(older), await w.isOpen(newer)]).toEqual([false, true]);
    first.framed.link.close();
    await w.clock.advance(400_000);
    expect([await w.isOpen(newer), w.acceptor.size]).toEqual([false, 0]);
  });

  it.each([
    ["a session that nobody knows", async (w: World) => await w.hold(await crypto.newSigner())],
    [
      "a session of another, by a signature of one's own",
      async (w: World, own: Signer) => {
        const on = await w.prepared();
        const body = concatBytes(own.publicKey, new Uint8Array(NONCE_BYTES));
        const signature = await (await crypto.newSigner()).sign(holdMessage(crypto.sha256, on.challenge, body));
        on.framed.link.send(encodeFrame.signed("hold", body, signature));
        return on;
      },
    ],
    [
      "a session by what was signed for another link",
      async (w: World, own: Signer) => {
        const [on, elsewhere] = [await w.prepared(), await w.prepared()];
        await requestHold({ ...elsewhere, framed: on.framed }, own, crypto);
        elsewhere.framed.link.close();
        return on;
      },
    ],
    [
      "a session twice",
      async (w: World, own: Signer) => {
        const on = await w.hold(own);
        await requestHold(on, own, crypto);
        return on;
      },
    ],
    [
      "a session, and then fed",
      async (w: World, own: Signer) => {
        const on = await w.hold(own);
        for (let i = 0; i < 9; i++) on.framed.link.send(encodeFrame.echo("echo", new Uint8Array(16_384)));
        return on;
      },
    ],
  ])("P-140 is closed when it is to be held for %s", async (_, ask) => {
    const w = await world();
    const own = await crypto.newSigner();
    const first = await w.prepared();
    await w.attach(first, own, 1);
    const on = await ask(w, own);
    expect(await w.clock.runUntil(on.framed.link.ended)).toBe("closed");
    expect([await w.isOpen(first), w.acceptor.size, w.acceptor.pending]).toEqual([true, 1, 0]);
  });
});

describe("pages that a link seems to load", () => {
  it("P-143 are 64 KiB at most, and then the link is attached as any other", async () => {
    const w = await world();
    const own = await crypto.newSigner();
    const on = await w.prepared();
    for (let page = 0; page < 4; page++) await loadPage(on.framed, () => 0.99);
    expect(await w.attach(on, own, 1)).toMatchObject({ type: "attached" });
    const greedy = await w.prepared();
    for (let page = 0; page < 4; page++) await loadPage(greedy.framed, () => 0.99);
    await expect(loadPage(greedy.framed, () => 0.99)).rejects.toMatchObject({ code: "carrier/unusable" });
    expect(await w.clock.runUntil(greedy.framed.link.ended)).toBe("closed");
  });
});

describe("an answer that comes too late", () => {
  it("P-144 to an attach that was given up does not move the session, which goes on over another link", async () => {
    const w = await world();
    const { clock } = w;
    const pairs: LinkPair[] = [];
    const findLink = async ({ usable }: { usable: (link: Link) => Promise<PreparedLink> }) => {
      const pair = linkPair({ pieceBytes: 4096, latencyMs: 20, closeLimitMs: 30_000 }, clock);
      pairs.push(pair);
      w.acceptor.accept(pair.acceptor);
      const value = await usable(pair.dialer);
      // The second link stands still when it is to be attached, and goes on after it was given up.
      if (pairs.length === 2) pair.freeze();
      return { route: `memory:${pairs.length}`, value };
    };
    const options = { clock, rng: new SeededRng(2), crypto, findLink };
    const session = await clock.runUntil(dialSession(options, { signal: new AbortController().signal }));
    w.accepted[0]?.link.receive((chunk) => w.accepted[0]?.link.send(chunk.slice()));
    const got: number[] = [];
    session.link.receive((chunk) => got.push(...chunk));
    pairs[0]?.cut();
    session.link.send(Uint8Array.of(1, 2));
    while (pairs.length < 2) await clock.advance(10);
    await clock.advance(4_010);
    pairs[1]?.thaw();
    await clock.advance(6_000);
    session.link.send(Uint8Array.of(3));
    await clock.advance(2_000);
    expect([got, session.route, session.fault]).toEqual([[1, 2, 3], "memory:3", undefined]);
  });
});

type World = Awaited<ReturnType<typeof world>>;
