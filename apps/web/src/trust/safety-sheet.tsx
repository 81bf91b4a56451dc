/*
 * S5, a person and safety: what the two compare (digits and a code, the same on both sides, left to right in every
 * script), when it was compared, the person's devices, and every change of their keys.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { nameOf } from "../state/alerts.ts";
import type { SafetyView } from "../state/client-types.ts";
import { openSheet, place } from "../state/navigation.ts";
import { notify, notifyProblem } from "../state/toasts.ts";
import { ScanButton } from "../scan/scan-button.tsx";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/controls.tsx";
import { Icon } from "../ui/icon.tsx";
import { lazy } from "../ui/lazy.tsx";
import { Sheet } from "../ui/sheet.tsx";
import facts from "../screens/facts.module.css";
import { changeText } from "./note-line.tsx";
import { isUnknown, loadSafety, markCompared, safetyOf } from "./safety.ts";
import css from "./safety-sheet.module.css";
import { moment } from "./words.ts";

const qr = lazy(() => import("../ui/qr-panel.tsx").then((part) => part.QrPanel));

function Compare({ view, name }: { readonly view: SafetyView; readonly name: string }): JSX.Element {
  const differs = useSignal(false);
  const same = (): void => {
    markCompared(view.identity).then(
      () => notify("safetySaved"),
      (error: unknown) => notifyProblem(error, same),
    );
  };
  /** What stands before the numbers in every such code. */
  const form = view.qr.slice(0, view.qr.lastIndexOf(":") + 1);
  const scanned = (text: string): boolean => {
    if (!text.startsWith(form)) return false;
    differs.value = text !== view.qr;
    if (!differs.value) same();
    return true;
  };
  return (
    <>
      <p class={`${facts.muted} ${css.how}`}>{t("safetyHow")}</p>
      <ol class={css.digits} dir="ltr" aria-label={t("safetyNumbers", { name })}>
        {view.digits.map((group, at) => (
          <li key={at}>{group}</li>
        ))}
      </ol>
      <div class={css.qr}>
        <qr.Component text={view.qr} label={t("safetyQr", { name })} />
      </div>
      {differs.value && (
        <p class={css.differ} role="alert">
          {t("safetyDifferText", { name })}
        </p>
      )}
      <div class={facts.actions}>
        <Button kind="primary" icon="shield" onClick={same}>
          {t("safetyMatch")}
        </Button>
        <ScanButton onCode={scanned} />
        {differs.value ? (
          <Button icon="alert" onClick={() => openSheet("alerts")}>
            {t("alertAll")}
          </Button>
        ) : (
          <Button onClick={() => (differs.value = true)}>{t("safetyDiffer")}</Button>
        )}
      </div>
    </>
  );
}

function Whole({ view, name }: { readonly view: SafetyView; readonly name: string }): JSX.Element {
  const { comparedAtMs, devices, ops, changes, paused } = view;
  return (
    <>
      {paused && (
        <p class={css.paused}>
          <Icon name="alert" size={20} />
          <span>{t(view.pausedBy === "device" ? "safetyDeviceText" : "safetyPausedText", { name })}</span>
        </p>
      )}
      <p class={css.compared} role="status">
        {comparedAtMs === undefined ? t("safetyNotCompared") : t("safetyCompared", { when: moment(comparedAtMs) })}
      </p>
      <Compare view={view} name={name} />
      <h3 class={facts.heading}>{t("safetyDevicesTitle")}</h3>
      <p class={facts.muted}>{[t("safetyDevices", { count: devices }), t("safetyOps", { count: ops })].join(" · ")}</p>
      <h3 class={facts.heading}>{t("safetyChanges")}</h3>
      {changes.length === 0 ? (
        <p class={facts.muted}>{t("safetyNoChanges")}</p>
      ) : (
        <ul class={css.changes}>
          {changes.map((change, at) => (
            <li key={at}>
              <span>{changeText(change, name)}</span>
              {change.sinceMs !== undefined && (
                <time dateTime={new Date(change.sinceMs).toISOString()}>{moment(change.sinceMs)}</time>
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

export function SafetySheet(): JSX.Element {
  const identity = useSignal(place.peek().item ?? "").value;
  const name = nameOf(identity) ?? t("chatNobody");
  const view = safetyOf(identity);
  useEffect(() => void loadSafety(identity), [identity]);
  return (
    <Sheet title={t("noteSafety")}>
      <div class={facts.person}>
        <Avatar id={identity} name={name} size="large" />
        <bdi>{name}</bdi>
      </div>
      {view !== undefined && <Whole key={identity} view={view} name={name} />}
      {isUnknown(identity) && <p class={facts.muted}>{t("safetyUnknown")}</p>}
    </Sheet>
  );
}
