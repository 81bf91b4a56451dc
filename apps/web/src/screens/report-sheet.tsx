/* Reporting one message: what the operator gets and learns, said before anything leaves. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { plainName, plainText } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import { chatOf, titleOf } from "../state/chats.ts";
import type { ReportView } from "../state/client-types.ts";
import { engine, me, onEngineEvent } from "../state/engine.ts";
import { currentConversation, place } from "../state/navigation.ts";
import { notifyProblem } from "../state/toasts.ts";
import { reportedText } from "../state/viewer.ts";
import { Button } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import css from "./report-sheet.module.css";

const STATES: Readonly<Record<ReportView["state"], PlainKey>> = {
  sent: "decideReportSent",
  waiting: "decideReportWaiting",
  refused: "decideReportRefused",
};

export function ReportSheet(): JSX.Element {
  const message = place.value.item ?? "";
  const report = useSignal<ReportView | undefined>(undefined);
  const chat = chatOf(currentConversation.value);
  const read = async (): Promise<void> => {
    const all = await (await engine()).chats.reports();
    report.value = all.find((one) => one.message === message);
  };
  useEffect(() => {
    read().catch((error: unknown) => notifyProblem(error));
    return onEngineEvent((event) => {
      if (event.type === "own" && event.key === "report") void read().catch(() => {});
    });
  }, [message]);
  const send = (): void => {
    engine()
      .then(({ chats }) => chats.report(message))
      .then(read)
      .catch((error: unknown) => notifyProblem(error));
  };
  const { value } = report;
  const station = plainName(me.value?.home.name ?? "");
  return (
    <Sheet title={t("decideReportTitle")}>
      <blockquote class={css.quote} dir="auto">
        {plainText(reportedText.value)}
      </blockquote>
      <p>{t("decideReportText", { station, name: chat === undefined ? t("chatNobody") : titleOf(chat) })}</p>
      {value === undefined || value.state === "refused" ? (
        <Button kind="primary" icon="alert" onClick={send}>
          {t("decideReportDo")}
        </Button>
      ) : null}
      {value !== undefined && (
        <p role="status" class={css.state}>
          {t(STATES[value.state])} {!value.proves && t("decideReportClaim")}
        </p>
      )}
    </Sheet>
  );
}
