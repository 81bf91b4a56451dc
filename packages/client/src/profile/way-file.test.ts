import { FakeClock } from "@chapar/carrier/testing";
import { encodeWayFile, inviteLink } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { routesMessage, stationKey } from "@chapar/wire";
import type { Verifier } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import type { Member } from "../core.ts";
import { MemoryStore } from "../testing/index.ts";
import type { HomeRow } from "./profile-row.ts";
import { RouteBook } from "./route-book.ts";
import { addWayFile, readWayFile, wayFile } from "./way-file.ts";

const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
const verify: Verifier = (key, message, signature) => crypto.ed25519.verify(key, message, signature);
const DAY_MS = 86_400_000;
const INVITED = "https://inv.example";
const FRESH = ["burst+https://one.example", "https://two.example"];

/** A station that signs, and people at home there. */
class Station {
  readonly clock = new FakeClock();
  readonly seed: Uint8Array = crypto.random(32);
  home: HomeRow = undefined as unknown as HomeRow;

  static async make(): Promise<Station> {
    const station = new Station();
    const key = stationKey(await crypto.ed25519.publicKey(station.seed));
    station.home = { station: { key, urls: ["https://one.example"] }, region: "IR", name: "One", routes: [INVITED] };
    return station;
  }

  async person(): Promise<Member> {
    const core = { store: new MemoryStore(new Map()), sha256, verify, clock: this.clock };
    return { ...core, routes: await RouteBook.load(core), profile: { row: { home: this.home } } } as unknown as Member;
  }

  async list(routes: readonly string[], issuedMs: number, expiresMs: number, seed = this.seed) {
    const message = routesMessage(this.home.station.key, issuedMs, expiresMs, routes);
    return { routes, issuedMs, expiresMs, signature: await crypto.ed25519.sign(seed, message) };
  }

  invite(): string {
    const { station, region, name, routes } = this.home;
    return inviteLink(
      { home: { station, region }, stationName: name, token: new Uint8Array(0), person: undefined, routes },
      sha256,
    );
  }
}

const uris = (member: Member, { home }: Station): string[] => member.routes.ways(home).map(({ uri }) => uri);

describe("a file of ways", () => {
  it("P-128 goes from one who has the newest list to one who has none, and holds as if the station had told it", async () => {
    const station = await Station.make();
    const [maker, taker] = [await station.person(), await station.person()];
    const nowMs = station.clock.nowMs();
    await maker.routes.take({ type: "routes", ...(await station.list(FRESH, nowMs, nowMs + DAY_MS)) }, station.home);
    const file = wayFile(maker, station.invite());
    expect(await readWayFile(taker, file)).toMatchObject({
      ways: 3,
      expiresMs: nowMs + DAY_MS,
      preview: { kind: "station" },
    });
    expect(await addWayFile(taker, file)).toBe(2);
    expect(uris(taker, station)).toEqual(["https://one.example", ...FRESH]);
    expect(taker.routes.ways(station.home).map(({ from }) => from)).toEqual(["home", "station", "station"]);
    // It can be handed on again, and taking it twice changes nothing.
    expect(wayFile(taker, station.invite())).toBe(file);
    expect(await addWayFile(taker, file)).toBe(0);
  });

  it("P-128 without a list brings the invite's routes, as added by hand", async () => {
    const station = await Station.make();
    const [maker, taker] = [await station.person(), await station.person()];
    const home: HomeRow = { ...station.home, routes: [] };
    Object.assign(taker.profile.row, { home });
    expect(await addWayFile(taker, wayFile(maker, station.invite()))).toBe(1);
    expect(taker.routes.ways(home).map(({ uri, from }) => `${from} ${uri}`)).toEqual([
      "home https://one.example",
      `you ${INVITED}`,
    ]);
    expect(taker.routes.shared(home)).toEqual([]);
  });

  it("P-128 forged, expired, older, of another station: each has its code, and what is held stays", async () => {
    const [station, other] = [await Station.make(), await Station.make()];
    const person = await station.person();
    const nowMs = station.clock.nowMs();
    await person.routes.take({ type: "routes", ...(await station.list(FRESH, nowMs, nowMs + DAY_MS)) }, station.home);
    const before = uris(person, station);
    const made = (ways: Awaited<ReturnType<Station["list"]>>): string =>
      encodeWayFile({ text: station.invite(), ways }, sha256);
    const EVIL = ["https://evil.example"];
    const good = await station.list(EVIL, nowMs + 1, nowMs + DAY_MS);
    const refused: readonly (readonly [string, string])[] = [
      [made(await station.list(EVIL, nowMs + 1, nowMs + DAY_MS, other.seed)), "client/forged-routes"],
      [made({ ...good, expiresMs: good.expiresMs + 1 }), "client/forged-routes"],
      [made(await station.list(EVIL, nowMs + 1, nowMs)), "client/expired-routes"],
      [made(await station.list(EVIL, nowMs - 1, nowMs + DAY_MS)), "client/stale-routes"],
      [wayFile(await other.person(), other.invite()), "client/other-station"],
      [made(good).slice(0, -9), "client/bad-file"],
      ["hello", "client/bad-file"],
    ];
    for (const [file, code] of refused) await expect(addWayFile(person, file)).rejects.toMatchObject({ code });
    expect(uris(person, station)).toEqual(before);
    await expect(readWayFile(person, refused[2]![0])).rejects.toMatchObject({ code: "client/expired-routes" });
    await expect(readWayFile(person, refused[0]![0])).rejects.toMatchObject({ code: "client/forged-routes" });
  });

  it("P-128 is made of no list once that holds no longer", async () => {
    const station = await Station.make();
    const maker = await station.person();
    const nowMs = station.clock.nowMs();
    await maker.routes.take({ type: "routes", ...(await station.list(FRESH, nowMs, nowMs + DAY_MS)) }, station.home);
    station.clock.jump(2 * DAY_MS);
    expect(await readWayFile(maker, wayFile(maker, station.invite()))).toMatchObject({ expiresMs: undefined });
  });
});
