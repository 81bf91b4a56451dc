/* Sessions through volunteers, in this process and over real WebRTC on loopback: who helps, who is asked next, what a hostile one can do. */
import { describe, expect, it, onTestFinished } from "vitest";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import { RouteMemory, SessionAcceptor, sessionCarrier, snowCarrier, type Link, type Session } from "../src/index.ts";
import { newRtcPeer, noiseCrypto, sessionCrypto, systemClock, systemRng, webSocketCarrier } from "../src/node/index.ts";
import { RelayMeter } from "../src/relay/meter.ts";
import { signRelayList } from "../src/relay/list.ts";
import type { SnowCarrier } from "../src/snow/snow-carrier.ts";
import { pattern } from "../src/testing/peers.ts";
import { freshIdentity, sealedDoor, type SealedDoor } from "../src/testing/relay-world.ts";
import { ready, snowWorld, type SnowWorld, type SnowWorldOptions } from "../src/testing/snow-world.ts";

const clock = systemClock();
const rng = systemRng();
const crypto = sessionCrypto();
const NEVER = new AbortController().signal;
const LETTER_BYTES = 40_000;

interface Town {
  readonly world: SnowWorld;
  readonly station: SealedDoor;
  readonly sessions: Session[];
  readonly snow: SnowCarrier;
  readonly route: string;
}

