/* Sealed chunks at a station: which are there, and how much room there is. */
import { describe, expect, it } from "vitest";
import { blobHash, type BlobHash, MAX_BLOBS_ASKED } from "@chapar/wire";
import { nodeSha256 } from "../src/node/node-crypto.ts";
import { TestWorld } from "../src/testing/index.ts";

const chunk = (fill: number, sizeBytes = 1000): Uint8Array => new Uint8Array(sizeBytes).fill(fill);
const nameOf = (bytes: Uint8Array): BlobHash => blobHash(nodeSha256(bytes));

describe("chunks at a station", () => {
  it("W-70 tells which of many are not there, in the order of the question, to accounts only", async () => {
    const world = new TestWorld();
    const station = await world.station("home");
    const { client: alice } = await world.resident(station, "alice");
    for (const at of [0, 3, 9])
      await alice.expect("blob.stored", { type: "blob.put", bytes: chunk(at), lock: undefined });
    const hashes = Array.from({ length: 10 }, (_, at) => nameOf(chunk(at)));
    const { bitmap } = await alice.expect("blob.missing", { type: "blob.have", hashes });
    expect([...bitmap]).toEqual([0b0110_1111, 0b1000_0000]);
    const none = await alice.expect("blob.missing", { type: "blob.have", hashes: [] });
    expect(none.bitmap).toHaveLength(0);
    const many = Array.from({ length: MAX_BLOBS_ASKED }, () => nameOf(chunk(3)));
    const full = await alice.expect("blob.missing", { type: "blob.have", hashes: many });
    expect(full.bitmap).toEqual(new Uint8Array(MAX_BLOBS_ASKED / 8));
    const stranger = await world.client(station);
    expect(await stranger.refused({ type: "blob.have", hashes })).toBe("station/not-authenticated");
    expect(await stranger.refused({ type: "blob.room" })).toBe("station/not-authenticated");
  });

  it("W-71 counts what an account stores, not what is there already, and gives it back over a day", async () => {
    const world = new TestWorld();
    const station = await world.station("home", { blobLimits: { fileBytes: 5000, dailyBytes: 2500 } });
    const { client: alice } = await world.resident(station, "alice");
    const { client: bob } = await world.resident(station, "bob");
    const room = { type: "blob.room" } as const;
    expect(await alice.expect("blob.room", room)).toMatchObject({ fileBytes: 5000, leftBytes: 2500 });
    await alice.expect("blob.stored", { type: "blob.put", bytes: chunk(1), lock: undefined });
    await alice.expect("blob.stored", { type: "blob.put", bytes: chunk(1), lock: undefined });
    expect((await alice.expect("blob.room", room)).leftBytes).toBe(1500);
    await alice.expect("blob.stored", { type: "blob.put", bytes: chunk(2), lock: undefined });
    const refused = await alice.expect("error", { type: "blob.put", bytes: chunk(3), lock: undefined });
    expect(refused).toMatchObject({ code: "station/quota", detail: 2500 });
    expect((await alice.expect("blob.missing", { type: "blob.have", hashes: [nameOf(chunk(3))] })).bitmap[0]).toBe(
      0x80,
    );
    await bob.expect("blob.stored", { type: "blob.put", bytes: chunk(3), lock: undefined });
    await world.clock.advance(12 * 3_600_000);
    const again = await world.client(station);
    expect(again.ended).toBeUndefined();
    const { client: later } = await world.resident(station, "alice");
    expect((await later.expect("blob.room", room)).leftBytes).toBe(1750);
  });

  it("W-71 keeps the operator's reserve of disk for letters, and the link open", async () => {
    const world = new TestWorld();
    let free = 10_000;
    const station = await world.station("home", { blobLimits: { reserveBytes: 8000 }, freeBytes: () => free });
    const { client: alice } = await world.resident(station, "alice");
    expect((await alice.expect("blob.room", { type: "blob.room" })).leftBytes).toBe(2000);
    free = 8999;
    expect(await alice.refused({ type: "blob.put", bytes: chunk(1), lock: undefined })).toBe("station/storage-full");
    free = 9000;
    await alice.expect("blob.stored", { type: "blob.put", bytes: chunk(1), lock: undefined });
    free = 0;
    expect((await alice.expect("blob.room", { type: "blob.room" })).leftBytes).toBe(0);
    await alice.expect("pong", { type: "ping" });
  });
});
