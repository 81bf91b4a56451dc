/*
 * While a voice message is recorded, in place of the field: its length, its loudness, discard and send. It is sent when the press that began it ends;
 * a short press locks it, and then it goes on until one of the buttons is used (keyboard: Enter sends, Esc discards).
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import type { OutgoingFile } from "../state/client-types.ts";
import { isRecording } from "../state/recording.ts";
import { notify } from "../state/toasts.ts";
import { Icon } from "../ui/icon.tsx";
import { type Recording, startRecording } from "./recorder.ts";
import { durationText } from "./words.ts";
import css from "./voice-bar.module.css";

/** A press that lasts longer is held: its end sends. */
const HOLD_MS = 350;

export function VoiceBar({ onSend }: { readonly onSend: (file: OutgoingFile) => void }): JSX.Element {
  const recording = useRef<Promise<Recording> | undefined>(undefined);
  const held = useSignal<Recording | undefined>(undefined);
  const isHeld = useSignal(isRecording.peek() === "pressed");
  const send = useRef<HTMLButtonElement>(null);

  const leave = (): void => void (isRecording.value = undefined);
  const discard = (): void => {
    void recording.current?.then((one) => one.discard()).catch(() => undefined);
    leave();
  };
  const finish = async (): Promise<void> => {
    const file = await (await recording.current)?.finish();
    leave();
    if (file === undefined) notify("voiceTooShort");
    else onSend(file);
  };

  useEffect(() => {
    const begunMs = performance.now();
    recording.current = startRecording();
    recording.current.then(
      (one) => (held.value = one),
      (error: unknown) => {
        leave();
        notify(
          error instanceof DOMException && error.name === "NotAllowedError" ? "voiceNotAllowed" : "voiceNoMicrophone",
          {
            tone: "attention",
          },
        );
      },
    );
    const released = (): void => {
      if (!isHeld.peek()) return;
      isHeld.value = false;
      if (performance.now() - begunMs >= HOLD_MS) void finish();
      else send.current?.focus();
    };
    const cancelled = (): void => {
      if (isHeld.peek()) discard();
    };
    addEventListener("pointerup", released);
    addEventListener("pointercancel", cancelled);
    if (!isHeld.peek()) send.current?.focus();
    return () => {
      removeEventListener("pointerup", released);
      removeEventListener("pointercancel", cancelled);
      void recording.current?.then((one) => one.discard()).catch(() => undefined);
    };
  }, []);

  const level = held.value?.level.value ?? 0;
  return (
    <div
      class={css.voiceBar}
      role="group"
      aria-label={t("voiceRecording")}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        discard();
      }}
    >
      <button
        type="button"
        class={css.round}
        aria-label={t("voiceDiscard")}
        title={t("voiceDiscard")}
        onClick={discard}
      >
        <Icon name="close" />
      </button>
      <span class={css.dot} style={{ opacity: 0.4 + 0.6 * level }} aria-hidden="true" />
      <span class={css.time} role="timer">
        {durationText(held.value?.lengthMs.value ?? 0)}
      </span>
      <span class={css.level} aria-hidden="true">
        <i style={{ inlineSize: `${Math.round(level * 100)}%` }} />
      </span>
      <span class={css.hint}>{isHeld.value ? t("voiceHold") : t("voiceLocked")}</span>
      <button
        ref={send}
        type="button"
        class={`${css.round} ${css.send}`}
        aria-label={t("composerSend")}
        onClick={() => void finish()}
      >
        <Icon name="send" />
      </button>
    </div>
  );
}