/** A station behind volunteers that gives back what comes, with a desk of its own in every session. */
async function town(options: SnowWorldOptions = {}): Promise<Town> {
  const sessions: Session[] = [];
  const holder: { world?: SnowWorld } = {};
  const identity = freshIdentity();
  const acceptor = new SessionAcceptor({
    clock,
    rng,
    crypto,
    signer: identity,
    accept: (session) => {
      sessions.push(session);
      session.link.receive((chunk) => session.link.send(chunk));
      session.onStream((stream) => holder.world?.desk.serve(stream, "inside"));
    },
  });
  const station = await sealedDoor((link) => acceptor.accept(link), identity);
  // One station for both, so that a dialer may ask inside its session.
  const world = await snowWorld([station.place], { ...options, identity });
  holder.world = world;
  onTestFinished(async () => {
    await acceptor[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
    await station[Symbol.asyncDispose]();
  });
  const snow = snowCarrier({
    clock,
    crypto: noiseCrypto(),
    newPeer: newRtcPeer,
    carriers: [webSocketCarrier()],
    patienceMs: 0,
    dialLimitMs: 8_000,
  });
  return { world, station, sessions, snow, route: world.route(identity.publicKey) };
}

interface Talk {
  readonly session: Session;
  readonly switches: string[];
  /** sends so much and waits until it is back */
  readonly say: (sizeBytes: number) => Promise<Uint8Array>;
}

async function talk({ snow, route }: Town): Promise<Talk> {
  const found: Session[] = [];
  const switches: string[] = [];
  const carrier = sessionCarrier({
    clock,
    rng,
    crypto,
    memory: new RouteMemory({ clock, rng }),
    carriers: [snow],
    onSession: (session) => found.push(session),
    onSwitch: (need) => switches.push(need),
  });
  const link = await carrier.dial(route, { signal: NEVER });
  const session = found[0];
  if (session === undefined) throw new Error("no session");
  snow.attend(route, session);
  const parts: Uint8Array[] = [];
  let [hadBytes, wantedBytes] = [0, 0];
  let back: () => void = () => undefined;
  link.receive((chunk) => {
    parts.push(chunk.slice());
    hadBytes += chunk.byteLength;
    if (hadBytes >= wantedBytes) back();
  });
  onTestFinished(() => link.close());
  return {
    session,
    switches,
    async say(sizeBytes) {
      wantedBytes = hadBytes + sizeBytes;
      const whole = new Promise<void>((resolve) => (back = resolve));
      const before = hadBytes;
      link.send(pattern(wantedBytes).subarray(before));
      await whole;
      return concatBytes(...parts);
    },
  };
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await clock.sleep(10, NEVER);
}

describe("through volunteers", () => {
  it("P-117 a session has a second volunteer ready, and moves there when the first tab is gone", async () => {
    const place = await town();
    const [first, second] = [place.world.volunteer(), place.world.volunteer()];
    await Promise.all([ready(first), ready(second)]);
    const { session, switches, say } = await talk(place);
    await say(LETTER_BYTES);
    const [used, spare] = first.state.people > 0 ? [first, second] : [second, first];
    // It was asked for inside the session: the acceptor saw no further link that asks.
    await until(() => spare.state.spare === 1);
    expect(place.world.outcomes.filter((outcome) => outcome === "found")).toHaveLength(2);
    await used[Symbol.asyncDispose]();
    const all = await say(LETTER_BYTES);
    expect(equalBytes(all, pattern(2 * LETTER_BYTES))).toBe(true);
    expect(switches[0]).toBe("first");
    // That a tab went is told by its browser, or noticed.
    expect(switches.slice(1).filter((need) => need !== "lost" && need !== "quiet")).toEqual([]);
    expect(switches.length).toBeGreaterThan(1);
    // The tab learns of it from the channel's first bytes.
    await until(() => spare.state.spare === 0);
    expect(spare.state.people).toBe(1);
    expect(place.sessions).toHaveLength(1);
    expect(session.fault).toBeUndefined();
  });

  it("P-114 P-115 nobody is led anywhere by a tab that was switched off, rests, or has no room", async () => {
    const place = await town();
    const dial = async (): Promise<unknown> =>
      await place.snow.dial(place.route, { signal: NEVER }).catch((error: unknown) => error);
    expect(await dial()).toMatchObject({ code: "carrier/refused", reason: "none" });
    const calendar = { hourOf: () => 12, monthOf: () => "2030-01-01" };
    const tired = place.world.volunteer({ meter: new RelayMeter({ bytesPerMonth: 0 }, clock, calendar) });
    await until(() => place.world.desk.volunteerCount === 1 && tired.state.mood === "resting");
    expect(await dial()).toMatchObject({ reason: "none" });
    const small = place.world.volunteer({ maxPeople: 1 });
    await ready(small);
    await until(() => place.world.desk.volunteerCount === 2);
    const open = (await dial()) as Link;
    open.receive(() => undefined);
    expect(small.state.people).toBe(1);
    await clock.sleep(50, NEVER);
    expect(await dial()).toMatchObject({ reason: "none" });
    await small[Symbol.asyncDispose]();
    expect(await open.ended).toBe("lost");
    await until(() => place.world.desk.volunteerCount === 1);
    expect(await dial()).toMatchObject({ reason: "none" });
  });

  it("P-115 the limit of a day ends what is open", async () => {
    const place = await town();
    const calendar = { hourOf: () => 12, monthOf: () => "2030-01-01" };
    const meter = new RelayMeter({ bytesPerMonth: 60_000 }, clock, calendar);
    const volunteer = place.world.volunteer({ meter });
    await ready(volunteer);
    const { say, session } = await talk(place);
    await say(LETTER_BYTES);
    // There and back it was more than this one gives in a day.
    await until(() => volunteer.state.people === 0);
    expect(volunteer.state.mood).toBe("resting");
    expect(session.route).toBeUndefined();
    const other = place.world.volunteer();
    await ready(other);
    expect(equalBytes(await say(1_000), pattern(LETTER_BYTES + 1_000))).toBe(true);
    expect(other.state.people).toBe(1);
  });

  it("P-115 a list that the helped station did not sign, or an expired one, is followed nowhere", async () => {
    const foreign = freshIdentity();
    const nowMs = clock.nowMs();
    const times = { number: 1, issuedAtMs: nowMs, expiresAtMs: nowMs + 60_000 };
    for (const list of [
      await signRelayList({ ...times, places: [] }, foreign),
      new Uint8Array(200).fill(1),
      new Uint8Array(0),
    ]) {
      const place = await town({ list });
      const volunteer = place.world.volunteer();
      await until(() => volunteer.state.mood === "forged");
      await expect(place.snow.dial(place.route, { signal: NEVER })).rejects.toMatchObject({ reason: "none" });
    }
  });

  it("P-115 P-63 a tab dials nothing behind its own door, whatever the list says", async () => {
    const place = await town();
    const dialed: string[] = [];
    const dial = (url: string): Promise<Link> => {
      dialed.push(url);
      return Promise.reject(new Error("never"));
    };
    // The station that this one helps lives on the open internet; its list names an address on this machine.
    await ready(place.world.volunteer({ own: "public", dial }));
    await expect(place.snow.dial(place.route, { signal: NEVER })).rejects.toMatchObject({ code: expect.any(String) });
    expect(dialed).toEqual([]);
  });

  for (const malice of ["drop", "alter", "repeat"] as const) {
    it(`P-119 a tab that would ${malice} costs a link, and not a byte of the session`, async () => {
      const place = await town();
      const reach = webSocketCarrier({ linkPath: "/v1/sealed" });
      let wasHostile = false;
      const hostile = place.world.volunteer({
        async dial(url, signal) {
          const link = await reach.dial(url, { signal });
          const send = link.send.bind(link);
          let passedBytes = 0;
          link.send = (bytes) => {
            passedBytes += bytes.byteLength;
            if (passedBytes < 12_000) return send(bytes);
            wasHostile = true;
            if (malice === "repeat") send(bytes.slice());
            const altered = bytes.slice();
            altered[altered.length >> 1] = (altered[altered.length >> 1] ?? 0) ^ (malice === "alter" ? 1 : 0);
            return malice === "drop" ? undefined : send(altered);
          };
          return link;
        },
      });
      await ready(hostile);
      const { say, session } = await talk(place);
      await say(1_000);
      const honest = place.world.volunteer();
      await ready(honest);
      const all = await say(LETTER_BYTES);
      expect(equalBytes(all, pattern(1_000 + LETTER_BYTES))).toBe(true);
      expect(wasHostile).toBe(true);
      expect(place.sessions).toHaveLength(1);
      expect(session.fault).toBeUndefined();
    });
  }

  it("P-119 P-112 a tab that leads to another station is found out before anything is said", async () => {
    const place = await town();
    const told: Uint8Array[] = [];
    const impostor = await sealedDoor((link) => link.receive((chunk) => told.push(chunk)));
    onTestFinished(() => impostor[Symbol.asyncDispose]());
    const reach = webSocketCarrier({ linkPath: "/v1/sealed" });
    await ready(place.world.volunteer({ dial: (_url, signal) => reach.dial(impostor.url, { signal }) }));
    await expect(place.snow.dial(place.route, { signal: NEVER })).rejects.toMatchObject({ code: "carrier/unusable" });
    expect(told).toEqual([]);
  });
});
