/* Bodies that are gone, as links see them: what is asked for in a hole, followed over one, and beside a revocation. */
import { decodeSignedHead } from "@chapar/log";
import { describe, expect, it } from "vitest";
import type { LogId } from "@chapar/wire";
import { TestRoom, TestWorld, type TestClient, type TestStation } from "../src/testing/index.ts";
import type { Hole } from "../src/store/port.ts";

interface Scene {
  readonly world: TestWorld;
  readonly hub: TestStation;
  readonly room: TestRoom;
  readonly log: LogId;
  readonly alice: TestClient;
  readonly entries: readonly Uint8Array[];
}

/** A room of nine messages after its genesis, in commits of one and two in turn. */
async function withRoom(): Promise<Scene> {
  const world = new TestWorld();
  const hub = await world.station("hub");
  const { client: alice } = await world.resident(hub, "alice");
  const room = new TestRoom(1);
  const log = room.idAt(hub.ref.key);
  await alice.expect("log.state", { type: "log.create", genesis: room.genesis });
  await alice.openRoom(room, log);
  const entries = Array.from({ length: 9 }, (_, i) => room.message(`m${i + 1}`));
  for (let i = 0; i < 9; i += 3) {
    const three = entries.slice(i, i + 3);
    await Promise.all(three.map((entry) => alice.expect("receipt", { type: "log.append", log, entry })));
  }
  return { world, hub, room, log, alice, entries: [room.genesis, ...entries] };
}

async function dig(
  { hub, log }: Scene,
  first: number,
  count: number,
  status: Hole["status"] = "pruned",
): Promise<void> {
  await hub.store.commit([{ kind: "hole", log, hole: { first, count, status, tombstone: undefined } }]);
}

