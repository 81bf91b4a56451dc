/*
 * Scanning a code with the camera, where the browser itself reads QR codes (BarcodeDetector). Nothing of the picture is kept, and the camera is off as
 * soon as a code was found or the person stops.
 */
import { useEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { Button } from "../ui/controls.tsx";
import css from "./devices.module.css";

interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
type DetectorClass = new (options: { readonly formats: readonly string[] }) => Detector;

const LOOK_EVERY_MS = 250;

function detectorClass(): DetectorClass | undefined {
  return (globalThis as { readonly BarcodeDetector?: DetectorClass }).BarcodeDetector;
}

/** Whether this browser can scan at all. */
export function canScan(): boolean {
  return detectorClass() !== undefined && navigator.mediaDevices?.getUserMedia !== undefined;
}

/** Shows the camera's picture until it sees a code that `onCode` takes. */
export function Camera(props: {
  readonly onCode: (text: string) => boolean;
  readonly onStop: () => void;
  readonly onFail: () => void;
}): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    let stream: MediaStream | undefined;
    let timer = 0;
    let isOver = false;
    const look = async (detector: Detector): Promise<void> => {
      if (isOver || video.current === null) return;
      const found = await detector.detect(video.current).catch(() => []);
      if (found.some(({ rawValue }) => props.onCode(rawValue))) return;
      timer = window.setTimeout(() => void look(detector), LOOK_EVERY_MS);
    };
    const begin = async (): Promise<void> => {
      const Class = detectorClass();
      if (Class === undefined) return props.onFail();
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      if (isOver || video.current === null) return;
      video.current.srcObject = stream;
      await video.current.play();
      await look(new Class({ formats: ["qr_code"] }));
    };
    begin().catch(() => props.onFail());
    return () => {
      isOver = true;
      clearTimeout(timer);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, []);
  return (
    <>
      <p class={css.say}>{t("devicesScanning")}</p>
      <video ref={video} class={css.camera} muted playsInline aria-label={t("devicesScanning")} />
      <Button onClick={props.onStop}>{t("devicesStop")}</Button>
    </>
  );
}
