/* The border (protocol/14-residency.md §2): what laws of regions let a station give to stations of others. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { grantMessage, mirrorMessage, type LogId, type Response } from "@chapar/wire";
import type { DataClass, PolicyMode, RegionPolicy } from "@chapar/evidence";
import {
  knock,
  markBytes,
  playDiskSeason,
  playResidencySeason,
  searchFolders,
  testLaw,
  TestPerson,
  TestRoom,
  TestWorld,
  type TestClient,
  type TestStation,
} from "../src/testing/index.ts";

const REFUSED: Response = { type: "error", code: "station/region-refused", detail: undefined };

interface Two {
  readonly world: TestWorld;
  /** keeps a law */
  readonly lawful: TestStation;
  /** of another region, keeps none */
  readonly free: TestStation;
  readonly sara: TestClient;
  readonly person: TestPerson;
  readonly dara: TestClient;
}

const keeping = (mode: PolicyMode, ...classes: DataClass[]): RegionPolicy =>
  testLaw("IR", (of) => (classes.includes(of) ? mode : "none"));

/** Sara is at home under a law, Dara abroad without one. */
async function under(law: RegionPolicy): Promise<Two> {
  const world = new TestWorld();
  const lawful = await world.station("lawful", { region: "IR", law });
  const free = await world.station("free", { region: "DE" });
  const { client: sara, person } = await world.resident(lawful, "sara");
  const { client: dara } = await world.resident(free, "dara");
  return { world, lawful, free, sara, person, dara };
}

/** A room with its first letter. */
async function roomAt(world: TestWorld, hub: TestStation, owner: TestClient): Promise<{ room: TestRoom; log: LogId }> {
  const room = new TestRoom(1);
  const log = room.idAt(hub.ref.key);
  await world.settle(owner.expect("log.state", { type: "log.create", genesis: room.genesis }));
  await world.settle(owner.openRoom(room, log));
  await world.settle(owner.expect("receipt", { type: "log.append", log, entry: room.message("first") }));
  return { room, log };
}

async function mirror(at: { world: TestWorld; home: TestStation; who: TestClient }, hub: TestStation, room: TestRoom) {
  const log = room.idAt(hub.ref.key);
  const signer = room.readSigner(room.epoch);
  const signature = await signer.sign(mirrorMessage(at.home.ref.key, log));
  const read = { key: signer.publicKey, signature };
  return await at.world.settle(at.who.ask({ type: "room.mirror", log, hub: hub.ref, read }));
}

async function grant(at: { world: TestWorld; home: TestStation; who: TestClient }, log: LogId, room: TestRoom) {
  await at.world.settle(at.who.openRoom(room, log));
  const signature = await room.writeSigner(0).sign(grantMessage(at.home.ref.key, log, 0));
  return await at.world.settle(at.who.ask({ type: "room.grant", log, write: { epoch: 0, signature } }));
}

