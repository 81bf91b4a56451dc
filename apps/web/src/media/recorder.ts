/*
 * Recording a voice message: Opus, one channel, 16 kbit/s, in the container that the browser has (WebM in Chromium, Ogg in Firefox, MP4 in
 * Safari), and how loud it was. Nothing is kept of one that is discarded.
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { OutgoingFile } from "../state/client-types.ts";

const BITS_PER_SECOND = 16_000;
const TYPES = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
const ENDINGS: Readonly<Record<string, string>> = { "audio/ogg": "ogg", "audio/webm": "webm", "audio/mp4": "m4a" };
const SAMPLE_EVERY_MS = 50;
const MAX_WAVE = 64;
/** A press that is over sooner was none. */
const SHORTEST_MS = 500;

/** A recording under way. */
export interface Recording {
  readonly lengthMs: Signal<number>;
  /** loudness of late, 0 to 1 */
  readonly level: Signal<number>;
  /** Ends it. @returns undefined when it was too short */
  finish(): Promise<OutgoingFile | undefined>;
  discard(): void;
}

/** The loudest of each of at most 64 stretches, 0 to 255. */
export function waveOf(levels: readonly number[]): Uint8Array {
  const count = Math.max(1, Math.min(MAX_WAVE, levels.length));
  const peaks = Array.from({ length: count }, (_, at) => {
    const from = Math.floor((at * levels.length) / count);
    return Math.max(0, ...levels.slice(from, Math.max(from + 1, Math.floor(((at + 1) * levels.length) / count))));
  });
  const loudest = Math.max(0.05, ...peaks);
  return Uint8Array.from(peaks, (peak) => Math.round((Math.min(peak, loudest) * 255) / loudest));
}

/**
 * Begins to record.
 *
 * @throws DOMException `NotAllowedError` without the person's leave · `NotFoundError` without a microphone
 */
export async function startRecording(): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, noiseSuppression: true } });
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, {
    audioBitsPerSecond: BITS_PER_SECOND,
    ...(mimeType === undefined ? {} : { mimeType }),
  });
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const levels: number[] = [];
  const parts: Blob[] = [];
  const lengthMs = signal(0);
  const level = signal(0);
  const startedMs = performance.now();
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    level.value = Math.min(1, Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length) * 4);
    levels.push(level.peek());
    lengthMs.value = performance.now() - startedMs;
  }, SAMPLE_EVERY_MS);
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const stopped = new Promise<void>((resolve) => recorder.addEventListener("stop", () => resolve(), { once: true }));
  recorder.start();
  const end = async (): Promise<void> => {
    clearInterval(timer);
    if (recorder.state !== "inactive") recorder.stop();
    await stopped;
    for (const track of stream.getTracks()) track.stop();
    await context.close();
  };
  return {
    lengthMs,
    level,
    finish: async () => {
      const durationMs = Math.round(performance.now() - startedMs);
      await end();
      if (durationMs < SHORTEST_MS) return undefined;
      const mediaType = (recorder.mimeType.split(";")[0] ?? "") || "audio/webm";
      return {
        fileName: `voice.${ENDINGS[mediaType] ?? "webm"}`,
        mediaType,
        facts: { kind: "voice", durationMs, wave: waveOf(levels) },
        from: { blob: new Blob(parts, { type: mediaType }) },
      };
    },
    discard: () => void end(),
  };
}
