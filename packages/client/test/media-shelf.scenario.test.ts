/* What a device keeps of files: side by side, and within what it may take. */
import { equalBytes } from "@chapar/wire/bytes";
import { afterEach, describe, expect, it } from "vitest";
import { bytesOf, endScenes, file, LARGE, last, scene, send, whole } from "./media-scene.ts";

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
});
