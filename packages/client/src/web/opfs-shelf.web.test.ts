/* The shelf of a browser on its real private file system, used by several files at once. */
import { expect, it } from "vitest";
import { webMedia } from "./opfs-shelf.ts";

const PIECE = new Uint8Array(70_000).fill(7);

it("F-144 files are written, listed and let go of side by side, and none is in another's way", async () => {
  const { shelf } = await webMedia(`side-by-side-${crypto.randomUUID()}`);
  const names = ["red", "blue", "green", "white"];
  const over = new AbortController();
  const looking = (async () => {
    let looks = 0;
    for (; !over.signal.aborted; looks++)
      for (const { sizeBytes } of await shelf.list()) expect(sizeBytes % PIECE.length).toBe(0);
    return looks;
  })();
  const counting = (async () => {
    while (!over.signal.aborted) for (const name of names) await shelf.pieces(name);
  })();
  const writing = names.map(async (name) => {
    for (let piece = 0; piece < 40; piece++) {
      await shelf.put(name, piece, PIECE);
      if (piece % 10 === 9 && name === "white") await shelf.remove(name);
    }
  });
  await Promise.all(writing).finally(() => over.abort());
  await counting;
  expect(await looking).toBeGreaterThan(0);
  const held = await shelf.list();
  expect(held.map(({ name }) => name).sort()).toEqual(["blue", "green", "red"]);
  expect(await shelf.pieces("red")).toHaveLength(40);
});