describe("bodies that are gone", () => {
  it("E-17 who reads from where a body is gone is told how many are, across holes of any reason", async () => {
    const scene = await withRoom();
    const { alice, log, entries } = scene;
    await dig(scene, 3, 1);
    await dig(scene, 4, 1, "expired");
    for (const [from, gone] of [
      [3, 2],
      [4, 1],
    ] as const) {
      const answer = await alice.ask({ type: "log.read", log, from, maxBytes: 1_000_000 });
      expect(answer).toEqual({ type: "error", code: "station/pruned", detail: gone });
      expect(await alice.ask({ type: "log.follow", log, from })).toEqual(answer);
    }
    // Before the hole: what is there, with a head beyond it; after it: as ever.
    const before = await alice.expect("log.entries", { type: "log.read", log, from: 0, maxBytes: 1_000_000 });
    expect([before.first, before.entries]).toEqual([0, entries.slice(0, 3)]);
    const head = decodeSignedHead(before.head, { stationKey: scene.hub.ref.key, logId: log });
    expect(head.ok && head.value.size).toBe(4);
    const after = await alice.expect("log.entries", { type: "log.read", log, from: 5, maxBytes: 1_000_000 });
    expect(after.entries).toEqual(entries.slice(5));
    expect(alice.pushes).toEqual([]);
  });

  it("E-17 a hole to the end of the log is told as such, and reading at the end still answers the head", async () => {
    const scene = await withRoom();
    const { alice, log } = scene;
    await dig(scene, 7, 3);
    expect(await alice.ask({ type: "log.read", log, from: 7, maxBytes: 1000 })).toMatchObject({ detail: 3 });
    const end = await alice.expect("log.entries", { type: "log.read", log, from: 10, maxBytes: 1000 });
    expect(end.entries).toEqual([]);
    expect(await alice.refused({ type: "log.read", log, from: 11, maxBytes: 1000 })).toBe("station/out-of-range");
    expect((await alice.ask({ type: "log.follow", log, from: 10 })).type).toBe("done");
  });

  it("E-17 who follows over holes gets every body that is there, a gap for each hole, in order, and goes on live", async () => {
    const scene = await withRoom();
    const { alice, log, room, entries } = scene;
    await dig(scene, 1, 1);
    await dig(scene, 5, 3);
    await dig(scene, 9, 1, "expired");
    await alice.expect("done", { type: "log.follow", log, from: 0 });
    await alice.until(() => alice.gaps.length === 3);
    expect(alice.gaps.map(({ first, count }) => [first, count])).toEqual([
      [1, 1],
      [5, 3],
      [9, 1],
    ]);
    expect(alice.pushes.map((push) => [push.first, push.entries.length])).toEqual([
      [0, 1],
      [2, 2],
      [4, 1],
      [8, 1],
    ]);
    const next = room.message("next");
    await alice.expect("receipt", { type: "log.append", log, entry: next });
    await alice.until(() => alice.pushed(log).length === 6);
    expect(alice.pushed(log)).toEqual([0, 2, 3, 4, 8].map((i) => entries[i]).concat([next]));
    expect(alice.gaps.length).toBe(3);
  });

  it("W-13 E-17 a gap ends where a revoked key's sight ends", async () => {
    const scene = await withRoom();
    const { world, alice, log, room, hub } = scene;
    const old = await world.client(hub);
    await alice.expect("receipt", { type: "log.append", log, entry: room.commit({ revokes: true }) });
    const read = await old.readProof(room, log);
    room.advance();
    await alice.openRoom(room, log);
    await alice.expect("receipt", { type: "log.append", log, entry: room.message("hidden") });
    await dig(scene, 8, 2);
    await old.expect("log.state", { type: "log.open", log, read, write: undefined });
    await old.expect("done", { type: "log.follow", log, from: 7 });
    await old.until(() => old.pushes.length === 2);
    expect(old.gaps.map(({ first, count }) => [first, count])).toEqual([[8, 2]]);
    expect(old.pushes.map((push) => push.first)).toEqual([7, 10]);
    expect(await old.ask({ type: "log.read", log, from: 9, maxBytes: 10 })).toMatchObject({ detail: 1 });
  });

  it("W-13 E-17 a gap that begins where a revoked key's sight ends is not told, and the feed goes on", async () => {
    const scene = await withRoom();
    const { world, alice, log, room, hub } = scene;
    const old = await world.client(hub);
    await alice.expect("receipt", { type: "log.append", log, entry: room.commit({ revokes: true }) });
    const read = await old.readProof(room, log);
    room.advance();
    await alice.openRoom(room, log);
    for (const text of ["hidden", "hidden as well"])
      await alice.expect("receipt", { type: "log.append", log, entry: room.message(text) });
    await dig(scene, 11, 1);
    await old.expect("log.state", { type: "log.open", log, read, write: undefined });
    await old.expect("done", { type: "log.follow", log, from: 10 });
    await old.until(() => old.pushes.length === 1);
    expect(await old.ask({ type: "ping" })).toEqual({ type: "pong" });
    expect(old.gaps).toEqual([]);
    expect(old.pushes.map((push) => push.first)).toEqual([10]);
  });

  it("L-6 proofs about what is gone are as before", async () => {
    const scene = await withRoom();
    const { alice, log } = scene;
    const ask = (): Promise<unknown> =>
      Promise.all([
        alice.expect("log.hashes", { type: "log.inclusion", log, index: 2, size: 10 }),
        alice.expect("log.hashes", { type: "log.consistency", log, from: 3, to: 10 }),
      ]);
    const before = await ask();
    await dig(scene, 1, 5);
    await scene.hub.stop();
    const again = await scene.world.station("hub", { store: scene.hub.store });
    const { client } = await scene.world.resident(again, "alice");
    await client.openRoom(scene.room, log);
    const after = await Promise.all([
      client.expect("log.hashes", { type: "log.inclusion", log, index: 2, size: 10 }),
      client.expect("log.hashes", { type: "log.consistency", log, from: 3, to: 10 }),
    ]);
    expect(after).toEqual(before);
  });

  it("W-32 the same bytes again are not stored again after their body went: the answer is a receipt for the first", async () => {
    const scene = await withRoom();
    const { alice, log, entries } = scene;
    await dig(scene, 2, 1);
    await alice.expect("receipt", { type: "log.append", log, entry: entries[2]! });
    expect((await scene.hub.store.log(log))?.size).toBe(10);
  });
});
