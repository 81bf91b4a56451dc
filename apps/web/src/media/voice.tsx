/*
 * A voice message: play, pause, its loudness as a line to seek in by press, drag or arrow keys, and how fast. One plays at a time. One that was
 * not listened to has a dot, which leaves on all of the person's devices.
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { formatNumber, t } from "../i18n/translate.ts";
import { engine } from "../state/engine.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Icon } from "../ui/icon.tsx";
import { openFile } from "./file-urls.ts";
import type { TileProps } from "./tile.tsx";
import { durationText } from "./words.ts";
import css from "./media.module.css";

const SPEEDS = [1, 1.5, 2] as const;
const BARS = 40;
const STEP_S = 5;
const speed: Signal<number> = signal(1);
let playing: HTMLAudioElement | undefined;

/** Loudness as so many bars, 0 to 1; an even line when nothing is told. */
function barsOf(wave: Uint8Array | undefined): readonly number[] {
  if (wave === undefined) return Array.from({ length: BARS }, () => 0.35);
  return Array.from({ length: BARS }, (_, at) => {
    const from = Math.floor((at * wave.length) / BARS);
    const to = Math.max(from + 1, Math.floor(((at + 1) * wave.length) / BARS));
    return Math.max(0.08, Math.max(...wave.subarray(from, to)) / 255);
  });
}

export function Voice({ message, attachment, file, known }: Omit<TileProps, "isAlone">): JSX.Element {
  const { facts, sizeBytes } = attachment;
  const audio = useRef<HTMLAudioElement | undefined>(undefined);
  const [isPlaying, setPlaying] = useState(false);
  const [atS, setAt] = useState(0);
  const [isPlayed, setPlayed] = useState(true);
  const lengthS = (facts.durationMs ?? 0) / 1000;
  useEffect(() => {
    let isGone = false;
    if (!message.mine)
      void engine()
        .then((client) => client.media.played([message.id]))
        .then((found) => isGone || setPlayed(found.length > 0));
    return () => {
      isGone = true;
      audio.current?.pause();
    };
  }, [message.id]);

  const element = async (): Promise<HTMLAudioElement> => {
    if (audio.current !== undefined) return audio.current;
    const { url, shown } = await openFile({ message: message.id, file, sizeBytes }, false);
    if (shown?.kind !== "sound") throw Object.assign(new Error("not a recording"), { code: "client/bad-attachment" });
    const made = new Audio(url);
    made.preservesPitch = true;
    made.addEventListener("timeupdate", () => setAt(made.currentTime));
    made.addEventListener("pause", () => setPlaying(false));
    made.addEventListener("play", () => setPlaying(true));
    made.addEventListener("ended", () => setAt(0));
    audio.current = made;
    return made;
  };
  const toggle = async (): Promise<void> => {
    const sound = await element();
    if (!sound.paused) return sound.pause();
    if (playing !== sound) playing?.pause();
    playing = sound;
    sound.playbackRate = speed.peek();
    await sound.play();
    if (message.mine || isPlayed) return undefined;
    setPlayed(true);
    return (await engine()).media.markPlayed(message.id);
  };
  const run = (): void => void toggle().catch((error: unknown) => notifyProblem(error, run));
  const seek = (toS: number): void => {
    const to = Math.min(Math.max(0, toS), lengthS);
    setAt(to);
    void element()
      .then((sound) => void (sound.currentTime = to))
      .catch((error: unknown) => notifyProblem(error));
  };
  const share = lengthS === 0 ? 0 : atS / lengthS;
  return (
    <div class={css.voice} data-played={isPlayed}>
      <button
        type="button"
        class={css.fileIcon}
        aria-label={isPlaying ? t("voicePause") : t("voicePlay", { name: plainName(message.senderName) })}
        onClick={run}
      >
        <Icon name={isPlaying ? "pause" : "play"} />
      </button>
      <div class={css.voiceText}>
        <div
          class={css.wave}
          role="slider"
          tabIndex={0}
          dir="ltr"
          aria-label={t("voicePlace")}
          aria-valuemin={0}
          aria-valuemax={Math.round(lengthS)}
          aria-valuenow={Math.round(atS)}
          aria-valuetext={durationText(atS * 1000)}
          onClick={(event) => {
            const { left, width } = event.currentTarget.getBoundingClientRect();
            seek(((event.clientX - left) / width) * lengthS);
          }}
          onKeyDown={(event) => {
            const steps = { ArrowRight: STEP_S, ArrowUp: STEP_S, ArrowLeft: -STEP_S, ArrowDown: -STEP_S };
            const step = steps[event.key as keyof typeof steps];
            if (step === undefined) return;
            event.preventDefault();
            event.stopPropagation();
            seek(atS + step);
          }}
        >
          {barsOf(facts.wave).map((height, at) => (
            <i key={at} style={{ blockSize: `${Math.round(height * 100)}%` }} data-past={at / BARS < share} />
          ))}
        </div>
        <span class={css.voiceLine}>
          <span class={css.muted}>{durationText(isPlaying || atS > 0 ? atS * 1000 : lengthS * 1000)}</span>
          {!message.mine && !isPlayed && <span class={css.unplayed} role="img" aria-label={t("voiceNew")} />}
          {known?.isHere === false && !known.isAutomatic && <Icon name="save" size={20} />}
        </span>
      </div>
      <button
        type="button"
        class={css.speed}
        aria-label={`${t("voiceSpeed", { speed: speed.value })}×`}
        onClick={() => {
          speed.value = SPEEDS[(SPEEDS.indexOf(speed.peek() as 1) + 1) % SPEEDS.length] ?? 1;
          if (audio.current !== undefined) audio.current.playbackRate = speed.peek();
        }}
      >
        {`${formatNumber(speed.value)}×`}
      </button>
    </div>
  );
}
