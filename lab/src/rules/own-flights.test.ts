/* R4 against our own sessions: what it sees of their first flights, with the shape that they have (P-142) and without. */
import { dialSession, type Link, type PreparedLink, SessionAcceptor } from "@chapar/carrier";
import { sessionCrypto } from "@chapar/carrier/node";
import { FakeClock, linkPair, SeededRng } from "@chapar/carrier/testing";
import { describe, expect, it } from "vitest";
import { BurstJudge } from "./r04.ts";

const crypto = sessionCrypto();
const TRIALS = 40;
/** A WebSocket frame's head and a TLS record's head and tag, less what the rule takes off for a record. */
const WRAPPED_BYTES = 8 + 22 - 24;
/** What the WebSocket's own beginning takes, both ways. */
const UPGRADE_BYTES = [430, 129] as const;
const NEVER = new AbortController().signal;

/** What a client says turn by turn, given randomness; and the station. */
interface Play {
  readonly says: (turn: number, random: () => number) => number;
  readonly answers: (turn: number, random: () => number) => number;
}

/** Small frames in lock step, as people's programs begin. */
const CONVERSATION: Play = {
  says: (turn, random) => 60 + Math.floor(random() * (turn % 4 === 3 ? 900 : 220)),
  answers: (_, random) => Math.floor(20 + random() ** 3 * 6_000),
};

/** What a browser and a site say over a tunnel: hello, certificates, finished, tickets; then a page. */
const HANDSHAKE: Play = {
  says: (turn, random) => Math.floor(([1_760, 700, 420][turn] ?? 400) * (1 + random() / 10)),
  answers: (turn, random) => Math.floor(([4_700, 900, 9_000][turn] ?? 3_000) * (1 + random() / 10)),
};

/** Whether the rule takes what is said for a handshake, and how many records it had looked at before anything was said. */
async function trial(
  seed: number,
  { says, answers }: Play,
  { isShaped, pages = 0 }: { readonly isShaped: boolean; readonly pages?: number },
): Promise<{ readonly isFlagged: boolean; readonly before: number }> {
  const clock = new FakeClock();
  const rng = new SeededRng(seed);
  const judge = new BurstJudge();
  let found: string | undefined;
  let [turn, leftBytes] = [0, 0];
  const push = (fromClient: boolean, sizeBytes: number): void => {
    if (judge.units < 40) found ??= judge.push(fromClient, sizeBytes);
  };
  push(true, UPGRADE_BYTES[0] + Math.floor(rng.next() * 60));
  push(false, UPGRADE_BYTES[1]);
  const pair = linkPair({ latencyMs: 40, pieceBytes: 16_384 }, clock);
  const measured = (link: Link, fromClient: boolean): Link => {
    const send = link.send.bind(link);
    return Object.assign(link, {
      isOneFlow: isShaped,
      send(bytes: Uint8Array) {
        push(fromClient, bytes.byteLength + WRAPPED_BYTES);
        send(bytes);
      },
    });
  };
  const [dialed, accepted] = [measured(pair.dialer, true), measured(pair.acceptor, false)];
  const acceptor = new SessionAcceptor({
    clock,
    rng,
    crypto,
    signer: await crypto.newSigner(),
    accept: ({ link }) =>
      link.receive((chunk) => {
        leftBytes -= chunk.byteLength;
        if (leftBytes === 0) link.send(new Uint8Array(answers(turn, () => rng.next())));
      }),
  });
  acceptor.accept(accepted);
  const findLink = async ({ usable }: { usable: (link: Link) => Promise<PreparedLink> }) => ({
    route: "memory:one",
    value: await usable(dialed),
  });
  const session = await clock.runUntil(dialSession({ clock, rng, crypto, findLink, pages }, { signal: NEVER }));
  session.link.receive(() => undefined);
  const before = judge.units;
  for (; turn < 12; turn++) {
    leftBytes = says(turn, () => rng.next());
    session.link.send(new Uint8Array(leftBytes));
    await clock.advance(100 + rng.next() * 50);
  }
  return { isFlagged: found !== undefined, before };
}

async function trials(...of: [Play, Parameters<typeof trial>[2]]): Promise<{ flagged: number; leastBefore: number }> {
  const all: Awaited<ReturnType<typeof trial>>[] = [];
  for (let seed = 1; seed <= TRIALS; seed++) all.push(await trial(seed, ...of));
  return {
    flagged: all.filter(({ isFlagged }) => isFlagged).length,
    leastBefore: Math.min(...all.map(({ before }) => before)),
  };
}

describe("R4 and our own flights", () => {
  it("P-142 takes none of them for a handshake, and most of them without their shape", async () => {
    expect((await trials(CONVERSATION, { isShaped: false })).flagged).toBeGreaterThan(TRIALS / 2);
    expect((await trials(CONVERSATION, { isShaped: true })).flagged).toBe(0);
  });

  it("P-143 finds no handshake that a tunnel carries after some pages, and most of them without", async () => {
    expect((await trials(HANDSHAKE, { isShaped: false })).flagged).toBeGreaterThan(TRIALS / 2);
    const shaped = await trials(HANDSHAKE, { isShaped: true, pages: 4 });
    expect(shaped.flagged).toBe(0);
    // Its look at the connection was over before that began.
    expect(shaped.leastBefore).toBeGreaterThanOrEqual(40);
  });
});
