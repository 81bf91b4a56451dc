/* What stations pass on and forget (protocol/1-wire.md W-80 to W-84): who it comes from, who it goes to, and that nothing of it stays. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { auditEgress, createEvidencePorts } from "@chapar/evidence";
import { EPHEMERAL_BYTES, grantMessage, mirrorMessage, peerMessage, stationKey, type LogId } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { nodeSha256, nodeVerifier } from "../src/node/node-crypto.ts";
import { SqliteStore } from "../src/node/sqlite-store.ts";
import {
  keyOf,
  TEST_TOKEN,
  testLaw,
  TestPerson,
  TestRoom,
  TestWorld,
  type TestClient,
  type TestStation,
  type TestStationOptions,
} from "../src/testing/index.ts";

const WAIT_MS = 2_000;
const sealed = (fill: number): Uint8Array => new Uint8Array(EPHEMERAL_BYTES).fill(fill);

/** Says one, and lets it go where it goes; what was asked after it is answered after it. */
async function say(world: TestWorld, client: TestClient, log: LogId, fill: number): Promise<void> {
  client.say({ type: "ephemeral", log, sealed: sealed(fill) });
  await world.settle(client.expect("pong", { type: "ping" }));
  await world.clock.advance(WAIT_MS);
}

const heard = ({ ephemerals }: TestClient): number[] => ephemerals.map((one) => one.sealed[0] ?? 0);

/** Opens a room, takes what is passed on, and follows it. */
async function takes(world: TestWorld, client: TestClient, room: TestRoom, log: LogId): Promise<void> {
  await world.settle(client.openRoom(room, log));
  await world.settle(client.expect("done", { type: "ephemeral.take", on: 1 }));
  await world.settle(client.expect("done", { type: "log.follow", log, from: 0 }));
}

interface AtHub {
  readonly world: TestWorld;
  readonly hub: TestStation;
  readonly room: TestRoom;
  readonly log: LogId;
  readonly alice: TestClient;
  readonly bob: TestClient;
}

/** Two residents of one station in a room of its own. */
async function atHub(options: TestStationOptions = {}): Promise<AtHub> {
  const world = new TestWorld();
  const hub = await world.station("hub", { logged: true, ...options });
  const { client: alice } = await world.resident(hub, "alice");
  const room = new TestRoom(1);
  const log = room.idAt(hub.ref.key);
  await world.settle(alice.expect("log.state", { type: "log.create", genesis: room.genesis }));
  await takes(world, alice, room, log);
  const { client: bob } = await world.resident(hub, "bob");
  await takes(world, bob, room, log);
  return { world, hub, room, log, alice, bob };
}

interface Abroad extends AtHub {
  readonly home: TestStation;
  /** residents of the home, in the hub's room */
  readonly dara: TestClient;
  readonly sara: TestClient;
}

async function mirrored(
  s: AtHub,
  home: TestStation,
  client: TestClient,
  take = (): Promise<void> => takes(s.world, client, s.room, s.log),
): Promise<void> {
  const { world, hub, room, log } = s;
  const read = room.readSigner(room.epoch);
  const shown = { key: read.publicKey, signature: await read.sign(mirrorMessage(home.ref.key, log)) };
  await world.settle(client.expect("log.state", { type: "room.mirror", log, hub: hub.ref, read: shown }));
  await take();
  const signature = await room.writeSigner(room.epoch).sign(grantMessage(home.ref.key, log, room.epoch));
  await world.settle(client.expect("done", { type: "room.grant", log, write: { epoch: room.epoch, signature } }));
}

/** And two of another station. */
async function abroad(options: TestStationOptions = {}, homeOptions: TestStationOptions = {}): Promise<Abroad> {
  const s = await atHub(options);
  const home = await s.world.station("home", { region: "DE", logged: true, ...homeOptions });
  const { client: dara } = await s.world.resident(home, "dara");
  await mirrored(s, home, dara);
  const { client: sara } = await s.world.resident(home, "sara");
  await mirrored(s, home, sara);
  return { ...s, home, dara, sara };
}

