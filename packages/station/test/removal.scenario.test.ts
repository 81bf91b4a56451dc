/* Lawful, overt removal at a hub and at a mirror: tombstone first, then the body, whenever the station is stopped. */
import { createEvidencePorts, decodeManifest, type Manifest } from "@chapar/evidence";
import { describe, expect, it } from "vitest";
import { decodeLedgerLeaf, ledgerLogKey, mirrorMessage, type LedgerLeaf, type LogId } from "@chapar/wire";
import type { RemovalOrder } from "../src/hub/removals.ts";
import { nodeSha256, nodeVerifier } from "../src/node/node-crypto.ts";
import type { TombstonePlace } from "../src/store/port.ts";
import {
  TestRoom,
  TestWorld,
  type TestClient,
  type TestStation,
  type TestStationOptions,
} from "../src/testing/index.ts";

const ports = createEvidencePorts(nodeSha256, nodeVerifier());
const EPOCH_MS = 10_000;
const LEDGER: TestStationOptions = {
  witnessing: { witnesses: [], post: () => Promise.reject(new Error("no witness is asked")) },
};

class Scene {
  readonly world = new TestWorld();
  readonly room = new TestRoom(1);
  hub!: TestStation;
  log!: LogId;
  alice!: TestClient;

  static async open(): Promise<Scene> {
    const scene = new Scene();
    scene.hub = await scene.world.station("hub", LEDGER);
    scene.alice = (await scene.world.resident(scene.hub, "alice")).client;
    scene.log = scene.room.idAt(scene.hub.ref.key);
    await scene.alice.expect("log.state", { type: "log.create", genesis: scene.room.genesis });
    await scene.alice.openRoom(scene.room, scene.log);
    for (const text of ["1", "2", "3"]) {
      const entry = scene.room.message(text);
      await scene.alice.expect("receipt", { type: "log.append", log: scene.log, entry });
    }
    return scene;
  }

  order(index: number): RemovalOrder {
    return { log: this.log, index, reason: "court order", reference: "۱۲/۳۴" };
  }

  async reopen(): Promise<void> {
    this.hub = await this.world.station("hub", { ...LEDGER, store: this.hub.store });
    this.alice = await this.world.client(this.hub);
    await this.alice.openRoom(this.room, this.log);
  }

  async manifest(client = this.alice): Promise<Manifest> {
    const ask = { type: "log.manifest", log: this.log, reader: undefined, first: 0, count: 256 } as const;
    const decoded = decodeManifest((await client.expect("log.manifest", ask)).manifest);
    if (!decoded.ok) throw new Error(decoded.code);
    return decoded.value;
  }
}

async function leafAt(station: TestStation, { ledgerIndex }: TombstonePlace): Promise<LedgerLeaf> {
  const [bytes] = await station.store.ledger.leaves(ledgerIndex, 1);
  const leaf = decodeLedgerLeaf(bytes!);
  if (!leaf.ok || "later" in leaf.value) throw new Error("no leaf");
  return leaf.value as LedgerLeaf;
}

async function tombstones(station: TestStation): Promise<number> {
  const leaves = await station.store.ledger.leaves(0, 1000);
  return leaves.map((bytes) => decodeLedgerLeaf(bytes)).filter((leaf) => leaf.ok && leaf.value.kind === "tombstone")
    .length;
}

