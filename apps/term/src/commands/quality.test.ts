/* In which quality photos leave, and what is told of files before they are fetched, on the command line (protocol/6-flows.md F-148, F-149). */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PhotonImage } from "@cf-wasm/photon";
import { pictureIn } from "@chapar/client/pictures";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandStage } from "../testing/command-stage.ts";

const stage = new CommandStage();
const { chapar, joined } = stage;
beforeEach(() => stage.begin());
afterEach(() => stage.end());

/** A photo that is worth a copy: noise does not compress. */
async function photo(name: string, width: number, height: number): Promise<string> {
  const path = join(stage.folder, name);
  const image = new PhotonImage(new Uint8Array(randomBytes(width * height * 4)), width, height);
  await writeFile(path, name.endsWith(".png") ? image.get_bytes() : image.get_bytes_jpeg(95));
  return path;
}

async function newest(id: string): Promise<{ readonly message: string; readonly bytes: Uint8Array }> {
  const [message] = await stage.engine.messages(id, { limit: 1 });
  if (message === undefined) throw new Error("nothing there");
  const [attachment] = message.attachments;
  return { message: message.id, bytes: await stage.engine.media.read(message.id, 0, 0, attachment?.sizeBytes ?? 0) };
}

describe("the quality of a photo", () => {
  it("F-148 is its own, normal or tiny; a copy is drawn anew, and what became of it is said", async () => {
    const id = await joined();
    const path = await photo("sea.png", 1_680, 420);
    const { lines, code } = await chapar(["send", id, "--file", path, "--quality", "normal", "--json"]);
    expect(code).toBe(0);
    const [said] = lines;
    expect(said).toMatchObject({ event: "quality", fileName: "sea.jpg", quality: "normal" });
    expect(Number(said?.["sizeBytes"])).toBeLessThan(Number(said?.["wasBytes"]) * 0.67);
    const { bytes } = await newest(id);
    expect(bytes.byteLength).toBe(said?.["sizeBytes"]);
    expect(pictureIn(bytes)).toEqual({ mediaType: "image/jpeg", width: 1_600, height: 400 });
    const [message] = await stage.engine.messages(id, { limit: 1 });
    expect(message?.attachments[0]).toMatchObject({
      fileName: "sea.jpg",
      mediaType: "image/jpeg",
      facts: { kind: "photo", width: 1_600, height: 400 },
    });
    const { stdout } = await chapar(["send", id, "--file", path, "--quality", "tiny"]);
    expect(stdout).toMatch(/sea\.jpg goes as .* instead of /u);
    expect(pictureIn((await newest(id)).bytes)).toEqual({ mediaType: "image/jpeg", width: 720, height: 180 });
    const plain = await chapar(["send", id, "--file", path, "--json"]);
    expect(plain.lines.map(({ event }) => event)).not.toContain("quality");
    expect(pictureIn((await newest(id)).bytes)).toEqual({ mediaType: "image/png", width: 1_680, height: 420 });
  });

  it("F-148 is the photo's own where a copy would save too little, and of what is no photo", async () => {
    const id = await joined();
    const small = await photo("small.jpg", 200, 100);
    const { lines } = await chapar(["send", id, "--file", small, "--quality", "tiny", "--json"]);
    expect(lines[0]).toMatchObject({ event: "quality", fileName: "small.jpg", quality: "original" });
    expect(pictureIn((await newest(id)).bytes)).toMatchObject({ width: 200, height: 100 });
    const notes = join(stage.folder, "notes.txt");
    await writeFile(notes, randomBytes(300_000));
    const sent = await chapar(["send", id, "--file", notes, "--quality", "tiny", "--json"]);
    expect(sent.lines.map(({ event }) => event)).not.toContain("quality");
    expect((await newest(id)).bytes).toHaveLength(300_000);
    expect((await chapar(["send", id, "--file", small, "--quality", "best"])).code).toBe(64);
  });
});

describe("what is told of files before they are fetched", () => {
  it("F-149 is their size and how long they will take, and nothing is fetched", async () => {
    const id = await joined();
    await writeFile(join(stage.folder, "film.bin"), randomBytes(2_500_000));
    await chapar(["send", id, "--file", join(stage.folder, "film.bin")]);
    const { message } = await newest(id);
    const known = {
      message,
      file: 0,
      fileName: "film.bin",
      mediaType: "application/octet-stream",
      sizeBytes: 2_500_000,
    };
    stage.engine.media.known.set(message, [
      { ...known, facts: { kind: "file" }, isHere: false, seconds: 312, isAutomatic: false },
    ]);
    const looked = await chapar(["save", id, "--look", "--to", stage.folder, "--json"]);
    expect(looked).toMatchObject({
      code: 0,
      lines: [
        { event: "file", message, file: 0, fileName: "film.bin", sizeBytes: 2_500_000, isHere: false, seconds: 312 },
      ],
    });
    expect((await chapar(["save", id, "--look"])).stdout).toContain("film.bin  2.4 MiB  about 5:12");
    const saved = await chapar(["save", id, "--to", join(stage.folder, "saved")]);
    expect(saved.stderr).toContain("film.bin  2.4 MiB  about 5:12");
    expect(saved.stdout).toContain(join(stage.folder, "saved", "film.bin"));
  });
});
