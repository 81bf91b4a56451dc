/*
 * Stands where the composer stood while sending waits for the person: their keys signed two histories, and nothing leaves
 * this device until the two have compared.
 */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { openSheet } from "../state/navigation.ts";
import { Button } from "../ui/controls.tsx";
import { Icon } from "../ui/icon.tsx";
import css from "./paused-panel.module.css";

export function PausedPanel({ identity, name }: { readonly identity: string; readonly name: string }): JSX.Element {
  const isKept = useSignal(false);
  return (
    <section class={css.panel} aria-label={t("safetyPaused", { name })}>
      <p class={css.title}>
        <Icon name="alert" />
        <span>{t("safetyPaused", { name })}</span>
      </p>
      {!isKept.value && <p>{t("safetyPausedText", { name })}</p>}
      <div class={css.actions}>
        <Button kind="primary" icon="shield" onClick={() => openSheet("safety", identity)}>
          {t("safetyCompare")}
        </Button>
        {!isKept.value && <Button onClick={() => (isKept.value = true)}>{t("safetyKeepPaused")}</Button>}
      </div>
    </section>
  );
}
