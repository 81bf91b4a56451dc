/*
 * The one sentence at a conversation about what was noticed there: who, what, since when, and the way to the rest.
 */
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { alertOf, alerts, loadAlerts } from "../state/alerts.ts";
import { openSheet } from "../state/navigation.ts";
import { Icon } from "../ui/icon.tsx";
import { sayingOf, sinceOf } from "./words.ts";
import css from "./alert-bar.module.css";

export function AlertBar({ id }: { readonly id: string }): JSX.Element | null {
  const alert = alertOf(id);
  useEffect(() => {
    if (alertOf(id) === undefined) void loadAlerts();
  }, [id]);
  // Its sentence is still on the way; what it is about is said by the list already.
  if (alert === undefined && alerts.value === undefined) return null;
  return (
    <aside class={css.bar} aria-label={t("alertsTitle")}>
      <Icon name="alert" size={20} />
      <div class={css.texts}>
        <p>
          {alert === undefined
            ? t("noteAlert")
            : [sayingOf(alert), sinceOf(alert)].filter((text) => text !== "").join(" ")}
        </p>
        <button type="button" onClick={() => openSheet("alert", id)}>
          {t("alertSee")}
        </button>
      </div>
    </aside>
  );
}
