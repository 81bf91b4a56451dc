/* Sending later, or without a notification; and what waits for its time in this conversation. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { decide } from "../chats/settings.ts";
import { plainText } from "../format/bidi.ts";
import { clockTime, dayLabel } from "../format/dates.ts";
import { t } from "../i18n/translate.ts";
import type { ScheduledView } from "../state/client-types.ts";
import { draftOf, keepDraft } from "../state/drafts.ts";
import { engine, onEngineEvent } from "../state/engine.ts";
import { currentConversation, goBack } from "../state/navigation.ts";
import { nowMs } from "../state/now.ts";
import { settings } from "../state/settings.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Button, Field } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import facts from "./facts.module.css";
import css from "./later-sheet.module.css";

const HOUR_MS = 3_600_000;
const two = (value: number): string => String(value).padStart(2, "0");

/** As a field of date and time has it, by the clock on the wall. */
function fieldTime(atMs: number): string {
  const at = new Date(atMs);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

function timeText(atMs: number): string {
  const words = { today: t("today"), yesterday: t("yesterday") };
  return `${dayLabel(settings.value, words, atMs, nowMs.value)} · ${clockTime(settings.value, atMs)}`;
}

export function LaterSheet(): JSX.Element {
  const id = currentConversation.value ?? "";
  const text = useSignal(draftOf(id));
  const at = useSignal(fieldTime(Date.now() + HOUR_MS));
  const isSilent = useSignal(false);
  const changed = useSignal<string | undefined>(undefined);
  const waiting = useSignal<readonly ScheduledView[]>([]);
  const isPast = Date.parse(at.value) <= Date.now();
  const read = async (): Promise<void> => {
    const all = await (await engine()).chats.scheduled();
    waiting.value = all.filter(({ conversation }) => conversation === id);
  };
  useEffect(() => {
    read().catch((error: unknown) => notifyProblem(error));
    return onEngineEvent((event) => {
      if (event.type === "own" && event.key === "scheduled") void read().catch(() => {});
    });
  }, [id]);
  const clear = (): void => {
    if (changed.peek() === undefined) keepDraft(id, "");
    changed.value = undefined;
    text.value = "";
  };
  const schedule = (): void => {
    const atMs = Date.parse(at.peek());
    const words = text.peek().trim();
    const one = changed.peek();
    if (words === "" || isPast) return;
    decide(async (chats) => {
      if (one === undefined) await chats.schedule(id, { text: words, ...(isSilent.peek() && { silent: true }) }, atMs);
      else await chats.reschedule(one, { text: words, atMs });
      clear();
    });
  };
  const sendNow = (): void => {
    const words = text.peek().trim();
    if (words === "") return;
    const send = async (): Promise<void> => {
      await (await engine()).send(id, { text: words, silent: true });
      clear();
      goBack();
    };
    send().catch((error: unknown) => notifyProblem(error));
  };
  return (
    <Sheet title={t("decideLater")}>
      <form
        class={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          schedule();
        }}
      >
        <Field label={t("decideLaterText")} value={text.value} lines={3} onInput={(value) => (text.value = value)} />
        <label class={css.time}>
          <span>{t("decideLaterAt")}</span>
          <input
            type="datetime-local"
            value={at.value}
            aria-invalid={isPast}
            onInput={(event) => (at.value = event.currentTarget.value)}
          />
        </label>
        {isPast && <p role="alert">{t("decideLaterPast")}</p>}
        <label class={css.check}>
          <input
            type="checkbox"
            checked={isSilent.value}
            onChange={(event) => (isSilent.value = event.currentTarget.checked)}
          />
          <span>{t("decideSilent")}</span>
        </label>
        <Button kind="primary" type="submit">
          {t("decideLaterDo")}
        </Button>
        {changed.value === undefined && <Button onClick={sendNow}>{t("decideSilentDo")}</Button>}
        <p class={facts.muted}>{t("decideLaterHint")}</p>
      </form>
      {waiting.value.length > 0 && (
        <>
          <h3 class={facts.heading}>{t("decideLaterList")}</h3>
          <ul class={css.list}>
            {waiting.value.map((one) => (
              <li key={one.id} class={css.row}>
                <p class={css.words} dir="auto">
                  {plainText(one.text)}
                </p>
                <p class={facts.muted}>
                  {timeText(one.atMs)}
                  {one.silent && ` · ${t("decideSilent")}`}
                </p>
                <span class={css.actions}>
                  <Button
                    onClick={() => {
                      changed.value = one.id;
                      text.value = one.text;
                      at.value = fieldTime(one.atMs);
                    }}
                  >
                    {t("decideLaterEdit")}
                  </Button>
                  <Button onClick={() => decide((chats) => chats.unschedule(one.id))}>{t("decideLaterCancel")}</Button>
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Sheet>
  );
}
