/* Files of messages between two people: whole, resumed, held up by nothing, and refused where they cannot be true. */
import { CHUNK_CAPACITY_BYTES } from "@chapar/e2e";
import { equalBytes } from "@chapar/wire/bytes";
import { afterEach, describe, expect, it } from "vitest";
import type { ClientEvent, MessageView, OutgoingFile, TransferView } from "../src/index.ts";
import {
  bytesOf,
  endScenes,
  file,
  LARGE,
  LARGE_CHUNKS,
  last,
  never,
  scene,
  send,
  transferOf,
  until,
  watched,
  whole,
} from "./media-scene.ts";
import { World } from "./world.ts";

afterEach(endScenes);

describe("files of a message", () => {
  it("F-90 arrive whole: empty, small, of several chunks, from bytes, a Blob and a path, several in one message", async () => {
    const at = await scene();
    const large = bytesOf(1, LARGE);
    const blob = new Blob([bytesOf(2, LARGE + 7) as Uint8Array<ArrayBuffer>]);
    at.sara.media.files.set("/film", large);
    await send(
      at,
      file({ bytes: new Uint8Array(0) }, "empty.txt"),
      file({ bytes: bytesOf(3, 200_000) }, "photo.jpg"),
      file({ path: "/film" }, "film.mp4"),
      file({ blob }, "blob.bin"),
    );
    await at.world.quiet([at.sara, at.dara]);
    const message = await last(at.dara, at.id);
    expect(message.attachments.map(({ fileName, sizeBytes }) => [fileName, sizeBytes])).toEqual([
      ["empty.txt", 0],
      ["photo.jpg", 200_000],
      ["film.mp4", LARGE],
      ["blob.bin", LARGE + 7],
    ]);
    expect(await whole(at, at.dara, message.id, 0)).toHaveLength(0);
    expect(equalBytes(await whole(at, at.dara, message.id, 1), bytesOf(3, 200_000))).toBe(true);
    expect(equalBytes(await whole(at, at.dara, message.id, 2), large)).toBe(true);
    expect(equalBytes(await whole(at, at.dara, message.id, 3), bytesOf(2, LARGE + 7))).toBe(true);
    expect((await at.dara.client.media.files(message.id)).map(({ isHere }) => isHere)).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it("F-90 hold up no letter that was written after them, and their own leaves when they are there", async () => {
    const at = await scene({ latencyMs: 5, bytesPerSecond: 50_000 });
    await send(at, file({ bytes: bytesOf(1, LARGE) }));
    await at.sara.client.send(at.id, { text: "written after" });
    const readBy = async (): Promise<boolean> => (await at.dara.lines(at.id)).includes("written after");
    await at.world.settle(until(at, readBy), 20_000);
    expect(await at.dara.lines(at.id)).toEqual(["written after"]);
    expect((await at.sara.client.messages(at.id, { limit: 5 })).map(({ state }) => state)).toContain("queued");
    await at.world.quiet([at.sara, at.dara]);
    expect((await last(at.dara, at.id)).attachments).toHaveLength(1);
    expect(await at.dara.lines(at.id)).toHaveLength(2);
    expect((await at.dara.client.messages(at.id, { limit: 9 })).every(({ gap }) => gap === undefined)).toBe(true);
  });

  it("F-92 go on where they were: only what the home lacks is sent again after the process was ended at any point", async () => {
    const at = await scene();
    const large = bytesOf(1, LARGE);
    at.sara.media.files.set("/film", large);
    const puts: number[] = [];
    let seen = await watched(at, at.sara);
    await send(at, file({ path: "/film" }));
    for (const stopAfter of [1, 4, 7]) {
      at.sara.client.connect();
      await at.world.settle(until(at, async () => seen.of("blob.put") >= stopAfter));
      puts.push(seen.of("blob.put"));
      seen = await watched(at, at.sara);
    }
    at.sara.client.connect();
    await at.world.quiet([at.sara, at.dara]);
    puts.push(seen.of("blob.put"));
    // What was under way when the process ended is all that may be sent twice: two at a time on this line.
    expect(puts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(LARGE_CHUNKS + 1 + 3 * 2);
    const message = await last(at.dara, at.id);
    expect(equalBytes(await whole(at, at.dara, message.id), large)).toBe(true);
  });

  it("F-92 C-91 stop when the file is gone or another by then; the letter can be tried again, and nothing of it left", async () => {
    const at = await scene();
    const large = bytesOf(1, LARGE);
    at.sara.media.files.set("/film", large);
    await at.sara.stop();
    await at.sara.start();
    const queued = await send(at, file({ path: "/film" }));
    at.sara.media.files.set("/film", bytesOf(2, LARGE));
    await at.sara.client.send(at.id, { text: "not held up" });
    at.sara.client.connect();
    await at.world.quiet([at.sara, at.dara]);
    expect(await transferOf(at.sara, queued.id)).toMatchObject({ state: "stopped", code: "client/file-changed" });
    expect(await at.dara.lines(at.id)).toEqual(["not held up"]);
    at.sara.media.files.delete("/film");
    await at.sara.client.media.resume(queued.id);
    await at.world.quiet([at.sara, at.dara]);
    expect(await transferOf(at.sara, queued.id)).toMatchObject({ state: "stopped", code: "client/file-gone" });
    at.sara.media.files.set("/film", large);
    await at.sara.client.media.resume(queued.id);
    await at.world.quiet([at.sara, at.dara]);
    expect(await at.sara.client.media.transfers()).toEqual([]);
    const message = await last(at.dara, at.id);
    expect(equalBytes(await whole(at, at.dara, message.id), large)).toBe(true);
  });

  it("F-93 F-146 come on where they were: what is on the shelf is not fetched again, whatever was cut", async () => {
    const at = await scene();
    const large = bytesOf(1, 9_000_000);
    await send(at, file({ blob: new Blob([large as Uint8Array<ArrayBuffer>]) }));
    await at.world.quiet([at.sara, at.dara]);
    const message = await last(at.dara, at.id);
    const first = await watched(at, at.dara);
    at.dara.client.connect();
    const leave = new AbortController();
    const fetching = at.dara.client.media.fetch(message.id, 0, { signal: leave.signal });
    fetching.catch(() => undefined);
    await at.world.settle(until(at, async () => first.of("blob.get") >= 80));
    const second = await watched(at, at.dara);
    at.dara.client.connect();
    expect(equalBytes(await whole(at, at.dara, message.id), large)).toBe(true);
    const chunks = Math.ceil(9_000_000 / CHUNK_CAPACITY_BYTES);
    const asked = first.of("blob.get") + second.of("blob.get");
    expect(asked).toBeGreaterThanOrEqual(chunks + 1);
    // Twice came what was under way, and what had come of half a mebibyte.
    expect(asked).toBeLessThanOrEqual(chunks + 1 + 8 + 8);
    expect(await transferOf(at.dara, message.id)).toBeUndefined();
  });

  it("F-93 are written to a path: what an earlier run wrote is checked and kept, what was damaged since is not", async () => {
    const at = await scene();
    const large = bytesOf(1, LARGE);
    await send(at, file({ bytes: large }));
    await at.world.quiet([at.sara, at.dara]);
    const message = await last(at.dara, at.id);
    const part = large.slice(0, 10 * CHUNK_CAPACITY_BYTES + 100);
    part[7 * CHUNK_CAPACITY_BYTES + 5]! ^= 1;
    at.dara.media.files.set("/out.part", part);
    const seen = await watched(at, at.dara);
    at.dara.client.connect();
    await at.world.settle(at.dara.client.media.save(message.id, 0, "/out", never));
    expect(equalBytes(at.dara.media.files.get("/out")!, large)).toBe(true);
    expect(at.dara.media.files.has("/out.part")).toBe(false);
    expect(seen.of("blob.get")).toBe(LARGE_CHUNKS - 7 + 1);
    await expect(at.dara.client.media.save(message.id, 0, "/out", never)).rejects.toMatchObject({
      code: "client/file-exists",
    });
  });

  it("F-93 a chunk that is withheld or another stops that file alone, and it can be had again later", async () => {
    const at = await scene();
    const large = bytesOf(1, LARGE);
    await send(at, file({ bytes: large }), file({ bytes: bytesOf(5, 1000) }, "small"));
    await at.world.quiet([at.sara, at.dara]);
    const message = await last(at.dara, at.id);
    const { store } = at.station;
    const blob = store.blob.bind(store);
    let asked = 0;
    store.blob = async (hash) => {
      const bytes = await blob(hash);
      if (bytes === undefined || ++asked < 6) return bytes;
      const other = bytes.slice();
      other[9]! ^= 1;
      return other;
    };
    await expect(at.world.settle(at.dara.client.media.fetch(message.id, 0, never))).rejects.toMatchObject({
      code: "client/bad-attachment",
      detail: "e2e/bad-chunk",
    });
    store.blob = async () => undefined;
    await expect(at.world.settle(at.dara.client.media.fetch(message.id, 1, never))).rejects.toMatchObject({
      code: "client/not-available",
      detail: "station/unknown-blob",
    });
    store.blob = blob;
    expect(equalBytes(await whole(at, at.dara, message.id), large)).toBe(true);
    await at.sara.client.send(at.id, { text: "still here" });
    await at.world.quiet([at.sara, at.dara]);
    expect((await last(at.dara, at.id)).text).toBe("still here");
  });

  it("F-91 are refused before anything is read where the home has no room, by size of one file and of all", async () => {
    const world = new World({ latencyMs: 5 });
    const limits = { fileBytes: 2_000_000, dailyBytes: 3_000_000 };
    const station = await world.stations.station("home", { blobLimits: limits });
    const sara = await world.person("Sara", station);
    const dara = await world.person("Dara", station);
    const id = await sara.client.open(await dara.client.invite());
    for (const person of [sara, dara]) person.client.connect();
    await world.quiet([sara, dara]);
    const blob = (size: number): OutgoingFile =>
      file({ blob: { size, slice: () => blob(0) as never, arrayBuffer: () => Promise.reject(new Error("was read")) } });
    const sending = (...files: readonly OutgoingFile[]): Promise<MessageView> =>
      world.settle(sara.client.media.send(id, { text: "", files }, never));
    await expect(sending(blob(2_000_001))).rejects.toMatchObject({ code: "client/too-large" });
    await expect(sending(blob(1_900_000), blob(1_900_000))).rejects.toMatchObject({
      code: "client/no-room",
      detail: "3000000",
    });
    await expect(sending(...Array.from({ length: 11 }, () => blob(1)))).rejects.toMatchObject({
      code: "client/too-many-files",
    });
    await expect(sending(blob(2 ** 32 + 1))).rejects.toMatchObject({ code: "client/too-large" });
    expect(await sara.client.messages(id, { limit: 9 })).toEqual([]);
    for (const person of [sara, dara]) await person.stop();
    await station.stop();
  });

  it("F-91 queued without a link and then without room wait as stopped, say so, and leave when there is room", async () => {
    const at = await scene();
    await at.sara.stop();
    await at.sara.start();
    const queued = await send(at, file({ bytes: bytesOf(1, LARGE) }));
    const { store } = at.station;
    const hasBlob = store.hasBlob.bind(store);
    let isFull = true;
    const commit = store.commit.bind(store);
    store.commit = async (writes) => {
      if (isFull && writes.some(({ kind }) => kind === "blob"))
        throw Object.assign(new Error("full"), { code: "station/storage-full", name: "StationError" });
      return commit(writes);
    };
    store.hasBlob = hasBlob;
    at.sara.client.connect();
    // Not until all is quiet: the daily backup does not find room either, and goes on trying.
    await at.world.clock.advance(60_000);
    expect(await transferOf(at.sara, queued.id)).toMatchObject({ state: "stopped" });
    isFull = false;
    await at.sara.client.media.resume(queued.id);
    await at.world.quiet([at.sara, at.dara]);
    expect((await last(at.dara, at.id)).attachments).toHaveLength(1);
  });

  it("F-96 paused they stay paused over a restart; cancelled the letter stays in its place, refused, and nothing is kept", async () => {
    const at = await scene({ latencyMs: 5, bytesPerSecond: 100_000 });
    const blob = new Blob([bytesOf(1, LARGE) as Uint8Array<ArrayBuffer>]);
    const queued = await send(at, file({ blob }));
    await at.sara.client.media.pause(queued.id);
    await at.world.quiet([at.sara, at.dara]);
    expect(await transferOf(at.sara, queued.id)).toMatchObject({ state: "paused" });
    await at.sara.stop();
    await at.sara.start();
    at.sara.client.connect();
    await at.world.quiet([at.sara, at.dara]);
    expect(await transferOf(at.sara, queued.id)).toMatchObject({ state: "paused" });
    expect(at.sara.media.held.size).toBe(1);
    const told: TransferView[] = [];
    at.sara.client.subscribe((event) => void (event.type === "transfer" && told.push(event.transfer)));
    await at.world.settle(at.sara.client.media.cancel(queued.id));
    expect(told.at(-1)).toMatchObject({ message: queued.id, state: "stopped", code: "client/cancelled" });
    await at.sara.client.send(at.id, { text: "after" });
    await at.world.quiet([at.sara, at.dara]);
    expect(at.sara.media.held.size).toBe(0);
    expect(await at.sara.client.media.transfers()).toEqual([]);
    const own = await at.sara.client.messages(at.id, { limit: 9 });
    expect(own.map(({ state, refusal }) => [state, refusal])).toEqual([
      ["refused", "client/cancelled"],
      ["at-station", undefined],
    ]);
    expect(await at.dara.lines(at.id)).toEqual(["after"]);
  });

  it("F-95 are fetched unasked only as the setting says, and size and seconds are told before", async () => {
    const at = await scene({ latencyMs: 5, bytesPerSecond: 100_000 });
    const photo = {
      ...file({ bytes: bytesOf(1, 400_000) }, "p.jpg"),
      facts: { kind: "photo", width: 40, height: 30 } as const,
    };
    await send(at, photo, { ...photo, facts: { kind: "file" } });
    await at.world.quiet([at.sara, at.dara]);
    const message = await last(at.dara, at.id);
    expect(message.attachments[0]?.facts).toEqual({ kind: "photo", width: 40, height: 30 });
    const before = await at.dara.client.media.files(message.id);
    expect(before.map(({ isAutomatic, seconds, isHere }) => [isAutomatic, seconds, isHere])).toEqual([
      [true, undefined, false],
      [false, undefined, false],
    ]);
    await at.world.settle(at.dara.client.media.fetch(message.id, 1, never));
    const [slow, here] = await at.dara.client.media.files(message.id);
    expect(here).toMatchObject({ isHere: true, seconds: 0 });
    expect(slow?.seconds).toBeGreaterThanOrEqual(4);
    expect(slow?.isAutomatic).toBe(false);
    await at.dara.client.media.setSettings({ automaticBytes: 0 });
    expect(await at.dara.client.media.settings()).toEqual({ automaticBytes: 0 });
  });

  it("F-95 a small file on a line that is long, not narrow, keeps no larger one from coming", async () => {
    const at = await scene({ latencyMs: 2_000 });
    const photo = (size: number): OutgoingFile => ({ ...file({ bytes: bytesOf(1, size) }), facts: { kind: "photo" } });
    await send(at, photo(900), photo(400_000));
    await at.world.quiet([at.sara, at.dara]);
    const message = await last(at.dara, at.id);
    await at.world.settle(at.dara.client.media.fetch(message.id, 0, never));
    const [, large] = await at.dara.client.media.files(message.id);
    expect(large).toMatchObject({ isHere: false, isAutomatic: true, seconds: undefined });
  });

  it("F-149 how long a file will take is known after a restart, and keeps nothing from coming by itself", async () => {
    const at = await scene({ latencyMs: 5, bytesPerSecond: 100_000 });
    const photo = { ...file({ bytes: bytesOf(1, 400_000) }, "p.jpg"), facts: { kind: "photo" } as const };
    await send(at, photo, { ...photo, facts: { kind: "file" } });
    await at.world.quiet([at.sara, at.dara]);
    const message = await last(at.dara, at.id);
    await at.world.settle(at.dara.client.media.fetch(message.id, 1, never));
    expect((await at.dara.client.media.files(message.id))[0]).toMatchObject({ isAutomatic: false });
    await at.dara.stop();
    await at.dara.start();
    // Also before there is a route.
    expect((await at.dara.client.media.files(message.id))[0]?.seconds).toBeGreaterThanOrEqual(4);
    at.dara.client.connect();
    await at.world.quiet([at.sara, at.dara]);
    const [view] = await at.dara.client.media.files(message.id);
    expect(view?.seconds).toBeGreaterThanOrEqual(4);
    expect(view?.seconds).toBeLessThan(10);
    expect(view).toMatchObject({ isHere: false, isAutomatic: true });
  });

  it("tells of progress both ways, with a rate and what is left", async () => {
    const at = await scene({ latencyMs: 5, bytesPerSecond: 200_000 });
    const told: TransferView[] = [];
    const hear = (event: ClientEvent): void => void (event.type === "transfer" && told.push(event.transfer));
    for (const { client } of [at.sara, at.dara]) client.subscribe(hear);
    await send(at, file({ bytes: bytesOf(1, LARGE) }));
    await at.world.quiet([at.sara, at.dara]);
    const message = await last(at.dara, at.id);
    await at.world.settle(at.dara.client.media.fetch(message.id, 0, never));
    for (const direction of ["up", "down"] as const) {
      const views = told.filter((view) => view.direction === direction && view.message === message.id);
      expect(views.length).toBeGreaterThan(5);
      expect(views.at(-1)).toMatchObject({ state: "done", bytes: LARGE, totalBytes: LARGE });
      expect(views.map(({ bytes }) => bytes)).toEqual(views.map(({ bytes }) => bytes).sort((a, b) => a - b));
      expect(views.some(({ bytesPerSecond, secondsLeft }) => bytesPerSecond > 50_000 && secondsLeft! > 0)).toBe(true);
    }
  });

  it("marks what was listened to, here and after a restart", async () => {
    const at = await scene();
    const voice = { ...file({ bytes: bytesOf(1, 5000) }, "v.ogg"), facts: { kind: "voice", durationMs: 900 } as const };
    await send(at, voice);
    await at.world.quiet([at.sara, at.dara]);
    const { id } = await last(at.dara, at.id);
    expect(await at.dara.client.media.played([id])).toEqual([]);
    await at.dara.client.media.markPlayed(id);
    await at.dara.stop();
    await at.dara.start();
    expect(await at.dara.client.media.played([id, "other"])).toEqual([id]);
  });
});
