/* Two and three stations: mirrors, forwarding, grants, lost links, a hub that lies, addresses that may not be dialed. */
import { decodeSignedHead } from "@chapar/log";
import { describe, expect, it } from "vitest";
import { grantMessage, mirrorMessage, type LogId, type Response } from "@chapar/wire";
import { knock, TestRoom, TestWorld, type TestClient, type TestStation } from "../src/testing/index.ts";

async function proofFor(
  room: TestRoom,
  home: TestStation,
  log: LogId,
  epoch = room.epoch,
): Promise<{ key: Uint8Array; signature: Uint8Array }> {
  const signer = room.readSigner(epoch);
  return { key: signer.publicKey, signature: await signer.sign(mirrorMessage(home.ref.key, log)) };
}

async function grantFor(
  room: TestRoom,
  home: TestStation,
  log: LogId,
): Promise<{ epoch: number; signature: Uint8Array }> {
  const { epoch } = room;
  return { epoch, signature: await room.writeSigner(epoch).sign(grantMessage(home.ref.key, log, epoch)) };
}

interface TwoStations {
  readonly world: TestWorld;
  readonly hub: TestStation;
  readonly home: TestStation;
  readonly room: TestRoom;
  readonly log: LogId;
  readonly alice: TestClient;
  readonly dara: TestClient;
}

/** Alice's room rests at the hub; Dara, at home elsewhere, has asked for a mirror and opened it. */
async function withMirror(options: { homeUrls?: string[] } = {}): Promise<TwoStations> {
  const world = new TestWorld();
  const hub = await world.station("hub");
  const home = await world.station("home", { region: "DE", ...(options.homeUrls && { urls: options.homeUrls }) });
  const { client: alice } = await world.resident(hub, "alice");
  const room = new TestRoom(1);
  const log = room.idAt(hub.ref.key);
  await alice.expect("log.state", { type: "log.create", genesis: room.genesis });
  await alice.openRoom(room, log);
  await alice.expect("receipt", { type: "log.append", log, entry: room.message("first") });
  const { client: dara } = await world.resident(home, "dara");
  const read = await proofFor(room, home, log);
  await world.settle(dara.expect("log.state", { type: "room.mirror", log, hub: hub.ref, read }));
  await world.settle(dara.expect("done", { type: "log.follow", log, from: 0 }).catch(() => ({ type: "done" })));
  await world.settle(dara.openRoom(room, log));
  await world.settle(dara.expect("done", { type: "room.grant", log, write: await grantFor(room, home, log) }));
  await world.settle(dara.expect("done", { type: "log.follow", log, from: 0 }));
  return { world, hub, home, room, log, alice, dara };
}

