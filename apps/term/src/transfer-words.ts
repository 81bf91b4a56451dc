/* Files of messages in words: how loud a recording is, and how far a transfer has come. */
import type { Client, MediaFacts, TransferView } from "@chapar/client";
import type { Output } from "./output.ts";
import { sizeWords } from "./size-words.ts";

const BARS = "▁▂▃▄▅▆▇█";
const SHOWN_BARS = 24;
const LOUDNESSES = 256;
/** How often a person is told. */
const EVERY_MS = 1_000;

/** `0:42` */
export function durationWords(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A recording's loudness as a row of bars. */
export function waveWords(wave: Uint8Array): string {
  const shown = Math.min(SHOWN_BARS, wave.length);
  return Array.from({ length: shown }, (_, at) => {
    const from = Math.floor((at * wave.length) / shown);
    const peak = Math.max(...wave.subarray(from, Math.max(from + 1, Math.floor(((at + 1) * wave.length) / shown))));
    return BARS[Math.floor((peak * BARS.length) / LOUDNESSES)] ?? "";
  }).join("");
}

/** What is told of a file beside its name and size: ` ▁▃█▅ 0:42`, ` 1920×1080`; empty for most. */
export function factsWords({ durationMs, wave, width, height }: MediaFacts): string {
  const words = [
    ...(wave === undefined ? [] : [waveWords(wave)]),
    ...(width === undefined || height === undefined ? [] : [`${width}×${height}`]),
    ...(durationMs === undefined ? [] : [durationWords(durationMs)]),
  ];
  return words.map((word) => ` ${word}`).join("");
}

function progressWords(view: TransferView): string {
  const { direction, bytes, totalBytes, bytesPerSecond, secondsLeft, state } = view;
  const head = direction === "up" ? "sending" : "fetching";
  const rate = bytesPerSecond > 0 ? `, ${sizeWords(bytesPerSecond)}/s` : "";
  const left = secondsLeft === undefined ? "" : `, ${durationWords(secondsLeft * 1000)} left`;
  const why = state === "waiting" ? ", waits for a route" : "";
  return `${head}: ${sizeWords(bytes)} of ${sizeWords(totalBytes)}${rate}${left}${why}`;
}

/**
 * Tells a person once a second how far files have come, and whoever waits that they move.
 *
 * @param moved  called whenever bytes moved
 * @returns ends the telling
 */
export function tellTransfers(
  client: Pick<Client, "subscribe">,
  out: Pick<Output, "progress">,
  moved: () => void,
): () => void {
  let toldAtMs = performance.now();
  let lastBytes = -1;
  return client.subscribe((event) => {
    if (event.type !== "transfer") return;
    const { transfer } = event;
    if (transfer.bytes !== lastBytes) moved();
    lastBytes = transfer.bytes;
    const nowMs = performance.now();
    if (nowMs - toldAtMs < EVERY_MS) return;
    toldAtMs = nowMs;
    out.progress(progressWords(transfer));
  });
}
