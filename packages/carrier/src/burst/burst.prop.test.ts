import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import { sessionCrypto } from "../node/session-crypto.ts";
import { CarrierError } from "../errors.ts";
import type { Link } from "../port.ts";
import { RouteMemory } from "../route-memory.ts";
import { SessionAcceptor } from "../session/acceptor.ts";
import { sessionCarrier } from "../session/session-carrier.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { pattern } from "../testing/peers.ts";
import { SeededRng } from "../testing/seeded-rng.ts";
import { BurstAcceptor, type BurstAcceptorOptions } from "./burst-acceptor.ts";
import { planBurst, PLAIN_BUDGET, TLS_BUDGET } from "./burst-budget.ts";
import { burstCarrier, type BurstCarrierOptions } from "./burst-carrier.ts";
import { decodeBurstRequest, decodeBurstResponse, encodeBurstRequest } from "./burst-messages.ts";
import { BurstIn } from "./burst-stream.ts";
import { burstRoute } from "./burst-route.ts";

const NEVER = new AbortController().signal;

/** Packets that so many bytes and a head take, with those that acknowledge them. */
function packetsOf(sizeBytes: number): number {
  return Math.ceil(Math.ceil((sizeBytes + 500) / 1400) * 1.5);
}

/** Fronts in memory whose requests and responses get lost, come late or come twice. */
class Fronts {
  readonly clock = new FakeClock(0);
  readonly rng: SeededRng;
  readonly opened: [host: string, atMs: number][] = [];
  readonly sizes: [up: number, down: number][] = [];
  readonly accepted: Link[] = [];
  lossRate = 0;
  blocked: string | undefined;
  readonly acceptor: BurstAcceptor;

  constructor(seed: number, options: Partial<BurstAcceptorOptions> = {}) {
    this.rng = new SeededRng(seed);
    const accept = (link: Link): void => void this.accepted.push(link);
    this.acceptor = new BurstAcceptor({ clock: this.clock, accept, ...options });
  }

  carrier(options: Partial<BurstCarrierOptions> = {}): ReturnType<typeof burstCarrier> {
    return burstCarrier({
      clock: this.clock,
      rng: this.rng,
      randomBytes: (sizeBytes) => this.rng.bytes(sizeBytes),
      exchange: (request, signal) => this.#exchange(request, signal),
      ...options,
    });
  }

  async #exchange(
    { method, url, body }: { readonly method: string; readonly url: string; readonly body: Uint8Array | undefined },
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { host, pathname } = new URL(url);
    this.opened.push([host, this.clock.nowMs()]);
    const lost = (): Promise<never> => this.clock.sleep(1e9, signal).then(() => Promise.reject(new Error("never")));
    if (host === this.blocked || this.rng.next() < this.lossRate) return await lost();
    await this.clock.sleep(this.rng.between(10, 80), signal);
    const request = { method, path: pathname.slice("/v1/burst/".length), body: body ?? new Uint8Array(0) };
    const answer = await this.acceptor.handle(request);
    // What a proxy repeats must change nothing.
    if (this.rng.next() < this.lossRate) void this.acceptor.handle(request);
    if (this.rng.next() < this.lossRate) return await lost();
    await this.clock.sleep(this.rng.between(10, 80), signal);
    if (answer === undefined) throw new CarrierError("carrier/unreachable", "http 404");
    this.sizes.push([body?.byteLength ?? pathname.length, answer.body.byteLength]);
    return answer.body;
  }
}

function collect(link: Link): { readonly size: () => number; readonly bytes: () => Uint8Array } {
  const parts: Uint8Array[] = [];
  let size = 0;
  link.receive((chunk) => {
    parts.push(chunk.slice());
    size += chunk.byteLength;
  });
  return { size: () => size, bytes: () => concatBytes(...parts) };
}

async function until(clock: FakeClock, holds: () => boolean): Promise<void> {
  for (let i = 0; !holds(); i++) {
    if (i > 4000) throw new Error("it never came to hold");
    await clock.advance(250);
  }
}