describe("a mirror", () => {
  it("F-8 fills from the hub and serves the hub's own heads", async () => {
    const { world, hub, log, alice, dara } = await withMirror();
    await world.settle(dara.until(() => dara.pushed(log).length === 2));
    const atHub = await alice.expect("log.entries", { type: "log.read", log, from: 0, maxBytes: 1_000_000 });
    const atHome = await dara.expect("log.entries", { type: "log.read", log, from: 0, maxBytes: 1_000_000 });
    expect(atHome).toEqual(atHub);
    const note = await world.settle(dara.expect("log.checkpoint", { type: "log.checkpoint", log }));
    expect(note.note).toContain("\n2\n");
    expect(hub.observer.counts.get("requests log.checkpoint")).toBe(1);
  });

  it("passes a resident's appends to the hub and brings back the hub's receipt", async () => {
    const { world, room, log, alice, dara } = await withMirror();
    await alice.expect("done", { type: "log.follow", log, from: 2 });
    const entry = room.message("from afar");
    const [first, again] = [
      await world.settle(dara.expect("receipt", { type: "log.append", log, entry })),
      await world.settle(dara.expect("receipt", { type: "log.append", log, entry })),
    ];
    expect(first.receipt.byteLength).toBeGreaterThan(64);
    expect(again.receipt.byteLength).toBeGreaterThan(64);
    await world.settle(alice.until(() => alice.pushed(log).length === 1));
    await world.settle(dara.until(() => dara.pushed(log).length === 3));
    expect(dara.pushed(log)[2]).toEqual(entry);
  });

  it("F-71 follows a room that is led back, and reads on with a key that was revoked and is named again", async () => {
    const { world, hub, home, room, log, alice, dara } = await withMirror();
    await alice.expect("receipt", { type: "log.append", log, entry: room.commit() });
    room.advance();
    await world.settle(
      dara.expect("log.state", { type: "room.mirror", log, hub: hub.ref, read: await proofFor(room, home, log) }),
    );
    await alice.openRoom(room, log);
    await alice.expect("receipt", { type: "log.append", log, entry: room.commit({ revokes: true, text: "bad" }) });
    await world.settle(dara.until(() => dara.pushed(log).length === 4));
    const founder = await alice.writeProof(room, log, 0);
    await alice.expect("log.state", { type: "log.open", log, read: undefined, write: founder });
    const back = room.commit({ epoch: 0, text: "back".padEnd(32) });
    await alice.expect("receipt", { type: "log.append", log, entry: back });
    const read = await proofFor(room, home, log);
    await world.settle(dara.expect("log.state", { type: "room.mirror", log, hub: hub.ref, read }));
    await world.settle(dara.openRoom(room, log));
    await world.settle(dara.expect("done", { type: "room.grant", log, write: await grantFor(room, home, log) }));
    const entry = room.message("as before");
    await world.settle(dara.expect("receipt", { type: "log.append", log, entry }));
    await world.settle(dara.expect("done", { type: "log.follow", log, from: 4 }));
    await world.settle(dara.until(() => dara.pushed(log).length === 6));
    expect(dara.pushed(log).slice(4)).toEqual([back, entry]);
  });

  it("W-12 goes on in the next epoch right after a resident's own commit", async () => {
    const { world, home, room, log, dara } = await withMirror();
    await world.settle(dara.expect("receipt", { type: "log.append", log, entry: room.commit() }));
    room.advance();
    const state = await world.settle(dara.openRoom(room, log));
    expect(state).toMatchObject({ type: "log.state", epoch: 1 });
    await world.settle(dara.expect("done", { type: "room.grant", log, write: await grantFor(room, home, log) }));
    await world.settle(dara.expect("receipt", { type: "log.append", log, entry: room.message("epoch 1") }));
  });

  it("W-12 passes on nothing for a link that has not shown the entry's epoch", async () => {
    const { world, hub, home, room, log, alice, dara } = await withMirror();
    await alice.expect("receipt", { type: "log.append", log, entry: room.commit() });
    const before = dara;
    room.advance();
    // Another resident is in the new epoch and has granted it.
    const { client: sara } = await world.resident(home, "sara");
    await world.settle(before.until(() => before.pushed(log).length === 3));
    await world.settle(sara.openRoom(room, log));
    await world.settle(sara.expect("done", { type: "room.grant", log, write: await grantFor(room, home, log) }));
    const forwarded = hub.observer.counts.get("requests log.append");
    expect(await world.settle(before.refused({ type: "log.append", log, entry: room.message("stolen") }))).toBe(
      "station/not-allowed",
    );
    expect(hub.observer.counts.get("requests log.append")).toBe(forwarded);
  });

  it("resumes at its own size after the link to the hub was lost, without loss or repetition", async () => {
    const { world, hub, room, log, alice, dara } = await withMirror();
    await world.settle(dara.until(() => dara.pushed(log).length === 2));
    world.network.cut(hub.url);
    // Alice's own link went over the same route.
    const again = await world.client(hub);
    await again.openRoom(room, log);
    for (let i = 0; i < 20; i++)
      await again.expect("receipt", { type: "log.append", log, entry: room.message(`while away ${i}`) });
    await world.settle(dara.until(() => dara.pushed(log).length === 22));
    expect(new Set(dara.pushed(log).map((entry) => entry.join())).size).toBe(22);
    await world.settle(dara.expect("receipt", { type: "log.append", log, entry: room.message("and back") }));
    expect(alice.ended).toBe("lost");
  });

  it("goes on after both stations were stopped and started again", async () => {
    const { world, hub, home, room, log } = await withMirror();
    await home.stop();
    await hub.stop();
    const hubAgain = await world.station("hub", { store: hub.store });
    const homeAgain = await world.station("home", { region: "DE", store: home.store });
    const alice = await world.client(hubAgain);
    await alice.openRoom(room, log);
    await alice.expect("receipt", { type: "log.append", log, entry: room.message("after the restart") });
    const dara = await world.client(homeAgain);
    await world.settle(dara.openRoom(room, log));
    await world.settle(dara.expect("done", { type: "log.follow", log, from: 0 }));
    await world.settle(dara.until(() => dara.pushed(log).length === 3));
    // The grant was kept too: nobody has shown it again.
    await world.settle(dara.expect("receipt", { type: "log.append", log, entry: room.message("granted before") }));
  });

  it("W-13 follows with a newer proof when the one it used was revoked", async () => {
    const { world, home, hub, room, log, alice, dara } = await withMirror();
    await alice.expect("receipt", { type: "log.append", log, entry: room.commit({ revokes: true }) });
    room.advance();
    await alice.openRoom(room, log);
    await alice.expect("receipt", { type: "log.append", log, entry: room.message("not for the revoked") });
    await world.settle(dara.until(() => dara.pushed(log).length === 3));
    // The newest key is named by an entry that the mirror cannot see with the proof it has.
    await alice.expect("receipt", { type: "log.append", log, entry: room.commit() });
    room.advance();
    const { client: sara } = await world.resident(home, "sara");
    const read = await proofFor(room, home, log);
    await world.settle(sara.expect("log.state", { type: "room.mirror", log, hub: hub.ref, read }));
    await world.settle(sara.openRoom(room, log));
    await world.settle(sara.expect("done", { type: "log.follow", log, from: 0 }));
    await world.settle(sara.until(() => sara.pushed(log).length === 5));
    expect(dara.pushed(log).length).toBe(3);
    // Whoever was revoked is told the state at that commit, here as at the hub.
    const old = await proofFor(room, home, log, 0);
    const told = await world.settle(dara.expect("log.state", { type: "room.mirror", log, hub: hub.ref, read: old }));
    const head = decodeSignedHead(told.head, { stationKey: hub.ref.key, logId: log });
    expect([told.epoch, head.ok && head.value.size]).toEqual([1, 3]);
  });

  it("is refused for a room that is not there or whose key was not shown", async () => {
    const { world, hub, home, dara } = await withMirror();
    const other = new TestRoom(5);
    const log = other.idAt(hub.ref.key);
    const read = await proofFor(other, home, log);
    expect(await world.settle(dara.refused({ type: "room.mirror", log, hub: hub.ref, read }))).toBe(
      "station/unknown-log",
    );
    const forged = { ...read, signature: new Uint8Array(64) };
    expect(await world.settle(dara.refused({ type: "room.mirror", log, hub: hub.ref, read: forged }))).toBe(
      "station/bad-signature",
    );
    expect((await home.store.mirrors()).length).toBe(1);
  });
});

