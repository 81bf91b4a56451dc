/*
 * Clients that do not keep the rules. Each gets its typed error, costs a bounded amount, and leaves nothing in
 * the store that was not there before.
 */
import { describe, expect, it } from "vitest";
import { encodeFrame, frameBytes, MAX_FRAME_BYTES, stationKey, type Response } from "@chapar/wire";
import { ByteWriter, concatBytes } from "@chapar/wire/bytes";
import {
  keyOf,
  knock,
  TEST_TOKEN,
  type TestClient,
  TestPerson,
  TestRoom,
  TestWorld,
  type TestStation,
} from "../src/testing/index.ts";
import { DEFAULT_RATES } from "../src/session/rates.ts";

function withLength(frame: Uint8Array): Uint8Array {
  return new ByteWriter(frame.byteLength + 4).u32(frame.byteLength).bytes(frame).finish();
}

async function alone(): Promise<{ world: TestWorld; station: TestStation; stored: () => number }> {
  const world = new TestWorld();
  const station = await world.station("hub");
  const before = station.store.writes.length;
  return { world, station, stored: () => station.store.writes.length - before };
}

describe("a link that breaks the protocol", () => {
  it("W-1 is closed when it asks before it greets, and when it greets twice", async () => {
    const { world, station, stored } = await alone();
    const early = await world.stranger(station);
    expect(await world.settle(early.ask({ type: "ping" }))).toMatchObject({ code: "wire/unexpected-frame" });
    await world.settle(early.link.ended);
    expect(early.goodbye).toBe("wire/unexpected-frame");
    const twice = await world.client(station);
    expect(await world.settle(twice.refused({ type: "greet", version: 1 }))).toBe("wire/unexpected-frame");
    await world.settle(twice.link.ended);
    expect(stored()).toBe(0);
  });

  it("W-2 is closed for a version that is not spoken", async () => {
    const { world, station } = await alone();
    for (const version of [0, 2, 1000]) {
      const client = await world.stranger(station);
      expect(await world.settle(client.greet(version))).toMatchObject({ code: "wire/unknown-version" });
      await world.settle(client.link.ended);
      expect(client.goodbye).toBe("wire/unknown-version");
    }
  });

  it("W-3 is closed at the length of a frame that is too large, before the frame comes", async () => {
    const { world, station, stored } = await alone();
    const client = await world.client(station);
    client.raw(new ByteWriter(4).u32(MAX_FRAME_BYTES + 1).finish());
    await world.settle(client.link.ended);
    expect(client.goodbye).toBe("wire/too-large");
    expect(stored()).toBe(0);
  });

  it("W-4 is closed for bytes that do not decode and goes on after a type that is not known", async () => {
    const { world, station } = await alone();
    const ping = encodeFrame({ kind: "request", id: 1, body: { type: "ping" } });
    for (const bad of [
      new Uint8Array(0),
      concatBytes(ping, Uint8Array.of(0)),
      Uint8Array.of(ping[0]!),
      Uint8Array.of(ping[0]!, 0x40, 1),
    ]) {
      const client = await world.client(station);
      client.raw(withLength(bad));
      await world.settle(client.link.ended);
      expect(client.goodbye).toBe("wire/malformed");
    }
    const curious = await world.client(station);
    const answer = new Promise<Response>((resolve) => void curious.ask({ type: "ping" }, 77).then(resolve));
    expect(await answer).toEqual({ type: "pong" });
    curious.raw(withLength(Uint8Array.of(0x7f, 9, 1, 2, 3)));
    curious.raw(withLength(Uint8Array.of(0xff, 9)));
    expect(await world.settle(curious.ask({ type: "ping" }))).toEqual({ type: "pong" });
  });

  it("W-5 is closed when it uses an id that is still open, and when it answers what nobody asked", async () => {
    const { world, station } = await alone();
    const { client } = await world.resident(station, "alice");
    const release = station.store.hold();
    const create = frameBytes({
      kind: "request",
      id: 900,
      body: { type: "log.create", genesis: new TestRoom(1).genesis },
    });
    client.raw(concatBytes(create, create));
    await world.settle(client.link.ended);
    expect(client.goodbye).toBe("wire/unexpected-frame");
    release();
    const liar = await world.client(station);
    liar.reply(5, { type: "done" });
    await world.settle(liar.link.ended);
    expect(liar.goodbye).toBe("wire/unexpected-frame");
  });

  it("W-6 is closed for silence: soon before it greets, later after", async () => {
    const { world, station } = await alone();
    const mute = await world.stranger(station);
    const quiet = await world.client(station);
    const lively = await world.client(station);
    await world.clock.advance(21_000);
    expect(mute.ended).toBe("closed");
    expect(quiet.ended).toBeUndefined();
    // Half a frame is not a word.
    quiet.raw(Uint8Array.of(0, 0, 1));
    await world.clock.advance(60_000);
    await lively.ask({ type: "ping" });
    await world.clock.advance(60_000);
    expect(quiet.goodbye).toBe("wire/idle");
    expect(lively.ended).toBeUndefined();
  });

  it("W-7 is neither pushed to nor answered beyond a bound while it does not read, and loses nothing", async () => {
    const world = new TestWorld({ windowBytes: 64 * 1024 });
    const station = await world.station("hub");
    const { client: alice } = await world.resident(station, "alice");
    const room = new TestRoom(1);
    const log = room.idAt(station.ref.key);
    await alice.expect("log.state", { type: "log.create", genesis: room.genesis });
    await alice.openRoom(room, log);
    const slow = await world.client(station);
    await slow.openRoom(room, log);
    await slow.expect("done", { type: "log.follow", log, from: 0 });
    slow.link.pause();
    const count = 400;
    for (let i = 0; i < count; i++) {
      await alice.expect("receipt", { type: "log.append", log, entry: room.message(`m${i}`, { bucketBytes: 32_768 }) });
    }
    const waiting = Math.max(...world.network.links(station.url).map((pair) => pair.acceptor.unsentBytes));
    expect(waiting).toBeGreaterThan(4 * 1024 * 1024);
    expect(waiting).toBeLessThan(6 * 1024 * 1024);
    slow.link.resume();
    await world.settle(slow.until(() => slow.pushed(log).length === count + 1));
    expect(slow.pushes.map((push) => push.first)).toEqual(slow.pushes.map((push) => push.first).sort((a, b) => a - b));
  });
});

