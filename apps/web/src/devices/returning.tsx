/*
 * Who already has an account: another device takes the code that is shown here, or the recovery words bring everything back. Laid over the
 * landing; when the profile is there, the app begins with it.
 */
import { useSignal } from "@preact/signals";
import { render } from "preact";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { loadWords, t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import { engine } from "../state/engine.ts";
import { findInvite } from "../state/invite.ts";
import { Button, Choice, Field, FilePicker } from "../ui/controls.tsx";
import { QrPanel } from "../ui/qr-panel.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { Digits } from "./digits.tsx";
import { link, useLinks } from "./links.ts";
import css from "./devices.module.css";

const PROBLEMS: Readonly<Record<string, PlainKey>> = {
  "client/bad-words": "returningBadWords",
  "client/no-backup": "returningNoBackup",
  "client/bad-backup": "returningBadBackup",
};

function problemOf(error: unknown): PlainKey {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  return PROBLEMS[code] ?? "returningProblem";
}

/** What this browser may be called; the person changes it as they like. */
function ownName(): string {
  const { userAgent } = navigator;
  const browser = /Firefox|Edg|Chrome|Safari/u.exec(userAgent)?.[0] ?? "Browser";
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/u.exec(userAgent)?.[0] ?? "";
  return [browser.replace("Edg", "Edge"), system].filter((word) => word !== "").join(", ");
}

function ByDevice({ invite }: { readonly invite: string }): JSX.Element {
  const station = useSignal(invite);
  const name = useSignal(ownName());
  const problem = useSignal<PlainKey | undefined>(undefined);
  const now = link.value;
  const ask = (): void => {
    problem.value = undefined;
    engine()
      .then((client) => client.devices.ask(findInvite(station.value), name.value.trim()))
      .then((view) => (link.value = view))
      .catch((error: unknown) => (problem.value = problemOf(error)));
  };
  if (now?.state === "waiting" && now.link !== undefined) {
    const code = now.link;
    return (
      <>
        <p class={css.say}>{t("returningCodeText")}</p>
        <div class={css.qr}>
          <QrPanel text={code} label={t("returningCode")} />
        </div>
        <p class={css.code} dir="ltr" translate={false} data-code>
          {code}
        </p>
        <Button onClick={() => void navigator.clipboard?.writeText(code)}>{t("returningCopy")}</Button>
      </>
    );
  }
  if (now?.state === "compare" && now.digits !== undefined)
    return (
      <>
        <p class={css.say}>{t("returningCompare")}</p>
        <Digits digits={now.digits} />
      </>
    );
  if (now?.state === "bringing" || now?.state === "done") return <p role="status">{t("returningBringing")}</p>;
  return (
    <form
      class={css.parts}
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      {now?.state === "failed" && <p role="alert">{t("returningFailed")}</p>}
      <Field
        label={t("returningInvite")}
        hint={t("returningInviteHint")}
        problem={problem.value === undefined ? undefined : t(problem.value)}
        value={station.value}
        lines={2}
        isCode
        onInput={(value) => (station.value = value)}
      />
      <Field label={t("returningName")} value={name.value} maxLength={64} onInput={(value) => (name.value = value)} />
      <Button type="submit" kind="primary">
        {t("returningAsk")}
      </Button>
    </form>
  );
}

function ByWords({ invite, onDone }: { readonly invite: string; readonly onDone: () => void }): JSX.Element {
  const station = useSignal(invite);
  const words = useSignal("");
  const file = useSignal<File | undefined>(undefined);
  const to = useSignal("");
  const problem = useSignal<PlainKey | undefined>(undefined);
  const busy = useSignal(false);
  const restore = async (): Promise<void> => {
    const client = await engine();
    const bytes = file.value === undefined ? undefined : new Uint8Array(await file.value.arrayBuffer());
    const from = { words: words.value, device: ownName() };
    const home = to.value.trim() === "" ? {} : { to: findInvite(to.value) };
    const source = bytes === undefined ? { invite: findInvite(station.value) } : { file: bytes, ...home };
    await client.devices.restore({ ...from, ...source }, { signal: AbortSignal.timeout(600_000) });
    words.value = "";
    onDone();
  };
  const begin = (): void => {
    busy.value = true;
    problem.value = undefined;
    restore()
      .catch((error: unknown) => (problem.value = problemOf(error)))
      .finally(() => (busy.value = false));
  };
  return (
    <form
      class={css.parts}
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy.value) begin();
      }}
    >
      <Field
        label={t("returningWordsLabel")}
        hint={t("returningWordsHint")}
        problem={problem.value === undefined ? undefined : t(problem.value)}
        value={words.value}
        lines={4}
        isCode
        onInput={(value) => (words.value = value)}
      />
      {file.value === undefined ? (
        <Field
          key="station"
          label={t("returningInvite")}
          hint={t("returningInviteHint")}
          value={station.value}
          lines={2}
          isCode
          onInput={(value) => (station.value = value)}
        />
      ) : (
        <Field
          key="to"
          label={t("returningTo")}
          hint={t("returningToHint")}
          value={to.value}
          lines={2}
          isCode
          onInput={(value) => (to.value = value)}
        />
      )}
      <FilePicker
        label={file.value?.name ?? t("returningFile")}
        accept=".backup"
        icon="invite"
        onFile={(chosen) => (file.value = chosen)}
      />
      <Button type="submit" kind="primary" busy={busy.value}>
        {busy.value ? t("returningBringing") : t("returningRestore")}
      </Button>
    </form>
  );
}

function Returning(props: {
  readonly invite: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}): JSX.Element {
  const how = useSignal<"device" | "words">("device");
  useLinks(() => {
    if (link.value?.state === "done") props.onDone();
  });
  useEffect(
    () => () => {
      // Whoever goes away from here is not waited for any more.
      void engine().then((client) => client.devices.stop());
    },
    [],
  );
  return (
    <Sheet title={t("returningTitle")} onClose={props.onClose}>
      <div class={css.parts}>
        <Choice
          label={t("returningHow")}
          value={how.value}
          options={[
            { value: "device", label: t("returningDevice") },
            { value: "words", label: t("returningWords") },
          ]}
          onChange={(value) => (how.value = value)}
        />
        {how.value === "device" ? (
          <ByDevice invite={props.invite} />
        ) : (
          <ByWords invite={props.invite} onDone={props.onDone} />
        )}
      </div>
    </Sheet>
  );
}

/** Lays it over the page. `onDone`: the profile is there. */
export async function openReturning(invite: string, onDone: () => void): Promise<void> {
  await Promise.all([loadWords("devices"), loadWords("late")]);
  const place = document.body.appendChild(document.createElement("div"));
  const close = (): void => {
    render(null, place);
    place.remove();
  };
  render(
    <Returning
      invite={invite}
      onClose={close}
      onDone={() => {
        close();
        onDone();
      }}
    />,
    place,
  );
}