describe("a removal", () => {
  it("R-30 E-15 puts the tombstone into the station log, durably, then deletes the body, and readers are told where it stands", async () => {
    const scene = await Scene.open();
    const { world, hub, log, alice } = scene;
    const before = await scene.manifest();
    const removing = hub.station.remove(scene.order(2));
    await world.clock.advance(EPOCH_MS / 2);
    // Ordered, and not in the log yet: the body is there and nothing says otherwise.
    expect((await scene.manifest()).items).toEqual(before.items);
    const place = await world.settle(removing);
    expect(await leafAt(hub, place)).toEqual({
      kind: "tombstone",
      log: ledgerLogKey(log, nodeSha256),
      index: 2,
      leafHash: ports.hasher.leaf(scene.room.message("2")),
      timeMs: expect.any(Number),
      reason: "court order",
      reference: "۱۲/۳۴",
    });
    const after = await scene.manifest();
    expect(after.items.map((item) => item.status)).toEqual(["present", "present", "removed", "present"]);
    expect(after.items.map((item) => item.leafHash)).toEqual(before.items.map((item) => item.leafHash));
    expect(after.tombstones).toEqual([{ offset: 2, ...place }]);
    expect(await alice.ask({ type: "log.read", log, from: 2, maxBytes: 10 })).toMatchObject({ code: "station/pruned" });
    // In the order of what was written, the tombstone's leaf is before the hole.
    const kinds = hub.store.writes.map((write) => write.kind);
    expect(kinds.indexOf("ledger-leaf")).toBeLessThan(kinds.indexOf("hole"));
  });

  it("R-30 goes on after a stop at any point, with one tombstone and nothing left to do", async () => {
    for (const stopped of ["ordered", "recorded"] as const) {
      const scene = await Scene.open();
      const { world, hub } = scene;
      await world.clock.advance(EPOCH_MS);
      const removing = hub.station.remove(scene.order(2)).then(
        () => "done",
        (error: { code: string }) => error.code,
      );
      if (stopped === "ordered") {
        await world.clock.advance(1);
      } else {
        // The tombstone becomes durable; the write after it does not.
        const commit = hub.store.commit.bind(hub.store);
        hub.store.commit = (writes) =>
          writes.some((write) => write.kind === "hole") ? new Promise(() => undefined) : commit(writes);
        await world.clock.advance(2 * EPOCH_MS);
        hub.store.commit = commit;
      }
      expect(await tombstones(hub)).toBe(stopped === "ordered" ? 0 : 1);
      expect(await hub.store.removals()).toHaveLength(1);
      if (stopped === "ordered") {
        await hub.stop();
        expect(await removing).toBe("station/closed");
      }
      await scene.reopen();
      await world.clock.advance(2 * EPOCH_MS);
      expect(await tombstones(hub)).toBe(1);
      expect(await hub.store.removals()).toEqual([]);
      expect((await scene.manifest()).items.map((item) => item.status)).toEqual([
        "present",
        "present",
        "removed",
        "present",
      ]);
    }
  });

  it("R-30 refuses what is not there, what has gone already, what holds keys, and what says no why", async () => {
    const scene = await Scene.open();
    const { hub, log, world } = scene;
    const stored = hub.store.writes.length;
    const code = async (order: RemovalOrder): Promise<unknown> =>
      await hub.station.remove(order).then(
        () => "done",
        (error: { code: string }) => error.code,
      );
    expect(await code(scene.order(4))).toBe("station/out-of-range");
    expect(await code(scene.order(0))).toBe("station/bad-removal");
    expect(await code({ ...scene.order(1), reason: " " })).toBe("station/bad-removal");
    expect(await code({ ...scene.order(1), reference: "x".repeat(513) })).toBe("station/bad-removal");
    expect(await code({ ...scene.order(1), log: new TestRoom(9).idAt(hub.ref.key) })).toBe("station/unknown-log");
    expect(hub.store.writes.length).toBe(stored);
    await world.settle(hub.station.remove(scene.order(1)));
    expect(await code(scene.order(1))).toBe("station/pruned");
    expect(await tombstones(hub)).toBe(1);
    const plain = await world.station("plain");
    await expect(plain.station.remove({ ...scene.order(1), log })).rejects.toMatchObject({ code: "station/closed" });
  });

  it("R-30 E-15 at a mirror takes the mirror's copy only, and its tombstone stands in the mirror's own log", async () => {
    const scene = await Scene.open();
    const { world, hub, log, room } = scene;
    const home = await world.station("home", { ...LEDGER, region: "DE" });
    const { client: dara } = await world.resident(home, "dara");
    const signer = room.readSigner(0);
    const read = { key: signer.publicKey, signature: await signer.sign(mirrorMessage(home.ref.key, log)) };
    await world.settle(dara.expect("log.state", { type: "room.mirror", log, hub: hub.ref, read }));
    await dara.openRoom(room, log);
    await world.clock.advance(1000);
    const place = await world.settle(home.station.remove(scene.order(3)));
    expect(await leafAt(home, place)).toMatchObject({ kind: "tombstone", index: 3 });
    expect(await tombstones(hub)).toBe(0);
    const there = await scene.manifest(dara);
    expect([there.station, there.items[3]?.status, there.tombstones]).toEqual([
      home.ref.key,
      "removed",
      [{ offset: 3, ...place }],
    ]);
    expect((await scene.manifest()).items.map((item) => item.status)).toEqual(Array<string>(4).fill("present"));
  });
});
