import { createTreeHasher } from "@chapar/log";
import { decodeEntry, stationKey } from "@chapar/wire";
import { expect, it } from "vitest";
import { nodeSha256 } from "../node/node-crypto.ts";
import { TestRoom } from "../testing/test-room.ts";
import { ChunkBuilder } from "./chunk-builder.ts";
import { HotLog } from "./hot-log.ts";

const hasher = createTreeHasher(nodeSha256);

function begin(room: TestRoom): { log: HotLog; add: (chunk: ChunkBuilder, entry: Uint8Array) => void } {
  const record = {
    log: room.idAt(stationKey(new Uint8Array(32))),
    kind: "room" as const,
    genesis: room.genesis,
    epoch: 0,
    writeKey: room.writeSigner(0).publicKey,
    mirror: undefined,
  };
  const empty = new Uint8Array(0);
  const log = new HotLog(hasher, { record, size: 0, range: empty, head: empty });
  const add = (chunk: ChunkBuilder, entry: Uint8Array): void => {
    const decoded = decodeEntry(entry);
    if (!decoded.ok) throw new Error(decoded.code);
    const { value } = decoded;
    chunk.add(
      entry,
      value.kind === "genesis" ? value : { ...value, frameBytes: value.frame.byteLength },
      hasher.leaf(entry),
    );
  };
  return { log, add };
}

it("W-13 ends a chunk at a commit that revokes readers, so that a head is signed there", () => {
  const room = new TestRoom(1);
  const { log, add } = begin(room);
  const chunk = new ChunkBuilder(log);
  add(chunk, room.genesis);
  add(chunk, room.commit());
  expect(chunk.isFull(10)).toBe(false);
  add(chunk, room.commit({ epoch: 1, revokes: true }));
  expect([chunk.isFull(0), chunk.revocation, log.tip.record.epoch]).toEqual([true, 2, 2]);
  const finished = chunk.finish(new Uint8Array(1));
  expect(chunk.writes(finished).map((write) => write.kind)).toEqual([
    "log",
    "chunk",
    "read-key",
    "read-key",
    "read-key",
    "revocation",
  ]);
  log.rewind();
  expect([log.tip.range.size, log.tip.record.epoch]).toEqual([0, 0]);
});

it("ends a chunk before it is larger than a push, but takes one entry of any size", () => {
  const room = new TestRoom(1);
  const { log, add } = begin(room);
  const chunk = new ChunkBuilder(log);
  expect(chunk.isFull(10_000_000)).toBe(false);
  add(chunk, room.genesis);
  for (let i = 0; i < 7; i++) add(chunk, room.message(`${i}`, { bucketBytes: 32_768 }));
  expect([chunk.isFull(30_000), chunk.isFull(40_000)]).toEqual([false, true]);
});
