import { describe, expect, it } from "vitest";
import { agreementKey, noiseCrypto } from "../node/index.ts";
import { noiseDial } from "../noise/nk.ts";
import { FakeClock, linkPair, SeededRng, turn } from "../testing/index.ts";
import { decodeFindAnswer, encodeFindRequest, FIND_PROLOGUE, type FindAnswer, type FindRequest } from "./find.ts";
import { HelpDesk, type HelpDeskBounds } from "./help-desk.ts";
import { encodeHelp, type HelpFrame, HelpReader } from "./help-frames.ts";
import type { SnowParty } from "./party.ts";

const crypto = noiseCrypto();
const key = agreementKey(new Uint8Array(32).fill(7));
const STATION = new Uint8Array(32).fill(1);

function party(ufrag: string): SnowParty {
  const candidates = [{ address: "192.0.2.7", port: 4000, isReflexive: true }];
  return { ufrag, password: "p".repeat(24), fingerprint: new Uint8Array(32), candidates };
}

/** A tab that answers as it is told. */
class Tab {
  readonly offers: string[] = [];
  readonly lists: Uint8Array[] = [];
  readonly link;

  constructor(
    desk: HelpDesk,
    clock: FakeClock,
    room: number,
    answers: (ufrag: string) => SnowParty | undefined | "silent",
  ) {
    const { dialer, acceptor } = linkPair({}, clock);
    this.link = dialer;
    const reader = new HelpReader(0xffff);
    dialer.receive((chunk) => {
      reader.push(chunk, (frame: HelpFrame) => {
        if (frame.type === "welcome") this.lists.push(frame.list);
        if (frame.type !== "offer") return true;
        this.offers.push(frame.party.ufrag);
        const said = answers(frame.party.ufrag);
        if (said !== "silent") dialer.send(encodeHelp({ type: "answer", number: frame.number, party: said }));
        return true;
      });
    });
    dialer.send(encodeHelp({ type: "hello", room }));
    desk.accept(acceptor, `tab ${Math.random()}`);
  }
}

interface Scene {
  readonly clock: FakeClock;
  readonly desk: HelpDesk;
  readonly outcomes: string[];
  readonly ask: (source: string, request?: Partial<FindRequest>) => Promise<FindAnswer | "nothing">;
}

function scene(bounds: Partial<HelpDeskBounds> = {}): Scene {
  const clock = new FakeClock();
  const outcomes: string[] = [];
  const desk = new HelpDesk({
    clock,
    rng: new SeededRng(1),
    crypto,
    key,
    list: () =>
      Promise.resolve({ bytes: Uint8Array.of(1, 2), names: (each) => each.every((byte, i) => byte === STATION[i]) }),
    stun: () => "",
    bounds,
    onFind: (outcome) => outcomes.push(outcome),
  });
  return {
    clock,
    desk,
    outcomes,
    async ask(source, request = {}) {
      const whole = { station: STATION, offer: party("client"), avoid: [], mayRepeat: true, ...request };
      const dialer = await noiseDial(crypto, key.publicKey, FIND_PROLOGUE, encodeFindRequest(whole));
      if (dialer === undefined) throw new Error("no dialer");
      const answer = await clock.runUntil(desk.find(dialer.message, source));
      if (answer === undefined) return "nothing";
      const agreed = await dialer.finish(answer);
      const decoded = agreed && decodeFindAnswer(agreed.payload);
      if (decoded?.ok !== true) throw new Error("no answer");
      return decoded.value;
    },
  };
}

async function settled(clock: FakeClock): Promise<void> {
  for (let i = 0; i < 5; i++) await turn();
  await clock.advance(10);
}

