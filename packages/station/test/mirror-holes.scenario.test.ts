/* A mirror as a reader of its hub, and a mirror that begins behind bodies which are gone there: E-12, E-18. */
import { createEvidencePorts, decodeManifest, signAck, verifyManifest, type Manifest } from "@chapar/evidence";
import { describe, expect, it } from "vitest";
import { mirrorMessage, readerMessage, type LogId } from "@chapar/wire";
import { nodeSha256, nodeVerifier } from "../src/node/node-crypto.ts";
import type { Hole } from "../src/store/port.ts";
import { keyOf, TestRoom, TestWorld, type TestClient, type TestKey, type TestStation } from "../src/testing/index.ts";

const ports = createEvidencePorts(nodeSha256, nodeVerifier());
const MINUTE_MS = 60_000;

/** Alice's room at the hub; Dara is at home elsewhere. */
class Scene {
  readonly world = new TestWorld();
  readonly room = new TestRoom(1);
  hub!: TestStation;
  home!: TestStation;
  log!: LogId;
  alice!: TestClient;
  dara!: TestClient;
  readonly entries: Uint8Array[] = [];

  static async open(): Promise<Scene> {
    const scene = new Scene();
    scene.hub = await scene.world.station("hub");
    scene.home = await scene.world.station("home", { region: "DE" });
    scene.alice = (await scene.world.resident(scene.hub, "alice")).client;
    scene.dara = (await scene.world.resident(scene.home, "dara")).client;
    scene.log = scene.room.idAt(scene.hub.ref.key);
    await scene.alice.expect("log.state", { type: "log.create", genesis: scene.room.genesis });
    await scene.alice.openRoom(scene.room, scene.log);
    scene.entries.push(scene.room.genesis);
    return scene;
  }

  async write(...texts: string[]): Promise<void> {
    const made = texts.map((text) => this.room.message(text));
    await Promise.all(made.map((entry) => this.alice.expect("receipt", { type: "log.append", log: this.log, entry })));
    this.entries.push(...made);
  }

  async dig(first: number, count: number, status: Hole["status"] = "pruned"): Promise<void> {
    const hole = { first, count, status, tombstone: undefined };
    await this.hub.store.commit([{ kind: "hole", log: this.log, hole }]);
  }

  /** Dara asks her home for a mirror, opens it and follows it from its start. */
  async mirror(): Promise<void> {
    const { world, log, dara, room, home, hub } = this;
    const signer = room.readSigner(room.epoch);
    const read = { key: signer.publicKey, signature: await signer.sign(mirrorMessage(home.ref.key, log)) };
    await world.settle(dara.expect("log.state", { type: "room.mirror", log, hub: hub.ref, read }));
    await dara.openRoom(room, log);
    await dara.expect("done", { type: "log.follow", log, from: 0 });
  }

  async mirrored(size: number): Promise<void> {
    const reached = async (): Promise<boolean> => ((await this.home.store.log(this.log))?.size ?? 0) >= size;
    for (let turns = 0; !(await reached()); turns++) {
      if (turns > 200) throw new Error("the mirror does not get there");
      await this.world.clock.advance(5);
    }
  }

  async manifest(client: TestClient, first: number, count: number, reader?: TestKey): Promise<Manifest> {
    const ask = { type: "log.manifest", log: this.log, reader: reader?.publicKey, first, count } as const;
    const decoded = decodeManifest((await this.world.settle(client.expect("log.manifest", ask))).manifest);
    if (!decoded.ok) throw new Error(decoded.code);
    expect(await verifyManifest(decoded.value, ports)).toBe(true);
    return decoded.value;
  }
}

