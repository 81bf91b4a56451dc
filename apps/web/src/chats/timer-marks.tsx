/* That messages disappear: on a bubble, and in the header of a conversation. */
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { openSheet } from "../state/navigation.ts";
import { IconButton } from "../ui/controls.tsx";
import { Icon } from "../ui/icon.tsx";
import { decided, followDecided } from "./settings.ts";
import { timerText } from "./timer-words.ts";

/** Beside the time of a message. */
export function TimerMark({ seconds }: { readonly seconds: number }): JSX.Element {
  const label = t("decideTimerMark", { after: timerText(seconds) });
  return (
    <span role="img" aria-label={label} title={label}>
      <Icon name="timer" size={14} />
    </span>
  );
}

/** In the header, while a timer is on. */
export function TimerButton({ id }: { readonly id: string }): JSX.Element | null {
  useEffect(followDecided, []);
  const seconds = decided.value.get(id)?.timerS ?? 0;
  if (seconds === 0) return null;
  return (
    <IconButton
      icon="timer"
      label={t("decideTimerOn", { after: timerText(seconds) })}
      onClick={() => openSheet("timer")}
    />
  );
}
