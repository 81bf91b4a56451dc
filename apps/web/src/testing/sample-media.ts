/* Files as people send them, for the gallery: an album, pictures that are not here, films, recordings, and sendings at every stage. */
import { rgbaToThumbHash } from "thumbhash";
import type { MediaFacts, OutgoingFile, TransferView } from "../state/client-types.ts";
import type { MemoryClient } from "./memory-client.ts";
import { samplePhoto } from "./sample.ts";

const MINUTE = 60_000;
const MEGABYTE = 1_000_000;
const WAVE = Uint8Array.from(
  { length: 64 },
  (_, at) => 40 + Math.round(200 * Math.abs(Math.sin(at * 0.7) * Math.cos(at * 0.13))),
);

/** A blur of sky over sand. */
function blur(): Uint8Array {
  const pixels = new Uint8Array(4 * 30 * 20);
  for (let at = 0; at < 30 * 20; at += 1) {
    const isSky = at / 30 < 11;
    pixels.set(isSky ? [127 + at / 4, 177, 196, 255] : [150, 110 + (at % 30), 70, 255], 4 * at);
  }
  return rgbaToThumbHash(30, 20, pixels);
}

/** A file that nobody has: its size is told. */
const sized = (sizeBytes: number): OutgoingFile["from"] => ({
  blob: { size: sizeBytes, slice: () => new Blob(), arrayBuffer: async () => new ArrayBuffer(0) },
});

const file = (fileName: string, mediaType: string, from: OutgoingFile["from"], facts?: MediaFacts): OutgoingFile => ({
  fileName,
  mediaType,
  from,
  ...(facts !== undefined && { facts }),
});

/** Fills a conversation; it is the newest. */
export async function fillMedia(client: MemoryClient): Promise<void> {
  const now = Date.now();
  const id = client.addRoom({ identity: "media", name: "Nasrin نسرین", home: undefined });
  const say = (minutesAgo: number, spec: Parameters<MemoryClient["addMessage"]>[1]): string =>
    client.addMessage(id, { ...spec, atMs: now - minutesAgo * MINUTE }).id;
  const photo = async (name: string, width: number, height: number): Promise<OutgoingFile> =>
    file(name, "image/jpeg", { bytes: await samplePhoto(width, height) }, { kind: "photo", width, height });
  const preview = blur();
  const sending = (message: string, more: Partial<TransferView>): void =>
    client.media.setTransfer({
      message,
      conversation: id,
      file: undefined,
      direction: "up",
      state: "running",
      bytes: 37 * MEGABYTE,
      totalBytes: 112 * MEGABYTE,
      bytesPerSecond: 400_000,
      secondsLeft: 187,
      code: undefined,
      ...more,
    });

  say(60, {
    text: "چهار عکس از سفر، the light was like this all day",
    files: await Promise.all([
      photo("IMG_1.jpg", 900, 600),
      photo("IMG_2.jpg", 600, 900),
      photo("IMG_3.jpg", 1200, 500),
      photo("IMG_4.jpg", 700, 700),
    ]),
  });
  const away = say(50, {
    files: [
      file("IMG_5.jpg", "image/jpeg", sized(4.2 * MEGABYTE), { kind: "photo", width: 4000, height: 3000, preview }),
    ],
  });
  client.media.away.set(away, { isHere: false, isAutomatic: false, seconds: 42 });
  const film = say(45, {
    text: "film of the wells",
    files: [
      file("VID_0007.mp4", "video/mp4", sized(64 * MEGABYTE), {
        kind: "video",
        width: 1920,
        height: 1080,
        durationMs: 83_000,
        preview,
      }),
    ],
  });
  client.media.away.set(film, { isHere: false, isAutomatic: false, seconds: 640 });
  const papers = say(40, {
    files: [
      file("طرح نهایی (v2).pdf", "application/pdf", sized(48_300)),
      file("invoice-\u202Egpj.exe", "application/octet-stream", sized(2_400_000_000)),
      file(
        "a-very-long-name-of-a-file-that-has-to-be-cut-off-somewhere-2026-11-28.tar.gz",
        "application/gzip",
        sized(9 * MEGABYTE),
      ),
    ],
  });
  client.media.away.set(papers, { isHere: false, isAutomatic: false, seconds: 5400 });
  client.media.setTransfer({
    message: papers,
    conversation: id,
    file: 2,
    direction: "down",
    state: "running",
    bytes: 3.1 * MEGABYTE,
    totalBytes: 9 * MEGABYTE,
    bytesPerSecond: 110_000,
    secondsLeft: 54,
    code: undefined,
  });
  const voice = (durationMs: number): OutgoingFile =>
    file("voice.ogg", "audio/ogg", sized(31_000), { kind: "voice", durationMs, wave: WAVE });
  say(30, { files: [voice(42_000)] });
  say(28, { mine: true, files: [voice(194_000)] });
  const own = [file("archive.zip", "application/zip", sized(112 * MEGABYTE))];
  sending(say(0.9, { mine: true, state: "queued", files: own }), {});
  sending(say(0.8, { mine: true, state: "queued", files: own }), { state: "paused" });
  sending(say(0.7, { mine: true, state: "queued", files: own }), { state: "stopped", code: "client/file-gone" });
}
