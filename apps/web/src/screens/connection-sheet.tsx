/*
 * S2, the connection: where the line runs and how each way does. Nothing here is needed for writing.
 */
import type { JSX } from "preact";
import { clockTime } from "../format/dates.ts";
import { regionName } from "../format/region.ts";
import { t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import type { RouteView } from "../state/client-types.ts";
import { engineNow, me, route } from "../state/engine.ts";
import { problemOf } from "../state/problem.ts";
import { settings } from "../state/settings.ts";
import { plainName } from "../format/bidi.ts";
import { notify } from "../state/toasts.ts";
import { Button } from "../ui/controls.tsx";
import { lazyTrust } from "../ui/lazy.tsx";
import { rateText, RouteDrawing } from "../ui/route-line.tsx";
import { Sheet } from "../ui/sheet.tsx";
import css from "./facts.module.css";
import { WaysPart } from "./ways-part.tsx";

const watch = lazyTrust(() => import("../trust/watch.tsx").then((part) => part.Watch));
const island = lazyTrust(() => import("../trust/island.tsx").then((part) => part.Island));

const WORD: Record<RouteView["state"], PlainKey> = {
  idle: "connectionIdle",
  offline: "connectionOffline",
  seeking: "connectionSeeking",
  open: "connectionOpen",
  refused: "connectionRefused",
};

function explain(view: RouteView): string {
  switch (view.state) {
    case "idle":
    default:
      return t("connectionIdleText");
    case "offline":
      return t("connectionOfflineText");
    case "seeking":
      return t("connectionSeekingText");
    case "open":
      return t("connectionOpenText");
    case "refused":
      return t(problemOf(view.code).text);
  }
}

export function ConnectionSheet(): JSX.Element {
  const view = route.value;
  const home = me.value?.home;
  const { code } = problemOf(view.code);
  const copyCode = (): void => {
    void navigator.clipboard.writeText(code ?? view.state).then(() => notify("messageCopied"));
  };
  return (
    <Sheet title={t("connectionTitle")}>
      <div class={css.way}>
        <RouteDrawing state={view.state} width={280} />
        <div class={css.ends} aria-hidden="true">
          <span>{t("connectionHere")}</span>
          <span>{t("connectionHome")}</span>
        </div>
      </div>
      <p class={css.word} role="status">
        {t(WORD[view.state])}
      </p>
      <p class={css.muted}>{explain(view)}</p>
      <island.Component />
      <dl class={css.facts}>
        {view.state === "open" && (
          <div>
            <dt>{t("connectionRate")}</dt>
            <dd>
              {rateText(view.bytesPerSecond)}
              {view.sinceMs > 0 && ` · ${t("connectionSince", { time: clockTime(settings.value, view.sinceMs) })}`}
            </dd>
          </div>
        )}
        <div>
          <dt>{t("connectionWaiting")}</dt>
          <dd>{t("connectionQueued", { count: view.queued })}</dd>
        </div>
        {home !== undefined && (
          <div>
            <dt>{t("connectionStation")}</dt>
            <dd>
              <bdi>{plainName(home.name)}</bdi>
              {t("listComma")}
              <bdi>{regionName(settings.value.language, home.region)}</bdi>
            </dd>
          </div>
        )}
      </dl>
      {(view.state !== "open" || code !== undefined) && (
        <div class={css.actions}>
          {view.state !== "open" && (
            <Button kind="primary" icon="again" onClick={() => engineNow()?.connect()}>
              {t("connectionRetry")}
            </Button>
          )}
          {code !== undefined && (
            <Button icon="copy" onClick={copyCode}>
              {t("connectionCopyCode")}
            </Button>
          )}
        </div>
      )}
      {home !== undefined && <WaysPart />}
      <watch.Component />
    </Sheet>
  );
}
