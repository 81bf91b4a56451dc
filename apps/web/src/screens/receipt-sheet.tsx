/*
 * The receipt of an own message: the station's signed word, as anyone can check it.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { clockTime, fullDate } from "../format/dates.ts";
import { formatNumber, t } from "../i18n/translate.ts";
import type { ReceiptView } from "../state/client-types.ts";
import { engine } from "../state/engine.ts";
import { settings } from "../state/settings.ts";
import { notify } from "../state/toasts.ts";
import { receiptOf } from "../state/viewer.ts";
import { Button } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import css from "./facts.module.css";

function Code({ label, text }: { readonly label: string; readonly text: string }): JSX.Element {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <code class={css.code}>{text}</code>
      </dd>
    </div>
  );
}

export function ReceiptSheet(): JSX.Element {
  const found = useSignal<ReceiptView | undefined>(undefined);
  const message = receiptOf.value;
  useEffect(() => {
    if (message === undefined) return undefined;
    const gone = new AbortController();
    engine()
      .then((client) => client.receipt(message.id, { signal: gone.signal }))
      .then(
        (receipt) => (found.value = receipt),
        () => {
          // Closed before it came, or refused: the sentence above the facts stays true.
        },
      );
    return () => gone.abort();
  }, [message?.id]);
  const receipt = found.value;
  return (
    <Sheet title={t("receiptTitle")} onClose={() => (receiptOf.value = undefined)}>
      <p class={css.muted}>{receipt === undefined ? t("receiptWaiting") : t("receiptText")}</p>
      {receipt !== undefined && (
        <>
          <dl class={`${css.facts} ${css.stacked}`}>
            <div>
              <dt>{t("receiptTime")}</dt>
              <dd>
                {[fullDate, clockTime].map((say) => say(settings.value, receipt.stationTimeMs)).join(t("listComma"))}
              </dd>
            </div>
            <div>
              <dt>{t("receiptPlace")}</dt>
              <dd>{formatNumber(receipt.index)}</dd>
            </div>
            <Code label={t("receiptLeaf")} text={receipt.leafHash} />
            <Code label={t("receiptRoot", { size: formatNumber(receipt.size) })} text={receipt.root} />
            <Code label={t("receiptLog")} text={receipt.log} />
            <Code label={t("receiptStation")} text={receipt.station} />
          </dl>
          <div class={css.actions}>
            <Button
              kind="primary"
              icon="copy"
              onClick={() => void navigator.clipboard.writeText(receipt.proof).then(() => notify("receiptCopied"))}
            >
              {t("receiptCopy")}
            </Button>
          </div>
        </>
      )}
    </Sheet>
  );
}
