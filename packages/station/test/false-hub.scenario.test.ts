/* Stations that do not keep the rules: a hub whose pushes do not verify, a peer that asks for what it may not have. */
import { signManifest, type ManifestFields } from "@chapar/evidence";
import { describe, expect, it } from "vitest";
import { BatchBuilder, CompactRange, createTreeHasher } from "@chapar/log";
import {
  EPHEMERAL_BYTES,
  frameBytes,
  grantMessage,
  mirrorMessage,
  peerMessage,
  proveMessage,
  stationKey,
  type LogId,
  type Response,
} from "@chapar/wire";
import { nodeSha256 } from "../src/node/node-crypto.ts";
import { keyOf, TEST_TOKEN, TestClient, TestRoom, TestWorld, type TestKey } from "../src/testing/index.ts";

const hasher = createTreeHasher(nodeSha256);

/** A station of a test's own making that says whatever it is told. */
class FalseHub {
  readonly key = keyOf("false hub");
  readonly url = "wss://false.example/v1/link";
  readonly clients: TestClient[] = [];
  readonly room = new TestRoom(3);
  /** knows no `ephemeral.take` */
  isOld = false;
  /** after what it pushes it says that so many bodies are gone, and answers manifests so */
  gap: { readonly count: number; readonly manifest: (first: number, count: number) => Promise<Response> } | undefined;

  get ref(): { key: ReturnType<typeof stationKey>; urls: string[] } {
    return { key: stationKey(this.key.publicKey), urls: [this.url] };
  }

  get log(): LogId {
    return this.room.idAt(this.ref.key);
  }

  /** Greets, proves its key, takes the mirror, then pushes these entries under a head over those. */
  listen(
    world: TestWorld,
    pushed: readonly Uint8Array[],
    signed: readonly Uint8Array[] = pushed,
    signer: TestKey = this.key,
  ): void {
    world.network.listen(this.url, (link) => {
      const end = new TestClient(link);
      this.clients.push(end);
      const nonce = new Uint8Array(32).fill(1);
      const { key } = this.ref;
      link.send(
        frameBytes({
          kind: "notice",
          body: { type: "hello", versions: [1, 1], station: key, region: "XX", name: "false", nonce, timeMs: 0 },
        }),
      );
      void this.#serve(end, pushed, signed, signer);
    });
  }

  async #serve(
    end: TestClient,
    pushed: readonly Uint8Array[],
    signed: readonly Uint8Array[],
    signer: TestKey,
  ): Promise<void> {
    for (let at = 0; end.ended === undefined; at++) {
      await end.until(() => end.asked.length > at || end.ended !== undefined);
      const asked = end.asked[at];
      if (asked === undefined) return;
      const { id, body } = asked;
      if (body.type === "prove") {
        end.reply(id, { type: "proof", signature: this.key.sign(proveMessage(this.ref.key, body.nonce)) });
      } else if (body.type === "peer.mirror") {
        const head = await this.head(signed, signer);
        end.reply(id, { type: "log.state", log: this.log, epoch: 0, head });
        this.push(end, pushed, head);
        if (this.gap !== undefined) {
          const { count } = this.gap;
          end.raw(
            frameBytes({ kind: "notice", body: { type: "log.gap", log: this.log, first: pushed.length, count } }),
          );
        }
      } else if (body.type === "log.manifest" && this.gap !== undefined) {
        end.reply(id, await this.gap.manifest(body.first, body.count));
      } else if (body.type === "ephemeral.take" && this.isOld) {
        end.reply(id, { type: "error", code: "wire/unknown-frame", detail: undefined });
      } else end.reply(id, { type: "done" });
    }
  }

  /** Pushes entries from the first on. */
  push(end: TestClient, entries: readonly Uint8Array[], head: Uint8Array): void {
    end.raw(frameBytes({ kind: "notice", body: { type: "log.push", log: this.log, first: 0, entries, head } }));
  }

  /** A head over these entries. */
  async head(entries: readonly Uint8Array[], signer: TestKey = this.key): Promise<Uint8Array> {
    const range = new CompactRange(hasher);
    for (const entry of entries) range.append(hasher.leaf(entry));
    const batch = new BatchBuilder(hasher);
    batch.head({ logId: this.log, size: range.size, root: range.root() });
    return (await batch.seal(signer, 1_900_000_000_000)).encode(0);
  }
}

