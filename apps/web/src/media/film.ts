/*
 * What a film says of itself before it is sent: its length, its size on the screen and the blur of an early frame, all by the browser's own
 * player. A film that the browser cannot read is sent as it is, without them.
 */
import type { MediaFacts } from "../state/client-types.ts";
import { blurOf } from "./prepare.ts";

const POSTER_AT_S = 0.5;
const LIMIT_MS = 8_000;

/** Resolves at an event of the element, or when the time is over. */
async function happened(video: HTMLVideoElement, name: "loadedmetadata" | "seeked"): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${name}`)), LIMIT_MS);
    video.addEventListener("error", () => reject(new Error("not a film")), { once: true });
    video.addEventListener(name, () => resolve(), { once: true });
    void timer;
  });
}

/** Facts of a film; only its kind when it cannot be read here. */
export async function filmFacts(file: Blob): Promise<MediaFacts> {
  const video = document.createElement("video");
  const url = URL.createObjectURL(file);
  video.muted = true;
  video.preload = "auto";
  try {
    const known = happened(video, "loadedmetadata");
    video.src = url;
    await known;
    const { videoWidth: width, videoHeight: height, duration } = video;
    const seeked = happened(video, "seeked");
    video.currentTime = Number.isFinite(duration) ? Math.min(POSTER_AT_S, duration / 2) : 0;
    await seeked;
    const bitmap = await createImageBitmap(video);
    const preview = blurOf(bitmap);
    bitmap.close();
    const durationMs = Number.isFinite(duration) ? { durationMs: Math.round(duration * 1000) } : {};
    return { kind: "video", width, height, ...durationMs, preview };
  } catch {
    return { kind: "video" };
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(url);
  }
}
