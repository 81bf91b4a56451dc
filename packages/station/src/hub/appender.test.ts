import { FakeClock } from "@chapar/carrier/testing";
import { createTreeHasher } from "@chapar/log";
import { decodeEntry, stationKey, type EntryHeader } from "@chapar/wire";
import { expect, it } from "vitest";
import { nodeRng, nodeSha256, nodeSigner, nodeVerifier } from "../node/node-crypto.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { TestObserver } from "../testing/test-world.ts";
import { TestRoom } from "../testing/test-room.ts";
import { Appender, type Appended } from "./appender.ts";
import { HotLog } from "./hot-log.ts";
import { LeafSet } from "./leaf-set.ts";
import { StationTime } from "./station-time.ts";

const hasher = createTreeHasher(nodeSha256);

function headerOf(entry: Uint8Array): EntryHeader {
  const decoded = decodeEntry(entry);
  if (!decoded.ok) throw new Error(decoded.code);
  const { value } = decoded;
  return value.kind === "genesis" ? value : { ...value, frameBytes: value.frame.byteLength };
}

it("tells everybody else what is on disk when one of them cannot be told", async () => {
  const store = new MemoryStore();
  const observer = new TestObserver();
  const clock = new FakeClock();
  const signer = nodeSigner(new Uint8Array(32).fill(3));
  const ports = { sha256: nodeSha256, verify: nodeVerifier(), signer, clock, rng: nodeRng, store, observer };
  let pushes = 0;
  const appender = new Appender(ports, hasher, await StationTime.open(ports), () => {
    pushes++;
    throw new Error("a follower is broken");
  });
  const room = new TestRoom(1);
  const empty = new Uint8Array(0);
  const record = {
    log: room.idAt(stationKey(signer.publicKey)),
    kind: "room" as const,
    genesis: room.genesis,
    epoch: 0,
    writeKey: room.writeSigner(0).publicKey,
    mirror: undefined,
  };
  const log = new HotLog(hasher, { record, size: 0, range: empty, head: empty });
  log.leaves = new LeafSet(empty);
  const outcomes: Appended[] = [];
  const entries = [room.genesis, room.message("a"), room.message("b")];
  for (const [i, entry] of entries.entries()) {
    const settle = (outcome: Appended): void => {
      outcomes.push(outcome);
      if (i === 1) throw new Error("a writer is broken");
    };
    appender.push({ log, entry, header: headerOf(entry), leafHash: hasher.leaf(entry), writer: 0, settle });
  }
  await appender.idle();
  expect(outcomes.map((outcome) => outcome.ok && outcome.index)).toEqual([0, 1, 2]);
  expect([pushes, log.size, (await store.log(record.log))?.size]).toEqual([1, 3, 3]);
  expect(observer.notes.length).toBe(2);
});