describe("a client that asks and does not listen", () => {
  it("W-7 has its further questions left unread, and answered when it listens again", async () => {
    const world = new TestWorld({ windowBytes: 64 * 1024 });
    const station = await world.station("hub");
    const { client: alice } = await world.resident(station, "alice");
    const room = new TestRoom(1);
    const log = room.idAt(station.ref.key);
    await alice.expect("log.state", { type: "log.create", genesis: room.genesis });
    await alice.openRoom(room, log);
    for (let i = 0; i < 20; i++) {
      await alice.expect("receipt", { type: "log.append", log, entry: room.message(`${i}`, { bucketBytes: 32_768 }) });
    }
    const greedy = await world.client(station);
    await greedy.openRoom(room, log);
    greedy.link.pause();
    const answers = Promise.all(
      Array.from({ length: 300 }, () => greedy.ask({ type: "log.read", log, from: 0, maxBytes: 1_000_000 })),
    );
    await world.clock.advance(1_000);
    const asked = station.observer.counts.get("requests log.read") ?? 0;
    const waiting = Math.max(...world.network.links(station.url).map((pair) => pair.acceptor.unsentBytes));
    expect(asked).toBeLessThan(30);
    expect(waiting).toBeLessThan(16 * 1024 * 1024);
    greedy.link.resume();
    expect((await world.settle(answers)).every((answer) => answer.type === "log.entries")).toBe(true);
  });
});

