/* What a station does about people who move, and about rooms that come to it from another hub (protocol/15-moving.md). */
import { describe, expect, it } from "vitest";
import { deviceId } from "@chapar/wire";
import { TEST_TOKEN, TestPerson, TestRoom, TestWorld } from "../src/testing/index.ts";

describe("a station", () => {
  it("M-5 takes a commit of any epoch as the first entry after a genesis, and nowhere else", async () => {
    const world = new TestWorld();
    const station = await world.station("next");
    const { client } = await world.resident(station, "sara");
    const room = new TestRoom(7);
    const log = room.idAt(station.ref.key);
    await world.settle(client.expect("log.state", { type: "log.create", genesis: room.genesis }));
    await world.settle(client.openRoom(room, log));
    const append = (entry: Uint8Array) => world.settle(client.ask({ type: "log.append", log, entry }));
    // Letters have no epoch to be of before the commit.
    expect(await append(room.message("early", { epoch: 40 }))).toMatchObject({ code: "station/stale-epoch" });
    expect(await append(room.commit({ epoch: 41 }))).toMatchObject({ type: "receipt" });
    expect(await append(room.commit({ epoch: 41 }))).toMatchObject({ type: "receipt" });
    expect(await append(room.commit({ epoch: 50, text: "later" }))).toMatchObject({ code: "station/stale-epoch" });
    for (let at = 0; at < 42; at++) room.advance();
    await world.settle(client.openRoom(room, log));
    expect(await append(room.message("first"))).toMatchObject({ type: "receipt" });
    // Somebody without the key of the genesis begins nothing.
    const other = new TestRoom(8);
    await world.settle(client.expect("log.state", { type: "log.create", genesis: other.genesis }));
    const entry = other.commit({ epoch: 3 });
    const refused = await world.settle(client.ask({ type: "log.append", log: other.idAt(station.ref.key), entry }));
    expect(refused).toMatchObject({ type: "error" });
    await station.stop();
  });

  it("M-2 M-3 keeps no keys of whoever moved away, takes no new ones and no older chain, and answers for the chain", async () => {
    const world = new TestWorld();
    const old = await world.station("old");
    const next = await world.station("next", { region: "DE" });
    const { client, person } = await world.resident(old, "sara");
    const packages = [new Uint8Array(40).fill(1), new Uint8Array(40).fill(2)];
    await world.settle(client.expect("keys.count", { type: "keys.put", suite: 0xf00d, packages }));
    const before = person.ops.slice();
    person.push({ kind: "set-home", home: { station: next.ref, region: "DE" } });
    const there = await world.client(next);
    await world.settle(there.expect("done", { type: "account.register", ops: person.ops, token: TEST_TOKEN }));
    // The op itself is what tells the old home; nobody has to be signed in for it.
    const stranger = await world.client(old);
    const anchor = (ops: readonly Uint8Array[], at: typeof stranger) =>
      world.settle(at.ask({ type: "identity.anchor", ops, at: undefined }));
    expect(await anchor(person.ops, stranger)).toEqual({ type: "done" });
    const { identity } = person;
    const device = deviceId(person.phone.publicKey);
    expect(await old.store.keyPackages(identity, device, 0xf00d)).toMatchObject({ next: undefined, count: 0 });
    expect(await world.settle(client.ask({ type: "keys.put", suite: 0xf00d, packages }))).toMatchObject({
      code: "station/not-home",
    });
    const took = await world.settle(stranger.ask({ type: "keys.take", suite: 0xf00d, identity, at: undefined }));
    expect(took).toMatchObject({ code: "station/no-key-packages" });
    const got = await world.settle(stranger.ask({ type: "identity.get", identity, at: undefined }));
    expect(got).toMatchObject({ ops: person.ops });
    // The move replayed, backwards: both stations refuse the chain of before.
    for (const at of [stranger, there]) expect(await anchor(before, at)).toMatchObject({ code: "station/stale-ops" });
    // A thief's later op is voided from above, and the op that moved them on counts no more.
    const thief = new TestPerson("sara", old.ref);
    thief.ops.splice(0, thief.ops.length, ...person.ops);
    thief.push({ kind: "set-home", home: { station: old.ref, region: "IR" } });
    expect(await anchor(thief.ops, there)).toEqual({ type: "done" });
    const rescued = new TestPerson("sara", old.ref);
    rescued.ops.splice(0, rescued.ops.length, ...thief.ops);
    rescued.push({ kind: "override", from: 2, rotationKeys: rescued.rotationKeys }, 0);
    expect(await anchor(rescued.ops, there)).toEqual({ type: "done" });
    expect(await anchor(thief.ops, there)).toMatchObject({ code: "station/stale-ops" });
    for (const station of [old, next]) await station.stop();
  });
});