describe("what is passed on and forgotten", () => {
  it("W-80 W-82 reaches who follows the room now at every station, and its sender not", async () => {
    const { world, log, alice, bob, dara, sara } = await abroad();
    await say(world, alice, log, 1);
    await say(world, dara, log, 2);
    expect([alice, bob, dara, sara].map(heard)).toEqual([[2], [1, 2], [1], [1, 2]]);
    expect(alice.ephemerals[0]).toEqual({ type: "ephemeral", log, sealed: sealed(2) });
  });

  it("W-80 changes nothing in the stores, and nobody who comes later learns of it", async () => {
    const s = await abroad();
    const { world, hub, home, room, log, alice, dara } = s;
    await world.clock.advance(60_000);
    const writes = (): number => hub.store.writes.length + home.store.writes.length;
    const before = writes();
    for (const fill of [1, 2, 3])
      for (const who of [alice, dara]) who.say({ type: "ephemeral", log, sealed: sealed(fill) });
    await world.settle(alice.expect("pong", { type: "ping" }));
    await world.settle(dara.expect("pong", { type: "ping" }));
    expect(writes()).toBe(before);
    const { client: late } = await world.resident(hub, "late");
    await takes(world, late, room, log);
    await world.clock.advance(WAIT_MS);
    expect(heard(late)).toEqual([]);
    expect(heard(alice)).toEqual([1, 2, 3]);
  });

  it("W-80 leaves no byte on a disk", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "chapar-ephemeral-"));
    try {
      await using store = await SqliteStore.open({ dataDir });
      const world = new TestWorld();
      const hub = await world.station("hub", { store });
      const room = new TestRoom(1);
      const log = room.idAt(hub.ref.key);
      // The disk takes real time, so nobody moves the clock of the world here.
      const inRoom = async (name: string): Promise<TestClient> => {
        const client = await world.stranger(hub);
        await client.greet();
        const { ops, identity, phone } = new TestPerson(name, hub.ref);
        await client.expect("done", { type: "account.register", ops, token: TEST_TOKEN });
        await client.auth(identity, phone);
        await client.expect("log.state", { type: "log.create", genesis: room.genesis });
        await client.openRoom(room, log);
        await client.expect("done", { type: "log.follow", log, from: 0 });
        await client.expect("done", { type: "ephemeral.take", on: 1 });
        return client;
      };
      const [alice, bob] = [await inRoom("alice"), await inRoom("bob")];
      const files = (): string[] =>
        readdirSync(dataDir, { recursive: true, withFileTypes: true })
          .filter((file) => file.isFile())
          .map((file) => join(file.parentPath, file.name))
          .map((path) => `${path} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`);
      const before = files();
      alice.say({ type: "ephemeral", log, sealed: sealed(1) });
      await alice.expect("pong", { type: "ping" });
      await bob.expect("pong", { type: "ping" });
      expect(heard(bob)).toEqual([1]);
      expect(files()).toEqual(before);
      await hub.stop();
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it("W-81 is taken from nobody who may not write there now, and their link goes on", async () => {
    const { world, hub, room, log, alice, bob } = await atHub();
    const { client: reader } = await world.resident(hub, "reader");
    const read = await reader.readProof(room, log);
    await world.settle(reader.expect("log.state", { type: "log.open", log, read, write: undefined }));
    await say(world, reader, log, 1);
    const { client: outsider } = await world.resident(hub, "outsider");
    await say(world, outsider, log, 2);
    const lane = await world.client(hub);
    await world.settle(lane.openRoom(room, log));
    await say(world, lane, log, 3);
    await say(world, alice, new TestRoom(9).idAt(hub.ref.key), 4);
    expect(heard(bob)).toEqual([]);
    for (const client of [reader, outsider, lane]) expect(client.goodbye).toBeUndefined();
  });

  it("W-81 W-82 is neither taken from nor given to a member who was taken out", async () => {
    const { world, hub, room, log, alice, bob } = await atHub();
    await world.settle(alice.expect("receipt", { type: "log.append", log, entry: room.commit({ revokes: true }) }));
    room.advance();
    await world.settle(alice.openRoom(room, log));
    const { client: carol } = await world.resident(hub, "carol");
    await takes(world, carol, room, log);
    await say(world, bob, log, 1);
    await say(world, alice, log, 2);
    expect([alice, bob, carol].map(heard)).toEqual([[], [], [2]]);
  });

  it("W-81 comes from a peer only with a grant, and from no peer as if it were the hub", async () => {
    const { world, home, room, log, alice, dara, sara } = await abroad();
    await world.settle(alice.expect("receipt", { type: "log.append", log, entry: room.commit() }));
    room.advance();
    await world.settle(dara.until(() => dara.pushed(log).length === 2));
    // The new epoch's key was shown to the home, but the hub was granted nothing yet.
    await world.settle(dara.openRoom(room, log));
    await world.settle(alice.openRoom(room, log));
    await say(world, dara, log, 1);
    expect([heard(alice), heard(sara)]).toEqual([[], [1]]);
    const third = keyOf("third");
    const peer = await world.client(home);
    const nonce = peer.hello?.nonce ?? new Uint8Array(0);
    const self = { key: stationKey(third.publicKey), urls: [] };
    const signature = third.sign(peerMessage(home.ref.key, nonce, self.key));
    await world.settle(peer.expect("done", { type: "peer.auth", self, region: "FR", signature }));
    await say(world, peer, log, 2);
    expect(heard(sara)).toEqual([1]);
  });

  it("W-82 is not passed on in a room that very many links have open", async () => {
    const { world, hub, room, log, alice, bob } = await atHub();
    const others: TestClient[] = [];
    for (let i = 0; i < 255; i++) {
      const client = await world.client(hub);
      await world.settle(client.openRoom(room, log));
      others.push(client);
    }
    await say(world, alice, log, 1);
    expect(heard(bob)).toEqual([]);
    await others[0]?.close();
    await say(world, alice, log, 2);
    expect(heard(bob)).toEqual([2]);
  });

  it("W-83 goes to no link that did not ask for it, or took it back", async () => {
    const { world, log, alice, bob } = await atHub();
    await world.settle(bob.expect("done", { type: "ephemeral.take", on: 0 }));
    await say(world, alice, log, 1);
    expect(heard(bob)).toEqual([]);
    await world.settle(bob.expect("done", { type: "ephemeral.take", on: 1 }));
    await say(world, alice, log, 2);
    expect(heard(bob)).toEqual([2]);
  });

  it.each(["before", "after"])("W-83 comes to a home whose only resident takes it %s they follow", async (when) => {
    const { world, hub, room, log, alice, ...s } = await atHub();
    const home = await world.station("home", { region: "DE" });
    const { client: dara } = await world.resident(home, "dara");
    await mirrored({ world, hub, room, log, alice, ...s }, home, dara, async () => {
      if (when === "before") return await takes(world, dara, room, log);
      await world.settle(dara.openRoom(room, log));
      await world.settle(dara.expect("done", { type: "log.follow", log, from: 0 }));
      await world.settle(dara.expect("done", { type: "ephemeral.take", on: 1 }));
    });
    await say(world, alice, log, 1);
    expect(heard(dara)).toEqual([1]);
  });

  it("W-83 comes again after the link to the hub was lost", async () => {
    const { world, hub, room, log, dara } = await abroad();
    world.network.cut(hub.url);
    const { client: carol } = await world.resident(hub, "carol");
    await takes(world, carol, room, log);
    await world.settle(carol.expect("receipt", { type: "log.append", log, entry: room.message("again") }));
    await world.settle(dara.until(() => dara.pushed(log).length === 2));
    await say(world, carol, log, 1);
    await say(world, dara, log, 2);
    expect([heard(carol), heard(dara)]).toEqual([[2], [1]]);
  });

  it("W-84 drops a flood where it comes, by account and not by link, and goes on with it later", async () => {
    const { world, hub, room, log, alice, bob } = await atHub();
    const flood = 5_000;
    for (let i = 0; i < flood; i++) alice.say({ type: "ephemeral", log, sealed: sealed(1) });
    await world.settle(alice.expect("pong", { type: "ping" }));
    expect(heard(bob)).toEqual([1, 1, 1]);
    expect(alice.goodbye).toBeUndefined();
    // Another link of the same account has no more.
    const { client: again } = await world.resident(hub, "alice");
    await takes(world, again, room, log);
    await say(world, again, log, 2);
    expect(heard(bob)).toEqual([1, 1, 1]);
    await say(world, bob, log, 3);
    expect(heard(alice)).toEqual([3]);
    await say(world, again, log, 4);
    expect(heard(bob)).toEqual([1, 1, 1, 4]);
  });

  it("W-84 counts for both sides of a border, and passes none that an envelope may not pass", async () => {
    const { world, hub, home, log, alice, dara } = await abroad();
    await say(world, alice, log, 1);
    await say(world, dara, log, 2);
    await world.clock.advance(30_000);
    const ledger = async (at: TestStation, region: string) => ({
      station: at.ref.key,
      region,
      policy: undefined,
      lines: await at.store.ledger.rows("egress", new Uint8Array(32), undefined, 1000),
    });
    const ports = createEvidencePorts(nodeSha256, nodeVerifier());
    const found = await auditEgress([await ledger(hub, "IR"), await ledger(home, "DE")], ports);
    expect(found).toMatchObject({ unexplainedBytes: 0, faults: [] });
    // The genesis that the mirror has, and one each way.
    expect(found.matched.envelope.objects).toBe(3);
  });

  it("W-84 passes nothing out of a region that keeps its envelopes, and its link to the hub goes on", async () => {
    const law = testLaw("DE", (of) => (of === "envelope" ? "exclusive" : "none"));
    const { world, log, alice, dara, sara } = await abroad({}, { law });
    await say(world, dara, log, 1);
    expect([heard(alice), heard(sara)]).toEqual([[], [1]]);
    await say(world, alice, log, 2);
    expect(heard(dara)).toEqual([2]);
  });
});
