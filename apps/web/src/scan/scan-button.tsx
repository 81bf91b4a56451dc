/* A button, and in its place the camera's picture as long as one scans. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { Button } from "../ui/controls.tsx";
import { lazyDevices } from "../ui/lazy.tsx";
import css from "./scanner.module.css";

const scanner = lazyDevices(() => import("./scanner.tsx").then((part) => part.Scanner));

/** `onCode` answers whether this is the code that was asked for; then the camera goes off. */
export function ScanButton({ onCode }: { readonly onCode: (text: string) => boolean }): JSX.Element {
  const isOn = useSignal(false);
  const place = useRef<HTMLDivElement>(null);
  const wasOn = useRef(false);
  useEffect(() => {
    // Where the picture was, the button is again, and the keyboard with it.
    if (wasOn.current && !isOn.value) place.current?.querySelector("button")?.focus();
    wasOn.current = isOn.value;
  }, [isOn.value]);
  const stop = (): void => void (isOn.value = false);
  return (
    <div class={css.place} ref={place} data-on={isOn.value}>
      {isOn.value ? (
        <scanner.Component
          onCode={(text: string) => {
            const isTaken = onCode(text);
            if (isTaken) stop();
            return isTaken;
          }}
          onStop={stop}
          onFail={stop}
        />
      ) : (
        <Button icon="qr" onClick={() => (isOn.value = true)}>
          {t("cameraScan")}
        </Button>
      )}
    </div>
  );
}