describe("the border of a region", () => {
  it("K-13 under exclusive envelopes a room abroad is read at home and not written to, and nothing of the letter left", async () => {
    const { world, lawful, free, sara, dara } = await under(keeping("exclusive", "envelope"));
    const { room, log } = await roomAt(world, free, dara);
    const at = { world, home: lawful, who: sara };
    expect(await mirror(at, free, room)).toMatchObject({ type: "log.state" });
    expect(await grant(at, log, room)).toEqual({ type: "done" });
    const held = await world.settle(sara.expect("log.entries", { type: "log.read", log, from: 0, maxBytes: 100_000 }));
    expect(held.entries.length).toBe(2);
    const entry = room.message("kept in the country");
    expect(await world.settle(sara.ask({ type: "log.append", log, entry }))).toEqual(REFUSED);
    expect(free.observer.counts.get("requests log.append")).toBe(1);
  });

  it("K-11 K-13 gives a room to no station abroad, and to one of its own region", async () => {
    const { world, lawful, free, sara, dara } = await under(keeping("exclusive", "envelope"));
    const { room } = await roomAt(world, lawful, sara);
    expect(await mirror({ world, home: free, who: dara }, lawful, room)).toEqual(REFUSED);
    const near = await world.station("near", { region: "IR" });
    const { client: neda } = await world.resident(near, "neda");
    expect(await mirror({ world, home: near, who: neda }, lawful, room)).toMatchObject({ type: "log.state" });
    expect(free.store.writes.filter((write) => write.kind === "chunk")).toEqual([]);
  });

  it("K-11 leaves no letter in an inbox abroad, and hands out no account and no blob", async () => {
    const { world, lawful, free, sara, person, dara } = await under(
      keeping("exclusive", "envelope", "account", "blob"),
    );
    const inbox = new TestPerson("dara", free.ref).inboxAt(free.ref);
    const body = { type: "inbox.append", inbox, at: free.ref, entry: knock("hello") } as const;
    expect(await world.settle(sara.ask(body))).toEqual(REFUSED);
    const { hash } = await world.settle(
      sara.expect("blob.stored", { type: "blob.put", bytes: new Uint8Array(64), lock: undefined }),
    );
    const at = lawful.ref;
    const { identity } = person;
    for (const question of [
      { type: "blob.get", hash, at },
      { type: "identity.get", identity, at },
      { type: "keys.take", suite: 0xf00d, identity, at },
    ] as const)
      expect(await world.settle(dara.ask(question)), question.type).toEqual(REFUSED);
    expect(await world.settle(sara.ask({ type: "blob.get", hash, at }))).toMatchObject({ type: "blob" });
  });

  it("K-12 a person's chain leaves for an anchor that they chose, whatever the law keeps", async () => {
    const { world, free, sara, person } = await under(keeping("exclusive", "account", "envelope", "commitment"));
    person.push({ kind: "set-anchors", anchors: [{ station: free.ref, region: "DE" }] });
    await world.settle(sara.expect("done", { type: "identity.put", ops: person.ops.slice(1) }));
    const anchored = await world.settle(sara.ask({ type: "identity.anchor", ops: person.ops, at: free.ref }));
    expect(anchored).toEqual({ type: "done" });
    expect(await free.store.account(person.identity)).toEqual(person.ops);
  });

  it("K-14 gives no receipt, head or proof abroad where commitments may not leave, and takes nothing that would need one", async () => {
    const { world, lawful, sara, person, dara } = await under(testLaw("IR", () => "none", false));
    await world.settle(sara.expect("log.state", { type: "log.create", genesis: person.inbox() }));
    const inbox = person.inboxAt(lawful.ref);
    const body = { type: "inbox.append", inbox, at: lawful.ref, entry: knock("from abroad") } as const;
    expect(await world.settle(dara.ask(body))).toEqual(REFUSED);
    expect((await lawful.store.log(inbox))?.size).toBe(1);
    const { room } = await roomAt(world, lawful, sara);
    const { free } = { free: await world.station("third", { region: "CH" }) };
    const { client } = await world.resident(free, "third");
    expect(await mirror({ world, home: free, who: client }, lawful, room)).toEqual(REFUSED);
  });

  it("K-14 shows checkpoints to no witness abroad, or of an unknown region", async () => {
    const shown: string[] = [];
    const world = new TestWorld();
    const parties = ["IR", "DE", undefined].map((region) => ({
      key: {
        name: `w ${region ?? "?"}`,
        keyId: 1,
        algorithm: 4,
        publicKey: new Uint8Array(32).fill(region === "IR" ? 1 : 2),
      },
      url: `https://${region ?? "somewhere"}.example`,
      region,
    }));
    const post = (url: string): Promise<never> => {
      shown.push(url);
      return Promise.reject(new Error("nobody there"));
    };
    const witnessing = { witnesses: parties as never, post };
    const law = testLaw("IR", () => "none", false);
    const { station, stop } = await world.station("lawful", { region: "IR", law, witnessing, logged: false });
    if (station.ledger === undefined) throw new Error("a station without a log");
    await world.settle(station.ledger.freshness());
    station.ledger.checkpoints.setWitnesses(parties as never);
    await world.clock.advance(30_000);
    expect(new Set(shown)).toEqual(new Set(["https://IR.example/add-checkpoint"]));
    await stop();
  });

  it.each(["copy", "first-write"] as const)(
    "K-15 under %s a letter is on disk at home before a byte of it leaves",
    async (mode) => {
      const { world, lawful, free, sara, dara } = await under(keeping(mode, "envelope"));
      const { room, log } = await roomAt(world, free, dara);
      const at = { world, home: lawful, who: sara };
      await mirror(at, free, room);
      await grant(at, log, room);
      const entry = room.message("home first");
      const release = lawful.store.hold();
      const answer = sara.ask({ type: "log.append", log, entry });
      await world.clock.advance(1_000);
      expect(free.observer.counts.get("requests log.append")).toBe(1);
      release();
      expect(await world.settle(answer)).toMatchObject({ type: "receipt" });
      const first = lawful.store.writes.findIndex(
        (write) => write.kind === "blob" && Buffer.compare(write.bytes, entry) === 0,
      );
      expect(first).toBeGreaterThan(0);
      lawful.store.fail("station/storage-full");
      const unsent = await world.settle(sara.ask({ type: "log.append", log, entry: room.message("no room at home") }));
      expect(unsent).toMatchObject({ code: "station/storage-full" });
      expect(free.observer.counts.get("requests log.append")).toBe(2);
    },
  );

  it("K-11 without a policy everything crosses as ever", async () => {
    const world = new TestWorld();
    const home = await world.station("home");
    const free = await world.station("free", { region: "DE" });
    const { client: sara } = await world.resident(home, "sara");
    const { client: dara } = await world.resident(free, "dara");
    const { room, log } = await roomAt(world, free, dara);
    const at = { world, home, who: sara };
    await mirror(at, free, room);
    await grant(at, log, room);
    const blobs = home.store.writes.filter((write) => write.kind === "blob").length;
    await world.settle(sara.expect("receipt", { type: "log.append", log, entry: room.message("as ever") }));
    expect(home.store.writes.filter((write) => write.kind === "blob").length).toBe(blobs);
  });
});

