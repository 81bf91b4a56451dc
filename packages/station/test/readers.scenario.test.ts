/* Readers, acks and manifests of one station: E-10 to E-14. */
import { decodeManifest, signAck } from "@chapar/evidence";
import { CompactRange, createTreeHasher, decodeSignedHead } from "@chapar/log";
import { describe, expect, it } from "vitest";
import { MAX_LOG_READERS } from "../src/limits.ts";
import { nodeSha256 } from "../src/node/node-crypto.ts";
import { keyOf, type TestClient } from "../src/testing/index.ts";
import { codeOf, ReaderScene } from "./reader-scene.ts";

const hasher = createTreeHasher(nodeSha256);

describe("readers", () => {
  it("E-10 registers a key from an index on and answers a signed word; again, the smaller index is kept", async () => {
    const scene = await ReaderScene.open();
    await scene.write("1", "2", "3");
    const [one, two] = [keyOf("reader 1"), keyOf("reader 2")];
    expect((await scene.word(one, 2)).from).toBe(2);
    expect((await scene.word(one, 3)).from).toBe(2);
    expect((await scene.word(one, 1)).from).toBe(1);
    expect((await scene.word(two, 4)).from).toBe(4);
    expect(codeOf(await scene.register(one, 5))).toBe("station/out-of-range");
    expect(await scene.hub.store.readerNeeds(scene.log)).toEqual({ count: 2, from: 1 });
  });

  it("E-10 promises nobody what is pruned already: the word says from where on", async () => {
    const scene = await ReaderScene.open();
    await scene.write("1", "2", "3", "4");
    const [one, two] = [keyOf("reader 1"), keyOf("reader 2")];
    await scene.word(one, 0);
    await scene.ack(one, 4);
    await scene.tend();
    expect(await scene.statuses()).toBe(".ppp.");
    expect((await scene.word(two, 0)).from).toBe(4);
    // The first reader's word stays what it was; what went for its ack does not contradict it.
    expect((await scene.word(one, 0)).from).toBe(0);
  });

  it("E-10 takes 4,096 readers of a log and refuses another, but not one of them", async () => {
    const scene = await ReaderScene.open();
    const known = keyOf("reader 0");
    await scene.word(known, 0);
    const reader = (i: number): Uint8Array => nodeSha256(Uint8Array.of(i >> 8, i & 255));
    await scene.hub.store.commit(
      Array.from({ length: MAX_LOG_READERS - 1 }, (_, i) => ({
        kind: "reader",
        log: scene.log,
        reader: { key: reader(i), from: 0, upTo: 0, ack: new Uint8Array(0) },
      })),
    );
    const answer = await scene.register(keyOf("one too many"), 0);
    expect(answer).toEqual({ type: "error", code: "station/quota", detail: MAX_LOG_READERS });
    expect((await scene.word(known, 1)).from).toBe(0);
    expect((await scene.hub.store.readerNeeds(scene.log)).count).toBe(MAX_LOG_READERS);
  });

  it("E-12 takes only a reader's own ack of this log at this station, growing, within the log; nothing else changes anything", async () => {
    const scene = await ReaderScene.open();
    await scene.write("1", "2", "3");
    const key = keyOf("reader 1");
    await scene.word(key, 0);
    expect(codeOf(await scene.ack(key, 2))).toBe("done");
    const held = await scene.hub.store.reader(scene.log, key.publicKey);
    const stored = scene.hub.store.writes.length;
    const station = scene.hub.ref.key;
    const good = await signAck({ station, log: scene.log, upTo: 3 }, key);
    const elsewhere = scene.room.idAt(keyOf("station other").publicKey as typeof station);
    const bad: [Uint8Array, string][] = [
      [await signAck({ station, log: scene.log, upTo: 5 }, key), "station/out-of-range"],
      [await signAck({ station, log: scene.log, upTo: 3 }, keyOf("stranger")), "station/not-allowed"],
      [await signAck({ station, log: elsewhere, upTo: 3 }, key), "station/bad-signature"],
      [await signAck({ station: elsewhere as never, log: scene.log, upTo: 3 }, key), "station/bad-signature"],
      [good.with(good.length - 1, (good.at(-1) ?? 0) ^ 1), "station/bad-signature"],
      [good.slice(0, -1), "station/bad-signature"],
      [new Uint8Array(0), "station/bad-signature"],
      [await signAck({ station, log: scene.log, upTo: 1 }, key), "done"],
      [await signAck({ station, log: scene.log, upTo: 2 }, key), "done"],
    ];
    for (const [ack, code] of bad) {
      expect(codeOf(await scene.alice.ask({ type: "log.ack", log: scene.log, ack }))).toBe(code);
    }
    expect(await scene.hub.store.reader(scene.log, key.publicKey)).toEqual(held);
    expect(scene.hub.store.writes.length).toBe(stored);
  });

  it("E-10 refuses a registration that its key did not sign for this link, log and index", async () => {
    const scene = await ReaderScene.open();
    const key = keyOf("reader 1");
    const other = await scene.world.client(scene.hub);
    await other.openRoom(scene.room, scene.log);
    const body = { type: "log.reader", log: scene.log, reader: key.publicKey } as const;
    const wrong = [
      { ...body, from: 1, signature: await scene.proof(key, 0) },
      { ...body, from: 0, signature: await scene.proof(key, 0, other) },
      { ...body, from: 0, signature: await scene.proof(keyOf("reader 2"), 0) },
      { ...body, from: 0, signature: await scene.proof(key, 0, scene.alice, scene.person.inboxAt(scene.hub.ref)) },
    ];
    for (const request of wrong) expect(await scene.alice.refused(request)).toBe("station/bad-signature");
    expect(await scene.hub.store.readerNeeds(scene.log)).toEqual({ count: 0, from: undefined });
  });

  it("W-11 W-1 answers nothing about a log that the link has not opened, and ends a link that did not greet", async () => {
    const scene = await ReaderScene.open();
    await scene.write("1");
    const key = keyOf("reader 1");
    await scene.word(key, 0);
    const stored = scene.hub.store.writes.length;
    const ack = await signAck({ station: scene.hub.ref.key, log: scene.log, upTo: 1 }, key);
    const requests = async (client: TestClient): Promise<Parameters<TestClient["ask"]>[0][]> => [
      { type: "log.ack", log: scene.log, ack },
      { type: "log.manifest", log: scene.log, reader: undefined, first: 0, count: 1 },
      {
        type: "log.reader",
        log: scene.log,
        reader: key.publicKey,
        from: 0,
        signature: await scene.proof(key, 0, client),
      },
    ];
    const closed = await scene.world.client(scene.hub);
    for (const request of await requests(closed)) expect(await closed.refused(request)).toBe("station/unknown-log");
    const writer = await scene.world.client(scene.hub);
    const write = await writer.writeProof(scene.room, scene.log);
    await writer.ask({ type: "log.open", log: scene.log, read: undefined, write });
    for (const request of await requests(writer)) expect(await writer.refused(request)).toBe("station/unknown-log");
    for (let i = 0; i < 3; i++) {
      const rude = await scene.world.stranger(scene.hub);
      await rude.until(() => rude.hello !== undefined);
      const request = (await requests(rude))[i]!;
      expect(await rude.refused(request)).toBe("wire/unexpected-frame");
      await rude.until(() => rude.goodbye !== undefined);
      expect(rude.goodbye).toBe("wire/unexpected-frame");
    }
    expect(scene.hub.store.writes.length).toBe(stored);
  });
});

