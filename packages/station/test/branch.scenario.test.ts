/* Branches: what residents write in a mirrored room while its hub is out of reach, and how it comes to the hub (17-island.md). */
import { createTreeHasher, decodeReceipt, verifyReceipt } from "@chapar/log";
import { encodeEntry, grantMessage, logIdOf, mirrorMessage, type LogId } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { nodeSha256, nodeVerifier } from "../src/node/node-crypto.ts";
import { knock, TestRoom, TestWorld, type TestClient, type TestStation } from "../src/testing/index.ts";

interface Island {
  readonly world: TestWorld;
  readonly hub: TestStation;
  home: TestStation;
  readonly room: TestRoom;
  readonly log: LogId;
  /** at the home, where they have the room open */
  dara: TestClient;
  sara: TestClient;
}

const mirrorProof = async (room: TestRoom, home: TestStation, log: LogId) => ({
  key: room.readSigner(room.epoch).publicKey,
  signature: await room.readSigner(room.epoch).sign(mirrorMessage(home.ref.key, log)),
});

async function openAt(s: Pick<Island, "world" | "home" | "hub" | "room" | "log">, client: TestClient): Promise<void> {
  const { world, home, hub, room, log } = s;
  const read = await mirrorProof(room, home, log);
  await world.settle(client.expect("log.state", { type: "room.mirror", log, hub: hub.ref, read }));
  await world.settle(client.openRoom(room, log));
  await world.settle(client.expect("done", { type: "log.follow", log, from: 0 }));
}

async function grant({ world, home, room, log, dara }: Island): Promise<void> {
  const { epoch } = room;
  const signature = await room.writeSigner(epoch).sign(grantMessage(home.ref.key, log, epoch));
  await world.settle(dara.ask({ type: "room.grant", log, write: { epoch, signature } }));
}

/** Two residents of one station, in a room whose hub is another. */
async function island(): Promise<Island> {
  const world = new TestWorld();
  const hub = await world.station("hub", { region: "DE" });
  const home = await world.station("home");
  const { client: alice } = await world.resident(hub, "alice");
  const room = new TestRoom(1);
  const log = room.idAt(hub.ref.key);
  await alice.expect("log.state", { type: "log.create", genesis: room.genesis });
  const { client: dara } = await world.resident(home, "dara");
  const { client: sara } = await world.resident(home, "sara");
  const s: Island = { world, hub, home, room, log, dara, sara };
  await openAt(s, dara);
  await openAt(s, sara);
  await grant(s);
  return s;
}

function cut({ world, hub }: Island): void {
  world.network.set(hub.url, "refusing");
  world.network.cut(hub.url);
}

async function join(s: Island): Promise<void> {
  s.world.network.set(s.hub.url, "open");
  await s.world.clock.advance(180_000);
}

function branchGenesis(room: TestRoom, log: LogId, change: { epoch?: number; writeKey?: Uint8Array } = {}): Uint8Array {
  const epoch = change.epoch ?? room.epoch;
  return encodeEntry({
    kind: "genesis",
    log: "branch",
    nonce: new Uint8Array(20),
    writeKey: change.writeKey ?? room.writeSigner(room.epoch).publicKey,
    readKey: room.readSigner(room.epoch).publicKey,
    of: { room: log, epoch },
  });
}

/** Makes a branch and opens it for reading and writing. */
async function branch({ world, home, room, log }: Island, client: TestClient): Promise<LogId> {
  const genesis = branchGenesis(room, log);
  const id = logIdOf(nodeSha256, home.ref.key, genesis);
  const made = await world.settle(client.expect("log.state", { type: "log.create", genesis }));
  expect(made).toMatchObject({ log: id, epoch: room.epoch });
  await world.settle(client.openRoom(room, id));
  return id;
}

const append = async ({ world }: Island, client: TestClient, log: LogId, entry: Uint8Array) =>
  await world.settle(client.ask({ type: "log.append", log, entry }));

