/*
 * Scanning a code with the camera (D-60, D-61). Nothing of the picture is kept, and the camera is off as soon as a code was taken, the person stops, or the
 * screen goes.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import { Button } from "../ui/controls.tsx";
import { codeReader } from "./read-code.ts";
import css from "./scanner.module.css";

const LOOK_EVERY_MS = 200;

type State = "asking" | "looking" | "denied" | "none" | "busy";

const SAYS: Readonly<Record<State, PlainKey>> = {
  asking: "scanAsking",
  looking: "scanHold",
  denied: "scanDenied",
  none: "scanNone",
  busy: "scanBusy",
};

/** What kept the camera from starting. */
function stateOf(error: unknown): State {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  return name === "NotFoundError" || name === "OverconstrainedError" ? "none" : "busy";
}

interface Eyes {
  readonly video: HTMLVideoElement;
  readonly life: AbortSignal;
  readonly show: (state: State) => void;
  readonly onText: (text: string) => boolean;
}

/** Looks through the camera until a text was taken or the life ends; then the camera is off. */
async function look({ video, life, show, onText }: Eyes): Promise<void> {
  // Outside of a secure page there is none to ask.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) return show("none");
  const stream = await devices.getUserMedia({ video: { facingMode: "environment" } });
  const off = (): void => {
    for (const track of stream.getTracks()) track.stop();
  };
  life.addEventListener("abort", off);
  if (life.aborted) return off();
  const [track] = stream.getVideoTracks();
  track?.addEventListener("ended", () => show("none"));
  // Held before a screen, a camera that faces the person is a mirror.
  video.dataset["facing"] = track?.getSettings().facingMode ?? "user";
  video.srcObject = stream;
  await video.play();
  const read = await codeReader();
  show("looking");
  while (!life.aborted) {
    const texts = await read(video).catch(() => []);
    if (life.aborted || texts.some(onText)) return off();
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Shows the camera's picture until it sees a code that `onCode` takes. */
export function Scanner(props: {
  /** answers whether this is the code that was asked for */
  readonly onCode: (text: string) => boolean;
  readonly onStop: () => void;
}): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const state = useSignal<State>("asking");
  const sawOther = useSignal(false);
  const tries = useSignal(0);
  useEffect(() => {
    const life = new AbortController();
    const show = (next: State): void => {
      if (!life.signal.aborted) state.value = next;
    };
    const onText = (text: string): boolean => {
      const isTaken = props.onCode(text);
      sawOther.value = !isTaken;
      return isTaken;
    };
    show("asking");
    if (video.current !== null)
      look({ video: video.current, life: life.signal, show, onText }).catch((error: unknown) => {
        show(stateOf(error));
        life.abort();
      });
    return () => life.abort();
  }, [tries.value]);
  useEffect(() => {
    // What was pressed to come here is gone.
    place.current?.querySelector("button")?.focus({ preventScroll: true });
    place.current?.scrollIntoView({ block: "nearest" });
  }, [state.value]);
  const isOn = state.value === "asking" || state.value === "looking";
  return (
    <div class={css.scanner} ref={place}>
      <p role={isOn ? "status" : "alert"}>{t(sawOther.value && isOn ? "scanOther" : SAYS[state.value])}</p>
      <video ref={video} class={css.picture} hidden={!isOn} muted playsInline aria-label={t("scanPicture")} />
      <div class={css.actions}>
        <Button onClick={props.onStop}>{t("scanStop")}</Button>
        {!isOn && (
          <Button kind="primary" onClick={() => (tries.value += 1)}>
            {t("scanAgain")}
          </Button>
        )}
      </div>
    </div>
  );
}
