/* What a device keeps of files: side by side, and within what it may take. */
import { CHUNK_CAPACITY_BYTES } from "@chapar/e2e";
import { equalBytes } from "@chapar/wire/bytes";
import { afterEach, describe, expect, it } from "vitest";
import { bytesOf, endScenes, file, LARGE, last, never, scene, send, until, watched, whole } from "./media-scene.ts";

afterEach(endScenes);

describe("the shelf", () => {
  it("F-144 that no room can be made stops no file that has come", async () => {
    const at = await scene();
    await send(at, file({ bytes: bytesOf(1, LARGE) }));
    await at.world.quiet([at.sara, at.dara]);
    const message = await last(at.dara, at.id);
    at.dara.media.shelf.list = () => Promise.reject(new Error("the medium does not tell"));
    expect(equalBytes(await whole(at, at.dara, message.id), bytesOf(1, LARGE))).toBe(true);
    expect(at.dara.failures.map(String)).toContain("Error: the medium does not tell");
  });

  it("F-145 lets go of what was used longest ago, never of what is coming or was read just now", async () => {
    const at = await scene({ latencyMs: 5, bytesPerSecond: 1_000_000 });
    const { dara, world } = at;
    const sizes = [300_000, 310_000, 4_000_000, 320_000];
    for (const [seed, size] of sizes.entries()) {
      await send(at, file({ bytes: bytesOf(seed, size) }));
      await world.quiet([at.sara, at.dara]);
    }
    const [small = "", later = "", large = "", photo = ""] = (await dara.client.messages(at.id, { limit: 9 })).map(
      ({ id }) => id,
    );
    const isHere = async (id: string): Promise<boolean | undefined> => (await dara.client.media.files(id))[0]?.isHere;
    for (const id of [small, later]) await world.settle(dara.client.media.fetch(id, 0, never));
    await world.clock.advance(120_000);
    // Read again: now the other is the one that was used longest ago.
    await world.settle(dara.client.media.read(small, 0, 0, 10, never));
    await world.clock.advance(90_000);
    const seen = await watched(at, dara);
    dara.client.connect();
    await world.settle(dara.client.media.read(small, 0, 0, 10, never));
    dara.media.cacheBytes = 700_000;
    const coming = world.settle(dara.client.media.fetch(large, 0, never));
    await until(at, async () => seen.of("blob.get") >= 40);
    await world.settle(dara.client.media.fetch(photo, 0, never));
    await coming;
    expect(seen.of("blob.get")).toBeLessThanOrEqual(
      [4_000_000, 320_000].reduce((sum, size) => sum + Math.ceil(size / CHUNK_CAPACITY_BYTES) + 1, 0),
    );
    expect([await isHere(small), await isHere(later), await isHere(large)]).toEqual([true, false, true]);
  });
});