describe("random operations on real disks", () => {
  const mark = { of: "envelope", region: "AA", number: 9_999_999 } as const;

  it("K-11 K-13 K-50 nothing stands in any file that its law keeps elsewhere, what stood there would be found, and the reports match", async () => {
    const folder = mkdtempSync(join(tmpdir(), "chapar-residency-"));
    try {
      const season = await playDiskSeason({ folder, seed: 2, operations: 120 });
      expect(season).toMatchObject({ wrongAnswers: 0, misplaced: 0, unexplainedBytes: 0, faults: 0 });
      expect(season.matchedBytes).toBeGreaterThan(10_000);
      expect(season.refused).toBeGreaterThan(0);
      expect(season.marks).toBeGreaterThan(200);
      const names = readdirSync(join(folder, "berlin"));
      for (const name of ["station.sqlite", "operator.log", "metrics.txt", "station.backup", "report.json"])
        expect(names).toContain(name);
      const laws = new Map([["AA", keeping("exclusive", "envelope")]]);
      const [home, abroad] = [join(folder, "home"), join(folder, "abroad")];
      for (const made of [home, abroad]) mkdirSync(join(made, "deep"), { recursive: true });
      const search = (law = laws): number =>
        searchFolders(
          [
            { folder: home, region: "AA" },
            { folder: abroad, region: "BB" },
          ],
          law,
        ).misplaced;
      writeFileSync(join(home, "deep", "a"), markBytes(mark));
      expect(search()).toBe(0);
      writeFileSync(join(abroad, "deep", "b"), Buffer.concat([Buffer.alloc(5_000), markBytes(mark)]));
      expect(search()).toBe(1);
      const copied = new Map([["AA", keeping("copy", "envelope")]]);
      expect(search(copied)).toBe(0);
      rmSync(join(home, "deep", "a"));
      expect(search(copied)).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 120_000);
});

describe("random operations over three regions", () => {
  it.each([1, 2, 3, 4])(
    "K-11 K-13 K-15 K-16 nothing rests where its law does not let it, and both sides counted alike: season %i",
    async (seed) => {
      const season = await playResidencySeason({ seed, operations: 400, plants: 0 });
      expect(season).toMatchObject({ wrongAnswers: 0, misplaced: 0, unlawful: 0, unexplainedBytes: 0 });
      expect(season.marks).toBeGreaterThan(500);
      expect(season.refused).toBeGreaterThan(0);
      expect(season.matchedBytes).toBeGreaterThan(100_000);
    },
  );

  it("K-16 the books of both sides show every fault of a border that lets pass what it should not", async () => {
    const season = await playResidencySeason({ seed: 5, operations: 60, plants: 60 });
    expect(season.planted).toBeGreaterThan(40);
    expect(season.flagged).toBe(season.planted);
  });
});
