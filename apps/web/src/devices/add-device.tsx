/*
 * The old device's side of linking: the code of the new one is scanned or pasted here, and nowhere else (a code in a message does nothing), then both
 * show six digits and the person says whether they are the same.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { engine } from "../state/engine.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Button, Field } from "../ui/controls.tsx";
import { ScanButton } from "../scan/scan-button.tsx";
import { QrPanel } from "../ui/qr-panel.tsx";
import { Digits } from "./digits.tsx";
import { link } from "./links.ts";
import css from "./devices.module.css";

type Phase = "code" | "meeting" | "compare" | "bringing" | "done" | "failed";

function OpenHere({ invite }: { readonly invite: string }): JSX.Element {
  return (
    <>
      <p class={css.say}>{t("devicesAddText")}</p>
      <div class={css.qr}>
        <QrPanel text={invite} label={t("devicesOpenLink")} />
      </div>
      <p class={css.code} dir="ltr" translate={false}>
        {invite}
      </p>
    </>
  );
}

export function AddDevice({ onDone }: { readonly onDone: () => void }): JSX.Element {
  const phase = useSignal<Phase>("code");
  const code = useSignal("");
  const digits = useSignal("");
  const invite = useSignal<string | undefined>(undefined);
  const life = useRef(new AbortController());
  useEffect(() => {
    void engine()
      .then((client) => client.invite())
      .then((made) => (invite.value = made))
      .catch(notifyProblem);
    return () => life.current.abort();
  }, []);
  const take = (text: string): void => {
    phase.value = "meeting";
    meet(text).catch((error: unknown) => {
      phase.value = "code";
      if (!life.current.signal.aborted) notifyProblem(error);
    });
  };
  const meet = async (text: string): Promise<void> => {
    const client = await engine();
    const view = await client.devices.take(text.trim(), { signal: life.current.signal });
    digits.value = view.digits ?? "";
    phase.value = "compare";
  };
  const confirm = (isSame: boolean): void => {
    phase.value = "bringing";
    bring(isSame).catch((error: unknown) => {
      phase.value = "failed";
      notifyProblem(error);
    });
  };
  const bring = async (isSame: boolean): Promise<void> => {
    const client = await engine();
    const view = await client.devices.confirm(isSame);
    phase.value = view.state === "done" ? "done" : "failed";
    link.value = view;
    if (view.state === "done") onDone();
  };
  if (phase.value === "meeting") return <p role="status">{t("devicesMeeting")}</p>;
  if (phase.value === "bringing") return <p role="status">{t("devicesBringing")}</p>;
  if (phase.value === "done") return <p role="status">{t("devicesDone")}</p>;
  if (phase.value === "failed") return <p role="alert">{t("devicesFailed")}</p>;
  if (phase.value === "compare")
    return (
      <>
        <p class={css.say}>{t("devicesCompare")}</p>
        <Digits digits={digits.value} />
        <div class={css.actions}>
          <Button kind="primary" onClick={() => confirm(true)}>
            {t("devicesSame")}
          </Button>
          <Button onClick={() => confirm(false)}>{t("devicesOther")}</Button>
        </div>
      </>
    );
  return (
    <form
      class={css.parts}
      onSubmit={(event) => {
        event.preventDefault();
        take(code.value);
      }}
    >
      {invite.value !== undefined && <OpenHere invite={invite.value} />}
      <Field
        label={t("devicesCode")}
        hint={t("devicesCodeHint")}
        value={code.value}
        lines={3}
        isCode
        onInput={(value) => (code.value = value)}
      />
      <div class={css.actions}>
        <Button type="submit" kind="primary">
          {t("devicesTake")}
        </Button>
        <ScanButton
          onCode={(text) => {
            if (!text.startsWith("chapar:d/")) return false;
            take(text);
            return true;
          }}
        />
      </div>
    </form>
  );
}
