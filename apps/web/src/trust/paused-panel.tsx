/*
 * Stands where the composer stood while sending waits for the person: somebody's keys signed two histories, or somebody who was compared has
 * another device since; nothing leaves this device until the person has decided.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { openSheet } from "../state/navigation.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Button } from "../ui/controls.tsx";
import { Icon } from "../ui/icon.tsx";
import { loadSafety, markCompared, safetyOf } from "./safety.ts";
import css from "./paused-panel.module.css";

export function PausedPanel({ identity, name }: { readonly identity: string; readonly name: string }): JSX.Element {
  const isKept = useSignal(false);
  const isDevice = safetyOf(identity)?.pausedBy === "device";
  useEffect(() => void loadSafety(identity), [identity]);
  return (
    <section class={css.panel} aria-label={t("safetyPaused", { name })}>
      <p class={css.title}>
        <Icon name="alert" />
        <span>{t("safetyPaused", { name })}</span>
      </p>
      {!isKept.value && <p>{t(isDevice ? "safetyDeviceText" : "safetyPausedText", { name })}</p>}
      <div class={css.actions}>
        <Button kind="primary" icon="shield" onClick={() => openSheet("safety", identity)}>
          {t("safetyCompare")}
        </Button>
        {isDevice && (
          <Button onClick={() => void markCompared(identity).catch(notifyProblem)}>{t("safetyTheirs")}</Button>
        )}
        {!isKept.value && <Button onClick={() => (isKept.value = true)}>{t("safetyKeepPaused")}</Button>}
      </div>
    </section>
  );
}
