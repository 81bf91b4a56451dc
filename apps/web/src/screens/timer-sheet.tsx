/* After how long the messages of a conversation disappear. */
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { decide, decided, followDecided } from "../chats/settings.ts";
import { TIMERS } from "../chats/timer-words.ts";
import { t } from "../i18n/translate.ts";
import { currentConversation } from "../state/navigation.ts";
import { Sheet } from "../ui/sheet.tsx";
import facts from "./facts.module.css";
import css from "./timer-sheet.module.css";

export function TimerSheet(): JSX.Element {
  const id = currentConversation.value ?? "";
  useEffect(followDecided, []);
  const now = decided.value.get(id)?.timerS ?? 0;
  return (
    <Sheet title={t("decideTimer")}>
      <p class={facts.muted}>{t("decideTimerText")}</p>
      <fieldset class={css.choices}>
        <legend class="visually-hidden">{t("decideTimerFor")}</legend>
        {TIMERS.map(([seconds, key]) => (
          <label key={seconds} class={css.choice}>
            <input
              type="radio"
              name="timer"
              checked={seconds === now}
              onChange={() => decide((chats) => chats.setTimer(id, seconds))}
            />
            <span>{t(key)}</span>
          </label>
        ))}
      </fieldset>
    </Sheet>
  );
}