describe("federation", () => {
  it("W-24 forwards what names another station, and never for a peer", async () => {
    const { world, hub, home, dara } = await withMirror();
    const { person } = await world.resident(hub, "bob");
    const ops = await world.settle(
      dara.expect("identity.ops", { type: "identity.get", identity: person.identity, at: hub.ref }),
    );
    expect(ops.ops).toEqual(person.ops);
    const { client: bob } = await world.resident(hub, "bob");
    await bob.expect("log.state", { type: "log.create", genesis: person.inbox() });
    const inbox = person.inboxAt(hub.ref);
    const receipt = await world.settle(
      dara.expect("receipt", { type: "inbox.append", inbox, at: hub.ref, entry: knock("hello") }),
    );
    expect(receipt.receipt.byteLength).toBeGreaterThan(64);
    const missing = await world.settle(
      dara.refused({ type: "keys.take", suite: 0xf00d, identity: person.identity, at: hub.ref }),
    );
    expect(missing).toBe("station/no-key-packages");
    expect(home.observer.counts.get("forwards keys.take")).toBe(1);
  });

  it("W-25 dials no narrower address than its own for a client", async () => {
    const { world, hub, dara } = await withMirror();
    const dialed: string[] = [];
    const stops = ["ws://127.0.0.1:9/v1/link", "ws://[::ffff:10.0.0.1]/v1/link", "ws://169.254.169.254/v1/link"].map(
      (url) =>
        world.network.listen(url, (link) => {
          dialed.push(url);
          link.close();
        }),
    );
    for (const url of ["ws://127.0.0.1:9/v1/link", "ws://[::ffff:10.0.0.1]/v1/link", "ws://169.254.169.254/v1/link"]) {
      const at = { key: new TestRoom(1).idAt(hub.ref.key) as never, urls: [url] };
      const identity = new Uint8Array(20) as never;
      expect(await world.settle(dara.refused({ type: "identity.get", identity, at }))).toBe("station/peer-unreachable");
    }
    for (const stop of stops) stop();
    expect(dialed).toEqual([]);
  });

  it("refuses a station that proves another key than the one named", async () => {
    const { world, hub, home, dara } = await withMirror();
    const at = { key: home.ref.key.map((byte) => byte ^ 1) as never, urls: hub.ref.urls };
    const answer = await world.settle(
      dara.refused({ type: "identity.get", identity: new Uint8Array(20) as never, at }),
    );
    expect(answer).toBe("station/peer-refused");
  });

  it("a false way to a station, or a false hub, stands in nobody's way", async () => {
    const world = new TestWorld();
    const hub = await world.station("hub");
    const home = await world.station("home");
    const mute = "wss://mute.example/v1/link";
    world.network.listen(mute, () => undefined);
    const { client: alice, person } = await world.resident(hub, "alice");
    const room = new TestRoom(1);
    const log = room.idAt(hub.ref.key);
    await alice.expect("log.state", { type: "log.create", genesis: room.genesis });
    const { client: dara } = await world.resident(home, "dara");
    const { client: mallory } = await world.resident(home, "mallory");
    const read = await proofFor(room, home, log);
    const { identity } = person;
    const lost = mallory.ask({ type: "identity.get", identity, at: { key: hub.ref.key, urls: [mute] } });
    const other = { key: new TestRoom(2).idAt(hub.ref.key) as never, urls: [mute] };
    const astray = mallory.ask({ type: "room.mirror", log, hub: other, read });
    await world.clock.advance(1_000);
    const [found, mirrored] = [
      dara.ask({ type: "identity.get", identity, at: hub.ref }),
      dara.ask({ type: "room.mirror", log, hub: hub.ref, read }),
    ];
    expect((await world.settle(found)).type).toBe("identity.ops");
    expect((await world.settle(mirrored)).type).toBe("log.state");
    for (const asked of [lost, astray])
      expect(await world.settle(asked)).toMatchObject({ type: "error", code: "station/peer-unreachable" });
    const again = mallory.refused({ type: "room.mirror", log, hub: other, read });
    expect(await world.settle(again)).toBe("station/not-allowed");
  });

  it("asks a hub over the link on which it dialed us when it cannot be dialed", async () => {
    const world = new TestWorld();
    const home = await world.station("home");
    // Behind a firewall: its published URL leads nowhere.
    const hub = await world.station("hub", { urls: ["wss://hidden.example/v1/link"], peerUrls: [home.url] });
    const { client: alice } = await world.resident(hub, "alice");
    const room = new TestRoom(1);
    const log = room.idAt(hub.ref.key);
    await alice.expect("log.state", { type: "log.create", genesis: room.genesis });
    const { client: dara } = await world.resident(home, "dara");
    const read = await proofFor(room, home, log);
    const state: Response = await world.settle(dara.ask({ type: "room.mirror", log, hub: hub.ref, read }));
    expect(state.type).toBe("log.state");
  });
});
