/*
 * Files in bubbles, in a real Chromium: what comes by itself, and when.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FileView, MessageView } from "../state/client-types.ts";
import { takeOutgoing } from "../state/outgoing.ts";
import { toast } from "../state/toasts.ts";
import { openWorld, until } from "../testing/render.ts";
import type { World } from "../testing/render.ts";
import { addFiles } from "./attach.ts";
import { Attachments } from "./attachments.tsx";

let world: World;
let albums = 0;
beforeEach(async () => {
  world = await openWorld("en");
});
afterEach(() => world.close());

async function picture(): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(32, 24);
  canvas.getContext("2d")?.fillRect(0, 0, 32, 24);
  return new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
}

/** Two photos of somebody else, and what the engine says of them. */
async function album(known: Partial<FileView>): Promise<MessageView> {
  const { client } = world;
  const id = client.addRoom({ identity: "sara", name: "Sara", home: undefined });
  const bytes = await picture();
  const photo = (fileName: string): Parameters<typeof client.media.views>[0][number] => ({
    fileName,
    mediaType: "image/png",
    from: { bytes },
    facts: { kind: "photo", width: 32, height: 24 },
  });
  // Files that were opened are kept by the message's id: each album has its own.
  albums += 1;
  for (let at = 0; at < albums; at += 1) client.addMessage(id, { text: "before" });
  const message = client.addMessage(id, { files: [photo("one.png"), photo("two.png")] });
  client.media.away.set(message.id, known);
  return message;
}

const pictures = (): number => world.root.querySelectorAll("img").length;

describe("photos that were told of over a slow route", () => {
  it("F-143 come by themselves when a fast one carries, without the route having closed between", async () => {
    const { client } = world;
    client.setRoute({ kind: "burst" });
    const message = await album({ isHere: false, isAutomatic: false, seconds: 40 });
    world.show(Attachments, { message });
    await until(() => expect(world.root.innerText).toContain("0:40"));
    expect(client.media.calls).toEqual([]);
    client.media.away.set(message.id, { isHere: false, isAutomatic: true });
    client.setRoute({ kind: "web" });
    await until(() => expect(pictures()).toBe(2));
  });

  it("F-143 are tried again over the next route when they did not come", async () => {
    const { client } = world;
    const message = await album({ isHere: false, isAutomatic: true });
    client.media.lost.add(message.id);
    world.show(Attachments, { message });
    await until(() => expect(world.root.querySelectorAll('[aria-label*="not here yet"]').length).toBe(2));
    expect(pictures()).toBe(0);
    client.media.lost.clear();
    client.setRoute({ state: "seeking" });
    client.setRoute({ state: "open", sinceMs: 1 });
    await until(() => expect(pictures()).toBe(2));
  });
});

describe("files that are too large for memory", () => {
  it("F-147 a film is handed to the browser piece by piece, and none is kept here", async () => {
    const { client } = world;
    const id = client.addRoom({ identity: "sara", name: "Sara", home: undefined });
    const film = {
      fileName: "film.mp4",
      mediaType: "video/mp4",
      from: { bytes: new Uint8Array(9 * 1024 * 1024 + 5) },
      facts: { kind: "video" },
    } as const;
    albums += 1;
    for (let at = 0; at < albums; at += 1) client.addMessage(id, { text: "before" });
    const message = client.addMessage(id, { files: [film] });
    const { Blob: Given } = globalThis;
    const given: number[] = [];
    globalThis.Blob = class extends Given {
      constructor(parts: BlobPart[] = [], options: BlobPropertyBag = {}) {
        super(parts, options);
        given.push(parts.reduce((sum, part) => sum + (part instanceof Given ? 0 : (part as Uint8Array).byteLength), 0));
      }
    };
    try {
      world.show(Attachments, { message });
      await until(() => expect(world.root.querySelector("button")).not.toBeNull());
      world.root.querySelector("button")?.click();
      await until(() => expect(given.reduce((sum, size) => sum + size, 0)).toBe(9 * 1024 * 1024 + 5));
      expect(Math.max(...given)).toBe(4 * 1024 * 1024);
    } finally {
      globalThis.Blob = Given;
    }
  });

  it("F-147 a picture that cannot be cleaned without being read whole goes as a file, and that is said", async () => {
    const large = new File(
      [(await picture()) as Uint8Array<ArrayBuffer>, new Uint8Array(64 * 1024 * 1024)],
      "sky.png",
      {
        type: "image/png",
      },
    );
    large.arrayBuffer = () => Promise.reject(new Error("read whole"));
    await addFiles([large]);
    expect(takeOutgoing().map(({ facts, blob }) => [facts, blob.size])).toEqual([[{ kind: "file" }, large.size]]);
    await until(() => expect(toast.value?.text).toBe("mediaNotCleaned"));
  });
});
