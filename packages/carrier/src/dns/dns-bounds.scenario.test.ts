import { describe, expect, it } from "vitest";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import { sessionCrypto } from "../node/session-crypto.ts";
import type { Link } from "../port.ts";
import { RouteMemory } from "../route-memory.ts";
import { SessionAcceptor } from "../session/acceptor.ts";
import type { Session } from "../session/driver.ts";
import { sessionCarrier } from "../session/session-carrier.ts";
import { DOMAIN, Road, sha256, STATION, Taken } from "../testing/dns-road.ts";
import { pattern } from "../testing/peers.ts";
import { DnsAcceptor } from "./dns-acceptor.ts";
import { encodeQueryFrame, openingData } from "./dns-frames.ts";
import { decodeDnsMessage, DNS_TYPE, encodeDnsQuery } from "./dns-message.ts";
import { carryingName } from "./dns-names.ts";
import { formatDnsRoute } from "./dns-route.ts";

const NEVER = new AbortController().signal;

describe("what links over DNS cost and are kept to", () => {
  it("P-94 waits at the station with few queries while nothing happens, and a letter comes at once all the same", async () => {
    const road = new Road(7, [{}]);
    const link = await road.dial();
    const back = new Taken(link);
    await road.clock.advance(60_000);
    const before = road.world.seen.length;
    await road.clock.advance(60_000);
    expect(road.world.seen.length - before).toBeLessThanOrEqual(10);
    const fromMs = road.clock.nowMs();
    road.accepted[0]!.send(pattern(300));
    await road.until(() => back.size === 300);
    expect(road.clock.nowMs() - fromMs).toBeLessThanOrEqual(9_000);
    // A conversation that goes on waits for nobody.
    road.accepted[0]!.send(pattern(300));
    await road.until(() => back.size === 600);
    expect(road.clock.nowMs() - fromMs).toBeLessThanOrEqual(9_500);
  });

  it("P-94 learns that a resolver has become slower, and goes on", async () => {
    const road = new Road(15, [{ latencyMs: 50 }]);
    const link = await road.dial();
    const got = new Taken(road.accepted[0]!);
    link.send(pattern(2_000));
    await road.until(() => got.size === 2_000);
    road.world.change(0, { latencyMs: 700 });
    link.send(pattern(20_000));
    await road.until(() => got.size === 22_000, 60_000);
    road.world.change(0, { latencyMs: 50 });
    link.send(pattern(20_000));
    await road.until(() => got.size === 42_000, 30_000);
  });

  it("P-94 asks a resolver no more often than it answers", async () => {
    const road = new Road(8, [{ mostPerSecond: 40 }, { mostPerSecond: 40 }]);
    const link = await road.dial();
    const got = new Taken(road.accepted[0]!);
    link.send(pattern(60_000));
    await road.clock.advance(20_000);
    const [atMs, from] = [road.clock.nowMs(), got.size];
    const before = road.world.seen.length;
    await road.clock.advance(10_000);
    const perSecond = (road.world.seen.length - before) / 10;
    expect(perSecond).toBeLessThan(130);
    expect((got.size - from) / ((road.clock.nowMs() - atMs) / 1000)).toBeGreaterThan(1_000);
  });

  it("P-95 opens a link for whoever knows the station's key, and to nobody else says anything of its own", async () => {
    const road = new Road(9, [{}], { carrier: { dialLimitMs: 4_000 } });
    const other = formatDnsRoute("t.example", new Uint8Array(32).fill(8), road.world.via);
    await expect(road.dial(other)).rejects.toMatchObject({ code: "carrier/unreachable" });
    expect([road.accepted.length, road.acceptor.size]).toEqual([0, 0]);
    const codes = road.world.answers.map((bytes) => decodeDnsMessage(bytes)).map((read) => read.ok && read.value.code);
    expect(new Set(codes)).toEqual(new Set([3]));
  });

  it("P-96 keeps so many links and no more, of one resolver and in all, and forgets those that fall silent", async () => {
    const refused: number[] = [];
    const bounds = { maxLinks: 3, maxLinksOfSource: 2, onBound: () => void refused.push(1) };
    const road = new Road(10, [{}, {}], { acceptor: bounds });
    const open = (source: string): number => {
      const link = road.rng.bytes(4);
      const chunk = { seq: 0, data: openingData(sha256, STATION, link) };
      const frame = encodeQueryFrame({ link, count: 0, received: 0, have: 0n, chunk });
      let code = -1;
      road.acceptor.handle(encodeDnsQuery(1, carryingName(frame, DOMAIN), DNS_TYPE.txt), source, (answer) => {
        const read = decodeDnsMessage(answer);
        if (read.ok) code = read.value.code;
      });
      return code;
    };
    expect(["a", "a", "a", "b", "b"].map(open)).toEqual([0, 0, 3, 0, 3]);
    expect([road.acceptor.size, refused.length]).toEqual([3, 2]);
    await road.clock.advance(70_000);
    expect(await Promise.all(road.accepted.map(({ ended }) => ended))).toEqual(["lost", "lost", "lost"]);
    await road.clock.advance(31_000);
    expect(road.acceptor.size).toBe(0);
  });

  it("P-96 keeps no more of a link than its reader lets wait", async () => {
    const road = new Road(11, [{ latencyMs: 5 }], {
      carrier: { limits: { startPerSecond: 5_000, mostPerSecond: 5_000 } },
    });
    const link = await road.dial();
    const other = road.accepted[0]!;
    other.pause();
    link.send(pattern(120_000));
    await road.clock.advance(15_000);
    // What was taken is gone from here; the rest waits with whoever sends.
    expect(link.unsentBytes).toBeGreaterThan(120_000 - 66_000);
    const got = new Taken(other);
    other.resume();
    await road.until(() => got.size === 120_000);
    expect(equalBytes(got.bytes, pattern(120_000))).toBe(true);
  });

  it("P-93 is lost when its names are used up, and when the station forgot it", async () => {
    const road = new Road(12, [{ latencyMs: 1 }], {
      carrier: { limits: { startPerSecond: 50_000, mostPerSecond: 50_000 } },
    });
    const link = await road.dial();
    road.accepted[0]!.receive(() => undefined);
    link.send(pattern(1_300_000));
    expect(await road.clock.runUntil(link.ended)).toBe("lost");
    expect(road.world.seen.length).toBe(65_536);
    const again = await road.dial();
    Object.assign(road.world, { acceptor: new Road(13, []).acceptor });
    expect(await road.clock.runUntil(again.ended)).toBe("lost");
  });

  it("P-99 brings a letter of 1 kB within ten seconds at 72 bytes a query, 200 ms and a tenth lost, and text before bulk", async () => {
    const road = new Road(14, [{ latencyMs: 100, lossRate: 0.1, maxQueryBytes: 72 }]);
    const { clock, rng } = road;
    const crypto = sessionCrypto();
    const letters: Uint8Array[] = [];
    const streams: Taken[] = [];
    const sessions = new SessionAcceptor({
      clock,
      rng,
      crypto,
      signer: await crypto.newSigner(),
      accept: (session) => {
        session.link.receive((chunk) => void letters.push(chunk.slice()));
        session.onStream((stream) => streams.push(new Taken(stream)));
      },
    });
    const accept = (link: Link): void => sessions.accept(link);
    const options = { domain: DOMAIN, station: STATION, clock, sha256, accept };
    road.world.acceptor = new DnsAcceptor(options);
    let session: Session | undefined;
    const memory = new RouteMemory({ clock, rng });
    const onSession = (opened: Session): void => void (session = opened);
    const carrier = sessionCarrier({ clock, rng, crypto, memory, carriers: [road.carrier()], onSession });
    const began = clock.nowMs();
    const link = await clock.runUntil(carrier.dial(road.route, { signal: NEVER }));
    const arrives = async (sizeBytes: number): Promise<number> => {
      const [fromMs, before] = [clock.nowMs(), concatBytes(...letters).byteLength];
      link.send(pattern(sizeBytes));
      await road.until(() => concatBytes(...letters).byteLength === before + sizeBytes);
      return clock.nowMs() - fromMs;
    };
    expect(clock.nowMs() - began + (await arrives(1_000))).toBeLessThan(10_000);
    const stream = session?.open("bulk", Uint8Array.of(1));
    stream?.send(pattern(400_000));
    await clock.advance(500);
    expect(await arrives(1_000)).toBeLessThan(10_000);
    await clock.advance(20_000);
    expect(await arrives(1_000)).toBeLessThan(10_000);
    const [fromMs, from] = [clock.nowMs(), streams[0]?.size ?? 0];
    await clock.advance(20_000);
    // Eight kbit/s of what is of use, in the direction that has 72 bytes a question.
    expect(((streams[0]?.size ?? 0) - from) / ((clock.nowMs() - fromMs) / 1_000)).toBeGreaterThan(1_000);
  });
});
