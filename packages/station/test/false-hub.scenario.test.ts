/* Stations that do not keep the rules: a hub whose pushes do not verify, a peer that asks for what it may not have. */
import { describe, expect, it } from "vitest";
import { BatchBuilder, CompactRange, createTreeHasher } from "@chapar/log";
import { frameBytes, mirrorMessage, peerMessage, proveMessage, stationKey, type LogId } from "@chapar/wire";
import { nodeSha256 } from "../src/node/node-crypto.ts";
import { keyOf, TEST_TOKEN, TestClient, TestRoom, TestWorld, type TestKey } from "../src/testing/index.ts";

const hasher = createTreeHasher(nodeSha256);

/** A station of a test's own making that says whatever it is told. */
class FalseHub {
  readonly key = keyOf("false hub");
  readonly url = "wss://false.example/v1/link";
  readonly clients: TestClient[] = [];
  readonly room = new TestRoom(3);

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
        const head = await this.#head(signed, signer);
        end.reply(id, { type: "log.state", log: this.log, epoch: 0, head });
        end.raw(
          frameBytes({ kind: "notice", body: { type: "log.push", log: this.log, first: 0, entries: pushed, head } }),
        );
      } else end.reply(id, { type: "done" });
    }
  }

  async #head(entries: readonly Uint8Array[], signer: TestKey): Promise<Uint8Array> {
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
    expect(await peer.refused({ type: "blob.put", bytes: new Uint8Array(3) })).toBe("station/not-allowed");
    expect(await peer.refused({ type: "account.register", ops: [], token: TEST_TOKEN })).toBe("station/not-allowed");
  });
});
