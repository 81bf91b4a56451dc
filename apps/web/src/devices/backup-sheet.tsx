/* Backups that the recovery words open, and exports to read. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { fullDate } from "../format/dates.ts";
import { t } from "../i18n/translate.ts";
import type { BackupState } from "../state/client-types.ts";
import { engine } from "../state/engine.ts";
import { settings } from "../state/settings.ts";
import { notify, notifyProblem } from "../state/toasts.ts";
import { Button } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { exportChats } from "./export-chats.ts";
import { saveFile } from "./save-file.ts";
import css from "./devices.module.css";

async function saveBackup(): Promise<void> {
  const bytes = await (await engine()).devices.backupFile();
  saveFile("chapar.backup", bytes, "application/octet-stream");
}

export function BackupSheet(): JSX.Element {
  const state = useSignal<BackupState | undefined>(undefined);
  const busy = useSignal(false);
  useEffect(() => {
    engine()
      .then((client) => client.devices.backupState())
      .then((found) => (state.value = found))
      .catch(notifyProblem);
  }, []);
  const doing = (work: () => Promise<unknown>): void => {
    busy.value = true;
    work()
      .catch(notifyProblem)
      .finally(() => (busy.value = false));
  };
  const backUp = async (): Promise<void> => {
    state.value = await (await engine()).devices.backup({ signal: AbortSignal.timeout(600_000) });
    notify("backupDone");
  };
  const { madeAtMs, isPossible = true, refused } = state.value ?? {};
  return (
    <Sheet title={t("backupTitle")}>
      <div class={css.parts}>
        <p class={css.say}>{t("backupText")}</p>
        <p class={css.facts} role="status">
          {busy.value
            ? t("backupBusy")
            : madeAtMs === undefined
              ? t("backupNever")
              : t("backupMade", { date: fullDate(settings.value, madeAtMs) })}
        </p>
        {refused === undefined || busy.value ? null : (
          <p class={css.say} role="status">
            {t(refused.code === "station/storage-full" ? "backupHomeFull" : "backupRefused", {
              date: fullDate(settings.value, refused.againAtMs),
            })}
          </p>
        )}
        {isPossible ? (
          <div class={css.actions}>
            <Button kind="primary" busy={busy.value} onClick={() => doing(backUp)}>
              {t("backupNow")}
            </Button>
            <Button busy={busy.value} onClick={() => doing(saveBackup)}>
              {t("backupFile")}
            </Button>
          </div>
        ) : (
          <p class={css.say}>{t("backupImpossible")}</p>
        )}
        <p class={css.say}>{t("backupExportText")}</p>
        <div class={css.actions}>
          <Button busy={busy.value} onClick={() => doing(exportChats)}>
            {t("backupExport")}
          </Button>
        </div>
      </div>
    </Sheet>
  );
}