describe("a hub that lies", () => {
  const lies: Record<
    string,
    (hub: FalseHub) => readonly [pushed: Uint8Array[], signed: Uint8Array[], signer?: TestKey]
  > = {
    "an entry that the head does not cover": ({ room }) => [
      [room.genesis, room.message("shown")],
      [room.genesis, room.message("signed")],
    ],
    "more entries than the head has": ({ room }) => [[room.genesis, room.message("a")], [room.genesis]],
    "another genesis than the room's": () => [[new TestRoom(4).genesis], [new TestRoom(4).genesis]],
    "an entry of another epoch": ({ room }) => {
      const entries = [room.genesis, room.message("a", { epoch: 5 })];
      return [entries, entries];
    },
    "what another key has signed": ({ room }) => [[room.genesis], [room.genesis], keyOf("somebody else")],
    "no entry at all": ({ room }) => [[room.message("a").slice(0, 5)], [room.genesis]],
  };
  for (const [what, lie] of Object.entries(lies)) {
    it(`F-8 by pushing ${what} is cut off and nothing is stored`, async () => {
      const world = new TestWorld();
      const home = await world.station("home");
      const hub = new FalseHub();
      hub.listen(world, ...lie(hub));
      const { client: dara } = await world.resident(home, "dara");
      const stored = home.store.writes.length;
      const signer = hub.room.readSigner(0);
      const read = { key: signer.publicKey, signature: await signer.sign(mirrorMessage(home.ref.key, hub.log)) };
      const answer = await world.settle(dara.ask({ type: "room.mirror", log: hub.log, hub: hub.ref, read }));
      expect(answer).toMatchObject({ type: "error", code: "station/peer-unreachable" });
      expect(hub.clients[0]!.goodbye).toBe("station/peer-refused");
      expect(home.store.writes.length).toBe(stored);
      expect(home.observer.notes).toContainEqual({ event: "peer cut off", code: "station/peer-lied" });
    });
  }

  it.each([
    ["knows nothing of it", true, 0],
    ["knows it", false, 2],
  ])("W-83 a hub that %s is sent as much of what is passed on", async (_, isOld, count) => {
    const world = new TestWorld();
    const home = await world.station("home");
    const hub = new FalseHub();
    hub.isOld = isOld;
    const { room, log } = hub;
    hub.listen(world, [room.genesis]);
    const { client: dara } = await world.resident(home, "dara");
    const signer = room.readSigner(0);
    const read = { key: signer.publicKey, signature: await signer.sign(mirrorMessage(home.ref.key, log)) };
    await world.settle(dara.expect("log.state", { type: "room.mirror", log, hub: hub.ref, read }));
    await world.settle(dara.openRoom(room, log));
    const [link] = hub.clients;
    for (let i = 0; i < 2; i++) {
      dara.say({ type: "ephemeral", log, sealed: new Uint8Array(EPHEMERAL_BYTES) });
      await world.settle(dara.expect("pong", { type: "ping" }));
      await world.clock.advance(2_000);
    }
    expect(link!.asked.filter(({ body }) => body.type === "ephemeral.take")).toHaveLength(1);
    expect(link!.ephemerals).toHaveLength(count);
    expect([link!.goodbye, dara.goodbye]).toEqual([undefined, undefined]);
  });

  const histories: Record<string, readonly [epoch: number, next: (room: TestRoom) => Uint8Array]> = {
    "with another letter in the place of one": [0, (room) => room.message("c")],
    "in an epoch that the copy has left": [1, (room) => room.commit()],
  };
  for (const [what, [epoch, last]] of Object.entries(histories)) {
    it(`F-29 by going on ${what} loses the room and not the link: letters still go to it`, async () => {
      const world = new TestWorld();
      const home = await world.station("home");
      const hub = new FalseHub();
      const { room } = hub;
      const shared = [room.genesis, room.message("b")];
      hub.listen(world, [...shared, last(room)]);
      const { client: dara } = await world.resident(home, "dara");
      const signer = room.readSigner(0);
      const read = { key: signer.publicKey, signature: await signer.sign(mirrorMessage(home.ref.key, hub.log)) };
      await world.settle(dara.expect("log.state", { type: "room.mirror", log: hub.log, hub: hub.ref, read }));
      expect((await world.settle(dara.openRoom(room, hub.log, epoch))).type).toBe("log.state");
      const stored = home.store.writes.length;
      const [link] = hub.clients;
      const others = [...shared, room.message("x"), room.message("y")];
      const parted = (): number => home.observer.notes.filter(({ event }) => event.includes("parted")).length;
      for (let again = 0; again < 2; again++) hub.push(link!, others, await hub.head(others));
      await world.settle(dara.ask({ type: "log.read", log: hub.log, from: 3, maxBytes: 1 }));
      expect([parted(), link!.goodbye, home.store.writes.length]).toEqual([1, undefined, stored]);

      const signature = await room.writeSigner(epoch).sign(grantMessage(home.ref.key, hub.log, epoch));
      await world.settle(dara.expect("done", { type: "room.grant", log: hub.log, write: { epoch, signature } }));
      const letter = { type: "log.append", log: hub.log, entry: room.message("passed on", { epoch }) } as const;
      const append = dara.ask(letter);
      await world.settle(link!.until(() => link!.asked.some(({ body }) => body.type === "log.append")));
      expect(hub.clients).toHaveLength(1);
      // Whoever answers at the next link is asked for the room again.
      link!.link.close();
      await world.settle(append);
      await world.settle(dara.ask(letter));
      const [, next] = hub.clients;
      await world.settle(next!.until(() => next!.asked.some(({ body }) => body.type === "peer.mirror")));
    });
  }

  it("E-18 with a manifest is cut off and nothing is stored; one that tells nothing is asked again later", async () => {
    const hub = new FalseHub();
    const entries = ["1", "2", "3"].map((text) => hub.room.message(text));
    const [genesis, ...hashes] = [hub.room.genesis, ...entries].map((entry) => hasher.leaf(entry));
    const sign = async (changes: Partial<ManifestFields>, signer: TestKey = hub.key): Promise<Response> => {
      const items = hashes.map((leafHash) => ({ status: "pruned", leafHash }) as const);
      const fields = { log: hub.log, reader: undefined, timeMs: 1, size: 4, root: new Uint8Array(32), first: 1 };
      const rest = { ack: new Uint8Array(0), tombstones: [], items };
      return { type: "log.manifest", manifest: await signManifest({ ...fields, ...rest, ...changes }, signer) };
    };
    const false3 = hashes.map(
      (leafHash, i) => ({ status: "pruned", leafHash: i === 1 ? genesis! : leafHash }) as const,
    );
    const answers: Record<string, [Promise<Response>, "cut" | "again" | "stored"]> = {
      "what it is": [sign({}), "stored"],
      "another leaf": [sign({ items: false3 }), "cut"],
      "another log": [sign({ log: new TestRoom(5).idAt(hub.ref.key) }), "cut"],
      "another range": [sign({ first: 0 }), "cut"],
      "more than was asked": [sign({ items: [...false3, false3[0]!], size: 9 }), "cut"],
      "another key": [sign({}, keyOf("somebody else")), "cut"],
      "no item": [sign({ items: [] }), "cut"],
      "no manifest": [Promise.resolve({ type: "log.manifest", manifest: new Uint8Array(9) }), "cut"],
      "a refusal": [Promise.resolve({ type: "error", code: "station/internal", detail: undefined }), "again"],
    };
    for (const [what, [answer, outcome]] of Object.entries(answers)) {
      const world = new TestWorld();
      const home = await world.station("home");
      const one = new FalseHub();
      one.gap = { count: 3, manifest: () => answer };
      one.listen(world, [one.room.genesis], [one.room.genesis, ...entries]);
      const { client: dara } = await world.resident(home, "dara");
      const stored = home.store.writes.length;
      const signer = one.room.readSigner(0);
      const read = { key: signer.publicKey, signature: await signer.sign(mirrorMessage(home.ref.key, one.log)) };
      const got = await world.settle(dara.ask({ type: "room.mirror", log: one.log, hub: one.ref, read }));
      expect([what, got.type]).toEqual([what, outcome === "stored" ? "log.state" : "error"]);
      expect([what, one.clients[0]!.goodbye]).toEqual([what, outcome === "cut" ? "station/peer-refused" : undefined]);
      if (outcome === "stored") expect(await home.store.leaves(one.log)).toHaveLength(128);
      else expect(home.store.writes.length).toBe(stored);
    }
  });

  it("is believed when it does not lie", async () => {
    const world = new TestWorld();
    const home = await world.station("home");
    const hub = new FalseHub();
    hub.listen(world, [hub.room.genesis, hub.room.message("true")]);
    const { client: dara } = await world.resident(home, "dara");
    const signer = hub.room.readSigner(0);
    const read = { key: signer.publicKey, signature: await signer.sign(mirrorMessage(home.ref.key, hub.log)) };
    await world.settle(dara.expect("log.state", { type: "room.mirror", log: hub.log, hub: hub.ref, read }));
    expect((await home.store.log(hub.log))?.size).toBe(2);
  });

  it("W-24 as a peer may not have others asked for it, nor act as an account", async () => {
    const world = new TestWorld();
    const station = await world.station("hub");
    const other = await world.station("other");
    const peer = await world.client(station);
    const key = keyOf("some station");
    const self = { key: stationKey(key.publicKey), urls: ["wss://some.example"] };
    const signature = key.sign(peerMessage(station.ref.key, peer.hello!.nonce, self.key));
    const forged = { type: "peer.auth", self, region: "XX", signature: new Uint8Array(64) } as const;
    expect(await peer.refused(forged)).toBe("station/bad-signature");
    await peer.expect("done", { type: "peer.auth", self, region: "XX", signature });
    const identity = new Uint8Array(20) as never;
    expect(await peer.refused({ type: "identity.get", identity, at: other.ref })).toBe("station/not-allowed");
    expect(await peer.refused({ type: "blob.put", bytes: new Uint8Array(3), lock: undefined })).toBe(
      "station/not-allowed",
    );
    expect(await peer.refused({ type: "account.register", ops: [], token: TEST_TOKEN })).toBe("station/not-allowed");
  });
});
