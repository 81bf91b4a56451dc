/*
 * How the home station is watched, in words: when its public record was checked last, over how many ways, and how many
 * witnesses signed it.
 */
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import type { WatchView } from "../state/client-types.ts";
import { engine, onEngineEvent } from "../state/engine.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Button } from "../ui/controls.tsx";
import facts from "../screens/facts.module.css";
import css from "./watch.module.css";
import { moment } from "./words.ts";

const CHECK_LIMIT_MS = 30_000;
const TICK_MS = 5_000;
/** Up to here the age is said in seconds, up to the next in minutes. */
const SECONDS_LIMIT_MS = 90_000;
const MINUTES_LIMIT_MS = 60 * 60_000;

const held = signal<WatchView | undefined>(undefined);
const read = async (): Promise<void> => void (held.value = await (await engine()).watch());

/** When it was checked, as a sentence. */
export function checkedText({ checkedAtMs, code }: WatchView, nowMs: number): string {
  if (checkedAtMs === undefined) return t("watchNever");
  if (code !== undefined) return t("watchStale", { when: moment(checkedAtMs) });
  const agoMs = Math.max(0, nowMs - checkedAtMs);
  if (agoMs < SECONDS_LIMIT_MS) return t("watchSeconds", { count: Math.floor(agoMs / 1000) });
  if (agoMs < MINUTES_LIMIT_MS) return t("watchMinutes", { count: Math.floor(agoMs / 60_000) });
  return t("watchAt", { when: moment(checkedAtMs) });
}

/** What was held against what, as sentences. */
export function witnessText(view: WatchView): readonly string[] {
  const { checkedAtMs, quorum, witnesses, cosigned, paths } = view;
  if (checkedAtMs === undefined) return [];
  const ways = t(paths === 2 ? "watchPathsTwo" : paths === 1 ? "watchPathsOne" : "watchPathsNone");
  if (quorum === "none") return [ways, t("watchNobody")];
  return [ways, t("watchWitnesses", { cosigned, witnesses }), t(quorum === "final" ? "watchFinal" : "watchLive")];
}

export function Watch(): JSX.Element {
  const isChecking = useSignal(false);
  const nowMs = useSignal(Date.now());
  useEffect(() => {
    void read();
    const timer = setInterval(() => (nowMs.value = Date.now()), TICK_MS);
    const stop = onEngineEvent((event) => {
      if (event.type === "alerts") void read();
    });
    return () => {
      clearInterval(timer);
      stop();
    };
  }, []);
  const check = (): void => {
    isChecking.value = true;
    const run = async (): Promise<void> => {
      held.value = await (await engine()).check({ signal: AbortSignal.timeout(CHECK_LIMIT_MS) });
      nowMs.value = Date.now();
    };
    run()
      .catch((error: unknown) => notifyProblem(error, check))
      .finally(() => (isChecking.value = false));
  };
  const view = held.value;
  return (
    <section aria-label={t("watchTitle")}>
      <h3 class={facts.heading}>{t("watchTitle")}</h3>
      <div role="status">
        {view !== undefined && (
          <>
            <p class={css.checked} data-tone={view.code === undefined ? "calm" : "attention"}>
              {checkedText(view, nowMs.value)}
            </p>
            {witnessText(view).map((text) => (
              <p key={text} class={facts.muted}>
                {text}
              </p>
            ))}
          </>
        )}
      </div>
      <div class={facts.actions}>
        <Button icon="again" busy={isChecking.value} onClick={check}>
          {isChecking.value ? t("watchChecking") : t("watchNow")}
        </Button>
      </div>
    </section>
  );
}