describe("a desk for volunteers", () => {
  it("P-114 gives an offer to one volunteer, whatever that one does, and tells what came of it", async () => {
    const { clock, desk, ask } = scene();
    expect(await ask("a")).toEqual({ found: false, why: "none" });
    const answers = [party("first"), undefined, "silent"] as const;
    let asked = 0;
    const say = (): SnowParty | undefined | "silent" => answers[asked++];
    const tabs = [1, 2, 3].map(() => new Tab(desk, clock, 8, say));
    await settled(clock);
    expect(desk.volunteerCount).toBe(3);
    expect(tabs.every((tab) => tab.lists.length === 1)).toBe(true);
    const seen = (): number => tabs.reduce((sum, { offers }) => sum + offers.length, 0);
    expect(await ask("a")).toMatchObject({ found: true, party: { ufrag: "first" } });
    expect(seen()).toBe(1);
    expect(await ask("a")).toEqual({ found: false, why: "silent" });
    expect(seen()).toBe(2);
    const before = clock.nowMs();
    expect(await ask("a")).toEqual({ found: false, why: "silent" });
    expect(clock.nowMs() - before).toBeGreaterThanOrEqual(7_000);
    expect(seen()).toBe(3);
  });

  it("P-114 leads to listed stations only, and to somebody else when somebody else is there", async () => {
    const { clock, desk, ask } = scene();
    const tabs = ["one", "two"].map((name) => new Tab(desk, clock, 8, () => party(`${name}x`)));
    await settled(clock);
    expect(await ask("a", { station: new Uint8Array(32).fill(2) })).toEqual({ found: false, why: "none" });
    expect(tabs.flatMap(({ offers }) => offers)).toEqual([]);
    const first = await ask("a");
    if (first === "nothing" || !first.found) throw new Error("nobody");
    const second = await ask("b", { avoid: [first.volunteer], mayRepeat: false });
    if (second === "nothing" || !second.found) throw new Error("nobody else");
    expect(second.volunteer).not.toBe(first.volunteer);
    const known = [first.volunteer, second.volunteer];
    expect(await ask("c", { avoid: known, mayRepeat: false })).toEqual({ found: false, why: "none" });
    expect(await ask("d", { avoid: known, mayRepeat: true })).toMatchObject({ found: true });
  });

  it("P-114 a volunteer without room is not asked, one that was silent twice no more", async () => {
    const { clock, desk, ask } = scene();
    const full = new Tab(desk, clock, 0, () => party("full"));
    await settled(clock);
    expect(await ask("a")).toEqual({ found: false, why: "none" });
    full.link.send(encodeHelp({ type: "hello", room: 1 }));
    await settled(clock);
    expect(await ask("b")).toMatchObject({ found: true });
    full.link.close();
    await settled(clock);
    expect(desk.volunteerCount).toBe(0);
    const mute = new Tab(desk, clock, 8, () => "silent");
    await settled(clock);
    for (const why of ["silent", "silent", "none"]) expect(await ask("c")).toEqual({ found: false, why });
    expect(mute.offers).toHaveLength(2);
  });

  it("P-114 ten thousand questions of one source reach a volunteer six times in ten seconds, and others are answered", async () => {
    const { clock, desk, ask, outcomes } = scene();
    const tab = new Tab(desk, clock, 255, () => party("here"));
    await settled(clock);
    const dialer = await noiseDial(
      crypto,
      key.publicKey,
      FIND_PROLOGUE,
      encodeFindRequest({ station: STATION, offer: party("flood"), avoid: [], mayRepeat: true }),
    );
    let answered = 0;
    for (let i = 0; i < 10_000; i++) {
      if ((await clock.runUntil(desk.find(dialer?.message ?? new Uint8Array(0), "flood"))) !== undefined) answered++;
    }
    expect(tab.offers).toHaveLength(6);
    expect(answered).toBe(12);
    expect(outcomes.filter((outcome) => outcome === "busy")).toHaveLength(6);
    // Whoever else asks meanwhile is not kept out by it.
    expect(await ask("somebody else")).toMatchObject({ found: true });
  });

  it("P-111 P-114 junk, sealed junk and questions to another station get nothing from anybody, and nothing throws", async () => {
    const { clock, desk, outcomes } = scene();
    const tab = new Tab(desk, clock, 8, () => party("here"));
    await settled(clock);
    for (const junk of [new Uint8Array(0), new Uint8Array(47), new Uint8Array(1024).fill(9)]) {
      expect(await desk.find(junk, "a")).toBeUndefined();
    }
    const other = agreementKey(new Uint8Array(32).fill(8)).publicKey;
    const wrong = await noiseDial(crypto, other, FIND_PROLOGUE, new Uint8Array(10));
    expect(await desk.find(wrong?.message ?? new Uint8Array(0), "a")).toBeUndefined();
    const sealed = await noiseDial(crypto, key.publicKey, FIND_PROLOGUE, new Uint8Array(500).fill(1));
    expect(await desk.find(sealed?.message ?? new Uint8Array(0), "b")).toBeDefined();
    expect(outcomes).toEqual(["unreadable", "unreadable", "unreadable", "unreadable", "version"]);
    expect(tab.offers).toEqual([]);
  });

  it("P-114 takes so many volunteers of one source and no more; one that speaks nonsense is shown out", async () => {
    const { clock, desk } = scene({ maxVolunteersOfSource: 2 });
    const pairs = [1, 2, 3].map(() => linkPair({}, clock));
    for (const { acceptor } of pairs) desk.accept(acceptor, "one network");
    expect(desk.volunteerCount).toBe(2);
    expect(await clock.runUntil(pairs[2]?.dialer.ended ?? Promise.resolve("lost"))).toBe("closed");
    pairs[0]?.dialer.send(new Uint8Array(50).fill(0xff));
    expect(await clock.runUntil(pairs[0]?.dialer.ended ?? Promise.resolve("lost"))).toBe("closed");
    await settled(clock);
    expect(desk.volunteerCount).toBe(1);
  });
});
