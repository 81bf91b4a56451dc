/* A program that ends while files of a message are still being sealed: nothing that a person sent is gone without a word. */
import { afterEach, describe, expect, it } from "vitest";
import type { BlobBytes, MessageView, OutgoingFile } from "../src/index.ts";
import { bytesOf, endScenes, file, LARGE, never, type Scene, scene } from "./media-scene.ts";
import type { Person } from "./world.ts";

afterEach(endScenes);

/** A file of which one piece is read, and never the next. */
class Endless {
  readonly reached: Promise<void>;
  readonly #reach: () => void;
  readonly from: OutgoingFile["from"];

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.reached = promise;
    this.#reach = resolve;
    const bytes = bytesOf(1, LARGE) as Uint8Array<ArrayBuffer>;
    const blobAt = (from: number, to: number): BlobBytes => ({
      size: to - from,
      slice: blobAt,
      arrayBuffer: async (): Promise<ArrayBuffer> => {
        if (from === 0) return bytes.slice(from, to).buffer;
        this.#reach();
        return new Promise(() => undefined);
      },
    });
    this.from = { blob: blobAt(0, LARGE) };
  }
}

const lines = async (person: Person, id: string): Promise<readonly MessageView[]> =>
  person.client.messages(id, { limit: 9 });

/** Sara's program ends while it reads what she sends. */
async function cutShort({ world, sara, id }: Scene, text: string): Promise<void> {
  const endless = new Endless();
  sara.client.media
    .send(id, { text, files: [file({ bytes: bytesOf(2, 10) }, "note.txt"), file(endless.from)] }, never)
    .catch(() => undefined);
  await world.settle(endless.reached);
  await sara.stop();
  await sara.start();
}

describe("files that are still being prepared when the program ends", () => {
  it("F-160 F-161 stand in the chat afterwards with words and names, refused, once, also without a route; nothing leaves", async () => {
    const at = await scene();
    await cutShort(at, "look at this");
    await at.sara.client.media.transfers();
    const cut = { mine: true, state: "refused", refusal: "client/cut-short", attachments: [] };
    const [first, ...others] = await lines(at.sara, at.id);
    expect(first).toMatchObject({ ...cut, text: "look at this\nnote.txt\nfilm.mp4" });
    expect(others).toEqual([]);
    const [chat] = await at.sara.client.conversations();
    expect(chat?.unread).toBe(0);
    at.sara.client.connect();
    await at.sara.client.send(at.id, { text: "chosen again" });
    await at.world.quiet([at.sara, at.dara]);
    expect(await at.dara.lines(at.id)).toEqual(["chosen again"]);
    await at.sara.stop();
    await at.sara.start();
    at.sara.client.connect();
    await at.world.quiet([at.sara]);
    expect((await lines(at.sara, at.id)).map(({ refusal }) => refusal)).toEqual(["client/cut-short", undefined]);
  });

  it("F-160 leave nothing of it where they were queued, and where whoever sends was told that they were not", async () => {
    const at = await scene();
    const gone = at.sara.client.media.send(at.id, { text: "gone", files: [file({ path: "/nowhere" })] }, never);
    await expect(at.world.settle(gone)).rejects.toMatchObject({ code: "client/file-gone" });
    const whole = [file({ bytes: bytesOf(3, 100) }, "photo.jpg")];
    await at.world.settle(at.sara.client.media.send(at.id, { text: "whole", files: whole }, never));
    await at.sara.stop();
    await at.sara.start();
    at.sara.client.connect();
    await at.world.quiet([at.sara, at.dara]);
    expect((await lines(at.sara, at.id)).map(({ text, state }) => [text, state])).toEqual([["whole", "at-station"]]);
  });
});
