/*
 * One alert, whole: what happened in plain sentences, whose doing it is, when, what came back, and the proof that can be
 * kept and shown. Opening it is having seen it.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import { alertOf, alerts, loadAlerts } from "../state/alerts.ts";
import type { AlertView } from "../state/client-types.ts";
import { engine } from "../state/engine.ts";
import { openConversation, openSheet, place } from "../state/navigation.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Button } from "../ui/controls.tsx";
import { Icon } from "../ui/icon.tsx";
import { Sheet } from "../ui/sheet.tsx";
import facts from "../screens/facts.module.css";
import css from "./alert-sheet.module.css";
import { saveProof, showProof } from "./proof-file.ts";
import { blameOf, blameText, cameBack, explanationOf, moment, placeOf, sayingOf, titleOf } from "./words.ts";

/** Not broken over lines. */
const VERIFY = "chapar\u00A0proof\u00A0verify";

const BACK: Readonly<Record<AlertView["state"], PlainKey>> = {
  asking: "alertBackAsking",
  open: "alertBackOpen",
  restored: "alertBackRestored",
};

function Facts({ alert }: { readonly alert: AlertView }): JSX.Element {
  return (
    <dl class={facts.facts}>
      {blameOf(alert) !== "keys" && (
        <div>
          <dt>{t("alertStation")}</dt>
          <dd>{t("alertPlace", placeOf(alert.station))}</dd>
        </div>
      )}
      {alert.sinceMs !== undefined && (
        <div>
          <dt>{t("alertShownSince")}</dt>
          <dd>{moment(alert.sinceMs)}</dd>
        </div>
      )}
      <div>
        <dt>{t("alertNoticed")}</dt>
        <dd>{moment(alert.noticedAtMs)}</dd>
      </div>
    </dl>
  );
}

function Back({ alert }: { readonly alert: AlertView }): JSX.Element {
  const back = cameBack(alert);
  const isAsked = useSignal(false);
  const { conversation, missing, restored } = alert;
  const ask = async (of: string): Promise<void> => {
    await (await engine()).askMembers(of);
    isAsked.value = true;
  };
  return (
    <>
      <h3 class={facts.heading}>{t("alertBackTitle")}</h3>
      {back === undefined ? (
        <p class={facts.muted}>{t("alertBackNothing")}</p>
      ) : (
        <>
          <p class={css.count} role="status">
            {back}
          </p>
          <div class={css.meter} aria-hidden="true">
            <span style={{ inlineSize: `${Math.min(100, (100 * alert.restored) / alert.missing)}%` }} />
          </div>
          <p class={facts.muted} role="status">
            {t(isAsked.value ? "lineAsked" : BACK[alert.state])}
          </p>
          {conversation !== undefined && restored < missing && !isAsked.value && (
            <div class={facts.actions}>
              <Button
                icon="again"
                onClick={() => void ask(conversation).catch((error: unknown) => notifyProblem(error))}
              >
                {t("lineAsk")}
              </Button>
            </div>
          )}
        </>
      )}
    </>
  );
}

function proofText(alert: AlertView): PlainKey {
  const by = blameOf(alert);
  if (by === "nobody") return "proofAccusesNobody";
  if (alert.proof === undefined) return by === "keys" ? "proofKeys" : "proofNone";
  return by === "witness" || alert.proof.shape === "unanswered" ? "proofWitness" : "proofShows";
}

function Proof({ alert }: { readonly alert: AlertView }): JSX.Element {
  const has = alert.proof !== undefined;
  const run = (action: (alert: AlertView) => Promise<void>): void => {
    action(alert).catch((error: unknown) => notifyProblem(error));
  };
  return (
    <>
      <h3 class={facts.heading}>{t("proofTitle")}</h3>
      <p class={facts.muted}>{t(proofText(alert))}</p>
      {has && (
        <>
          <div class={facts.actions}>
            <Button kind="primary" icon="save" onClick={() => run(saveProof)}>
              {t("proofSave")}
            </Button>
            <Button icon="share" onClick={() => run(showProof)}>
              {t("proofShow")}
            </Button>
          </div>
          <p class={facts.muted}>{t("proofHow", { command: VERIFY })}</p>
        </>
      )}
    </>
  );
}

function Whole({ alert }: { readonly alert: AlertView }): JSX.Element {
  const { conversation, person, code } = alert;
  useEffect(() => {
    if (!alert.seen) void engine().then((client) => client.markAlertSeen(alert.id));
  }, [alert.id]);
  return (
    <>
      <p class={css.saying} data-by={blameOf(alert)}>
        <Icon name="alert" />
        <span>{sayingOf(alert)}</span>
      </p>
      <h3 class={facts.heading}>{t("alertHappened")}</h3>
      <p>{explanationOf(alert)}</p>
      <p class={css.blame}>{blameText(alert)}</p>
      <Facts alert={alert} />
      {code !== "chain-forked" && <Back alert={alert} />}
      <Proof alert={alert} />
      <div class={facts.actions}>
        {person !== undefined && (
          <Button
            kind={code === "chain-forked" ? "primary" : "plain"}
            icon="shield"
            onClick={() => openSheet("safety", person)}
          >
            {t("safetyCompare")}
          </Button>
        )}
        {conversation !== undefined && (
          <Button icon="open" onClick={() => openConversation(conversation, { replace: true })}>
            {t("alertChat")}
          </Button>
        )}
        <Button kind="quiet" onClick={() => openSheet("alerts")}>
          {t("alertAll")}
        </Button>
      </div>
    </>
  );
}

export function AlertSheet(): JSX.Element {
  const id = useSignal(place.peek().item);
  const alert = alertOf(id.value);
  useEffect(() => void loadAlerts(), []);
  const title = alert === undefined ? t("alertsTitle") : titleOf(alert);
  return (
    <Sheet title={title}>
      {alert !== undefined ? (
        <Whole alert={alert} />
      ) : (
        <p class={facts.muted}>{alerts.value === undefined ? t("alertsLoading") : t("alertGone")}</p>
      )}
    </Sheet>
  );
}