describe("a client without the right to", () => {
  it("W-10 W-21 shows proofs of another link, key or station, and is refused what needs an account", async () => {
    const { world, station } = await alone();
    const { client: alice, person } = await world.resident(station, "alice");
    const room = new TestRoom(1);
    const log = room.idAt(station.ref.key);
    await alice.expect("log.state", { type: "log.create", genesis: room.genesis });
    const stolen = await alice.readProof(room, log);
    const stored = station.store.writes.length;
    const eve = await world.client(station);
    expect(await eve.refused({ type: "log.open", log, read: stolen, write: undefined })).toBe("station/bad-signature");
    expect(await eve.auth(person.identity, keyOf("eve"))).toMatchObject({ code: "station/unknown-identity" });
    const wrongly = { publicKey: person.phone.publicKey, sign: (bytes: Uint8Array) => keyOf("eve").sign(bytes) };
    expect(await eve.auth(person.identity, wrongly)).toMatchObject({ code: "station/bad-signature" });
    const needing = [
      { type: "keys.put", suite: 0xf00d, packages: [new Uint8Array(10)] },
      { type: "keys.count", suite: 0xf00d },
      { type: "identity.put", ops: [] },
      { type: "log.create", genesis: room.genesis },
      { type: "blob.put", bytes: new Uint8Array(10), lock: undefined },
      { type: "room.mirror", log, hub: station.ref, read: stolen },
    ] as const;
    for (const body of needing) expect(await eve.refused(body)).toBe("station/not-authenticated");
    for (const type of ["peer.mirror", "peer.grant"] as const) {
      const write = { epoch: 0, signature: stolen.signature };
      expect(await eve.refused({ type, log, from: 0, read: stolen, write })).toBe("station/not-allowed");
    }
    expect(station.store.writes.length).toBe(stored);
  });

  it("W-20 registers only a chain that verifies, names this home and comes with a token", async () => {
    const { world, station, stored } = await alone();
    const client = await world.client(station);
    const alice = new TestPerson("alice", station.ref);
    const wrong = alice.ops.map((op) => op.slice());
    wrong[0]![wrong[0]!.byteLength - 1]! ^= 1;
    const elsewhere = new TestPerson("bob", {
      key: stationKey(keyOf("other").publicKey),
      urls: ["wss://other.example"],
    });
    const attempts = [
      [alice.ops, new Uint8Array(32), "station/bad-token"],
      [wrong, TEST_TOKEN, "station/bad-ops"],
      [[], TEST_TOKEN, "station/bad-ops"],
      [elsewhere.ops, TEST_TOKEN, "station/not-home"],
    ] as const;
    for (const [ops, token, code] of attempts) {
      expect(await world.settle(client.refused({ type: "account.register", ops, token }))).toBe(code);
    }
    expect(stored()).toBe(0);
    for (const token of [TEST_TOKEN, TEST_TOKEN, new Uint8Array(0)]) {
      await world.settle(client.expect("done", { type: "account.register", ops: alice.ops, token }));
    }
    expect(stored()).toBe(1);
  });

  it("makes no inbox that is not its own", async () => {
    const { world, station, stored } = await alone();
    const { client } = await world.resident(station, "alice");
    const bob = new TestPerson("bob", station.ref);
    const before = stored();
    expect(await client.refused({ type: "log.create", genesis: bob.inbox() })).toBe("station/not-allowed");
    expect(await client.refused({ type: "log.create", genesis: knock("no genesis") })).toBe("station/bad-entry");
    expect(stored()).toBe(before);
  });

  it("is cut off when its device is revoked", async () => {
    const { world, station } = await alone();
    const { client, person } = await world.resident(station, "alice");
    await client.expect("done", { type: "identity.put", ops: [person.addDevice("laptop")] });
    const laptop = await world.client(station);
    await laptop.auth(person.identity, keyOf("alice laptop"));
    await laptop.expect("keys.count", { type: "keys.put", suite: 0xf00d, packages: [new Uint8Array(5)] });
    const revocation = person.revokeDevice("laptop");
    await client.expect("done", { type: "identity.put", ops: [revocation] });
    await world.settle(laptop.link.ended);
    expect(laptop.goodbye).toBe("station/not-authenticated");
    await client.expect("done", { type: "identity.put", ops: [revocation] });
    const late = await client.ask({ type: "identity.put", ops: [person.ops[1]!] });
    expect(late).toMatchObject({ code: "station/stale-ops", detail: 3 });
    expect(await client.refused({ type: "keys.take", suite: 0xf00d, identity: person.identity, at: undefined })).toBe(
      "station/no-key-packages",
    );
  });
});

