/* Lengths, sizes and rates of files in words. */
import { settings } from "../state/settings.ts";
import { t } from "../i18n/translate.ts";
import type { TransferView } from "../state/client-types.ts";
import { sizeText } from "../ui/route-line.tsx";

/** `0:42`, in the person's digits. */
export function durationText(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  const { digits: numberingSystem } = settings.value;
  const whole = new Intl.NumberFormat("en", { numberingSystem, useGrouping: false });
  const two = new Intl.NumberFormat("en", { numberingSystem, minimumIntegerDigits: 2 });
  return `${whole.format(Math.floor(seconds / 60))}:${two.format(seconds % 60)}`;
}

/** How far a transfer has come. */
export function transferText({ state, bytes, totalBytes, secondsLeft, direction }: TransferView): string {
  const size = sizeText(totalBytes);
  if (state === "paused") return t("mediaPaused", { size });
  if (state === "stopped") return t("mediaStopped");
  if (state === "waiting") return t("mediaWaiting", { size });
  const done = sizeText(bytes);
  if (secondsLeft !== undefined && secondsLeft > 1)
    return t("mediaLeft", { done, size, time: durationText(secondsLeft * 1000) });
  return direction === "up" ? t("mediaSending", { done, size }) : t("mediaFetching", { done, size });
}