describe("bursts", () => {
  it.each([1, 2, 3, 4])(
    "P-21 loses and repeats nothing when exchanges are lost or come twice (seed %i)",
    async (seed) => {
      const fronts = new Fronts(seed);
      const link = await fronts.clock.runUntil(fronts.carrier().dial("burst+http://a.test,b.test", { signal: NEVER }));
      fronts.lossRate = 0.15;
      const other = fronts.accepted[0]!;
      const [there, back] = [collect(other), collect(link)];
      for (let at = 0; at < 60_000; at += 3_000) {
        link.send(pattern(60_000).subarray(at, at + 3_000));
        other.send(pattern(60_000).subarray(at, at + 3_000));
        await fronts.clock.advance(fronts.rng.between(0, 300));
      }
      await until(fronts.clock, () => there.size() >= 60_000 && back.size() >= 60_000);
      expect(equalBytes(there.bytes(), pattern(60_000))).toBe(true);
      expect(equalBytes(back.bytes(), pattern(60_000))).toBe(true);
      fronts.lossRate = 0;
      link.close();
      expect(await fronts.clock.runUntil(Promise.all([link.ended, other.ended]))).toEqual(["closed", "closed"]);
    },
  );

  it("P-20 keeps connections to one host 420 ms apart under TLS, and uses every front", async () => {
    const fronts = new Fronts(5);
    const link = await fronts.clock.runUntil(
      fronts.carrier().dial("burst+https://a.test,b.test,c.test", { signal: NEVER }),
    );
    fronts.accepted[0]!.receive(() => undefined);
    link.send(pattern(60_000));
    await until(fronts.clock, () => link.unsentBytes === 0);
    for (const host of ["a.test", "b.test", "c.test"]) {
      const times = fronts.opened.filter(([at]) => at === host).map(([, atMs]) => atMs);
      expect(times.length).toBeGreaterThan(4);
      for (const [i, atMs] of times.entries()) if (i > 0) expect(atMs - times[i - 1]!).toBeGreaterThanOrEqual(420);
    }
    for (const [up, down] of fronts.sizes) expect(Math.max(up, down)).toBeLessThanOrEqual(12_288);
  });

  it("P-20 plans every connection within its packets, whatever waits", () => {
    fc.assert(
      fc.property(fc.nat(200_000), fc.boolean(), (waitingBytes, isTls) => {
        const budget = isTls ? TLS_BUDGET : PLAIN_BUDGET;
        const { upBytes, downBytes } = planBurst(waitingBytes, isTls, budget);
        expect(3 + (isTls ? 10 : 0) + packetsOf(upBytes) + packetsOf(downBytes)).toBeLessThanOrEqual(budget.packets);
        expect(Math.max(upBytes, downBytes)).toBeLessThanOrEqual(12_288);
        if (waitingBytes > 0) expect(upBytes).toBeGreaterThan(0);
        expect(downBytes).toBeGreaterThan(0);
      }),
    );
  });

  it("P-21 goes on over the other front when one is blocked", async () => {
    const fronts = new Fronts(6);
    const link = await fronts.clock.runUntil(fronts.carrier().dial("burst+https://a.test,b.test", { signal: NEVER }));
    const got = collect(fronts.accepted[0]!);
    fronts.blocked = "a.test";
    link.send(pattern(2_000));
    await until(fronts.clock, () => got.size() === 2_000);
    expect(equalBytes(got.bytes(), pattern(2_000))).toBe(true);
  });

  it("P-21 is lost when no exchange works, and says so at both ends", async () => {
    const fronts = new Fronts(7);
    const link = await fronts.clock.runUntil(fronts.carrier().dial("burst+http://a.test", { signal: NEVER }));
    fronts.blocked = "a.test";
    link.send(Uint8Array.of(1));
    const ends = Promise.all([link.ended, fronts.accepted[0]!.ended]);
    expect(await fronts.clock.runUntil(ends)).toEqual(["lost", "lost"]);
  });

  it("P-22 answers strangers nothing of its own", async () => {
    const fronts = new Fronts(8);
    const { acceptor, rng } = fronts;
    const request = { id: rng.bytes(16), holds: false, ends: false, count: 0, received: 0, roomBytes: 9 };
    const payload = new Uint8Array(0);
    const strangers = [
      { method: "GET", path: "", body: payload },
      { method: "GET", path: "../../etc/passwd", body: payload },
      { method: "PUT", path: "", body: encodeBurstRequest({ ...request, opens: true, offset: 0, payload }) },
      { method: "POST", path: "", body: rng.bytes(3) },
      { method: "POST", path: "", body: encodeBurstRequest({ ...request, opens: false, offset: 0, payload }) },
      { method: "POST", path: "", body: encodeBurstRequest({ ...request, opens: true, offset: 5, payload }) },
    ];
    for (const stranger of strangers) expect(await acceptor.handle(stranger)).toBeUndefined();
    expect(acceptor.size).toBe(0);
  });

  it("P-22 takes so many links of one source and no more, and forgets those that fall silent", async () => {
    const fronts = new Fronts(9, { maxLinksOfSource: 3, maxLinks: 5 });
    const open = async (source: string): Promise<boolean> => {
      const head = { id: fronts.rng.bytes(16), opens: true, holds: false, ends: false, count: 0 };
      const body = encodeBurstRequest({ ...head, offset: 0, received: 0, roomBytes: 9, payload: new Uint8Array(0) });
      return (await fronts.acceptor.handle({ method: "POST", path: "", body, source })) !== undefined;
    };
    const answers: boolean[] = [];
    for (const source of ["a", "a", "a", "a", "b", "b", "b"]) answers.push(await open(source));
    expect(answers).toEqual([true, true, true, false, true, true, false]);
    await fronts.clock.advance(61_000);
    expect(fronts.acceptor.size).toBe(0);
    expect(await open("a")).toBe(true);
  });

  it("P-22 keeps no more of a link than its reader lets wait", async () => {
    const fronts = new Fronts(10);
    const link = await fronts.clock.runUntil(
      fronts.carrier({ budget: { packets: 1000, gapMs: 10 } }).dial("burst+http://a.test", { signal: NEVER }),
    );
    const other = fronts.accepted[0]!;
    other.pause();
    link.send(pattern(4_000_000));
    await fronts.clock.advance(20_000);
    expect(link.unsentBytes).toBeGreaterThan(1_500_000);
    const got = collect(other);
    other.resume();
    await until(fronts.clock, () => got.size() === 4_000_000);
    expect(equalBytes(got.bytes(), pattern(4_000_000))).toBe(true);
  });

  it("P-21 takes nothing behind a gap, and no byte twice", () => {
    const into = new BurstIn();
    expect(into.put(2, Uint8Array.of(3), false).byteLength).toBe(0);
    expect([...into.put(0, Uint8Array.of(1, 2), false)]).toEqual([1, 2]);
    expect([...into.put(1, Uint8Array.of(2, 3), true)]).toEqual([3]);
    expect([into.received, into.hasEnded]).toEqual([3, true]);
    expect(into.put(3, Uint8Array.of(4), false).byteLength).toBe(0);
  });

  it("P-22 reads any request and response without throwing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const read of [decodeBurstRequest(bytes), decodeBurstResponse(bytes)]) {
          if (!read.ok) expect(read.offset).toBeLessThanOrEqual(bytes.byteLength);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("reads routes of one spelling", () => {
    expect(burstRoute("burst+https://a.test,b.test:8443/x/")).toEqual({
      isTls: true,
      fronts: ["https://a.test/x", "https://b.test:8443/x"],
    });
    expect(burstRoute("burst+http://[::1]:80")?.fronts).toEqual(["http://[::1]/v1/burst"]);
    const refused = [
      "https://a.test",
      "burst+https://",
      "burst+https://u@a.test",
      "burst+https://a.test/?q",
      "burst+ws://a",
    ];
    for (const route of refused) expect(burstRoute(route)).toBeUndefined();
  });

  it("P-1 P-21 carries a session, with text before bulk, over a road that loses a tenth", async () => {
    const fronts = new Fronts(11);
    const { clock, rng } = fronts;
    const crypto = sessionCrypto();
    const letters: Uint8Array[] = [];
    const sessions = new SessionAcceptor({
      clock,
      rng,
      crypto,
      signer: await crypto.newSigner(),
      accept: (session) => session.link.receive((chunk) => void letters.push(chunk)),
    });
    const acceptor = new BurstAcceptor({ clock, accept: (link) => sessions.accept(link) });
    Object.assign(fronts, { acceptor });
    const memory = new RouteMemory({ clock, rng });
    const carrier = sessionCarrier({ clock, rng, crypto, memory, carriers: [fronts.carrier()] });
    const link = await clock.runUntil(carrier.dial("burst+https://a.test,b.test", { signal: NEVER }));
    fronts.lossRate = 0.1;
    const fromMs = clock.nowMs();
    for (let i = 1; i <= 5; i++) link.send(pattern(300));
    await until(clock, () => concatBytes(...letters).byteLength === 1_500);
    expect(clock.nowMs() - fromMs).toBeLessThan(30_000);
  });
});
