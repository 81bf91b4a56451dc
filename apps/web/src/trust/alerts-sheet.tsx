/*
 * What was noticed, newest first, one press from the whole of it; below, the place where a proof that somebody gave is
 * checked.
 */
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { alerts, loadAlerts } from "../state/alerts.ts";
import type { AlertView } from "../state/client-types.ts";
import { openSheet } from "../state/navigation.ts";
import { Icon } from "../ui/icon.tsx";
import { Sheet } from "../ui/sheet.tsx";
import facts from "../screens/facts.module.css";
import css from "./alerts-sheet.module.css";
import { ProofOpener } from "./proof-opener.tsx";
import { blameOf, moment, sayingOf, stateOf, titleOf } from "./words.ts";

function Row({ alert }: { readonly alert: AlertView }): JSX.Element {
  return (
    <li>
      <button type="button" class={css.row} data-seen={alert.seen} onClick={() => openSheet("alert", alert.id)}>
        <span class={css.shape} data-by={blameOf(alert)} data-state={alert.state}>
          <Icon name={alert.state === "restored" ? "again" : "alert"} size={20} />
        </span>
        <span class={css.texts}>
          <span class={css.head}>
            <span class={css.title}>{titleOf(alert)}</span>
            {!alert.seen && <span class={css.fresh}>{t("alertNew")}</span>}
          </span>
          <span>{sayingOf(alert)}</span>
          <span class={css.state}>{[moment(alert.noticedAtMs), ...stateOf(alert)].join(" · ")}</span>
          <span class={css.see}>{t("alertSee")}</span>
        </span>
      </button>
    </li>
  );
}

export function AlertsSheet(): JSX.Element {
  const rows = alerts.value;
  useEffect(() => void loadAlerts(), []);
  return (
    <Sheet title={t("alertsTitle")}>
      {rows === undefined ? (
        <p class={facts.muted}>{t("alertsLoading")}</p>
      ) : rows.length === 0 ? (
        <div class={css.empty}>
          <Icon name="shield" size={32} />
          <p class={css.title}>{t("alertsNone")}</p>
          <p class={facts.muted}>{t("alertsNoneText")}</p>
        </div>
      ) : (
        <>
          <p class={facts.muted}>{t("alertsText")}</p>
          <ul class={css.list} aria-label={t("alertsTitle")}>
            {rows.map((alert) => (
              <Row key={alert.id} alert={alert} />
            ))}
          </ul>
        </>
      )}
      <ProofOpener />
    </Sheet>
  );
}