/** What a log has at a station, as whoever may read it sees it. */
async function entriesAt({ world, room }: Island, at: TestStation, log: LogId, name: string): Promise<Uint8Array[]> {
  const { client } = await world.resident(at, name);
  await world.settle(client.openRoom(room, log));
  const read = { type: "log.read", log, from: 0, maxBytes: 500_000 } as const;
  return [...(await world.settle(client.expect("log.entries", read))).entries];
}

describe("a branch", () => {
  it("J-1 takes letters while the hub is out of reach, with receipts of its own station for its own log", async () => {
    const s = await island();
    cut(s);
    await s.world.clock.advance(5_000);
    const entry = s.room.message("inside");
    expect(await append(s, s.dara, s.log, entry)).toMatchObject({ code: "station/peer-unreachable" });
    const id = await branch(s, s.dara);
    const { receipt } = (await append(s, s.dara, id, entry)) as { receipt: Uint8Array };
    const hasher = createTreeHasher(nodeSha256);
    const known = { stationKey: s.home.ref.key, logId: id, leafHash: hasher.leaf(entry) };
    const decoded = decodeReceipt(receipt, known);
    if (!decoded.ok) throw new Error(decoded.code);
    expect(decoded.value).toMatchObject({ index: 1, size: 2 });
    const checked = await verifyReceipt(decoded.value, s.home.ref.key, { hasher, verify: nodeVerifier() });
    expect(checked.ok).toBe(true);
    // Anyone else makes the same one.
    expect(await branch(s, s.sara)).toEqual(id);
  });

  it("J-2 is told to whoever follows the room, when it is made and when they begin", async () => {
    const s = await island();
    cut(s);
    const id = await branch(s, s.dara);
    await s.world.settle(s.sara.until(() => s.sara.pushed(id).length > 0));
    expect(s.sara.pushed(id)).toEqual([branchGenesis(s.room, s.log)]);
    const { client: nima } = await s.world.resident(s.home, "nima");
    await s.world.settle(nima.openRoom(s.room, s.log));
    expect(nima.pushed(id)).toEqual([]);
    await s.world.settle(nima.expect("done", { type: "log.follow", log: s.log, from: 0 }));
    await s.world.settle(nima.until(() => nima.pushed(id).length > 0));
    // Who has not shown a key of the room is told nothing.
    const { client: stranger } = await s.world.resident(s.home, "stranger");
    expect(await stranger.refused({ type: "log.read", log: id, from: 0, maxBytes: 1000 })).toBe("station/unknown-log");
  });

  it("J-1 is made by nobody who cannot read the room, of no other epoch, with no other keys", async () => {
    const s = await island();
    const create = async (client: TestClient, genesis: Uint8Array) =>
      await s.world.settle(client.refused({ type: "log.create", genesis }));
    const { client: stranger } = await s.world.resident(s.home, "stranger");
    expect(await create(stranger, branchGenesis(s.room, s.log))).toBe("station/unknown-log");
    expect(await create(s.dara, branchGenesis(s.room, s.log, { epoch: 1 }))).toBe("station/stale-epoch");
    const writeKey = s.room.writeSigner(9).publicKey;
    expect(await create(s.dara, branchGenesis(s.room, s.log, { writeKey }))).toBe("station/not-allowed");
    const own = new TestRoom(2);
    await s.dara.expect("log.state", { type: "log.create", genesis: own.genesis });
    const ownLog = own.idAt(s.home.ref.key);
    await s.world.settle(s.dara.openRoom(own, ownLog));
    expect(await create(s.dara, branchGenesis(own, ownLog))).toBe("station/unknown-log");
  });

  it("J-3 takes letters of its epoch alone: no commit, no knock, no letter without the write key", async () => {
    const s = await island();
    cut(s);
    const id = await branch(s, s.dara);
    expect(await append(s, s.dara, id, s.room.commit())).toMatchObject({ code: "station/bad-entry" });
    expect(await append(s, s.dara, id, knock("x"))).toMatchObject({ code: "station/bad-entry" });
    const next = s.room.message("next", { epoch: 1 });
    expect(await append(s, s.dara, id, next)).toMatchObject({ code: "station/stale-epoch" });
    await s.world.settle(
      s.sara.ask({ type: "log.open", log: id, read: await s.sara.readProof(s.room, id), write: undefined }),
    );
    expect(await append(s, s.sara, id, s.room.message("x"))).toMatchObject({ code: "station/not-allowed" });
  });

  it("J-5 is handed to the hub in order when the cut ends, once, also by a station that was started anew", async () => {
    const s = await island();
    expect(await append(s, s.dara, s.log, s.room.message("before"))).toMatchObject({ type: "receipt" });
    cut(s);
    const id = await branch(s, s.dara);
    const letters = Array.from({ length: 150 }, (_, at) => s.room.message(`inside ${at}`));
    for (const entry of letters) expect(await append(s, s.dara, id, entry)).toMatchObject({ type: "receipt" });
    await s.home.stop();
    s.home = await s.world.station("home", { store: s.home.store });
    expect(await entriesAt(s, s.home, id, "nima")).toEqual([branchGenesis(s.room, s.log), ...letters]);
    await join(s);
    // The copy of the room is what the hub has, under the hub's head; and nothing is handed over again.
    expect((await entriesAt(s, s.home, s.log, "reader")).slice(1)).toEqual([s.room.message("before"), ...letters]);
    expect(s.hub.observer.counts.get("entries_appended")).toBe(152);
    await s.home.stop();
    s.home = await s.world.station("home", { store: s.home.store });
    await s.world.clock.advance(180_000);
    expect(s.home.observer.counts.get("branch_letters")).toBe(150);
    expect(s.hub.observer.counts.get("entries_appended")).toBe(152);
  });

  it("J-6 ends with its epoch: what the hub did not take by then is refused there, and a letter of the next begins another", async () => {
    const s = await island();
    cut(s);
    const id = await branch(s, s.dara);
    await append(s, s.dara, id, s.room.message("too late"));
    s.world.network.set(s.hub.url, "open");
    const again = await s.world.client(s.hub);
    await s.world.settle(again.openRoom(s.room, s.log));
    s.world.network.set(s.hub.url, "refusing");
    await s.world.settle(again.expect("receipt", { type: "log.append", log: s.log, entry: s.room.commit() }));
    await join(s);
    expect(s.hub.observer.counts.get("entries_appended")).toBe(2);
    expect(s.home.observer.notes.map(({ event }) => event)).toContain("branch over");
    s.room.advance();
    s.dara = (await s.world.resident(s.home, "dara")).client;
    await openAt(s, s.dara);
    cut(s);
    expect(await branch(s, s.dara)).not.toEqual(id);
  });

  it("J-4 is mirrored by another station of the island, for its own residents, under the keys of its station", async () => {
    const s = await island();
    const other = await s.world.station("other");
    const { client: nima } = await s.world.resident(other, "nima");
    cut(s);
    const id = await branch(s, s.dara);
    await append(s, s.dara, id, s.room.message("to the neighbours"));
    const read = await mirrorProof(s.room, other, id);
    await s.world.settle(nima.expect("log.state", { type: "room.mirror", log: id, hub: s.home.ref, read }));
    expect((await entriesAt(s, other, id, "other reader")).slice(1)).toEqual([s.room.message("to the neighbours")]);
    await append(s, s.dara, id, s.room.message("and more"));
    await s.world.clock.advance(1_000);
    expect(await entriesAt(s, other, id, "another reader")).toHaveLength(3);
    // The neighbours' station has acknowledged all of it; it is owed to the hub all the same, and nothing of it is pruned.
    await s.world.clock.advance(180_000);
    expect(await entriesAt(s, s.home, id, "a later reader")).toHaveLength(3);
  });
});
