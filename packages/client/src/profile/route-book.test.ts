import { FakeClock } from "@chapar/carrier/testing";
import { nodeCrypto } from "@chapar/e2e/node";
import { type Response, routesMessage, stationKey } from "@chapar/wire";
import { utf8, type Verifier } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { type MemoryMedium, MemoryStore } from "../testing/index.ts";
import type { HomeRow } from "./profile-row.ts";
import { RouteBook } from "./route-book.ts";

type Routes = Extract<Response, { readonly type: "routes" }>;

const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
const clock = new FakeClock();
const DAY_MS = 86_400_000;
const OWN = "ss://YTpi@192.0.2.7:8388/?station=https://one.example";

function load(medium: MemoryMedium = new Map()): Promise<RouteBook> {
  const verify: Verifier = (key, message, signature) => crypto.ed25519.verify(key, message, signature);
  return RouteBook.load({ store: new MemoryStore(medium), sha256, clock, verify });
}

/** A home that signs lists. */
class Home {
  readonly seed: Uint8Array = crypto.random(32);
  row: HomeRow = undefined as unknown as HomeRow;

  static async make(): Promise<Home> {
    const home = new Home();
    const key = stationKey(await crypto.ed25519.publicKey(home.seed));
    home.row = {
      station: { key, urls: ["https://one.example"] },
      region: "IR",
      name: "One",
      routes: ["https://inv.example"],
    };
    return home;
  }

  async list(routes: readonly string[], issuedMs: number, expiresMs: number): Promise<Routes> {
    const signature = await crypto.ed25519.sign(
      this.seed,
      routesMessage(this.row.station.key, issuedMs, expiresMs, routes),
    );
    return { type: "routes", routes, issuedMs, expiresMs, signature };
  }
}

const uris = (book: RouteBook, home: Home): string[] => book.ways(home.row).map(({ uri, from }) => `${from} ${uri}`);
const HOME = "192.168.1.1 02:00:00:00:00:01";

describe("what is known of routes", () => {
  it("P-45 is there after a restart, by network, and says nothing of where the device was", async () => {
    const medium = new Map();
    const book = await load(medium);
    expect(book.winner(HOME)).toBeUndefined();
    await book.believe(HOME, "https://a.test");
    await book.believe("", "burst+https://b.test");
    await book.believe(HOME, "https://c.test");
    const again = await load(medium);
    expect([again.winner(HOME), again.winner("")]).toEqual(["https://c.test", "burst+https://b.test"]);
    const bytes = await new MemoryStore(medium).get("meta", utf8("routes"));
    expect(new TextDecoder().decode(bytes)).not.toContain("192.168");
  });

  it("P-45 is kept of sixteen networks, the one used longest ago goes first", async () => {
    const book = await load();
    for (let i = 0; i < 16; i++) await book.believe(`network ${i}`, `https://${i}.test`);
    await book.believe("network 0", "https://again.test");
    await book.believe("network 16", "https://16.test");
    expect(book.winner("network 1")).toBeUndefined();
    expect([book.winner("network 0"), book.winner("network 2")]).toEqual(["https://again.test", "https://2.test"]);
  });

  it("P-51 P-53 takes a list that the home signed, over a restart, and tries its routes before those added by hand", async () => {
    const medium: MemoryMedium = new Map();
    const [book, home] = [await load(medium), await Home.make()];
    await book.add(OWN);
    expect(uris(book, home)).toEqual(["home https://one.example", "invite https://inv.example", `you ${OWN}`]);
    const nowMs = clock.nowMs();
    const routes = ["burst+https://one.example", "https://one.example"];
    await book.take(await home.list(routes, nowMs, nowMs + DAY_MS), home.row);
    const listed = ["home https://one.example", "station burst+https://one.example", `you ${OWN}`];
    expect(uris(book, home)).toEqual(listed);
    const again = await load(medium);
    expect(uris(again, home)).toEqual(listed);
    expect(again.ways(home.row).map(({ kind }) => kind)).toEqual(["web", "burst", "ss"]);
    // Over and not renewed, it is still tried, but after everything else.
    clock.jump(2 * DAY_MS);
    expect(uris(again, home)).toEqual([listed[0], listed[2], listed[1]]);
  });

  it("P-51 refuses forged, expired and older lists with their codes, and keeps what it has", async () => {
    const [book, home] = [await load(), await Home.make()];
    const nowMs = clock.nowMs();
    const good = await home.list(["burst+https://one.example"], nowMs, nowMs + DAY_MS);
    await book.take(good, home.row);
    const before = uris(book, home);
    const other = await (await Home.make()).list(["https://evil.example"], nowMs + 1, nowMs + DAY_MS);
    const refused: readonly (readonly [Routes, string])[] = [
      [other, "client/forged-routes"],
      [{ ...good, routes: ["https://evil.example"] }, "client/forged-routes"],
      [{ ...good, expiresMs: nowMs + 2 * DAY_MS }, "client/forged-routes"],
      [await home.list(["https://old.example"], nowMs + 2, nowMs), "client/expired-routes"],
      [await home.list(["https://old.example"], nowMs - 1, nowMs + DAY_MS), "client/stale-routes"],
    ];
    for (const [list, code] of refused) await expect(book.take(list, home.row)).rejects.toMatchObject({ code });
    expect(uris(book, home)).toEqual(before);
    await book.take(await home.list([], nowMs + 3, nowMs + DAY_MS), home.row);
    expect(uris(book, home)).toEqual(["home https://one.example"]);
  });

  it("P-52 names the home's routes in invites, and never those added by hand", async () => {
    const [book, home] = [await load(), await Home.make()];
    await book.add(OWN);
    expect(book.shared(home.row)).toEqual(["https://inv.example"]);
    const nowMs = clock.nowMs();
    await book.take(await home.list(["burst+https://one.example"], nowMs, nowMs + DAY_MS), home.row);
    expect(book.shared(home.row)).toEqual(["burst+https://one.example"]);
    await expect(book.add("obfs4:192.0.2.1:443")).rejects.toMatchObject({ code: "client/bad-route" });
    await expect(book.remove("https://one.example")).rejects.toMatchObject({ code: "client/bad-route" });
    await book.remove(OWN);
    for (let i = 0; i < 16; i++) await book.add(`https://${i}.example`);
    await book.add("https://3.example");
    await expect(book.add(OWN)).rejects.toMatchObject({ code: "client/too-many-routes" });
  });
});
