/*
 * Files in bubbles, in a real Chromium: what comes by itself, and when.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FileView, MessageView } from "../state/client-types.ts";
import { openWorld, until } from "../testing/render.ts";
import type { World } from "../testing/render.ts";
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
