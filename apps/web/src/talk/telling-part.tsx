/* In the settings: what one's devices tell others by themselves. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import type { TellingView } from "../state/client-types.ts";
import { engine } from "../state/engine.ts";
import { notifyProblem } from "../state/toasts.ts";
import css from "./talk.module.css";

export function TellingPart(): JSX.Element {
  const telling = useSignal<TellingView | undefined>(undefined);
  useEffect(() => {
    engine()
      .then((client) => client.talk.telling())
      .then((found) => (telling.value = found))
      .catch((error: unknown) => notifyProblem(error));
  }, []);
  const change = (part: Partial<TellingView>): void => {
    const before = telling.peek();
    if (before === undefined) return;
    telling.value = { ...before, ...part };
    engine()
      .then((client) => client.talk.setTelling(part))
      .catch((error: unknown) => {
        telling.value = before;
        notifyProblem(error, () => change(part));
      });
  };
  const box = (name: keyof TellingView, label: string): JSX.Element => (
    <label>
      <input
        type="checkbox"
        checked={telling.value?.[name] === true}
        onChange={(event) => change({ [name]: event.currentTarget.checked })}
      />
      <span>{label}</span>
    </label>
  );
  return (
    <fieldset class={css.telling}>
      <legend>{t("talkTelling")}</legend>
      {box("delivered", t("talkTellDelivered"))}
      {box("read", t("talkTellRead"))}
      <p class={css.small} style={{ whiteSpace: "normal" }}>
        {t("talkTellText")}
      </p>
      {box("typing", t("talkTellTyping"))}
      <p class={css.small} style={{ whiteSpace: "normal" }}>
        {t("talkTellTypingText")}
      </p>
    </fieldset>
  );
}
