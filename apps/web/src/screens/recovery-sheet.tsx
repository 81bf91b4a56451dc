/*
 * The recovery words: shown only when asked for, and only after a look around. They leave the page as soon as the sheet
 * closes; there is no copy button, because a clipboard is read by every app.
 */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { formatNumber, t } from "../i18n/translate.ts";
import { engine } from "../state/engine.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Button } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import facts from "./facts.module.css";
import css from "./recovery-sheet.module.css";

export function RecoverySheet(): JSX.Element {
  const words = useSignal<readonly string[] | undefined>(undefined);
  const show = (): void => {
    engine()
      .then((client) => client.recoveryWords())
      .then((found) => (words.value = found))
      .catch((error: unknown) => notifyProblem(error, show));
  };
  return (
    <Sheet title={t("recoveryTitle")}>
      <p class={facts.muted}>{t("recoveryText")}</p>
      {words.value === undefined ? (
        <>
          <p class={css.alone}>{t("recoveryAlone")}</p>
          <Button kind="primary" onClick={show}>
            {t("recoveryShow")}
          </Button>
        </>
      ) : (
        <>
          <ol class={css.words} dir="ltr" lang="en" aria-label={t("recoveryList")}>
            {words.value.map((word, at) => (
              <li key={at}>
                <span class={css.number}>{formatNumber(at + 1)}</span>
                <span translate={false}>{word}</span>
              </li>
            ))}
          </ol>
          <Button onClick={() => (words.value = undefined)}>{t("recoveryHide")}</Button>
        </>
      )}
    </Sheet>
  );
}