describe("a flood", () => {
  it("W-22 of knocks is limited for a link and for an inbox, with the time to wait", async () => {
    const world = new TestWorld();
    const link = { ...DEFAULT_RATES.link, inbox: { ratePerSecond: 1, burst: 3 } };
    const station = await world.station("hub", {
      rates: { ...DEFAULT_RATES, link, perInbox: { ratePerSecond: 1, burst: 5 } },
    });
    const { client, person } = await world.resident(station, "alice");
    await client.expect("log.state", { type: "log.create", genesis: person.inbox() });
    const inbox = person.inboxAt(station.ref);
    const outcomes = async (eve: TestClient, count: number): Promise<string[]> => {
      const answers = await Promise.all(
        Array.from({ length: count }, (_, i) =>
          eve.ask({ type: "inbox.append", inbox, at: undefined, entry: knock(`${i}`) }),
        ),
      );
      return answers.map((answer) => (answer.type === "error" ? `${answer.code} ${answer.detail}` : answer.type));
    };
    const first = await outcomes(await world.client(station), 5);
    expect(first.toSorted()).toEqual([
      ...Array<string>(3).fill("receipt"),
      ...Array<string>(2).fill("station/rate-limited 1000"),
    ]);
    // From another link the same knocks are answered with receipts, but no sixth is taken.
    const second = await outcomes(await world.client(station), 3);
    expect(second.filter((outcome) => outcome === "receipt").length).toBe(2);
    const stored = await station.store.log(inbox);
    expect(stored?.size).toBe(4);
    await world.clock.advance(2_000);
    expect(await outcomes(await world.client(station), 1)).toEqual(["receipt"]);
  });

  it("W-23 of takers empties nobody's key packages", async () => {
    const { world, station } = await alone();
    const { client, person } = await world.resident(station, "alice");
    const packages = Array.from({ length: 3 }, (_, i) => new Uint8Array(8).fill(i));
    await client.expect("keys.count", { type: "keys.put", suite: 0xf00d, packages });
    const eve = await world.client(station);
    const taken: number[] = [];
    for (let i = 0; i < 5; i++) {
      const { devices } = await eve.expect("keys.taken", {
        type: "keys.take",
        suite: 0xf00d,
        identity: person.identity,
        at: undefined,
      });
      taken.push(devices[0]!.package[0]!);
    }
    expect(taken).toEqual([0, 1, 2, 2, 2]);
    expect((await client.expect("keys.count", { type: "keys.count", suite: 0xf00d })).count).toBe(0);
    const many = Array.from({ length: 100 }, () => new Uint8Array(8).fill(9));
    expect((await client.expect("keys.count", { type: "keys.put", suite: 0xf00d, packages: many })).count).toBe(100);
    const over = await client.ask({ type: "keys.put", suite: 0xf00d, packages: [new Uint8Array(8)] });
    expect(over).toMatchObject({ code: "station/too-many-key-packages", detail: 100 });
    const next = await eve.expect("keys.taken", {
      type: "keys.take",
      suite: 0xf00d,
      identity: person.identity,
      at: undefined,
    });
    expect(next.devices[0]!.package[0]).toBe(9);
  });
});