describe("manifests", () => {
  it("E-11 says of each entry what there is, with its leaf hash, under a head of the log and the reader's newest ack", async () => {
    const scene = await ReaderScene.open();
    await scene.write("1", "2", "3", "4");
    const key = keyOf("reader 1");
    await scene.word(key, 0);
    await scene.ack(key, 3);
    await scene.tend();
    const whole = await scene.manifest(0, 256, key);
    expect(whole.items.map((item) => item.status)).toEqual(["present", "pruned", "pruned", "present", "present"]);
    const range = new CompactRange(hasher);
    for (const item of whole.items) range.append(item.leafHash);
    const state = await scene.alice.expect("log.entries", { type: "log.read", log: scene.log, from: 5, maxBytes: 1 });
    const head = decodeSignedHead(state.head, { stationKey: scene.hub.ref.key, logId: scene.log });
    expect(head.ok && [head.value.size, head.value.root]).toEqual([5, range.root()]);
    expect([whole.size, whole.root]).toEqual([5, range.root()]);
    expect(whole.ack).toEqual(await signAck({ station: scene.hub.ref.key, log: scene.log, upTo: 3 }, key));
    expect(whole.reader).toEqual(key.publicKey);
    const part = await scene.manifest(2, 2);
    expect([part.first, part.items]).toEqual([2, whole.items.slice(2, 4)]);
    expect([part.reader, part.ack.byteLength]).toEqual([undefined, 0]);
    expect((await scene.manifest(4, 256)).items.length).toBe(1);
    const beyond = { type: "log.manifest", log: scene.log, reader: undefined, first: 5, count: 1 } as const;
    expect(await scene.alice.ask(beyond)).toEqual({ type: "error", code: "station/out-of-range", detail: 5 });
    expect(await scene.alice.refused({ ...beyond, first: 2 ** 52 })).toBe("station/out-of-range");
  });

  it("W-13 E-11 ends where a revoked key's sight ends", async () => {
    const scene = await ReaderScene.open();
    await scene.write("1");
    const old = await scene.world.client(scene.hub);
    const read = await old.readProof(scene.room, scene.log);
    await scene.alice.expect("receipt", {
      type: "log.append",
      log: scene.log,
      entry: scene.room.commit({ revokes: true }),
    });
    scene.room.advance();
    await scene.alice.openRoom(scene.room, scene.log);
    await scene.write("hidden");
    await old.expect("log.state", { type: "log.open", log: scene.log, read, write: undefined });
    const ask = { type: "log.manifest", log: scene.log, reader: undefined, first: 0, count: 256 } as const;
    const manifest = decodeManifest((await old.expect("log.manifest", ask)).manifest);
    expect(manifest.ok && [manifest.value.size, manifest.value.items.length]).toEqual([3, 3]);
    expect(await old.refused({ ...ask, first: 3 })).toBe("station/out-of-range");
  });

  it("E-14 has at most 224 bytes, 33 for each item, and the ack", async () => {
    const scene = await ReaderScene.open();
    await scene.write(...Array.from({ length: 300 }, (_, i) => String(i)));
    const key = keyOf("reader 1");
    await scene.word(key, 0);
    await scene.ack(key, 200);
    const { manifest } = await scene.alice.expect("log.manifest", {
      type: "log.manifest",
      log: scene.log,
      reader: key.publicKey,
      first: 0,
      count: 256,
    });
    const { ack } = await scene.manifest(0, 1, key);
    expect(ack.byteLength).toBeGreaterThan(0);
    expect(manifest.byteLength).toBeLessThanOrEqual(224 + 33 * 256 + ack.byteLength);
  });

  it("E-11 ends before the sixty-fifth tombstone, and goes on from there when asked", async () => {
    const scene = await ReaderScene.open();
    await scene.write(...Array.from({ length: 100 }, (_, i) => String(i)));
    await scene.hub.store.commit(
      Array.from({ length: 70 }, (_, i) => ({
        kind: "hole",
        log: scene.log,
        hole: { first: i + 2, count: 1, status: "removed", tombstone: { generation: 1, ledgerIndex: 1000 + i } },
      })),
    );
    const first = await scene.manifest(0, 256);
    expect([first.items.length, first.tombstones.length]).toEqual([66, 64]);
    expect(first.tombstones[0]).toEqual({ offset: 2, generation: 1, ledgerIndex: 1000 });
    const second = await scene.manifest(66, 256);
    expect([second.items.length, second.tombstones.length]).toEqual([35, 6]);
  });
});