describe("a mirror", () => {
  it("E-12 is a reader at its hub with its station key, and acknowledges what is on its disk", async () => {
    const scene = await Scene.open();
    await scene.write("1", "2");
    await scene.mirror();
    await scene.mirrored(3);
    const homeKey = scene.home.ref.key;
    expect(await scene.hub.store.reader(scene.log, homeKey)).toMatchObject({ from: 0, upTo: 0 });
    await scene.world.clock.advance(MINUTE_MS);
    expect(await scene.hub.store.reader(scene.log, homeKey)).toMatchObject({ upTo: 3 });
    // What is not on its disk is not acknowledged, and not pruned.
    scene.home.store.fail("station/storage-full");
    await scene.write("3");
    await scene.world.clock.advance(2 * MINUTE_MS);
    expect(await scene.hub.store.reader(scene.log, homeKey)).toMatchObject({ upTo: 3 });
    expect((await scene.hub.store.holes(scene.log, 0, 9)).map((hole) => [hole.first, hole.count])).toEqual([[1, 2]]);
    scene.home.store.fail(undefined);
    await scene.world.clock.advance(MINUTE_MS);
    await scene.mirrored(4);
    // The copy is the mirror's own: none of its readers has acknowledged anything.
    expect(await scene.home.store.holes(scene.log, 0, 9)).toEqual([]);
  });

  it("E-12 prunes by its own readers, whatever the hub keeps", async () => {
    const scene = await Scene.open();
    await scene.write("1", "2", "3");
    await scene.mirror();
    await scene.mirrored(4);
    const key = keyOf("reader");
    const { log, dara, home } = scene;
    const message = readerMessage(home.ref.key, dara.hello!.nonce, log, 0);
    await dara.expect("log.reader", {
      type: "log.reader",
      log,
      reader: key.publicKey,
      from: 0,
      signature: key.sign(message),
    });
    const ack = await signAck({ station: home.ref.key, log, upTo: 3 }, key);
    await dara.expect("done", { type: "log.ack", log, ack });
    await scene.hub.stop();
    await scene.world.clock.advance(MINUTE_MS);
    const manifest = await scene.manifest(dara, 0, 9, key);
    expect(manifest.items.map((item) => item.status)).toEqual(["present", "pruned", "pruned", "present"]);
    expect(manifest.station).toEqual(home.ref.key);
    expect(await scene.hub.store.holes(log, 0, 9)).toEqual([]);
  });

  it.for([
    [[1, 1]],
    [[1, 3]],
    [[2, 1]],
    [[3, 2]],
    [[1, 6]],
    [[5, 3]],
    [[1, 9]],
    [[9, 1]],
    [
      [1, 1],
      [3, 1],
      [5, 3],
      [9, 1],
    ],
  ] as [number, number][][])(
    "E-18 goes on over holes at %j: one tree with the hub's, every body that there is, and gaps for its residents",
    async (holes) => {
      const scene = await Scene.open();
      const { log, dara, hub, home, alice, room } = scene;
      await scene.write("1", "2", "3");
      await scene.write("4", "5");
      await scene.write("6", "7", "8", "9");
      for (const [first, count] of holes) await scene.dig(first, count);
      await scene.mirror();
      await scene.mirrored(10);
      const gone = new Set(holes.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i)));
      expect(await home.store.leaves(log)).toEqual(await hub.store.leaves(log));
      const own = await home.store.chunks(log, 0, 1_000_000);
      expect(own.flatMap((piece) => piece.entries.map((_, i) => piece.first + i))).toEqual(
        Array.from({ length: 10 }, (_, i) => i).filter((i) => !gone.has(i)),
      );
      expect((await home.store.log(log))?.head).toEqual((await hub.store.log(log))?.head);
      const next = room.message("next");
      await alice.expect("receipt", { type: "log.append", log, entry: next });
      await scene.world.settle(dara.until(() => dara.pushed(log).length === 11 - gone.size));
      expect(dara.pushed(log)).toEqual([...scene.entries.filter((_, i) => !gone.has(i)), next]);
      const told = dara.gaps.flatMap((gap) => Array.from({ length: gap.count }, (_, i) => gap.first + i));
      expect(told).toEqual([...gone].toSorted((a, b) => a - b));
    },
  );

  it("E-18 says nothing of bodies it never had: the hub's manifest answers, up to where its own begins", async () => {
    const scene = await Scene.open();
    const { log, dara, hub, home } = scene;
    await scene.write("1", "2", "3", "4", "5");
    await scene.dig(2, 1);
    await scene.dig(3, 1, "expired");
    await scene.mirror();
    await scene.mirrored(6);
    const before = await scene.manifest(dara, 0, 9);
    expect([before.station, before.items.length]).toEqual([home.ref.key, 2]);
    const hole = await scene.manifest(dara, 2, 9, keyOf("reader"));
    expect([hole.station, hole.reader]).toEqual([hub.ref.key, undefined]);
    expect(hole.items.map((item) => item.status)).toEqual(["pruned", "expired"]);
    const after = await scene.manifest(dara, 4, 9);
    expect([after.station, after.items.map((item) => item.status)]).toEqual([home.ref.key, ["present", "present"]]);
    expect(await dara.ask({ type: "log.read", log, from: 2, maxBytes: 1000 })).toMatchObject({
      code: "station/pruned",
      detail: 2,
    });
    await scene.hub.stop();
    const ask = { type: "log.manifest", log, reader: undefined, first: 2, count: 1 } as const;
    expect(await scene.world.settle(dara.refused(ask))).toBe("station/peer-unreachable");
  });

  it("E-18 goes on where it stopped when the hub pruned what it missed", async () => {
    const scene = await Scene.open();
    await scene.write("1", "2");
    await scene.mirror();
    await scene.mirrored(3);
    await scene.home.stop();
    await scene.write("3", "4", "5");
    await scene.dig(3, 2);
    scene.home = await scene.world.station("home", { region: "DE", store: scene.home.store });
    await scene.mirrored(6);
    expect(await scene.home.store.leaves(scene.log)).toEqual(await scene.hub.store.leaves(scene.log));
    expect(
      (await scene.home.store.holes(scene.log, 0, 9)).map((hole) => [hole.first, hole.count, hole.status]),
    ).toEqual([[3, 2, "absent"]]);
  });
});
